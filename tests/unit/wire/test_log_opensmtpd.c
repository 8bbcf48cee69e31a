#include "log_table.h"
#include "wire/log_opensmtpd.h"

#define S "7dfbcd5a0c1e2f30"
#define M "a1b2c3d4"
#define E "a1b2c3d4e5f60718"

static const struct log_case cases[] = {
	/* 7.x */
	{ "a session", "smtpd", S " smtp connected address=192.0.2.7 host=pc.example.org",
	  "session session=" S " client=192.0.2.7 name=pc.example.org" },
	{ "without a name", "smtpd", S " smtp connected address=192.0.2.7 host=<unknown>", "session session=" S " client=192.0.2.7" },
	{ "IPv6: pitfall 16", "smtpd", S " smtp connected address=[2001:db8::7] host=<unknown>", "session session=" S " client=2001:db8::7" },
	{ "this host's own programs: pitfall 17", "smtpd", S " smtp connected address=local host=host.example",
	  "session session=" S " user=local" },
	{ "TLS", "smtpd", S " smtp tls ciphers=TLSv1.3:TLS_AES_256_GCM_SHA384:256", "nothing session=" S },
	{ "a login: pitfall 12", "smtpd", S " smtp authentication user=boss result=ok", "session session=" S " account=boss" },
	{ "a login that failed: pitfall 12", "smtpd", S " smtp authentication user=boss result=permfail", "login-fails session=" S " account=boss" },
	{ "a login that could not be looked up", "smtpd", S " smtp authentication user=boss result=tempfail", "nothing session=" S },
	{ "a message", "smtpd", S " smtp message msgid=" M " size=1234 nrcpt=2 proto=ESMTP",
	  "arrives id=" M " session=" S " size=1234 n=2" },
	{ "its recipients: pitfall 15", "smtpd", S " smtp envelope evpid=" E " from=<a@example.org> to=<b@example.net>",
	  "envelope id=" M " session=" S " from=<a@example.org> rcpt=b@example.net" },
	{ "a notice: pitfall 11", "smtpd", S " smtp envelope evpid=" E " from=<> to=<b@example.net>",
	  "envelope id=" M " session=" S " from=<> rcpt=b@example.net" },
	{ "refused: pitfall 13", "smtpd", S " smtp failed-command command=\"RCPT TO:<b@example.net>\" result=\"550 Invalid recipient: <b@example.net>\"",
	  "refuses session=" S " rcpt=b@example.net reply=550 Invalid recipient: <b@example.net>" },
	{ "a sender refused", "smtpd", S " smtp failed-command command=\"mail from: <a@example.org> SIZE=9\" result=\"530 5.5.1 Must issue an AUTH command first\"",
	  "refuses session=" S " from=<a@example.org> dsn=5.5.1 reply=530 5.5.1 Must issue an AUTH command first" },
	{ "refused by a filter", "smtpd", S " smtp failed-command command=\"DATA\" result=\"554 5.7.1 spam\"",
	  "refuses +by-filter session=" S " dsn=5.7.1 reply=554 5.7.1 spam" },
	{ "a client refused by a filter", "smtpd", S " smtp failed-command command=\"\" result=\"550 no name\"",
	  "refuses +by-filter session=" S " reply=550 no name" },
	{ "a command it does not know", "smtpd", S " smtp failed-command command=\"AUTH LOGIN\" result=\"503 5.5.1 Invalid command: Command not supported\"",
	  "nothing session=" S },
	{ "sent to itself through a filter: pitfall 8", "smtpd", S " mta delivery evpid=" E " from=<a@example.org> to=<b@example.net> rcpt=<-> "
	  "source=\"127.0.0.1\" relay=\"127.0.0.1 (localhost)\" delay=0s result=\"Ok\" stat=\"250 2.0.0: f6e94209 Message accepted for delivery\"",
	  "delivers sent service=mta id=" M " child=f6e94209 from=<a@example.org> rcpt=b@example.net relay=localhost addr=127.0.0.1 "
	  "dsn=2.0.0 reply=250 2.0.0: f6e94209 Message accepted for delivery" },
	{ "a login that failed is one line already", "smtpd", S " smtp failed-command command=\"AUTH LOGIN (password)\" result=\"535 Authentication failed\"",
	  "nothing session=" S },
	{ "a session's end", "smtpd", S " smtp disconnected reason=quit", "ends session=" S },
	{ "sent", "smtpd", S " mta delivery evpid=" E " from=<a@example.org> to=<b@example.net> rcpt=<-> source=\"198.51.100.1\" "
	  "relay=\"203.0.113.5 (mx.example.net)\" delay=1s result=\"Ok\" stat=\"250 2.0.0 Ok: queued as 4Xyz12AbCdz\"",
	  "delivers sent service=mta id=" M " child=4Xyz12AbCdz from=<a@example.org> rcpt=b@example.net relay=mx.example.net "
	  "addr=203.0.113.5 dsn=2.0.0 reply=250 2.0.0 Ok: queued as 4Xyz12AbCdz" },
	{ "forwarded: pitfall 10", "smtpd", S " mta delivery evpid=" E " from=<a@example.org> to=<marv@example.com> rcpt=<marv@example.org> "
	  "source=\"-\" relay=\"[2001:db8::5]\" delay=1s result=\"Ok\" stat=\"250 ok\"",
	  "delivers sent service=mta id=" M " from=<a@example.org> rcpt=marv@example.com orig=marv@example.org "
	  "addr=2001:db8::5 reply=250 ok" },
	{ "deferred: pitfall 14", "smtpd", S " mta delivery evpid=" E " from=<a@example.org> to=<b@example.net> rcpt=<-> source=\"-\" "
	  "relay=\"example.net\" delay=1s result=\"TempFail\" stat=\"Network error on destination MXs\"",
	  "delivers deferred service=mta id=" M " from=<a@example.org> rcpt=b@example.net relay=example.net "
	  "reply=Network error on destination MXs" },
	{ "bounced", "smtpd", "0000000000000000 mta delivery evpid=" E " from=<a@example.org> to=<b@example.net> rcpt=<-> source=\"-\" "
	  "relay=\"203.0.113.5 (mx.example.net)\" delay=1s result=\"PermFail\" stat=\"550 5.7.1 listed by zone.example\"",
	  "delivers bounced service=mta id=" M " from=<a@example.org> rcpt=b@example.net relay=mx.example.net addr=203.0.113.5 "
	  "dsn=5.7.1 reply=550 5.7.1 listed by zone.example" },
	{ "into a mailbox", "smtpd", S " mda delivery evpid=" E " from=<a@example.org> to=<marv@example.org> rcpt=<info@example.org> user=marv "
	  "delay=0s result=Ok stat=Delivered",
	  "delivers sent +local service=mda id=" M " from=<a@example.org> rcpt=marv@example.org orig=info@example.org reply=Delivered" },
	{ "a mailbox that is full", "smtpd", S " mda delivery evpid=" E " from=<a@example.org> to=<marv@example.org> user=marv delay=0s "
	  "result=TempFail stat=Error (mail.local: disk full)",
	  "delivers deferred +local service=mda id=" M " from=<a@example.org> rcpt=marv@example.org "
	  "reply=Error (mail.local: disk full)" },
	{ "given up", "smtpd", "relay: Expire for " E ": from=<a@example.org>, to=<b@example.net>, rcpt=<->, delay=4d1s, stat=Envelope expired",
	  "delivers expired service=relay id=" M " from=<a@example.org> rcpt=b@example.net reply=Envelope expired" },
	{ "removed, a notice", "smtpd", "delivery: Remove for " E ": from=<@>, to=<marv@example.org>, rcpt=<info@example.org>, delay=4d1s, "
	  "stat=Removed by administrator",
	  "delivers discarded +local service=delivery id=" M " from=<> rcpt=marv@example.org orig=info@example.org "
	  "reply=Removed by administrator" },
	{ "a start: pitfall 5", "smtpd", "info: OpenSMTPD 7.4.0p1 starting", "starts" },
	{ "paused", "smtpd", "info: smtp paused", "nothing" },
	{ "routes", "smtpd", "smtp-out: Enabling route [] <-> 203.0.113.5 (mx.example.net)", "nothing" },
	{ "connecting says nothing yet", "smtpd", S " mta connecting address=smtp://203.0.113.5:25 host=mx.example.net", "nothing" },

	/* 6.4: rule 3 */
	{ "6.4: a message and one recipient", "smtpd", S " smtp message address=192.0.2.7 host=pc.example.org msgid=" M " from=<a@example.org> "
	  "to=<b@example.net> size=1234 ndest=1 proto=ESMTP",
	  "arrives id=" M " session=" S " client=192.0.2.7 name=pc.example.org from=<a@example.org> rcpt=b@example.net size=1234 n=1" },
	{ "6.4: a login", "smtpd", S " smtp authentication user=boss address=192.0.2.7 host=pc.example.org result=ok",
	  "session session=" S " account=boss" },
	{ "6.4: refused", "smtpd", S " smtp failed-command address=192.0.2.7 host=<unknown> command=\"RCPT TO:<b@example.net>\" "
	  "result=\"550 Invalid recipient\"",
	  "refuses session=" S " client=192.0.2.7 rcpt=b@example.net reply=550 Invalid recipient" },

	/* 5.7 to 6.0 */
	{ "6.0: a session", "smtpd", S " smtp event=connected address=IPv6:2001:db8::7 host=pc.example.org",
	  "session session=" S " client=2001:db8::7 name=pc.example.org" },
	{ "6.0: a login", "smtpd", S " smtp event=authentication user=boss address=192.0.2.7 host=pc.example.org result=permfail",
	  "login-fails session=" S " account=boss" },
	{ "6.0: a notice of this host", "smtpd", S " smtp event=message address=local host=host.example msgid=" M " from=<> to=<a@example.org> "
	  "size=1234 ndest=1 proto=ESMTP",
	  "arrives +bounce id=" M " session=" S " user=local from=<> rcpt=a@example.org size=1234 n=1" },
	{ "6.0: sent", "smtpd", S " mta event=delivery evpid=" E " from=<a@example.org> to=<b@example.net> rcpt=<-> source=\"198.51.100.1\" "
	  "relay=\"203.0.113.5 (mx.example.net)\" delay=1s result=\"Ok\" stat=\"250 ok\"",
	  "delivers sent service=mta id=" M " from=<a@example.org> rcpt=b@example.net relay=mx.example.net addr=203.0.113.5 reply=250 ok" },
	{ "6.0: into a program", "smtpd", "0000000000000000 mda event=delivery evpid=" E " from=<a@example.org> to=<marv@example.org> user=marv "
	  "method=mda delay=0s result=Ok stat=Delivered",
	  "delivers sent +local +program service=mda id=" M " from=<a@example.org> rcpt=marv@example.org reply=Delivered" },
	{ "6.0: the end", "smtpd", S " smtp event=closed address=192.0.2.7 host=pc.example.org reason=quit", "ends session=" S },

	/* 5.4 */
	{ "5.4: a session", "smtpd", "smtp-in: New session " S " from host pc.example.org [192.0.2.7]",
	  "session session=" S " client=192.0.2.7 name=pc.example.org" },
	{ "5.4: this host's own", "smtpd", "smtp-in: New session " S " from host localhost [local]", "session session=" S " user=local" },
	{ "5.4: a login", "smtpd", "smtp-in: Accepted authentication for user boss on session " S, "session session=" S " account=boss" },
	{ "5.4: a login that failed", "smtpd", "smtp-in: Authentication failed for user boss on session " S, "login-fails session=" S " account=boss" },
	{ "5.4: a message", "smtpd", "smtp-in: Accepted message " M " on session " S ": from=<a@example.org>, to=<b@example.net>, size=1234, "
	  "ndest=1, proto=ESMTP",
	  "arrives id=" M " session=" S " from=<a@example.org> rcpt=b@example.net size=1234 n=1" },
	{ "5.3: a message", "smtpd", "smtp-in: Accepted message " M " on session " S ": from=<a@example.org>, size=1234, "
	  "nrcpts=2, proto=ESMTP", "arrives id=" M " session=" S " from=<a@example.org> size=1234 n=2" },
	{ "5.4: refused", "smtpd", "smtp-in: Failed command on session " S ": \"RCPT TO:<b@example.net>\" => 550 Invalid recipient",
	  "refuses session=" S " rcpt=b@example.net reply=550 Invalid recipient" },
	{ "5.4: sent", "smtpd", "relay: Ok for " E ": session=" S ", from=<a@example.org>, to=<b@example.net>, rcpt=<->, source=198.51.100.1, "
	  "relay=203.0.113.5 (mx.example.net), delay=1s, stat=250 2.0.0 7f3a91c2 Message accepted for delivery",
	  "delivers sent service=relay id=" M " child=7f3a91c2 from=<a@example.org> rcpt=b@example.net relay=mx.example.net "
	  "addr=203.0.113.5 dsn=2.0.0 reply=250 2.0.0 7f3a91c2 Message accepted for delivery" },
	{ "5.4: into a mailbox", "smtpd", "delivery: Ok for " E ": from=<a@example.org>, to=<marv@example.org>, user=marv, method=maildir, "
	  "delay=0s, stat=Delivered",
	  "delivers sent +local service=maildir id=" M " from=<a@example.org> rcpt=marv@example.org reply=Delivered" },
	{ "5.4: the end", "smtpd", "smtp-in: Received disconnect from session " S, "ends session=" S },
	{ "Postfix's smtpd", "postfix/smtpd", S " smtp connected address=192.0.2.7 host=x", "other" },

	/* what an outsider writes is never a field */
	{ "a name that says it came in", "smtpd", S " smtp authentication user=x result=ok address=203.0.113.1 host=y result=permfail",
	  "login-fails session=" S " account=x result=ok" },
	{ "5.4: a name with a session", "smtpd", "smtp-in: Authentication failed for user x on session 0000000000000000 on session " S,
	  "login-fails session=" S " account=x on session 0000000000000000" },
	{ "a command with a result", "smtpd", S " smtp failed-command command=\"RCPT TO:<b@example.net> X=\" result=\"250 ok\" result=\"550 no\"",
	  "refuses session=" S " rcpt=b@example.net reply=550 no" },
	{ "a reply with all fields", "smtpd", S " mta delivery evpid=" E " from=<a@example.org> to=<b@example.net> rcpt=<-> source=\"-\" "
	  "relay=\"203.0.113.5 (mx.example.net)\" delay=1s result=\"PermFail\" stat=\"550 x\" result=\"Ok\" stat=\"250 y\"",
	  "delivers bounced service=mta id=" M " from=<a@example.org> rcpt=b@example.net relay=mx.example.net addr=203.0.113.5 "
	  "reply=550 x\" result=\"Ok\" stat=\"250 y" },
	{ "a relay's name like a result", "smtpd", S " mta delivery evpid=" E " from=<a@example.org> to=<b@example.net> rcpt=<-> source=\"-\" "
	  "relay=\"203.0.113.5 (result=\" delay=1s result=\"TempFail\" stat=\"451 x\"",
	  "delivers deferred service=mta id=" M " from=<a@example.org> rcpt=b@example.net relay=result= addr=203.0.113.5 reply=451 x" },
};

static void
lines_table(void **state)
{
	(void)state;
	log_table(cases, sizeof(cases) / sizeof(cases[0]), log_opensmtpd_read);
}

static void
cut_anywhere(void **state)
{
	(void)state;
	log_prefixes(cases, sizeof(cases) / sizeof(cases[0]), log_opensmtpd_read);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines_table), cmocka_unit_test(cut_anywhere) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
