#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "event_text.h"
#include "wire/log_loss.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* forensics.md 4.4 */
static void
loggers_say_what_is_missing(void **state)
{
	static const struct { const char *name, *program, *text, *want; } cases[] = {
		{ "journald drops", "systemd-journald", "Suppressed 1234 messages from postfix@-.service", "lost lost=1234" },
		{ "as it was called", "journal", "Suppressed 38 messages from /system.slice/exim4.service", "lost lost=38" },
		{ "a web server's lines are none of ours", "systemd-journald", "Suppressed 1234 messages from nginx.service", "other" },
		{ "journald cannot hand on", "systemd-journald", "Forwarding to syslog missed 12 messages.", "lost lost=12" },
		{ "somebody else says it", "postfix/smtpd", "Suppressed 1234 messages from postfix.service", "other" },
		{ "rsyslog begins to drop", "rsyslogd", "imuxsock[pid 12]: begin to drop messages due to rate-limiting", "lost" },
		{ "as 7 wrote it", "rsyslogd-2177", "imuxsock begins to drop messages from pid 12 due to rate-limiting", "lost" },
		{ "and how many", "rsyslogd-2177", "imuxsock lost 225 messages from pid 12 due to rate-limiting", "lost lost=225" },
		{ "as 8 writes it", "rsyslogd", "imjournal: 225 messages lost due to rate-limiting (20000 allowed within 600 seconds)", "lost lost=225" },
		{ "with the program", "rsyslogd", "imuxsock[pid 12, name /usr/lib/postfix/sbin/smtpd]: 7 messages lost due to rate-limiting (200 allowed within 5 seconds)", "lost lost=7" },
		{ "from journald", "rsyslogd", "imjournal from <mx:postfix/smtpd>: begin to drop messages due to rate-limiting", "lost" },
		{ "rsyslog says other things", "rsyslogd", "imuxsock: Acquired UNIX socket '/run/systemd/journal/syslog' (fd 3) from systemd.", "other" },
		{ "rsyslog folds", "postfix/smtpd", "message repeated 3 times: [ connect from unknown[192.0.2.7]]", "repeats lost=3" },
		{ "BSD folds", "", "last message repeated 12 times", "repeats lost=12" },
		{ "once", "", "last message repeated 1 time", "repeats lost=1" },
		{ "macOS folds", "", "--- last message repeated 2 times ---", "repeats lost=2" },
		{ "syslog-ng folds", "postfix/smtpd", "Last message 'it' repeated 9 times, ' repeated 3 times, suppressed by syslog-ng on mx", "repeats lost=3" },
		{ "a mail's words do not", "exim", "last message repeated 12 times", "other" },
		{ "no number", "", "last message repeated many times", "other" },
		{ "past 32 bits", "systemd-journald", "Suppressed 99999999999 messages from postfix.service", "lost" },
		{ "an ordinary line", "postfix/qmgr", "3F1C21A0B7: removed", "other" },
		{ "nothing", "postfix/qmgr", "", "other" },
	};
	char got[EVENT_TEXT];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct syslog_line line = { .program = str_of(cases[i].program), .text = str_of(cases[i].text) };
		struct mail_event e;

		if (log_loss_read(&e, &line) == 0)
			event_text(got, &e);
		else
			snprintf(got, sizeof(got), "other");
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s\n in:   %s: %s\n want: %s\n got:  %s", cases[i].name, cases[i].program,
			    cases[i].text, cases[i].want, got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loggers_say_what_is_missing),
	};

	return cmocka_run_group_tests_name("log_loss", tests, NULL, NULL);
}
