#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"

static void
wall_text_is_rfc3339(void **state)
{
	static const struct { int64_t s; const char *want; } cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ 253402300800, "-" },
		{ INT64_MIN, "-" },
	};
	char text[WALL_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		wall_text(text, (struct wall){ cases[i].s });
		assert_string_equal(text, cases[i].want);
	}
}

static void
rfc3339_is_read(void **state)
{
	enum { NOT = -1 };
	static const struct { const char *name, *in; int64_t want; } cases[] = {
		{ "the beginning", "1970-01-01T00:00:00Z", 0 },
		{ "a leap day", "2000-02-29T00:00:00Z", 951782400 },
		{ "before the epoch", "1969-12-31T23:59:58Z", -2 },
		{ "the last second", "9999-12-31T23:59:59Z", 253402300799 },
		{ "year 0", "0000-01-01T00:00:00Z", -62167219200 },
		{ "an offset", "2026-11-23T07:06:36+09:00", 1795385196 },
		{ "the same in UTC", "2026-11-22T22:06:36Z", 1795385196 },
		{ "a negative offset", "2026-11-22T17:06:36-05:00", 1795385196 },
		{ "small letters, a blank", "2026-11-22 22:06:36z", 1795385196 },
		{ "a fraction", "2026-11-22T22:06:36.999Z", 1795385196 },
		{ "a leap second", "2016-12-31T23:59:60Z", 1483228800 },
		{ "a date", "2026-11-22", 1795305600 },
		{ "no zone", "2026-11-22T22:06:36", NOT },
		{ "half an offset", "2026-11-22T22:06:36+09", NOT },
		{ "offset too big", "2026-11-22T22:06:36+24:00", NOT },
		{ "no leap day", "2026-02-29", NOT },
		{ "1900 was no leap year", "1900-02-29", NOT },
		{ "month 13", "2026-13-01", NOT },
		{ "month 0", "2026-00-01", NOT },
		{ "day 0", "2026-01-00", NOT },
		{ "hour 24", "2026-11-22T24:00:00Z", NOT },
		{ "minute 60", "2026-11-22T22:60:00Z", NOT },
		{ "second 61", "2026-11-22T22:06:61Z", NOT },
		{ "a sign in a number", "2026-+1-22", NOT },
		{ "two digits of a year", "26-11-22", NOT },
		{ "a point without digits", "2026-11-22T22:06:36.Z", NOT },
		{ "something behind it", "2026-11-22T22:06:36Z ", NOT },
		{ "no seconds", "2026-11-22T22:06Z", NOT },
		{ "T alone", "2026-11-22T", NOT },
		{ "empty", "", NOT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wall t = { NOT };
		int rc = wall_parse(&t, str_of(cases[i].in));

		if (t.s != cases[i].want || rc != (cases[i].want == NOT ? SEK_EPARSE : 0))
			fail_msg("%s: \"%s\": got %d, %lld, want %lld", cases[i].name,
			    cases[i].in, rc, (long long)t.s, (long long)cases[i].want);
	}
}

static void
fake_clock_carries_milliseconds(void **state)
{
	struct clock_fake c;

	(void)state;
	clock_fake_init(&c, (struct wall){ 100 });
	clock_fake_pass(&c, 999);
	assert_int_equal(c.clock.wall_ns(&c.clock).ns, 999000000);
	assert_int_equal(c.clock.wall(&c.clock).s, 100);
	clock_fake_pass(&c, 1);
	assert_int_equal(c.clock.wall(&c.clock).s, 101);
	assert_int_equal(c.clock.mono(&c.clock).ms, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wall_text_is_rfc3339),
		cmocka_unit_test(rfc3339_is_read),
		cmocka_unit_test(fake_clock_carries_milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
