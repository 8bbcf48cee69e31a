#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/smtp_cmd.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define L(s) { (s), sizeof(s) - 1 }

static void
lines_end_in_crlf_only(void **state)
{
	static const struct {
		const char *name; struct str in; int want; size_t used;
	} cases[] = {
		{ "a line", L("NOOP\r\nQUIT\r\n"), 0, 6 },
		{ "an empty line is one", L("\r\n"), 0, 2 },
		{ "half a line is none", L("NOOP"), SMTP_CMD_MORE, 0 },
		{ "CR at the end waits", L("NOOP\r"), SMTP_CMD_MORE, 0 },
		{ "bare LF", L("NOOP\n"), SMTP_CMD_BARE, 0 },
		{ "bare CR", L("NO\rOP\r\n"), SMTP_CMD_BARE, 0 },
		{ "CR CR LF", L("NOOP\r\r\n"), SMTP_CMD_BARE, 0 },
		{ "bare LF first", L("\n"), SMTP_CMD_BARE, 0 },
		{ "NUL is the reader's", L("NO\0OP\r\n"), 0, 7 },
		{ "nothing", L(""), SMTP_CMD_MORE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct str line = { 0 };
		size_t used = 0;
		int got = smtp_cmd_line(&line, &used, cases[i].in.p, cases[i].in.n);

		if (got != cases[i].want || used != cases[i].used)
			fail_msg("%s: want %d/%zu, got %d/%zu", cases[i].name,
			    cases[i].want, cases[i].used, got, used);
		if (got == 0)
			assert_int_equal(line.n, used - 2);
	}
}

static void
a_line_without_end_is_cut(void **state)
{
	char big[2000];
	struct str line;
	size_t used;

	(void)state;
	memset(big, 'a', sizeof(big));
	assert_int_equal(smtp_cmd_line(&line, &used, big, 1023), SMTP_CMD_MORE);
	assert_int_equal(smtp_cmd_line(&line, &used, big, 1024), SEK_ELIMIT);
	memcpy(big + 1022, "\r\n", 2);
	assert_int_equal(smtp_cmd_line(&line, &used, big, sizeof(big)), 0);
	memcpy(big + 1022, "a\r\n", 3);
	assert_int_equal(smtp_cmd_line(&line, &used, big, sizeof(big)), SEK_ELIMIT);
}

static void
commands_are_read(void **state)
{
	static const struct {
		const char *name, *in; int want; enum smtp_verb verb;
		const char *path, *domain;
	} cases[] = {
		{ "plain", "MAIL FROM:<a@probe.example>", 0, SMTP_MAIL, "a@probe.example", "probe.example" },
		{ "case does not count", "mail from:<a@probe.example>", 0, SMTP_MAIL, "a@probe.example", "probe.example" },
		{ "null sender", "MAIL FROM:<>", 0, SMTP_MAIL, "", "" },
		{ "space after the colon, as old relays send", "MAIL FROM: <a@b.example>", 0, SMTP_MAIL, "a@b.example", "b.example" },
		{ "white space at the end", "MAIL FROM:<a@b.example> \t", 0, SMTP_MAIL, "a@b.example", "b.example" },
		{ "SIZE and BODY", "MAIL FROM:<a@b.example> SIZE=1000 BODY=8BITMIME", 0, SMTP_MAIL, "a@b.example", "b.example" },
		{ "SIZE twice", "MAIL FROM:<a@b.example> SIZE=1 SIZE=2", 501, SMTP_MAIL, NULL, NULL },
		{ "SIZE without a number", "MAIL FROM:<a@b.example> SIZE=", 501, SMTP_MAIL, NULL, NULL },
		{ "SIZE past 64 bits", "MAIL FROM:<a@b.example> SIZE=99999999999999999999", 501, SMTP_MAIL, NULL, NULL },
		{ "BODY unknown", "MAIL FROM:<a@b.example> BODY=BINARYMIME", 501, SMTP_MAIL, NULL, NULL },
		{ "parameter never offered", "MAIL FROM:<a@b.example> SMTPUTF8", 555, SMTP_MAIL, NULL, NULL },
		{ "AUTH= never offered", "MAIL FROM:<a@b.example> AUTH=<>", 555, SMTP_MAIL, NULL, NULL },
		{ "garbage behind the path", "MAIL FROM:<a@b.example>x", 501, SMTP_MAIL, NULL, NULL },
		{ "no brackets", "MAIL FROM:a@b.example", 0, SMTP_MAIL, "a@b.example", "b.example" },
		{ "no brackets, SIZE", "MAIL FROM:a@b.example SIZE=1", 0, SMTP_MAIL, "a@b.example", "b.example" },
		{ "neither brackets nor address", "MAIL FROM:", 501, SMTP_MAIL, NULL, NULL },
		{ "a sender with two at signs", "MAIL FROM:<a@b.example@c.example>", 0, SMTP_MAIL, "a@b.example@c.example", "" },
		{ "a sender without a local part", "MAIL FROM:<@c.example> SIZE=1", 0, SMTP_MAIL, "@c.example", "" },
		{ "a sender with brackets in it", "MAIL FROM:<<a@b.example>>", 0, SMTP_MAIL, "<a@b.example>", "" },
		{ "a sender of words", "MAIL FROM:<no such user>", 0, SMTP_MAIL, "no such user", "" },
		{ "a quote without end in a sender", "MAIL FROM:<\"a@b.example>", 0, SMTP_MAIL, "\"a@b.example", "" },
		{ "no end bracket", "MAIL FROM:<a@b.example", 501, SMTP_MAIL, NULL, NULL },
		{ "no colon", "MAIL FROM<a@b.example>", 501, SMTP_MAIL, NULL, NULL },
		{ "MAIL alone", "MAIL", 501, SMTP_MAIL, NULL, NULL },
		{ "source route is dropped", "RCPT TO:<@a.example,@[192.0.2.1]:t@pd.example>", 0, SMTP_RCPT, "t@pd.example", "pd.example" },
		{ "route without a mailbox", "RCPT TO:<@a.example>", 501, SMTP_RCPT, NULL, NULL },
		{ "route with a gap", "RCPT TO:<@a.example,:t@pd.example>", 501, SMTP_RCPT, NULL, NULL },
		{ "final dot of the domain", "RCPT TO:<t@pd.example.>", 0, SMTP_RCPT, "t@pd.example", "pd.example" },
		{ "two final dots", "RCPT TO:<t@pd.example..>", 501, SMTP_RCPT, NULL, NULL },
		{ "postmaster alone (RFC 5321 4.5.1)", "RCPT TO:<Postmaster>", 0, SMTP_RCPT, "Postmaster", "" },
		{ "null recipient", "RCPT TO:<>", 501, SMTP_RCPT, NULL, NULL },
		{ "quoted local part", "RCPT TO:<\"a @\\\"b\"@pd.example>", 0, SMTP_RCPT, "\"a @\\\"b\"@pd.example", "pd.example" },
		{ "quote without end", "RCPT TO:<\"a@pd.example>", 501, SMTP_RCPT, NULL, NULL },
		{ "backslash at the end", "RCPT TO:<\"a\\", 501, SMTP_RCPT, NULL, NULL },
		{ "v4 literal", "RCPT TO:<a@[192.0.2.1]>", 0, SMTP_RCPT, "a@[192.0.2.1]", "[192.0.2.1]" },
		{ "v6 literal", "RCPT TO:<a@[IPv6:2001:db8::1]>", 0, SMTP_RCPT, "a@[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]" },
		{ "literal without end", "RCPT TO:<a@[192.0.2.1>", 501, SMTP_RCPT, NULL, NULL },
		{ "empty literal", "RCPT TO:<a@[]>", 501, SMTP_RCPT, NULL, NULL },
		{ "two at signs", "RCPT TO:<a@b.example@c.example>", 501, SMTP_RCPT, NULL, NULL },
		{ "empty domain", "RCPT TO:<a@>", 501, SMTP_RCPT, NULL, NULL },
		{ "empty local part", "RCPT TO:<@pd.example>", 501, SMTP_RCPT, NULL, NULL },
		{ "VERP look-alike", "RCPT TO:<t=corp.example@pd.example>", 0, SMTP_RCPT, "t=corp.example@pd.example", "pd.example" },
		{ "percent and bang stay as they are", "RCPT TO:<a!b%c@pd.example>", 0, SMTP_RCPT, "a!b%c@pd.example", "pd.example" },
		{ "dots as Japanese carriers gave out", "MAIL FROM:<a..b.@carrier.example>", 0, SMTP_MAIL, "a..b.@carrier.example", "carrier.example" },
		{ "RCPT has no parameters here", "RCPT TO:<t@pd.example> NOTIFY=NEVER", 555, SMTP_RCPT, NULL, NULL },
		{ "EHLO", "EHLO mail.example", 0, SMTP_EHLO, "", "" },
		{ "EHLO literal", "EHLO [192.0.2.1]", 0, SMTP_EHLO, "", "" },
		{ "EHLO without a name", "EHLO", 0, SMTP_EHLO, "", "" },
		{ "EHLO with two", "EHLO a b", 0, SMTP_EHLO, "", "" },
		{ "recipient without brackets", "RCPT TO:t@pd.example", 0, SMTP_RCPT, "t@pd.example", "pd.example" },
		{ "two at signs without brackets", "RCPT TO:t@pd.example@c.example", 501, SMTP_RCPT, NULL, NULL },
		{ "DATA with a tail", "DATA x", 501, SMTP_DATA, NULL, NULL },
		{ "QUIT with white space", "QUIT ", 0, SMTP_QUIT, "", "" },
		{ "STARTTLS with a tail", "STARTTLS x", 501, SMTP_STARTTLS, NULL, NULL },
		{ "unknown verb", "XCLIENT ADDR=192.0.2.1", 0, SMTP_OTHER, "", "" },
		{ "verb with a tail", "NOOPX", 0, SMTP_OTHER, "", "" },
		{ "empty", "", 0, SMTP_OTHER, "", "" },
		{ "8-bit", "EHLO m\xc3\xa4il.example", 500, SMTP_EHLO, NULL, NULL },
		{ "control character", "NOOP \x01", 500, SMTP_NOOP, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct smtp_cmd c;
		int got = smtp_cmd_read(&c, str_of(cases[i].in));

		if (got != cases[i].want || c.verb != cases[i].verb)
			fail_msg("%s: %s: want %d, got %d (verb %d)", cases[i].name,
			    cases[i].in, cases[i].want, got, (int)c.verb);
		if (got == 0 && (!str_eq(c.path, str_of(cases[i].path)) ||
		    !str_eq(c.domain, str_of(cases[i].domain))))
			fail_msg("%s: got path %.*s, domain %.*s", cases[i].name,
			    (int)c.path.n, c.path.p, (int)c.domain.n, c.domain.p);
	}
}

static void
parameters_have_values(void **state)
{
	struct smtp_cmd c;

	(void)state;
	assert_int_equal(smtp_cmd_read(&c,
	    STR("MAIL FROM:<> BODY=8bitmime  SIZE=12345")), 0);
	assert_true(c.has_size);
	assert_int_equal(c.size, 12345);
	assert_true(c.eightbit);
	assert_int_equal(smtp_cmd_read(&c, STR("MAIL FROM:<> BODY=7BIT")), 0);
	assert_false(c.has_size);
	assert_false(c.eightbit);
	assert_int_equal(smtp_cmd_read(&c, STR("ehlo Mail.Example")), 0);
	assert_true(str_eq(c.arg, STR("Mail.Example")));
	assert_int_equal(smtp_cmd_read(&c, STR("HELO my computer")), 0);
	assert_true(str_eq(c.arg, STR("my")));
	assert_int_equal(smtp_cmd_read(&c, STR("NO\0OP")), 500);
}

static void
lengths_are_bounded(void **state)
{
	char line[1100];
	struct smtp_cmd c;
	int n;

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line, "NOOP ", 5);
	assert_int_equal(smtp_cmd_read(&c, (struct str){ line, 510 }), 0);
	assert_int_equal(smtp_cmd_read(&c, (struct str){ line, 511 }), 500);
	memcpy(line, "EHLO ", 5);
	assert_int_equal(smtp_cmd_read(&c, (struct str){ line, 5 + 255 }), 0);
	assert_int_equal(smtp_cmd_read(&c, (struct str){ line, 5 + 256 }), 501);
	n = snprintf(line, sizeof(line), "RCPT TO:<%0255d@b.example>", 1);
	assert_int_equal(smtp_cmd_read(&c, (struct str){ line, (size_t)n }), 0);
	n = snprintf(line, sizeof(line), "RCPT TO:<%0256d@b.example>", 1);
	assert_int_equal(smtp_cmd_read(&c, (struct str){ line, (size_t)n }), 501);
	n = snprintf(line, sizeof(line), "MAIL FROM:<%0320d>", 1);
	assert_int_equal(smtp_cmd_read(&c, (struct str){ line, (size_t)n }), 0);
	n = snprintf(line, sizeof(line), "MAIL FROM:<%0321d>", 1);
	assert_int_equal(smtp_cmd_read(&c, (struct str){ line, (size_t)n }), 501);
	n = snprintf(line, sizeof(line), "RCPT TO:<%0100d@a%0230d.example>", 1, 1);
	assert_int_equal(smtp_cmd_read(&c, (struct str){ line, (size_t)n }), 501);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_in_crlf_only),
		cmocka_unit_test(a_line_without_end_is_cut),
		cmocka_unit_test(commands_are_read),
		cmocka_unit_test(parameters_have_values),
		cmocka_unit_test(lengths_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
