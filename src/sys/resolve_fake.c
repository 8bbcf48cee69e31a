#include "sys/resolve.h"

#include <stdlib.h>
#include <string.h>

enum { CNAMES = 8, FAKE_NAMES = 256, MX_MAX = 65535 };

struct line {
	struct str	name, kind, value;
};

struct fake_asked {
	struct fake_asked *next;
	void		(*done)(void *ctx, const struct resolve_answer *a);
	void		*ctx;
	unsigned	 kind;
	size_t		 n;		/* octets of name */
	char		 name[];
};

struct fake_resolver {
	struct resolver	 base;
	struct str	 table;
	struct loop_timer *timer;
	struct fake_asked *asked, **asked_end;
	bool		 busy, gone;
};

static struct str
next_word(struct str *s)
{
	size_t n = 0;
	struct str word;

	*s = str_trim(*s);
	while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
		n++;
	word = (struct str){ s->p, n };
	*s = str_trim((struct str){ s->p + n, s->n - n });
	return word;
}

/* Cuts the next line that says something off *rest. */
static bool
next_line(struct line *out, struct str *rest)
{
	while (rest->n > 0) {
		struct str all = str_cut(rest, '\n');
		struct str said = str_cut(&all, '#');

		out->name = next_word(&said);
		out->kind = next_word(&said);
		out->value = said;
		if (out->name.n > 0)
			return true;
	}
	return false;
}

/* Reads "PREF HOST". */
static int
mx_value(uint64_t *pref, struct str *host, struct str value)
{
	struct str number = next_word(&value);

	*host = next_word(&value);
	if (host->n == 0 || value.n > 0)
		return SEK_EPARSE;
	return str_u64(pref, number, MX_MAX);
}

static bool
line_ok(const struct line *l)
{
	struct addr a;
	uint64_t pref;
	struct str host;

	if (str_ieq(l->kind, STR("a")))
		return addr_parse(&a, l->value) == 0 && addr_is_v4(&a);
	if (str_ieq(l->kind, STR("aaaa")))
		return addr_parse(&a, l->value) == 0 && !addr_is_v4(&a);
	if (str_ieq(l->kind, STR("mx")))
		return mx_value(&pref, &host, l->value) == 0;
	if (str_ieq(l->kind, STR("fail")) || str_ieq(l->kind, STR("ad")))
		return l->value.n == 0;
	if (str_ieq(l->kind, STR("ptr")) && addr_parse(&a, l->name) != 0)
		return false;
	return (str_ieq(l->kind, STR("ptr")) || str_ieq(l->kind, STR("cname")) ||
	    str_ieq(l->kind, STR("txt")) || str_ieq(l->kind, STR("ns"))) &&
	    l->value.n > 0;
}

static void
add_name(struct resolve_answer *a, uint64_t *prefs, struct str host, uint64_t pref)
{
	size_t at;

	a->left_out += a->n_names == RESOLVE_MAX;
	if (a->n_names == RESOLVE_MAX && prefs[RESOLVE_MAX - 1] <= pref)
		return;
	at = a->n_names < RESOLVE_MAX ? a->n_names++ : RESOLVE_MAX - 1;
	for (; at > 0 && prefs[at - 1] > pref; at--) {
		prefs[at] = prefs[at - 1];
		a->names[at] = a->names[at - 1];
	}
	prefs[at] = pref;
	a->names[at] = host;
}

struct search {
	struct str	 name, alias;
	unsigned	 kind;
	bool		 known, fails, null_mx;
	bool		 wild;		/* only lines of wildcards */
	struct resolve_answer *a;
	uint64_t	 prefs[RESOLVE_MAX];
	size_t		 texts;		/* octets of all texts */
};

static void
add_text(struct search *s, struct str text)
{
	if (s->a->n_texts == RESOLVE_MAX || text.n > RESOLVE_TEXTS - s->texts) {
		s->a->left_out++;
		return;
	}
	s->a->texts[s->a->n_texts++] = text;
	s->texts += text.n;
}

static void
add_addr(struct resolve_answer *a, struct str text)
{
	if (a->n_addrs == RESOLVE_MAX)
		a->left_out++;
	else if (addr_parse(&a->addrs[a->n_addrs], text) == 0)
		a->n_addrs++;
}

static bool
same_name(unsigned kind, struct str a, struct str b)
{
	struct addr x, y;

	if (kind == RESOLVE_PTR)
		return addr_parse(&x, a) == 0 && addr_parse(&y, b) == 0 &&
		    addr_eq(&x, &y);
	return str_ieq(a, b);
}

static bool
is_for(const struct line *l, const struct search *s)
{
	struct str below = { l->name.p + 1, l->name.n - 1 };

	if (!s->wild)
		return same_name(s->kind, l->name, s->name);
	return l->name.p[0] == '*' && s->name.n > below.n && str_iends(s->name, below);
}

static void
search_line(struct search *s, const struct line *l, const char *family)
{
	uint64_t pref = 0;
	struct str host = l->value;

	if (!is_for(l, s))
		return;
	s->known = true;
	if (str_ieq(l->kind, STR("fail")))
		s->fails = true;
	if (str_ieq(l->kind, STR("ad")))
		s->a->ad = true;
	if (str_ieq(l->kind, STR("cname")) && s->kind != RESOLVE_CNAME)
		s->alias = l->value;
	if ((s->kind == RESOLVE_ADDR || s->kind == RESOLVE_A) &&
	    str_ieq(l->kind, str_of(family)))
		add_addr(s->a, l->value);
	if ((s->kind == RESOLVE_PTR && str_ieq(l->kind, STR("ptr"))) ||
	    (s->kind == RESOLVE_NS && str_ieq(l->kind, STR("ns"))) ||
	    (s->kind == RESOLVE_CNAME && str_ieq(l->kind, STR("cname"))))
		add_name(s->a, s->prefs, host, 0);
	if (s->kind == RESOLVE_TXT && str_ieq(l->kind, STR("txt")))
		add_text(s, l->value);
	if (s->kind != RESOLVE_MX || !str_ieq(l->kind, STR("mx")) ||
	    mx_value(&pref, &host, l->value) != 0)
		return;
	if (str_eq(host, STR(".")))
		s->null_mx = true;
	else
		add_name(s->a, s->prefs, host, pref);
}

static void
search_table(struct search *s, struct str table, const char *family)
{
	struct line l;

	while (next_line(&l, &table))
		search_line(s, &l, family);
}

/* A name with a line of its own is under no wildcard (RFC 4592 2.2.1). */
static void
search_name(struct search *s, struct str table)
{
	s->known = s->wild = false;
	do {
		search_table(s, table, "a");
		if (s->kind == RESOLVE_ADDR)
			search_table(s, table, "aaaa");
		s->wild = !s->wild && !s->known;
	} while (s->wild);
}

static void
fake_look_up(struct fake_resolver *r, const struct fake_asked *q,
    struct resolve_answer *a)
{
	struct search s = { .name = { q->name, q->n }, .kind = q->kind, .a = a };

	for (int hops = 0; hops <= CNAMES; hops++) {
		s.alias.n = 0;
		search_name(&s, r->table);
		if (s.alias.n == 0)
			break;
		s.name = s.alias;
		a->alias = true;
	}
	if (a->n_addrs + a->n_names + a->n_texts > 0 && !s.fails)
		return;
	a->n_addrs = a->n_names = a->n_texts = 0;
	a->alias = a->alias && !s.fails && s.alias.n == 0;
	if (s.fails || s.alias.n > 0)
		a->err = RESOLVE_TEMPORARY;
	else if (s.null_mx)
		a->err = RESOLVE_NULL_MX;
	else
		a->err = s.known ? RESOLVE_NO_DATA : RESOLVE_NO_NAME;
}

static void
fake_destroy(struct fake_resolver *r)
{
	while (r->asked != NULL) {
		struct fake_asked *q = r->asked;

		r->asked = q->next;
		free(q);
	}
	loop_timer_free(r->timer);
	free(r);
}

/* Real answers are in lower case: so are these. */
static void
fake_lower(struct resolve_answer *a, char text[RESOLVE_MAX][FAKE_NAMES])
{
	for (size_t i = 0; i < a->n_names; i++) {
		struct str *name = &a->names[i];

		if (name->n > FAKE_NAMES)
			continue;
		for (size_t k = 0; k < name->n; k++)
			text[i][k] = ascii_lower(name->p[k]);
		name->p = text[i];
	}
}

static void
fake_answer(void *ctx)
{
	struct fake_resolver *r = ctx;
	struct fake_asked *q = r->asked;
	char text[RESOLVE_MAX][FAKE_NAMES];
	struct resolve_answer a = { 0 };

	r->asked = q->next;
	if (r->asked == NULL)
		r->asked_end = &r->asked;
	else
		loop_timer_set(r->timer, 0);
	fake_look_up(r, q, &a);
	fake_lower(&a, text);
	r->busy = true;
	q->done(q->ctx, &a);
	r->busy = false;
	free(q);
	if (r->gone)
		fake_destroy(r);
}

static int
fake_ask(struct resolver *base, unsigned kind, struct str name,
    void (*done)(void *ctx, const struct resolve_answer *a), void *ctx)
{
	struct fake_resolver *r = (struct fake_resolver *)base;
	struct dns_name n;
	struct fake_asked *q;
	int rc = resolve_name(&n, kind, name);

	if (rc != 0)
		return rc;
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	q = calloc(1, sizeof(*q) + name.n);
	if (q == NULL)
		return SEK_ENOMEM;
	q->done = done;
	q->ctx = ctx;
	q->kind = kind;
	q->n = name.n;
	memcpy(q->name, name.p, name.n);
	*r->asked_end = q;
	r->asked_end = &q->next;
	loop_timer_set(r->timer, 0);
	return 0;
}

static void
fake_resolver_free(struct resolver *base)
{
	struct fake_resolver *r = (struct fake_resolver *)base;

	if (r->busy)
		r->gone = true;
	else
		fake_destroy(r);
}

int
resolver_new_fake(struct resolver **out, struct loop *l, const char *table)
{
	struct str rest = str_of(table);
	struct fake_resolver *r;
	struct line line;

	while (next_line(&line, &rest))
		if (!line_ok(&line))
			return SEK_EPARSE;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return SEK_ENOMEM;
	r->base.ask = fake_ask;
	r->base.free = fake_resolver_free;
	r->table = str_of(table);
	r->asked_end = &r->asked;
	if (loop_timer(&r->timer, l, fake_answer, r) != 0) {
		free(r);
		return SEK_ENOMEM;
	}
	*out = &r->base;
	return 0;
}
