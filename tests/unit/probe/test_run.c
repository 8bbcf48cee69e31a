#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <malloc.h>
#include <cmocka.h>

#include "fact/letter.h"
#include "probe/session.h"
#include "rig.h"

static struct rig rig;

static const struct {
	const char	*name;
	const char	*forms;
	struct rule	 rules[RULES];
	const char	*want;		/* after the grant */
	unsigned	 within_s;	/* the session takes at most */
} cases[] = {
	{ "closed server", "P01 R14", { { 0 } }, "P01=refused/550 R14=refused/550 end=done ", 1 },
	{ "open server", "P01 R14", { { "RCPT", "250 ok\r\n" } }, "P01=accepted/250 end=done ", 1 },
	{ "refused after the dot", "P01", { { "RCPT", "250 ok\r\n" }, { "BODY", "554 no\r\n" } },
	    "P01=refused/554 end=done ", 1 },
	{ "greylisting", "P01", { { "RCPT", "450 4.2.0 later\r\n" } }, "P01=deferred/450 end=done ", 1 },
	{ "reset before the banner", "P01", { { "BANN", "!close" } }, "end=no-smtp ", 1 },
	{ "reset at EHLO", "P01", { { "EHLO", "!close" } }, "end=cut ", 1 },
	{ "reset at HELO", "H06", { { "HELO", "!close" } }, "end=cut ", 1 },
	{ "reset at STARTTLS", "S01", { { "STAR", "!close" } }, "end=tls ", 1 },
	{ "reset at MAIL", "P01 R14", { { "MAIL", "!close" } }, "P01=cut/0 end=cut ", 1 },
	{ "reset at RCPT", "P01", { { "RCPT", "!close" } }, "P01=cut/0 end=cut ", 1 },
	{ "reset at DATA", "P01", { { "RCPT", "250 ok\r\n" }, { "DATA", "!close" } }, "P01=cut/0 end=cut ", 1 },
	{ "reset after the dot", "P01", { { "RCPT", "250 ok\r\n" }, { "BODY", "!close" } }, "P01=cut/0 end=cut ", 1 },
	{ "reset at RSET", "P01 R14", { { "RSET", "!close" } }, "P01=refused/550 end=cut ", 1 },
	{ "reset at QUIT", "P01", { { "QUIT", "!close" } }, "P01=refused/550 end=done ", 1 },
	{ "silent banner", "P01", { { "BANN", "!silent" } }, "end=no-smtp ", 301 },
	{ "silent EHLO", "P01", { { "EHLO", "!silent" } }, "end=cut ", 301 },
	{ "silent STARTTLS", "S01", { { "STAR", "!silent" } }, "end=tls ", 121 },
	{ "silent MAIL", "P01", { { "MAIL", "!silent" } }, "P01=cut/0 end=cut ", 301 },
	{ "silent RCPT", "P01", { { "RCPT", "!silent" } }, "P01=cut/0 end=cut ", 301 },
	{ "silent DATA", "P01", { { "RCPT", "250 ok\r\n" }, { "DATA", "!silent" } }, "P01=cut/0 end=cut ", 121 },
	{ "silent after the dot", "P01", { { "RCPT", "250 ok\r\n" }, { "BODY", "!silent" } }, "P01=cut/0 end=cut ", 601 },
	{ "silent RSET", "P01 R14", { { "RSET", "!silent" } }, "P01=refused/550 end=cut ", 301 },
	{ "silent QUIT", "P01", { { "QUIT", "!silent" } }, "P01=refused/550 end=done ", 31 },
	{ "dripping banner: the wait is for the whole reply", "P01",
	    { { "BANN", "!drip 220 this banner comes an octet each ten seconds\r\n" } }, "end=no-smtp ", 301 },
	{ "dripping for ever: the session has an end", "P01 R14 P10 P02 P12 T01",
	    { { "BANN", "!drip 220 x\r\n" }, { "EHLO", "!drip 250 xy\r\n" }, { "MAIL", "!drip 250 x\r\n" },
	      { "RCPT", "!drip 550 x\r\n" }, { "RSET", "!drip 250 x\r\n" } },
	    "P01=refused/550 R14=refused/550 P10=refused/550 P02=refused/550 P12=cut/0 end=tarpit ", 901 },
	{ "continuation lines that never end, slowly", "P01", { { "BANN", "!lines" } }, "end=no-smtp ", 301 },
	{ "continuation lines that never end, fast", "P01", { { "BANN", "!flood" } }, "end=no-smtp ", 1 },
	{ "the same at EHLO", "P01", { { "EHLO", "!flood" } }, "end=odd ", 1 },
	{ "a line of 10 MB", "P01", { { "BANN", "!long" } }, "end=no-smtp ", 1 },
	{ "a line of 10 MB at RCPT", "P01", { { "RCPT", "!long" } }, "P01=odd/0 end=odd ", 1 },
	{ "binary zeros as banner", "P01", { { "BANN", "!nul" } }, "end=no-smtp ", 1 },
	{ "binary zeros at RCPT", "P01", { { "RCPT", "!nul" } }, "P01=odd/0 end=odd ", 1 },
	{ "a reply of 60 KB", "P01", { { "EHLO", "!big" } }, "P01=refused/550 end=done ", 1 },
	{ "two replies for one: the second answers the next command", "P01",
	    { { "MAIL", "550 no\r\n421 and now go\r\n" } }, "P01=barred/550 end=done ", 1 },
	{ "taken before the letter was sent: nobody took it", "P01",
	    { { "RCPT", "250 ok\r\n" }, { "DATA", "354 go\r\n250 queued\r\n" }, { "BODY", "554 no\r\n" } },
	    "P01=odd/250 end=odd ", 1 },
	{ "a refusal before the letter was sent is one", "P01",
	    { { "RCPT", "250 ok\r\n" }, { "DATA", "354 go\r\n554 no\r\n" } }, "P01=refused/554 end=done ", 1 },
	{ "no SMTP", "P01", { { "BANN", "SSH-2.0-x\r\n" } }, "end=no-smtp ", 1 },
	{ "421 banner", "P01", { { "BANN", "421 busy\r\n" } }, "end=busy ", 1 },
	{ "554 banner", "P01", { { "BANN", "554 go away\r\n" } }, "end=blocked ", 1 },
	{ "421 in the middle", "P01 R14", { { "RCPT", "421 enough\r\n" } }, "P01=deferred/421 end=busy ", 1 },
	{ "RSET unknown", "P01 R14", { { "RSET", "500 what\r\n" } }, "P01=refused/550 end=done ", 1 },
	{ "HELO when EHLO is unknown", "P01", { { "EHLO", "500 what\r\n" } }, "P01=refused/550 end=done ", 1 },
	{ "STARTTLS, then the form", "S01", { { 0 } }, "S01=refused/550 end=done ", 1 },
	{ "TLS port", "N02", { { 0 } }, "N02=refused/550 end=done ", 1 },
	{ "text where TLS should begin", "S01", { { "STAR", "!nontls" } }, "end=tls ", 1 },
	{ "plain text injected behind the go-ahead", "S01", { { "STAR", "!inject" } }, "end=tls ", 1 },
	{ "STARTTLS not offered", "S01", { { "EHLO", "250 x\r\n" } }, "S01=skipped/0 end=done ", 1 },
};

static void
run_case(size_t i)
{
	static char want[512];

	rig_open(&rig, cases[i].rules, "");
	rig_tls(&rig);
	rig.form_host = "mail.open.example";
	rig.form_dom = "open.example";
	rig_order(&rig, 7, PACE_LAB, "mail.open.example", cases[i].forms);
	rig_run(&rig, 3600);
	snprintf(want, sizeof(want), "ask %s", cases[i].want);
	if (strcmp(rig.log, want) != 0)
		fail_msg("%s: keeper heard \"%s\", want \"%s\"; transcript:\n%.*s", cases[i].name,
		    rig.log, want, (int)rig.said_len, rig.said);
	if (rig.took_ms > cases[i].within_s * 1000)
		fail_msg("%s: took %u ms, at most %u s", cases[i].name, rig.took_ms, cases[i].within_s);
	assert_int_equal(prober_sessions(rig.prober), 0);
	assert_int_equal(rig.dials, 1);
	assert_int_equal(rig.open, 0);
	rig_close(&rig);
}

static void
every_peer_ends_bounded_with_its_finding(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t before = open_descriptors();

		run_case(i);
		if (open_descriptors() != before)
			fail_msg("%s: descriptors leak", cases[i].name);
	}
}

static const struct rule plain[RULES], takes[RULES] = { { "RCPT", "250 ok\r\n" } };

/* An order that is halted: what keeper hears, and whether it was dialled. */
static const struct {
	const char	*name, *forms;
	struct rule	 rules[RULES];
	bool		 mute;		/* no grant */
	const char	*want;
	unsigned	 dials;
} halts[] = {
	{ "while it waits for the grant", "P01 R14", { { 0 } }, true, "ask end=none ", 0 },
	{ "before the banner", "P01 R14", { { "BANN", "!silent" } }, false,
	    "ask end=cut ", 1 },
	{ "at RCPT: no further form", "P01 R14", { { "RCPT", "!silent" } }, false,
	    "ask P01=cut/0 end=cut ", 1 },
	{ "in the middle of the letter", "P01 R14", { { "RCPT", "250 ok\r\n" },
	    { "BODY", "!silent" } }, false, "ask P01=cut/0 end=cut ", 1 },
	{ "between two forms", "P01 R14", { { "RSET", "!silent" } }, false,
	    "ask P01=refused/550 end=cut ", 1 },
};

static void
halted_sends_no_further_form(void **state)
{
	struct msg_id m = { 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(halts) / sizeof(halts[0]); i++) {
		rig_open(&rig, halts[i].rules, "");
		rig.mute = halts[i].mute;
		rig_order(&rig, 7, PACE_LAB, "mail.open.example", halts[i].forms);
		rig_run(&rig, 5);
		rig_send(&rig, MSG_HALT, &m);
		rig_run(&rig, 3600);
		if (strcmp(rig.log, halts[i].want) != 0)
			fail_msg("%s: keeper heard \"%s\", want \"%s\"", halts[i].name,
			    rig.log, halts[i].want);
		assert_int_equal(rig.dials, halts[i].dials);
		assert_int_equal(rig.open, 0);
		assert_int_equal(prober_sessions(rig.prober), 0);
		rig_send(&rig, MSG_HALT, &m);	/* it is over: nothing happens */
		rig_run(&rig, 5);
		assert_string_equal(rig.log, halts[i].want);
		rig_close(&rig);
	}
}

static void
denied_is_never_dialled(void **state)
{
	(void)state;
	rig_open(&rig, plain, "");
	rig.denies = true;
	rig_order(&rig, 7, PACE_LAB, "", "P01 R14");
	rig_run(&rig, 3600);
	assert_string_equal(rig.log, "ask end=none ");
	assert_int_equal(rig.dials, 0);
	assert_int_equal(prober_sessions(rig.prober), 0);
	rig_close(&rig);
}

static void
a_grant_that_was_not_asked_for_dials_nothing(void **state)
{
	struct msg_order o = { .order = 7, .addr = addr_v4(198, 18, 1, 10), .port = 25 };
	struct msg_grant g = { .id = 7, .ok = 1 }, other = { .id = 8, .ok = 1 };

	(void)state;
	rig_open(&rig, plain, "");
	rig_send(&rig, MSG_ORDER, &o);
	rig_send(&rig, MSG_GRANT, &g);
	rig_send(&rig, MSG_GRANT, &other);
	rig_run(&rig, 3600);
	assert_int_equal(rig.dials, 0);
	rig_close(&rig);
}

static void
no_answer_of_keeper_is_no_grant(void **state)
{
	(void)state;
	rig_open(&rig, plain, "");
	rig.mute = true;
	rig_order(&rig, 7, PACE_LAB, "", "P01");
	rig_run(&rig, 3600);
	assert_string_equal(rig.log, "ask end=none ");
	assert_int_equal(rig.dials, 0);
	rig_close(&rig);
}

static void
refused_connection(void **state)
{
	(void)state;
	rig_open(&rig, plain, "");
	rig.refuses = true;
	rig_order(&rig, 7, PACE_LAB, "", "P01");
	rig_run(&rig, 3600);
	assert_string_equal(rig.log, "ask end=no-connect ");
	rig_close(&rig);
}

static void
a_lost_keeper_ends_all_quietly(void **state)
{
	static const struct rule slow[RULES] = { { "RCPT", "!silent" } };

	(void)state;
	rig_open(&rig, slow, "");
	rig_order(&rig, 7, PACE_LAB, "", "P01");
	rig_run(&rig, 10);
	assert_int_equal(rig.dials, 1);
	rig_order(&rig, 8, PACE_LAB, "", "P01");
	channel_free(rig.keepers);
	rig.keepers = NULL;
	rig_run(&rig, 60);
	assert_int_equal(prober_sessions(rig.prober), 0);
	assert_int_equal(rig.dials, 1);		/* the second had its grant nowhere */
	assert_true(peer_heard(rig.peers[1], "\r\nQUIT\r\n"));
	assert_int_equal(rig.open, 0);
	rig_close(&rig);
}

static void
freed_in_the_middle_of_everything(void **state)
{
	static const struct rule slow[RULES] = { { "RCPT", "!silent" } };

	(void)state;
	rig_open(&rig, slow, "198.18.1.10 ptr mail.open.example\n");
	rig_order(&rig, 7, PACE_LAB, "", "P01");
	rig_run(&rig, 10);
	rig.mute = true;
	rig_order(&rig, 8, PACE_LAB, "", "P01");
	rig_run(&rig, 10);
	rig_order(&rig, 9, PACE_LAB, "", "P01");	/* still in the channel */
	assert_int_equal(prober_sessions(rig.prober), 2);
	rig_close(&rig);
}

static void
the_letter_that_is_sent_is_known_again(void **state)
{
	char block[LETTER_BLOCK];
	const struct smtp_peer *p;
	struct str heard, mail;
	ptrdiff_t at;

	(void)state;
	rig_open(&rig, takes, "");
	rig_order(&rig, 7, PACE_LAB, "", "P01");
	rig_run(&rig, 60);
	p = rig.peers[1];
	assert_true(peer_heard(p, "MAIL FROM:<sendertoken@probe.example>\r\n"));
	assert_true(peer_heard(p, "RCPT TO:<recipienttoken@probe.example>\r\n"));
	assert_string_equal(rig.found_to, "recipienttoken@probe.example");
	heard = (struct str){ (const char *)p->heard.p, p->heard.len };
	at = str_search(heard, STR("DATA\r\n"));
	assert_true(at > 0);
	mail = (struct str){ heard.p + at + 6, heard.n - (size_t)at - 6 };
	mail.n = (size_t)str_search(mail, STR("\r\n.\r\n")) + 2;
	letter_block(block, &(struct letter_block){ .token = STR("recipienttoken"),
	    .target = addr_v4(198, 18, 1, 10), .port = 25, .form = "P01", .mac = STR("0123abcd") });
	assert_int_equal(letter_is(mail, STR("recipienttoken"), str_of(block)), LETTER_PROBE);
	rig_close(&rig);
}

#define LEADS "mx.open.example a 198.18.1.10\n"
#define PTR "198.18.1.10 ptr mx.open.example\n"

/* Which names keeper hears of, of DNS before the connection and of the server's
 * words after it (its EHLO reply and banner say mail.open.example). */
static const struct {
	const char	*name, *dns;
	uint8_t		 pace;
	const char	*host, *hosts, *domains, *known;
	const char	*want, *words;
} namings[] = {
	{ "no name at all", "", PACE_FOREIGN, "", "", "", "", "named ",
	    "!ehlo:mail.open.example/ " },
	{ "PTR that leads back", PTR LEADS, PACE_FOREIGN, "", "", "", "",
	    "ptr:mx.open.example/open.example named ",
	    "ehlo:mail.open.example/open.example " },	/* in the PTR's domain */
	{ "PTR that leads elsewhere", "198.18.1.10 ptr mx.bank.example\nmx.bank.example a 198.18.9.9\n",
	    PACE_FOREIGN, "", "", "", "", "!ptr:mx.bank.example/ named ",
	    "!ehlo:mail.open.example/ " },
	{ "the laboratory believes no PTR that leads elsewhere",
	    "198.18.1.10 ptr mx.bank.example\nmx.bank.example a 198.18.9.9\n",
	    PACE_LAB, "", "", "", "", "!ptr:mx.bank.example/ named ",
	    "ehlo:mail.open.example/open.example " },
	{ "the second PTR leads back",
	    "198.18.1.10 ptr x.bank.example\n" PTR LEADS,
	    PACE_FOREIGN, "", "", "", "mail.open.example",
	    "!ptr:x.bank.example/ ptr:mx.open.example/open.example named ", "" },
	{ "the order's name leads back", "open.example a 198.18.1.10\n",
	    PACE_FOREIGN, "open.example", "", "", "mail.open.example",
	    "given:open.example/open.example named ", "" },
	{ "the order's name leads elsewhere", "bank.example a 198.18.9.9\n",
	    PACE_FOREIGN, "bank.example", "", "", "mail.open.example",
	    "!given:bank.example/ named ", "" },
	{ "a domain whose MX leads back", "corp.example mx 10 mx.open.example\n" LEADS,
	    PACE_FOREIGN, "", "", "corp.example", "mail.open.example",
	    "given:/corp.example named ", "" },
	{ "a domain whose MX leads elsewhere", "corp.example mx 10 mx.bank.example\n"
	    "mx.bank.example a 198.18.9.9\n", PACE_FOREIGN, "", "", "corp.example",
	    "mail.open.example", "!given:/corp.example named ", "" },
	{ "the EHLO reply's name has an MX that leads back",
	    "mail.open.example mx 10 bank.example\nmail.open.example mx 20 mx.open.example\n"
	    "bank.example a 198.18.9.9\n" LEADS, PACE_FOREIGN, "", "", "", "",
	    "named ", "ehlo:mail.open.example/open.example " },
	{ "what once worked, each with all its domains", "", PACE_LAB, "a.b.corp.example",
	    "x.corp.example a.b.corp.example", "b.example", "mail.open.example",
	    "given:a.b.corp.example/corp.example given:a.b.corp.example/b.corp.example "
	    "given:x.corp.example/corp.example given:/b.example named ", "" },
	{ "DNS fails", "198.18.1.10 fail\nmail.open.example fail\n", PACE_FOREIGN, "", "", "", "",
	    "named ", "!ehlo:mail.open.example/ " },
	{ "known names are not asked for again", PTR LEADS, PACE_FOREIGN, "mx.open.example", "", "",
	    "mx.open.example mail.open.example", "named ", "" },
};

static void
names_come_from_where_they_may(void **state)
{
	char want[512];

	(void)state;
	for (size_t i = 0; i < sizeof(namings) / sizeof(namings[0]); i++) {
		rig_open(&rig, plain, namings[i].dns);
		rig.order = (struct msg_order){ .name = 1, .words = 1,
		    .hosts = str_of(namings[i].hosts), .domains = str_of(namings[i].domains),
		    .known = str_of(namings[i].known) };
		rig_order(&rig, 7, namings[i].pace, namings[i].host, "P01");
		rig_run(&rig, 3600);
		snprintf(want, sizeof(want), "%sask P01=refused/550 %send=done ",
		    namings[i].want, namings[i].words);
		if (strcmp(rig.log, want) != 0)
			fail_msg("%s: keeper heard \"%s\", want \"%s\"", namings[i].name, rig.log, want);
		rig_close(&rig);
	}
}

static void
a_certificate_tells_its_names(void **state)
{
	(void)state;
	rig_open(&rig, plain, "mail.open.example a 198.18.1.10\n");
	rig_tls(&rig);
	rig.order = (struct msg_order){ .words = 1 };
	rig_order(&rig, 7, PACE_FOREIGN, "", "S01");
	rig_run(&rig, 3600);
	assert_string_equal(rig.log, "ask S01=refused/550 ehlo:mail.open.example/open.example "
	    "!cert:mail.example.com/ !cert:/example.net end=done ");
	rig_close(&rig);
}

static const struct {
	const char	*name, *forms, *host, *dom;
	struct rule	 rules[RULES];
	const char	*want, *heard;
} named[] = {
	{ "a host goes where it belongs", "X01", "mx.a.example", "", { { 0 } },
	    "ask X01=refused/550 end=done ", "%probe.example@mx.a.example>" },
	{ "a domain, too", "X03", "", "a.example", { { 0 } },
	    "ask X03=refused/550 end=done ", "%probe.example@a.example>" },
	{ "in the greeting", "H02", "", "a.example", { { 0 } },
	    "ask H02=refused/550 end=done ", "EHLO a.example\r\n" },
	{ "a form without its name is left alone", "X01", "", "a.example", { { 0 } },
	    "end=none ", NULL },
	{ "the next name after a refusal", "X01 X01", "mx.a.example", "", { { 0 } },
	    "ask X01=refused/550 X01=refused/550 end=done ", NULL },
	{ "not after a deferral", "X01 X01", "mx.a.example", "",
	    { { "RCPT", "450 later\r\n" } }, "ask X01=deferred/450 end=done ", NULL },
};

static void
forms_go_with_the_names_they_came_with(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		rig_open(&rig, named[i].rules, "");
		rig.form_host = named[i].host;
		rig.form_dom = named[i].dom;
		rig_order(&rig, 7, PACE_FOREIGN, "", named[i].forms);
		rig_run(&rig, 3600);
		if (strcmp(rig.log, named[i].want) != 0)
			fail_msg("%s: keeper heard \"%s\", want \"%s\"", named[i].name,
			    rig.log, named[i].want);
		if (named[i].heard != NULL && !peer_heard(rig.peers[1], named[i].heard))
			fail_msg("%s: the server did not hear %s", named[i].name, named[i].heard);
		rig_close(&rig);
	}
}

static void
forms_that_do_not_apply_are_skipped_without_a_connection(void **state)
{
	static const struct { const char *form, *want; } skips[] = {
		{ "I01", "I01=skipped/0 end=none " },	/* the order's address is IPv4 */
		{ "M01", "M01=skipped/0 end=none " },	/* no such MX list */
		{ "W01", "W01=skipped/0 end=none " },	/* no such source address */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(skips) / sizeof(skips[0]); i++) {
		rig_open(&rig, plain, "");
		rig_order(&rig, 7, PACE_LAB, "", skips[i].form);
		rig_run(&rig, 60);
		assert_string_equal(rig.log, skips[i].want);
		assert_int_equal(rig.dials, 0);
		rig_close(&rig);
	}
}

static void
a_retry_says_exactly_the_same(void **state)
{
	struct msg_order o = { .order = 7, .addr = addr_v4(198, 18, 1, 10), .port = 25, .pace = PACE_LAB };
	struct msg_form f = { .order = 7, .recipient = STR("a"), .sender = STR("b"),
	    .mac = STR("1"), .mail_from = STR("was@probe.example"), .rcpt_to = STR("is@probe.example") };
	struct msg_id go = { 7 };

	(void)state;
	rig_open(&rig, plain, "");
	rig_send(&rig, MSG_ORDER, &o);
	rig_send(&rig, MSG_FORM, &f);
	rig_send(&rig, MSG_GO, &go);
	rig_run(&rig, 60);
	assert_true(peer_heard(rig.peers[1], "MAIL FROM:<was@probe.example>\r\nRCPT TO:<is@probe.example>\r\n"));
	rig_close(&rig);
}

static void
sessions_at_once_are_bounded_and_all_end(void **state)
{
	(void)state;
	rig_open(&rig, plain, "");
	rig.conf.probe_sessions = 2;
	for (uint64_t i = 1; i <= 20; i++)
		rig_order(&rig, i, PACE_LAB, "", "P01");
	rig_run(&rig, 3600);
	assert_int_equal(rig.dials, 20);
	assert_in_range(rig.most, 1, 3);	/* an old one may still flush its QUIT */
	assert_int_equal(prober_sessions(rig.prober), 0);
	rig_close(&rig);
}

static void
orders_past_all_room_are_given_back(void **state)
{
	struct msg_order o = { .addr = addr_v4(198, 18, 1, 10), .port = 25 };

	(void)state;
	rig_open(&rig, plain, "");
	rig.conf.probe_sessions = 1;
	for (o.order = 1; o.order <= 70; o.order++)
		rig_send(&rig, MSG_ORDER, &o);
	rig_run(&rig, 60);
	assert_string_equal(rig.log, "end=none end=none end=none end=none end=none ");
	assert_int_equal(prober_sessions(rig.prober), 65);
	rig_close(&rig);
}

static void
transcript_keeps_to_its_budget(void **state)
{
	static const struct rule big[RULES] = { { "RSET", "!big" }, { "EHLO", "!big" } };

	(void)state;
	rig_open(&rig, big, "");
	rig.conf.transcript_octets = 16 * 1024;
	rig_order(&rig, 7, PACE_LAB, "", "P01 R14 P10");
	rig_run(&rig, 60);
	assert_in_range(rig.said_len, 12 * 1024, 16 * 1024 + 6);
	assert_int_equal(rig.said_cuts, 1);
	assert_memory_equal(rig.said + rig.said_len - 6, "* cut\n", 6);
	rig_close(&rig);
}

static void
transcript_tells_the_whole_talk(void **state)
{
	static const char want[] = "* connected to 198.18.1.10 port 25\n"
	    "S: 220 mail.open.example ESMTP\nC: EHLO relaytest.probe.example\n"
	    "S: 250-mail.open.example\nS: 250-SIZE 1000\nS: 250 STARTTLS\n* form P01\n"
	    "C: MAIL FROM:<sendertoken@probe.example>\nS: 250 ok\n"
	    "C: RCPT TO:<recipienttoken@probe.example>\nS: 550 relaying denied\nC: QUIT\nS: 221 bye\n";

	(void)state;
	rig_open(&rig, plain, "");
	rig_order(&rig, 7, PACE_LAB, "", "P01");
	rig_run(&rig, 60);
	rig.said[rig.said_len] = '\0';
	assert_string_equal(rig.said, want);
	rig_close(&rig);
}

/* Grants what is asked.  Returns whether a session ended; it must be done. */
static bool
hear_one(int fd, const struct frame *f)
{
	struct msg_grant g = { .ok = 1 };
	struct msg_ended e;
	struct msg_id id;

	if (f->type == MSG_ASK) {
		assert_int_equal(frame_decode(&id, sizeof(id), f), 0);
		g.id = id.id;
		assert_int_equal(frame_write(fd, MSG_GRANT, &g, -1), 0);
	} else if (f->type == MSG_ENDED) {
		assert_int_equal(frame_decode(&e, sizeof(e), f), 0);
		assert_int_equal(e.finding, FIND_DONE);
	}
	return f->type == MSG_ENDED;
}

/* Reads what waits at keeper's raw end.  Returns how many sessions ended. */
static unsigned
hear(int fd)
{
	static struct frame f, one;
	struct msg_many many;
	unsigned ended = 0;

	while (frame_read(fd, &f) == 0) {
		assert_int_equal(f.type, MSG_MANY);
		assert_int_equal(frame_decode(&many, sizeof(many), &f), 0);
		while (frame_next(&one, &many.frames) == 0)
			ended += hear_one(fd, &one);
	}
	return ended;
}

/* keeper stops reading: past the mark nothing more is read from the servers
 * and nobody is timed out; when it reads again all go on to their end. */
static void
a_slow_keeper_slows_the_prober(void **state)
{
	static const struct rule big[RULES] = { { "EHLO", "!big" }, { "RSET", "!big" } };
	static const struct channel_events prober = { prober_hears, NULL, prober_alone };
	int pair[2];
	unsigned ended = 0;

	(void)state;
	rig_open(&rig, big, "");
	rig.conf.transcript_octets = 4 * 1024 * 1024;
	prober_keeper(rig.prober, NULL);
	channel_free(rig.ours);
	channel_free(rig.keepers);
	rig.keepers = NULL;
	assert_int_equal(frame_pair(pair), 0);
	rig.raw = pair[1];
	assert_int_equal(channel_new(&rig.ours, rig.loop, pair[0], &prober, &rig), 0);
	prober_keeper(rig.prober, rig.ours);
	for (uint64_t i = 1; i <= 16; i++)
		rig_order(&rig, i, PACE_LAB, "", "P01 R14 P10");
	for (int i = 0; i < 50 && rig.dials < 16; i++) {
		ended += hear(pair[1]);
		rig_run(&rig, 0);
	}
	rig_run(&rig, 600);
	assert_true(channel_full(rig.ours));
	assert_in_range(prober_sessions(rig.prober), 2, 16);
	for (int i = 0; i < 10000 && prober_sessions(rig.prober) > 0; i++) {
		ended += hear(pair[1]);
		rig_run(&rig, 1);
	}
	for (int i = 0; i < 100; i++) {
		ended += hear(pair[1]);
		rig_run(&rig, 1);
	}
	assert_int_equal(ended, 16);
	close(pair[1]);
	rig_close(&rig);
}

static const struct { uint8_t kind; const char *name, *want; } questions[] = {
	{ RESOLVE_MX, "open.example", "1:ok\"a.open.example b.open.example\" " },
	{ RESOLVE_ADDR, "a.open.example", "1:ok\"\",198.18.1.10,2001:db8::1 " },
	{ RESOLVE_PTR, "198.18.1.10", "1:ok\"a.open.example\" " },
	{ RESOLVE_MX, "null.example", "1:no\"\",null-mx " },
	{ RESOLVE_MX, "nothing.example", "1:no\"\",no-such-name " },
	{ RESOLVE_MX, "a.open.example", "1:no\"\",no-address " },
	{ RESOLVE_ADDR, "slow.example", "1:no\"\",temporary " },
	{ RESOLVE_TXT, "text.example", "1:ok\"a b=c\nline?two\xc3\xa4\" " },
	{ RESOLVE_TXT, "a.open.example", "1:no\"\",no-address " },
	{ RESOLVE_ADDR, "not a name", "1:no\"\",no-such-name " },
	{ 99, "open.example", NULL },	/* any answer, but one */
};

static void
questions_are_answered_without_any_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct msg_resolve m = { 1, questions[i].kind, str_of(questions[i].name) };

		rig_open(&rig, plain, "open.example mx 20 b.open.example\nopen.example mx 10 a.open.example\n"
		    "a.open.example a 198.18.1.10\na.open.example aaaa 2001:db8::1\n"
		    "198.18.1.10 ptr a.open.example\nnull.example mx 0 .\nslow.example fail\n"
		    "text.example txt a b=c\ntext.example txt line\x1ftwo\xc3\xa4\n");
		rig_send(&rig, MSG_RESOLVE, &m);
		rig_run(&rig, 60);
		if (questions[i].want != NULL && strcmp(rig.log, questions[i].want) != 0)
			fail_msg("%s kind %u: \"%s\", want \"%s\"", questions[i].name,
			    questions[i].kind, rig.log, questions[i].want);
		assert_int_equal(strncmp(rig.log, "1:", 2), 0);
		assert_int_equal(rig.dials, 0);
		rig_close(&rig);
	}
}

static void
strange_messages_of_keeper_harm_nothing(void **state)
{
	struct msg_form f = { .order = 99 };
	struct msg_id id = { 99 };
	struct msg_order o = { .order = 7, .addr = addr_v4(198, 18, 1, 10), .port = 25, .pace = 250 };

	(void)state;
	rig_open(&rig, plain, "");
	rig_send(&rig, MSG_FORM, &f);
	rig_send(&rig, MSG_GO, &id);
	rig_send(&rig, MSG_ASK, &id);		/* not for a prober */
	rig_send(&rig, MSG_ORDER, &o);
	rig_send(&rig, MSG_ORDER, &o);		/* twice */
	for (int i = 0; i < 200; i++) {
		f.order = 7;
		f.form = (uint8_t)i;		/* more than there are, and unknown ones */
		rig_send(&rig, MSG_FORM, &f);
	}
	id.id = 7;
	rig_send(&rig, MSG_GO, &id);
	rig_send(&rig, MSG_GO, &id);
	rig_run(&rig, 3600);
	assert_int_equal(prober_sessions(rig.prober), 0);
	assert_non_null(strstr(rig.log, "end="));
	rig_close(&rig);
}

static void
an_order_without_forms_ends(void **state)
{
	struct msg_order o = { .order = 7, .addr = addr_v4(198, 18, 1, 10), .port = 25 };
	struct msg_id go = { 7 };

	(void)state;
	rig_open(&rig, plain, "");
	rig_send(&rig, MSG_ORDER, &o);
	rig_send(&rig, MSG_GO, &go);
	rig_run(&rig, 60);
	assert_string_equal(rig.log, "end=none ");
	assert_int_equal(rig.dials, 0);
	rig_close(&rig);
}

static void
a_thousand_probes_leave_nothing_behind(void **state)
{
	size_t before;

	(void)state;
	rig_open(&rig, takes, "");
	rig_run(&rig, 1);
	before = open_descriptors();
	for (uint64_t i = 1; i <= 1000; i++) {
		rig_order(&rig, i, PACE_LAB, "", "P01");
		rig_run(&rig, 60);
		assert_string_equal(rig.log, "ask P01=accepted/250 end=done ");
		rig.len = rig.said_len = 0;
	}
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(rig.dials, 1000);
	rig_close(&rig);
}

/* Servers without any memory of their own, so that what is counted is ours. */
enum { CROWD = 64, DIALOGUE_OCTETS = 8 * 1024 };

static int crowd[CROWD];
static size_t n_crowd;

static int
crowd_dial(struct dialer *d, const struct addr *to, uint16_t port, const struct addr *from)
{
	int pair[2];

	(void)d;
	(void)to;
	(void)port;
	(void)from;
	assert_true(n_crowd < CROWD);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	crowd[n_crowd++] = pair[1];
	return pair[0];
}

static void
crowd_says(const char *line)
{
	char heard[1024];

	for (size_t i = 0; i < n_crowd; i++) {
		while (read(crowd[i], heard, sizeof(heard)) > 0)
			continue;
		assert_int_equal(write(crowd[i], line, strlen(line)), strlen(line));
	}
	rig_run(&rig, 0);
	rig_run(&rig, 1);
}

/* A plain dialogue with all the forms of a session, in the middle of the first,
 * waiting for a reply. */
static void
a_dialogue_that_waits_holds_little(void **state)
{
	size_t before, held;

	(void)state;
	rig_open(&rig, plain, "");
	rig.dialer.dial = crowd_dial;
	rig.form_host = "mail.open.example";
	rig.form_dom = "open.example";
	rig_run(&rig, 1);
	before = mallinfo2().uordblks;
	for (uint64_t i = 1; i <= CROWD; i++)
		rig_order(&rig, i, PACE_LAB, "mail.open.example",
		    "P01 R14 R15 X01 X03 X04 X05 Q01 Q03 Q04");
	rig_run(&rig, 1);
	assert_int_equal(n_crowd, CROWD);
	crowd_says("220 mail.open.example ESMTP\r\n");
	crowd_says("250-mail.open.example\r\n250-SIZE 10240000\r\n250 DSN\r\n");
	crowd_says("250 2.1.0 Ok\r\n");
	held = (mallinfo2().uordblks - before) / CROWD;
	print_message("# a plain dialogue holds %zu octets, %zu of them its session\n",
	    held, sizeof(struct session));
	assert_in_range(held, 0, DIALOGUE_OCTETS);	/* 0: a sanitizer counts otherwise */
	for (size_t i = 0; i < n_crowd; i++)
		close(crowd[i]);
	rig_run(&rig, 60);
	assert_int_equal(prober_sessions(rig.prober), 0);
	rig_close(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_peer_ends_bounded_with_its_finding),
		cmocka_unit_test(halted_sends_no_further_form),
		cmocka_unit_test(denied_is_never_dialled),
		cmocka_unit_test(a_grant_that_was_not_asked_for_dials_nothing),
		cmocka_unit_test(no_answer_of_keeper_is_no_grant),
		cmocka_unit_test(refused_connection),
		cmocka_unit_test(a_lost_keeper_ends_all_quietly),
		cmocka_unit_test(freed_in_the_middle_of_everything),
		cmocka_unit_test(the_letter_that_is_sent_is_known_again),
		cmocka_unit_test(names_come_from_where_they_may),
		cmocka_unit_test(a_certificate_tells_its_names),
		cmocka_unit_test(forms_go_with_the_names_they_came_with),
		cmocka_unit_test(forms_that_do_not_apply_are_skipped_without_a_connection),
		cmocka_unit_test(a_retry_says_exactly_the_same),
		cmocka_unit_test(sessions_at_once_are_bounded_and_all_end),
		cmocka_unit_test(orders_past_all_room_are_given_back),
		cmocka_unit_test(transcript_keeps_to_its_budget),
		cmocka_unit_test(transcript_tells_the_whole_talk),
		cmocka_unit_test(a_slow_keeper_slows_the_prober),
		cmocka_unit_test(questions_are_answered_without_any_order),
		cmocka_unit_test(strange_messages_of_keeper_harm_nothing),
		cmocka_unit_test(an_order_without_forms_ends),
		cmocka_unit_test(a_thousand_probes_leave_nothing_behind),
		cmocka_unit_test(a_dialogue_that_waits_holds_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
