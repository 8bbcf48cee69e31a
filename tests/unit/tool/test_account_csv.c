/* The tables of an account: read back with the grammar of wire/csv_line; no
 * formula, no control character. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "account_look.h"
#include "account_rig.h"
#include "tool/account_csv.h"
#include "wire/csv_line.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

enum { TABLES = 32, ROWS = 64 };

static struct {
	char	*text;
	size_t	 n;
} tables[TABLES];
static size_t n_tables;

static void
write_all(void)
{
	struct account_result r;
	FILE *out[TABLES];

	rig_result(&r);
	for (n_tables = 0; account_csv_names[n_tables] != NULL; n_tables++) {
		assert_true(n_tables < TABLES);
		out[n_tables] = open_memstream(&tables[n_tables].text, &tables[n_tables].n);
		assert_non_null(out[n_tables]);
	}
	assert_int_equal(account_csv(out, &r), 0);
	for (size_t i = 0; i < n_tables; i++)
		fclose(out[i]);
}

static void
free_all(void)
{
	for (size_t i = 0; i < n_tables; i++)
		free(tables[i].text);
}

static struct str
table(const char *name)
{
	for (size_t i = 0; i < n_tables; i++)
		if (strcmp(account_csv_names[i], name) == 0)
			return (struct str){ tables[i].text, tables[i].n };
	fail_msg("no table %s", name);
	return STR("");
}

/* Field key of row i (0: the first below the head); false: there is none. */
static bool
field(char out[2048], const char *name, size_t row, const char *key)
{
	static struct csv_line head, line;
	struct str rest = table(name);
	const char *why;
	size_t at = 0;

	assert_int_equal(csv_line_read(&head, str_cut(&rest, '\n'), &why), 0);
	while (at < head.n && !str_eq(head.field[at], str_of(key)))
		at++;
	if (at == head.n)
		fail_msg("%s has no column %s", name, key);
	for (size_t i = 0; rest.n > 0; i++) {
		assert_int_equal(csv_line_read(&line, str_cut(&rest, '\n'), &why), 0);
		if (line.n != head.n)
			fail_msg("%s row %zu: %zu fields, the head has %zu", name, i, line.n, head.n);
		if (i == row) {
			assert_int_equal(str_copy(out, 2048, line.field[at]), 0);
			return true;
		}
	}
	return false;
}

static const struct {
	const char	*table;
	size_t		 row;
	const char	*column, *want;
} cells[] = {
	{ "verdicts.csv", 0, "cause", "open-relay" },
	{ "verdicts.csv", 0, "first", "2026-11-23T06:58:04Z" },
	{ "verdicts.csv", 0, "first_line", "120394" },
	{ "verdicts.csv", 0, "messages", "912000" },
	{ "verdicts.csv", 0, "at_least", "1" },
	{ "verdicts.csv", 1, "refused_first", "" },
	{ "reasons.csv", 2, "side", "missing" },
	{ "reasons.csv", 0, "number1", "845000" },
	{ "reasons.csv", 0, "log_line", "Nov 23 15:58:04 mx postfix/smtpd[11]: 4F1: client="
	    "\\x1b[2J\\x1b]0;owned\\x07<script>alert(1)</script>[192.0.2.7]" },
	{ "classes.csv", ACCOUNT_RELAYED, "recipients", "912299" },
	{ "hours.csv", 1, "hour", "2026-11-23T06:00:00Z" },
	{ "hours.csv", 1, "relayed_messages", "12299" },
	{ "hours.csv", 3, "logins_failed", "9" },
	{ "clients.csv", 0, "name", "192.0.2.7" },
	{ "clients.csv", 0, "relayed_recipients", "912299" },
	{ "clients.csv", 1, "own", "1" },
	{ "accounts.csv", 0, "name", "'=cmd|' /C calc'!A0" },	/* no formula */
	{ "accounts.csv", 0, "burst", "1" },
	{ "accounts.csv", 0, "day", "2026-11-23T00:00:00Z" },
	{ "accounts.csv", 0, "day_networks_new", "30" },
	{ "clients.csv", 0, "day", "" },
	{ "classes.csv", ACCOUNT_RELAYED, "first_log_line", "Nov 23 15:58:04 mx \\x1b[2J\\x1b]0;owned\\x07" },
	{ "helo.csv", 1, "name", "<script>alert(1)</script>\"'&" },
	{ "helo.csv", 5, "name", "" },
	{ "domains.csv", 1, "name", "日本.example" },
	{ "domains.csv", 2, "kind", "rest" },
	{ "domains.csv", 2, "names", "20" },
	{ "domains.csv", 2, "relayed_messages", "900000" },
	{ "listings.csv", 0, "address", "203.0.113.25" },
	{ "listings.csv", 0, "last_line", "999999" },
	{ "gaps.csv", 0, "n", "1234" },
	{ "own.csv", 2, "from", "learned" },
	{ "files.csv", 1, "trouble", "truncated" },
	{ "files.csv", 0, "first", "2026-11-23T06:00:00Z" },
};

static void
every_table(void **state)
{
	char got[2048];

	(void)state;
	write_all();
	for (size_t i = 0; i < N(cells); i++) {
		if (!field(got, cells[i].table, cells[i].row, cells[i].column))
			fail_msg("%s has no row %zu", cells[i].table, cells[i].row);
		if (strcmp(got, cells[i].want) != 0)
			fail_msg("%s row %zu, %s: want %s, got %s", cells[i].table, cells[i].row,
			    cells[i].column, cells[i].want, got);
	}
	free_all();
}

static void
every_row_is_whole_and_harmless(void **state)
{
	char got[2048];

	(void)state;
	write_all();
	for (size_t t = 0; t < n_tables; t++) {
		ptrdiff_t bad = look_bad(tables[t].text, "\r\n");
		char first[64];

		assert_int_equal(strlen(tables[t].text), tables[t].n);
		if (bad >= 0)
			fail_msg("%s: octet %02x", account_csv_names[t], (unsigned char)tables[t].text[bad]);
		assert_true(str_iends((struct str){ tables[t].text, tables[t].n }, STR("\r\n")));
		snprintf(first, sizeof(first), "%.*s", (int)strcspn(tables[t].text, ",\r"), tables[t].text);
		for (size_t i = 0; field(got, account_csv_names[t], i, first); i++)
			;	/* each row has as many fields as the head */
	}
	free_all();
}

static void
cannot_be_written(void **state)
{
	struct account_result r;
	FILE *out[TABLES];

	(void)state;
	rig_result(&r);
	for (n_tables = 0; account_csv_names[n_tables] != NULL; n_tables++)
		out[n_tables] = fopen(n_tables == 4 ? "/dev/full" : "/dev/null", "w");
	assert_int_equal(account_csv(out, &r), SEK_ESYS);
	while (n_tables > 0)
		fclose(out[--n_tables]);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table),
		cmocka_unit_test(every_row_is_whole_and_harmless),
		cmocka_unit_test(cannot_be_written),
	};

	(void)argc;
	(void)argv;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
