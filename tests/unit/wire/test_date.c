#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/date.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct { const char *name, *in, *want; } dates[] = {
	{ "Postfix", "Sun, 22 Nov 2026 22:28:33 +0000 (UTC)", "2026-11-22T22:28:33Z" },
	{ "east of Greenwich is earlier", "Mon, 23 Nov 2026 07:28:33 +0900 (JST)", "2026-11-22T22:28:33Z" },
	{ "west is later, over the end of a year", "31 Dec 2026 20:00:00 -0430", "2027-01-01T00:30:00Z" },
	{ "no weekday, no second, one digit", "1 Mar 2024 7:06 +0000", "2024-03-01T07:06:00Z" },
	{ "folded, in any case", "\r\n\tsun, 22\r\n NOV 2026\r\n\t22:28:33\t+0000", "2026-11-22T22:28:33Z" },
	{ "comments, nested and hidden", "(a (b) \\) c) Sun, (x)22(y) Nov 2026 22:28:33 +0000", "2026-11-22T22:28:33Z" },
	{ "the weekday is not compared", "Mon, 22 Nov 2026 22:28:33 +0000", "2026-11-22T22:28:33Z" },
	{ "a zone by name", "22 Nov 2026 22:28:33 EST", "2026-11-23T03:28:33Z" },
	{ "a zone nobody knows is UTC", "22 Nov 2026 22:28:33 JST", "2026-11-22T22:28:33Z" },
	{ "a leap day", "29 Feb 2024 00:00:00 +0000", "2024-02-29T00:00:00Z" },
	{ "a leap second", "31 Dec 2016 23:59:60 +0000", "2017-01-01T00:00:00Z" },
	{ "the first second", "1 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z" },
	{ "the last day", "31 Dec 9999 23:59:59 +0000", "9999-12-31T23:59:59Z" },
	{ "2000 was a leap year, 2100 is none", "1 Mar 2100 00:00:00 +0000", "2100-03-01T00:00:00Z" },
	{ "no such day", "29 Feb 2026 00:00:00 +0000", NULL },
	{ "day 0", "0 Jan 2026 00:00:00 +0000", NULL },
	{ "no such month", "22 Abc 2026 22:28:33 +0000", NULL },
	{ "hour 24", "22 Nov 2026 24:00:00 +0000", NULL },
	{ "minute 60", "22 Nov 2026 22:60:00 +0000", NULL },
	{ "an obsolete year", "22 Nov 26 22:28:33 +0000", NULL },
	{ "before 1970", "31 Dec 1969 23:59:59 +0000", NULL },
	{ "a zone's minutes", "22 Nov 2026 22:28:33 +0060", NULL },
	{ "no zone", "22 Nov 2026 22:28:33", NULL },
	{ "too many words", "Sun, 22 Nov 2026 22:28:33 +0000 and more", NULL },
	{ "a comment that does not end", "22 Nov 2026 22:28:33 +0000 (UTC", NULL },
	{ "asctime(3)", "Sun Nov 22 22:28:33 2026", NULL },
	{ "nothing", "", NULL },
	{ "blanks", " \r\n", NULL },
};

static void
dates_are_read(void **state)
{
	char got[WALL_TEXT];
	struct wall t;

	(void)state;
	for (size_t i = 0; i < N(dates); i++) {
		int err = date_read(&t, str_of(dates[i].in));

		if (err == 0)
			wall_text(got, t);
		if (dates[i].want == NULL ? err != SEK_EPARSE :
		    err != 0 || strcmp(got, dates[i].want) != 0)
			fail_msg("%s: want %s, got %s", dates[i].name,
			    dates[i].want == NULL ? "a refusal" : dates[i].want,
			    err == 0 ? got : "a refusal");
	}
}

static const struct { const char *name, *in, *want; } lines[] = {
	{ "after the last ;", "from a by b with SMTP; id x; 22 Nov 2026 22:28:33 +0000", "2026-11-22T22:28:33Z" },
	{ "a ; in a comment", "by b (x; y) ; 22 Nov 2026 22:28:33 +0000 (a;b)", "2026-11-22T22:28:33Z" },
	{ "a ) that is hidden", "by b (\\); 1 Jan 2001 00:00:00 +0000) ; 22 Nov 2026 22:28:33 +0000", "2026-11-22T22:28:33Z" },
	{ "no ;", "by b 22 Nov 2026 22:28:33 +0000", NULL },
	{ "no date", "by b; date", NULL },
};

static void
a_received_line_ends_in_its_date(void **state)
{
	char got[WALL_TEXT];
	struct wall t;

	(void)state;
	for (size_t i = 0; i < N(lines); i++) {
		int err = date_received(&t, str_of(lines[i].in));

		if (err == 0)
			wall_text(got, t);
		if (lines[i].want == NULL ? err != SEK_EPARSE :
		    err != 0 || strcmp(got, lines[i].want) != 0)
			fail_msg("%s: want %s, got %s", lines[i].name,
			    lines[i].want == NULL ? "a refusal" : lines[i].want,
			    err == 0 ? got : "a refusal");
	}
}

static void
long_ones_are_left_alone(void **state)
{
	char text[DATE_MAX + 2];
	struct wall t;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "22 Nov 2026 22:28:33 +0000", 26);
	assert_int_equal(date_read(&t, (struct str){ text, DATE_MAX }), 0);
	assert_int_equal(date_read(&t, (struct str){ text, DATE_MAX + 1 }), SEK_ELIMIT);
}

/* Every day of four centuries, which is how long the calendar takes. */
static void
days_follow_each_other(void **state)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char text[64];
	struct wall t;
	int64_t want = 0;

	(void)state;
	for (int year = 1970; year < 2370; year++)
		for (int month = 0; month < 12; month++)
			for (int day = 1; day <= 31; day++) {
				snprintf(text, sizeof(text), "%d %s %d 00:00 +0000",
				    day, months[month], year);
				if (date_read(&t, str_of(text)) != 0)
					continue;
				if (t.s != want)
					fail_msg("%s: want %lld, got %lld", text,
					    (long long)want, (long long)t.s);
				want += 86400;
			}
	assert_int_equal(want / 86400, 146097);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(a_received_line_ends_in_its_date),
		cmocka_unit_test(long_ones_are_left_alone),
		cmocka_unit_test(days_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
