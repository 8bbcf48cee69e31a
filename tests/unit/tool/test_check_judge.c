#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tool/check_judge.h"

/* An answer in text: addresses with blanks between, or what the DNS says. */
static void
answer_of(struct resolve_answer *a, const char *text)
{
	struct str rest = str_of(text);

	*a = (struct resolve_answer){ 0 };
	if (strcmp(text, "nx") == 0)
		a->err = RESOLVE_NO_NAME;
	else if (strcmp(text, "nodata") == 0)
		a->err = RESOLVE_NO_DATA;
	else if (strcmp(text, "fail") == 0)
		a->err = RESOLVE_TEMPORARY;
	else
		while (rest.n > 0)
			assert_int_equal(addr_parse(&a->addrs[a->n_addrs++],
			    str_cut(&rest, ' ')), 0);
}

static void
cell_of(struct check_cell *c, const char *text, const char *codes)
{
	struct check_codes only = { 0 };
	struct resolve_answer a;
	const char *why;

	if (codes[0] != '\0')
		assert_int_equal(check_codes_read(&only, str_of(codes), &why), 0);
	answer_of(&a, text);
	*c = (struct check_cell){ 0 };
	check_judge(c, &a, &only);
}

static void
answers_are_judged(void **state)
{
	static const struct { const char *name, *answer, *codes, *want, *why; size_t n; } cases[] = {
		{ "listed", "127.0.0.2", "", "listed", "", 1 },
		{ "by two codes", "127.0.0.2 127.0.0.9", "", "listed", "", 2 },
		{ "by a code that counts", "127.0.0.4", "2,4-11", "listed", "", 1 },
		{ "one of two counts", "127.0.0.99 127.0.0.4", "4", "listed", "", 2 },
		{ "by a code that does not count", "127.0.0.3", "2,4-11", "not-listed", "other-code", 1 },
		{ "NXDOMAIN", "nx", "", "not-listed", "", 0 },
		{ "the name is there without an address", "nodata", "", "not-listed", "", 0 },
		{ "no answer is not a no", "fail", "", "no-answer", "", 0 },
		{ "public resolvers refused", "127.255.255.254", "", "list-broken", "error-code", 1 },
		{ "asked too much", "127.255.255.255", "", "list-broken", "error-code", 1 },
		{ "an error nobody knows", "127.255.255.1", "", "list-broken", "error-code", 1 },
		{ "an error beside a code is an error", "127.0.0.2 127.255.255.252", "", "list-broken", "error-code", 2 },
		{ "an error says more than an answer that is none", "192.0.2.1 127.255.255.252", "",
		  "list-broken", "error-code", 2 },
		{ "a parking page", "192.0.2.80", "", "list-broken", "no-code", 1 },
		{ "beside a code", "127.0.0.2 192.0.2.80", "", "list-broken", "no-code", 2 },
		{ "127.0.0.1 is no listing", "127.0.0.1", "", "list-broken", "no-code", 1 },
		{ "nor is 127.0.0.0", "127.0.0.0", "", "list-broken", "no-code", 1 },
		{ "nor 0.0.0.0", "0.0.0.0", "", "list-broken", "no-code", 1 },
		{ "just outside", "128.0.0.2", "", "list-broken", "no-code", 1 },
		{ "the last code", "127.255.254.255", "", "listed", "", 1 },
		{ "more codes than are kept", "127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 127.0.0.6 "
		  "127.0.0.7 127.0.0.8 127.0.0.9 127.0.0.10", "10", "listed", "", CHECK_CODES },
	};
	struct check_cell c;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cell_of(&c, cases[i].answer, cases[i].codes);
		if (strcmp(check_state_tag(c.state), cases[i].want) != 0 ||
		    strcmp(check_why_tag(c.why), cases[i].why) != 0 || c.n_codes != cases[i].n)
			fail_msg("%s: %s %s, %u codes", cases[i].name,
			    check_state_tag(c.state), check_why_tag(c.why), c.n_codes);
	}
}

/* The four canaries of one family and what is believed then. */
static const struct { const char *name, *must, *must_not, *nobody, *nowhere, *want, *why; } lists[] = {
	{ "good", "127.0.0.2", "nx", "nx", "nx", "ok", "" },
	{ "good, with another code", "127.0.0.9 127.0.0.2", "nodata", "nx", "nx", "ok", "" },
	{ "dead: nothing is there", "nx", "nx", "nx", "nx", "broken", "no-test-entry" },
	{ "a name that is no list", "nodata", "nodata", "nx", "nx", "broken", "no-test-entry" },
	{ "silent", "fail", "fail", "fail", "nx", "no-answer", "" },
	{ "half silent", "127.0.0.2", "fail", "nx", "nx", "no-answer", "" },
	{ "only the random name is silent", "127.0.0.2", "nx", "fail", "fail", "ok", "" },
	{ "lists everything", "127.0.0.2", "127.0.0.2", "127.0.0.2", "nx", "broken", "lists-everything" },
	{ "lists 127.0.0.1 only", "127.0.0.2", "127.0.0.2", "nx", "nx", "broken", "lists-everything" },
	{ "lists names that are no addresses", "127.0.0.2", "nx", "127.0.0.2", "nx", "broken", "lists-everything" },
	{ "parked domain", "192.0.2.80", "192.0.2.80", "192.0.2.80", "nx", "broken", "no-code" },
	{ "the resolver rewrites", "127.0.0.2", "192.0.2.80", "192.0.2.80", "192.0.2.80", "broken", "rewritten" },
	{ "rewrites a dead list", "192.0.2.80", "192.0.2.80", "192.0.2.80", "192.0.2.81 192.0.2.80",
	  "broken", "rewritten" },
	{ "parked, and the resolver rewrites otherwise", "192.0.2.80", "192.0.2.80", "192.0.2.80",
	  "192.0.2.99", "broken", "no-code" },
	{ "filters to 127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.1", "127.0.0.1", "broken", "rewritten" },
	{ "refuses us", "127.255.255.254", "127.255.255.254", "127.255.255.254", "nx", "broken", "error-code" },
	{ "refuses us, but for the test entry", "127.0.0.2", "127.255.255.255", "nx", "nx", "broken", "error-code" },
	{ "the resolver is not there", "fail", "fail", "fail", "fail", "no-answer", "" },
};

static void
lists_are_believed_only_after_their_canaries(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct check_canaries c;
		struct check_belief b;

		cell_of(&c.must, lists[i].must, "");
		cell_of(&c.must_not, lists[i].must_not, "");
		cell_of(&c.nobody, lists[i].nobody, "");
		cell_of(&c.nowhere, lists[i].nowhere, "");
		c.life = (struct life){ 0 };
		check_believe(&b, &c, (struct wall){ 1000 });
		if (strcmp(check_health_tag(b.health), lists[i].want) != 0 ||
		    strcmp(check_why_tag(b.why), lists[i].why) != 0)
			fail_msg("%s: %s %s", lists[i].name, check_health_tag(b.health),
			    check_why_tag(b.why));
	}
}

static void
a_list_is_taken_at_its_word(void **state)
{
	static const struct { const char *name, *status, *must, *want, *why; } cases[] = {
		{ "alive", "alive expires=1970-01-01T00:16:41Z", "127.0.0.2", "ok", "" },
		{ "to the second", "alive expires=1970-01-01T00:16:40Z", "127.0.0.2", "ok", "" },
		{ "nobody renewed it", "alive expires=1970-01-01T00:16:39Z", "127.0.0.2", "broken", "expired" },
		{ "its day has passed", "closing expires=1970-01-01T00:16:39Z LAB", "127.0.0.2", "broken", "expired" },
		{ "it will end", "closing expires=1970-01-01T00:16:41Z", "127.0.0.2", "ok", "" },
		{ "emptied", "empty expires=1970-01-01T00:16:41Z", "nx", "broken", "emptied" },
		{ "emptied, and left alone", "empty expires=1970-01-01T00:16:39Z", "nx", "broken", "emptied" },
		{ "alive without entries is no list", "alive expires=1970-01-01T00:16:41Z", "nx", "broken", "no-test-entry" },
		{ "a text of another kind", "expires=1970-01-01T00:16:39Z", "127.0.0.2", "ok", "" },
		{ "no time", "alive expires=yesterday", "127.0.0.2", "ok", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_belief b, b6;
		struct check_canaries c;

		cell_of(&c.must, cases[i].must, "");
		cell_of(&c.must_not, "nx", "");
		cell_of(&c.nobody, "nx", "");
		cell_of(&c.nowhere, "nx", "");
		life_read(&c.life, str_of(cases[i].status));
		check_believe(&b, &c, (struct wall){ 1000 });
		check_believe_v6(&b6, &c, &b, (struct wall){ 1000 });
		if (strcmp(check_health_tag(b.health), cases[i].want) != 0 ||
		    strcmp(check_why_tag(b.why), cases[i].why) != 0 || b6.why != b.why)
			fail_msg("%s: %s %s", cases[i].name, check_health_tag(b.health),
			    check_why_tag(b.why));
	}
}

static void
a_list_may_have_no_ipv6(void **state)
{
	static const struct { uint8_t v4; const char *must, *must_not, *want; } cases[] = {
		{ CHECK_OK, "nx", "nx", "no-ipv6" },
		{ CHECK_OK, "127.0.0.2", "nx", "ok" },
		{ CHECK_OK, "127.0.0.2", "127.0.0.2", "broken" },
		{ CHECK_OK, "fail", "nx", "no-answer" },
		{ CHECK_BAD, "nx", "nx", "broken" },
		{ CHECK_BAD, "127.0.0.2", "nx", "ok" },		/* IPv6 only: RFC 5782 5 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_belief v4 = { .health = (uint8_t)cases[i].v4 }, b;
		struct check_canaries c;

		cell_of(&c.must, cases[i].must, "");
		cell_of(&c.must_not, cases[i].must_not, "");
		cell_of(&c.nobody, "nx", "");
		cell_of(&c.nowhere, "nx", "");
		c.life = (struct life){ 0 };
		check_believe_v6(&b, &c, &v4, (struct wall){ 1000 });
		if (strcmp(check_health_tag(b.health), cases[i].want) != 0)
			fail_msg("row %zu: %s", i, check_health_tag(b.health));
	}
}

static void
an_unbelieved_list_never_lists(void **state)
{
	static const struct { struct check_belief b; const char *want; } cases[] = {
		{ { CHECK_BAD, CHECK_WHY_ALL, 0x7f000002 }, "list-broken" },
		{ { CHECK_DUMB, CHECK_WHY_NONE, 0 }, "no-answer" },
		{ { CHECK_OK_NOT_V6, CHECK_WHY_NONE, 0 }, "no-ipv6" },
		{ { CHECK_UNKNOWN, CHECK_WHY_NONE, 0 }, "no-answer" },
	};
	struct check_cell c = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_judge_unbelieved(&c, &cases[i].b);
		assert_string_equal(check_state_tag(c.state), cases[i].want);
		assert_int_equal(c.why, cases[i].b.why);
	}
}

static void
everything_has_its_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHECK_STATES; i++)
		assert_true(check_state_tag(i)[0] != '\0' && check_state_words(i)[0] != '\0');
	for (unsigned i = 1; i < CHECK_WHYS; i++)
		assert_true(check_why_tag(i)[0] != '\0' && check_why_words(i)[0] != '\0');
	for (unsigned i = 0; i < CHECK_HEALTHS; i++)
		assert_true(check_health_tag(i)[0] != '\0' && check_health_words(i)[0] != '\0');
	assert_string_not_equal(check_error_words(0x7ffffffe), check_error_words(0x7fffff01));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_judged),
		cmocka_unit_test(lists_are_believed_only_after_their_canaries),
		cmocka_unit_test(a_list_is_taken_at_its_word),
		cmocka_unit_test(a_list_may_have_no_ipv6),
		cmocka_unit_test(an_unbelieved_list_never_lists),
		cmocka_unit_test(everything_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
