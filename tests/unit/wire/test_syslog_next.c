/* syslog_read_next() says of every line what syslog_read() says, whatever the
 * lines before were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/syslog.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

enum { LINE_MAX_HERE = 512 };

static char rooms[2][SYSLOG_LINE_MAX];

static bool
same_text(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static void
same_answer(struct syslog_before *before, struct str line)
{
	struct syslog_line want, got;
	int want_rc = syslog_read(&want, line, rooms[0], sizeof(rooms[0]));
	int got_rc = syslog_read_next(&got, before, line, rooms[1], sizeof(rooms[1]));

	if (got_rc != want_rc || (want_rc == 0 && (got.at_s != want.at_s || got.at_us != want.at_us ||
	    got.stamp != want.stamp || got.pid != want.pid || !same_text(got.host, want.host) ||
	    !same_text(got.program, want.program) || !same_text(got.pid_text, want.pid_text) ||
	    !same_text(got.text, want.text))))
		fail_msg("read otherwise behind others: %.*s\n want %d %lld %.*s|%.*s|%u|%.*s\n got  %d %lld %.*s|%.*s|%u|%.*s",
		    (int)line.n, line.p, want_rc, (long long)want.at_s, (int)want.host.n, want.host.p,
		    (int)want.program.n, want.program.p, want.pid, (int)want.text.n, want.text.p,
		    got_rc, (long long)got.at_s, (int)got.host.n, got.host.p,
		    (int)got.program.n, got.program.p, got.pid, (int)got.text.n, got.text.p);
	if (got_rc == 0 && got.tag != NULL && !same_text(got.program, (struct str){ got.tag->octets, got.tag->n }))
		fail_msg("the tag of %.*s is another's", (int)line.n, line.p);
}

/* What can stand in a log, in the order of a log's lines. */
static const char *const lines[] = {
	"Jan  2 03:04:05 mx postfix/smtpd[12]: connect from mail.example.net[192.0.2.1]",
	"Jan  2 03:04:05 mx postfix/smtpd[12]: ABC12: client=mail.example.net[192.0.2.1]",
	"Jan  2 03:04:60 mx postfix/smtpd[13]: a leap second of the same minute",
	"Jan  2 03:04:61 mx postfix/smtpd[13]: no second of any minute",
	"Jan  2 03:05:00 mx postfix/smtpd[123456789]: text",
	"Jan  2 03:05:00 mx postfix/smtpd[4294967295]: text of the last pid",
	"Jan  2 03:05:00 mx postfix/smtpd[4294967296]: text of none",
	"Jan  2 03:05:00 mx postfix/smtpd[]: text of nobody",
	"Jan  2 03:05:00 mx postfix/smtpd[1]:text without a blank",
	"Jan  2 03:05:00 mx postfix/smtpd[1]:  text behind two",
	"Jan  2 03:05:00 mx postfix/smtpd[1]: \ttext behind a tabulator",
	"Jan  2 03:05:00 mx postfix/smtpd[1]: ",
	"Jan  2 03:05:00 mx postfix/smtpd[1]: [ID 197553 mail.info] text on Solaris",
	"Jan  2 03:05:00 mx postfix/smtpd[1]: trailing things ,\t\r",
	"Jan  2 03:05:00 INFO postfix/smtpd[1]: a level is no host",
	"Jan  2 03:05:00 mx docker[1]: Jan  2 03:05:01 inner postfix/smtpd[1]: contained",
	"Jan  2 03:05:00 mx docker[1]: its own words", "Jan  2 03:05:00 mx postfix[1]: a container's name",
	"Jan  2 03:05:00 mx postfix[1]: Jan  2 03:05:01 inner postfix/smtpd[1]: contained",
	"Jan  2 03:05:00 mx postfix[1]: 2026-01-02T03:04:05.678901+09:00 inner postfix/smtpd[1]: contained",
	"Jan  2 03:05:00 mx postfix/127.0.0.1:10025/smtpd[1]: an instance named by its address",
	"Jan  2 03:05:00 mx postfix/[::1]:10025/smtpd[1]: and by its literal",
	"Jan  2 03:05:00 UTC postfix/smtpd[1]: a zone where the host is", "Jan  2 03:05:00 2026 postfix/smtpd[1]: a year",
	"02 Jan 03:04:05 mx postfix/smtpd[12]: the day first",
	"Jan  2 03:05:00 mx  postfix/smtpd[1]: two blanks before the tag",
	"Jan  2 03:05:00  mx postfix/smtpd[1]: two blanks before the host",
	"Jan  2 03:05:00 mx postfix/smtpd: a tag that has no brackets",
	"Jan  2 03:05:00 other dovecot[77]: another host and tag, shorter",
	"Jan  2 03:05:00.123 mx postfix/smtpd[1]: a fraction behind the seconds",
	"jan  2 03:05:00 mx postfix/smtpd[1]: a month in another language",
	"Jan  2 03:05:00 mx1 postfix/smtpd[1]: the fourth", "Jan  2 03:05:00 mx2 postfix/smtpd[1]: the fifth",
	"Jan  2 03:05:00 mx3 postfix/smtpd[1]: the sixth", "Jan  2 03:05:00 mx postfix/smtpd[1]: the first host",
	"Feb 29 03:05:00 mx postfix/smtpd[1]: a leap day", "Feb 30 03:05:00 mx postfix/smtpd[1]: none",
	"2026-01-02T03:04:05.678901+09:00 mx postfix/smtpd[12]: connect from mail.example.net[192.0.2.1]",
	"2026-01-02T03:04:59.000000+09:00 mx postfix/smtpd[12]: disconnect from mail.example.net[192.0.2.1]",
	"2026-01-02T03:04:59.000000+01:00 mx postfix/smtpd[12]: the same minute of another zone",
	"2026-01-02T03:04:59.000000-01:00 mx postfix/smtpd[12]: and west",
	"2026-01-02T03:04:59.00000+09:00 mx postfix/smtpd[12]: five digits",
	"2026-01-02T03:04:59+09:00 mx postfix/smtpd[12]: no digits at all behind the seconds",
	"2026-01-02T03:04:59.000000+09:00 stdout F Jan  2 03:04:59 mx postfix/smtpd[12]: contained",
	"2026-01-02T03:04:59.000000+09:00 1767290645.123456 postfix/smtpd[12]: a stamp where the host is",
	"Jan  2 03:05:00 1767290645.123456 postfix/smtpd[12]: the same as a host",
	"2026-01-02T03:04:59.000000+09:00 1767290645.123456 postfix/smtpd[12]: and again",
	"2026-01-02 03:04:59.000000+09:00 mx postfix/smtpd[12]: a blank before the hour",
	"<22>Jan  2 03:05:00 mx postfix/smtpd[1]: a priority", "nothing of all this, but as long as any of the lines",
	"{\"host\":\"mx\",\"ident\":\"postfix/smtpd\",\"pid\":\"12\",\"message\":\"Jan  2 03:05:00 mx postfix/smtpd[1]: text\"}",
};

static void
every_line_is_read_the_same(void **state)
{
	struct syslog_before before = { 0 };

	(void)state;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < N(lines); i++)
			same_answer(&before, (struct str){ lines[i], strlen(lines[i]) });
}

/* Behind each line the same with one octet changed, or cut at each. */
static void
every_change_of_a_line_is_read_the_same(void **state)
{
	static const char octets[] = { ' ', ':', '[', ']', '0', '9', '/', 'T', 'a', '<', '-', '.', '\t', '\r', ',', '\0' };
	struct syslog_before before = { 0 };
	char text[LINE_MAX_HERE];

	(void)state;
	for (size_t i = 0; i < N(lines); i++) {
		const size_t n = strlen(lines[i]);

		for (size_t at = 0; at < n; at++) {
			for (size_t k = 0; k < N(octets); k++) {
				memcpy(text, lines[i], n);
				text[at] = octets[k];
				same_answer(&before, (struct str){ lines[i], n });
				same_answer(&before, (struct str){ text, n });
			}
			same_answer(&before, (struct str){ lines[i], at });
		}
	}
}

static void
a_tag_is_kept_with_its_note(void **state)
{
	struct syslog_before before = { 0 };
	struct syslog_line l;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(syslog_read_next(&l, &before, STR("Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		    rooms[0], sizeof(rooms[0])), 0);
		assert_non_null(l.tag);
		assert_int_equal(l.tag->note[0], i);
		l.tag->note[0] = 1;
	}
	assert_int_equal(syslog_read_next(&l, &before, STR("Jan  2 03:04:05 mx postfix/smtp[12]: text"),
	    rooms[0], sizeof(rooms[0])), 0);
	assert_int_equal(l.tag->note[0], 0);
}

/* More tags than there is room for: each has its own note or none. */
static void
a_note_is_never_anothers(void **state)
{
	struct syslog_before before = { 0 };
	struct syslog_line l;
	char text[LINE_MAX_HERE];

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		const uint8_t mark = (uint8_t)(1 + i * 7 % 200);
		int n = snprintf(text, sizeof(text), "Jan  2 03:04:05 mx a-program-%u[12]: text", i * 7 % 200);

		assert_int_equal(syslog_read_next(&l, &before, (struct str){ text, (size_t)n }, rooms[0], sizeof(rooms[0])), 0);
		assert_non_null(l.tag);
		assert_true(l.tag->note[0] == 0 || l.tag->note[0] == mark);
		l.tag->note[0] = mark;
	}
}

/* What the caller has looked for is not looked for again. */
static void
no_nul_is_the_callers_word(void **state)
{
	static const char line[] = "Jan  2 03:04:05 mx postfix/smtpd[12]: te\0xt";
	struct syslog_before before = { 0 };

	(void)state;
	same_answer(&before, STR("Jan  2 03:04:05 mx postfix/smtpd[12]: text"));
	same_answer(&before, (struct str){ line, sizeof(line) - 1 });
	before.no_nul = true;
	same_answer(&before, STR("Jan  2 03:04:05 mx postfix/smtpd[12]: text"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_is_read_the_same),
		cmocka_unit_test(every_change_of_a_line_is_read_the_same),
		cmocka_unit_test(a_tag_is_kept_with_its_note),
		cmocka_unit_test(a_note_is_never_anothers),
		cmocka_unit_test(no_nul_is_the_callers_word),
	};

	return cmocka_run_group_tests_name("syslog_next", tests, NULL, NULL);
}
