#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/smtp_reply.h"

#define MORE SMTP_REPLY_MORE
#define IN(lit) { lit, sizeof(lit) - 1 }

static const struct {
	const char	*name;
	struct str	 in;
	int		 want;
	uint16_t	 code;
	size_t		 used;
	const char	*text;
} cases[] = {
	{ "one line", IN("250 ok\r\n"), 0, 250, 8, "ok" },
	{ "code alone (RFC 5321 4.2)", IN("220\r\n"), 0, 220, 5, "" },
	{ "code and space", IN("220 \r\n"), 0, 220, 6, "" },
	{ "several lines", IN("250-a\r\n250-b\r\n250 c\r\n"), 0, 250, 21, "a" },
	{ "last line without text", IN("250-a\r\n250\r\n"), 0, 250, 12, "a" },
	{ "only the first reply", IN("250 a\r\n550 b\r\n"), 0, 250, 7, "a" },
	{ "bare LF ends a line", IN("250-a\n250 b\n"), 0, 250, 12, "a" },
	{ "eight bits stay", IN("220 \xe9\x96\xa2\r\n"), 0, 220, 9, "\xe9\x96\xa2" },
	{ "nothing yet", IN(""), MORE, 0, 0, "" },
	{ "half a code", IN("25"), MORE, 0, 0, "" },
	{ "half a line end", IN("250 a\r"), MORE, 0, 0, "" },
	{ "half a reply is not one", IN("250-a\r\n250"), MORE, 0, 0, "" },
	{ "continuation is not the end", IN("250-a\r\n"), MORE, 0, 0, "" },
	{ "codes may not change", IN("250-a\r\n550 b\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "no SMTP at all", IN("HTTP/1.1 400 Bad Request\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "no SMTP, seen at once", IN("S"), SEK_EPARSE, 0, 0, "" },
	{ "code below 200", IN("150 a\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "code above 599", IN("600 a\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "four digits", IN("2500 a\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "two digits", IN("25 a\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "two digits and an end", IN("25\n"), SEK_EPARSE, 0, 0, "" },
	{ "empty line", IN("\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "NUL in the text", IN("250 a\0b\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "NUL after the code", IN("250\0\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "NUL instead of a code", IN("\0\0\0"), SEK_EPARSE, 0, 0, "" },
	{ "CR inside a line", IN("250 a\rb\r\n"), SEK_EPARSE, 0, 0, "" },
	{ "two CR", IN("250 a\r\r\n"), SEK_EPARSE, 0, 0, "" },
};

static void
reply_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct smtp_reply r = { 0 };
		int got = smtp_reply_read(&r, cases[i].in.p, cases[i].in.n);

		if (got != cases[i].want || r.code != cases[i].code || r.used != cases[i].used ||
		    !str_eq((struct str){ r.text, r.len }, str_of(cases[i].text)))
			fail_msg("%s: got %d code %u used %zu \"%.*s\", want %d code %u used %zu \"%s\"",
			    cases[i].name, got, r.code, r.used, (int)r.len, r.text,
			    cases[i].want, cases[i].code, cases[i].used, cases[i].text);
	}
}

/* Octet by octet a reply says MORE until its end, and an error never heals. */
static void
every_prefix_agrees(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str in = cases[i].in;
		int before = MORE;

		for (size_t n = 0; n <= in.n; n++) {
			struct smtp_reply r = { 0 };
			int got = smtp_reply_read(&r, in.p, n);

			if (before != MORE && got != before)
				fail_msg("%s: at %zu octets %d became %d",
				    cases[i].name, n, before, got);
			if (got == 0)
				assert_int_equal(n >= cases[i].used, 1);
			before = got;
		}
	}
}

/* One line of n octets with its CRLF. */
static size_t
put_line(char *at, const char *head, size_t n)
{
	memset(at, 'x', n);
	memcpy(at, head, strlen(head));
	memcpy(at + n - 2, "\r\n", 2);
	return n;
}

static const struct {
	const char	*name;
	size_t		 lines, line;
	bool		 ends;
	int		 want;
} bounds[] = {
	{ "line of 2,048", 1, 2048, true, 0 },
	{ "line of 2,049", 1, 2049, true, SEK_ELIMIT },
	{ "100 lines", 100, 20, true, 0 },
	{ "101 lines", 101, 20, true, SEK_ELIMIT },
	{ "100 lines that go on", 100, 20, false, SEK_ELIMIT },
	{ "99 lines that go on", 99, 20, false, MORE },
	{ "64 KiB in 32 lines", 32, 2048, true, 0 },
	{ "more than 64 KiB in 33 lines", 33, 2048, true, SEK_ELIMIT },
	{ "64 KiB that go on", 32, 2048, false, MORE },
	{ "more than 64 KiB that go on", 33, 2048, false, SEK_ELIMIT },
};

static void
bounds_table(void **state)
{
	static char in[128 * 2049];

	(void)state;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		struct smtp_reply r;
		size_t n = 0;
		int got;

		for (size_t l = 1; l <= bounds[i].lines; l++)
			n += put_line(in + n, bounds[i].ends && l == bounds[i].lines ?
			    "250 " : "250-", bounds[i].line);
		got = smtp_reply_read(&r, in, n);
		if (got != bounds[i].want)
			fail_msg("%s: got %d, want %d", bounds[i].name, got, bounds[i].want);
	}
}

static void
ten_megabytes_without_an_end_are_refused_early(void **state)
{
	size_t n = 10 << 20;
	char *in = malloc(n);
	struct smtp_reply r;

	(void)state;
	assert_non_null(in);
	memset(in, 'x', n);
	memcpy(in, "220 ", 4);
	assert_int_equal(smtp_reply_read(&r, in, n), SEK_ELIMIT);
	assert_int_equal(smtp_reply_read(&r, in, 2047), MORE);
	assert_int_equal(smtp_reply_read(&r, in, 2048), SEK_ELIMIT);
	free(in);
}

static void
lines_are_walked(void **state)
{
	struct str rest = STR("250-mx.example\r\n250-SIZE 10\r\n250 STARTTLS\r\n"), l;

	(void)state;
	assert_true(smtp_reply_line(&l, &rest) && str_eq(l, STR("mx.example")));
	assert_true(smtp_reply_line(&l, &rest) && str_eq(l, STR("SIZE 10")));
	assert_true(smtp_reply_line(&l, &rest) && str_eq(l, STR("STARTTLS")));
	assert_false(smtp_reply_line(&l, &rest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reply_table),
		cmocka_unit_test(every_prefix_agrees),
		cmocka_unit_test(bounds_table),
		cmocka_unit_test(ten_megabytes_without_an_end_are_refused_early),
		cmocka_unit_test(lines_are_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
