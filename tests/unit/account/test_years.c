/* Each case is a file: stamps as they stand in it, and the moments they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "account/years.h"
#include "base/clock.h"

enum { STAMPS = 8, TEXT = 200 };

struct file_case {
	const char	*name, *zone, *newest;	/* newest: RFC 3339; NULL: none */
	int32_t		 year;
	const char	*stamps[STAMPS];	/* "12-31 23:59:59" or RFC 3339 */
	const char	*want[STAMPS];		/* UTC */
	int32_t		 again;
};

static const struct file_case cases[] = {
	{ "the year of the file's time", "UTC", "2026-11-28T12:00:00Z", 0,
	    { "11-28 11:00:00" }, { "2026-11-28T11:00:00Z" }, 0 },
	{ "December read in November is of last year", "UTC", "2026-11-28T12:00:00Z", 0,
	    { "12-31 23:00:00" }, { "2025-12-31T23:00:00Z" }, 0 },
	{ "New Year inside a file", "UTC", "2026-01-01T00:10:00Z", 2025,
	    { "12-31 23:59:59", "01-01 00:00:00", "01-01 00:05:00" },
	    { "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z" }, 0 },
	{ "New Year inside, the year not given", "UTC", "2026-01-01T00:10:00Z", 0,
	    { "12-31 23:59:59", "01-01 00:00:00" },
	    { "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z" }, 0 },
	{ "a late line of the old year", "UTC", "2026-01-01T00:10:00Z", 2025,
	    { "12-31 23:59:58", "01-01 00:00:00", "12-31 23:59:59", "01-01 00:00:01" },
	    { "2025-12-31T23:59:58Z", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z",
	      "2026-01-01T00:00:01Z" }, 0 },
	{ "lines out of order are no New Year", "UTC", "2026-11-28T12:00:00Z", 0,
	    { "11-28 11:00:00", "11-28 10:59:58", "11-27 11:00:00", "11-28 11:00:01" },
	    { "2026-11-28T11:00:00Z", "2026-11-28T10:59:58Z", "2026-11-27T11:00:00Z",
	      "2026-11-28T11:00:01Z" }, 0 },
	{ "a quiet half year is no step back", "UTC", "2026-11-28T12:00:00Z", 0,
	    { "01-05 00:00:00", "09-05 00:00:00" },
	    { "2026-01-05T00:00:00Z", "2026-09-05T00:00:00Z" }, 0 },
	{ "29 February is in a leap year", "UTC", "2026-11-28T12:00:00Z", 0,
	    { "02-29 10:00:00", "03-01 10:00:00" },
	    { "2024-02-29T10:00:00Z", "2024-03-01T10:00:00Z" }, 0 },
	{ "29 February later in the file", "UTC", "2026-11-28T12:00:00Z", 0,
	    { "02-28 10:00:00", "02-29 10:00:00" },
	    { "2026-02-28T10:00:00Z", "2026-03-01T10:00:00Z" }, 2025 },
	{ "days after February in both kinds of year", "UTC", "2025-12-01T00:00:00Z", 2024,
	    { "03-01 00:00:00", "12-31 00:00:00", "03-01 00:00:00" },
	    { "2024-03-01T00:00:00Z", "2024-12-31T00:00:00Z", "2025-03-01T00:00:00Z" }, 0 },
	{ "never the future: two years in one file", "UTC", "2026-11-28T12:00:00Z", 0,
	    { "06-01 00:00:00", "12-01 00:00:00", "05-01 00:00:00" },
	    { "2026-06-01T00:00:00Z", "2026-12-01T00:00:00Z", "2027-05-01T00:00:00Z" }, 2025 },
	{ "a log of another zone is not a year old", "UTC", "2026-11-28T12:00:00Z", 0,
	    { "11-28 21:00:00" }, { "2026-11-28T21:00:00Z" }, 0 },
	{ "the zone of the log", "Asia/Tokyo", "2026-11-28T12:00:00Z", 0,
	    { "11-28 21:00:00" }, { "2026-11-28T12:00:00Z" }, 0 },
	{ "New Year is the zone's", "Asia/Tokyo", "2026-01-01T03:00:00Z", 0,
	    { "01-01 11:00:00" }, { "2026-01-01T02:00:00Z" }, 0 },
	{ "autumn's hour comes twice", "Europe/Berlin", "2026-10-26T00:00:00Z", 0,
	    { "10-25 02:10:00", "10-25 02:50:00", "10-25 02:10:00", "10-25 02:50:00",
	      "10-25 03:00:00" },
	    { "2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z",
	      "2026-10-25T01:50:00Z", "2026-10-25T02:00:00Z" }, 0 },
	{ "autumn's second hour, many lines a second", "Europe/Berlin", "2026-10-26T00:00:00Z", 0,
	    { "10-25 02:50:00", "10-25 02:10:00", "10-25 02:10:00", "10-25 02:10:00", "10-25 02:11:00" },
	    { "2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z", "2026-10-25T01:10:00Z",
	      "2026-10-25T01:10:00Z", "2026-10-25T01:11:00Z" }, 0 },
	{ "autumn's hour, lines a little out of order", "Europe/Berlin", "2026-10-26T00:00:00Z", 0,
	    { "10-25 02:10:05", "10-25 02:10:01", "10-25 02:20:00" },
	    { "2026-10-25T00:10:05Z", "2026-10-25T00:10:01Z", "2026-10-25T00:20:00Z" }, 0 },
	{ "after autumn's hour all is plain again", "Europe/Berlin", "2026-11-28T00:00:00Z", 0,
	    { "10-25 02:50:00", "10-25 02:10:00", "11-25 02:10:00", "11-24 02:10:00" },
	    { "2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z", "2026-11-25T01:10:00Z",
	      "2026-11-24T01:10:00Z" }, 0 },
	{ "a stamp with its offset needs nothing", "Asia/Tokyo", NULL, 0,
	    { "2019-02-01T10:00:00Z" }, { "2019-02-01T10:00:00Z" }, 0 },
	{ "both kinds in one file", "UTC", "2026-11-28T12:00:00Z", 0,
	    { "2026-11-27T10:00:00Z", "11-28 11:00:00" },
	    { "2026-11-27T10:00:00Z", "2026-11-28T11:00:00Z" }, 0 },
};

/* "12-31 23:59:59" as syslog gives it: in 1972. */
static int64_t
stamp_of(const char *text)
{
	char whole[TEXT];
	struct wall w;

	snprintf(whole, sizeof(whole), "1972-%.5sT%.8sZ", text, text + 6);
	assert_int_equal(wall_parse(&w, str_of(whole)), 0);
	return w.s;
}

static int64_t
feed(struct account_years *y, const char *text)
{
	struct wall w;

	if (text[2] == '-')
		return account_years_utc(y, stamp_of(text), SYSLOG_YEARLESS);
	assert_int_equal(wall_parse(&w, str_of(text)), 0);
	return account_years_utc(y, w.s, SYSLOG_UTC);
}

static void
judge(const struct file_case *c)
{
	struct account_zone zone;
	struct account_clock clock = { .year = c->year, .offsets = &zone };
	struct account_years y;
	struct wall newest = { 0 };
	char got[WALL_TEXT];

	assert_int_equal(account_zone_load(&zone, c->zone, 1795910400), 0);
	if (c->newest != NULL)
		assert_int_equal(wall_parse(&newest, str_of(c->newest)), 0);
	clock.newest_s = newest.s;
	account_years_begin(&y, &clock);
	for (size_t i = 0; i < STAMPS && c->stamps[i] != NULL; i++) {
		wall_text(got, (struct wall){ feed(&y, c->stamps[i]) });
		if (strcmp(got, c->want[i]) != 0)
			fail_msg("%s: %s: got %s, want %s", c->name, c->stamps[i], got,
			    c->want[i]);
	}
	if (account_years_again(&y) != c->again)
		fail_msg("%s: again with %d, want %d", c->name, account_years_again(&y),
		    c->again);
}

static void
stamps_become_moments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		judge(&cases[i]);
}

/* What is to be read again is right when it was. */
static void
again_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct account_clock clock = { 0 };
		struct account_years y;
		struct wall newest;
		int tries = 0;

		if (cases[i].again == 0)
			continue;
		assert_int_equal(wall_parse(&newest, str_of(cases[i].newest)), 0);
		clock.newest_s = newest.s;
		do {
			account_years_begin(&y, &clock);
			for (size_t k = 0; k < STAMPS && cases[i].stamps[k] != NULL; k++)
				(void)feed(&y, cases[i].stamps[k]);
			clock.year = account_years_again(&y);
		} while (clock.year != 0 && ++tries < 5);
		if (clock.year != 0)
			fail_msg("%s: still %d after %d", cases[i].name, clock.year, tries);
	}
}

static void
edges_of_a_file(void **state)
{
	static const struct {
		const char *name, *first, *last, *newest;
		int32_t of_last, of_first;
	} edges[] = {
		{ "within a year", "11-01 00:00:00", "11-20 00:00:00", "2026-11-28T00:00:00Z", 2026, 2026 },
		{ "over New Year", "12-20 00:00:00", "01-10 00:00:00", "2026-11-28T00:00:00Z", 2026, 2025 },
		{ "one moment", "11-20 00:00:00", "11-20 00:00:00", "2026-11-28T00:00:00Z", 2026, 2026 },
		{ "the last one a little out of order", "11-20 00:00:05", "11-20 00:00:00", "2026-11-28T00:00:00Z", 2026, 2026 },
		{ "ends on 29 February", "02-20 00:00:00", "02-29 00:00:00", "2026-11-28T00:00:00Z", 2024, 2024 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		int64_t first = stamp_of(edges[i].first), last = stamp_of(edges[i].last);
		struct wall newest;
		int32_t year, before;

		assert_int_equal(wall_parse(&newest, str_of(edges[i].newest)), 0);
		year = account_years_of_last(last, newest.s, NULL);
		before = account_years_before(first, last, year);
		if (year != edges[i].of_last || before != edges[i].of_first)
			fail_msg("%s: %d %d", edges[i].name, year, before);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_become_moments),
		cmocka_unit_test(again_ends),
		cmocka_unit_test(edges_of_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
