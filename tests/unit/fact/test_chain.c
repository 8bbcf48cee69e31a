#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fact/chain.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define US "s7k2.rt.probe.example"
#define PROBER "198.51.100.7"

enum { NO, YES };

static const struct {
	const char *name, *mail;
	const char *exit, *exit_helo, *entry, *ehlo;
	int single, linked, found, hops;
	const char *believed;
	int auth, tls;
} cases[] = {
	{ "Postfix, one hop",
	    "Received: from " US " (rt.probe.example [" PROBER "])\r\n"
	    "\tby mx.corp.example (Postfix) with ESMTP id 745FB6D\r\n"
	    "\tfor <t@probe.example>; date\r\n\r\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", US,
	    YES, YES, YES, 1, PROBER, NO, NO },
	{ "one hop, another name in the line (a container's)",
	    "Received: from " US " (unknown [172.22.1.1])\n"
	    "\tby 3f2a9c7d11e0 (Postfix) with ESMTPS id 7; date\n\n",
	    "192.0.2.25", "mail.corp.example", "192.0.2.25", US,
	    YES, YES, YES, 1, "172.22.1.1", NO, YES },
	{ "Exim, one hop",
	    "Received: from [" PROBER "] (helo=" US ")\n\tby mx.corp.example with esmtp (Exim 4.96)\n\tid 1r5; date\n\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", US,
	    YES, YES, YES, 1, PROBER, NO, NO },
	{ "Sendmail, one hop, TLS behind a proxy on the same host",
	    "Received: from " US " (localhost [127.0.0.1])\n\tby mx.corp.example (8.17.1/8.17.1) with ESMTP id 3A; date\n\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", US,
	    YES, YES, YES, 1, "127.0.0.1", NO, NO },
	{ "qmail, one hop with its inner line",
	    "Received: (qmail 7 invoked from network); date\n"
	    "Received: from unknown (HELO " US ") (" PROBER ")\n  by 0 with SMTP; date\n\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", US,
	    YES, YES, YES, 2, PROBER, NO, NO },
	{ "authenticated",
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\t(Authenticated sender: eve)\n\tby mx.corp.example (Postfix) with ESMTPSA id 7; date\n\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", US,
	    YES, YES, YES, 1, PROBER, YES, YES },
	{ "content filter with its own line",
	    "Received: from localhost (localhost [127.0.0.1])\n\tby mx.corp.example (Postfix) with ESMTP id 9; date\n"
	    "Received: from mx.corp.example ([127.0.0.1])\n\tby localhost (mx.corp.example [127.0.0.1]) (amavisd-new, port 10024)\n\twith ESMTP id 8; date\n"
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", US,
	    YES, YES, YES, 3, PROBER, NO, NO },
	{ "content filter without a line, then a smarthost",
	    "Received: from mx.corp.example (mx.corp.example [192.0.2.25])\n\tby out.isp.example (Postfix) with ESMTPS id 10; date\n"
	    "Received: from localhost (localhost [127.0.0.1])\n\tby mx.corp.example (Postfix) with ESMTP id 9; date\n"
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, YES, YES, 3, PROBER, NO, NO },
	{ "two hops, Exim behind OpenSMTPD",
	    "Received: from inner.corp.example ([192.0.2.26])\n\tby out.corp.example with esmtp (Exim 4.96) id 1r5; date\n"
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby inner.corp.example (OpenSMTPD) with ESMTP id 5; date\n\n",
	    "203.0.113.5", "out.corp.example", "192.0.2.25", US,
	    NO, YES, YES, 2, PROBER, NO, NO },
	{ "two hops, Exchange links by address",
	    "Received: from EX1.corp.example (192.0.2.31) by EX2.corp.example\n (192.0.2.32) with Microsoft SMTP Server id 15.1; date\n"
	    "Received: from " US " (198.51.100.7) by ex1-internal.corp.example\n (192.0.2.31) with Microsoft SMTP Server id 15.1; date\n\n",
	    "192.0.2.32", "mail.corp.example", "192.0.2.25", US,
	    NO, YES, YES, 2, PROBER, NO, NO },
	{ "the smarthost names the entry's address",
	    "Received: from strange.invalid (unknown [192.0.2.25])\n\tby out.isp.example (Postfix) with ESMTP id 10; date\n"
	    "Received: from " US " (unknown [172.22.1.1])\n\tby 3f2a9c7d11e0 (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, YES, YES, 2, "172.22.1.1", NO, NO },
	{ "one host, two addresses",
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "192.0.2.26", "mx.corp.example", "192.0.2.25", US,
	    NO, YES, YES, 1, PROBER, NO, NO },
	{ "headers stripped: nothing links",
	    "Subject: relay test\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, NO, NO, 0, "::", NO, NO },
	{ "entry without a line of its own",
	    "Received: from mx.corp.example (mx.corp.example [192.0.2.25])\n\tby out.isp.example (Postfix) with ESMTP id 10; date\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, NO, NO, 1, "::", NO, NO },
	{ "forged lower line under a gap",
	    "Received: from evil.example (evil.example [203.0.113.66])\n\tby out.isp.example (Postfix) with ESMTP id 10; date\n"
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, NO, NO, 2, "::", NO, NO },
	{ "forged lower line in the name of the smarthost itself",
	    "Received: from evil.example (evil.example [203.0.113.66])\n\tby out.isp.example (Postfix) with ESMTP id 10; date\n"
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby out.isp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, NO, NO, 2, "::", NO, NO },
	{ "names that everybody has link nothing",
	    "Received: from localhost (unknown [203.0.113.66])\n\tby out.isp.example (Postfix) with ESMTP id 10; date\n"
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby localhost (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, NO, NO, 2, "::", NO, NO },
	{ "a program's name links nothing",
	    "Received: from Postfix (unknown [203.0.113.66])\n\tby out.isp.example (Postfix) with ESMTP id 10; date\n"
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, NO, NO, 2, "::", NO, NO },
	{ "the top line is not the exit's",
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, NO, NO, 1, "::", NO, NO },
	{ "below our own line nothing is read",
	    "Received: from " US " (rt.probe.example [" PROBER "])\n\tby mx.corp.example (Postfix) with ESMTP id 7; date\n"
	    "Received: from mx.corp.example ([10.9.9.9]) by " US "; date\n\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", US,
	    YES, YES, YES, 1, PROBER, NO, NO },
	{ "greeting as the target: its own loop is not our session",
	    "Received: from mx.corp.example (localhost [127.0.0.1])\n\tby mx.corp.example (Postfix) with ESMTP id 9; date\n"
	    "Received: from mx.corp.example (unknown [172.22.1.1])\n\tby mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", "mx.corp.example",
	    YES, YES, YES, 2, "172.22.1.1", NO, NO },
	{ "greeting as the target, our address seen",
	    "Received: from mx.corp.example (localhost [127.0.0.1])\n\tby mx.corp.example (Postfix) with ESMTP id 9; date\n"
	    "Received: from mx.corp.example (rt.probe.example [" PROBER "])\n\tby mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", "mx.corp.example",
	    YES, YES, YES, 2, PROBER, NO, NO },
	{ "a line that cannot be read ends it",
	    "Received: from (((\n"
	    "Received: from " US " (rt.probe.example [" PROBER "]) by mx.corp.example; date\n\n",
	    "192.0.2.25", "mx.corp.example", "192.0.2.25", US,
	    YES, YES, NO, 2, "::", NO, NO },
	{ "names differ in case and final dot",
	    "Received: from Inner.Corp.Example. ([192.0.2.26]) by OUT.corp.example with SMTP; date\n"
	    "Received: from " US " ([" PROBER "]) by inner.corp.example with SMTP; date\n\n",
	    "203.0.113.5", "out.corp.example.", "192.0.2.25", US,
	    NO, YES, YES, 2, PROBER, NO, NO },
	{ "exit greets with a literal",
	    "Received: from " US " ([IPv6:2001:db8::7]) by [203.0.113.5] with SMTP; date\n\n",
	    "203.0.113.6", "[203.0.113.5]", "192.0.2.25", US,
	    NO, YES, YES, 1, "2001:db8::7", NO, NO },
	{ "Received inside the body does not count",
	    "Subject: x\n\nReceived: from " US " ([" PROBER "]) by out.isp.example; date\n\n",
	    "203.0.113.5", "out.isp.example", "192.0.2.25", US,
	    NO, NO, NO, 0, "::", NO, NO },
};

static struct addr
addr(const char *s)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, str_of(s)), 0);
	return a;
}

static void
chains_are_read(void **state)
{
	char believed[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct chain_in in = {
			.mail = str_of(cases[i].mail), .exit = addr(cases[i].exit),
			.exit_helo = str_of(cases[i].exit_helo),
			.entry = addr(cases[i].entry), .prober = addr(PROBER),
			.ehlo = str_of(cases[i].ehlo),
		};
		struct chain c;

		chain_read(&c, &in);
		addr_text(believed, &c.entry.client);
		if (c.single != (cases[i].single == YES) ||
		    c.linked != (cases[i].linked == YES) ||
		    c.found_us != (cases[i].found == YES) ||
		    c.hops != cases[i].hops ||
		    strcmp(believed, cases[i].believed) != 0 ||
		    c.entry.authenticated != (cases[i].auth == YES) ||
		    c.entry.tls != (cases[i].tls == YES))
			fail_msg("%s: got single %d linked %d found %d hops %d "
			    "believed %s auth %d tls %d", cases[i].name, c.single,
			    c.linked, c.found_us, c.hops, believed,
			    c.entry.authenticated, c.entry.tls);
		assert_int_equal(c.found_us, c.entry.line.n > 0);
	}
}

/* The host that the entry handed the mail on to, and what it was given. */
static const struct {
	const char *name, *mail, *exit, *next, *addr, *rcpt;
} nexts[] = {
	{ "one hop has none",
	    "Received: from " US " ([" PROBER "]) by mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "192.0.2.25", "", "::", "" },
	{ "the exit itself",
	    "Received: from mx.corp.example ([192.0.2.25]) by in.corp.example (Exim 4.96) id 8 for a%b@c; date\n"
	    "Received: from " US " ([" PROBER "]) by mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "in.corp.example", "203.0.113.5", "a%b@c" },
	{ "a host between both, by the address that the next one saw",
	    "Received: from in.corp.example ([10.0.0.6]) by out.corp.example (Postfix) id 9 for <a@b>; date\n"
	    "Received: from mx.corp.example ([192.0.2.25]) by in.corp.example (Exim 4.96) id 8 for a%b@c; date\n"
	    "Received: from " US " ([" PROBER "]) by mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "in.corp.example", "10.0.0.6", "a%b@c" },
	{ "filters of both hosts are the hosts themselves",
	    "Received: from localhost ([127.0.0.1]) by in.corp.example (Postfix) id 11 for <a@b>; date\n"
	    "Received: from mx.corp.example ([192.0.2.25]) by in.corp.example (Postfix) id 10 for <a%b@c>; date\n"
	    "Received: from localhost ([127.0.0.1]) by mx.corp.example (Postfix) id 9; date\n"
	    "Received: from " US " ([" PROBER "]) by mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "in.corp.example", "203.0.113.5", "a%b@c" },
	{ "mail that comes back to the entry was only filtered",
	    "Received: from filter.corp.example ([10.0.0.9]) by mx.corp.example (Postfix) id 9; date\n"
	    "Received: from mx.corp.example ([192.0.2.25]) by filter.corp.example id 8 for <a%b@c>; date\n"
	    "Received: from " US " ([" PROBER "]) by mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "192.0.2.25", "", "::", "" },
	{ "a chain that breaks has none",
	    "Received: from evil.example ([203.0.113.66]) by in.corp.example id 8 for <a%b@c>; date\n"
	    "Received: from " US " ([" PROBER "]) by mx.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", "", "::", "" },
};

static void
the_host_behind_is_found(void **state)
{
	char text[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < N(nexts); i++) {
		struct chain_in in = {
			.mail = str_of(nexts[i].mail), .exit = addr(nexts[i].exit),
			.exit_helo = STR("in.corp.example"), .entry = addr("192.0.2.25"),
			.prober = addr(PROBER), .ehlo = STR(US),
		};
		struct chain c;

		if (i == 2)
			in.exit_helo = STR("out.corp.example");
		chain_read(&c, &in);
		addr_text(text, &c.next.addr);
		if (!str_eq(c.next.name, str_of(nexts[i].next)) ||
		    !str_eq(c.next.rcpt, str_of(nexts[i].rcpt)) ||
		    strcmp(text, nexts[i].addr) != 0)
			fail_msg("%s: got %.*s %s %.*s", nexts[i].name, (int)c.next.name.n,
			    c.next.name.p == NULL ? "" : c.next.name.p, text, (int)c.next.rcpt.n,
			    c.next.rcpt.p == NULL ? "" : c.next.rcpt.p);
	}
}

/* Everything that the entry's line says, in one. */
static void
the_entry_is_read_whole(void **state)
{
	struct chain_in in = {
		.mail = STR("Received: from " US " (x.corp.example [" PROBER "])\n"
		    "\tby mx.corp.example (Postfix) with ESMTPSA id 745FB6D\n"
		    "\tfor <t@probe.example>; date\n\n"),
		.exit = addr("192.0.2.25"), .exit_helo = STR("mx.corp.example"),
		.entry = addr("192.0.2.25"), .prober = addr(PROBER), .ehlo = STR(US),
	};
	struct chain c;

	(void)state;
	chain_read(&c, &in);
	assert_true(str_eq(c.entry.helo, STR(US)));
	assert_true(str_eq(c.entry.client_name, STR("x.corp.example")));
	assert_true(str_eq(c.entry.by, STR("mx.corp.example")));
	assert_true(str_eq(c.entry.software, STR("Postfix")));
	assert_true(str_eq(c.entry.with, STR("ESMTPSA")));
	assert_true(str_eq(c.entry.id, STR("745FB6D")));
	assert_true(str_eq(c.entry.rcpt, STR("t@probe.example")));
	assert_true(c.entry.tls && c.entry.authenticated && !c.entry.certificate);
}

static void
unknown_addresses_find_nobody(void **state)
{
	struct chain_in in = {
		.mail = STR("Received: from x.example (unknown) by mx.corp.example; date\n\n"),
		.exit = addr("192.0.2.25"), .exit_helo = STR("mx.corp.example"),
		.entry = addr("192.0.2.25"), .ehlo = STR(US),
	};
	struct chain c;

	(void)state;
	chain_read(&c, &in);
	assert_false(c.found_us);
	in.ehlo = STR("");
	in.entry = addr_none;
	chain_read(&c, &in);
	assert_false(c.found_us);
	assert_false(c.single);
}

static void
hops_are_capped(void **state)
{
	static const char line[] = "Received: (qmail 7 invoked by uid 80); date\n";
	char *mail = malloc(300 * sizeof(line));
	struct chain_in in = { .exit = addr("192.0.2.25"), .ehlo = STR(US) };
	struct chain c;

	(void)state;
	assert_non_null(mail);
	for (size_t i = 0; i < 300; i++)
		memcpy(mail + i * (sizeof(line) - 1), line, sizeof(line) - 1);
	in.mail = (struct str){ mail, 300 * (sizeof(line) - 1) };
	chain_read(&c, &in);
	assert_int_equal(c.hops, 255);
	free(mail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_are_read),
		cmocka_unit_test(the_host_behind_is_found),
		cmocka_unit_test(the_entry_is_read_whole),
		cmocka_unit_test(unknown_addresses_find_nobody),
		cmocka_unit_test(hops_are_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
