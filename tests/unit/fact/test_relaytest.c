#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/relaytest.h"

/* The catalogue's column as our template: remarks in words go, <> is "". */
static struct str
template_of(struct str s)
{
	static const struct str remarks[] = {
		{ " (no domain)", 12 }, { " (upper case)", 13 },
		{ " (spaces)", 9 }, { " without angle brackets", 23 },
	};

	for (size_t i = 0; i < 4; i++)
		if (str_iends(s, remarks[i]))
			s.n -= remarks[i].n;
	return str_eq(s, STR("<>")) ? STR("") : s;
}

static void
same(const char *id, const char *what, struct str got, struct str want)
{
	if (!str_eq(got, want))
		fail_msg("%s %s: got %.*s, want %.*s", id, what,
		    (int)got.n, got.p, (int)want.n, want.p);
}

enum { CATALOGUE = 86 };	/* behind it stand those of decisions 54 and 57 */

static void
table_is_the_catalogue(void **state)
{
	FILE *f = fopen(SEK_CATALOGUE, "r");
	char line[512];
	int n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		struct str rest = str_of(line);
		const struct relaytest *r = &relaytest_forms[n];

		if (line[0] == '#')
			continue;
		assert_true(n < RELAYTEST_N);
		same(r->id, "id", str_of(r->id), str_cut(&rest, '\t'));
		same(r->id, "depth", str_of(depth_names[r->depth]), str_cut(&rest, '\t'));
		same(r->id, "mail_from", str_of(r->mail_from), template_of(str_cut(&rest, '\t')));
		same(r->id, "rcpt_to", str_of(r->rcpt_to), template_of(str_cut(&rest, '\t')));
		assert_int_equal(relaytest_find(str_of(r->id)), n);
		n++;
	}
	fclose(f);
	assert_int_equal(n, CATALOGUE);
}

static bool
uses(const struct relaytest *r, const char *hole)
{
	return strstr(r->mail_from, hole) != NULL || strstr(r->rcpt_to, hole) != NULL ||
	    (r->ehlo != NULL && strstr(r->ehlo, hole) != NULL);
}

static void
flags_agree_with_the_templates(void **state)
{
	(void)state;
	for (int i = 0; i < RELAYTEST_N; i++) {
		const struct relaytest *r = &relaytest_forms[i];

		if (uses(r, "{host}") != ((r->flags & FORM_NEEDS_HOST) != 0) ||
		    uses(r, "{dom}") != ((r->flags & FORM_NEEDS_DOM) != 0) ||
		    uses(r, "{pd2}") != ((r->flags & FORM_NEEDS_PD2) != 0) ||
		    (r->mail_from[0] == '\0') != ((r->flags & FORM_NULL_SENDER) != 0) ||
		    (r->session == SESSION_EHLO) != (r->ehlo != NULL))
			fail_msg("%s: flags 0x%x do not fit its templates", r->id, r->flags);
		if (strstr(r->rcpt_to, "[{") != NULL && (r->flags & FORM_ALONE) == 0)
			fail_msg("%s: a literal must stand alone", r->id);
		assert_in_range(r->step, 10, 80);
	}
}

static void
plan_joined(char *out, size_t cap, enum depth d, size_t first)
{
	uint8_t plan[RELAYTEST_N];
	size_t n = relaytest_plan(plan, d), len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n && i < first; i++)
		len += (size_t)snprintf(out + len, cap - len, "%s ",
		    relaytest_forms[plan[i]].id);
}

static void
plan_is_in_order_and_within_depth(void **state)
{
	static const size_t want[DEPTH_N] = { 3, 32, 78, 90, 92 };
	uint8_t plan[RELAYTEST_N];
	char text[512];

	(void)state;
	plan_joined(text, sizeof(text), DEPTH_GENTLE, 99);
	assert_string_equal(text, "P01 H06 S01 ");
	plan_joined(text, sizeof(text), DEPTH_NORMAL, 19);
	assert_string_equal(text, "P01 H06 S01 R14 R12 R13 P14 P15 P18 X03 X01 X02 "
	    "Q06 Q01 Q02 B03 B01 N01 N02 ");
	plan_joined(text, sizeof(text), DEPTH_FULL, 32);
	assert_string_equal(text, "P01 H06 S01 R14 R12 R13 P14 P15 P18 X03 X01 X02 "
	    "Q06 Q01 Q02 B03 B01 H01 H03 H02 H07 N01 N02 N03 I01 P02 P04 P03 P16 P06 P08 P09 ");
	plan_joined(text, sizeof(text), DEPTH_OWNER, 24);
	assert_string_equal(text, "P01 H06 S01 R14 R12 R13 P14 P15 P18 P02 P04 P03 P05 P06 P16 "
	    "X03 X01 X02 Q06 Z01 Z04 Q01 Q02 B03 ");
	for (enum depth d = DEPTH_GENTLE; d < DEPTH_N; d++) {
		size_t n = relaytest_plan(plan, d);

		for (size_t i = 0; i < n; i++) {
			assert_true(relaytest_forms[plan[i]].depth <= d);
			if (i > 0 && d < DEPTH_OWNER)
				assert_true(relaytest_forms[plan[i]].step >=
				    relaytest_forms[plan[i - 1]].step);
		}
		if (n != want[d])
			fail_msg("depth %s: %zu forms, want %zu", depth_names[d], n, want[d]);
	}
}

static const struct {
	const char	*form;
	unsigned	 n;
	uint16_t	 first_port, last_port;
	const char	*first, *last;		/* mechanism */
} variants[] = {
	{ "P01", 1, 0, 0, "", "" }, { "N01", 1, 587, 587, "", "" },
	{ "N04", 6, 26, 10026, "", "" }, { "V03", 4, 0, 587, "", "" },
	{ "U01", 9, 0, 465, "PLAIN", "CRAM-MD5" }, { "U02", 9, 0, 465, "LOGIN", "CRAM-MD5" },
	{ "U03", 3, 0, 465, "ANONYMOUS", "ANONYMOUS" }, { "U04", 1, 0, 0, "NTLM", "NTLM" },
	{ "U05", 1, 0, 0, "", "" }, { "N05", 1, 587, 587, "", "" },
};

static void
forms_without_names_are_several(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		uint8_t form = (uint8_t)relaytest_find(str_of(variants[i].form));
		uint8_t last = (uint8_t)(variants[i].n - 1);

		if (relaytest_variants(form) != variants[i].n ||
		    relaytest_port(form, 0) != variants[i].first_port ||
		    relaytest_port(form, last) != variants[i].last_port ||
		    strcmp(relaytest_mechanism(form, 0), variants[i].first) != 0 ||
		    strcmp(relaytest_mechanism(form, last), variants[i].last) != 0)
			fail_msg("%s: %u variants, from %u %s to %u %s", variants[i].form,
			    relaytest_variants(form), relaytest_port(form, 0),
			    relaytest_mechanism(form, 0), relaytest_port(form, last),
			    relaytest_mechanism(form, last));
		assert_string_equal(relaytest_mechanism(form, (uint8_t)(last + 1)), "");
	}
	assert_int_equal(relaytest_variants(RELAYTEST_NONE), 1);
	assert_int_equal(relaytest_port(RELAYTEST_NONE, 0), 0);
}

static const struct { const char *a, *b; bool want; } pairs[] = {
	{ "P01", "R14", true }, { "X03", "X01", true }, { "B01", "Q06", true },
	{ "X03", "X02", false },	/* a literal is a syntax error at some */
	{ "P01", "H06", false }, { "P01", "S01", false }, { "P01", "N01", false },
	{ "N01", "N03", false }, { "H01", "H02", false }, { "P01", "I01", false },
	{ "P01", "R01", false },
};

static void
forms_share_a_session_only_when_it_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		uint8_t a = (uint8_t)relaytest_find(str_of(pairs[i].a));
		uint8_t b = (uint8_t)relaytest_find(str_of(pairs[i].b));

		if (relaytest_together(a, b) != pairs[i].want ||
		    relaytest_together(b, a) != pairs[i].want)
			fail_msg("%s with %s: want %d", pairs[i].a, pairs[i].b, pairs[i].want);
	}
	assert_false(relaytest_together(0, RELAYTEST_NONE));
}

#define NAMES_OF(h) ((struct relaytest_names){ .T = STR("tok"), .S = STR("snd"), \
	.pd = STR("probe.example"), .pd2 = STR(""), .rx = STR("192.0.2.9"), \
	.host = STR(h), .dom = STR("open.example"), .ip = STR("IPv6:2001:db8::1") })

static const struct {
	const char	*name, *tmpl, *host;
	size_t		 cap;
	int		 want;
	const char	*out;
} fills[] = {
	{ "plain", "{T}@{pd}", "h", 64, 0, "tok@probe.example" },
	{ "empty template is <>", "", "h", 64, 0, "" },
	{ "text around holes", "\"{T}%{pd}\"@[{ip}]", "h", 64, 0,
	    "\"tok%probe.example\"@[IPv6:2001:db8::1]" },
	{ "capitals", "{T}@{PD}", "h", 64, 0, "tok@PROBE.EXAMPLE" },
	{ "spaces stay", "< {T}@{pd} >", "h", 64, 0, "< tok@probe.example >" },
	{ "fixed user", "{u}@{host}", "mx.open.example", 64, 0, "relaytest@mx.open.example" },
	{ "unknown second domain", "{S}@{pd2}", "h", 64, SEK_EPARSE, "" },
	{ "unknown host", "{u}@{host}", "", 64, SEK_EPARSE, "" },
	{ "a host cannot end the command", "{u}@{host}", "a>\r\nRCPT TO:<x@y", 64, SEK_EPARSE, "" },
	{ "a host is no literal", "{u}@{host}", "a:b", 64, SEK_EPARSE, "" },
	{ "NUL is no name", "{u}@{host}", "a\0b", 64, SEK_EPARSE, "" },
	{ "hole without a name", "{}x", "h", 64, SEK_EPARSE, "" },
	{ "hole without an end", "{T", "h", 64, 0, "tok" },
	{ "room for it and its NUL", "{T}", "h", 4, 0, "tok" },
	{ "no room for the NUL", "{T}", "h", 3, SEK_ELIMIT, "" },
};

static void
fill_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fills) / sizeof(fills[0]); i++) {
		struct relaytest_names n = NAMES_OF("");
		char out[64] = "left";
		int got;

		n.host = strcmp(fills[i].name, "NUL is no name") == 0 ?
		    (struct str){ "a\0b", 3 } : str_of(fills[i].host);
		got = relaytest_fill(out, fills[i].cap, fills[i].tmpl, &n);
		if (got != fills[i].want || strcmp(out, fills[i].out) != 0)
			fail_msg("%s: \"%s\" gave %d \"%s\", want %d \"%s\"", fills[i].name,
			    fills[i].tmpl, got, out, fills[i].want, fills[i].out);
	}
}

static void
every_form_has_its_class(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < RELAYTEST_N; i++)
		if (strcmp(relaytest_class(i), "none") == 0)
			fail_msg("%s has no class", relaytest_forms[i].id);
	assert_string_equal(relaytest_class((uint8_t)relaytest_find(STR("P01"))), "plain");
	assert_string_equal(relaytest_class((uint8_t)relaytest_find(STR("X03"))), "percent");
	assert_string_equal(relaytest_class(RELAYTEST_N), "none");
	assert_string_equal(relaytest_class(RELAYTEST_NONE), "none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_the_catalogue),
		cmocka_unit_test(every_form_has_its_class),
		cmocka_unit_test(flags_agree_with_the_templates),
		cmocka_unit_test(plan_is_in_order_and_within_depth),
		cmocka_unit_test(forms_without_names_are_several),
		cmocka_unit_test(forms_share_a_session_only_when_it_is_the_same),
		cmocka_unit_test(fill_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
