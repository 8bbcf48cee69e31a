#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/mail_put.h"

static struct wbuf w;
static char out[1024];

static const char *
written(void)
{
	wbuf_u8(&w, 0);
	assert_int_equal(w.err, 0);
	return out;
}

static void
begin(void)
{
	w = wbuf_of(out, sizeof(out));
}

static void
dates(void **state)
{
	static const struct { int64_t s; const char *want; } cases[] = {
		{ 0, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n" },
		{ 951782400, "Date: Tue, 29 Feb 2000 00:00:00 +0000\r\n" },
		{ 1795385196, "Date: Sun, 22 Nov 2026 22:06:36 +0000\r\n" },
		{ 2147483648, "Date: Tue, 19 Jan 2038 03:14:08 +0000\r\n" },
		{ 253402300799, "Date: Fri, 31 Dec 9999 23:59:59 +0000\r\n" },
		{ 253402300800, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n" },
		{ -1, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n" },
		{ INT64_MIN, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin();
		mail_put_date(&w, (struct wall){ cases[i].s });
		assert_string_equal(written(), cases[i].want);
	}
}

/* RFC 4648 10. */
static void
base64(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfb", "//77" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin();
		mail_put_base64(&w, cases[i].in, strlen(cases[i].in));
		assert_string_equal(written(), cases[i].want);
	}
}

static void
lines_are_of_76_letters(void **state)
{
	char octets[58];
	const char *text;

	(void)state;
	memset(octets, 'a', sizeof(octets));
	begin();
	mail_put_lines(&w, octets, sizeof(octets));
	text = written();
	assert_int_equal(strcspn(text, "\r"), 76);
	assert_string_equal(text + 76, "\r\nYQ==\r\n");
	begin();
	mail_put_lines(&w, octets, 0);
	assert_string_equal(written(), "");
}

static void
words(void **state)
{
	(void)state;
	begin();
	mail_put_words(&w, STR("plain words"), false);
	assert_string_equal(written(), "plain words");
	begin();
	mail_put_words(&w, STR("plain words"), true);
	assert_string_equal(written(), "\"plain words\"");
	begin();
	mail_put_words(&w, STR("関守"), true);
	assert_string_equal(written(), "=?UTF-8?B?6Zai5a6I?=");
	begin();		/* no word past 75 letters, no character cut */
	mail_put_words(&w, STR("関守関守関守関守関守関守関守関守関守"), false);
	assert_string_equal(written(), "=?UTF-8?B?6Zai5a6I6Zai5a6I6Zai5a6I6Zai5a6I6Zai5a6I6Zai5a6I6Zai5a6I6Zai?=\r\n"
	    " =?UTF-8?B?5a6I6Zai5a6I?=");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
		cmocka_unit_test(base64),
		cmocka_unit_test(lines_are_of_76_letters),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
