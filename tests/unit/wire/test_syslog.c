#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "wire/syslog.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define L(s) { (s), sizeof(s) - 1 }

struct line_case {
	const char *name;
	struct str in;
	const char *want;	/* "time kind host|program|pid|text"; NULL: no log line */
};

static void
line_text(char *out, size_t cap, const struct syslog_line *l)
{
	static const char *const kinds[] = { "utc", "local", "yearless" };
	char at[WALL_TEXT];

	wall_text(at, (struct wall){ l->at_s });
	snprintf(out, cap, "%s+%u %s %.*s|%.*s|%u|%.*s", at, l->at_us, kinds[l->stamp], (int)l->host.n,
	    l->host.p, (int)l->program.n, l->program.p, l->pid, (int)l->text.n, l->text.p);
}

static void
lines_read(const struct line_case *cases, size_t n)
{
	static char room[SYSLOG_LINE_MAX];
	char got[1024];

	for (size_t i = 0; i < n; i++) {
		struct syslog_line l;
		const char *want = cases[i].want == NULL ? "other" : cases[i].want;

		if (syslog_read(&l, cases[i].in, room, sizeof(room)) == 0)
			line_text(got, sizeof(got), &l);
		else
			snprintf(got, sizeof(got), "other");
		if (strcmp(got, want) != 0)
			fail_msg("%s\n in:   %.*s\n want: %s\n got:  %s", cases[i].name, (int)cases[i].in.n,
			    cases[i].in.p, want, got);
	}
}

static void
the_usual_forms_are_read(void **state)
{
	static const struct line_case cases[] = {
		{ "RFC 3164", L("Jan  2 03:04:05 mx postfix/smtpd[12]: text of it"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text of it" },
		{ "a day of two digits", L("Dec 31 23:59:59 mx sm-mta[1234]: text"),
		  "1972-12-31T23:59:59Z+0 yearless mx|sm-mta|1234|text" },
		{ "a zero before the day", L("Jan 02 03:04:05 mx exim[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|exim|12|text" },
		{ "a leap day", L("Feb 29 03:04:05 mx exim[12]: text"), "1972-02-29T03:04:05Z+0 yearless mx|exim|12|text" },
		{ "with its priority", L("<22>Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "a year behind", L("Jan  2 2026 03:04:05 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 local mx|postfix/smtpd|12|text" },
		{ "a year before", L("2026 Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 local mx|postfix/smtpd|12|text" },
		{ "a fraction (journalctl -o short-precise)", L("Jan 02 03:04:05.678901 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+678901 yearless mx|postfix/smtpd|12|text" },
		{ "ISO", L("2026-01-02T03:04:05.678901+09:00 mx postfix/smtpd[12]: text"),
		  "2026-01-01T18:04:05Z+678901 utc mx|postfix/smtpd|12|text" },
		{ "ISO in UTC", L("2026-01-02T03:04:05Z mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "a zone without a colon (short-iso)", L("2026-01-02T03:04:05+0900 mx postfix/smtpd[12]: text"),
		  "2026-01-01T18:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "west", L("2026-01-02T03:04:05-03:30 mx postfix/smtpd[12]: text"),
		  "2026-01-02T06:34:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "no zone", L("2026-01-02T03:04:05.5 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+500000 local mx|postfix/smtpd|12|text" },
		{ "a blank between day and hour", L("2026-01-02 03:04:05 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 local mx|postfix/smtpd|12|text" },
		{ "a host that begins as a zone might", L("2026-01-02T03:04:05 z1 postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 local z1|postfix/smtpd|12|text" },
		{ "short-full", L("Fri 2026-01-02 03:04:05 JST mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 local mx|postfix/smtpd|12|text" },
		{ "short-full in UTC", L("Fri 2026-01-02 03:04:05 UTC mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "short, in Japanese", L(" 1\xe6\x9c\x88 02 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "short, in Japanese, two digits", L("12\xe6\x9c\x88 31 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-12-31T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "short, in Korean", L("3\xec\x9b\x94 02 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-03-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "short, in French", L("ao\xc3\xbbt 02 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-08-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "short, in Dutch", L("mrt 02 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-03-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "short-full, in Japanese", L("\xe9\x87\x91 2026-01-02 03:04:05 JST mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 local mx|postfix/smtpd|12|text" },
		{ "a thirteenth month", L("13\xe6\x9c\x88 02 03:04:05 mx postfix/smtpd[12]: text"), NULL },
		{ "the day of the week before", L("Fri Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "short-unix", L("1767323045.678901 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+678901 utc mx|postfix/smtpd|12|text" },
		{ "RFC 5424", L("<22>1 2026-01-02T03:04:05.678+09:00 mx postfix/smtpd 12 - - text"),
		  "2026-01-01T18:04:05Z+678000 utc mx|postfix/smtpd|12|text" },
		{ "RFC 5424 with data and a mark", L("<22>1 2026-01-02T03:04:05Z mx postfix/smtpd 12 ID1 [a@1 b=\"c] \\\"d\"][e@2] \xef\xbb\xbftext"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "RFC 5424 in a file", L("1 2026-01-02T03:04:05Z - postfix - - -  text"),
		  "2026-01-02T03:04:05Z+0 utc |postfix|0|text" },
		{ "no host", L("Jan  2 03:04:05 postfix/smtpd[12]: text"), "1972-01-02T03:04:05Z+0 yearless |postfix/smtpd|12|text" },
		{ "no pid", L("Jan  2 03:04:05 mx exim: text"), "1972-01-02T03:04:05Z+0 yearless mx|exim|0|text" },
		{ "no tag", L("Jan  2 03:04:05 mx last message repeated 3 times"),
		  "1972-01-02T03:04:05Z+0 yearless mx||0|last message repeated 3 times" },
		{ "Solaris", L("Jan  2 03:04:05 mx sendmail[12]: [ID 801593 mail.info] text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|sendmail|12|text" },
		{ "FreeBSD, syslogd -v", L("Jan  2 03:04:05 <mail.info> mx sm-mta[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|sm-mta|12|text" },
		{ "BusyBox", L("Jan  2 03:04:05 mx mail.info postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "AIX", L("Jan  2 03:04:05 mx mail:info sendmail[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|sendmail|12|text" },
	};

	(void)state;
	lines_read(cases, N(cases));
}

/* forensics.md 4.20 */
static void
exims_own_log_has_no_program(void **state)
{
	static const struct line_case cases[] = {
		{ "plain", L("2026-01-02 03:04:05 1rBvPz-000abc-Ab <= a@example.net H=mx.example.net [192.0.2.7] P=esmtp S=900"),
		  "2026-01-02T03:04:05Z+0 local ||0|1rBvPz-000abc-Ab <= a@example.net H=mx.example.net [192.0.2.7] P=esmtp S=900" },
		{ "a zone (log_timezone)", L("2026-01-02 03:04:05 +0900 1rBvPz-000abc-Ab Completed"),
		  "2026-01-01T18:04:05Z+0 utc ||0|1rBvPz-000abc-Ab Completed" },
		{ "milliseconds", L("2026-01-02 03:04:05.678 1rBvPz-000abc-Ab Completed"),
		  "2026-01-02T03:04:05Z+678000 local ||0|1rBvPz-000abc-Ab Completed" },
		{ "a pid", L("2026-01-02 03:04:05 +0900 [1234] 1rBvPz-000abc-Ab Completed"),
		  "2026-01-01T18:04:05Z+0 utc ||1234|1rBvPz-000abc-Ab Completed" },
		{ "a client's address is no pid", L("2026-01-02 03:04:05 [192.0.2.7] x"),
		  "2026-01-02T03:04:05Z+0 local ||0|[192.0.2.7] x" },
	};

	(void)state;
	lines_read(cases, N(cases));
}

/* forensics.md 4.18 */
static void
dirty_lines_are_read(void **state)
{
	static const struct line_case cases[] = {
		{ "CR", L("Jan  2 03:04:05 mx postfix/smtpd[12]: text \r"), "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "NULs of a crash before", L("\0\0\0Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "a line that a crash cut", L("Jan  2 03:00:00 mx postfix/sm\0\0\0\0Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "NULs behind", L("Jan  2 03:04:05 mx postfix/smtpd[12]: text\0\0"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "a byte order mark", L("\xef\xbb\xbfJan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "blanks before", L("  Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "no such day", L("Feb 30 03:04:05 mx postfix/smtpd[12]: text"), NULL },
		{ "no such hour", L("Jan  2 24:04:05 mx postfix/smtpd[12]: text"), NULL },
		{ "no such month", L("2026-13-02T03:04:05Z mx postfix/smtpd[12]: text"), NULL },
		{ "no leap day that year", L("2026-02-29T03:04:05Z mx postfix/smtpd[12]: text"), NULL },
		{ "a leap second", L("2016-12-31T23:59:60Z mx postfix/smtpd[12]: text"),
		  "2017-01-01T00:00:00Z+0 utc mx|postfix/smtpd|12|text" },
		{ "a beginning that is gone", L("=<a@example.net>, size=12, nrcpt=1 (queue active)"), NULL },
		{ "its text is not taken for a line", L("x: Jan  2 03:04:05 mx postfix/smtpd[12]: text"), NULL },
		{ "free text", L("hello"), NULL },
		{ "empty", L(""), NULL },
		{ "only CR", L("\r"), NULL },
		{ "garbage", L("\x01\x02\xff\xfe\x80"), NULL },
		{ "a stamp alone", L("Jan  2 03:04:05"), "1972-01-02T03:04:05Z+0 yearless ||0|" },
		{ "a tag alone", L("Jan  2 03:04:05 mx postfix/smtpd[12]:"), "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|" },
		{ "a pid past 32 bits", L("Jan  2 03:04:05 mx x[99999999999]: text"), "1972-01-02T03:04:05Z+0 yearless mx|x|0|text" },
	};

	(void)state;
	lines_read(cases, N(cases));
}

static void
wrapped_lines_are_read(void **state)
{
	static const struct line_case cases[] = {
		{ "grep over files", L("/var/log/mail.log.1:Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "grep -n", L("12:Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "grep -n over files", L("mail.log:12:Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "docker compose", L("mx-1  | Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "kubectl --prefix", L("[pod/mx-0/postfix] Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "docker logs -t: its zone is known", L("2026-01-02T03:04:06.123456789Z Jan  2 12:04:05 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:06Z+123456 utc mx|postfix/smtpd|12|text" },
		{ "Kubernetes' file", L("2026-01-02T03:04:06.123456789Z stdout F Jan  2 12:04:05 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:06Z+123456 utc mx|postfix/smtpd|12|text" },
		{ "Kubernetes' file, no stamp within", L("2026-01-02T03:04:06Z stdout F postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:06Z+0 utc |postfix/smtpd|12|text" },
		{ "logcli", L("2026-01-02T12:04:06+09:00 {app=\"mail\", host=\"a b\"} Jan  2 12:04:05 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:06Z+0 utc mx|postfix/smtpd|12|text" },
		{ "Docker's syslog driver", L("Jan  2 12:04:06 dock docker/mail[99]: Jan  2 12:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T12:04:06Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "Docker's journald driver, no stamp within", L("Jan  2 12:04:06 dock 0123456789ab[99]: postfix/smtpd[12]: text"),
		  "1972-01-02T12:04:06Z+0 yearless dock|postfix/smtpd|12|text" },
		{ "another program that quotes a line", L("Jan  2 12:04:06 mx app[99]: Jan  2 12:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T12:04:06Z+0 yearless mx|app|99|Jan  2 12:04:05 mx postfix/smtpd[12]: text" },
		{ "a relay's head before", L("Jan  2 12:04:06 192.0.2.1 Jan  2 12:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T12:04:06Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "a relay's head before, with a zone within", L("Jan  2 12:04:06 192.0.2.1 2026-01-02T03:04:05Z mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "tabs", L("2026-01-02T03:04:05Z\tmx\tpostfix/smtpd[12]:\ttext"), "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "a level in the host's place", L("2026-01-02T03:04:05.678901+00:00 INFO    postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+678901 utc |postfix/smtpd|12|text" },
		{ "Docker's file", L("{\"log\":\"Jan  2 12:04:05 mx postfix/smtpd[12]: text \\u003ca@example.net\\u003e\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:06.5Z\"}"),
		  "2026-01-02T03:04:06Z+500000 utc mx|postfix/smtpd|12|text <a@example.net>" },
		{ "journalctl -o json", L("{\"__REALTIME_TIMESTAMP\":\"1767323045678901\",\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\",\"_PID\":\"12\",\"_HOSTNAME\":\"mx\",\"MESSAGE\":\"text\",\"PRIORITY\":\"6\"}"),
		  "2026-01-02T03:04:05Z+678901 utc mx|postfix/smtpd|12|text" },
		{ "journalctl -o json, not UTF-8", L("{ \"__REALTIME_TIMESTAMP\" : \"1767323045678901\", \"SYSLOG_IDENTIFIER\" : \"exim\", \"MESSAGE\" : [116, 255, 116] }"),
		  "2026-01-02T03:04:05Z+678901 utc |exim|0|t\xfft" },
		{ "rsyslog's members", L("{\"timereported\":\"2026-01-02T03:04:05+09:00\",\"hostname\":\"mx\",\"syslogtag\":\"postfix\\/smtpd[12]:\",\"msg\":\" text\"}"),
		  "2026-01-01T18:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "Logstash, a whole line", L("{\"@timestamp\":\"2026-01-02T03:04:06.000Z\",\"host\":{\"name\":\"x\"},\"message\":\"<22>Jan  2 12:04:05 mx postfix/smtpd[12]: text\"}"),
		  "2026-01-02T03:04:06Z+0 utc mx|postfix/smtpd|12|text" },
		{ "a whole line beside its program", L("{\"@timestamp\":\"2026-01-02T03:04:06.000Z\",\"program\":\"postfix/smtpd\",\"message\":\"Jan  2 12:04:05 mx postfix/smtpd[12]: text\"}"),
		  "2026-01-02T03:04:06Z+0 utc mx|postfix/smtpd|12|text" },
		{ "a program that quotes another's line", L("{\"__REALTIME_TIMESTAMP\":\"1767323045678901\",\"SYSLOG_IDENTIFIER\":\"app\",\"MESSAGE\":\"Jan  2 12:04:05 mx postfix/smtpd[12]: text\"}"),
		  "2026-01-02T03:04:05Z+678901 utc |app|0|Jan  2 12:04:05 mx postfix/smtpd[12]: text" },
		{ "syslog-ng", L("{\"PROGRAM\":\"postfix/smtpd\",\"PID\":\"12\",\"MESSAGE\":\"text\",\"HOST\":\"mx\",\"ISODATE\":\"2026-01-02T03:04:05+09:00\"}"),
		  "2026-01-01T18:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "NXLog", L("{\"EventTime\":\"2026-01-02 03:04:05\",\"Hostname\":\"mx\",\"SourceName\":\"postfix/smtpd\",\"ProcessID\":12,\"Message\":\"text\"}"),
		  "2026-01-02T03:04:05Z+0 local mx|postfix/smtpd|12|text" },
		{ "Graylog", L("{\"version\":\"1.1\",\"host\":\"mx\",\"short_message\":\"postfix/smtpd[12]: text\",\"timestamp\":1767323045.678}"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "Elastic's export", L("{\"_index\":\"x\",\"_source\":{\"@timestamp\":\"2026-01-02T03:04:05.5Z\",\"host\":{\"name\":\"mx\"},\"program\":\"postfix/smtpd\",\"pid\":12,\"message\":\"t\\\"ext\"},\"sort\":[1]}"),
		  "2026-01-02T03:04:05Z+500000 utc mx|postfix/smtpd|12|t\"ext" },
		{ "Filebeat", L("{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"host\":{\"os\":{\"name\":\"no\"},\"name\":\"mx\"},\"process\":{\"name\":\"postfix/smtpd\",\"pid\":12},\"message\":\"text\"}"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "Splunk's export", L("{\"preview\":false,\"result\":{\"_raw\":\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\"}}"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "an object that does not end", L("{\"result\":{\"_raw\":\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\""), NULL },
		{ "an empty object", L("{\"result\":{},\"_raw\":\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\"}"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "milliseconds since 1970", L("{\"timestamp\":1767323045678,\"message\":\"postfix/smtpd[12]: text\"}"),
		  "2026-01-02T03:04:05Z+678000 utc |postfix/smtpd|12|text" },
		{ "a line within ends the text", L("{\"time\":\"2026-01-02T03:04:06Z\",\"log\":\"postfix/smtpd[12]: a\\nJan  2 03:04:05 mx postfix/smtpd[12]: b\"}"),
		  "2026-01-02T03:04:06Z+0 utc |postfix/smtpd|12|a" },
		{ "a pair of surrogates", L("{\"time\":\"2026-01-02T03:04:06Z\",\"log\":\"exim[12]: \\ud83d\\ude00\\ud83d \\u00e9\"}"),
		  "2026-01-02T03:04:06Z+0 utc |exim|12|\xf0\x9f\x98\x80\xef\xbf\xbd \xc3\xa9" },
		{ "JSON of something else", L("{\"time\":\"2026-01-02T03:04:06Z\",\"log\":\"hello\"}"), NULL },
		{ "JSON cut off", L("{\"log\":\"Jan  2 12:04:05 mx postfix/smtpd[12]: te"), NULL },
		{ "JSON too deep", L("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],\"log\":\"Jan  2 12:04:05 mx x[12]: t\"}"), NULL },
		{ "a column of a CSV file", L("\"Jan  2 03:04:05 mx postfix/smtpd[12]: say \"\"x\"\"\",,"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|say \"x\"" },
		{ "columns before", L("\"17\",\"mail\",\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\",\"x\""),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "a stamp, a host and a text", L("\"2026-01-02T03:04:05.000Z\",\"mx\",\"postfix/smtpd[12]: a, b\",\"x\""),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|a, b" },
		{ "the same, few quotes", L("2026-01-02T03:04:05.000Z,mx,\"postfix/smtpd[12]: a, b\""),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|a, b" },
		{ "columns without a line", L("\"2026-01-02T03:04:05.000Z\",\"mx\",\"hello\""), NULL },
		{ "fluentd's file", L("2026-01-02T12:04:05+09:00\tmail.info\t{\"host\":\"mx\",\"ident\":\"postfix/smtpd\",\"pid\":\"12\",\"message\":\"text\"}"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "colours of docker compose", L("\x1b[36mmx-1  |\x1b[0m Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "colours without end", L("\x1b[\x1b[36"), NULL },
		{ "empty columns behind (one sample)", L("Jan  2 03:04:05 mx postfix/smtpd[12]: text,,,"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
	};

	(void)state;
	lines_read(cases, N(cases));
}

/* Exports, collectors and prefixes of many kinds. */
static void
lines_of_collectors_are_read(void **state)
{
	static const struct line_case cases[] = {
		{ "a zone behind", L("Jan  2 03:04:05 JST mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "an offset behind", L("Jan  2 03:04:05 +0900 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "a year at the end", L("Jan  2 03:04:05 2026 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 local mx|postfix/smtpd|12|text" },
		{ "date(1)", L("Fri Mar  6 03:04:05 UTC 2026 mx postfix/smtpd[12]: text"),
		  "2026-03-06T03:04:05Z+0 local mx|postfix/smtpd|12|text" },
		{ "29 February of a year without", L("Feb 29 03:04:05 2026 mx postfix/smtpd[12]: text"),
		  "1972-02-29T03:04:05Z+0 yearless 2026||0|mx postfix/smtpd[12]: text" },
		{ "OpenWrt", L("Fri Jan  2 03:04:05 2026 mail.info postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 local |postfix/smtpd|12|text" },
		{ "a host that looks like a zone", L("Jan  2 03:04:05 MAIL postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless MAIL|postfix/smtpd|12|text" },
		{ "RFC 5322", L("Fri, 02 Jan 2026 03:04:05 +0900 mx postfix/smtpd[12]: text"),
		  "2026-01-01T18:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "the day first", L("02 Jan 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "the day first, with a year", L("02 Jan 2026 03:04:05.5 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+500000 local mx|postfix/smtpd|12|text" },
		{ "the day first, with slashes", L("02/Jan/2026:03:04:05 +0900 mx postfix/smtpd[12]: text"),
		  "2026-01-01T18:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "the day first, two signs", L("02/Jan 2026 03:04:05 mx postfix/smtpd[12]: text"),
		  NULL },
		{ "an instance named by its address", L("Jan  2 03:04:05 mx postfix/127.0.0.1:10025/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/127.0.0.1:10025/smtpd|12|text" },
		{ "an instance named by its literal", L("Jan  2 03:04:05 mx postfix/[::1]:10025/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/[::1]:10025/smtpd|12|text" },
		{ "a client in front is no tag", L("Jan  2 03:04:05 mx a/b:25 c[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx||0|a/b:25 c[12]: text" },
		{ "no blank behind the tag (imjournal)", L("Jan  2 03:04:05 mx postfix/smtpd[12]:text: of it"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text: of it" },
		{ "no blank, and no pid", L("Jan  2 03:04:05 mx host[192.0.2.1]:25 text"),
		  "1972-01-02T03:04:05Z+0 yearless mx||0|host[192.0.2.1]:25 text" },
		{ "Apple's level", L("Jan  2 03:04:05 mx postfix/smtpd[12] <Info>: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "Apple's level is no address", L("Jan  2 03:04:05 mx postfix/smtpd[12] <a@b>: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|<a@b>: text" },
		{ "AIX, forwarded", L("Jan  2 03:04:05 relay mail:info Message forwarded from mx: postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "a container by its name", L("Jan  2 12:04:06 node mailcow-postfix[812]: Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T12:04:06Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "a container by its name, RFC 5424", L("<30>1 2026-01-02T03:04:06Z node mailserver 812 mailserver - 2026-01-02T03:04:05Z mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "a container's own text", L("Jan  2 12:04:06 node mailcow-postfix[812]: postfix/smtpd[12]: text"),
		  "1972-01-02T12:04:06Z+0 yearless node|mailcow-postfix|812|postfix/smtpd[12]: text" },
		{ "ts(1)", L("Jan  2 12:04:06 Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T12:04:06Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "docker service logs", L("2026-01-02T03:04:06.5Z mail.1.abc@node    | Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:06Z+500000 utc mx|postfix/smtpd|12|text" },
		{ "s6-log", L("2026-01-02 03:04:06.678901234  Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:06Z+678901 local mx|postfix/smtpd|12|text" },
		{ "Kiwi", L("2026-01-02 03:04:06\tMail.Info\t192.0.2.1\t<22>Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:06Z+0 local mx|postfix/smtpd|12|text" },
		{ "Kiwi, without a stamp within", L("2026-01-02 03:04:06\tMail.Info\t192.0.2.1\tpostfix/smtpd[12]: text"),
		  "2026-01-02T03:04:06Z+0 local 192.0.2.1|postfix/smtpd|12|text" },
		{ "a container that writes JSON", L("2026-01-02T03:04:06.5Z stdout F {\"host\":\"mx\",\"program\":\"postfix/smtpd\",\"pid\":12,\"message\":\"text\"}"),
		  "2026-01-02T03:04:06Z+500000 utc mx|postfix/smtpd|12|text" },
		{ "the same, Docker's file", L("{\"log\":\"{\\\"time\\\":\\\"x\\\",\\\"host\\\":\\\"mx\\\",\\\"ident\\\":\\\"postfix/smtpd\\\",\\\"message\\\":\\\"a \\\\\\\"b\\\\\\\"\\\"}\\n\",\"time\":\"2026-01-02T03:04:06Z\"}"),
		  "2026-01-02T03:04:06Z+0 utc mx|postfix/smtpd|0|a \"b\"" },
		{ "JSON thrice within", L("{\"time\":\"2026-01-02T03:04:06Z\",\"log\":\"{\\\"log\\\":\\\"{}\\\"}\"}"),
		  NULL },
		{ "Docker's journal as JSON", L("{\"__REALTIME_TIMESTAMP\":\"1767323045678901\",\"SYSLOG_IDENTIFIER\":\"3f2a5c3d4e1b\",\"MESSAGE\":\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\"}"),
		  "2026-01-02T03:04:05Z+678901 utc mx|postfix/smtpd|12|text" },
		{ "Elastic's own names (ECS)", L("{\"_source\":{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"log\":{\"level\":\"info\",\"syslog\":{\"appname\":\"postfix/smtpd\",\"procid\":\"12\"}},\"host\":{\"hostname\":\"mx\"},\"message\":\"text\"}}"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "the same, dotted", L("{\"@timestamp\":\"2026-01-02T03:04:05Z\",\"process.name\":\"postfix/smtpd\",\"process.pid\":12,\"host.name\":\"mx\",\"message\":\"text\"}"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "Elastic's whole line", L("{\"@timestamp\":\"2026-01-02T03:04:06Z\",\"event\":{\"original\":\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\",\"kind\":\"event\"},\"message\":\"text\"}"),
		  "2026-01-02T03:04:06Z+0 utc mx|postfix/smtpd|12|text" },
		{ "a name too long to count", L("{\"@timestamp\":\"2026-01-02T03:04:06Z\",\"log\":{\"syslog\":{\"appname_appname_appname_appname_appname_appname\":1}},\"ident\":\"exim\",\"message\":\"text\"}"),
		  "2026-01-02T03:04:06Z+0 utc |exim|0|text" },
		{ "Graylog's export", L("{\"message\":{\"timestamp\":\"2026-01-02T03:04:05.5Z\",\"source\":\"mx\",\"application_name\":\"postfix/smtpd\",\"process_id\":\"12\",\"message\":\"text\"},\"index\":\"a\"}"),
		  "2026-01-02T03:04:05Z+500000 utc mx|postfix/smtpd|12|text" },
		{ "GELF", L("{\"version\":\"1.1\",\"host\":\"mx\",\"short_message\":\"text\",\"timestamp\":1767323045.678,\"_application_name\":\"postfix/smtpd\",\"_process_id\":\"12\"}"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "Wazuh", L("{\"timestamp\":\"2026-01-02T03:04:06.000+0000\",\"full_log\":\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\",\"location\":\"/var/log/maillog\"}"),
		  "2026-01-02T03:04:06Z+0 utc mx|postfix/smtpd|12|text" },
		{ "Azure", L("{\"TimeGenerated\":\"2026-01-02T03:04:05.5Z\",\"Computer\":\"mx\",\"SyslogMessage\":\"text\",\"ProcessID\":12,\"ProcessName\":\"postfix/smtpd\"}"),
		  "2026-01-02T03:04:05Z+500000 utc mx|postfix/smtpd|12|text" },
		{ "Google's", L("{\"jsonPayload\":{\"message\":\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\"},\"timestamp\":\"2026-01-02T03:04:06Z\"}"),
		  "2026-01-02T03:04:06Z+0 utc mx|postfix/smtpd|12|text" },
		{ "CloudWatch", L("{\"@timestamp\":\"2026-01-02 03:04:06.000\",\"@message\":\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\"}"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "Datadog", L("{\"content\":{\"timestamp\":\"2026-01-02T03:04:05Z\",\"host\":\"mx\",\"attributes\":{\"syslog\":{\"appname\":\"postfix/smtpd\",\"procid\":12}},\"message\":\"text\"}}"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "journalctl -o json-seq", L("\x1e{\"__REALTIME_TIMESTAMP\":\"1767323045678901\",\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\",\"_PID\":\"12\",\"MESSAGE\":\"text\"}"),
		  "2026-01-02T03:04:05Z+678901 utc |postfix/smtpd|12|text" },
		{ "journalctl -o json-sse", L("data: {\"__REALTIME_TIMESTAMP\":\"1767323045678901\",\"SYSLOG_IDENTIFIER\":\"postfix/smtpd\",\"_PID\":\"12\",\"MESSAGE\":\"text\"}"),
		  "2026-01-02T03:04:05Z+678901 utc |postfix/smtpd|12|text" },
		{ "an array of objects", L("[{\"log\":\"Jan  2 03:04:05 mx postfix/smtpd[12]: text\"}]"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "a member on a line of its own", L("            \"message\": \"Jan  2 03:04:05 mx postfix/smtpd[12]: a \\\"b\\\"\","),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|a \"b\"" },
		{ "another member", L("            \"logStreamName\": \"Jan  2 03:04:05 mx postfix/smtpd[12]: text\","), NULL },
		{ "a length before (RFC 6587)", L("58 <22>1 2026-01-02T03:04:05Z mx postfix/smtpd 12 - - text"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "grep -n", L("17:Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "grep -C", L("mail.log-20260102-17-Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "grep -C, ISO", L("mail.log-2026-01-02T03:04:05Z mx postfix/smtpd[12]: text"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|text" },
		{ "cat -n", L("    17\tJan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "counted by a relay", L("17: Jan  2 03:04:05: mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "quoted in a letter", L("> Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "stern", L("mx-0 postfix Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "words before", L("hello world Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  NULL },
		{ "four prefixes", L("1: 2: 3: 4: Jan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  NULL },
		{ "colours of grep", L("\x1b[35m\x1b[Kmail.log\x1b[m\x1b[K\x1b[36m\x1b[K:\x1b[m\x1b[KJan  2 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "colours all through", L("\x1b[1;36mJan  2 03:04:05\x1b[0m mx \x1b[32mpostfix/smtpd[12]:\x1b[0m text"),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "Graylog's columns", L("\"2026-01-02T03:04:05.000Z\",\"mx\",\"mx postfix/smtpd[12]: a, b\""),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|12|a, b" },
		{ "Azure's columns", L("\"2026-01-02T03:04:05.000Z\",mx,mail,info,postfix/smtpd,12,\"NOQUEUE: a, b\""),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|0|NOQUEUE: a, b" },
		{ "a database's columns", L("\"1\",\"2026-01-02 03:04:05\",\"2026-01-02 03:04:05\",\"2\",\"6\",\"mx\",\"postfix/smtpd[12]:\",\" NOQUEUE: a\""),
		  "2026-01-02T03:04:05Z+0 local mx|postfix/smtpd|12|NOQUEUE: a" },
		{ "Papertrail's columns", L("771\t2026-01-02T03:04:05Z\t2026-01-02T03:04:06Z\t55\tmx\t192.0.2.1\tMail\tInfo\tpostfix/smtpd\tNOQUEUE: text"),
		  "2026-01-02T03:04:05Z+0 utc mx|postfix/smtpd|0|NOQUEUE: text" },
		{ "columns with semicolons", L("\"Jan  2 03:04:05 mx postfix/smtpd[12]: a; b\";\"mx\""),
		  "1972-01-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|a; b" },
		{ "a program's name alone", L("\"2026-01-02T03:04:05.000Z\",\"mx\",\"postfix/smtpd\""),
		  NULL },
		{ "a stamp in Czech", L("\xc5\x99\xc3\xadj 02 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-10-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "in Turkish", L("A\xc4\x9fu 02 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-08-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "in Greek", L("\xce\x99\xce\xbf\xcf\x85\xce\xbd 02 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-06-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
		{ "in Norwegian", L("des. 02 03:04:05 mx postfix/smtpd[12]: text"),
		  "1972-12-02T03:04:05Z+0 yearless mx|postfix/smtpd|12|text" },
	};

	(void)state;
	lines_read(cases, N(cases));
}

/* A line is cut at its bound, and nothing past it is looked at. */
static void
long_lines_are_cut(void **state)
{
	static char line[SYSLOG_LINE_MAX + 100], room[SYSLOG_LINE_MAX];
	struct syslog_line l;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "Jan  2 03:04:05 mx a[1]: ", 25);
	assert_int_equal(syslog_read(&l, (struct str){ line, sizeof(line) }, room, sizeof(room)), 0);
	assert_int_equal(l.text.n, SYSLOG_LINE_MAX - 25);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_forms_are_read),
		cmocka_unit_test(exims_own_log_has_no_program),
		cmocka_unit_test(dirty_lines_are_read),
		cmocka_unit_test(wrapped_lines_are_read),
		cmocka_unit_test(lines_of_collectors_are_read),
		cmocka_unit_test(long_lines_are_cut),
	};

	return cmocka_run_group_tests_name("syslog", tests, NULL, NULL);
}
