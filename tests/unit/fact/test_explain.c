/* Causes: a case for each, with the lines as the servers write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/explain_rules.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define US "rt.probe.example"
#define OUR4 "198.51.100.7"
#define OUR6 "2001:db8:7::7"
#define TOKEN "k7q2abcdefghijklmnopqrstuvwxyz234567"
#define PLAIN TOKEN "@probe.example"

/* One line each, as the packages of Debian 12 write them. */
#define POSTFIX_WITH(client, with) \
	"Received: from " US " (" client ")\n" \
	"\tby mx.corp.example (Postfix) with " with " id 745FB6D\n" \
	"\tfor <" PLAIN ">; Fri, 27 Nov 2026 10:00:00 +0000 (UTC)\n\n"
#define POSTFIX(client) POSTFIX_WITH(client, "ESMTP")
#define EXIM(client) \
	"Received: from " client "\n" \
	"\tby mx.corp.example with esmtp (Exim 4.96)\n" \
	"\t(envelope-from <s@probe.example>)\n\tid 1r5abc-0001-2x\n" \
	"\tfor " PLAIN ";\n\tFri, 27 Nov 2026 10:00:00 +0000\n\n"
#define SENDMAIL(client) \
	"Received: from " US " (" client ")\n" \
	"\tby mx.corp.example (8.17.1.9/8.17.1.9/Debian-2+deb12u2) with ESMTP id 3ARA00b1012345\n" \
	"\tfor <" PLAIN ">; Fri, 27 Nov 2026 10:00:00 GMT\n\n"
#define OPENSMTPD(client) \
	"Received: from " US " (" client ")\n" \
	"\tby mx.corp.example (OpenSMTPD) with ESMTP id 5a7c1d2e\n" \
	"\tfor <" PLAIN ">;\n\tFri, 27 Nov 2026 10:00:00 +0000 (UTC)\n\n"
#define COURIER(client) \
	"Received: from " US " (" client ")\n" \
	"  by mx.corp.example with ESMTP; Fri, 27 Nov 2026 10:00:00 +0000\n" \
	"  id 000000000001A2B3.000000006567F1A0.00000C35\n\n"
#define QMAIL(client) \
	"Received: (qmail 4711 invoked from network); 27 Nov 2026 10:00:00 -0000\n" \
	"Received: from unknown (HELO " US ") (" client ")\n" \
	"  by mx.corp.example with SMTP; 27 Nov 2026 10:00:00 -0000\n\n"
#define EXCHANGE(client) \
	"Received: from " US " (" client ") by mx.corp.example\n" \
	" (192.0.2.25) with Microsoft SMTP Server id 15.1.2507.6 via Frontend Transport;\n" \
	" Fri, 27 Nov 2026 10:00:00 +0000\n\n"
#define SEEN4 US " [" OUR4 "]"
/* an inner host and the entry, which gives on what it got */
#define BEHIND(inner, given, entry) \
	"Received: from mx.corp.example (mx.corp.example [192.0.2.25])\n" \
	"\tby inner.corp.example " inner " id 7" given ";\n\tFri, 27 Nov 2026 10:00:00 +0000\n" entry
#define GIVEN(rcpt) "\n\tfor <" rcpt ">"
#define ROUTED TOKEN "%probe.example@corp.example"

enum { LIKELY, SURE };

struct want {
	const char *name;
	const char *worked, *refused;	/* forms, or FORM:PORT, with spaces; "+FORM": taken;
					 * "?FORM": put off, as was the one that worked */
	const char *mail;
	const char *exit;		/* NULL: the target itself; behind a space its name */
	const char *ehlo;		/* reply of the target, or NULL */
	int tls;			/* of our session */
	const char *target;		/* NULL: 192.0.2.25 */
	enum cause cause;
	int sure;
	enum cause second;
	enum mta mta;
	const char *decide;		/* or NULL */
};

static const struct want cases[] = {
	/* a client that it does not see */
	{ "Postfix behind HAProxy on the same host", "P01", "", POSTFIX("localhost [127.0.0.1]"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "Postfix in a container behind its gateway", "P01", "", POSTFIX("unknown [172.22.1.1]"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "Postfix, IPv6 through a userland proxy", "I01", "P01", POSTFIX("unknown [172.17.0.1]"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "Exim behind a NAT that masquerades", "P01", "", EXIM("[10.0.0.1] (helo=" US ")"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "Sendmail that sees its own address", "P01", "", SENDMAIL("mx.corp.example [192.0.2.25]"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_SENDMAIL, NULL },
	{ "OpenSMTPD behind a proxy with a public address", "P01", "", OPENSMTPD("<unknown> [203.0.113.9]"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, LIKELY, CAUSE_TRUSTED_V4, MTA_OPENSMTPD, NULL },
	{ "Courier behind a load balancer", "P01", "", COURIER("[::ffff:10.1.1.1]"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_COURIER, NULL },
	{ "qmail behind tcpproxy", "P01", "", QMAIL("127.0.0.1"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_OTHER, NULL },
	{ "Exchange behind a load balancer", "P01", "", EXCHANGE("10.1.1.1"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_OTHER, NULL },
	{ "a submission port behind a container gateway", "N01:587", "P01", POSTFIX("unknown [172.18.0.1]"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "a proxy that leaves TLS to the server", "N02:465", "P01",
	    POSTFIX_WITH("localhost [127.0.0.1]", "ESMTPS"),
	    NULL, NULL, 1, NULL, CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },

	/* TLS taken off in front */
	{ "stunnel before Postfix", "N02:465", "P01", POSTFIX("localhost [127.0.0.1]"),
	    NULL, NULL, 1, NULL, CAUSE_TLS_TERMINATOR, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "stunnel before Exim", "N02:465", "P01", EXIM("localhost ([127.0.0.1] helo=" US ")"),
	    NULL, NULL, 1, NULL, CAUSE_TLS_TERMINATOR, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "a terminator elsewhere", "N02:465", "P01", POSTFIX("unknown [203.0.113.9]"),
	    NULL, NULL, 1, NULL, CAUSE_TLS_TERMINATOR, LIKELY, CAUSE_CLIENT_LOST, MTA_POSTFIX, NULL },

	/* it saw us, and relayed */
	{ "Postfix: mynetworks, or relay_domains", "P01", "", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V4, LIKELY, CAUSE_WILDCARD_DOMAIN, MTA_POSTFIX, "I01" },
	{ "Postfix that refuses over IPv6", "P01", "I01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V4, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "Postfix that relays over both", "P01 I01", "", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_UNCONDITIONAL, LIKELY, CAUSE_WILDCARD_DOMAIN, MTA_POSTFIX, NULL },
	{ "Postfix: [::]/0 in mynetworks", "I01", "P01", POSTFIX(US " [IPv6:" OUR6 "]"),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V6, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "a target of IPv6", "P01", "", POSTFIX(US " [IPv6:" OUR6 "]"),
	    NULL, NULL, 0, "2001:db8::25", CAUSE_TRUSTED_V6, LIKELY, CAUSE_WILDCARD_DOMAIN,
	    MTA_POSTFIX, "I01" },
	{ "Exim: relay_from_hosts", "P01", "", EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V4, LIKELY, CAUSE_WILDCARD_DOMAIN, MTA_EXIM, "I01" },
	{ "Sendmail: promiscuous_relay", "P01", "", SENDMAIL(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V4, LIKELY, CAUSE_UNCONDITIONAL, MTA_SENDMAIL, "I01" },
	{ "OpenSMTPD: match from any for any", "P01", "", OPENSMTPD(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V4, LIKELY, CAUSE_UNCONDITIONAL, MTA_OPENSMTPD, "I01" },
	{ "Courier: RELAYCLIENT", "P01", "", COURIER(US " [::ffff:" OUR4 "]"),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V4, LIKELY, CAUSE_UNCONDITIONAL, MTA_COURIER, "I01" },
	{ "a server that is none of these", "H06", "", QMAIL(OUR4),
	    NULL, NULL, 0, NULL, CAUSE_UNCONDITIONAL, LIKELY, CAUSE_TRUSTED_V4, MTA_OTHER, "I01" },
	{ "the narrow forms add nothing", "X01 P04 P01", "", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V4, LIKELY, CAUSE_WILDCARD_DOMAIN, MTA_POSTFIX, "I01" },

	/* no line of its own */
	{ "stripped headers tell nothing", "P01", "", "Subject: x\n\n",
	    NULL, NULL, 0, NULL, CAUSE_UNDETERMINED, LIKELY, CAUSE_UNCONDITIONAL, MTA_OTHER, NULL },
	{ "stripped headers, but EHLO greets the gateway", "P01", "", "Subject: x\n\n",
	    NULL, "250-mx Hello " US " [172.17.0.1]\nS: 250 PRDR", 0, NULL,
	    CAUSE_CLIENT_LOST, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "stripped headers, but EHLO greets us", "P01", "I01", "Subject: x\n\n",
	    NULL, "250-mx Hello " US " [" OUR4 "]\nS: 250 PRDR", 0, NULL,
	    CAUSE_TRUSTED_V4, SURE, CAUSE_NONE, MTA_EXIM, NULL },

	/* names */
	{ "Postfix: check_sender_access", "P04", "P01 P14", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_SENDER_DOMAIN, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "Sendmail: relay_local_from, look-alikes not tried", "P03", "P01", SENDMAIL(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_SENDER_DOMAIN, LIKELY, CAUSE_PATTERN, MTA_SENDMAIL, "P14" },
	{ "a sender while the plain form is deferred", "P04", "P14", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_SENDER_DOMAIN, LIKELY, CAUSE_UNCONDITIONAL, MTA_POSTFIX, "P01" },
	{ "Postfix: check_helo_access", "H01", "P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_HELO_NAME, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "OpenSMTPD: helo", "H03", "P01", OPENSMTPD(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_HELO_NAME, SURE, CAUSE_NONE, MTA_OPENSMTPD, NULL },
	{ "our PTR as one of theirs", "W01", "P01", POSTFIX("x.corp.example [" OUR4 "]"),
	    NULL, NULL, 0, NULL, CAUSE_PTR_NAME, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "it takes us for one of its domain", "P01", "", SENDMAIL("x.corp.example [" OUR4 "] (may be forged)"),
	    NULL, "250-mx.corp.example Hello", 0, NULL,
	    CAUSE_PTR_NAME, LIKELY, CAUSE_TRUSTED_V4, MTA_SENDMAIL, NULL },
	{ "Postfix: permit_tls_all_clientcerts", "S01", "P01",
	    "Received: from " US " (" SEEN4 ")\n\t(using TLSv1.3 with cipher X (256/256 bits))\n"
	    "\t(Client CN \"relaytest\", Issuer \"relaytest\" (not verified))\n"
	    "\tby mx.corp.example (Postfix) with ESMTPS id 7; date\n\n",
	    NULL, NULL, 1, NULL, CAUSE_CERTIFICATE, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "Exim: encrypted = *", "S01", "P01",
	    "Received: from " US " ([" OUR4 "])\n\tby mx.corp.example with esmtps  (TLS1.3) tls X\n"
	    "\t(Exim 4.96) id 1r5; date\n\n",
	    NULL, NULL, 1, NULL, CAUSE_CERTIFICATE, LIKELY, CAUSE_NONE, MTA_EXIM, NULL },
	{ "TLS that is demanded of all is no cause", "S01", "", POSTFIX_WITH(SEEN4, "ESMTPS"),
	    NULL, NULL, 1, NULL, CAUSE_TRUSTED_V4, LIKELY, CAUSE_WILDCARD_DOMAIN, MTA_POSTFIX, "I01" },
	{ "for those whose MX it is", "M01", "P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_MX_BACKUP, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },

	/* look-alikes, role accounts, the empty sender */
	{ "a sender pattern", "P14", "P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_PATTERN, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "a recipient pattern", "R12", "P01", EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_PATTERN, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "a pattern rather than the domain that it holds too", "P04 P14", "P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_PATTERN, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "postmaster at any domain", "R14", "P01", EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_LOCAL_PART, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "postmaster as sender at any domain", "P18", "P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_LOCAL_PART, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "postmaster as sender at theirs and any", "P09 P18", "P01 P04", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_LOCAL_PART, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "postmaster as sender, not others", "P09", "P01 P04", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_LOCAL_PART, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "postmaster as sender, others not tried", "P09", "P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_SENDER_DOMAIN, LIKELY, CAUSE_LOCAL_PART, MTA_POSTFIX, "P04" },
	{ "Exim: senders = :", "P02", "P01", EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_NULL_SENDER, SURE, CAUSE_NONE, MTA_EXIM, NULL },

	/* routes */
	{ "Exim: percent hack", "X01", "P01", EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_PERCENT, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "a quoted percent is a percent", "Q06", "P01 X03", EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_PERCENT, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "Sendmail: UUCP", "B01", "P01", SENDMAIL(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_BANG, SURE, CAUSE_NONE, MTA_SENDMAIL, NULL },
	{ "Exim: address in local part", "Q01", "P01", EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_QUOTED, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "a source route", "T01", "P01", SENDMAIL(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_SOURCE_ROUTE, SURE, CAUSE_NONE, MTA_SENDMAIL, NULL },
	{ "a percent hack, then a smarthost", "X01", "P01",
	    BEHIND("(Postfix) with ESMTP", GIVEN(PLAIN), EXIM(US " ([" OUR4 "])")),
	    "203.0.113.5", NULL, 0, NULL, CAUSE_PERCENT, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "Postfix in front of an Exim that follows percent", "X03", "P01",
	    BEHIND("with esmtp (Exim 4.96)", GIVEN(ROUTED), POSTFIX(SEEN4)),
	    "203.0.113.5", NULL, 0, NULL, CAUSE_INNER_HOST, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "an inner host behind the same public address", "X03", "P01",
	    BEHIND("with esmtp (Exim 4.96)", GIVEN(ROUTED), POSTFIX(SEEN4)),
	    NULL, NULL, 0, NULL, CAUSE_INNER_HOST, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "an inner host that does not say for whom", "X03", "P01",
	    BEHIND("with SMTP", "", SENDMAIL(SEEN4)),
	    "203.0.113.5", NULL, 0, NULL, CAUSE_INNER_HOST, LIKELY, CAUSE_PERCENT, MTA_SENDMAIL, NULL },
	{ "an exit without a line of its own", "X03", "P01", POSTFIX(SEEN4),
	    "203.0.113.5", "250-mx", 0, NULL, CAUSE_PERCENT, LIKELY, CAUSE_INNER_HOST, MTA_OTHER, NULL },
	{ "an exit without a line behind Postfix, which follows no route", "X03", "P01",
	    "Received: from " US " (" SEEN4 ")\n\tby inner.corp.example (Postfix) with ESMTP id 7; date\n\n",
	    "203.0.113.5", NULL, 0, NULL, CAUSE_INNER_HOST, LIKELY, CAUSE_PERCENT, MTA_POSTFIX, NULL },
	{ "an own content filter is no inner host", "X01", "P01",
	    "Received: from filter.corp.example ([10.0.0.9])\n\tby mx.corp.example (Exim 4.96) id 9; date\n"
	    "Received: from mx.corp.example ([10.0.0.8])\n\tby filter.corp.example (amavisd-new)\n"
	    "\twith ESMTP id 8 for <" ROUTED ">; date\n"
	    EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_PERCENT, SURE, CAUSE_NONE, MTA_EXIM, NULL },

	{ "Postfix that routes itself, and delivers over IPv6", "X03", "P01", POSTFIX(SEEN4),
	    "2001:db8::25 mx.corp.example", NULL, 0, NULL, CAUSE_PERCENT, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },

	/* ports and logins */
	{ "587 without authentication", "N01:587", "P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_SUBMISSION, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "465 without authentication", "N02:465", "P01", POSTFIX_WITH(SEEN4, "ESMTPS"),
	    NULL, NULL, 1, NULL, CAUSE_SUBMISSION, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "only 587 is there", "P01:587", "", OPENSMTPD(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_SUBMISSION, SURE, CAUSE_NONE, MTA_OPENSMTPD, NULL },
	{ "a re-injection port", "N04:10025", "P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_SUBMISSION, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "587 that says nothing", "N01:587", "P01", "Subject: x\n\n",
	    NULL, NULL, 0, NULL, CAUSE_SUBMISSION, LIKELY, CAUSE_CLIENT_LOST, MTA_OTHER, NULL },
	{ "any password", "U01", "P01", POSTFIX_WITH(SEEN4, "ESMTPA"),
	    NULL, NULL, 0, NULL, CAUSE_ANY_CREDENTIALS, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "ANONYMOUS", "U03", "P01", EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_ANONYMOUS, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "XCLIENT", "V01", "P01", POSTFIX("localhost [127.0.0.1]"),
	    NULL, NULL, 0, NULL, CAUSE_XCLIENT, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "PROXY, where nothing else is answered", "V03", "", POSTFIX("localhost [127.0.0.1]"),
	    NULL, NULL, 0, NULL, CAUSE_PROXY, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },

	/* a queue that was slow with the plain one */
	{ "Sendmail that took the plain form too", "P14", "+P01", SENDMAIL(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V4, LIKELY, CAUSE_UNCONDITIONAL, MTA_SENDMAIL, "I01" },
	{ "a gateway in front that took the plain form too", "N01:587", "+P01", POSTFIX("unknown [172.18.0.1]"),
	    NULL, NULL, 0, NULL, CAUSE_CLIENT_LOST, LIKELY, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "greylisting that the other form outlived first", "R14", "?P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_TRUSTED_V4, LIKELY, CAUSE_WILDCARD_DOMAIN, MTA_POSTFIX, "I01" },
	{ "greylisting, and the plain form was refused after it", "R14", "?H06 P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_LOCAL_PART, SURE, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "a plain form that was taken and bounced is refused", "X01", "P01", EXIM(US " ([" OUR4 "])"),
	    NULL, NULL, 0, NULL, CAUSE_PERCENT, SURE, CAUSE_NONE, MTA_EXIM, NULL },
	{ "null sender and percent, percent alone refused", "Z05", "P01 X03 P02", SENDMAIL(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_NULL_SENDER, SURE, CAUSE_NONE, MTA_SENDMAIL, NULL },

	/* nothing to say */
	{ "a form that no cause is known for", "A01", "P01", POSTFIX(SEEN4),
	    NULL, NULL, 0, NULL, CAUSE_UNDETERMINED, LIKELY, CAUSE_NONE, MTA_POSTFIX, NULL },
	{ "from the server itself", "P01", "", POSTFIX("localhost [127.0.0.1]"),
	    NULL, NULL, 0, OUR4, CAUSE_UNDETERMINED, LIKELY, CAUSE_NONE, MTA_POSTFIX, NULL },
};

static struct addr
addr(const char *s)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, str_of(s)), 0);
	return a;
}

static size_t
add_forms(struct explain_form *forms, size_t n, const char *list, enum explain_is is)
{
	struct str rest = str_of(list);

	while (rest.n > 0) {
		struct str item = str_cut(&rest, ' '), id = str_cut(&item, ':');
		bool taken = str_istarts(id, STR("+")), off = str_istarts(id, STR("?"));
		uint64_t port = 25;
		int form = relaytest_find(taken || off ? (struct str){ id.p + 1, id.n - 1 } : id);

		assert_true(form >= 0);
		if (item.n > 0)
			assert_int_equal(str_u64(&port, item, 65535), 0);
		forms[n++] = (struct explain_form){ (uint8_t)form,
			taken ? EXPLAIN_TAKEN : off ? EXPLAIN_PUT_OFF : is, (uint16_t)port };
	}
	return n;
}

static void
run(struct explain *x, struct chain *chain, const struct want *w)
{
	struct explain_form forms[16];
	struct addr ours[] = { addr(OUR4), addr(OUR6), addr("127.0.0.1"), addr("::1") };
	struct said said = { .name = STR(US), .tls = w->tls != 0,
		.ehlo = str_of(w->ehlo == NULL ? "" : w->ehlo) };
	struct explain_in in = {
		.forms = forms, .chain = chain, .plain = STR(PLAIN), .said = &said,
		.target = addr(w->target == NULL ? "192.0.2.25" : w->target),
		.ours = ours, .n_ours = N(ours), .domain = STR("corp.example"),
	};
	struct str helo = str_of(w->exit), exit = str_cut(&helo, ' ');
	struct chain_in walk = { .mail = str_of(w->mail), .entry = in.target,
		.exit = in.target, .ehlo = STR(US),
		.prober = addr(OUR4), .exit_helo = helo.n > 0 ? helo : STR("inner.corp.example") };
	struct str ehlo = said.ehlo, literal;

	if (exit.n > 0)
		assert_int_equal(addr_parse(&walk.exit, exit), 0);
	(void)str_cut(&ehlo, '[');
	literal = ehlo;
	literal = str_cut(&literal, ']');
	if (addr_parse(&said.client, literal) != 0)
		said.client = addr_none;
	in.n = add_forms(forms, 0, w->worked, EXPLAIN_WORKED);
	in.n = add_forms(forms, in.n, w->refused, EXPLAIN_REFUSED);
	in.lead = explain_lead(forms, in.n);
	in.again = strchr(w->refused, '?') != NULL;
	chain_read(chain, &walk);
	explain(x, &in);
}

static void
causes_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		const struct want *w = &cases[i];
		struct chain chain;
		struct explain x;
		const char *decide;

		run(&x, &chain, w);
		decide = x.decide < RELAYTEST_N ? relaytest_forms[x.decide].id : NULL;
		if (x.cause != w->cause || x.sure != (w->sure == SURE) ||
		    x.second != w->second || x.mta != w->mta ||
		    (decide == NULL) != (w->decide == NULL) ||
		    (decide != NULL && strcmp(decide, w->decide) != 0))
			fail_msg("%s: got %s, sure %d, then %s, %s, decide %s", w->name,
			    explain_name(x.cause), x.sure, explain_name(x.second),
			    mta_name(x.mta), decide == NULL ? "-" : decide);
	}
}

static void
what_did_not_come_back_has_no_cause(void **state)
{
	const struct want closed = { .name = "closed", .worked = "", .refused = "P01 X01 P04",
		.mail = POSTFIX("localhost [127.0.0.1]") };
	struct chain chain;
	struct explain x;

	(void)state;
	run(&x, &chain, &closed);
	assert_int_equal(x.cause, CAUSE_NONE);
	assert_int_equal(x.second, CAUSE_NONE);
	assert_int_equal(x.signs, 0);
}

static void
the_host_behind_is_named(void **state)
{
	const struct want two = { .worked = "X03", .refused = "P01", .exit = "203.0.113.5",
		.mail = BEHIND("with esmtp (Exim 4.96)", GIVEN(ROUTED), POSTFIX(SEEN4)) };
	struct chain chain;
	struct explain x;
	char text[ADDR_TEXT];

	(void)state;
	run(&x, &chain, &two);
	assert_true(str_eq(x.inner, STR("inner.corp.example")));
	addr_text(text, &x.inner_addr);
	assert_string_equal(text, "203.0.113.5");
	assert_true(str_eq(x.client_name, STR(US)));
	addr_text(text, &x.client);
	assert_string_equal(text, OUR4);
}

/* We have a private address: the public one that it saw is our NAT's. */
static void
behind_a_nat_of_our_own_nothing_is_lost(void **state)
{
	struct explain_form form = { 0, EXPLAIN_WORKED, 25 };
	struct addr ours = addr("192.168.1.7");
	struct said said = { .name = STR(US) };
	struct chain chain;
	struct explain_in in = { .forms = &form, .n = 1, .chain = &chain, .said = &said,
		.target = addr("192.0.2.25"), .ours = &ours, .n_ours = 1 };
	struct chain_in walk = { .mail = STR(POSTFIX("unknown [203.0.113.9]")), .entry = in.target,
		.exit = in.target, .ehlo = STR(US) };
	struct explain x;

	(void)state;
	chain_read(&chain, &walk);
	explain(&x, &in);
	assert_int_equal(x.cause, CAUSE_TRUSTED_V4);
	assert_true((x.signs & SIGN_SAW_US) != 0);
}

static void
every_form_has_its_group_and_every_cause_its_words(void **state)
{
	char tags[EXPLAIN_FIXES][EXPLAIN_FIX];

	(void)state;
	for (uint8_t f = 0; f < RELAYTEST_N; f++)
		assert_true(explain_group(f) < GROUP_N);
	assert_int_equal(explain_group(RELAYTEST_NONE), GROUP_ODD);
	for (unsigned bit = 0; bit < SIGN_N; bit++)
		assert_true(explain_sign_name(bit)[0] != '\0');
	assert_string_equal(explain_sign_name(SIGN_N), "");
	for (enum cause c = CAUSE_UNDETERMINED; c < CAUSE_N; c++)
		for (enum mta m = MTA_OTHER; m <= MTA_N; m++)
			assert_true(explain_fix(tags, c, m) >= 1);
	assert_int_equal(explain_fix(tags, CAUSE_NONE, MTA_EXIM), 0);
	assert_int_equal(explain_fix(tags, CAUSE_CLIENT_LOST, MTA_EXIM), 2);
	assert_string_equal(tags[0], "client-address-lost-exim");
	assert_string_equal(tags[1], "front");
	explain_fix(tags, CAUSE_XCLIENT, MTA_EXIM);
	assert_string_equal(tags[0], "xclient-other");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(causes_are_named),
		cmocka_unit_test(what_did_not_come_back_has_no_cause),
		cmocka_unit_test(the_host_behind_is_named),
		cmocka_unit_test(behind_a_nat_of_our_own_nothing_is_lost),
		cmocka_unit_test(every_form_has_its_group_and_every_cause_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
