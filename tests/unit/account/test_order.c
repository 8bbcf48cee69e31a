/* Each case is a folder: names, times and edges of its files, and the order in
 * which they are to be read, with the moment each begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "account/order.h"
#include "base/clock.h"

enum { FILES = 6 };

struct file {
	const char	*name, *mtime, *first, *last;	/* stamps: "12-31 23:59:59", RFC 3339, or NULL */
};

static const struct {
	const char	*name;
	const char	*zone;
	int32_t		 year;
	struct file	 file[FILES];
	const char	*want[FILES];	/* "NAME UTC" */
} cases[] = {
	{ "a rotated set, given by name", "UTC", 0,
	    { { "mail.log", "2026-11-28T10:00:00Z", "11-22 06:25:03", "11-28 10:00:00" },
	      { "mail.log.1", "2026-11-22T06:25:03Z", "11-15 06:25:02", "11-22 06:25:03" },
	      { "mail.log.2.gz", "2026-11-15T06:25:02Z", "11-08 06:25:02", NULL } },
	    { "mail.log.2.gz 2026-11-08T06:25:02Z", "mail.log.1 2026-11-15T06:25:02Z",
	      "mail.log 2026-11-22T06:25:03Z" } },
	{ "names that lie", "UTC", 0,
	    { { "a", "2026-11-28T10:00:00Z", "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z" },
	      { "b", "2026-11-28T10:00:00Z", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z" } },
	    { "b 2026-11-20T00:00:00Z", "a 2026-11-22T00:00:00Z" } },
	{ "over New Year, never by text", "UTC", 0,
	    { { "mail.log", "2026-01-10T00:00:00Z", "01-04 06:00:00", "01-10 00:00:00" },
	      { "mail.log.1", "2026-01-04T06:00:00Z", "12-28 06:00:00", "01-04 06:00:00" },
	      { "mail.log.2.gz", "2025-12-28T06:00:00Z", "12-21 06:00:00", NULL } },
	    { "mail.log.2.gz 2025-12-21T06:00:00Z", "mail.log.1 2025-12-28T06:00:00Z",
	      "mail.log 2026-01-04T06:00:00Z" } },
	{ "copied, all times are of today: the set over two years", "UTC", 0,
	    { { "mail.log", "2026-11-28T10:00:00Z", "03-01 00:00:00", "05-28 10:00:00" },
	      { "mail.log.1", "2026-11-28T10:00:00Z", "09-01 00:00:00", "03-01 00:00:00" },
	      { "mail.log.2", "2026-11-28T10:00:00Z", "03-01 00:00:00", "09-01 00:00:00" },
	      { "mail.log.3", "2026-11-28T10:00:00Z", "09-01 00:00:00", "03-01 00:00:00" } },
	    { "mail.log.3 2024-09-01T00:00:00Z", "mail.log.2 2025-03-01T00:00:00Z",
	      "mail.log.1 2025-09-01T00:00:00Z", "mail.log 2026-03-01T00:00:00Z" } },
	{ "a date in the name bounds the year", "UTC", 0,
	    { { "mail.log-20240310.gz", "2026-11-28T10:00:00Z", "03-03 00:00:00", NULL },
	      { "mail.log-20230312.gz", "2026-11-28T10:00:00Z", "03-05 00:00:00", NULL } },
	    { "mail.log-20230312.gz 2023-03-05T00:00:00Z", "mail.log-20240310.gz 2024-03-03T00:00:00Z" } },
	{ "--year", "UTC", 2021,
	    { { "mail.log", "2026-11-28T10:00:00Z", "12-20 00:00:00", "01-10 00:00:00" } },
	    { "mail.log 2020-12-20T00:00:00Z" } },
	{ "the zone of the log", "Asia/Tokyo", 0,
	    { { "a", "2026-11-28T10:00:00Z", "2026-11-28T09:00:00Z", "2026-11-28T09:00:00Z" },
	      { "b", "2026-11-28T10:00:00Z", "11-28 17:59:00", "11-28 18:30:00" } },
	    { "b 2026-11-28T08:59:00Z", "a 2026-11-28T09:00:00Z" } },
	{ "without a stamp it stays before the next one", "UTC", 0,
	    { { "x", "2026-11-28T10:00:00Z", NULL, NULL },
	      { "y", "2026-11-28T10:00:00Z", "11-28 09:00:00", NULL } },
	    { "x -", "y 2026-11-28T09:00:00Z" } },
	{ "29 February", "UTC", 0,
	    { { "mail.log.1", "2026-11-28T10:00:00Z", "02-25 00:00:00", "02-29 10:00:00" } },
	    { "mail.log.1 2024-02-25T00:00:00Z" } },
};

static struct account_stamp
stamp_of(const char *text)
{
	const bool yearless = text[2] == '-';
	char whole[64];
	struct wall w;

	if (yearless)
		snprintf(whole, sizeof(whole), "1972-%.5sT%.8sZ", text, text + 6);
	assert_int_equal(wall_parse(&w, str_of(yearless ? whole : text)), 0);
	return (struct account_stamp){ w.s, yearless ? SYSLOG_YEARLESS : SYSLOG_UTC };
}

static struct account_seen
seen_of(const struct file *f)
{
	struct account_seen s = { .name = f->name, .regular = true };
	struct wall w;

	assert_int_equal(wall_parse(&w, str_of(f->mtime)), 0);
	s.mtime_s = w.s;
	s.has_first = f->first != NULL;
	s.has_last = f->last != NULL;
	if (s.has_first)
		s.first = stamp_of(f->first);
	if (s.has_last)
		s.last = stamp_of(f->last);
	return s;
}

static void
files_in_the_order_of_their_lines(void **state)
{
	struct account_seen seen[FILES];
	struct account_place place[FILES];
	struct account_zone zone;
	size_t rank[FILES];
	struct wall now;

	(void)state;
	assert_int_equal(wall_parse(&now, STR("2026-11-28T12:00:00Z")), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct account_order_rules rules = { now.s, cases[i].year, &zone };
		size_t n = 0;

		assert_int_equal(account_zone_load(&zone, cases[i].zone, now.s), 0);
		for (; n < FILES && cases[i].file[n].name != NULL; n++)
			seen[n] = seen_of(&cases[i].file[n]);
		assert_int_equal(account_order(place, rank, seen, n, &rules), 0);
		for (size_t k = 0; k < n; k++) {
			char text[WALL_TEXT], got[100];

			wall_text(text, (struct wall){ place[rank[k]].first_s });
			snprintf(got, sizeof(got), "%s %s", seen[rank[k]].name,
			    place[rank[k]].has_time ? text : "-");
			if (strcmp(got, cases[i].want[k]) != 0)
				fail_msg("%s: place %zu: got %s, want %s", cases[i].name, k,
				    got, cases[i].want[k]);
		}
	}
}

static void
names_are_taken_apart(void **state)
{
	static const struct { const char *name, *family; int32_t number; const char *day; } names[] = {
		{ "mail.log", "mail.log", 0, NULL },
		{ "/var/log/mail.log.3.gz", "/var/log/mail.log", 3, NULL },
		{ "/var/log/mail.log-20261122.zst", "/var/log/mail.log", 0, "2026-11-24T00:00:00Z" },
		{ "exim-20261122.log", "exim.log", 0, "2026-11-24T00:00:00Z" },
		{ "maillog.2026-11-22", "maillog", 0, "2026-11-24T00:00:00Z" },
		{ "/backup-20260101/mail.log.1", "/backup-20260101/mail.log", 1, NULL },
		{ "mail.log-20261322", "mail.log-20261322", 0, NULL },
		{ "mail.123456789012", "mail.123456789012", 0, NULL },
		{ "20261122", "", 0, "2026-11-24T00:00:00Z" },
		{ ".1", ".1", 0, NULL },
		{ "", "", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct account_place p = { 0 };
		struct wall day = { 0 };

		account_order_name(&p, names[i].name);
		if (names[i].day != NULL)
			assert_int_equal(wall_parse(&day, str_of(names[i].day)), 0);
		if (strcmp(p.family, names[i].family) != 0 || p.number != names[i].number ||
		    p.name_s != day.s)
			fail_msg("%s: got \"%s\" %d %lld", names[i].name, p.family, p.number,
			    (long long)p.name_s);
	}
}

static void
which_may_hold_the_same_lines(void **state)
{
	static const struct { const char *name; struct account_place a, b; bool want; } pairs[] = {
		{ "syslog beside mail.log", { .family = "syslog", .has_time = true, .ends = true, .first_s = 0, .last_s = 9000 },
		  { .family = "mail.log", .has_time = true, .ends = true, .first_s = 1000, .last_s = 8000 }, true },
		{ "one rotated set", { .family = "m", .has_time = true, .ends = true, .first_s = 0, .last_s = 9000 },
		  { .family = "m", .has_time = true, .ends = true, .first_s = 1000, .last_s = 8000 }, false },
		{ "one after the other", { .family = "a", .has_time = true, .ends = true, .first_s = 0, .last_s = 1000 },
		  { .family = "b", .has_time = true, .ends = true, .first_s = 1000, .last_s = 8000 }, false },
		{ "its end not known", { .family = "a", .has_time = true, .first_s = 0 },
		  { .family = "b", .has_time = true, .ends = true, .first_s = 1000, .last_s = 8000 }, true },
		{ "without stamps", { .family = "a" },
		  { .family = "b", .has_time = true, .ends = true, .first_s = 1000, .last_s = 8000 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (account_order_overlap(&pairs[i].a, &pairs[i].b) != pairs[i].want ||
		    account_order_overlap(&pairs[i].b, &pairs[i].a) != pairs[i].want)
			fail_msg("%s", pairs[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_in_the_order_of_their_lines),
		cmocka_unit_test(names_are_taken_apart),
		cmocka_unit_test(which_may_hold_the_same_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
