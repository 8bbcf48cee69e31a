#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "web/when.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct { const char *name, *in; int err; int64_t s; } cases[] = {
	{ "seconds", "1795385196", 0, 1795385196 },
	{ "zero is the beginning", "0", 0, 0 },
	{ "UTC", "2026-11-22T22:06:36Z", 0, 1795385196 },
	{ "letters in lower case", "2026-11-22t22:06:36z", 0, 1795385196 },
	{ "Japan is nine hours ahead", "2026-11-23T07:06:36+09:00", 0, 1795385196 },
	{ "a + that the query lost", "2026-11-23T07:06:36 09:00", 0, 1795385196 },
	{ "west of Greenwich", "2026-11-22T18:36:36-03:30", 0, 1795385196 },
	{ "an unknown offset is UTC (RFC 3339 4.3)", "2026-11-22T22:06:36-00:00", 0, 1795385196 },
	{ "a fraction is dropped", "2026-11-22T22:06:36.999999999Z", 0, 1795385196 },
	{ "a leap second is the one after", "2016-12-31T23:59:60Z", 0, 1483228800 },
	{ "the 29th of a leap year", "2024-02-29T00:00:00Z", 0, 1709164800 },
	{ "2000 was one", "2000-02-29T00:00:00Z", 0, 951782400 },
	{ "the first of March after it", "2024-03-01T00:00:00Z", 0, 1709251200 },
	{ "the last second", "9999-12-31T23:59:59Z", 0, 253402300799 },
	{ "the first one", "1970-01-01T00:00:00Z", 0, 0 },
	{ "the first one, seen from Japan", "1970-01-01T09:00:00+09:00", 0, 0 },
	{ "before the first one", "1970-01-01T08:59:59+09:00", SEK_EPARSE, 0 },
	{ "past the last one", "9999-12-31T23:59:59-00:01", SEK_EPARSE, 0 },
	{ "too many seconds", "253402300800", SEK_EPARSE, 0 },
	{ "2023 had no 29th of February", "2023-02-29T00:00:00Z", SEK_EPARSE, 0 },
	{ "2100 will have none", "2100-02-29T00:00:00Z", SEK_EPARSE, 0 },
	{ "the 31st of April", "2026-04-31T00:00:00Z", SEK_EPARSE, 0 },
	{ "month 13", "2026-13-01T00:00:00Z", SEK_EPARSE, 0 },
	{ "month 0", "2026-00-01T00:00:00Z", SEK_EPARSE, 0 },
	{ "day 0", "2026-01-00T00:00:00Z", SEK_EPARSE, 0 },
	{ "24 o'clock", "2026-01-01T24:00:00Z", SEK_EPARSE, 0 },
	{ "no offset", "2026-11-22T22:06:36", SEK_EPARSE, 0 },
	{ "no time", "2026-11-22", SEK_EPARSE, 0 },
	{ "a space for the T", "2026-11-22 22:06:36Z", SEK_EPARSE, 0 },
	{ "a point without a fraction", "2026-11-22T22:06:36.Z", SEK_EPARSE, 0 },
	{ "an offset without its colon", "2026-11-22T22:06:36+0900", SEK_EPARSE, 0 },
	{ "more behind it", "2026-11-22T22:06:36ZZ", SEK_EPARSE, 0 },
	{ "a sign", "-1", SEK_EPARSE, 0 },
	{ "nothing", "", SEK_EPARSE, 0 },
	{ "a word", "yesterday", SEK_EPARSE, 0 },
};

static void
moments_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct wall t = { -1 };
		int err = when_parse(&t, str_of(cases[i].in));

		if (err != cases[i].err || (err == 0 && t.s != cases[i].s))
			fail_msg("%s: %s: want %d %lld, got %d %lld", cases[i].name,
			    cases[i].in, cases[i].err, (long long)cases[i].s, err,
			    (long long)t.s);
	}
}

/* Every day of 140 years, there and back. */
static void
days_agree_with_the_clock(void **state)
{
	char text[WALL_TEXT];

	(void)state;
	for (int64_t day = 0; day < 365 * 140; day++) {
		struct wall t;

		wall_text(text, (struct wall){ day * 86400 + 86399 });
		if (when_parse(&t, str_of(text)) != 0 || t.s != day * 86400 + 86399)
			fail_msg("%s: got %lld", text, (long long)t.s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_read),
		cmocka_unit_test(days_agree_with_the_clock),
	};

	return cmocka_run_group_tests_name("web/when", tests, NULL, NULL);
}
