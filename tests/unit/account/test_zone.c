#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "account/zone.h"

static const int64_t now_s = 1795910400;	/* 2026-11-28 */

static void
names_of_zones(void **state)
{
	static const struct { const char *name, *zone; int rc; int32_t offset_s; } cases[] = {
		{ "UTC", "UTC", 0, 0 },
		{ "an offset with a colon", "+09:00", 0, 32400 },
		{ "an offset without", "-0330", 0, -12600 },
		{ "hours alone", "+09", 0, 32400 },
		{ "a name", "Asia/Tokyo", 0, 32400 },
		{ "a name that does not exist is not UTC", "Asia/Tokio", SEK_EPARSE, 0 },
		{ "no way out of the folder", "../../../etc/passwd", SEK_EPARSE, 0 },
		{ "no path", "/etc/passwd", SEK_EPARSE, 0 },
		{ "nothing", "", SEK_EPARSE, 0 },
		{ "minutes above 59", "+09:60", SEK_EPARSE, 0 },
		{ "letters for digits", "+0x:00", SEK_EPARSE, 0 },
		{ "longer than a name is", "+09:00+09:00+09:00+09:00+09:00+09:00+09:00+09:00"
		    "+09:00+09:00+09:00", SEK_EPARSE, 0 },
	};
	struct account_zone z;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = account_zone_load(&z, cases[i].zone, now_s);

		if (rc != cases[i].rc)
			fail_msg("%s: got %d, want %d", cases[i].name, rc, cases[i].rc);
		if (rc == 0 && account_zone_offset(&z, now_s) != cases[i].offset_s)
			fail_msg("%s: offset %d, want %d", cases[i].name,
			    account_zone_offset(&z, now_s), cases[i].offset_s);
	}
}

/* Berlin: +1, in summer +2; 2026-10-25 03:00 +2 is 02:00 +1; 2026-03-29 02:00
 * does not exist. */
static void
wall_clock_to_utc(void **state)
{
	static const struct { const char *name; int64_t wall_s; int n; int64_t a, b; } cases[] = {
		{ "winter", 1768471200, 1, 1768467600, 0 },		/* 2026-01-15 10:00 */
		{ "summer", 1784109600, 1, 1784102400, 0 },		/* 2026-07-15 10:00 */
		{ "before the hour that comes twice", 1792893599, 1, 1792886399, 0 },
		{ "in the hour that comes twice", 1792895400, 2, 1792888200, 1792891800 },
		{ "after it", 1792897200, 1, 1792893600, 0 },		/* 03:00 */
		{ "skipped in spring: as before it", 1774751400, 1, 1774747800, 0 },
		{ "long before the table", -1000000000, 1, -1000003600, 0 },
	};
	struct account_zone z;
	int64_t out[2], since_s, until_s;

	(void)state;
	assert_int_equal(account_zone_load(&z, "Europe/Berlin", now_s), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int n = account_zone_utc(&z, cases[i].wall_s, out, &since_s, &until_s);

		if (n != cases[i].n || out[0] != cases[i].a || (n == 2 && out[1] != cases[i].b))
			fail_msg("%s: %d: %lld %lld", cases[i].name, n, (long long)out[0],
			    (long long)out[1]);
		if (n == 2 && since_s != until_s)
			fail_msg("%s: is said to be plain from %lld to %lld", cases[i].name,
			    (long long)since_s, (long long)until_s);
	}
}

/* The zone of the process is as it was; and the table says what libc says. */
static void
agrees_with_libc(void **state)
{
	static const char *const names[] = { "Europe/Berlin", "America/St_Johns",
	    "Australia/Lord_Howe", "Asia/Tokyo", "Africa/Casablanca" };
	struct account_zone z;

	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(account_zone_load(&z, names[i], now_s), 0);
		assert_string_equal(getenv("TZ"), "Asia/Tokyo");
		setenv("TZ", names[i], 1);
		tzset();
		for (time_t t = 1000000000; t < now_s; t += 86399) {
			struct tm tm;
			int64_t out[2];
			int n;

			assert_non_null(localtime_r(&t, &tm));
			if (account_zone_offset(&z, t) != tm.tm_gmtoff)
				fail_msg("%s: %lld", names[i], (long long)t);
			n = account_zone_utc(&z, t + tm.tm_gmtoff, out, NULL, NULL);
			if (out[0] != t && (n != 2 || out[1] != t))
				fail_msg("%s: %lld and back", names[i], (long long)t);
		}
		setenv("TZ", "Asia/Tokyo", 1);
		tzset();
	}
}

static void
the_systems_own_has_a_name(void **state)
{
	struct account_zone z;

	(void)state;
	setenv("TZ", "America/St_Johns", 1);
	assert_int_equal(account_zone_load(&z, NULL, now_s), 0);
	assert_string_equal(z.name, "America/St_Johns");
	assert_int_equal(account_zone_offset(&z, now_s), -12600);
}

static void
shown_by_libc(void **state)
{
	static const struct { const char *zone, *want; } cases[] = {
		{ "Asia/Tokyo", "2026-11-22 15:00 JST" },	/* no change since 1990 */
		{ "Europe/Berlin", "2026-11-22 07:00 CET" },
		{ "UTC", "2026-11-22 06:00 UTC" }, { "Z", "2026-11-22 06:00 UTC" },
		{ "+09:00", "2026-11-22 15:00 +0900" }, { "-0330", "2026-11-22 02:30 -0330" },
		{ "-03", "2026-11-22 03:00 -0300" }, { "+05:45", "2026-11-22 11:45 +0545" },
	};
	const time_t when = 1795327200;	/* 2026-11-22T06:00:00Z */

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char tz[ACCOUNT_ZONE_TZ], text[64];
		struct account_zone z;
		struct tm tm;

		assert_int_equal(account_zone_load(&z, cases[i].zone, when), 0);
		account_zone_tz(&z, tz);
		setenv("TZ", tz, 1);
		tzset();
		assert_non_null(localtime_r(&when, &tm));
		assert_true(strftime(text, sizeof(text), "%Y-%m-%d %H:%M %Z", &tm) > 0);
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s: %s: %s", cases[i].zone, tz, text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_zones),
		cmocka_unit_test(wall_clock_to_utc),
		cmocka_unit_test(agrees_with_libc),
		cmocka_unit_test(the_systems_own_has_a_name),
		cmocka_unit_test(shown_by_libc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
