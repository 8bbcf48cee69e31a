#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/received.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name, *in;
	const char *helo, *rdns, *from, *by, *by_also, *by_addr, *with, *id, *rcpt;
	int auth, tls;
} cases[] = {
	{ "Postfix",
	    "from rt.probe.example (rt.probe.example [192.0.2.1])\r\n"
	    "\tby mx.corp.example (Postfix) with ESMTP id 745FB6D\r\n"
	    "\tfor <t@probe.example>; Sun, 22 Nov 2026 22:28:33 +0000 (UTC)",
	    "rt.probe.example", "rt.probe.example", "192.0.2.1", "mx.corp.example",
	    "", "::", "ESMTP", "745FB6D", "t@probe.example", 0, 0 },
	{ "Postfix, TLS, submission, unknown client",
	    "from [10.0.0.7] (unknown [IPv6:2001:db8::25])\n"
	    "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"
	    "\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\n"
	    "\t(No client certificate requested)\n"
	    "\t(Authenticated sender: eve [203.0.113.9])\n"
	    "\tby mx.corp.example (Postfix) with ESMTPSA id 4F; date",
	    "[10.0.0.7]", "", "2001:db8::25", "mx.corp.example", "", "::",
	    "ESMTPSA", "4F", "", 1, 1 },
	{ "Postfix, own submission",
	    "by mx.corp.example (Postfix, from userid 1000)\n\tid 4F; date",
	    "", "", "::", "mx.corp.example", "", "::", "", "4F", "", 0, 0 },
	{ "Exim, greeting verified",
	    "from rt.probe.example ([192.0.2.1])\n"
	    "\tby mx.corp.example with esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384\n"
	    "\t(Exim 4.96)\n\t(envelope-from <s@probe.example>)\n"
	    "\tid 1r5abc-0001-2x\n\tfor t@probe.example;\n\tSun, 22 Nov 2026 22:28:33 +0000",
	    "rt.probe.example", "", "192.0.2.1", "mx.corp.example", "", "::",
	    "esmtps", "1r5abc-0001-2x", "t@probe.example", 0, 1 },
	{ "Exim, other greeting",
	    "from host.probe.example ([192.0.2.1]:4711 helo=rt.probe.example)\n"
	    "\tby mx.corp.example with esmtp (Exim 4.96) id 1r5; date",
	    "rt.probe.example", "host.probe.example", "192.0.2.1",
	    "mx.corp.example", "", "::", "esmtp", "1r5", "", 0, 0 },
	{ "Exim, no name; the greeting's literal is not the client",
	    "from [192.0.2.1] (helo=[203.0.113.9])\n\tby mx.corp.example with smtp id 1r5; date",
	    "[203.0.113.9]", "", "192.0.2.1", "mx.corp.example", "", "::",
	    "smtp", "1r5", "", 0, 0 },
	{ "Exim, IPv6 and ident",
	    "from [2001:db8::25] (port=4711 helo=rt.probe.example ident=[203.0.113.9])\n\tby mx.corp.example with esmtpa id 1r5; date",
	    "rt.probe.example", "", "2001:db8::25", "mx.corp.example", "", "::",
	    "esmtpa", "1r5", "", 1, 0 },
	{ "Exim, local user",
	    "from root by mx.corp.example with local (Exim 4.96) id 1r5; date",
	    "root", "", "::", "mx.corp.example", "", "::", "local", "1r5", "", 0, 0 },
	{ "Sendmail",
	    "from rt.probe.example (host.probe.example [192.0.2.1] (may be forged))\n"
	    "\tby mx.corp.example (8.17.1/8.17.1) with ESMTPS id 3AMM\n"
	    "\t(version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NO)\n"
	    "\tfor <t@probe.example>; Sun, 22 Nov 2026 22:28:33 GMT",
	    "rt.probe.example", "host.probe.example", "192.0.2.1",
	    "mx.corp.example", "", "::", "ESMTPS", "3AMM", "t@probe.example", 0, 1 },
	{ "Sendmail, ident that plays an address",
	    "from rt.probe.example ([203.0.113.9]@host.probe.example [192.0.2.1])\n\tby mx.corp.example (8.17.1/8.17.1) with SMTP id 3A; date",
	    "rt.probe.example", "host.probe.example", "192.0.2.1",
	    "mx.corp.example", "", "::", "SMTP", "3A", "", 0, 0 },
	{ "Sendmail, own submission",
	    "(from eve@localhost)\n\tby mx.corp.example (8.17.1/8.17.1/Submit) id 3A; date",
	    "", "", "::", "mx.corp.example", "", "::", "", "3A", "", 0, 0 },
	{ "OpenSMTPD",
	    "from rt.probe.example (<unknown> [192.0.2.1])\n"
	    "\tby mx.corp.example (OpenSMTPD) with ESMTPS id 5a7 (TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)\n"
	    "\tfor <t@probe.example>;\n\tSun, 22 Nov 2026 22:28:33 +0000 (UTC)",
	    "rt.probe.example", "", "192.0.2.1", "mx.corp.example", "", "::",
	    "ESMTPS", "5a7", "t@probe.example", 0, 1 },
	{ "OpenSMTPD, local",
	    "from localhost (mx.corp.example [local])\n\tby mx.corp.example (OpenSMTPD) with ESMTPA id 5a7; date",
	    "localhost", "", "::", "mx.corp.example", "", "::", "ESMTPA", "5a7", "", 1, 0 },
	{ "Courier",
	    "from rt.probe.example (host.probe.example [::ffff:192.0.2.1])\n"
	    "  (AUTH: LOGIN eve, TLS: TLSv1.3,256bits,TLS_AES_256_GCM_SHA384)\n"
	    "  by mx.corp.example with ESMTPSA; Sun, 22 Nov 2026 22:28:33 +0000\n  id 000000000000A",
	    "rt.probe.example", "host.probe.example", "192.0.2.1",
	    "mx.corp.example", "", "::", "ESMTPSA", "", "", 1, 1 },
	{ "qmail",
	    "from unknown (HELO rt.probe.example) (192.0.2.1)\n  by mx.corp.example with SMTP; 22 Nov 2026 22:28:33 -0000",
	    "rt.probe.example", "", "192.0.2.1", "mx.corp.example", "", "::",
	    "SMTP", "", "", 0, 0 },
	{ "qmail with ident and a name",
	    "from host.probe.example (HELO rt.probe.example) (eve@192.0.2.1)\n  by 0 with SMTP; date",
	    "rt.probe.example", "host.probe.example", "192.0.2.1", "0", "", "::",
	    "SMTP", "", "", 0, 0 },
	{ "qmail, greeting as named",
	    "from rt.probe.example (192.0.2.1)\n  by mx.corp.example with SMTP; date",
	    "rt.probe.example", "", "192.0.2.1", "mx.corp.example", "", "::",
	    "SMTP", "", "", 0, 0 },
	{ "qmail, inside",
	    "(qmail 4711 invoked from network); 22 Nov 2026 22:28:33 -0000",
	    "", "", "::", "", "", "::", "", "", "", 0, 0 },
	{ "Exchange",
	    "from EX1.corp.example (192.0.2.1) by EX2.corp.example\n (192.0.2.2) with Microsoft SMTP Server (version=TLS1_2,\n"
	    " cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.1.2507.6; date",
	    "EX1.corp.example", "", "192.0.2.1", "EX2.corp.example", "",
	    "192.0.2.2", "Microsoft", "15.1.2507.6", "", 0, 1 },
	{ "Exchange, front end, IPv6",
	    "from rt.probe.example (2001:db8::1) by EX2.corp.example (2001:db8::2) with Microsoft SMTP Server id 15.1 via Frontend Transport; date",
	    "rt.probe.example", "", "2001:db8::1", "EX2.corp.example", "",
	    "2001:db8::2", "Microsoft", "15.1", "", 0, 0 },
	{ "a content filter names itself twice",
	    "from mx.corp.example ([127.0.0.1])\n\tby localhost (mx.corp.example [127.0.0.1]) (amavisd-new, port 10024)\n\twith ESMTP id 7x; date",
	    "mx.corp.example", "", "127.0.0.1", "localhost", "mx.corp.example",
	    "127.0.0.1", "ESMTP", "7x", "", 0, 0 },
	{ "by an address",
	    "by 2001:db8::7 with SMTP id 9; date", "", "", "::",
	    "2001:db8::7", "", "2001:db8::7", "SMTP", "9", "", 0, 0 },
	{ "the first of each counts",
	    "from a.example ([192.0.2.1]) by b.example with SMTP from c.example ([192.0.2.9]) by d.example; date",
	    "a.example", "", "192.0.2.1", "b.example", "", "::", "SMTP", "", "", 0, 0 },
	{ "a greeting without a name",
	    "from (rt.probe.example [192.0.2.1]) by mx.corp.example; date",
	    "", "rt.probe.example", "192.0.2.1", "mx.corp.example", "", "::", "", "", "", 0, 0 },
	{ "a keyword as greeting is a greeting",
	    "from by (x.example [192.0.2.1]) by mx.corp.example; date",
	    "by", "x.example", "192.0.2.1", "mx.corp.example", "", "::", "", "", "", 0, 0 },
	{ "behind the semicolon nothing counts",
	    "from a.example; by mx.corp.example", "a.example", "", "::", "", "",
	    "::", "", "", "", 0, 0 },
	{ "nothing", "", "", "", "::", "", "", "::", "", "", "", 0, 0 },
};

static void
check(const char *name, const char *what, struct str got, const char *want)
{
	if (!str_eq(got, str_of(want)))
		fail_msg("%s: %s: want %s, got %.*s", name, what, want,
		    (int)got.n, got.p);
}

static void
writers_are_understood(void **state)
{
	char text[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		const char *n = cases[i].name;
		struct received r;

		if (received_read(&r, str_of(cases[i].in)) != 0)
			fail_msg("%s: not read", n);
		check(n, "helo", r.helo, cases[i].helo);
		check(n, "rdns", r.rdns, cases[i].rdns);
		check(n, "by", r.by, cases[i].by);
		check(n, "by_also", r.by_also, cases[i].by_also);
		check(n, "with", r.with, cases[i].with);
		check(n, "id", r.id, cases[i].id);
		check(n, "for", r.rcpt, cases[i].rcpt);
		addr_text(text, &r.from);
		check(n, "from", str_of(text), cases[i].from);
		addr_text(text, &r.by_addr);
		check(n, "by_addr", str_of(text), cases[i].by_addr);
		if (r.authenticated != (cases[i].auth != 0) || r.tls != (cases[i].tls != 0))
			fail_msg("%s: auth %d, tls %d", n, r.authenticated, r.tls);
	}
}

/* Software, certificate and the way the client stands there. */
static const struct {
	const char *name, *in, *software;
	int certificate, mapped;
} more[] = {
	{ "Postfix", "from a (b.example [192.0.2.1]) by mx.corp.example (Postfix) with ESMTP id 4; date",
	    "Postfix", 0, 0 },
	{ "Postfix, a certificate",
	    "from a (b.example [192.0.2.1])\n\t(using TLSv1.3 with cipher X (256/256 bits))\n"
	    "\t(Client CN \"relaytest\", Issuer \"relaytest\" (not verified))\n"
	    "\tby mx.corp.example (Postfix) with ESMTPS id 4; date", "Postfix", 1, 0 },
	{ "Postfix, none shown",
	    "from a (b.example [192.0.2.1]) (Client did not present a certificate)\n"
	    "\tby mx.corp.example (Postfix) with ESMTPS id 4; date", "Postfix", 0, 0 },
	{ "Exim names itself behind the protocol",
	    "from [192.0.2.1] (helo=a)\n\tby mx.corp.example with esmtps  (TLS1.3) tls X\n\t(Exim 4.96)\n"
	    "\t(envelope-from <s@probe.example>) id 1r5; date", "Exim 4.96", 0, 0 },
	{ "Sendmail, a certificate that is not good",
	    "from a (b.example [192.0.2.1]) by mx.corp.example (8.17.1.9/8.17.1.9) with ESMTPS id 3A\n"
	    "\t(version=TLSv1.3 cipher=X bits=256 verify=FAIL) for <t@probe.example>; date",
	    "8.17.1.9/8.17.1.9", 1, 0 },
	{ "OpenSMTPD, a good certificate",
	    "from a (b.example [192.0.2.1]) by mx.corp.example (OpenSMTPD) with ESMTPS id 5 (TLSv1.3:X:256:YES)"
	    " for <t@probe.example>; date", "OpenSMTPD", 1, 0 },
	{ "OpenSMTPD, none",
	    "from a (b.example [192.0.2.1]) by mx.corp.example (OpenSMTPD) with ESMTPS id 5 (TLSv1.3:X:256:NO); date",
	    "OpenSMTPD", 0, 0 },
	{ "Courier", "from a (b.example [::ffff:192.0.2.1])\n  by mx.corp.example with ESMTP; date", "", 0, 1 },
	{ "Exchange names no software, but an address",
	    "from a (192.0.2.1) by mx.corp.example (192.0.2.25) with Microsoft SMTP Server id 15.1; date", "", 0, 0 },
	{ "what the client says names no software",
	    "from (Exim 4.96) (b.example [192.0.2.1]) by mx.corp.example with SMTP; date", "", 0, 0 },
};

static void
writers_name_themselves(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(more); i++) {
		struct received r;

		if (received_read(&r, str_of(more[i].in)) != 0)
			fail_msg("%s: not read", more[i].name);
		check(more[i].name, "software", r.software, more[i].software);
		if (r.certificate != (more[i].certificate != 0) || r.mapped != (more[i].mapped != 0))
			fail_msg("%s: certificate %d, mapped %d", more[i].name, r.certificate, r.mapped);
	}
}

static void
hostile_lines_are_refused(void **state)
{
	static char big[RECEIVED_MAX + 1];
	static const struct { const char *in; int want; } bad[] = {
		{ "from a.example (", SEK_EPARSE },
		{ "from a.example ((b) by c", SEK_EPARSE },
		{ "from a.example (b\\)", SEK_EPARSE },
		{ "from a (((((((((deep))))))))) by b", SEK_EPARSE },
	};
	struct received r;

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		if (received_read(&r, str_of(bad[i].in)) != bad[i].want)
			fail_msg("%s", bad[i].in);
	memset(big, ' ', sizeof(big));
	assert_int_equal(received_read(&r, (struct str){ big, RECEIVED_MAX }), 0);
	assert_int_equal(received_read(&r, (struct str){ big, sizeof(big) }), SEK_ELIMIT);
	for (size_t i = 0; i < 2 * (RECEIVED_WORDS + 1); i += 2)
		big[i] = 'a';
	assert_int_equal(received_read(&r, (struct str){ big, RECEIVED_MAX }), SEK_ELIMIT);
	assert_int_equal(received_read(&r, (struct str){ big, 2 * RECEIVED_WORDS }), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writers_are_understood),
		cmocka_unit_test(writers_name_themselves),
		cmocka_unit_test(hostile_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
