#include "fact/chain.h"

#include "wire/msg.h"
#include "wire/received.h"

/* Who wrote the next line, if the chain is to hold: names and addresses under
 * which the line above (or the socket) saw its client. */
struct expect {
	struct str	name[4];
	struct addr	addr[2];
};

static bool
is_loopback(const struct addr *a)
{
	static const struct addr one = { { [15] = 1 } };

	return (addr_is_v4(a) && a->o[12] == 127) || addr_eq(a, &one);
}

static struct str
bare_name(struct str s)
{
	while (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

/* Names that many hosts have tell nothing. */
static bool
is_common(struct str s)
{
	return s.n < 2 || str_ieq(s, STR("unknown")) ||
	    str_ieq(s, STR("localhost")) ||
	    str_ieq(s, STR("localhost.localdomain"));
}

static bool
same_name(struct str a, struct str b)
{
	a = bare_name(a);
	b = bare_name(b);
	return !is_common(a) && str_ieq(a, b);
}

static bool
same_addr(const struct addr *a, const struct addr *b)
{
	return !addr_is_none(a) && addr_eq(a, b);
}

/* An address literal, as HELO or by may be one; else ::. */
static struct addr
literal(struct str s)
{
	struct addr a;

	if (s.n < 2 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return addr_none;
	s = (struct str){ s.p + 1, s.n - 2 };
	if (str_istarts(s, STR("IPv6:")))
		s = (struct str){ s.p + 5, s.n - 5 };
	return addr_parse(&a, s) == 0 ? a : addr_none;
}

/* Does the line's writer fit?  A client with the entry's own address needs no
 * name: whatever is written below is the entry's. */
static bool
fits(const struct expect *e, const struct received *r, const struct addr *entry)
{
	for (size_t i = 0; i < 2; i++) {
		if (same_addr(&e->addr[i], &r->by_addr) ||
		    same_addr(&e->addr[i], entry))
			return true;
		if (is_loopback(&e->addr[i]) &&
		    (str_ieq(r->by, STR("localhost")) ||
		    str_ieq(r->by, STR("localhost.localdomain"))))
			return true;
	}
	for (size_t i = 0; i < 4; i++)
		if (same_name(e->name[i], r->by) ||
		    same_name(e->name[i], r->by_also))
			return true;
	return false;
}

/* How far the reading came. */
struct walk {
	struct expect	e;	/* of the next line */
	struct received	above;	/* the line before; by empty: none */
	struct addr	seen;	/* the address under which its host was seen */
	struct str	top;	/* who wrote the first line */
};

/* What the line lets us expect of the one below.  A client on the loopback, or
 * none (a local submission), is the writer itself once more: a content filter
 * that hands the mail back leaves such lines. */
static struct expect
expect_after(const struct received *r)
{
	struct expect e = { .name = { r->helo, r->rdns }, .addr = { r->from } };

	if (addr_is_none(&r->from))
		e.addr[0] = literal(r->helo);
	if (!r->has_from || is_loopback(&r->from)) {
		e.name[2] = r->by;
		e.name[3] = r->by_also;
		e.addr[1] = r->by_addr;
	}
	return e;
}

/* Is our EHLO name one that only we would say?  Some forms greet as the
 * target itself, as localhost or as a literal. */
static bool
is_ours_alone(struct str ehlo, const struct received *r)
{
	return !is_common(ehlo) && ehlo.p[0] != '[' &&
	    !same_name(ehlo, r->by) && !same_name(ehlo, r->by_also);
}

static bool
records_us(const struct chain_in *in, const struct received *r)
{
	if (same_addr(&in->prober, &r->from))
		return true;
	return str_ieq(bare_name(in->ehlo), bare_name(r->helo)) &&
	    is_ours_alone(in->ehlo, r);
}

static void
found(struct chain *out, const struct received *r, struct str line)
{
	out->found_us = true;
	out->entry = (struct chain_entry){
		.line = line, .client = r->from, .client_name = r->rdns,
		.helo = r->helo, .by = r->by, .with = r->with, .id = r->id,
		.rcpt = r->rcpt, .software = r->software,
		.authenticated = r->authenticated, .tls = r->tls,
		.certificate = r->certificate, .mapped = r->mapped,
	};
}

/* Were both lines written by one host?  A content filter that hands the mail
 * back comes from the loopback; else the writer's name decides. */
static bool
same_host(const struct received *above, const struct received *r)
{
	return !above->has_from || is_loopback(&above->from) ||
	    str_ieq(bare_name(above->by), bare_name(r->by));
}

/* The line r stands below w->above: the host of that one is the next of this
 * one's, unless they are the same. */
static void
step_down(struct chain *out, struct walk *w, const struct received *r)
{
	if (w->above.by.n > 0 && !same_host(&w->above, r)) {
		out->next = (struct chain_next){ .name = w->above.by,
			.addr = w->seen, .rcpt = w->above.rcpt,
			.software = w->above.software };
		w->seen = w->above.from;
	}
	if (w->above.by.n == 0)
		w->top = r->by;
	w->above = *r;
}

/* Mail that left by the entry itself was only filtered elsewhere. */
static void
settle_next(struct chain *out, const struct walk *w)
{
	if (!out->found_us ||
	    str_ieq(bare_name(w->top), bare_name(out->entry.by)))
		out->next = (struct chain_next){ 0 };
}

static void
count(struct chain *out)
{
	if (out->hops < UINT8_MAX)
		out->hops++;
}

/* One Received line in its turn.  Returns false when the chain breaks. */
static bool
take_line(struct chain *out, struct walk *w, const struct chain_in *in,
    struct str line)
{
	struct received r;
	bool silent;

	if (received_read(&r, line) != 0)
		return false;
	silent = !r.has_from && r.by.n == 0;	/* "(qmail 7 invoked by uid 80)": the same host */
	if (!silent && !fits(&w->e, &r, &in->entry))
		return false;
	out->last = line;
	if (silent)
		return true;
	step_down(out, w, &r);
	if (records_us(in, &r))
		found(out, &r, line);
	w->e = expect_after(&r);
	return true;
}

/* The lowest line that still links and greets with our name, for names that
 * others say too. */
static void
find_common(struct chain *out, const struct chain_in *in, struct walk w)
{
	struct msg m = msg_of(in->mail);
	struct msg_field f;
	struct chain low = *out, try;
	struct received r;
	bool links = true;

	low.hops = 0;
	low.next = (struct chain_next){ 0 };
	for (try = low; links && msg_next_field(&f, &m) == 0;) {
		if (!str_ieq(f.name, STR("Received")))
			continue;
		count(&try);
		links = take_line(&try, &w, in, msg_trim(f.value));
		if (links && received_read(&r, f.value) == 0 && r.helo.n > 0 &&
		    str_ieq(bare_name(in->ehlo), bare_name(r.helo))) {
			found(&try, &r, msg_trim(f.value));
			low = try;
		}
	}
	if (low.found_us) {
		settle_next(&low, &w);
		*out = low;
	}
}

void
chain_read(struct chain *out, const struct chain_in *in)
{
	const struct walk socket = { .seen = in->exit, .e = { .name = { in->exit_helo },
		.addr = { in->exit, literal(in->exit_helo) } } };
	struct msg m = msg_of(in->mail);
	struct walk w = socket;
	struct msg_field f;
	bool links = true;

	*out = (struct chain){ .single = same_addr(&in->exit, &in->entry) };
	while (!out->found_us && msg_next_field(&f, &m) == 0) {
		if (!str_ieq(f.name, STR("Received")))
			continue;
		count(out);
		links = links && take_line(out, &w, in, msg_trim(f.value));
	}
	settle_next(out, &w);
	out->same_name = out->found_us && out->next.name.n == 0 &&
	    out->entry.by.n > 0 && str_ieq(out->entry.by, in->exit_helo) &&
	    addr_is_v4(&in->exit) != addr_is_v4(&in->entry);
	if (!out->found_us && in->ehlo.n > 0)
		find_common(out, in, socket);
	out->linked = out->single || out->found_us;
}
