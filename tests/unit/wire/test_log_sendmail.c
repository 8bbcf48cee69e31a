#include "log_table.h"
#include "wire/log_sendmail.h"

#define ID "3A1B2C3d004567"
#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A198 A50 A50 A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"	/* with <" in front what the log leaves of a sender */

static const struct log_case cases[] = {
	/* arrivals: pitfalls 12, 15, 16, 17 */
	{ "a stranger", "sm-mta", ID ": from=<a@example.org>, size=1234, class=0, nrcpts=2, msgid=<x1@example.org>, "
	  "bodytype=8BITMIME, proto=ESMTP, daemon=MTA-v4, relay=mx.example.org [192.0.2.25]",
	  "arrives +aliased service=MTA-v4 id=" ID " client=192.0.2.25 name=mx.example.org from=<a@example.org> msgid=x1@example.org "
	  "size=1234 n=2" },
	{ "a name that may be forged is none", "sendmail", ID ": from=<a@example.org>, size=9, class=0, nrcpts=1, "
	  "msgid=<x1@example.org>, proto=SMTP, daemon=MTA, relay=mx.example.org [192.0.2.25] (may be forged)",
	  "arrives +aliased service=MTA id=" ID " client=192.0.2.25 from=<a@example.org> msgid=x1@example.org size=9 n=1" },
	{ "no name, IPv6, TLS: pitfall 16", "sm-mta", ID ": from=<a@example.org>, size=9, class=0, nrcpts=1, msgid=<x1@example.org>, "
	  "proto=ESMTPS, daemon=MTA, tls_verify=NO, auth=NONE, relay=[IPv6:2001:db8::7]",
	  "arrives +tls +aliased service=MTA id=" ID " client=2001:db8::7 from=<a@example.org> msgid=x1@example.org size=9 n=1" },
	{ "what ident says is no client: pitfall 16", "sendmail", ID ": from=<a@example.org>, size=9, class=0, nrcpts=1, "
	  "msgid=<x1@example.org>, proto=SMTP, daemon=MTA, relay=IDENT:squid@proxy.example.org [192.0.2.25]",
	  "arrives +aliased service=MTA id=" ID " client=192.0.2.25 name=proxy.example.org from=<a@example.org> msgid=x1@example.org size=9 n=1" },
	{ "of 8.9, with pri=", "sendmail", "AA12345: from=<a@example.org>, size=9, class=0, pri=30009, nrcpts=1, "
	  "msgid=<x1@example.org>, proto=SMTP, relay=mx.example.org [192.0.2.25]",
	  "arrives +aliased id=AA12345 client=192.0.2.25 name=mx.example.org from=<a@example.org> msgid=x1@example.org size=9 n=1" },
	{ "bulk mail, whose class is below 0", "sm-mta", ID ": from=<a@example.org>, size=9, class=-60, nrcpts=1, "
	  "msgid=<x1@example.org>, proto=ESMTP, daemon=MTA, relay=mx.example.org [192.0.2.25]",
	  "arrives +aliased service=MTA id=" ID " client=192.0.2.25 name=mx.example.org from=<a@example.org> msgid=x1@example.org size=9 n=1" },
	{ "a local build's fields", "sm-mta", ID ": from=<a@example.org>, size=9, class=0, nrcpts=1, "
	  "msgid=<x1@example.org>, bodytype=8BITMIME, proto=ESMTPSA, daemon=MSA, tls_verify=NO, tls_version=TLSv1.3, "
	  "cipher=TLS_AES_256_GCM_SHA384, auth=PLAIN, relay=[192.0.2.7]",
	  "arrives +tls +aliased +login service=MSA id=" ID " session=4711 client=192.0.2.7 from=<a@example.org> msgid=x1@example.org size=9 n=1" },
	{ "a Message-ID cannot say it twice", "sm-mta", ID ": from=<a@example.org>, size=9, class=0, nrcpts=1, "
	  "msgid=x, proto=ESMTPSA, proto=ESMTP, daemon=MTA, relay=[192.0.2.7]",
	  "arrives +aliased service=MTA id=" ID " client=192.0.2.7 from=<a@example.org> msgid=x, proto=ESMTPSA size=9 n=1" },
	{ "of 8.8, without pri=, dsn=", "sendmail", "RAA12345: to=<b@example.net>, delay=00:00:01, xdelay=00:00:00, mailer=esmtp, "
	  "relay=mx.example.net. [203.0.113.5], stat=Sent (RAA54321 Message accepted for delivery)",
	  "delivers sent service=esmtp id=RAA12345 child=RAA54321 rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 "
	  "reply=RAA54321 Message accepted for delivery" },
	{ "into a mailbox by a mailer of any name", "sm-mta", ID ": to=<bob@example.org>, delay=00:00:01, xdelay=00:00:00, "
	  "mailer=maildrop, pri=30000, dsn=2.0.0, stat=Sent",
	  "delivers sent +local service=maildrop id=" ID " rcpt=<bob@example.org> dsn=2.0.0 reply=Sent" },
	{ "by a mailer of any name, and not sent", "sm-mta", ID ": to=<bob@example.org>, delay=00:00:01, xdelay=00:00:00, "
	  "mailer=esmtp, pri=30000, dsn=4.4.3, stat=Deferred: Name server: example.org.: host name lookup failure",
	  "delivers deferred service=esmtp id=" ID " rcpt=<bob@example.org> dsn=4.4.3 "
	  "reply=Deferred: Name server: example.org.: host name lookup failure" },
	{ "of 8.8, into a mailbox", "sendmail", "RAA12345: to=bob, ctladdr=alice (1001/100), delay=00:00:01, xdelay=00:00:00, "
	  "mailer=local, stat=Sent", "delivers sent +local +aliased service=local id=RAA12345 rcpt=bob orig=alice reply=Sent" },
	{ "four fields of a local build", "sm-mta", ID ": to=<b@example.net>, delay=00:00:01, xdelay=00:00:00, mailer=esmtp, "
	  "tls_verify=OK, tls_version=TLSv1.3, cipher=X, auth=NONE, mech=NONE, pri=30000, relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)",
	  "delivers sent service=esmtp id=" ID " rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 dsn=2.0.0 reply=ok" },
	{ "a login is looked up by its process: pitfall 12", "sm-mta", ID ": from=<a@example.org>, size=9, class=0, nrcpts=1, "
	  "msgid=<x1@example.org>, proto=ESMTPSA, daemon=MSA, relay=[192.0.2.7]",
	  "arrives +tls +aliased +login service=MSA id=" ID " session=4711 client=192.0.2.7 from=<a@example.org> msgid=x1@example.org size=9 n=1" },
	{ "the login", "sm-mta", "AUTH=server, relay=[192.0.2.7], authid=boss@example.org, mech=LOGIN, bits=0",
	  "session session=4711 client=192.0.2.7 account=boss@example.org auth=LOGIN" },
	{ "the login, with an id in front", "sm-mta", "NOQUEUE: AUTH=server, relay=pc.example.org [192.0.2.7] (may be forged), "
	  "authid=boss, mech=PLAIN, bits=0", "session session=4711 client=192.0.2.7 account=boss auth=PLAIN" },
	{ "a login that failed: pitfall 12", "sm-mta", ID ": AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication "
	  "failure: checkpass failed, user=boss, relay=[192.0.2.7]",
	  "login-fails id=" ID " client=192.0.2.7 account=boss auth=LOGIN reply=authentication failure (-13) SASL(-13): "
	  "authentication failure: checkpass failed, user=boss, relay=[192.0.2.7]" },
	{ "a login that failed, older", "sendmail", "NOQUEUE: AUTH failure (PLAIN): user not found (-20) SASL(-13): user not found: "
	  "x, relay=mx.example.org [192.0.2.7]",
	  "login-fails client=192.0.2.7 name=mx.example.org auth=PLAIN reply=user not found (-20) SASL(-13): user not found: "
	  "x, relay=mx.example.org [192.0.2.7]" },
	{ "a script of this host: pitfall 17", "sendmail", ID ": from=www-data, size=300, class=0, nrcpts=1, msgid=<x1@host.example>, "
	  "relay=www-data@localhost",
	  "arrives id=" ID " user=www-data from=<www-data> msgid=x1@host.example size=300 n=1" },
	{ "by nobody that is known", "sendmail", ID ": from=root, size=300, class=0, nrcpts=1, msgid=<x1@host.example>, relay=localhost",
	  "arrives id=" ID " from=<root> msgid=x1@host.example size=300 n=1" },
	{ "the same by the MTA", "sm-mta", ID ": from=<www-data@host.example>, size=500, class=0, nrcpts=1, msgid=<x1@host.example>, "
	  "proto=ESMTP, daemon=MTA, relay=localhost [127.0.0.1]",
	  "arrives +aliased service=MTA id=" ID " client=127.0.0.1 name=localhost from=<www-data@host.example> msgid=x1@host.example size=500 n=1" },
	{ "a notice of the server: pitfall 11", "sendmail", ID ": from=<>, size=3000, class=0, nrcpts=1, msgid=<x1@host.example>, "
	  "relay=[RESPONSE]", "arrives +bounce id=" ID " from=<> msgid=x1@host.example size=3000 n=1" },
	{ "a notice of another", "sm-mta", ID ": from=<>, size=3000, class=0, nrcpts=1, msgid=<b1@example.org>, proto=ESMTP, "
	  "daemon=MTA, relay=mx.example.org [192.0.2.25]",
	  "arrives +aliased service=MTA id=" ID " client=192.0.2.25 name=mx.example.org from=<> msgid=b1@example.org size=3000 n=1" },
	{ "no Message-ID", "sm-mta", ID ": from=<a@example.org>, size=9, class=0, nrcpts=1, proto=SMTP, daemon=MTA, relay=[192.0.2.7]",
	  "arrives +aliased service=MTA id=" ID " client=192.0.2.7 from=<a@example.org> size=9 n=1" },
	{ "all recipients were refused: no arrival, pitfall 13", "sm-mta", ID ": from=<a@example.org>, size=800, class=0, nrcpts=0, "
	  "proto=ESMTP, daemon=MTA, relay=[192.0.2.7]",
	  "nothing +aliased service=MTA id=" ID " client=192.0.2.7 from=<a@example.org> size=800" },
	{ "given up before DATA: no arrival", "sm-mta", ID ": from=<a@example.org>, size=0, class=0, nrcpts=1, proto=ESMTP, "
	  "daemon=MTA, relay=[192.0.2.7]", "nothing +aliased service=MTA id=" ID " client=192.0.2.7 from=<a@example.org> n=1" },
	{ "the first piece", "sm-mta", ID "[1]: to=<b@example.net>,<c@example.net>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, ...",
	  "nothing service=esmtp id=" ID " rcpt=<b@example.net>,<c@example.net>" },
	{ "the second is text", "sm-mta", ID "[2]: from=<a@example.org>, size=9, class=0, nrcpts=1, relay=[192.0.2.7]", "nothing" },

	/* deliveries: pitfalls 10, 14, 15 */
	{ "sent", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=121234, "
	  "relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (Ok: queued as 4Xyz12AbCdz)",
	  "delivers sent service=esmtp id=" ID " child=4Xyz12AbCdz rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 "
	  "dsn=2.0.0 reply=Ok: queued as 4Xyz12AbCdz" },
	{ "several at once, of a script: pitfall 15", "sm-mta", ID ": to=<b@example.net>,<c@example.net>, ctladdr=<www-data@host.example> (33/33), "
	  "delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=121234, relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)",
	  "delivers sent service=esmtp id=" ID " rcpt=<b@example.net>,<c@example.net> "
	  "orig=www-data@host.example relay=mx.example.net addr=203.0.113.5 dsn=2.0.0 reply=ok" },
	{ "the MSP's leg: pitfall 8", "sm-msp-queue", ID ": to=b@example.net, ctladdr=www-data (33/33), delay=00:00:01, xdelay=00:00:00, "
	  "mailer=relay, pri=30300, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (3A1B2C3d004568 Message accepted for delivery)",
	  "delivers sent +aliased service=relay id=" ID " child=3A1B2C3d004568 uid=33 user=www-data rcpt=b@example.net orig=www-data "
	  "relay=[127.0.0.1] addr=127.0.0.1 dsn=2.0.0 reply=3A1B2C3d004568 Message accepted for delivery" },
	{ "more to come: pitfall 15", "sm-mta", ID ": to=<b@example.net>,<c@example.net>, [more], delay=00:00:02, xdelay=00:00:01, mailer=esmtp, "
	  "pri=1, relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)",
	  "delivers sent service=esmtp id=" ID " rcpt=<b@example.net>,<c@example.net>, relay=mx.example.net addr=203.0.113.5 "
	  "dsn=2.0.0 reply=ok" },
	{ "into a mailbox", "sm-mta", ID ": to=<marv@example.org>, delay=00:00:00, xdelay=00:00:00, mailer=local, pri=1, dsn=2.0.0, stat=Sent",
	  "delivers sent +local service=local id=" ID " rcpt=<marv@example.org> dsn=2.0.0 reply=Sent" },
	{ "into a program", "sm-mta", ID ": to=\"|/usr/bin/vacation marv, delay=\", ctladdr=<marv@example.org> (1001/1001), delay=00:00:00, "
	  "xdelay=00:00:00, mailer=prog, pri=1, dsn=2.0.0, stat=Sent",
	  "delivers sent +local +program +aliased service=prog id=" ID " rcpt=\"|/usr/bin/vacation marv, delay=\" "
	  "orig=marv@example.org dsn=2.0.0 reply=Sent" },
	{ "forwarded: pitfall 10", "sm-mta", ID ": to=marv@example.com, ctladdr=<marv@example.org> (1001/1001), delay=00:00:00, xdelay=00:00:00, "
	  "mailer=esmtp, pri=1, relay=mx.example.com. [203.0.113.6], dsn=2.0.0, stat=Sent (ok)",
	  "delivers sent +aliased service=esmtp id=" ID " rcpt=marv@example.com orig=marv@example.org "
	  "relay=mx.example.com addr=203.0.113.6 dsn=2.0.0 reply=ok" },
	{ "deferred: pitfall 14", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, "
	  "relay=mx.example.net. [203.0.113.5], dsn=4.0.0, stat=Deferred: Connection timed out with mx.example.net.",
	  "delivers deferred service=esmtp id=" ID " rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 dsn=4.0.0 "
	  "reply=Deferred: Connection timed out with mx.example.net." },
	{ "deferred, of 8.16", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, "
	  "relay=mx.example.net. [203.0.113.5], dsn=4.7.1, reply=451 4.7.1 greylisted, stat=Deferred: 451 4.7.1 greylisted",
	  "delivers deferred service=esmtp id=" ID " rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 dsn=4.7.1 "
	  "reply=451 4.7.1 greylisted" },
	{ "not tried yet", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, mailer=esmtp, pri=1, stat=queued",
	  "envelope service=esmtp id=" ID " rcpt=<b@example.net>" },
	{ "quarantined", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, mailer=esmtp, pri=1, quarantine=spam, stat=quarantined",
	  "delivers held service=esmtp id=" ID " rcpt=<b@example.net> reply=quarantined" },
	{ "bounced", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, "
	  "relay=mx.example.net. [203.0.113.5], dsn=5.1.1, reply=550 5.1.1 listed by zone.example, stat=User unknown",
	  "delivers bounced service=esmtp id=" ID " rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 dsn=5.1.1 "
	  "reply=550 5.1.1 listed by zone.example" },
	{ "bounced, older", "sendmail", ID ": to=<b@example.net>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, "
	  "relay=mx.example.net. [203.0.113.5], dsn=5.0.0, stat=Service unavailable",
	  "delivers bounced service=esmtp id=" ID " rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 dsn=5.0.0 "
	  "reply=Service unavailable" },
	{ "no such host", "sm-mta", ID ": to=<b@nohost.example>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, "
	  "relay=nohost.example, dsn=5.1.2, stat=Host unknown (Name server: nohost.example: host not found)",
	  "delivers bounced service=esmtp id=" ID " rcpt=<b@nohost.example> relay=nohost.example dsn=5.1.2 "
	  "reply=Host unknown (Name server: nohost.example: host not found)" },
	{ "local trouble that passes", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, xdelay=00:00:01, mailer=local, pri=1, "
	  "dsn=4.0.0, stat=I/O error", "delivers deferred +local service=local id=" ID " rcpt=<b@example.net> dsn=4.0.0 reply=I/O error" },
	{ "a filter threw it away", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, pri=1, stat=discarded",
	  "delivers discarded id=" ID " rcpt=<b@example.net> reply=discarded" },
	{ "the client went away: no attempt", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, pri=1, stat=aborted by sender",
	  "nothing id=" ID " rcpt=<b@example.net> reply=aborted by sender" },
	{ "a bounce is born: pitfall 11", "sm-mta", ID ": 3A1B2C3d004569: DSN: User unknown", "begets +bounce id=" ID " child=3A1B2C3d004569 reply=User unknown" },
	{ "given up", "sm-mta", ID ": 3A1B2C3d004569: return to sender: Cannot send message for 5 days",
	  "begets +bounce +retry-over id=" ID " child=3A1B2C3d004569 reply=Cannot send message for 5 days" },
	{ "a warning is born", "sm-mta", ID ": 3A1B2C3d004569: sender notify: Warning: could not send message for past 4 hours",
	  "begets +bounce id=" ID " child=3A1B2C3d004569 reply=Warning: could not send message for past 4 hours" },
	{ "a list's copy: pitfall 10", "sm-mta", ID ": 3A1B2C3d004569: clone: owner=owner-news",
	  "begets id=" ID " child=3A1B2C3d004569 orig=owner-news" },
	{ "a list's copy, of 8.9", "sendmail", "AAB12346: clone AAB12345, owner=alice", "begets id=AAB12345 child=AAB12346 orig=alice" },
	{ "done: pitfall 5", "sm-mta", ID ": done; delay=00:00:02, ntries=1", "ends id=" ID },
	{ "thrown away", "sm-mta", ID ": discarded", "delivers discarded +all id=" ID },
	{ "a start", "sm-mta", "starting daemon (8.17.1.9): SMTP+queueing@00:10:00", "starts" },

	/* refusals: pitfall 13 */
	{ "relay denied: pitfall 13", "sm-mta", ID ": ruleset=check_rcpt, arg1=<b@example.net>, relay=[192.0.2.7], "
	  "reject=550 5.7.1 <b@example.net>... Relaying denied",
	  "refuses +relay-denied id=" ID " client=192.0.2.7 rcpt=b@example.net dsn=5.7.1 "
	  "reply=550 5.7.1 <b@example.net>... Relaying denied" },
	{ "relay denied, name not found", "sendmail", ID ": ruleset=check_rcpt, arg1=<b@example.net>, relay=pc.example.org [192.0.2.7] "
	  "(may be forged), reject=550 5.7.1 <b@example.net>... Relaying denied. IP name possibly forged [192.0.2.7]",
	  "refuses +relay-denied id=" ID " client=192.0.2.7 rcpt=b@example.net dsn=5.7.1 "
	  "reply=550 5.7.1 <b@example.net>... Relaying denied. IP name possibly forged [192.0.2.7]" },
	{ "a sender that does not exist", "sm-mta", ID ": ruleset=check_mail, arg1=<a@nohost.example>, relay=[192.0.2.7], "
	  "reject=553 5.1.8 <a@nohost.example>... Domain of sender address a@nohost.example does not exist",
	  "refuses +by-filter id=" ID " client=192.0.2.7 from=<a@nohost.example> dsn=5.1.8 "
	  "reply=553 5.1.8 <a@nohost.example>... Domain of sender address a@nohost.example does not exist" },
	{ "a client", "sm-mta", "ruleset=check_relay, arg1=pc.example.org, arg2=192.0.2.7, relay=pc.example.org [192.0.2.7], "
	  "reject=550 5.7.1 Access denied",
	  "refuses +by-filter client=192.0.2.7 name=pc.example.org dsn=5.7.1 reply=550 5.7.1 Access denied" },
	{ "the next hop, not the client", "sm-mta", ID ": ruleset=tls_rcpt, arg1=b@example.net, relay=mx.example.net., reject=451 4.3.0 Temporary "
	  "system failure", "nothing id=" ID },
	{ "only quarantined", "sm-mta", ID ": ruleset=check_rcpt, arg1=<b@example.net>, relay=[192.0.2.7], quarantine=spam",
	  "nothing id=" ID " client=192.0.2.7 rcpt=b@example.net" },
	{ "a milter, the whole message", "sm-mta", ID ": Milter: data, reject=550 5.7.1 Command rejected",
	  "refuses +by-filter +all id=" ID " dsn=5.7.1 reply=550 5.7.1 Command rejected" },
	{ "its recipients count nothing more", "sm-mta", ID ": to=<b@example.net>, delay=00:00:01, pri=30000, stat=Command rejected",
	  "nothing id=" ID " rcpt=<b@example.net> reply=Command rejected" },
	{ "a ruleset of a header", "sm-mta", ID ": ruleset=HdrSubject, arg1=<x>, relay=[192.0.2.7], reject=553 5.0.0 Header Error",
	  "refuses +by-filter +all id=" ID " client=192.0.2.7 dsn=5.0.0 reply=553 5.0.0 Header Error" },
	{ "the ruleset of the message's end", "sm-mta", ID ": ruleset=check_eom, arg1=1234, relay=[192.0.2.7], reject=550 5.7.1 no",
	  "refuses +by-filter +all id=" ID " client=192.0.2.7 dsn=5.7.1 reply=550 5.7.1 no" },
	{ "relay denied, of 8.8", "sendmail", "RAA12345: ruleset=check_rcpt, arg1=<b@example.net>, relay=[192.0.2.7], "
	  "reject=571 <b@example.net>... we do not relay",
	  "refuses +relay-denied id=RAA12345 client=192.0.2.7 rcpt=b@example.net reply=571 <b@example.net>... we do not relay" },
	{ "a milter, the client", "sm-mta", ID ": Milter: helo=pc, reject=550 5.7.1 Command rejected",
	  "refuses +by-filter id=" ID " dsn=5.7.1 reply=550 5.7.1 Command rejected" },
	{ "a milter, one recipient", "sm-mta", ID ": Milter: to=<b@example.net>, reject=451 4.7.1 greylisted",
	  "refuses +by-filter id=" ID " rcpt=b@example.net dsn=4.7.1 reply=451 4.7.1 greylisted" },
	{ "a milter throws away", "sm-mta", ID ": Milter: data, discard", "delivers discarded +by-filter +all id=" ID },
	{ "the milter's own line counts nothing twice", "sm-mta", ID ": milter=greylist, action=rcpt, reject=451 4.7.1 later", "nothing id=" ID },
	{ "nobody here", "sm-mta", ID ": <nobody@example.org>... User unknown", "refuses id=" ID " rcpt=nobody@example.org reply=User unknown" },
	{ "a session without mail", "sm-mta", ID ": [192.0.2.7] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA", "nothing id=" ID },
	{ "TLS", "sm-mta", "STARTTLS=server, relay=[192.0.2.7], version=TLSv1.3, verify=NO, cipher=X, bits=256/256", "nothing" },
	{ "who set the sender", "sendmail", ID ": Authentication-Warning: host.example: www-data set sender to a@example.org using -f",
	  "nothing id=" ID },
	{ "another tag", "MTA-v4", "3A1B2C3d004567: to=<b@example.net>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, "
	  "relay=mx.example.net. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)",
	  "delivers sent service=esmtp id=3A1B2C3d004567 rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 dsn=2.0.0 reply=ok" },
	{ "another tag, a process of seven digits", "queued-in", "3A1B2C3d1004567: from=<a@example.org>, size=9, class=0, nrcpts=1, "
	  "msgid=<x1@example.org>, proto=ESMTP, daemon=MTA, relay=[192.0.2.7]",
	  "arrives +aliased service=MTA id=3A1B2C3d1004567 client=192.0.2.7 from=<a@example.org> msgid=x1@example.org size=9 n=1" },
	{ "another tag, an id without digits is Postfix's", "qmgr", "4Xyz12AbCdzzzz: from=<a@example.org>, size=9, nrcpt=1 (queue active)", "other" },
	{ "another tag, no mail", "job", "3A1B2C3d004567: fromage", "other" },
	{ "Postfix's program of that name", "postfix/sendmail", ID ": from=<a@example.org>, size=9", "other" },

	/* what an outsider writes is never a field */
	{ "a Message-ID with all fields", "sm-mta", ID ": from=<a@example.org>, size=9, class=0, nrcpts=1, "
	  "msgid=<x>, proto=ESMTPA, daemon=MSA, relay=trusted.example [203.0.113.1], proto=SMTP, daemon=MTA, relay=[192.0.2.7]",
	  "arrives +aliased service=MTA id=" ID " client=192.0.2.7 from=<a@example.org> "
	  "msgid=<x>, proto=ESMTPA, daemon=MSA, relay=trusted.example [203.0.113.1] size=9 n=1" },
	{ "a Message-ID without brackets hides no login", "sm-mta", ID ": from=<a@example.org>, size=9, class=0, nrcpts=1, "
	  "msgid=x, y, proto=ESMTPA, daemon=MSA, relay=[192.0.2.7]",
	  "arrives +aliased +login service=MSA id=" ID " session=4711 client=192.0.2.7 from=<a@example.org> msgid=x, y size=9 n=1" },
	{ "a sender with all fields", "sm-mta", ID ": from=<\"x>, size=1, class=0, nrcpts=0, relay=[203.0.113.1]\"@example.org>, "
	  "size=9, class=0, nrcpts=1, msgid=<x1@example.org>, proto=SMTP, daemon=MTA, relay=[192.0.2.7]",
	  "arrives +aliased service=MTA id=" ID " client=192.0.2.7 from=<\"x>, size=1, class=0, nrcpts=0, relay=[203.0.113.1]\"@example.org> "
	  "msgid=x1@example.org size=9 n=1" },
	{ "a sender with all fields, without brackets", "sm-mta", ID ": from=\"x, size=1, class=0, nrcpts=1, relay=[203.0.113.1]\"@example.org "
	  "(y, size=2, class=0, nrcpts=3), size=9, class=0, nrcpts=0, proto=SMTP, daemon=MTA, relay=[192.0.2.7]",
	  "nothing service=MTA id=" ID " client=192.0.2.7 from=<\"x, size=1, class=0, nrcpts=1, relay=[203.0.113.1]\"@example.org "
	  "(y, size=2, class=0, nrcpts=3)> size=9" },
	{ "a sender whose quote was cut off hides nothing", "sm-mta", ID ": from=<\"" A198 ", size=9, class=0, nrcpts=1, "
	  "msgid=<x1@example.org>, proto=SMTP, daemon=MTA, relay=[192.0.2.7]",
	  "arrives +aliased service=MTA id=" ID " client=192.0.2.7 from=<\"" A198 "> msgid=x1@example.org size=9 n=1" },
	{ "a recipient with a refusal in it", "sm-mta", ID ": ruleset=check_rcpt, arg1=<\"x, relay=[203.0.113.1], reject=550 ok\"@example.net>, "
	  "relay=[192.0.2.7], reject=553 5.3.0 no",
	  "refuses +by-filter id=" ID " client=192.0.2.7 rcpt=\"x, relay=[203.0.113.1], reject=550 ok\"@example.net dsn=5.3.0 reply=553 5.3.0 no" },
	{ "a reply that says Sent", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, "
	  "relay=mx.example.net. [203.0.113.5], dsn=5.1.1, reply=550 5.1.1 x, stat=Sent (ok), stat=User unknown",
	  "delivers bounced service=esmtp id=" ID " rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 dsn=5.1.1 "
	  "reply=550 5.1.1 x, stat=Sent (ok)" },
	{ "a deferral that says Sent at its end", "sm-mta", ID ": to=<b@example.net>, delay=00:00:02, xdelay=00:00:01, mailer=esmtp, pri=1, "
	  "relay=mx.example.net. [203.0.113.5], dsn=4.7.1, reply=451 4.7.1 x, stat=Deferred: 451 4.7.1 x, stat=Sent (ok)",
	  "delivers deferred service=esmtp id=" ID " rcpt=<b@example.net> relay=mx.example.net addr=203.0.113.5 dsn=4.7.1 "
	  "reply=451 4.7.1 x, stat=Deferred: 451 4.7.1 x" },
};

static void
lines_table(void **state)
{
	(void)state;
	log_table(cases, sizeof(cases) / sizeof(cases[0]), log_sendmail_read);
}

static void
cut_anywhere(void **state)
{
	(void)state;
	log_prefixes(cases, sizeof(cases) / sizeof(cases[0]), log_sendmail_read);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines_table), cmocka_unit_test(cut_anywhere) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
