#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "receive/session.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define R(x) x "\r\n"
#define HI R("EHLO c.example")
#define HI_OUT "250-mx.probe.example\n250-PIPELINING\n250-SIZE 100000\n" \
	"250-8BITMIME\n250 ENHANCEDSTATUSCODES\n"
#define OK "250 2.1.0 Ok\n"
#define RC "?<t@pd.example>250 2.1.5 Ok\n"
#define TO_TEXT HI R("MAIL FROM:<s@pd.example>") R("RCPT TO:<t@pd.example>") R("DATA")
#define TO_TEXT_OUT HI_OUT OK RC "354 End with <CRLF>.<CRLF>\n{c.example s@pd.example t@pd.example:"
#define KEPT "}250 2.6.0 Kept\n"
#define BARE "!drop!521 5.5.2 Lines end in CR LF\n!close bare-newline!"
#define EVIL "MAIL FROM:<evil@pd.example>\r\nRCPT TO:<t@pd.example>\r\nDATA\r\nX\r\n.\r\n"

/* Everything that happens, in the order in which it does: replies with LF,
 * questions as ?<path>, a mail as {helo from rcpts:octets}. */
struct tape {
	struct session	s;
	char		text[70000];
	struct wbuf	w;
	bool		shut;
};

static void
tape_octets(struct tape *t, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r')
			wbuf_u8(&t->w, (uint8_t)p[i]);
}

static void
tape_replies(struct tape *t)
{
	tape_octets(t, (const char *)t->s.out.p, t->s.out.len);
	t->s.out.len = 0;
}

static void
tape_act(struct tape *t, enum session_act act)
{
	struct session *s = &t->s;

	if (act == SESSION_DROP)
		wbuf_str(&t->w, "!drop!");
	tape_replies(t);
	if (act == SESSION_ASK) {
		wbuf_printf(&t->w, "?<%s>", s->path);
		session_rcpt_is(s, strchr(s->path, 'x') == NULL ||
		    strstr(s->path, "ex") != NULL, 550);
	} else if (act == SESSION_MAIL) {
		wbuf_printf(&t->w, "{%s %s %.*s:", s->helo, s->mail_from,
		    (int)s->rcpts_len, s->rcpts);
	} else if (act == SESSION_PIECE) {
		assert_in_range(s->part_len, 1, SESSION_PART);
		tape_octets(t, s->part, s->part_len);
		s->part_len = 0;
	} else if (act == SESSION_STORE) {
		wbuf_str(&t->w, "}");
		session_stored(s, true, 250);
	} else if (act == SESSION_TLS) {
		wbuf_str(&t->w, "!tls!");
		session_secured(s);
	} else if (act == SESSION_CLOSE) {
		wbuf_printf(&t->w, "!close %s!", s->why == NULL ? "quit" : s->why);
		t->shut = true;
	}
	tape_replies(t);
}

/* step: octets handed over at once */
static void
tape_feed(struct tape *t, const char *in, size_t n, size_t step)
{
	size_t at = 0, have = 0, used;

	while (!t->shut && (at < n || have < n)) {
		enum session_act act;

		have = have + step < n ? have + step : n;
		do {
			act = session_step(&t->s, in + at, have - at, &used);
			assert_in_range(used, 0, have - at);
			at += used;
			tape_act(t, act);
		} while (act != SESSION_WAIT && !t->shut);
		if (have == n)
			return;
	}
}

static struct tape *
tape_new(bool tls)
{
	struct tape *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->w = wbuf_of(t->text, sizeof(t->text) - 1);
	session_init(&t->s, "mx.probe.example", 100000, tls, true);
	return t;
}

static const struct { const char *name, *in, *want; bool tls; } talks[] = {
	{ "a mail", TO_TEXT "A: 1\r\n\r\nhello\r\n.\r\nQUIT\r\n",
	    TO_TEXT_OUT "A: 1\n\nhello\n" KEPT "221 2.0.0 Bye\n!close quit!", false },
	{ "an empty mail", TO_TEXT ".\r\n", TO_TEXT_OUT KEPT, false },
	{ "dots are unstuffed", TO_TEXT "..\r\n...a\r\n.b\r\na.\r\n.\r\n",
	    TO_TEXT_OUT ".\n..a\nb\na.\n" KEPT, false },
	{ "a dot in a line ends nothing", TO_TEXT "a\r\n.\r\n", TO_TEXT_OUT "a\n" KEPT, false },
	{ "two mails", TO_TEXT "a\r\n.\r\n" R("MAIL FROM:<>") R("RCPT TO:<t@pd.example>") R("DATA") "b\r\n.\r\n",
	    TO_TEXT_OUT "a\n" KEPT OK RC "354 End with <CRLF>.<CRLF>\n{c.example  t@pd.example:b\n" KEPT, false },
	{ "HELO", R("HELO c.example") R("MAIL FROM:<>"), "250 mx.probe.example\n" OK, false },
	{ "several recipients, one refused", HI R("MAIL FROM:<>") R("RCPT TO:<a@pd.example>") R("RCPT TO:<x>") R("RCPT TO:<b@pd.example>") R("DATA") ".\r\n",
	    HI_OUT OK "?<a@pd.example>250 2.1.5 Ok\n?<x>550 5.1.1 No such recipient here\n?<b@pd.example>250 2.1.5 Ok\n"
	    "354 End with <CRLF>.<CRLF>\n{c.example  a@pd.example\nb@pd.example:" KEPT, false },
	{ "no DATA without a recipient", HI R("MAIL FROM:<>") R("RCPT TO:<x>") R("DATA"),
	    HI_OUT OK "?<x>550 5.1.1 No such recipient here\n503 5.5.1 Not now\n", false },
	{ "order matters", R("MAIL FROM:<>") R("RCPT TO:<t@pd.example>") R("DATA") R("VRFY a"),
	    "503 5.5.1 Not now\n503 5.5.1 Not now\n503 5.5.1 Not now\n503 5.5.1 Not now\n", false },
	{ "MAIL twice", HI R("MAIL FROM:<>") R("MAIL FROM:<>"), HI_OUT OK "503 5.5.1 Not now\n", false },
	{ "RSET forgets", HI R("MAIL FROM:<>") R("RCPT TO:<t@pd.example>") R("RSET") R("DATA"),
	    HI_OUT OK RC "250 2.0.0 Ok\n503 5.5.1 Not now\n", false },
	{ "EHLO forgets", HI R("MAIL FROM:<>") R("RCPT TO:<t@pd.example>") HI R("DATA"),
	    HI_OUT OK RC HI_OUT "503 5.5.1 Not now\n", false },
	{ "a refused second mail does not keep the first's recipients",
	    HI R("MAIL FROM:<>") R("RCPT TO:<t@pd.example>") R("DATA") ".\r\n" R("MAIL FROM:<a@b.example>") R("DATA"),
	    HI_OUT OK RC "354 End with <CRLF>.<CRLF>\n{c.example  t@pd.example:" KEPT OK "503 5.5.1 Not now\n", false },
	{ "others", HI R("NOOP") R("HELP") R("VRFY a") R("EXPN a") R("AUTH PLAIN AA==") R("BDAT 3 LAST") R("STARTTLS"),
	    HI_OUT "250 2.0.0 Ok\n214 2.0.0 RFC 5321; questions to postmaster\n252 2.1.5 Send a mail and see\n"
	    "502 5.5.1 Not known here\n502 5.5.1 Not known here\n502 5.5.1 Not known here\n502 5.5.1 Not known here\n", false },
	{ "syntax", HI R("MAIL FROM:") R("MAIL FROM:<> X=1") R("M\x01"),
	    HI_OUT "501 5.5.4 Syntax of the arguments\n555 5.5.4 Parameter not offered\n500 5.5.2 Not a command\n", false },
	{ "SIZE too big", HI R("MAIL FROM:<> SIZE=100001") R("MAIL FROM:<> SIZE=100000"),
	    HI_OUT "552 5.3.4 Longer than SIZE allows\n" OK, false },
	{ "STARTTLS forgets all", HI R("MAIL FROM:<>") R("RSET") R("STARTTLS"),
	    "250-mx.probe.example\n250-PIPELINING\n250-SIZE 100000\n250-8BITMIME\n250-STARTTLS\n250 ENHANCEDSTATUSCODES\n"
	    OK "250 2.0.0 Ok\n220 2.0.0 Ready\n!tls!", true },
	{ "bare LF in a command", HI "NOOP\nQUIT\r\n", HI_OUT "521 5.5.2 Lines end in CR LF\n!close bare-newline!", false },
	{ "bare CR in a command", HI "NOOP\rX\r\n", HI_OUT "521 5.5.2 Lines end in CR LF\n!close bare-newline!", false },
	/* smuggling: what stands behind is never read */
	{ "LF . LF", TO_TEXT "a\n.\n" EVIL, TO_TEXT_OUT BARE, false },
	{ "LF . CRLF", TO_TEXT "a\n.\r\n" EVIL, TO_TEXT_OUT BARE, false },
	{ "CR . CR", TO_TEXT "a\r.\r" EVIL, TO_TEXT_OUT BARE, false },
	{ "CR . CRLF", TO_TEXT "a\r.\r\n" EVIL, TO_TEXT_OUT BARE, false },
	{ "CRLF . CR", TO_TEXT "a\r\n.\r" EVIL, TO_TEXT_OUT BARE, false },
	{ "CRLF . LF", TO_TEXT "a\r\n.\n" EVIL, TO_TEXT_OUT BARE, false },
	{ "CR CRLF . CRLF", TO_TEXT "a\r\r\n.\r\n" EVIL, TO_TEXT_OUT BARE, false },
	{ "CRLF NUL . CRLF is text", TO_TEXT "a\r\n\x01.\r\n.\r\n", TO_TEXT_OUT "a\n\x01.\n" KEPT, false },
};

static void
talks_go_as_written(void **state)
{
	static const size_t steps[] = { 1, 2, 7, 100000 };

	(void)state;
	for (size_t i = 0; i < N(talks); i++) {
		for (size_t k = 0; k < N(steps); k++) {
			struct tape *t = tape_new(talks[i].tls);

			tape_feed(t, talks[i].in, strlen(talks[i].in), steps[k]);
			if (strcmp(t->text, talks[i].want) != 0)
				fail_msg("%s, %zu at once:\nwant %s\ngot  %s",
				    talks[i].name, steps[k], talks[i].want, t->text);
			free(t);
		}
	}
}

static void
nothing_may_follow_starttls(void **state)
{
	static const char in[] = HI R("STARTTLS") R("MAIL FROM:<>");
	struct tape *t = tape_new(true);

	(void)state;
	tape_feed(t, in, sizeof(in) - 1, sizeof(in));
	assert_true(t->shut);
	assert_string_equal(t->s.why, "injected");
	assert_non_null(strstr(t->text, "554 5.5.1"));
	assert_null(strstr(t->text, "220"));
	free(t);
}

static void
after_starttls_all_begins_anew(void **state)
{
	static const char a[] = HI R("STARTTLS"), b[] = R("MAIL FROM:<>") HI R("STARTTLS");
	struct tape *t = tape_new(true);

	(void)state;
	tape_feed(t, a, sizeof(a) - 1, sizeof(a));
	t->w.len = 0;
	memset(t->text, 0, sizeof(t->text));
	tape_feed(t, b, sizeof(b) - 1, sizeof(b));
	assert_string_equal(t->text, "503 5.5.1 Not now\n" HI_OUT
	    "503 5.5.1 Already secured\n");
	free(t);
}

/* Feeds lead, then line as often as it takes; returns how often. */
static int
until_shut(const char *lead, const char *line, const char **why)
{
	struct tape *t = tape_new(false);
	int n = 0;

	tape_feed(t, lead, strlen(lead), 100000);
	while (!t->shut && n < 1000) {
		t->w.len = 0;
		tape_feed(t, line, strlen(line), 100000);
		n++;
	}
	*why = t->s.why;
	free(t);
	return n;
}

static void
counts_are_bounded(void **state)
{
	static char many[64 * SESSION_RCPTS];
	const char *why;
	struct tape *t = tape_new(false);
	size_t n = 0;

	(void)state;
	assert_int_equal(until_shut("", R("NOOP"), &why), SESSION_COMMANDS + 1);
	assert_string_equal(why, "commands");
	assert_int_equal(until_shut(HI, R("FOO"), &why), SESSION_ERRORS);
	assert_string_equal(why, "errors");
	assert_int_equal(until_shut(HI R("MAIL FROM:<>"), R("RCPT TO:<x>"), &why), SESSION_ERRORS);
	assert_string_equal(why, "errors");
	assert_int_equal(until_shut(HI, R("MAIL FROM:<>") R("RCPT TO:<t@pd.example>")
	    R("DATA") ".\r\n", &why), SESSION_MAILS + 1);
	assert_string_equal(why, "mails");
	for (int i = 0; i <= SESSION_RCPTS; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n,
		    "RCPT TO:<t%d@pd.example>\r\n", i);
	tape_feed(t, HI R("MAIL FROM:<>"), strlen(HI R("MAIL FROM:<>")), 1000);
	tape_feed(t, many, n, sizeof(many));
	assert_non_null(strstr(t->text, "?<t15@pd.example>250 2.1.5 Ok\n452 4.5.3"));
	assert_int_equal(t->s.n_rcpts, SESSION_RCPTS);
	free(t);
}

/* Feeds the way to DATA, n octets in lines of len, and tail. */
static struct tape *
long_mail(size_t n, size_t len, const char *tail)
{
	struct tape *t = tape_new(false);
	char *text = malloc(n);

	assert_non_null(text);
	memset(text, 'a', n);
	for (size_t i = len; i <= n; i += len)
		memcpy(text + i - 2, "\r\n", 2);
	tape_feed(t, TO_TEXT, strlen(TO_TEXT), 100000);
	t->w.len = 0;
	memset(t->text, 0, sizeof(t->text));
	for (size_t i = 0; i < n; i += 50000) {
		t->w.len = 0;
		memset(t->text, 0, sizeof(t->text));
		tape_feed(t, text + i, n - i < 50000 ? n - i : 50000, 50000);
	}
	if (!t->shut)
		tape_feed(t, tail, strlen(tail), 1000);
	free(text);
	return t;
}

static void
mails_are_bounded(void **state)
{
	struct tape *t = long_mail(100000, 100, ".\r\n");

	(void)state;
	assert_non_null(strstr(t->text, "250 2.6.0 Kept"));
	assert_int_equal(t->s.octets, 100000);
	free(t);
	t = long_mail(100100, 100, ".\r\nNOOP\r\n");
	assert_non_null(strstr(t->text, "!drop!552 5.3.4 Mail too long\n250 2.0.0 Ok\n"));
	assert_int_equal(t->s.said, 552);
	free(t);
	t = long_mail(2 * 100000 + SESSION_PART + 100, 100, "");
	assert_true(t->shut);
	assert_string_equal(t->s.why, "size");
	free(t);
	t = long_mail(SESSION_TEXT_LINE + 2, SESSION_TEXT_LINE + 2, ".\r\n");
	assert_non_null(strstr(t->text, "500 5.6.0 Line too long"));
	free(t);
	t = long_mail(SESSION_TEXT_LINE, SESSION_TEXT_LINE, ".\r\n");
	assert_non_null(strstr(t->text, "250 2.6.0 Kept"));
	free(t);
}

static void
a_command_line_has_an_end(void **state)
{
	struct tape *t = tape_new(false);
	char big[1024];

	(void)state;
	memset(big, 'a', sizeof(big));
	tape_feed(t, big, sizeof(big), 100);
	assert_string_equal(t->text, "500 5.5.2 Line too long\n!close line!");
	free(t);
}

static void
without_a_keeper_it_is_451(void **state)
{
	struct tape *t = tape_new(false);
	size_t used;

	(void)state;
	tape_feed(t, HI R("MAIL FROM:<>"), strlen(HI R("MAIL FROM:<>")), 100);
	session_keeper(&t->s, false);
	t->w.len = 0;
	memset(t->text, 0, sizeof(t->text));
	tape_feed(t, R("RCPT TO:<t@pd.example>"), 24, 100);
	assert_string_equal(t->text, "451 4.3.0 Try again later\n");
	/* it comes, is asked, and goes before it answers */
	session_keeper(&t->s, true);
	assert_int_equal(session_step(&t->s, R("RCPT TO:<t@pd.example>"), 24, &used), SESSION_ASK);
	assert_int_equal(session_step(&t->s, "NOOP\r\n", 6, &used), SESSION_WAIT);
	assert_int_equal(used, 0);
	session_keeper(&t->s, false);
	assert_int_equal(t->s.out.len, strlen("451 4.3.0 Try again later\r\n"));
	assert_int_equal(t->s.phase, PHASE_SENDER);
	free(t);
}

static void
a_keeper_that_dies_in_a_mail_gives_451(void **state)
{
	struct tape *t = tape_new(false);

	(void)state;
	tape_feed(t, TO_TEXT "half a ma", strlen(TO_TEXT "half a ma"), 1000);
	session_keeper(&t->s, false);
	session_keeper(&t->s, true);	/* a new one knows nothing of it */
	t->w.len = 0;
	memset(t->text, 0, sizeof(t->text));
	tape_feed(t, "il\r\n.\r\nNOOP\r\n", 13, 1000);
	assert_string_equal(t->text, "451 4.3.0 Try again later\n250 2.0.0 Ok\n");
	free(t);
}

static void
codes_of_the_keeper_are_said(void **state)
{
	static const struct { bool ok; unsigned code; const char *want; } cases[] = {
		{ true, 250, "250" }, { true, 0, "250" }, { false, 550, "550" },
		{ false, 451, "451" }, { false, 452, "452" }, { false, 0, "451" },
		{ false, 250, "451" }, { false, 65000, "451" },
	};
	size_t used;

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct tape *t = tape_new(false);

		tape_feed(t, TO_TEXT, strlen(TO_TEXT), 1000);
		assert_int_equal(session_step(&t->s, "\r\n.\r\n", 5, &used), SESSION_PIECE);
		t->s.part_len = 0;
		assert_int_equal(session_step(&t->s, "", 0, &used), SESSION_STORE);
		assert_int_equal(t->s.out.len, 0);	/* not a word before */
		session_stored(&t->s, cases[i].ok, cases[i].code);
		assert_memory_equal(t->s.out.p, cases[i].want, 3);
		assert_memory_equal(t->s.out.p + t->s.out.len - 2, "\r\n", 2);
		free(t);
	}
}

static void
the_end_from_outside_drops_the_mail(void **state)
{
	struct tape *t = tape_new(false);
	size_t used;

	(void)state;
	tape_feed(t, TO_TEXT "half", strlen(TO_TEXT "half"), 1000);
	assert_true(session_end(&t->s, "idle", "421 4.4.2 Timeout"));
	assert_int_equal(session_step(&t->s, "x", 1, &used), SESSION_CLOSE);
	assert_int_equal(used, 0);
	free(t);
	t = tape_new(false);
	assert_false(session_end(&t->s, "idle", "421 4.4.2 Timeout"));
	free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(talks_go_as_written),
		cmocka_unit_test(nothing_may_follow_starttls),
		cmocka_unit_test(after_starttls_all_begins_anew),
		cmocka_unit_test(counts_are_bounded),
		cmocka_unit_test(mails_are_bounded),
		cmocka_unit_test(a_command_line_has_an_end),
		cmocka_unit_test(without_a_keeper_it_is_451),
		cmocka_unit_test(a_keeper_that_dies_in_a_mail_gives_451),
		cmocka_unit_test(codes_of_the_keeper_are_said),
		cmocka_unit_test(the_end_from_outside_drops_the_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
