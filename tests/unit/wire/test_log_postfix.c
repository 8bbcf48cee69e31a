#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "event_text.h"
#include "wire/log_postfix.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

struct line_case {
	const char *name, *program, *text, *want;	/* want NULL: not of Postfix */
};

/* forensics.md 4.18: a line that a syslogd cut says less, never anything else. */
static void
no_cut_says_other(const struct line_case *c, const struct syslog_line *whole, const struct mail_event *want)
{
	for (size_t n = 0; n < whole->text.n; n++) {
		struct syslog_line line = *whole;
		struct mail_event e;

		line.text.n = n;
		if (log_postfix_read(&e, &line) != 0 || (e.kind != MAIL_NOTHING &&
		    (e.kind != want->kind || !str_eq(e.id, want->id) || (e.flags & ~want->flags) != 0 ||
		    (e.kind == MAIL_DELIVERS && e.child.n > 0 && !str_eq(e.child, want->child)))))
			fail_msg("%s: cut at %zu: kind %d for %d", c->name, n, (int)e.kind, (int)want->kind);
	}
}

static void
lines_say(const struct line_case *cases, size_t n)
{
	char got[EVENT_TEXT];

	for (size_t i = 0; i < n; i++) {
		struct syslog_line line = {
			.program = str_of(cases[i].program), .text = str_of(cases[i].text),
			.pid = 12, .pid_text = STR("12"),
		};
		struct mail_event e;
		int rc = log_postfix_read(&e, &line);

		if (rc == MAIL_OTHER)
			snprintf(got, sizeof(got), "other");
		else
			event_text(got, &e);
		if (strcmp(got, cases[i].want == NULL ? "other" : cases[i].want) != 0)
			fail_msg("%s\n in:   %s: %s\n want: %s\n got:  %s", cases[i].name,
			    cases[i].program, cases[i].text, cases[i].want, got);
		if (rc == 0)
			no_cut_says_other(&cases[i], &line, &e);
	}
}

/* Its lines end with an id, so that a cut cannot be told; they are short. */
static void
mailscanner_puts_letters_back(void **state)
{
	static const struct line_case cases[] = {
		{ "as another", "MailScanner", "Requeue: 3F1C21A0B7.A0B1C to 9A7D02F3C1",
		  "arrives instance=postfix id=9A7D02F3C1 orig-id=3F1C21A0B7" },
		{ "a long id", "MailScanner", "Requeue: 4gHk2J1zKpz9vQ.A0B1C to 4gHk2K2zKpz9vR",
		  "arrives instance=postfix id=4gHk2K2zKpz9vR orig-id=4gHk2J1zKpz9vQ" },
		{ "cut", "MailScanner", "Requeue: 3F1C21A0B7.A0B1C", "nothing" },
		{ "to nothing", "MailScanner", "Requeue: 3F1C21A0B7.A0B1C to ", "nothing" },
		{ "a sentence", "MailScanner", "Requeue: 3F1C21A0B7.A0B1C to be done", "nothing" },
		{ "its other words", "MailScanner", "Uninfected: Delivered 1 messages", "nothing" },
	};
	char got[EVENT_TEXT];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct syslog_line line = { .program = str_of(cases[i].program), .text = str_of(cases[i].text) };
		struct mail_event e;

		assert_int_equal(log_postfix_read(&e, &line), 0);
		event_text(got, &e);
		assert_string_equal(got, cases[i].want);
	}
}

/* forensics.md 4.16: names, brackets, ports, the IPv6 prefix; 4.12: who is
 * logged in stands here or nowhere. */
static void
clients_come_in(void **state)
{
	static const struct line_case cases[] = {
		{ "a name and an address", "postfix/smtpd", "3F1C21A0B7: client=mx.example.net[192.0.2.7]",
		  "arrives instance=postfix service=smtpd id=3F1C21A0B7 client=192.0.2.7 client-name=mx.example.net" },
		{ "no name", "postfix/smtpd", "3F1C21A0B7: client=unknown[192.0.2.7]",
		  "arrives instance=postfix service=smtpd id=3F1C21A0B7 client=192.0.2.7" },
		{ "IPv6 as it is", "postfix/smtpd", "4bJxYZ2L3cz1Rmn: client=unknown[2001:db8::7]",
		  "arrives instance=postfix service=smtpd id=4bJxYZ2L3cz1Rmn client=2001:db8::7" },
		{ "IPv6 with its prefix", "postfix/smtpd", "3F1C21A0B7: client=a.example[IPv6:2001:db8::7]",
		  "arrives instance=postfix service=smtpd id=3F1C21A0B7 client=2001:db8::7 client-name=a.example" },
		{ "a zone is no address", "postfix/smtpd", "3F1C21A0B7: client=unknown[fe80::1%eth0]",
		  "arrives instance=postfix service=smtpd id=3F1C21A0B7 client=fe80::1" },
		{ "a port (smtpd_client_port_logging)", "postfix/smtpd", "3F1C21A0B7: client=a.example[192.0.2.7]:40100, sasl_method=PLAIN, sasl_username=joe",
		  "arrives instance=postfix service=smtpd id=3F1C21A0B7 client=192.0.2.7 client-name=a.example account=joe method=PLAIN" },
		{ "gone before its address was asked", "postfix/smtpd", "3F1C21A0B7: client=unknown[unknown]",
		  "arrives instance=postfix service=smtpd id=3F1C21A0B7" },
		{ "a login on submission", "postfix/submission/smtpd", "3F1C21A0B7: client=unknown[198.51.100.9], sasl_method=LOGIN, sasl_username=joe@example.org",
		  "arrives instance=postfix service=submission id=3F1C21A0B7 client=198.51.100.9 account=joe@example.org method=LOGIN" },
		{ "sasl_sender is what the client claims", "postfix/smtpd", "3F1C21A0B7: client=a.example[192.0.2.7], sasl_method=PLAIN, sasl_username=relay, sasl_sender=joe@example.org",
		  "arrives instance=postfix service=smtpd id=3F1C21A0B7 client=192.0.2.7 client-name=a.example account=relay method=PLAIN" },
		{ "sasl_sender alone is no login", "postfix/smtpd", "3F1C21A0B7: client=a.example[192.0.2.7], sasl_sender=joe@example.org",
		  "arrives instance=postfix service=smtpd id=3F1C21A0B7 client=192.0.2.7 client-name=a.example" },
		{ "an account with a comma", "postfix/smtpd", "3F1C21A0B7: client=a.example[192.0.2.7], sasl_method=PLAIN, sasl_username=joe, the other",
		  "arrives instance=postfix service=smtpd id=3F1C21A0B7 client=192.0.2.7 client-name=a.example account=joe, the other method=PLAIN" },
		{ "back from a filter (XFORWARD)", "postfix/smtpd", "9A7D02F3C1: client=localhost[127.0.0.1], orig_queue_id=3F1C21A0B7, orig_client=unknown[198.51.100.9]",
		  "arrives instance=postfix service=smtpd id=9A7D02F3C1 orig-id=3F1C21A0B7 client=127.0.0.1 orig-client=198.51.100.9 client-name=localhost" },
		{ "before a filter that answers for it", "postfix/smtpd", "NOQUEUE: client=unknown[198.51.100.9], sasl_method=LOGIN, sasl_username=joe",
		  "session instance=postfix service=smtpd session=12 client=198.51.100.9 account=joe method=LOGIN" },
		{ "qmqpd", "postfix/qmqpd", "3F1C21A0B7: client=list.example[192.0.2.7]",
		  "arrives instance=postfix service=qmqpd id=3F1C21A0B7 client=192.0.2.7 client-name=list.example" },
		{ "cut", "postfix/smtpd", "3F1C21A0B7: client=mx.example.net[192.0", "nothing" },
		{ "cleanup does not say it", "postfix/cleanup", "3F1C21A0B7: client=mx.example.net[192.0.2.7]", "nothing" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

/* forensics.md 4.7 */
static void
instances_and_services_are_told_apart(void **state)
{
	static const struct line_case cases[] = {
		{ "an instance", "postfix-out/qmgr", "3F1C21A0B7: removed", "ends instance=postfix-out service=qmgr id=3F1C21A0B7" },
		{ "a name of its own", "relay-in/smtpd", "3F1C21A0B7: client=unknown[192.0.2.7]",
		  "arrives instance=relay-in service=smtpd id=3F1C21A0B7 client=192.0.2.7" },
		{ "an instance's service", "postfix-in/smtps/smtpd", "3F1C21A0B7: client=unknown[192.0.2.7]",
		  "arrives instance=postfix-in service=smtps id=3F1C21A0B7 client=192.0.2.7" },
		{ "a tag that was cut at the slash", "postfix", "3F1C21A0B7: client=unknown[192.0.2.7]",
		  "arrives instance=postfix id=3F1C21A0B7 client=192.0.2.7" },
		{ "another program with a slash", "amavis/child", "3F1C21A0B7: client=unknown[192.0.2.7]", NULL },
		{ "OpenSMTPD has no slash", "smtpd", "3F1C21A0B7: client=unknown[192.0.2.7]", NULL },
		{ "another program", "dovecot", "3F1C21A0B7: removed", NULL },
		{ "no program", "", "3F1C21A0B7: removed", NULL },
		{ "a daemon we do not know", "postfix/newcomer", "3F1C21A0B7: removed", "nothing" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

static void
envelopes_are_read(void **state)
{
	static const struct line_case cases[] = {
		{ "queue manager", "postfix/qmgr", "3F1C21A0B7: from=<a@example.net>, size=2034, nrcpt=3 (queue active)",
		  "envelope instance=postfix service=qmgr id=3F1C21A0B7 sender=a@example.net size=2034 n=3" },
		{ "no size", "postfix/qmgr", "3F1C21A0B7: from=<a@example.net>, nrcpt=3 (queue active)",
		  "envelope instance=postfix service=qmgr id=3F1C21A0B7 sender=a@example.net n=3" },
		{ "an id that a tool wrote over", "postfix/qmgr", "MSG00017x: from=<a@example.net>, size=2034, nrcpt=1 (queue active)",
		  "envelope instance=postfix service=qmgr id=MSG00017x sender=a@example.net size=2034 n=1" },
		{ "null sender", "postfix/qmgr", "3F1C21A0B7: from=<>, size=2034, nrcpt=1 (queue active)",
		  "envelope instance=postfix service=qmgr id=3F1C21A0B7 sender=<> size=2034 n=1" },
		{ "cut", "postfix/qmgr", "3F1C21A0B7: from=<a@example.net>, size=2034, nrcpt=3 (queue act",
		  "envelope instance=postfix service=qmgr id=3F1C21A0B7 sender=a@example.net size=2034 n=3" },
		{ "cut sooner", "postfix/qmgr", "3F1C21A0B7: from=<a@example.net>, size=2034, nrc", "nothing" },
		{ "the old queue manager", "postfix/nqmgr", "3F1C21A0B7: from=<a@example.net>, size=2034, nrcpt=1 (queue active)",
		  "envelope instance=postfix service=nqmgr id=3F1C21A0B7 sender=a@example.net size=2034 n=1" },
		{ "a sender that looks like the rest (2.x writes no quotes)", "postfix/qmgr",
		  "3F1C21A0B7: from=<x>, size=1, nrcpt=900 (queue active)@example.net>, size=2034, nrcpt=1 (queue active)",
		  "envelope instance=postfix service=qmgr id=3F1C21A0B7 sender=x>, size=1, nrcpt=900 (queue active)@example.net size=2034 n=1" },
		{ "an address probe is the server's own", "postfix/qmgr", "3F1C21A0B7: from=<double-bounce@mx.example.org>, size=242, nrcpt=1 (queue active)",
		  "envelope bounce instance=postfix service=qmgr id=3F1C21A0B7 sender=double-bounce@mx.example.org size=242 n=1" },
		{ "expired", "postfix/qmgr", "3F1C21A0B7: from=<a@example.net>, status=expired, returned to sender",
		  "delivers status=expired all instance=postfix service=qmgr id=3F1C21A0B7" },
		{ "force-expired", "postfix/qmgr", "3F1C21A0B7: from=<a@example.net>, status=force-expired, returned to sender",
		  "delivers status=expired all instance=postfix service=qmgr id=3F1C21A0B7" },
		{ "busy", "postfix/qmgr", "3F1C21A0B7: skipped, still being delivered", "nothing" },
		{ "message-id", "postfix/cleanup", "3F1C21A0B7: message-id=<20260102.abc@example.net>",
		  "envelope instance=postfix service=cleanup id=3F1C21A0B7 message-id=20260102.abc@example.net" },
		{ "message-id without <>", "postfix/cleanup", "3F1C21A0B7: message-id=20260102.abc@example.net",
		  "envelope instance=postfix service=cleanup id=3F1C21A0B7 message-id=20260102.abc@example.net" },
		{ "none", "postfix/cleanup", "3F1C21A0B7: message-id=<>", "envelope instance=postfix service=cleanup id=3F1C21A0B7" },
		{ "the one of a resent letter is another", "postfix/cleanup", "3F1C21A0B7: resent-message-id=<x@example.net>", "nothing" },
		{ "done", "postfix/qmgr", "3F1C21A0B7: removed", "ends instance=postfix service=qmgr id=3F1C21A0B7" },
		{ "by hand", "postfix/postsuper", "3F1C21A0B7: removed",
		  "delivers status=discarded filter all instance=postfix service=postsuper id=3F1C21A0B7" },
		{ "how many by hand", "postfix/postsuper", "Deleted: 1 message", "nothing" },
		{ "held by hand", "postfix/postsuper", "3F1C21A0B7: placed on hold",
		  "delivers status=held all instance=postfix service=postsuper id=3F1C21A0B7" },
		{ "put back by hand: pickup says how it goes on", "postfix/postsuper", "3F1C21A0B7: requeued", "nothing" },
		{ "broken off amid the letter", "postfix/smtpd", "3F1C21A0B7: lost connection after DATA (230 bytes) from unknown[192.0.2.7]",
		  "ends instance=postfix service=smtpd id=3F1C21A0B7" },
		{ "broken off before any", "postfix/smtpd", "lost connection after RCPT from unknown[192.0.2.7]", "nothing" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

/* forensics.md 4.17 */
static void
a_script_is_known_by_its_uid(void **state)
{
	static const struct line_case cases[] = {
		{ "www-data", "postfix/pickup", "3F1C21A0B7: uid=33 from=<www-data>",
		  "arrives instance=postfix service=pickup id=3F1C21A0B7 uid=33 sender=www-data" },
		{ "root", "postfix/pickup", "3F1C21A0B7: uid=0 from=<root@mx.example.org>",
		  "arrives instance=postfix service=pickup id=3F1C21A0B7 uid=0 sender=root@mx.example.org" },
		{ "null sender", "postfix/pickup", "3F1C21A0B7: uid=33 from=<>",
		  "arrives instance=postfix service=pickup id=3F1C21A0B7 uid=33 sender=<>" },
		{ "put back by postsuper -r", "postfix/pickup", "9A7D02F3C1: uid=110 from=<a@example.net> orig_id=3F1C21A0B7",
		  "arrives instance=postfix service=pickup id=9A7D02F3C1 orig-id=3F1C21A0B7 uid=110 sender=a@example.net" },
		{ "a sender that looks like it", "postfix/pickup", "9A7D02F3C1: uid=33 from=<x> orig_id=3F1C21A0B7>",
		  "arrives instance=postfix service=pickup id=9A7D02F3C1 uid=33 sender=x> orig_id=3F1C21A0B7" },
		{ "no number", "postfix/pickup", "3F1C21A0B7: uid=-1 from=<a>", "nothing" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

/* forensics.md 4.6, 4.15: a line each, by id */
static void
deliveries_are_read(void **state)
{
	static const struct line_case cases[] = {
		{ "sent", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=mx.example.com[203.0.113.5]:25, delay=1.2, delays=0.1/0.01/0.5/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4bJxYZ2L3cz1Rmn)",
		  "delivers status=sent instance=postfix service=smtp id=3F1C21A0B7 child=4bJxYZ2L3cz1Rmn rcpt=b@example.com relay=mx.example.com relay-addr=203.0.113.5 port=25 dsn=2.0.0 reply=250 2.0.0 Ok: queued as 4bJxYZ2L3cz1Rmn" },
		{ "as 2.2 wrote it", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=mx.example.com[203.0.113.5], delay=2, status=sent (250 Ok: queued as 9A7D02F3C1)",
		  "delivers status=sent instance=postfix service=smtp id=3F1C21A0B7 child=9A7D02F3C1 rcpt=b@example.com relay=mx.example.com relay-addr=203.0.113.5 reply=250 Ok: queued as 9A7D02F3C1" },
		{ "BDAT", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=mx.example.com[2001:db8::5]:25, conn_use=3, delay=1, delays=0.1/0/0.5/0.4, tls=1/1/1/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: 1200 bytes queued as 9A7D02F3C1)",
		  "delivers status=sent instance=postfix service=smtp id=3F1C21A0B7 child=9A7D02F3C1 rcpt=b@example.com relay=mx.example.com relay-addr=2001:db8::5 port=25 dsn=2.0.0 reply=250 2.0.0 Ok: 1200 bytes queued as 9A7D02F3C1" },
		{ "Exim took it", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=mx.example.com[203.0.113.5]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 OK id=1rBvPz-000abc-Ab)",
		  "delivers status=sent instance=postfix service=smtp id=3F1C21A0B7 child=1rBvPz-000abc-Ab rcpt=b@example.com relay=mx.example.com relay-addr=203.0.113.5 port=25 dsn=2.0.0 reply=250 OK id=1rBvPz-000abc-Ab" },
		{ "Sendmail took it", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=mx.example.com[203.0.113.5]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 602345ab012345 Message accepted for delivery)",
		  "delivers status=sent instance=postfix service=smtp id=3F1C21A0B7 child=602345ab012345 rcpt=b@example.com relay=mx.example.com relay-addr=203.0.113.5 port=25 dsn=2.0.0 reply=250 2.0.0 602345ab012345 Message accepted for delivery" },
		{ "through amavisd", "postfix/smtp-amavis/smtp", "3F1C21A0B7: to=<b@example.com>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 9A7D02F3C1)",
		  "delivers status=sent instance=postfix service=smtp-amavis id=3F1C21A0B7 child=9A7D02F3C1 rcpt=b@example.com relay=127.0.0.1 relay-addr=127.0.0.1 port=10024 dsn=2.0.0 reply=250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 9A7D02F3C1" },
		{ "a filter by LMTP is no mailbox", "postfix/lmtp", "3F1C21A0B7: to=<b@example.com>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.6.0, status=sent (250 2.6.0 Ok, id=04128-01, from MTA([127.0.0.1]:10025): 250 2.0.0 Ok: queued as 9A7D02F3C1)",
		  "delivers status=sent instance=postfix service=lmtp id=3F1C21A0B7 child=9A7D02F3C1 rcpt=b@example.com relay=127.0.0.1 relay-addr=127.0.0.1 port=10024 dsn=2.6.0 reply=250 2.6.0 Ok, id=04128-01, from MTA([127.0.0.1]:10025): 250 2.0.0 Ok: queued as 9A7D02F3C1" },
		{ "LMTP over a socket", "postfix/lmtp", "3F1C21A0B7: to=<b@example.org>, relay=mx.example.org[private/dovecot-lmtp], delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 <b@example.org> kB4xNx Saved)",
		  "delivers status=sent local sieved instance=postfix service=lmtp id=3F1C21A0B7 rcpt=b@example.org relay=mx.example.org dsn=2.0.0 reply=250 2.0.0 <b@example.org> kB4xNx Saved" },
		{ "mailbox", "postfix/local", "3F1C21A0B7: to=<b@example.org>, relay=local, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (delivered to mailbox)",
		  "delivers status=sent local instance=postfix service=local id=3F1C21A0B7 rcpt=b@example.org relay=local dsn=2.0.0 reply=delivered to mailbox" },
		{ "a list manager's pipe", "postfix/local", "3F1C21A0B7: to=<list@example.org>, relay=local, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (delivered to command: /usr/lib/list post x)",
		  "delivers status=sent local program instance=postfix service=local id=3F1C21A0B7 rcpt=list@example.org relay=local dsn=2.0.0 reply=delivered to command: /usr/lib/list post x" },
		{ "forwarded goes on elsewhere", "postfix/local", "3F1C21A0B7: to=<b@example.org>, relay=local, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (forwarded as 9A7D02F3C1)",
		  "delivers status=sent instance=postfix service=local id=3F1C21A0B7 child=9A7D02F3C1 rcpt=b@example.org relay=local dsn=2.0.0 reply=forwarded as 9A7D02F3C1" },
		{ "an alias to nothing", "postfix/local", "3F1C21A0B7: to=<b@example.org>, relay=local, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (discarded)",
		  "delivers status=discarded instance=postfix service=local id=3F1C21A0B7 rcpt=b@example.org relay=local dsn=2.0.0 reply=discarded" },
		{ "a filter that drops it", "postfix/smtp", "3F1C21A0B7: to=<b@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.7.0, status=sent (250 2.7.0 Ok, discarded, id=04128-01 - spam)",
		  "delivers status=discarded instance=postfix service=smtp id=3F1C21A0B7 rcpt=b@example.org relay=127.0.0.1 relay-addr=127.0.0.1 port=10024 dsn=2.7.0 reply=250 2.7.0 Ok, discarded, id=04128-01 - spam" },
		{ "a filter by LMTP is no mailbox", "postfix/lmtp", "3F1C21A0B7: to=<b@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.5.0, status=sent (250 2.5.0 OK (41A5F3B2E5F8A71))",
		  "delivers status=sent instance=postfix service=lmtp id=3F1C21A0B7 rcpt=b@example.org relay=127.0.0.1 relay-addr=127.0.0.1 port=10024 dsn=2.5.0 reply=250 2.5.0 OK (41A5F3B2E5F8A71)" },
		{ "virtual", "postfix/virtual", "3F1C21A0B7: to=<b@example.org>, relay=virtual, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (delivered to maildir)",
		  "delivers status=sent local instance=postfix service=virtual id=3F1C21A0B7 rcpt=b@example.org relay=virtual dsn=2.0.0 reply=delivered to maildir" },
		{ "pipe", "postfix/pipe", "3F1C21A0B7: to=<b@example.org>, relay=dovecot, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (delivered via dovecot service)",
		  "delivers status=sent local sieved instance=postfix service=dovecot id=3F1C21A0B7 rcpt=b@example.org relay=dovecot dsn=2.0.0 reply=delivered via dovecot service" },
		{ "a pipe that may be a filter", "postfix/pipe", "3F1C21A0B7: to=<b@example.com>, relay=spamfilter, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (delivered via spamfilter service (done))",
		  "delivers status=sent local program instance=postfix service=spamfilter id=3F1C21A0B7 rcpt=b@example.com relay=spamfilter dsn=2.0.0 reply=delivered via spamfilter service (done)" },
		{ "the lmtp service under another name", "postfix/smtp", "3F1C21A0B7: to=<b@example.org>, relay=mx.example.org[private/dovecot-lmtp], delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 <b@example.org> kB4xNx Saved)",
		  "delivers status=sent local sieved instance=postfix service=smtp id=3F1C21A0B7 rcpt=b@example.org relay=mx.example.org dsn=2.0.0 reply=250 2.0.0 <b@example.org> kB4xNx Saved" },
		{ "no brackets", "postfix/local", "3F1C21A0B7: to=b@mx.example.org, orig_to=root@localhost, relay=local, delay=0.07, delays=0.04/0/0/0.03, dsn=2.0.0, status=sent (delivered to mailbox)",
		  "delivers status=sent local instance=postfix service=local id=3F1C21A0B7 rcpt=b@mx.example.org given=root@localhost relay=local dsn=2.0.0 reply=delivered to mailbox" },
		{ "discard(8)", "postfix/discard", "3F1C21A0B7: to=<b@example.org>, relay=none, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (example.org)",
		  "delivers status=discarded instance=postfix service=discard id=3F1C21A0B7 rcpt=b@example.org dsn=2.0.0 reply=example.org" },
		{ "error(8)", "postfix/error", "3F1C21A0B7: to=<b@example.com>, relay=none, delay=9, delays=9/0/0/0, dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to mx.example.com[203.0.113.5]:25: Connection timed out)",
		  "delivers status=deferred instance=postfix service=error id=3F1C21A0B7 rcpt=b@example.com dsn=4.4.1 reply=delivery temporarily suspended: connect to mx.example.com[203.0.113.5]:25: Connection timed out" },
		{ "bounced, an alias before", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, orig_to=<info@example.org>, relay=mx.example.com[203.0.113.5]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host mx.example.com[203.0.113.5] said: 554 5.7.1 blocked (in reply to RCPT TO command))",
		  "delivers status=bounced instance=postfix service=smtp id=3F1C21A0B7 rcpt=b@example.com given=info@example.org relay=mx.example.com relay-addr=203.0.113.5 port=25 dsn=5.7.1 reply=host mx.example.com[203.0.113.5] said: 554 5.7.1 blocked (in reply to RCPT TO command)" },
		{ "soft bounce", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=none, delay=1, delays=0/0/0/1, dsn=5.1.1, status=SOFTBOUNCE (no)",
		  "delivers status=deferred instance=postfix service=smtp id=3F1C21A0B7 rcpt=b@example.com dsn=5.1.1 reply=no" },
		{ "an address probe delivers nothing", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=mx.example.com[203.0.113.5]:25, delay=1, delays=0/0/0/1, dsn=2.1.5, status=deliverable (250 2.1.5 Ok)",
		  "delivers status=sent probe instance=postfix service=smtp id=3F1C21A0B7 rcpt=b@example.com relay=mx.example.com relay-addr=203.0.113.5 port=25 dsn=2.1.5 reply=250 2.1.5 Ok" },
		{ "nor one that fails", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=none, delay=1, delays=0/0/0/1, dsn=5.1.1, status=undeliverable (no)",
		  "delivers status=bounced probe instance=postfix service=smtp id=3F1C21A0B7 rcpt=b@example.com dsn=5.1.1 reply=no" },
		{ "nor one that is asked again", "postfix/error", "3F1C21A0B7: to=<b@example.com>, relay=none, delay=0, delays=0/0/0/0, dsn=5.1.1, status=undeliverable-but-not-cached (no)",
		  "delivers status=bounced probe instance=postfix service=error id=3F1C21A0B7 rcpt=b@example.com dsn=5.1.1 reply=no" },
		{ "a quoted recipient that looks like the rest", "postfix/smtp", "3F1C21A0B7: to=<\"x>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (ok)\"@example.com>, relay=none, delay=1, delays=0/0/0/1, dsn=5.4.4, status=bounced (none)",
		  "delivers status=bounced instance=postfix service=smtp id=3F1C21A0B7 rcpt=\"x>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (ok)\"@example.com dsn=5.4.4 reply=none" },
		{ "a reply that looks like the rest", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=mx.example.com[203.0.113.5]:25, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (host mx.example.com[203.0.113.5] said: 450 x, status=sent (250 Ok: queued as 9A7D02F3C1))",
		  "delivers status=deferred instance=postfix service=smtp id=3F1C21A0B7 rcpt=b@example.com relay=mx.example.com relay-addr=203.0.113.5 port=25 dsn=4.0.0 reply=host mx.example.com[203.0.113.5] said: 450 x, status=sent (250 Ok: queued as 9A7D02F3C1)" },
		{ "by shape alone: a mailbox", "postfix", "3F1C21A0B7: to=<b@example.org>, relay=local, delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (delivered to mailbox)",
		  "delivers status=sent local instance=postfix id=3F1C21A0B7 rcpt=b@example.org relay=local dsn=2.0.0 reply=delivered to mailbox" },
		{ "what one host of several said is not the end", "postfix/smtp", "3F1C21A0B7: host mx.example.com[203.0.113.5] said: 450 4.7.1 to=<x>, status=sent (in reply to RCPT TO command)", "nothing" },
		{ "cut", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=mx.example.com[203.0.113.5]:25, del", "nothing" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

/* forensics.md 4.19: the words of the C library are the machine's. */
static void
other_languages_are_no_hindrance(void **state)
{
	static const struct line_case cases[] = {
		{ "Japanese", "postfix/smtp", "3F1C21A0B7: to=<b@example.com>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx.example.com[203.0.113.5]:25: 接続がタイムアウトしました)",
		  "delivers status=deferred instance=postfix service=smtp id=3F1C21A0B7 rcpt=b@example.com dsn=4.4.1 reply=connect to mx.example.com[203.0.113.5]:25: 接続がタイムアウトしました" },
		{ "an address in UTF-8", "postfix/qmgr", "3F1C21A0B7: from=<\xe9\x96\xa2@example.net>, size=2034, nrcpt=1 (queue active)",
		  "envelope instance=postfix service=qmgr id=3F1C21A0B7 sender=\xe9\x96\xa2@example.net size=2034 n=1" },
		{ "octets of no language", "postfix/cleanup", "3F1C21A0B7: message-id=<\xff\x80\x01@example.net>",
		  "envelope instance=postfix service=cleanup id=3F1C21A0B7 message-id=\xff\x80\x01@example.net" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

/* forensics.md 4.13 */
static void
refusals_are_no_mail(void **state)
{
	static const struct line_case cases[] = {
		{ "relay access denied", "postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.9]: 554 5.7.1 <b@example.com>: Relay access denied; from=<a@example.net> to=<b@example.com> proto=ESMTP helo=<h.example>",
		  "refuses denied instance=postfix service=smtpd client=198.51.100.9 helo=h.example sender=a@example.net rcpt=b@example.com dsn=5.7.1 reply=554 5.7.1 <b@example.com>: Relay access denied" },
		{ "denied for now", "postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.9]:3000: 454 4.7.1 <b@example.com>: Relay access denied; from=<> to=<b@example.com> proto=SMTP helo=<h>",
		  "refuses denied instance=postfix service=smtpd client=198.51.100.9 helo=h sender=<> rcpt=b@example.com dsn=4.7.1 reply=454 4.7.1 <b@example.com>: Relay access denied" },
		{ "as 2.2 wrote it", "postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.9]: 554 <b@example.com>: Relay access denied; from=<a@example.net> to=<b@example.com> proto=SMTP helo=<h>",
		  "refuses denied instance=postfix service=smtpd client=198.51.100.9 helo=h sender=a@example.net rcpt=b@example.com reply=554 <b@example.com>: Relay access denied" },
		{ "one more recipient of a letter that has an id", "postfix/smtpd", "3F1C21A0B7: reject: RCPT from unknown[198.51.100.9]: 550 5.1.1 <b@example.org>: Recipient address rejected: User unknown in local recipient table; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "refuses instance=postfix service=smtpd id=3F1C21A0B7 client=198.51.100.9 helo=h sender=a@example.net rcpt=b@example.org dsn=5.1.1 reply=550 5.1.1 <b@example.org>: Recipient address rejected: User unknown in local recipient table" },
		{ "a recipient that says denied is not denied", "postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.9]: 550 5.1.1 <\"Relay access denied; from=<x> to=<y>\"@example.org>: Recipient address rejected: no; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "refuses instance=postfix service=smtpd client=198.51.100.9 helo=h sender=a@example.net rcpt=b@example.org dsn=5.1.1 reply=550 5.1.1 <\"Relay access denied; from=<x> to=<y>\"@example.org>: Recipient address rejected: no" },
		{ "a relay attempt hidden in its recipient (3.7 writes no quotes in the reply)", "postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.9]: 554 5.7.1 <a; from=<f@x> to=<t@y>@example.com>: Relay access denied; from=<a@example.net> to=<\"a; from=<f@x> to=<t@y>\"@example.com> proto=ESMTP helo=<h>",
		  "refuses denied instance=postfix service=smtpd client=198.51.100.9 helo=h sender=a@example.net rcpt=\"a; from=<f@x> to=<t@y>\"@example.com dsn=5.7.1 reply=554 5.7.1 <a; from=<f@x> to=<t@y>@example.com>: Relay access denied" },
		{ "the same, with the end of the address", "postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.9]: 554 5.7.1 <b>: x; from=<f> to=<t> proto=SMTP helo=<@example.com>: Relay access denied; from=<a@example.net> to=<\"b>: x; from=<f> to=<t> proto=SMTP helo=<\"@example.com> proto=ESMTP helo=<h>",
		  "refuses denied instance=postfix service=smtpd client=198.51.100.9 helo=h sender=a@example.net rcpt=\"b>: x; from=<f> to=<t> proto=SMTP helo=<\"@example.com dsn=5.7.1 reply=554 5.7.1 <b>: x; from=<f> to=<t> proto=SMTP helo=<@example.com>: Relay access denied" },
		{ "a blocklist's text has semicolons", "postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.9]: 554 5.7.1 Service unavailable; Client host [198.51.100.9] blocked using bl.example; see https://bl.example/; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "refuses instance=postfix service=smtpd client=198.51.100.9 helo=h sender=a@example.net rcpt=b@example.org dsn=5.7.1 reply=554 5.7.1 Service unavailable; Client host [198.51.100.9] blocked using bl.example; see https://bl.example/" },
		{ "an access table", "postfix/smtpd", "NOQUEUE: reject: RCPT from bad.example[198.51.100.9]: 554 5.7.1 <bad.example[198.51.100.9]>: Client host rejected: Access denied; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "refuses filter instance=postfix service=smtpd client=198.51.100.9 client-name=bad.example helo=h sender=a@example.net rcpt=b@example.org dsn=5.7.1 reply=554 5.7.1 <bad.example[198.51.100.9]>: Client host rejected: Access denied" },
		{ "at CONNECT nobody is known", "postfix/smtpd", "NOQUEUE: reject: CONNECT from unknown[198.51.100.9]: 554 5.7.1 Service unavailable; proto=SMTP",
		  "refuses instance=postfix service=smtpd client=198.51.100.9 dsn=5.7.1 reply=554 5.7.1 Service unavailable" },
		{ "a failed login's name is no account (4.12)", "postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[198.51.100.9]: 554 5.7.1 <b@example.com>: Relay access denied; from=<a@example.net> to=<b@example.com> proto=ESMTP helo=<h> sasl_username=<joe>",
		  "refuses denied instance=postfix service=smtpd client=198.51.100.9 helo=h sender=a@example.net rcpt=b@example.com dsn=5.7.1 reply=554 5.7.1 <b@example.com>: Relay access denied" },
		{ "the whole letter", "postfix/smtpd", "3F1C21A0B7: reject: END-OF-MESSAGE from unknown[198.51.100.9]: 550 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: spam; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "refuses all instance=postfix service=smtpd id=3F1C21A0B7 client=198.51.100.9 helo=h sender=a@example.net rcpt=b@example.org dsn=5.7.1 reply=550 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: spam" },
		{ "a milter", "postfix/cleanup", "3F1C21A0B7: milter-reject: END-OF-MESSAGE from unknown[198.51.100.9]: 5.7.1 Spam message rejected; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "refuses filter all instance=postfix service=cleanup id=3F1C21A0B7 client=198.51.100.9 helo=h sender=a@example.net rcpt=b@example.org dsn=5.7.1 reply=5.7.1 Spam message rejected" },
		{ "a milter at CONNECT", "postfix/smtpd", "NOQUEUE: milter-reject: CONNECT from unknown[198.51.100.9]: 451 4.7.1 later; proto=SMTP",
		  "refuses filter instance=postfix service=smtpd client=198.51.100.9 dsn=4.7.1 reply=451 4.7.1 later" },
		{ "a milter holds", "postfix/cleanup", "3F1C21A0B7: milter-hold: END-OF-MESSAGE from unknown[198.51.100.9]: milter triggers HOLD action; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "delivers status=held filter all instance=postfix service=cleanup id=3F1C21A0B7" },
		{ "a milter discards", "postfix/cleanup", "3F1C21A0B7: milter-discard: END-OF-MESSAGE from unknown[198.51.100.9]: milter triggers DISCARD action; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "delivers status=discarded filter all instance=postfix service=cleanup id=3F1C21A0B7" },
		{ "an access table discards", "postfix/smtpd", "NOQUEUE: discard: RCPT from unknown[198.51.100.9]: <b@example.org>: Recipient address triggers DISCARD action; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "refuses status=discarded filter instance=postfix service=smtpd client=198.51.100.9 helo=h sender=a@example.net rcpt=b@example.org reply=<b@example.org>: Recipient address triggers DISCARD action" },
		{ "only warned", "postfix/smtpd", "NOQUEUE: reject_warning: RCPT from unknown[198.51.100.9]: 554 5.7.1 <b@example.com>: Relay access denied; from=<a@example.net> to=<b@example.com> proto=ESMTP helo=<h>", "nothing" },
		{ "only noted", "postfix/smtpd", "NOQUEUE: warn: RCPT from unknown[198.51.100.9]: x; from=<a@example.net> to=<b@example.com> proto=ESMTP helo=<h>", "nothing" },
		{ "postscreen", "postfix/postscreen", "NOQUEUE: reject: RCPT from [198.51.100.9]:40100: 550 5.7.1 Service unavailable; client [198.51.100.9] blocked using bl.example; from=<a@example.net>, to=<b@example.org>, proto=ESMTP, helo=<h>",
		  "refuses instance=postfix service=postscreen client=198.51.100.9 helo=h sender=a@example.net rcpt=b@example.org dsn=5.7.1 reply=550 5.7.1 Service unavailable; client [198.51.100.9] blocked using bl.example" },
		{ "as 1.1 wrote it", "postfix/smtpd", "reject: RCPT from unknown[198.51.100.9]: 554 <b@example.com>: Recipient address rejected: Relay access denied; from=<a@example.net> to=<b@example.com>",
		  "refuses denied instance=postfix service=smtpd client=198.51.100.9 sender=a@example.net rcpt=b@example.com reply=554 <b@example.com>: Recipient address rejected: Relay access denied" },
		{ "VRFY knows no sender", "postfix/smtpd", "NOQUEUE: reject: VRFY from unknown[2001:db8::9]: 454 4.7.1 <b@example.com>: Relay access denied; to=<b@example.com> proto=SMTP helo=<h>",
		  "refuses denied instance=postfix service=smtpd client=2001:db8::9 helo=h rcpt=b@example.com dsn=4.7.1 reply=454 4.7.1 <b@example.com>: Relay access denied" },
		{ "postscreen is full", "postfix/postscreen", "NOQUEUE: reject: CONNECT from [198.51.100.9]:40100: too many connections",
		  "refuses instance=postfix service=postscreen client=198.51.100.9 reply=too many connections" },
		{ "postscreen lets pass", "postfix/postscreen", "PASS NEW [198.51.100.9]:40100", "nothing" },
		{ "postscreen hears", "postfix/postscreen", "PREGREET 11 after 0.1 from [198.51.100.9]:40100: EHLO x\\r\\n", "nothing" },
		{ "a proxy filter refuses", "postfix/smtpd", "proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=1-2 - spam; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "refuses filter all instance=postfix service=smtpd helo=h sender=a@example.net rcpt=b@example.org dsn=5.7.0 reply=554 5.7.0 Reject, id=1-2 - spam" },
		{ "a proxy filter takes", "postfix/smtpd", "proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as 9A7D02F3C1; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "begets instance=postfix service=smtpd session=12 child=9A7D02F3C1 helo=h sender=a@example.net rcpt=b@example.org dsn=2.0.0 reply=250 2.0.0 Ok: queued as 9A7D02F3C1" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

/* forensics.md 4.18: header_checks quote what an outsider wrote */
static void
quoted_text_says_nothing(void **state)
{
	static const struct line_case cases[] = {
		{ "a warning with a line in it", "postfix/cleanup", "3F1C21A0B7: warning: header Subject: Jan  2 03:04:05 mx postfix/smtpd[12]: 9A7D02F3C1: client=unknown[203.0.113.1] from unknown[198.51.100.9]; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>: look", "nothing" },
		{ "a refused header is the letter's end and no more", "postfix/cleanup", "3F1C21A0B7: reject: header Subject: x from friend[203.0.113.1]; from=<x> to=<y>: z from unknown[198.51.100.9]; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>: 5.7.1 spam",
		  "refuses filter all instance=postfix service=cleanup id=3F1C21A0B7" },
		{ "a discarded one", "postfix/cleanup", "3F1C21A0B7: discard: body status=sent from unknown[198.51.100.9]; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
		  "delivers status=discarded filter all instance=postfix service=cleanup id=3F1C21A0B7" },
		{ "what a client sent", "postfix/smtpd", "improper command pipelining after EHLO from unknown[198.51.100.9]: 3F1C21A0B7: client=unknown[192.0.2.7]", "nothing" },
		{ "a word is no id", "postfix/smtpd", "warning: 3F1C21A0B7: client=unknown[192.0.2.7]", "nothing" },
		{ "as 1.1 warned", "postfix/smtpd", "warning: reject: RCPT from unknown[192.0.2.7]: 554 <b@example.com>: Relay access denied", "nothing" },
		{ "nor is statistics", "postfix/anvil", "statistics: max connection rate 1/60s for (smtp:198.51.100.9) at Jan  2 03:04:05", "nothing" },
		{ "a message-id is kept as it is", "postfix/cleanup", "3F1C21A0B7: message-id=<x>, from=<y>, status=sent",
		  "envelope instance=postfix service=cleanup id=3F1C21A0B7 message-id=<x>, from=<y>, status=sent" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

/* forensics.md 4.12 */
static void
failed_logins_are_read(void **state)
{
	static const struct line_case cases[] = {
		{ "2.x", "postfix/smtpd", "warning: unknown[198.51.100.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
		  "login-fails instance=postfix service=smtpd client=198.51.100.9 method=LOGIN" },
		{ "3.x", "postfix/submission/smtpd", "warning: a.example[198.51.100.9]: SASL PLAIN authentication failed: authentication failure, sasl_username=joe@example.org",
		  "login-fails instance=postfix service=submission client=198.51.100.9 client-name=a.example account=joe@example.org method=PLAIN" },
		{ "nobody said who", "postfix/smtpd", "warning: unknown[198.51.100.9]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=(unavailable)",
		  "login-fails instance=postfix service=smtpd client=198.51.100.9 method=LOGIN" },
		{ "given up", "postfix/smtpd", "warning: unknown[198.51.100.9]: SASL LOGIN authentication aborted", "nothing" },
		{ "a command that looks like one", "postfix/smtpd", "warning: non-SMTP command from unknown[198.51.100.9]: SASL LOGIN authentication failed: x, sasl_username=joe", "nothing" },
		{ "another warning", "postfix/smtpd", "warning: hostname a.example does not resolve to address 198.51.100.9", "nothing" },
		{ "counted at the end", "postfix/smtpd", "disconnect from unknown[198.51.100.9] ehlo=1 auth=0/1 quit=1 commands=2/3", "nothing" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

/* forensics.md 4.11 */
static void
notices_have_a_parent(void **state)
{
	static const struct line_case cases[] = {
		{ "non-delivery", "postfix/bounce", "3F1C21A0B7: sender non-delivery notification: 9A7D02F3C1",
		  "begets bounce instance=postfix service=bounce id=3F1C21A0B7 child=9A7D02F3C1" },
		{ "delay", "postfix/bounce", "3F1C21A0B7: sender delay notification: 9A7D02F3C1",
		  "begets bounce instance=postfix service=bounce id=3F1C21A0B7 child=9A7D02F3C1" },
		{ "delivery status", "postfix/bounce", "3F1C21A0B7: sender delivery status notification: 9A7D02F3C1",
		  "begets bounce instance=postfix service=bounce id=3F1C21A0B7 child=9A7D02F3C1" },
		{ "to the postmaster", "postfix/bounce", "3F1C21A0B7: postmaster non-delivery notification: 9A7D02F3C1",
		  "begets bounce instance=postfix service=bounce id=3F1C21A0B7 child=9A7D02F3C1" },
		{ "undeliverable itself", "postfix/bounce", "warning: 3F1C21A0B7: undeliverable postmaster notification discarded", "nothing" },
		{ "started", "postfix/master", "daemon started -- version 3.7.11, configuration /etc/postfix", "starts instance=postfix service=master" },
		{ "reloaded", "postfix/master", "reload -- version 3.7.11, configuration /etc/postfix", "nothing" },
	};

	(void)state;
	lines_say(cases, N(cases));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mailscanner_puts_letters_back),
		cmocka_unit_test(clients_come_in),
		cmocka_unit_test(instances_and_services_are_told_apart),
		cmocka_unit_test(envelopes_are_read),
		cmocka_unit_test(a_script_is_known_by_its_uid),
		cmocka_unit_test(deliveries_are_read),
		cmocka_unit_test(other_languages_are_no_hindrance),
		cmocka_unit_test(refusals_are_no_mail),
		cmocka_unit_test(quoted_text_says_nothing),
		cmocka_unit_test(failed_logins_are_read),
		cmocka_unit_test(notices_have_a_parent),
	};

	return cmocka_run_group_tests_name("log_postfix", tests, NULL, NULL);
}
