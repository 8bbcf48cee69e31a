#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fact/letter.h"
#include "probe/letter.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyz234567abcd"
#define BLOCK LETTER_BEGIN "\ntoken " TOKEN "\nmac 0123456789\n" LETTER_END

static struct letter_in
usual(void)
{
	return (struct letter_in){
		.recipient = STR(TOKEN), .sender = STR("s" TOKEN), .block = STR(BLOCK),
		.pd = STR("probe.example"), .operator = STR("Example CSIRT"),
		.contact = STR("csirt@example.com"), .url = STR("https://bl.example/"),
		.form = STR("P01"), .target = addr_v4(198, 18, 1, 10), .port = 25,
		.now = { 1795385196 },
	};
}

static struct str
write_it(char out[LETTER_MAX], const struct letter_in *in)
{
	struct wbuf w = wbuf_of(out, LETTER_MAX);

	if (letter_write(&w, in) != 0)
		fail_msg("no letter for operator \"%.*s\"", (int)in->operator.n, in->operator.p);
	return (struct str){ out, w.len };
}

static int
sextet(char c)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = memchr(letters, c, 64);

	return at == NULL ? -1 : (int)(at - letters);
}

/* The body as a reader sees it. */
static void
decoded(char *out, size_t cap, struct str mail)
{
	ptrdiff_t end = str_search(mail, STR("\r\n\r\n"));
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	assert_true(end > 0);
	for (size_t i = (size_t)end; i < mail.n; i++) {
		int v = sextet(mail.p[i]);

		if (v < 0)
			continue;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8 && n + 1 < cap) {
			have -= 8;
			out[n++] = (char)(bits >> have);
		}
	}
	out[n] = '\0';
}

static void
has(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("\"%s\" is not in:\n%s", what, text);
}

static void
header_says_what_it_is(void **state)
{
	static const char *const lines[] = {
		"From: \"Example CSIRT\"\r\n <s" TOKEN "@probe.example>\r\n",
		"To: <" TOKEN "@probe.example>\r\n",
		"Date: Sun, 22 Nov 2026 22:06:36 +0000\r\n",
		"Message-ID: <" TOKEN ".1795385196@probe.example>\r\n",
		"Subject: Relay test / =?UTF-8?B?56ys5LiJ6ICF5Lit57aZ5qSc5p+7?=\r\n",
		LETTER_FIELD ": " TOKEN "\r\n",
		"X-Sekimori-Test: form=P01; target=198.18.1.10; port=25;\r\n time=2026-11-22T22:06:36Z\r\n",
		"X-Sekimori-About: https://bl.example/\r\n",
		"List-Unsubscribe: <mailto:optout@probe.example>\r\n",
		"Reply-To: <csirt@example.com>\r\n",
		"Auto-Submitted: auto-generated\r\n", "Precedence: bulk\r\n",
		"MIME-Version: 1.0\r\n",
	};
	char out[LETTER_MAX + 1];
	struct letter_in in = usual();
	struct str mail = write_it(out, &in);

	(void)state;
	out[mail.n] = '\0';
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		has(out, lines[i]);
}

static void
body_says_who_why_and_how_to_stop_in_both_languages(void **state)
{
	static const char *const words[] = {
		"検査した者: Example CSIRT", "Who tests: Example CSIRT", "目的", "Why:",
		"198.18.1.10", "optout@probe.example へ", "write to optout@probe.example",
		"https://bl.example/", "csirt@example.com", "\n" BLOCK "\n",
	};
	char out[LETTER_MAX], text[LETTER_MAX];
	struct letter_in in = usual();

	(void)state;
	decoded(text, sizeof(text), write_it(out, &in));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		has(text, words[i]);
}

static void
receiver_knows_it_again(void **state)
{
	char out[LETTER_MAX];
	struct letter_in in = usual();
	struct str mail = write_it(out, &in);

	(void)state;
	assert_int_equal(letter_is(mail, STR(TOKEN), STR(BLOCK)), LETTER_PROBE);
	assert_int_equal(letter_is(mail, STR("other"), STR(BLOCK)), LETTER_NO_HEADER);
}

static char longest[6][LETTER_BLOCK];

static struct str
fill(int i, size_t n, const char *head, const char *tail)
{
	memset(longest[i], 'x', n);
	memcpy(longest[i], head, strlen(head));
	memcpy(longest[i] + n - strlen(tail), tail, strlen(tail));
	return (struct str){ longest[i], n };
}

/* As long as the configuration and the messages let each be. */
static struct letter_in
longest_names(void)
{
	struct letter_in in = usual();

	in.recipient.n = in.sender.n = 36;
	in.pd = fill(0, 200, "a.", ".example");
	in.contact = fill(1, 255, "a@", ".example");
	in.url = fill(2, 200, "https://", "/");
	in.operator = fill(3, 100, "", "");
	for (size_t i = 0; i + 3 <= in.operator.n; i += 3)
		memcpy(longest[3] + i, "関", 3);
	in.block = fill(4, LETTER_BLOCK, LETTER_BEGIN "\n", "\n" LETTER_END);
	for (size_t i = 90; i < LETTER_BLOCK - 90; i += 60)
		longest[4][i] = '\n';
	in.target.o[0] = 0x20;
	memset(in.target.o + 1, 0xdd, 15);
	in.port = 65535;
	return in;
}

static void
longest_names_fit_and_are_found(void **state)
{
	char out[LETTER_MAX], text[LETTER_MAX];
	struct letter_in in = longest_names();
	struct str mail = write_it(out, &in);

	(void)state;
	assert_in_range(mail.n, 2000, LETTER_MAX);
	assert_int_equal(letter_is(mail, in.recipient, in.block), LETTER_PROBE);
	decoded(text, sizeof(text), mail);
	has(text, "Relay test of");
	has(text, "停止");
	has(text, "optout@a.x");
	has(text, "contact: a@x");
}

static void
too_small_a_buffer_is_said(void **state)
{
	char out[800];
	struct letter_in in = usual();
	struct wbuf w = wbuf_of(out, sizeof(out));

	(void)state;
	assert_int_equal(letter_write(&w, &in), SEK_ELIMIT);
	assert_int_equal(w.len, 0);
	assert_int_equal(w.err, 0);
}

static const struct { const char *name; struct str text; } evil[] = {
	{ "a line of its own", STR("x\r\nBcc: victim@example.com") },
	{ "an end of the header", STR("x\r\n\r\nbody") },
	{ "a bare LF", STR("x\nBcc: victim@example.com") },
	{ "a bare CR", STR("x\rBcc: victim@example.com") },
	{ "an end of the quotes", STR("x\" <a@b>, \"y") },
	{ "a backslash", STR("x\\") },
	{ "a NUL", { "x\0y", 3 } },
	{ "broken UTF-8", STR("\xe9\x96") },
};

/* No octet but printable ASCII, in lines of at most 998. */
static void
lines_are_clean(const char *name, struct str mail)
{
	size_t line = 0;

	for (size_t i = 0; i < mail.n; i++) {
		bool crlf = mail.p[i] == '\r' && i + 1 < mail.n && mail.p[i + 1] == '\n';

		if (crlf) {
			line = 0;
			i++;
			continue;
		}
		if (mail.p[i] < 0x20 || mail.p[i] > 0x7e || ++line > 998)
			fail_msg("%s: octet %zu is %02x", name, i, (unsigned char)mail.p[i]);
	}
	assert_true(str_iends(mail, STR("\r\n")));
}

static void
no_name_breaks_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
		char out[LETTER_MAX];
		struct letter_in in = usual();
		struct str mail;

		in.operator = in.contact = in.url = in.form = evil[i].text;
		mail = write_it(out, &in);
		lines_are_clean(evil[i].name, mail);
		assert_int_equal(str_search(mail, STR("\nBcc:")), -1);
		if (letter_is(mail, STR(TOKEN), STR(BLOCK)) != LETTER_PROBE)
			fail_msg("%s: not found again", evil[i].name);
	}
}

static void
name_in_japanese_is_encoded(void **state)
{
	char out[LETTER_MAX + 1];
	struct letter_in in = usual();
	struct str mail;

	(void)state;
	in.operator = STR("例示県警察本部サイバー犯罪対策課");
	mail = write_it(out, &in);
	out[mail.n] = '\0';
	lines_are_clean("Japanese", mail);
	/* 45 octets a word: 15 characters of three octets, then the last one */
	has(out, "From: =?UTF-8?B?5L6L56S655yM6K2m5a+f5pys6YOo44K144Kk44OQ44O854qv572q5a++562W?=\r\n"
	    " =?UTF-8?B?6Kqy?=\r\n <s");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_says_what_it_is),
		cmocka_unit_test(body_says_who_why_and_how_to_stop_in_both_languages),
		cmocka_unit_test(receiver_knows_it_again),
		cmocka_unit_test(longest_names_fit_and_are_found),
		cmocka_unit_test(too_small_a_buffer_is_said),
		cmocka_unit_test(no_name_breaks_out),
		cmocka_unit_test(name_in_japanese_is_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
