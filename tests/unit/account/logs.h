#pragma once
/* tests/unit/account/logs.h -- small logs, each with what must be told of it:
 * test_join reads them whole, test_span cut at every octet. */

#include <stddef.h>

struct log_case {
	const char	*name;
	const char	*domains, *nets;	/* ours, by option; NULL: to be learned */
	const char	*file[4];
	const char	*want[14];		/* in the result's text */
};

#define P "Mar  3 10:00:0"	/* and the second, blank, rest */
#define RELAY(id, s, ip, from, to) \
	P s " mx postfix/smtpd[11]: " id ": client=unknown[" ip "]\n" \
	P s " mx postfix/cleanup[12]: " id ": message-id=<" id "@mail.example>\n" \
	P s " mx postfix/qmgr[9]: " id ": from=<" from ">, size=1000, nrcpt=1 (queue active)\n" \
	P s " mx postfix/smtp[13]: " id ": to=<" to ">, relay=mx.example.net[203.0.113.9]:25, delay=1, " \
	    "delays=0.1/0/0.4/0.5, dsn=2.0.0, status=sent (250 2.0.0 OK)\n" \
	P s " mx postfix/qmgr[9]: " id ": removed\n"

static const struct log_case log_cases[] = {
	{ "one relayed message, then the door is closed", "example.org", "192.0.2.0/24", {
		RELAY("4A1B2C3D4E", "1", "198.51.100.7", "a@spam.example", "v@victim.example")
		P "5 mx postfix/smtpd[11]: NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 "
		    "<w@victim.example>: Relay access denied; from=<a@spam.example> to=<w@victim.example> "
		    "proto=ESMTP helo=<pc>\n" }, {
		"total m=1 r=1 sent=1 octets=1000 tries=1 refused=1\n",
		"class relayed m=1 r=1 sent=1 octets=1000 tries=1 refused=1 first=",
		"line_first=\"Mar  3 10:00:01 mx postfix/smtpd[11]: 4A1B2C3D4E: client=unknown[198.51.100.7]\"",
		"relay-refused=1 first=1772532005@0:6 last=1772532005@0:6 after=1772532005@0:6 line=\"Mar  3 10:00:05",
		"client name=\"198.51.100.7\" [relayed m=1 r=1 sent=1 octets=1000 tries=1 refused=1]",
		"network name=\"198.51.100.0/24\" [relayed m=1",
		"domain name=\"victim.example\" [relayed m=1 r=1 sent=1 octets=1000 tries=1 refused=1]",
		"tld name=\"example\" [relayed m=1", "sender name=\"spam.example\" [relayed",
		"at_least=0\n" } },
	{ "4.3 the log begins in the middle: origin unknown", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtp[13]: 4A1B2C3D4E: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "delays=0.1/0/0.4/0.5, dsn=2.0.0, status=sent (250 2.0.0 OK)\n"
		P "1 mx postfix/qmgr[9]: 4A1B2C3D4E: removed\n" }, {
		"class untold m=1 r=1 sent=1 tries=1", "gap 2 n=1 at=1772532001@0:1", "at_least=1\n" } },
	{ "4.4 lines that the logger dropped: at least", "example.org", "192.0.2.0/24", {
		P "1 mx systemd-journald[200]: Suppressed 4711 messages from postfix.service\n"
		RELAY("4A1B2C3D4E", "2", "198.51.100.7", "a@spam.example", "v@victim.example") }, {
		"gap 0 n=4711 at=1772532001@0:1", "class relayed m=1", "at_least=1\n" } },
	{ "4.4 a line that stands for three", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 "
		    "<w@victim.example>: Relay access denied; from=<a@spam.example> to=<w@victim.example> "
		    "proto=ESMTP helo=<pc>\n"
		P "2 mx last message repeated 2 times\n" }, {
		"total refused=3\n", "relay-refused=3", "helo name=\"pc\" [relayed refused=3]" } },
	{ "4.5 a queue id that comes again is another message", "example.org", "192.0.2.0/24", {
		RELAY("4A1B2C3D4E", "1", "198.51.100.7", "a@spam.example", "v@victim.example")
		RELAY("4A1B2C3D4E", "6", "192.0.2.5", "b@example.org", "w@other.example") }, {
		"total m=2 r=2 sent=2", "class relayed m=1 r=1", "class inside-out m=1 r=1",
		"domain name=\"other.example\" [inside-out m=1" } },
	{ "4.5 a queue id that comes again before its end was seen", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D4E: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/qmgr[9]: 4A1B2C3D4E: from=<a@spam.example>, size=500, nrcpt=2 (queue active)\n"
		RELAY("4A1B2C3D4E", "6", "192.0.2.5", "b@example.org", "w@other.example") }, {
		"total m=2 r=3 sent=1 queued=2", "class inside-out m=1 r=1", "class untold m=1 r=2 queued=2" } },
	{ "4.6 lines of two messages and one process between each other", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/smtpd[11]: BBBB22: client=unknown[192.0.2.5]\n"
		P "1 mx postfix/cleanup[12]: BBBB22: message-id=<8.2@x.example>\n"
		P "1 mx postfix/cleanup[12]: AAAA11: message-id=<8.1@x.example>\n"
		P "1 mx postfix/qmgr[9]: BBBB22: from=<b@example.org>, size=20, nrcpt=1 (queue active)\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@spam.example>, size=10, nrcpt=2 (queue active)\n"
		P "2 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=none, delay=1, dsn=4.4.1, "
		    "status=deferred (connect to victim.example[203.0.113.1]:25: Connection timed out)\n"
		P "2 mx postfix/smtp[13]: BBBB22: to=<w@other.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/smtp[13]: AAAA11: to=<x@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=5.1.1, status=bounced (host mx.example.net[203.0.113.9] said: 550 5.1.1 no such user)\n"
		P "3 mx postfix/qmgr[9]: BBBB22: removed\n"
		P "9 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=none, delay=9, dsn=4.4.1, "
		    "status=deferred (connect to victim.example[203.0.113.1]:25: Connection timed out)\n" }, {
		"class relayed m=1 r=2 deferred=1 bounced=1 octets=10 tries=3",
		"class inside-out m=1 r=1 sent=1 octets=20" } },
	{ "4.7 two instances use one id at a time", "example.org", "192.0.2.0/24", {
		P "1 mx postfix-in/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix-out/smtpd[11]: AAAA11: client=unknown[192.0.2.5]\n"
		P "1 mx postfix-in/qmgr[9]: AAAA11: from=<a@spam.example>, size=10, nrcpt=1 (queue active)\n"
		P "1 mx postfix-out/qmgr[9]: AAAA11: from=<b@example.org>, size=20, nrcpt=1 (queue active)\n"
		P "2 mx postfix-out/smtp[13]: AAAA11: to=<w@other.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "2 mx postfix-out/qmgr[9]: AAAA11: removed\n"
		P "2 mx postfix-in/lmtp[13]: AAAA11: to=<u@example.org>, relay=mx[private/lmtp], delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 <u@example.org> Saved)\n"
		P "2 mx postfix-in/qmgr[9]: AAAA11: removed\n" }, {
		"total m=2 r=2 sent=2 octets=30", "class inside-out m=1 r=1 sent=1 octets=20",
		"class received m=1 r=1 sent=1 octets=10" } },
	{ "4.7 a service with a name of its own shares the queue", "example.org", "192.0.2.0/24", {
		P "1 mx door/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: AAAA11: message-id=<10.1@x.example>\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@spam.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: AAAA11: removed\n" }, {
		"total m=1 r=1 sent=1", "class relayed m=1 r=1 sent=1" } },
	{ "4.8 a content filter by SMTP: one message, the true client", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: AAAA11: message-id=<11.1@x.example>\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@spam.example>, size=10, nrcpt=2 (queue active)\n"
		P "2 mx postfix/smtpd[21]: BBBB22: client=localhost[127.0.0.1]\n"
		P "2 mx postfix/cleanup[12]: BBBB22: message-id=<11.1@x.example>\n"
		P "2 mx postfix/qmgr[9]: BBBB22: from=<a@spam.example>, size=15, nrcpt=2 (queue active)\n"
		P "3 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as BBBB22)\n"
		P "3 mx postfix/smtp[13]: AAAA11: to=<w@victim.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as BBBB22)\n"
		P "3 mx postfix/qmgr[9]: AAAA11: removed\n"
		P "4 mx postfix/smtp[14]: BBBB22: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "4 mx postfix/smtp[14]: BBBB22: to=<w@victim.example>, relay=none, delay=1, "
		    "dsn=4.4.1, status=deferred (timed out)\n"
		P "8 mx postfix/smtp[14]: BBBB22: to=<w@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=9, "
		    "dsn=5.1.1, status=bounced (no such user)\n"
		P "9 mx postfix/qmgr[9]: BBBB22: removed\n" }, {
		"total m=1 r=2 sent=1 bounced=1 octets=10 tries=3\n", "class relayed m=1 r=2 sent=1 bounced=1 octets=10 tries=3",
		"client name=\"198.51.100.7\" [relayed m=1 r=2", "at_least=0" } },
	{ "4.8 the second leg is over before the first names it", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: AAAA11: message-id=<12.1@x.example>\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@spam.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/smtpd[21]: BBBB22: client=localhost[127.0.0.1]\n"
		P "2 mx postfix/cleanup[12]: BBBB22: message-id=<12.1@x.example>\n"
		P "2 mx postfix/qmgr[9]: BBBB22: from=<a@spam.example>, size=15, nrcpt=1 (queue active)\n"
		P "2 mx postfix/virtual[14]: BBBB22: to=<u@example.org>, relay=virtual, delay=1, "
		    "dsn=2.0.0, status=sent (delivered to maildir)\n"
		P "2 mx postfix/qmgr[9]: BBBB22: removed\n"
		P "3 mx postfix/smtp[13]: AAAA11: to=<u@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as BBBB22)\n"
		P "3 mx postfix/qmgr[9]: AAAA11: removed\n" }, {
		"total m=1 r=1 sent=1 octets=10 tries=1\n", "client name=\"198.51.100.7\" [received m=1 r=1" } },
	{ "4.8 a content filter by pipe and sendmail", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: AAAA11: message-id=<13.1@x.example>\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@spam.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/pipe[13]: AAAA11: to=<u@example.org>, relay=spamassassin, delay=1, "
		    "dsn=2.0.0, status=sent (delivered via spamassassin service)\n"
		P "2 mx postfix/qmgr[9]: AAAA11: removed\n"
		P "3 mx postfix/pickup[8]: BBBB22: uid=113 from=<a@spam.example>\n"
		P "3 mx postfix/cleanup[12]: BBBB22: message-id=<13.1@x.example>\n"
		P "3 mx postfix/qmgr[9]: BBBB22: from=<a@spam.example>, size=15, nrcpt=1 (queue active)\n"
		P "4 mx postfix/local[14]: BBBB22: to=<u@example.org>, relay=local, delay=1, "
		    "dsn=2.0.0, status=sent (delivered to mailbox)\n"
		P "4 mx postfix/qmgr[9]: BBBB22: removed\n" }, {
		"total m=1 r=1 sent=1 octets=10 tries=1\n", "client name=\"198.51.100.7\" [received m=1 r=1 sent=1", "at_least=0" } },
	{ "4.8 what a stranger's server replies folds nothing", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[192.0.2.5]\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<b@example.org>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/smtpd[21]: BBBB22: client=unknown[198.51.100.7]\n"
		P "2 mx postfix/qmgr[9]: BBBB22: from=<a@spam.example>, size=15, nrcpt=1 (queue active)\n"
		P "3 mx postfix/smtp[13]: AAAA11: to=<e@evil.example>, relay=mx.evil.example[203.0.113.66]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as BBBB22)\n"
		P "3 mx postfix/qmgr[9]: AAAA11: removed\n"
		P "4 mx postfix/smtp[14]: BBBB22: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "4 mx postfix/qmgr[9]: BBBB22: removed\n" }, {
		"total m=2 r=2 sent=2 octets=25", "class relayed m=1 r=1", "class inside-out m=1 r=1" } },
	{ "4.8 a filter by LMTP that names no queue id, and tells the client", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D4E: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D4E: message-id=<m1@x.example>\n"
		P "1 mx postfix/qmgr[9]: 4A1B2C3D4E: from=<a@spam.example>, size=900, nrcpt=2 (queue active)\n"
		P "2 mx postfix/smtpd[21]: 5B2C3D4E5F: client=localhost[127.0.0.1], orig_client=unknown[198.51.100.7]\n"
		P "2 mx postfix/cleanup[12]: 5B2C3D4E5F: message-id=<m1@x.example>\n"
		P "2 mx postfix/qmgr[9]: 5B2C3D4E5F: from=<a@spam.example>, size=1300, nrcpt=1 (queue active)\n"
		P "3 mx postfix/lmtp[13]: 4A1B2C3D4E: to=<v@victim.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
		    "dsn=2.5.0, status=sent (250 2.5.0 OK (41A5F3B2E5F8A71))\n"
		P "3 mx postfix/lmtp[13]: 4A1B2C3D4E: to=<w@victim.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
		    "dsn=2.7.0, status=sent (250 2.7.0 BLOCKED (41A5F3B2E5F8A71))\n"
		P "3 mx postfix/qmgr[9]: 4A1B2C3D4E: removed\n"
		P "4 mx postfix/smtp[13]: 5B2C3D4E5F: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "4 mx postfix/qmgr[9]: 5B2C3D4E5F: removed\n" }, {
		"total m=1 r=2 sent=1 discarded=1", "class relayed m=1 r=2 sent=1 discarded=1",
		"client name=\"198.51.100.7\" [relayed m=1 r=2" } },
	{ "4.10 Sieve sends a copy on by the sendmail program", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D53: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D53: message-id=<4A1B2C3D53@x.example>\n"
		P "1 mx postfix/qmgr[9]: 4A1B2C3D53: from=<a@friend.example>, size=900, nrcpt=1 (queue active)\n"
		P "2 mx postfix/lmtp[13]: 4A1B2C3D53: to=<b@example.org>, relay=mx[private/dovecot-lmtp], delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 <b@example.org> kB4xNx Saved)\n"
		P "2 mx postfix/qmgr[9]: 4A1B2C3D53: removed\n"
		P "2 mx postfix/pickup[10]: 5B2C3D4E63: uid=5000 from=<a@friend.example>\n"
		P "2 mx postfix/cleanup[12]: 5B2C3D4E63: message-id=<4A1B2C3D53@x.example>\n"
		P "2 mx postfix/qmgr[9]: 5B2C3D4E63: from=<a@friend.example>, size=950, nrcpt=1 (queue active)\n"
		P "3 mx postfix/smtp[13]: 5B2C3D4E63: to=<v@elsewhere.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: 5B2C3D4E63: removed\n" }, {
		"total m=1 r=2 sent=2", "class received m=1 r=1 sent=1", "class forwarded m=1 r=1 sent=1", "at_least=0" } },
	{ "4.10 Sieve sends on from the mailboxes' host", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D54: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D54: message-id=<4A1B2C3D54@x.example>\n"
		P "1 mx postfix/qmgr[9]: 4A1B2C3D54: from=<a@friend.example>, size=900, nrcpt=1 (queue active)\n"
		P "2 mx postfix/lmtp[13]: 4A1B2C3D54: to=<b@example.org>, relay=dovecot[172.22.1.250]:24, delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 <b@example.org> kB4xNx Saved)\n"
		P "2 mx postfix/qmgr[9]: 4A1B2C3D54: removed\n"
		P "2 mx postfix/smtpd[11]: 5B2C3D4E64: client=dovecot[172.22.1.250]\n"
		P "2 mx postfix/cleanup[12]: 5B2C3D4E64: message-id=<4A1B2C3D54@x.example>\n"
		P "2 mx postfix/qmgr[9]: 5B2C3D4E64: from=<a@friend.example>, size=950, nrcpt=1 (queue active)\n"
		P "3 mx postfix/smtp[13]: 5B2C3D4E64: to=<v@elsewhere.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: 5B2C3D4E64: removed\n" }, {
		"total m=1 r=2 sent=2", "class received m=1 r=1 sent=1", "class forwarded m=1 r=1 sent=1", "at_least=0" } },
	{ "4.10 a mailbox sends nothing on from another host", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D55: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D55: message-id=<4A1B2C3D55@x.example>\n"
		P "1 mx postfix/qmgr[9]: 4A1B2C3D55: from=<a@friend.example>, size=900, nrcpt=1 (queue active)\n"
		P "2 mx postfix/lmtp[13]: 4A1B2C3D55: to=<b@example.org>, relay=dovecot[172.22.1.250]:24, delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 <b@example.org> kB4xNx Saved)\n"
		P "2 mx postfix/qmgr[9]: 4A1B2C3D55: removed\n"
		P "2 mx postfix/smtpd[11]: 5B2C3D4E65: client=pc[192.0.2.66]\n"
		P "2 mx postfix/cleanup[12]: 5B2C3D4E65: message-id=<4A1B2C3D55@x.example>\n"
		P "2 mx postfix/qmgr[9]: 5B2C3D4E65: from=<a@friend.example>, size=950, nrcpt=1 (queue active)\n"
		P "3 mx postfix/smtp[13]: 5B2C3D4E65: to=<v@elsewhere.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: 5B2C3D4E65: removed\n" }, {
		"total m=2 r=2 sent=2", "class received m=1 r=1 sent=1", "class inside-out m=1 r=1 sent=1" } },
	{ "4.10 a list manager by LMTP", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D56: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D56: message-id=<4A1B2C3D56@x.example>\n"
		P "1 mx postfix/qmgr[9]: 4A1B2C3D56: from=<a@friend.example>, size=900, nrcpt=1 (queue active)\n"
		P "2 mx postfix/lmtp[13]: 4A1B2C3D56: to=<list@example.org>, relay=127.0.0.1[127.0.0.1]:8024, delay=1, "
		    "dsn=2.0.0, status=sent (250 Ok)\n"
		P "2 mx postfix/qmgr[9]: 4A1B2C3D56: removed\n"
		P "2 mx postfix/smtpd[11]: 5B2C3D4E66: client=localhost[127.0.0.1]\n"
		P "2 mx postfix/cleanup[12]: 5B2C3D4E66: message-id=<4A1B2C3D56@x.example>\n"
		P "2 mx postfix/qmgr[9]: 5B2C3D4E66: from=<list-bounces@example.org>, size=950, nrcpt=1 (queue active)\n"
		P "3 mx postfix/smtp[13]: 5B2C3D4E66: to=<v@elsewhere.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: 5B2C3D4E66: removed\n" }, {
		"total m=1 r=2 sent=2", "class received m=1 r=1 sent=1", "class forwarded m=1 r=1 sent=1", "at_least=0" } },
	{ "what is deleted from the queue by hand is discarded", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D57: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D57: message-id=<m7@x.example>\n"
		P "1 mx postfix/qmgr[9]: 4A1B2C3D57: from=<a@spam.example>, size=900, nrcpt=2 (queue active)\n"
		P "2 mx postfix/smtp[13]: 4A1B2C3D57: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "2 mx postfix/smtp[13]: 4A1B2C3D57: to=<w@victim.example>, relay=none, delay=1, dsn=4.4.1, "
		    "status=deferred (connect to victim.example[203.0.113.1]:25: Connection timed out)\n"
		P "9 mx postfix/postsuper[30]: 4A1B2C3D57: removed\n" }, {
		"total m=1 r=2 sent=1 discarded=1", "class relayed m=1 r=2 sent=1 discarded=1", "at_least=0" } },
	{ "a probe of an address is no message", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/cleanup[12]: 4A1B2C3D58: message-id=<1@mx.example.org>\n"
		P "1 mx postfix/qmgr[9]: 4A1B2C3D58: from=<double-bounce@mx.example.org>, size=240, nrcpt=1 (queue active)\n"
		P "2 mx postfix/smtp[13]: 4A1B2C3D58: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.1.5, status=deliverable (250 2.1.5 Ok)\n"
		P "2 mx postfix/qmgr[9]: 4A1B2C3D58: removed\n"
		P "3 mx postfix/pickup[10]: 4A1B2C3D59: uid=1000 from=<a>\n"
		P "3 mx postfix/cleanup[12]: 4A1B2C3D59: message-id=<2@mx.example.org>\n"
		P "3 mx postfix/qmgr[9]: 4A1B2C3D59: from=<a@mx.example.org>, size=240, nrcpt=1 (queue active)\n"
		P "4 mx postfix/smtp[13]: 4A1B2C3D59: to=<v@victim.example>, relay=none, delay=1, dsn=4.4.1, "
		    "status=undeliverable (connect to victim.example[203.0.113.1]:25: Connection timed out)\n"
		P "4 mx postfix/qmgr[9]: 4A1B2C3D59: removed\n" }, {
		"total\n", "at_least=0" } },
	{ "a rule holds it before its Message-ID is known: one message", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D50: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D50: hold: header Received: from pc from unknown[198.51.100.7]; "
		    "from=<a@spam.example> to=<v@victim.example> proto=ESMTP helo=<pc>\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D50: message-id=<m1@x.example>\n"
		P "5 mx postfix/postsuper[30]: 4A1B2C3D50: released from hold\n"
		P "6 mx postfix/qmgr[9]: 4A1B2C3D50: from=<a@spam.example>, size=900, nrcpt=1 (queue active)\n"
		P "7 mx postfix/smtp[13]: 4A1B2C3D50: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "7 mx postfix/qmgr[9]: 4A1B2C3D50: removed\n" }, {
		"total m=1 r=1 sent=1 octets=900", "class relayed m=1 r=1 sent=1", "at_least=0" } },
	{ "4.8 MailScanner takes it out of the hold queue and puts it back as another", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D51: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D51: hold: header Received: from pc from unknown[198.51.100.7]; "
		    "from=<a@spam.example> to=<v@victim.example> proto=ESMTP helo=<pc>\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D51: message-id=<m1@x.example>\n"
		P "2 mx MailScanner[40]: New Batch: Scanning 1 messages, 900 bytes\n"
		P "2 mx MailScanner[40]: Requeue: 4A1B2C3D51.A0B1C to 5B2C3D4E61\n"
		P "2 mx postfix/qmgr[9]: 5B2C3D4E61: from=<a@spam.example>, size=900, nrcpt=1 (queue active)\n"
		P "3 mx postfix/smtp[13]: 5B2C3D4E61: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: 5B2C3D4E61: removed\n" }, {
		"total m=1 r=1 sent=1 octets=900", "class relayed m=1 r=1 sent=1",
		"client name=\"198.51.100.7\" [relayed m=1" } },
	{ "4.8 MailScanner says so after the queue manager has it", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: 4A1B2C3D52: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D52: hold: header Received: from pc from unknown[198.51.100.7]; "
		    "from=<a@spam.example> to=<v@victim.example> proto=ESMTP helo=<pc>\n"
		P "1 mx postfix/cleanup[12]: 4A1B2C3D52: message-id=<m1@x.example>\n"
		P "2 mx postfix/qmgr[9]: 5B2C3D4E62: from=<a@spam.example>, size=900, nrcpt=1 (queue active)\n"
		P "2 mx MailScanner[40]: Requeue: 4A1B2C3D52.A0B1C to 5B2C3D4E62\n"
		P "3 mx postfix/smtp[13]: 5B2C3D4E62: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: 5B2C3D4E62: removed\n" }, {
		"total m=1 r=1 sent=1 octets=900", "class relayed m=1 r=1 sent=1", "at_least=0" } },
	{ "4.8 a program that sends one letter again and again is not its own filter", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/pickup[8]: AAAA11: uid=33 from=<www@example.org>\n"
		P "1 mx postfix/cleanup[12]: AAAA11: message-id=<same@x.example>\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<www@example.org>, size=10, nrcpt=1 (queue active)\n"
		P "1 mx postfix/pickup[8]: BBBB22: uid=33 from=<www@example.org>\n"
		P "1 mx postfix/cleanup[12]: BBBB22: message-id=<same@x.example>\n"
		P "1 mx postfix/qmgr[9]: BBBB22: from=<www@example.org>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "2 mx postfix/qmgr[9]: AAAA11: removed\n"
		P "2 mx postfix/smtp[13]: BBBB22: to=<w@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "2 mx postfix/qmgr[9]: BBBB22: removed\n" }, {
		"total m=2 r=2 sent=2", "class scripted m=2 r=2", "user name=\"33\" [scripted m=2 r=2" } },
	{ "4.9 a gateway: its domain is learned from the hop inside", NULL, NULL, {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@other.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/smtp[13]: AAAA11: to=<u@example.org>, relay=10.0.0.5[10.0.0.5]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 99FF99)\n"
		P "2 mx postfix/qmgr[9]: AAAA11: removed\n" }, {
		"class received m=1 r=1", "domain name=\"example.org\" own [received" } },
	{ "4.9 the transport relay is for domains of ours", NULL, NULL, {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@other.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/relay/smtp[13]: AAAA11: to=<u@example.org>, relay=in.example.org[203.0.113.5]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
		P "2 mx postfix/qmgr[9]: AAAA11: removed\n" }, {
		"class received m=1 r=1", "domain name=\"example.org\" own [received" } },
	{ "4.9 a domain is known to be ours only after mail for it came in", NULL, NULL, {
		RELAY("AAAA11", "1", "198.51.100.7", "a@other.example", "u@example.org")
		RELAY("BBBB22", "2", "198.51.100.8", "a@spam.example", "v@victim.example")
		P "3 mx postfix/smtpd[11]: CCCC33: client=unknown[198.51.100.9]\n"
		P "3 mx postfix/qmgr[9]: CCCC33: from=<a@other.example>, size=10, nrcpt=1 (queue active)\n"
		P "3 mx postfix/local[14]: CCCC33: to=<u@example.org>, relay=local, delay=1, "
		    "dsn=2.0.0, status=sent (delivered to mailbox)\n"
		P "3 mx postfix/qmgr[9]: CCCC33: removed\n" }, {
		"class received m=2 r=2", "class relayed m=1 r=1 sent=1",
		"line_last=\"Mar  3 10:00:02 mx postfix/smtpd[11]: BBBB22: client=unknown[198.51.100.8]\"" } },
	{ "4.10 an alias to outside is forwarding", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@other.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/smtp[13]: AAAA11: to=<u@home.example>, orig_to=<u@example.org>, "
		    "relay=mx.example.net[203.0.113.9]:25, delay=1, dsn=2.0.0, status=sent (250 OK)\n"
		P "2 mx postfix/qmgr[9]: AAAA11: removed\n" }, {
		"total m=1 r=1 sent=1", "class forwarded m=1 r=1 sent=1" } },
	{ "4.10 .forward: a message goes on under another id", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: AAAA11: message-id=<20.1@x.example>\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@other.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/cleanup[12]: BBBB22: message-id=<20.1@x.example>\n"
		P "2 mx postfix/qmgr[9]: BBBB22: from=<a@other.example>, size=12, nrcpt=1 (queue active)\n"
		P "2 mx postfix/local[14]: AAAA11: to=<u@example.org>, relay=local, delay=1, "
		    "dsn=2.0.0, status=sent (forwarded as BBBB22)\n"
		P "2 mx postfix/qmgr[9]: AAAA11: removed\n"
		P "3 mx postfix/smtp[13]: BBBB22: to=<u@home.example>, orig_to=<u@example.org>, "
		    "relay=mx.example.net[203.0.113.9]:25, delay=1, dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: BBBB22: removed\n" }, {
		"total m=1 r=1 sent=1 octets=10 tries=1\n", "class forwarded m=1 r=1 sent=1", "at_least=0" } },
	{ "4.10 a mailing list: one in, many out, by SMTP from this host", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: AAAA11: message-id=<21.1@x.example>\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@other.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/local[14]: AAAA11: to=<list@example.org>, relay=local, delay=1, dsn=2.0.0, "
		    "status=sent (delivered to command: /usr/lib/mailman/mail/mailman post list)\n"
		P "2 mx postfix/qmgr[9]: AAAA11: removed\n"
		P "3 mx postfix/smtpd[21]: BBBB22: client=localhost[127.0.0.1]\n"
		P "3 mx postfix/cleanup[12]: BBBB22: message-id=<21.1@x.example>\n"
		P "3 mx postfix/qmgr[9]: BBBB22: from=<list-bounces@example.org>, size=12, nrcpt=2 (queue active)\n"
		P "3 mx postfix/smtp[13]: BBBB22: to=<m@home.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/smtp[13]: BBBB22: to=<n@work.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: BBBB22: removed\n" }, {
		"total m=1 r=2 sent=2 octets=10 tries=2\n", "class forwarded m=1 r=2 sent=2" } },
	{ "4.11 a bounce to a forged sender is its own class", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/cleanup[12]: AAAA11: message-id=<22.1@x.example>\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<forged@victim.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/local[14]: AAAA11: to=<nobody@example.org>, relay=local, delay=1, dsn=5.1.1, "
		    "status=bounced (unknown user: \"nobody\")\n"
		P "2 mx postfix/cleanup[12]: BBBB22: message-id=<20260303.BBBB22@mx.example.org>\n"
		P "2 mx postfix/bounce[15]: AAAA11: sender non-delivery notification: BBBB22\n"
		P "2 mx postfix/qmgr[9]: BBBB22: from=<>, size=2000, nrcpt=1 (queue active)\n"
		P "2 mx postfix/qmgr[9]: AAAA11: removed\n"
		P "3 mx postfix/smtp[13]: BBBB22: to=<forged@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n"
		P "3 mx postfix/qmgr[9]: BBBB22: removed\n" }, {
		"total m=2 r=2 sent=1 bounced=1 octets=2010", "class noticed m=1 r=1 sent=1", "class received m=1 r=1 bounced=1",
		"at_least=0" } },
	{ "4.14 accepted is not delivered; a deferral of days is one recipient", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/submission/smtpd[11]: AAAA11: client=unknown[198.51.100.7], sasl_method=PLAIN, sasl_username=taro\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<taro@example.org>, size=10, nrcpt=3 (queue active)\n"
		P "2 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=none, delay=1, dsn=4.4.1, status=deferred (timed out)\n"
		P "3 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=none, delay=2, dsn=4.4.1, status=deferred (timed out)\n"
		P "4 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=none, delay=3, dsn=4.4.1, status=deferred (timed out)\n"
		P "4 mx postfix/smtp[13]: AAAA11: to=<w@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n" }, {
		"class submitted m=1 r=2 sent=1 deferred=1 octets=10 tries=4", "class untold m=1 r=1 queued=1 octets=10",
		"total m=1 r=3 sent=1 deferred=1 queued=1 octets=10", "account name=\"taro\" [submitted m=1 r=2",
		"networks=1 past=0/0 day=1772496000/2 nets=1+1" } },
	{ "an aborted session is no message", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "2 mx postfix/smtpd[11]: lost connection after DATA from unknown[198.51.100.7]\n"
		P "3 mx postfix/smtpd[11]: BBBB22: client=unknown[198.51.100.7]\n"
		P "3 mx postfix/cleanup[12]: BBBB22: message-id=<24.1@x.example>\n"
		P "3 mx postfix/cleanup[12]: BBBB22: milter-reject: END-OF-MESSAGE from unknown[198.51.100.7]: 5.7.1 spam; "
		    "from=<a@spam.example> to=<u@example.org> proto=ESMTP helo=<pc>\n" }, {
		"total refused=1\n", "class received refused=1", "at_least=0" } },
	{ "blocklists that receivers name", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@spam.example>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=mx.victim.example[203.0.113.9]:25, delay=1, dsn=5.7.1, "
		    "status=bounced (host mx.victim.example[203.0.113.9] said: 554 5.7.1 Service unavailable; "
		    "Client host [192.0.2.25] blocked using bl.example.net; see https://bl.example.net/q (in reply to RCPT TO command))\n"
		P "3 mx postfix/smtp[13]: AAAA11: to=<w@other.example>, relay=mx.other.example[203.0.113.8]:25, delay=1, dsn=5.7.1, "
		    "status=bounced (host mx.other.example[203.0.113.8] said: 550 5.7.1 Unfortunately, messages from [192.0.2.25] "
		    "weren't sent. Please contact your provider since part of their network is on our block list (S3140).)\n" }, {
		"listing list=\"bl.example.net\" domain=\"victim.example\"", "ours=192.0.2.25 replies=1 domains=1",
		"listing domain=\"other.example\"" } },
	{ "two files, the first without a line feed at its end", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@spam.example>, size=10, nrcpt=1 (queue active)",
		"", P "2 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n\n\ngarbage\n"
		P "3 mx postfix/qmgr[9]: AAAA11: removed" }, {
		"class relayed m=1 r=1 sent=1", "file 0 octets=173 lines=2 other=0", "file 2 octets=208 lines=5 other=3" } },
	{ "a line that was cut in two by rotation", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@spam.exa",
		"", "mple>, size=10, nrcpt=1 (queue active)\n"
		P "2 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)\n" }, {
		"class relayed m=1 r=1 sent=1 octets=10", "sender name=\"spam.example\" [relayed", "lines=3 mail=3",
		"file 0 octets=135 lines=2 other=0", "file 2 octets=186 lines=1 other=0" } },
	{ "a line that a crash cut off", "example.org", "192.0.2.0/24", {
		P "1 mx postfix/smtpd[11]: AAAA11: client=unknown[198.51.100.7]\n"
		P "1 mx postfix/qmgr[9]: AAAA11: from=<a@spam.exa",
		P "2 mx postfix/smtp[13]: AAAA11: to=<v@victim.example>, relay=mx.example.net[203.0.113.9]:25, delay=1, "
		    "dsn=2.0.0, status=sent (250 OK)" }, {
		"class relayed m=1 r=1 sent=1 tries=1", "lines=3" } },

#define E "2026-03-03 10:00:0"
	{ "Exim: relayed, an alias to outside, a bounce, a mailbox", "example.org", "192.0.2.0/24", {
		E "1 1pQ2Aa-0003cC-1E <= a@spam.example H=(pc) [198.51.100.7] P=esmtp S=900 id=x1@spam.example for v@victim.example w@other.example\n"
		E "2 1pQ2Aa-0003cC-1E => v@victim.example R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5] C=\"250 Ok\"\n"
		E "2 1pQ2Aa-0003cC-1E == w@other.example R=dnslookup T=remote_smtp defer (110): Connection timed out\n"
		E "3 1pQ2Ab-0003cC-2E <= a@far.example H=(pc) [198.51.100.8] P=esmtp S=500 id=x2@far.example for u@example.org box@example.org\n"
		E "3 1pQ2Ab-0003cC-2E => u@home.example <u@example.org> R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5] C=\"250 Ok\"\n"
		E "3 1pQ2Ab-0003cC-2E => box <box@example.org> R=local_user T=maildir_home\n"
		E "3 1pQ2Ab-0003cC-2E Completed\n"
		E "4 1pQ2Aa-0003cC-1E ** w@other.example R=dnslookup T=remote_smtp: retry timeout exceeded\n"
		E "4 1pQ2Ac-0003cC-3E <= <> R=1pQ2Aa-0003cC-1E U=Debian-exim P=local S=1500\n"
		E "5 1pQ2Aa-0003cC-1E Completed\n"
		E "5 1pQ2Ac-0003cC-3E => a@spam.example R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.5] C=\"250 Ok\"\n"
		E "5 1pQ2Ac-0003cC-3E Completed\n" }, {
		"total m=3 r=5 sent=4 bounced=1 octets=2900 tries=6\n", "class relayed m=1 r=2 sent=1 bounced=1 octets=900 tries=3",
		"class forwarded m=1 r=1 sent=1 octets=500", "class received m=1 r=1 sent=1", "class noticed m=1 r=1 sent=1",
		"helo name=\"pc\" [relayed m=1 r=2", "at_least=0" } },
#define M "Mar  3 10:00:0"
	{ "Sendmail: the submission queue and the MTA are one message; several recipients a line", "example.org", "192.0.2.0/24", {
		M "1 mx sendmail[50]: 623A01aB000050: from=www-data, size=300, class=0, nrcpts=2, msgid=<x1@mx.example.org>, relay=www-data@localhost\n"
		M "1 mx sm-mta[51]: 623A01cD000051: from=<www-data@mx.example.org>, size=500, class=0, nrcpts=2, msgid=<x1@mx.example.org>, "
		    "proto=ESMTP, daemon=MTA, relay=localhost [127.0.0.1]\n"
		M "1 mx sendmail[50]: 623A01aB000050: to=v@victim.example,w@victim.example, ctladdr=www-data (33/33), delay=00:00:00, "
		    "xdelay=00:00:00, mailer=relay, pri=60300, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, "
		    "stat=Sent (623A01cD000051 Message accepted for delivery)\n"
		M "3 mx sm-mta[52]: 623A01cD000051: to=<v@victim.example>,<w@victim.example>, ctladdr=<www-data@mx.example.org> (33/33), "
		    "delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=121234, relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)\n" }, {
		"total m=1 r=2 sent=2 octets=300 tries=2\n", "class scripted m=1 r=2 sent=2", "user name=\"www-data\" [scripted m=1 r=2",
		"at_least=0" } },
	{ "Sendmail: a login on a line of its own, and the process serves another after it", "example.org", "192.0.2.0/24", {
		M "1 mx sm-mta[60]: AUTH=server, relay=[198.51.100.7], authid=taro@example.org, mech=LOGIN, bits=0\n"
		M "1 mx sm-mta[60]: 623A01aB000060: from=<taro@example.org>, size=9, class=0, nrcpts=1, msgid=<x1@example.org>, "
		    "proto=ESMTPSA, daemon=MSA, relay=[198.51.100.7]\n"
		M "2 mx sm-mta[61]: 623A01aB000060: to=<v@victim.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, "
		    "relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)\n"
		M "3 mx sm-mta[60]: 623A01aC000060: from=<a@spam.example>, size=9, class=0, nrcpts=1, msgid=<x2@example.org>, "
		    "proto=ESMTP, daemon=MTA, relay=[198.51.100.9]\n"
		M "3 mx sm-mta[62]: 623A01aC000060: to=<v@victim.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, "
		    "relay=mx.example.net. [203.0.113.5], dsn=4.0.0, stat=Deferred: Connection timed out with mx.example.net.\n" }, {
		"class submitted m=1 r=1 sent=1", "account name=\"taro@example.org\" [submitted m=1", "class relayed m=1 r=1 deferred=1" } },
	{ "Sendmail: the login's own line is lost, or not logged: nobody's name, and no stranger", "example.org", "192.0.2.0/24", {
		M "1 mx sm-mta[60]: 623A01aB000060: from=<taro@example.org>, size=9, class=0, nrcpts=1, msgid=<x1@example.org>, "
		    "proto=ESMTPSA, daemon=MSA, relay=[198.51.100.7]\n"
		M "2 mx sm-mta[61]: 623A01aB000060: to=<v@victim.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, "
		    "relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)\n" }, {
		"class submitted m=1 r=1 sent=1", "\naccount [submitted m=1" } },
	{ "Sendmail under any tag, which a line of another kind has first", "example.org", "192.0.2.0/24", {
		M "1 mx queue-in[60]: STARTTLS=server, relay=[198.51.100.7], version=TLSv1.3, verify=NO, cipher=X, bits=256/256\n"
		M "1 mx queue-in[60]: AUTH=server, relay=[198.51.100.7], authid=taro, mech=LOGIN, bits=0\n"
		M "1 mx queue-in[60]: 623A01aB000060: from=<taro@example.org>, size=9, class=0, nrcpts=1, msgid=<x1@example.org>, "
		    "proto=ESMTPSA, daemon=MSA, relay=[198.51.100.7]\n"
		M "2 mx queue-in[61]: 623A01aB000060: to=<v@victim.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, "
		    "relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)\n" }, {
		"class submitted m=1 r=1 sent=1", "account name=\"taro\" [submitted m=1" } },
	{ "Exim: a login without set_id is no stranger", "example.org", "192.0.2.0/24", {
		"2026-03-03 10:00:01 1pQ2Ab-0003dK-2F <= taro@example.org H=(pc) [198.51.100.7] P=esmtpsa A=PLAIN S=9\n"
		"2026-03-03 10:00:02 1pQ2Ab-0003dK-2F => v@victim.example R=r T=remote_smtp H=mx.example.net [203.0.113.5]\n"
		"2026-03-03 10:00:02 1pQ2Ab-0003dK-2F Completed\n" }, {
		"class submitted m=1 r=1 sent=1", "\naccount [submitted m=1" } },
	{ "Sendmail: bulk mail, and what a milter refused at its end", "example.org", "192.0.2.0/24", {
		M "1 mx sm-mta[60]: 623A01aB000060: from=<a@spam.example>, size=9, class=-60, nrcpts=1, msgid=<x1@spam.example>, "
		    "proto=ESMTP, daemon=MTA, relay=[198.51.100.7]\n"
		M "2 mx sm-mta[61]: 623A01aB000060: to=<v@victim.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, "
		    "relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)\n"
		M "3 mx sm-mta[62]: 623A01aB000062: from=<a@spam.example>, size=9, class=0, nrcpts=2, msgid=<x2@spam.example>, "
		    "proto=ESMTP, daemon=MTA, relay=[198.51.100.7]\n"
		M "3 mx sm-mta[62]: 623A01aB000062: Milter: data, reject=554 5.7.1 virus found\n"
		M "3 mx sm-mta[62]: 623A01aB000062: to=<taro@example.org>, delay=00:00:01, pri=1, stat=virus found\n"
		M "3 mx sm-mta[62]: 623A01aB000062: to=<jiro@example.org>, delay=00:00:01, pri=1, stat=virus found\n" }, {
		"total m=1 r=1 sent=1", "class relayed m=1 r=1 sent=1" } },
	{ "Sendmail: what an alias made is written without brackets, unless the client leaves them all out", "example.org", "192.0.2.0/24", {
		M "1 mx sm-mta[70]: 623A01aB000070: from=<a@other.example>, size=9, class=0, nrcpts=1, msgid=<x1@other.example>, "
		    "proto=ESMTP, daemon=MTA, relay=[198.51.100.7]\n"
		M "2 mx sm-mta[71]: 623A01aB000070: to=desk@partner.example, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, "
		    "relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)\n"
		M "3 mx sm-mta[70]: 623A01aC000070: from=a@spam.example, size=9, class=0, nrcpts=1, msgid=<x2@spam.example>, "
		    "proto=SMTP, daemon=MTA, relay=[198.51.100.9]\n"
		M "3 mx sm-mta[72]: 623A01aC000070: to=v@victim.example, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, "
		    "relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)\n" }, {
		"class relayed m=1 r=1 sent=1", "class forwarded m=1 r=1 sent=1", "domain name=\"partner.example\" [forwarded m=1 r=1" } },
	{ "Sendmail: the copy of a list's owner goes to the list's recipients", "example.org", "192.0.2.0/24", {
		M "1 mx sm-mta[72]: 623A01aB000072: from=<alice@example.org>, size=9, class=0, nrcpts=1, msgid=<x1@example.org>, "
		    "proto=ESMTP, daemon=MTA, relay=[192.0.2.9]\n"
		M "1 mx sm-mta[73]: 623A01aB000072: 623A01aB000073: clone: owner=alice\n"
		M "2 mx sm-mta[73]: 623A01aB000073: to=v@victim.example, ctladdr=alice (1001/1001), delay=00:00:01, xdelay=00:00:01, "
		    "mailer=esmtp, pri=1, relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)\n"
		M "2 mx sm-mta[73]: 623A01aB000073: to=w@victim.example, ctladdr=alice (1001/1001), delay=00:00:01, xdelay=00:00:01, "
		    "mailer=esmtp, pri=1, relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)\n" }, {
		"total m=1 r=2 sent=2", "class forwarded m=1 r=2 sent=2" } },
#define S "4f5e6d7c8b9a0011"
	{ "OpenSMTPD: sessions, refusals by session, a notice", "example.org", "192.0.2.0/24", {
		M "1 mx smtpd[7]: " S " smtp connected address=198.51.100.7 host=<unknown>\n"
		M "1 mx smtpd[7]: " S " smtp authentication user=boss result=permfail\n"
		M "1 mx smtpd[7]: " S " smtp authentication user=boss result=ok\n"
		M "2 mx smtpd[7]: " S " smtp message msgid=7e57a001 size=1234 nrcpt=2 proto=ESMTP\n"
		M "2 mx smtpd[7]: " S " smtp envelope evpid=7e57a0010a0b0c0d from=<boss@example.org> to=<v@victim.example>\n"
		M "2 mx smtpd[7]: " S " smtp envelope evpid=7e57a0010a0b0c0e from=<boss@example.org> to=<w@victim.example>\n"
		M "2 mx smtpd[7]: " S " smtp disconnected reason=quit\n"
		M "3 mx smtpd[7]: 4f5e6d7c8b9a0012 mta delivery evpid=7e57a0010a0b0c0d from=<boss@example.org> to=<v@victim.example> "
		    "rcpt=<-> source=\"192.0.2.1\" relay=\"203.0.113.5 (mx.example.net)\" delay=1s result=\"Ok\" stat=\"250 ok\"\n"
		M "4 mx smtpd[7]: 4f5e6d7c8b9a0012 mta delivery evpid=7e57a0010a0b0c0e from=<boss@example.org> to=<w@victim.example> "
		    "rcpt=<-> source=\"192.0.2.1\" relay=\"203.0.113.5 (mx.example.net)\" delay=1s result=\"PermFail\" stat=\"550 no\"\n"
		M "5 mx smtpd[7]: 4f5e6d7c8b9a0013 smtp connected address=198.51.100.9 host=<unknown>\n"
		M "5 mx smtpd[7]: 4f5e6d7c8b9a0013 smtp failed-command command=\"RCPT TO:<x@victim.example>\" result=\"550 Invalid recipient: <x@victim.example>\"\n" }, {
		"class submitted m=1 r=2 sent=1 bounced=1 octets=1234 tries=2", "account name=\"boss\" [submitted m=1 r=2",
		"client name=\"198.51.100.9\" [relayed refused=1]", "failed=1", "relay-refused=1", "at_least=0" } },
	{ "OpenSMTPD: by the socket of this host, nobody knows whose", "example.org", "192.0.2.0/24", {
		M "1 mx smtpd[7]: " S " smtp connected address=local host=mx.example.org\n"
		M "2 mx smtpd[7]: " S " smtp message msgid=7e57a003 size=1234 nrcpt=1 proto=ESMTP\n"
		M "2 mx smtpd[7]: " S " smtp envelope evpid=7e57a0030a0b0c0d from=<www@example.org> to=<v@victim.example>\n"
		M "3 mx smtpd[7]: 4f5e6d7c8b9a0012 mta delivery evpid=7e57a0030a0b0c0d from=<www@example.org> to=<v@victim.example> "
		    "rcpt=<-> source=\"192.0.2.1\" relay=\"203.0.113.5 (mx.example.net)\" delay=1s result=\"Ok\" stat=\"250 ok\"\n" }, {
		"class scripted m=1 r=1 sent=1", "user name=\"local\" [scripted m=1 r=1", "at_least=0" } },
	{ "OpenSMTPD 6.4: an arrival line a recipient", "example.org", "192.0.2.0/24", {
		M "1 mx smtpd[7]: 4f5e6d7c8b9a0021 smtp message address=198.51.100.7 host=pc.example.net msgid=7e57a002 from=<a@spam.example> "
		    "to=<v@victim.example> size=1234 ndest=1 proto=ESMTP\n"
		M "1 mx smtpd[7]: 4f5e6d7c8b9a0021 smtp message address=198.51.100.7 host=pc.example.net msgid=7e57a002 from=<a@spam.example> "
		    "to=<w@victim.example> size=1234 ndest=1 proto=ESMTP\n"
		M "3 mx smtpd[7]: 4f5e6d7c8b9a0012 mta delivery evpid=7e57a0020a0b0c0d from=<a@spam.example> to=<v@victim.example> "
		    "rcpt=<-> source=\"192.0.2.1\" relay=\"203.0.113.5 (mx.example.net)\" delay=1s result=\"Ok\" stat=\"250 ok\"\n" }, {
		"total m=1 r=2 sent=1 queued=1 octets=1234 tries=1\n", "class relayed m=1 r=2 sent=1 queued=1" } },
#undef P
#undef E
#undef M
#undef S
#undef RELAY
};
