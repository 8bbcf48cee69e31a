#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/mail_event.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* forensics.md 4.15 */
static void
lists_of_recipients_are_walked(void **state)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "one", "b@example.com", "b@example.com|" },
		{ "commas", "<b@example.com>,<c@example.com>", "b@example.com|c@example.com|" },
		{ "commas and blanks", "b@example.com, c@example.com", "b@example.com|c@example.com|" },
		{ "blanks", "b@example.com c@example.com", "b@example.com|c@example.com|" },
		{ "a comma in quotes", "<\"x,y\"@example.com>,c@example.com", "\"x,y\"@example.com|c@example.com|" },
		{ "a quoted quote", "\"x\\\",y\"@example.com,c@example.com", "\"x\\\",y\"@example.com|c@example.com|" },
		{ "a quote without end", "\"x@example.com,c@example.com", "\"x@example.com|c@example.com|" },
		{ "a blank in brackets", "<x y@example.com> c@example.com", "x y@example.com|c@example.com|" },
		{ "the null address", "<>", "|" },
		{ "a name beside it", "Bob Foo <b@example.com>,c@example.com", "b@example.com|c@example.com|" },
		{ "a quoted name", "\"Foo, Bob\" <b@example.com>,Carol <c@example.com>", "b@example.com|c@example.com|" },
		{ "a comment", "b@example.com (Bob Foo),c@example.com", "b@example.com|c@example.com|" },
		{ "a comment without end", "b@example.com (Bob", "b@example.com|(Bob|" },
		{ "local names are no name of the next", "bob carol, <d@example.com>", "bob|carol|d@example.com|" },
		{ "an address is no name of the next", "b@example.com <c@example.com>", "b@example.com|c@example.com|" },
		{ "none", " , ", "" },
		{ "nothing", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct str rest = str_of(cases[i].in), one;
		char got[256] = "";

		while (mail_event_rcpt(&one, &rest) == 1)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s|", (int)one.n, one.p);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s: want %s, got %s", cases[i].name, cases[i].in, cases[i].want, got);
	}
}

/* Octets are looked at by eights: what stands at each place of them counts, and
 * high ones are no marks. */
static void
marks_count_wherever_they_stand(void **state)
{
	static const struct { const char *at; bool ends; } marks[] = {
		{ ",", true }, { " ", true }, { "\t", true }, { "\",\"", false }, { "\" \"", false }, { "<,>", false },
		{ "<\t>", false }, { "-", false }, { ";", false }, { "=", false }, { "?", false }, { "\xac\xbc", false },
		{ "\\", false },
	};
	char text[64];

	(void)state;
	for (size_t k = 0; k < N(marks); k++) {
		for (size_t at = 1; at < 40; at++) {
			for (size_t behind = 1; behind < 10; behind++) {
				const size_t n = strlen(marks[k].at);
				struct str rest = { text, at + n + behind }, one;

				memset(text, 'a', sizeof(text));
				memcpy(text + at, marks[k].at, n);
				assert_int_equal(mail_event_rcpt(&one, &rest), 1);
				if (one.p != text || one.n != (marks[k].ends ? at : at + n + behind))
					fail_msg("%s at %zu, %zu behind: %zu octets", marks[k].at, at, behind, one.n);
			}
		}
	}
}

static void
domains_follow_the_last_at(void **state)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "plain", "b@example.com", "example.com" },
		{ "a dot at the end", "b@example.com.", "example.com" },
		{ "two", "b@example.com@example.org", "example.org" },
		{ "a route", "@example.net:b@example.org", "example.org" },
		{ "in quotes", "\"b@example.com\"@example.org", "example.org" },
		{ "only in quotes", "\"b@example.com\"", "" },
		{ "a quote behind", "b@exa\"mple.com", "exa\"mple.com" },
		{ "a literal", "b@[192.0.2.1]", "[192.0.2.1]" },
		{ "none", "www-data", "" },
		{ "nothing", "", "" },
		{ "nothing behind", "b@", "" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct str got = mail_event_domain(str_of(cases[i].in));

		if (!str_eq(got, str_of(cases[i].want)))
			fail_msg("%s: %s: want %s, got %.*s", cases[i].name, cases[i].in, cases[i].want, (int)got.n, got.p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_recipients_are_walked),
		cmocka_unit_test(marks_count_wherever_they_stand),
		cmocka_unit_test(domains_follow_the_last_at),
	};

	return cmocka_run_group_tests_name("mail_event", tests, NULL, NULL);
}
