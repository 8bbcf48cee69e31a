#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/code_letter.h"
#include "wire/mime.h"
#include "wire/msg.h"

static struct code_letter
plain(void)
{
	struct code_letter in = {
		.code = STR("abcd-efgh"), .from = STR("postmaster@probe.example"),
		.to = STR("postmaster@mx.example"), .id = STR("code-1"), .pd = STR("probe.example"),
		.zone = STR("bl.example"), .url = STR("https://bl.example/"),
		.operator = STR("Example CSIRT"), .contact = STR("csirt@example.com"),
		.addr = addr_v4(192, 0, 2, 25), .asker = addr_v4(203, 0, 113, 7),
		.now = { 1795385196 }, .until = { 1795388796 },
	};

	return in;
}

static struct str
body_of(char *out, size_t cap, struct str mail)
{
	struct mime_text t;
	struct mime_decoder d;
	size_t n = 0;
	int c;

	assert_int_equal(mime_first_text(&t, mail), 0);
	assert_int_equal(t.coding, MIME_BASE64);
	d = mime_decoder_of(&t);
	while ((c = mime_next(&d)) >= 0 && n < cap)
		out[n++] = (char)c;
	return (struct str){ out, n };
}

static void
it_says_who_what_and_what_if_not(void **state)
{
	static const char *const words[] = {
		"Code: abcd-efgh\n", "確認コード: abcd-efgh\n", "203.0.113.7", "192.0.2.25", "bl.example",
		"2026-11-22T23:06:36Z", "If it was not you", "お心当たりがなければ", "https://bl.example/",
		"Example CSIRT", "csirt@example.com", "one hour", "1 時間",
	};
	char mail[CODE_LETTER_MAX], text[CODE_LETTER_MAX];
	struct wbuf w = wbuf_of(mail, sizeof(mail));
	struct code_letter in = plain();
	struct str whole, body, value;

	(void)state;
	assert_int_equal(code_letter_write(&w, &in), 0);
	whole = (struct str){ mail, w.len };
	body = body_of(text, sizeof(text), whole);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_search(body, str_of(words[i])) < 0)
			fail_msg("the letter does not say \"%s\"", words[i]);
	assert_int_equal(msg_find(&value, whole, STR("Auto-Submitted"), 0), 0);
	assert_true(str_eq(value, STR("auto-generated")));
	assert_int_equal(msg_find(&value, whole, STR("To"), 0), 0);
	assert_true(str_eq(value, STR("<postmaster@mx.example>")));
	assert_int_equal(msg_find(&value, whole, STR("Date"), 0), 0);
	assert_true(str_eq(value, STR("Sun, 22 Nov 2026 22:06:36 +0000")));
	assert_int_equal(msg_find(&value, whole, STR("Message-ID"), 0), 0);
	assert_true(str_eq(value, STR("<code-1@probe.example>")));
}

/* 7-bit, CRLF lines, none past 78 where we choose (RFC 5322 2.1.1). */
static void
it_is_a_mail(void **state)
{
	char mail[CODE_LETTER_MAX];
	struct wbuf w = wbuf_of(mail, sizeof(mail));
	struct code_letter in = plain();
	size_t line = 0;

	(void)state;
	assert_int_equal(code_letter_write(&w, &in), 0);
	for (size_t i = 0; i < w.len; i++) {
		assert_true((uint8_t)mail[i] < 0x80 && mail[i] != '\0');
		if (mail[i] == '\n')
			assert_true(i > 0 && mail[i - 1] == '\r');
		line = mail[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 79);
	}
}

static void
hostile_names_stay_in_their_place(void **state)
{
	char mail[CODE_LETTER_MAX];
	struct wbuf w = wbuf_of(mail, sizeof(mail));
	struct code_letter in = plain();
	struct str whole, value;

	(void)state;
	in.to = STR("a@b.example>\r\nBcc: <x@y.example");
	in.from = STR("c@d.example\nX-Bad: 1");
	in.contact = STR("e@f.example\r\n\r\nbody");
	in.operator = STR("us\r\n.\r\n");
	assert_int_equal(code_letter_write(&w, &in), 0);
	whole = (struct str){ mail, w.len };
	assert_int_equal(msg_find(&value, whole, STR("Bcc"), 0), MSG_END);
	assert_int_equal(msg_find(&value, whole, STR("X-Bad"), 0), MSG_END);
	assert_int_equal(msg_find(&value, whole, STR("MIME-Version"), 0), 0);
}

static void
longest_names_fit(void **state)
{
	static char name[255], word[64];
	char mail[CODE_LETTER_MAX];
	struct wbuf w = wbuf_of(mail, sizeof(mail)), small = wbuf_of(mail, 500);
	struct code_letter in = plain();
	struct str n = { name, sizeof(name) };

	(void)state;
	memset(name, 'n', sizeof(name));
	memset(word, 'w', sizeof(word));
	in.from = in.to = in.pd = in.zone = in.url = in.operator = in.contact = n;
	in.id = (struct str){ word, sizeof(word) };
	memset(in.addr.o, 0xfe, 16);
	memset(in.asker.o, 0xfe, 16);
	assert_int_equal(code_letter_write(&w, &in), 0);
	assert_int_equal(code_letter_write(&small, &in), SEK_ELIMIT);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_who_what_and_what_if_not),
		cmocka_unit_test(it_is_a_mail),
		cmocka_unit_test(hostile_names_stay_in_their_place),
		cmocka_unit_test(longest_names_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
