#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/csv_line.h"

/* want: fields with | behind each. */
static const struct { const char *name, *in; int rc; const char *want; } cases[] = {
	{ "plain", "a,b,c", 0, "a|b|c|" },
	{ "a final CR", "a,b\r", 0, "a|b|" },
	{ "nothing is one empty field", "", 0, "|" },
	{ "empty fields", ",,", 0, "|||" },
	{ "quoted", "\"a\",\"b,c\"", 0, "a|b,c|" },
	{ "quotes doubled", "\"a\"\"b\",\"\"\"\"", 0, "a\"b|\"|" },
	{ "quoted nothing", "\"\",x", 0, "|x|" },
	{ "a quoted field at the end", "x,\"\"", 0, "x||" },
	{ "blanks are octets", " a , b ", 0, " a | b |" },
	{ "a line feed inside", "\"a\nb\",c", 0, "a\nb|c|" },
	{ "goes on in the next line", "a,\"b", CSV_MORE, NULL },
	{ "ends in a doubled quote: goes on", "\"a\"\"", CSV_MORE, NULL },
	{ "a quote inside a field", "a\"b,c", SEK_EPARSE, NULL },
	{ "octets behind a quoted field", "\"a\"b,c", SEK_EPARSE, NULL },
};

static void
lines_become_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct csv_line l;
		const char *why = NULL;
		char got[200] = "";
		int rc = csv_line_read(&l, str_of(cases[i].in), &why);

		for (size_t f = 0; rc == 0 && f < l.n; f++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%.*s|",
			    (int)l.field[f].n, l.field[f].p);
		if (rc != cases[i].rc || (rc == 0 && strcmp(got, cases[i].want) != 0) ||
		    (rc < 0 && why == NULL))
			fail_msg("%s: got %d \"%s\"", cases[i].name, rc, got);
	}
}

static void
there_are_so_many_fields_at_most(void **state)
{
	static struct csv_line l;
	static char text[3 * CSV_ROOM];
	const char *why;

	(void)state;
	memset(text, ',', sizeof(text));
	assert_int_equal(csv_line_read(&l, (struct str){ text, CSV_FIELDS - 1 }, &why), 0);
	assert_int_equal(l.n, CSV_FIELDS);
	assert_int_equal(csv_line_read(&l, (struct str){ text, CSV_FIELDS }, &why), SEK_EPARSE);
	/* doubled quotes are undone in a room of so many octets */
	memset(text, '"', sizeof(text));
	assert_int_equal(csv_line_read(&l, (struct str){ text, 2 + CSV_ROOM }, &why), 0);
	assert_int_equal(l.field[0].n, CSV_ROOM / 2);
	assert_int_equal(csv_line_read(&l, (struct str){ text, 2 + 2 * CSV_ROOM + 2 }, &why), SEK_EPARSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_fields),
		cmocka_unit_test(there_are_so_many_fields_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
