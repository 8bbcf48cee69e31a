#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/relaytest.h"
#include "keep/candidate.h"

#define HOST FORM_NEEDS_HOST
#define DOM FORM_NEEDS_DOM

struct row { const char *host, *dom; uint8_t depth; bool used; };

static const struct {
	const char	*name;
	unsigned	 flags;
	struct row	 rows[8];
	const char	*want;		/* "host/dom " of each pick, "-" what is not asked for */
} cases[] = {
	{ "nothing is known", HOST, { { 0 } }, "" },
	{ "each host once", HOST, { { "mx.a.example", "a.example", 0, true },
	    { "mx.a.example", "b.a.example", 1, true }, { "mx.c.example", "", 0, true } },
	    "mx.a.example/- mx.c.example/- " },
	{ "what leads elsewhere is not used", HOST, { { "mx.bank.example", "bank.example", 0, false } }, "" },
	{ "registrable domains come first", DOM, { { "x.b.a.example", "a.example", 0, true },
	    { "x.b.a.example", "b.a.example", 1, true }, { "mx.c.example", "c.example", 0, true } },
	    "-/a.example -/c.example -/b.a.example " },
	{ "each domain once", DOM, { { "mx.a.example", "a.example", 0, true },
	    { "mail.a.example", "a.example", 0, true } }, "-/a.example " },
	{ "four at most", DOM, { { "", "a.example", 0, true }, { "", "b.example", 0, true },
	    { "", "c.example", 0, true }, { "", "d.example", 0, true }, { "", "e.example", 0, true } },
	    "-/a.example -/b.example -/c.example -/d.example " },
	{ "pairs are of one source", HOST | DOM, { { "mx.a.example", "a.example", 0, true },
	    { "mx.c.example", "c.example", 0, true } }, "mx.a.example/a.example mx.c.example/c.example " },
	{ "a domain that was given goes with the first host", HOST | DOM, { { "", "corp.example", 0, true },
	    { "mx.a.example", "a.example", 0, true } }, "mx.a.example/corp.example mx.a.example/a.example " },
	{ "no pair without any host", HOST | DOM, { { "", "corp.example", 0, true } }, "" },
};

static void
fill(struct candidates *c, const struct row *rows)
{
	memset(c, 0, sizeof(*c));
	for (; c->n < 8 && rows[c->n].host != NULL; c->n++)
		c->row[c->n] = (struct candidate){ .nth = (uint8_t)c->n,
		    .depth = rows[c->n].depth, .used = rows[c->n].used,
		    .host = str_of(rows[c->n].host), .dom = str_of(rows[c->n].dom) };
}

static void
picks(void **state)
{
	static struct candidates c;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t out[CANDIDATE_PICKS];
		char got[512] = "";
		size_t n, len = 0;

		fill(&c, cases[i].rows);
		n = candidate_pick(out, &c, cases[i].flags);
		for (size_t k = 0; k < n; k++)
			len += (size_t)snprintf(got + len, sizeof(got) - len, "%s/%s ",
			    cases[i].flags & HOST ? candidate_host(&c, out[k]).p : "-",
			    cases[i].flags & DOM ? c.row[out[k]].dom.p : "-");
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].want);
	}
}

static const struct { const char *name; struct str s; bool want; } domains[] = {
	{ "a domain", STR("corp.example"), true }, { "one label", STR("localhost"), false },
	{ "nothing", STR(""), false }, { "a final dot", STR("corp.example."), false },
	{ "two words", STR("a.example b.example"), false }, { "an address", STR("x@a.example"), false },
	{ "a line end", STR("a.example\r\n"), false }, { "NUL", { "a.\0b", 4 }, false },
};

static void
domains_that_may_be_given(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		if (candidate_domain(domains[i].s) != domains[i].want)
			fail_msg("%s: want %d", domains[i].name, domains[i].want);
}

static void
known_names_are_words(void **state)
{
	static const struct row rows[8] = { { "mx.a.example", "a.example", 0, true },
	    { "mx.bank.example", "", 0, false } };
	static struct candidates c;
	static char out[MESSAGE_NAMES];

	(void)state;
	fill(&c, rows);
	assert_true(str_eq(candidate_known(out, &c),
	    STR("mx.a.example a.example mx.bank.example  ")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(picks),
		cmocka_unit_test(domains_that_may_be_given),
		cmocka_unit_test(known_names_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
