/* Ways on which somebody may have handed the probe on, and the ways of relays,
 * which must stand alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/handover.h"

#define US "s7k2.rt.probe.example"
#define PROBER "198.51.100.7"
#define ENTRY "192.0.2.25"
#define SMART "203.0.113.5"
/* the target's record of our session */
#define SEEN "Received: from " US " (rt.probe.example [" PROBER "])\r\n" \
	"\tby mx.corp.example (Postfix) with ESMTP id 7; date\r\n"
#define SCANNED "Received: from localhost (localhost [127.0.0.1])\r\n" \
	"\tby mx.corp.example (Postfix) with ESMTP id 9; date\r\n" \
	"Received: from mx.corp.example ([127.0.0.1])\r\n" \
	"\tby localhost (mx.corp.example [127.0.0.1]) (amavisd-new, port 10024)\r\n\twith ESMTP id 8; date\r\n"
#define THROUGH "Received: from mx.corp.example (mx.corp.example [" ENTRY "])\r\n" \
	"\tby out.isp.example (Postfix) with ESMTPS id 10; date\r\n"
enum { SECONDS = 2, MINUTES = 240, HOURS = 3 * 3600, WEEK = 7 * 86400 };

static const struct {
	const char	*name, *mail, *exit;
	int64_t		 delay_s;
	enum handover_sign sign;
	bool		 alone;
	const char	*why;
} cases[] = {
	/* relays */
	{ "one hop", SEEN, ENTRY, SECONDS, HAND_NONE, true, "" },
	{ "one hop, a week in its queue", SEEN, ENTRY, WEEK, HAND_NONE, true, "" },
	{ "a content filter by SMTP", SCANNED SEEN, ENTRY, HOURS, HAND_NONE, true, "" },
	{ "a content filter on another host", "Received: from filter.corp.example (filter.corp.example [10.0.0.9])\r\n"
	    "\tby mx.corp.example (Postfix) with ESMTP id 9; date\r\n"
	    "Received: from mx.corp.example (mx.corp.example [" ENTRY "])\r\n"
	    "\tby filter.corp.example (Postfix) with ESMTP id 8; date\r\n" SEEN,
	    ENTRY, HOURS, HAND_NONE, true, "" },
	{ "Postfix's simple content filter", "Return-Path: <s@probe.example>\r\n"
	    "Received: by mx.corp.example (Postfix, from userid 999)\r\n\tid 9; date\r\n" SEEN,
	    ENTRY, SECONDS, HAND_PICKUP, true, "" },
	{ "qmail-scanner", "Received: (qmail 8 invoked by uid 1009); date\r\n"
	    "Received: from unknown (HELO " US ") (" PROBER ")\r\n  by 0 with SMTP; date\r\n",
	    ENTRY, SECONDS, HAND_PICKUP, true, "" },
	{ "qmail itself", "Received: (qmail 7 invoked from network); date\r\n"
	    "Received: from unknown (HELO " US ") (" PROBER ")\r\n  by 0 with SMTP; date\r\n",
	    ENTRY, HOURS, HAND_NONE, true, "" },
	{ "through a smarthost with the target's own account there", "Received: from mx.corp.example (mx.corp.example [" ENTRY "])\r\n"
	    "\t(Authenticated sender: corp)\r\n\tby out.isp.example (Postfix) with ESMTPSA id 10; date\r\n" SEEN,
	    SMART, MINUTES, HAND_NONE, true, "" },
	{ "credentials of nobody were taken: it is our own session", "Received: from " US " (rt.probe.example [" PROBER "])\r\n"
	    "\t(Authenticated sender: tim)\r\n\tby mx.corp.example (Postfix) with ESMTPSA id 7; date\r\n",
	    ENTRY, SECONDS, HAND_NONE, true, "" },
	{ "headers stripped", "", ENTRY, SECONDS, HAND_NONE, true, "" },
	{ "our address lost, and our name", "Received: from localhost (localhost [127.0.0.1])\r\n"
	    "\tby mx.corp.example (Postfix) with ESMTP id 7; date\r\n", ENTRY, SECONDS, HAND_NONE, true, "" },
	{ "our address lost in front of it, our name kept", "Received: from " US " (unknown [172.22.1.1])\r\n"
	    "\tby mx.corp.example (Postfix) with ESMTP id 7; date\r\n", ENTRY, HOURS, HAND_NONE, true, "" },
	/* by a person who got it at the target */
	{ "by a mail program, with an account", "Received: from laptop (unknown [10.0.0.20])\r\n"
	    "\t(Authenticated sender: eve)\r\n\tby mx.corp.example (Postfix) with ESMTPSA id 12; date\r\n" SEEN,
	    ENTRY, MINUTES, HAND_ACCOUNT, false, "by-account" },
	{ "the same by Exim", "Received: from [10.0.0.20] (helo=laptop)\r\n"
	    "\tby mx.corp.example with esmtpsa (TLS1.3) (Exim 4.96) id 1r5; date\r\n" SEEN,
	    ENTRY, MINUTES, HAND_ACCOUNT, false, "by-account" },
	{ "by webmail on the same host, with an account", "Received: from webmail (localhost [127.0.0.1])\r\n"
	    "\t(Authenticated sender: eve)\r\n\tby mx.corp.example (Postfix) with ESMTPA id 12; date\r\n" SEEN,
	    ENTRY, SECONDS, HAND_ACCOUNT, false, "by-account" },
	{ "by a mail program of the target's network", "Received: from laptop (unknown [10.0.0.20])\r\n"
	    "\tby mx.corp.example (Postfix) with ESMTP id 12; date\r\n" SEEN,
	    ENTRY, SECONDS, HAND_CLIENT, false, "by-client" },
	{ "the same, only the letter's text", "Received: from laptop (unknown [10.0.0.20])\r\n"
	    "\tby mx.corp.example (Postfix) with ESMTP id 12; date\r\n",
	    ENTRY, SECONDS, HAND_CLIENT, false, "by-client" },
	{ "by a shell, later", "Received: by mx.corp.example (Postfix, from userid 1000)\r\n\tid 12; date\r\n" SEEN,
	    ENTRY, HOURS, HAND_PICKUP, false, "by-pickup" },
	{ "by a shell, at once, without the lines", "Received: by mx.corp.example (Postfix, from userid 1000)\r\n\tid 12; date\r\n",
	    ENTRY, SECONDS, HAND_PICKUP, false, "by-pickup" },
	{ "by a shell, Exim", "Received: from eve by mx.corp.example with local (Exim 4.96)\r\n"
	    "\t(envelope-from <eve@corp.example>) id 1r5; date\r\n", ENTRY, SECONDS, HAND_PICKUP, false, "by-pickup" },
	{ "by a shell, Sendmail", "Received: from mx.corp.example (localhost [127.0.0.1])\r\n"
	    "\tby mx.corp.example (8.17.1/8.17.1/Debian) with ESMTP id 3A; date\r\n"
	    "Received: (from eve@localhost)\r\n\tby mx.corp.example (8.17.1/8.17.1/Submit) id 3B; date\r\n",
	    ENTRY, SECONDS, HAND_PICKUP, false, "by-pickup" },
	{ "by a shell, OpenSMTPD", "Received: from localhost (mx.corp.example [local])\r\n"
	    "\tby mx.corp.example (OpenSMTPD) with ESMTPA id 5; date\r\n", ENTRY, SECONDS, HAND_PICKUP, false, "by-pickup" },
	{ "by a shell, Courier", "Received: from mx.corp.example (localhost [127.0.0.1])\r\n  (uid 1000)\r\n"
	    "  by mx.corp.example with local; date\r\n", ENTRY, SECONDS, HAND_PICKUP, false, "by-pickup" },
	{ "by a shell, qmail", "Received: (qmail 7 invoked by uid 1000); date\r\n", ENTRY, SECONDS, HAND_PICKUP, false, "by-pickup" },
	{ "redirected out of a mailbox by the server itself", "Received: by mx.corp.example (Postfix)\r\n\tid 12; date\r\n"
	    "Delivered-To: all@corp.example\r\n" SEEN, ENTRY, SECONDS, HAND_MAILBOX, false, "by-mailbox" },
	{ "redirected by a person", "Resent-From: eve@corp.example\r\nResent-Date: date\r\n" SEEN,
	    ENTRY, SECONDS, HAND_MAILBOX, false, "by-mailbox" },
	{ "forwarded and sent with an account: the worse counts", "Delivered-To: all@corp.example\r\n"
	    "Received: from laptop (unknown [10.0.0.20])\r\n"
	    "\t(Authenticated sender: eve)\r\n\tby mx.corp.example (Postfix) with ESMTPSA id 12; date\r\n" SEEN,
	    ENTRY, SECONDS, HAND_ACCOUNT, false, "by-account" },
	{ "through a smarthost, after it lay in a mailbox", THROUGH "Delivered-To: all@corp.example\r\n" SEEN,
	    SMART, SECONDS, HAND_MAILBOX, false, "by-mailbox" },
	{ "what stands below our session's line is nobody's", SEEN "Delivered-To: all@corp.example\r\n"
	    "Resent-From: eve@corp.example\r\n", ENTRY, SECONDS, HAND_NONE, true, "" },
	/* time and length */
	{ "through a smarthost within minutes", THROUGH SEEN, SMART, MINUTES, HAND_NONE, true, "" },
	{ "through a smarthost, hours later", THROUGH SEEN, SMART, HOURS, HAND_NONE, false, "late" },
	{ "headers stripped, hours later", "", ENTRY, HOURS, HAND_NONE, false, "late" },
	{ "many hosts", THROUGH SCANNED SCANNED SCANNED SCANNED SCANNED SCANNED SEEN,
	    SMART, SECONDS, HAND_NONE, false, "many-hops" },
	{ "no line links: that is said elsewhere", SEEN, SMART, SECONDS, HAND_NONE, false, "" },
};

static struct addr
addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, str_of(text)), 0);
	return a;
}

static void
ways_are_weighed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char mail[8192];
		struct chain chain;
		struct chain_in way = { .mail = { mail, 0 }, .exit = addr(cases[i].exit),
			.exit_helo = STR("out.isp.example"), .entry = addr(ENTRY),
			.prober = addr(PROBER), .ehlo = STR(US) };
		struct handover_in in = { &chain, &way, cases[i].delay_s };
		struct handover h;
		int n = snprintf(mail, sizeof(mail), "%sX-Sekimori-Probe: t\r\nSubject: relay test\r\n\r\nbody\r\n",
		    cases[i].mail);

		way.mail.n = (size_t)n;
		chain_read(&chain, &way);
		handover_weigh(&h, &in);
		if (h.sign != cases[i].sign || h.alone != cases[i].alone ||
		    strcmp(h.why, cases[i].why) != 0)
			fail_msg("%s: sign %u, %s, \"%s\"; want %u, %s, \"%s\"; hops %u", cases[i].name,
			    h.sign, h.alone ? "alone" : "not alone", h.why, cases[i].sign,
			    cases[i].alone ? "alone" : "not alone", cases[i].why, chain.hops);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(ways_are_weighed) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
