#include "keep/candidate.h"

#include "fact/relaytest.h"

static int
take_row(void *ctx, const void *row)
{
	struct candidates *c = ctx;
	struct candidate *to = &c->row[c->n];

	if (c->n == CANDIDATES)
		return STORE_STOP;
	*to = *(const struct candidate *)row;
	if (str_copy(c->text[c->n][0], TEXT_HOST + 1, to->host) != 0 ||
	    str_copy(c->text[c->n][1], TEXT_HOST + 1, to->dom) != 0)
		return SEK_ELIMIT;
	to->host = str_of(c->text[c->n][0]);
	to->dom = str_of(c->text[c->n][1]);
	c->n++;
	return 0;
}

int
candidate_read(struct candidates *out, struct keep *k, uint64_t run)
{
	int err;

	out->n = 0;
	err = store_each(k->store, Q_CANDIDATE_BY_RUN, ARGS(ARG_I(run)), take_row, out);
	return err < 0 ? err : 0;
}

/* Letters, digits, - _ and dots, as DNS has them; empty is well. */
static bool
name_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
			return false;
	return s.n <= TEXT_HOST;
}

/* An IPv6 address as text, which is no name. */
static bool
addr_ok(const struct msg_name *m)
{
	struct addr a;

	return m->used == 0 && m->dom.n == 0 && addr_parse(&a, m->host) == 0 &&
	    !addr_is_v4(&a);
}

bool
candidate_domain(struct str s)
{
	return s.n > 2 && s.n < TEXT_HOST && name_ok(s) && str_find(s, '.') > 0 &&
	    s.p[s.n - 1] != '.';
}

struct seek {
	struct str	host, dom;
	unsigned	n;
	bool		found;
};

static int
seek_row(void *ctx, const void *row)
{
	const struct candidate *c = row;
	struct seek *s = ctx;

	s->n++;
	s->found = s->found || (str_eq(c->host, s->host) && str_eq(c->dom, s->dom));
	return 0;
}

int
candidate_put(struct keep *k, uint64_t run, const struct msg_name *m)
{
	struct seek s = { .host = m->host, .dom = m->dom };
	struct candidate row = {
		.run = run, .source = m->source, .used = m->used == 1,
		.depth = m->depth, .made = keep_now(k), .host = m->host, .dom = m->dom,
	};
	int err;

	if (m->source == 0 || m->source >= NAME_N || (m->source == NAME_ADDR ?
	    !addr_ok(m) : !name_ok(m->host) || !name_ok(m->dom) ||
	    m->host.n + m->dom.n == 0))
		return SEK_EPARSE;
	err = store_each(k->store, Q_CANDIDATE_BY_RUN, ARGS(ARG_I(run)), seek_row, &s);
	if (err < 0 || s.found || s.n >= CANDIDATES)
		return err < 0 ? err : 0;
	row.nth = (uint8_t)s.n;
	return store_put(k->store, &candidate_shape, &row);
}

struct str
candidate_host(const struct candidates *c, size_t i)
{
	if (c->row[i].host.n > 0)
		return c->row[i].host;
	for (size_t j = 0; j < c->n; j++)
		if (c->row[j].used && c->row[j].host.n > 0)
			return c->row[j].host;
	return (struct str){ 0 };
}

/* The same probe again? */
static bool
same(const struct candidates *c, size_t a, size_t b, unsigned flags)
{
	return ((flags & FORM_NEEDS_HOST) == 0 ||
	    str_eq(candidate_host(c, a), candidate_host(c, b))) &&
	    ((flags & FORM_NEEDS_DOM) == 0 || str_eq(c->row[a].dom, c->row[b].dom));
}

static bool
fits(const struct candidates *c, size_t i, unsigned flags)
{
	return c->row[i].used &&
	    ((flags & FORM_NEEDS_HOST) == 0 || candidate_host(c, i).n > 0) &&
	    ((flags & FORM_NEEDS_DOM) == 0 || c->row[i].dom.n > 0);
}

size_t
candidate_pick(uint8_t out[CANDIDATE_PICKS], const struct candidates *c, unsigned flags)
{
	size_t n = 0;

	for (unsigned depth = 0; depth < CANDIDATE_PICKS; depth++)
		for (size_t i = 0; i < c->n && n < CANDIDATE_PICKS; i++) {
			size_t j = 0;

			if (c->row[i].depth != depth || !fits(c, i, flags))
				continue;
			while (j < n && !same(c, out[j], i, flags))
				j++;
			if (j == n)
				out[n++] = (uint8_t)i;
		}
	return n;
}

size_t
candidate_addrs(uint8_t out[CANDIDATE_ADDRS], const struct candidates *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n && n < CANDIDATE_ADDRS; i++)
		if (c->row[i].source == NAME_ADDR)
			out[n++] = (uint8_t)i;
	return n;
}

struct str
candidate_known(char *out, const struct candidates *c)
{
	struct wbuf w = wbuf_of(out, MESSAGE_NAMES);

	for (size_t i = 0; i < c->n && w.len + 2 * (TEXT_HOST + 1) <= MESSAGE_NAMES; i++) {
		if (c->row[i].source == NAME_ADDR)
			continue;
		wbuf_bytes(&w, c->row[i].host.p, c->row[i].host.n);
		wbuf_u8(&w, ' ');
		wbuf_bytes(&w, c->row[i].dom.p, c->row[i].dom.n);
		wbuf_u8(&w, ' ');
	}
	return (struct str){ out, w.len };
}
