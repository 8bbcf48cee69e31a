/* Letters of ours: handed to mail.relay and to nobody else, whatever the server
 * there does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "fact/letter.h"
#include "fact/relaytest.h"
#include "probe/post.h"
#include "rig.h"

static struct rig rig;

static void
relay_on(struct rig *r, const char *relay)
{
	r->conf.n_mail_relay = relay[0] != '\0';
	r->conf.mail_relay[0] = (struct conf_listen){ addr_v4(198, 18, 0, 5), 2500 };
}

static void
letter(struct rig *r, uint64_t id, const char *from, const char *rcpt, const char *text)
{
	struct msg_letter m = { .id = id, .mail_from = str_of(from), .rcpt = str_of(rcpt),
		.octets = str_of(text) };

	rig_send(r, MSG_LETTER, &m);
}

static const struct {
	const char	*name;
	struct rule	 rules[RULES];
	const char	*want;
	unsigned	 within_s;
} cases[] = {
	{ "taken", { { "RCPT", "250 ok\r\n" } }, "letter1=ok/250() ", 1 },
	{ "recipient refused", { { "RCPT", "550 5.1.1 no such user\r\n" } },
	    "letter1=no/550(5.1.1 no such user) ", 1 },
	{ "sender refused", { { "MAIL", "553 not you\r\n" } }, "letter1=no/553(not you) ", 1 },
	{ "busy", { { "BANN", "421 later\r\n" } }, "letter1=no/421(later) ", 1 },
	{ "refused after the dot", { { "RCPT", "250 ok\r\n" }, { "BODY", "554 no\r\n" } },
	    "letter1=no/554(no) ", 1 },
	{ "354 where 2xx is due", { { "MAIL", "354 go\r\n" } }, "letter1=no/354(go) ", 1 },
	{ "250 where 354 is due", { { "RCPT", "250 ok\r\n" }, { "DATA", "250 ok\r\n" } },
	    "letter1=no/250(ok) ", 1 },
	{ "no EHLO", { { "EHLO", "500 what\r\n" } }, "letter1=no/500(what) ", 1 },
	{ "no SMTP", { { "BANN", "SSH-2.0-x\r\n" } }, "letter1=no/0(no SMTP reply) ", 1 },
	{ "two replies for one", { { "MAIL", "!early" } },
	    "letter1=no/0(more replies than commands) ", 1 },
	{ "flood", { { "BANN", "!flood" } }, "letter1=no/0(no SMTP reply) ", 1 },
	{ "zeros", { { "RCPT", "!nul" } }, "letter1=no/0(no SMTP reply) ", 1 },
	{ "silent banner", { { "BANN", "!silent" } }, "letter1=no/0(no reply in time) ", 31 },
	{ "silent at the dot", { { "RCPT", "250 ok\r\n" }, { "BODY", "!silent" } },
	    "letter1=no/0(no reply in time) ", 31 },
	{ "dripping: the whole has an end", { { "BANN", "!drip 220 x\r\n" },
	    { "EHLO", "!drip 250 x\r\n" }, { "MAIL", "!drip 250 x\r\n" } },
	    "letter1=no/0(no reply in time) ", 121 },
	{ "closes at DATA", { { "RCPT", "250 ok\r\n" }, { "DATA", "!close" } },
	    "letter1=no/0(connection lost) ", 1 },
};

static void
every_server_ends_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_open(&rig, cases[i].rules, "");
		relay_on(&rig, "yes");
		letter(&rig, 1, "postmaster@probe.example", "postmaster@mx.example", "Subject: x\n\ny\n");
		rig_run(&rig, cases[i].within_s);
		if (strcmp(rig.log, cases[i].want) != 0)
			fail_msg("%s: keeper heard \"%s\", want \"%s\"", cases[i].name,
			    rig.log, cases[i].want);
		rig_run(&rig, 300);
		assert_string_equal(rig.log, cases[i].want);
		assert_int_equal(rig.open, 0);
		assert_int_equal(rig.port, 2500);
		rig_close(&rig);
	}
}

static const struct rule takes[RULES] = { { "RCPT", "250 ok\r\n" } };

static void
it_says_what_it_should(void **state)
{
	struct addr to = addr_v4(198, 18, 0, 5);

	(void)state;
	rig_open(&rig, takes, "");
	relay_on(&rig, "yes");
	letter(&rig, 9, "postmaster@probe.example", "postmaster@mx.example",
	    "Subject: x\r\n\r\n.one\n..two\n.");
	rig_run(&rig, 5);
	assert_string_equal(rig.log, "letter9=ok/250() ");
	assert_true(addr_eq(&rig.to, &to));
	assert_int_equal(gbuf_add(&rig.peers[1]->heard, "", 1), 0);
	assert_string_equal((char *)rig.peers[1]->heard.p,
	    "EHLO relaytest.probe.example\r\n"
	    "MAIL FROM:<postmaster@probe.example>\r\n"
	    "RCPT TO:<postmaster@mx.example>\r\n"
	    "DATA\r\n"
	    "Subject: x\r\n\r\n..one\r\n...two\r\n..\r\n.\r\n"
	    "QUIT\r\n");
	rig_close(&rig);
}

static void
nothing_is_dialled_for_these(void **state)
{
	static const struct { const char *name, *relay, *from, *rcpt, *want; } bad[] = {
		{ "no mail.relay", "", "a@b.example", "c@d.example", "letter1=no/0(mail.relay is not set) " },
		{ "no recipient", "yes", "a@b.example", "", "letter1=no/0(not an address) " },
		{ "a line end", "yes", "a@b.example", "c@d.example\r\nRCPT TO:<x@y.example",
		    "letter1=no/0(not an address) " },
		{ "a bracket", "yes", "a@b.example", "c@d.example>", "letter1=no/0(not an address) " },
		{ "a blank", "yes", "a b@c.example", "c@d.example", "letter1=no/0(not an address) " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig_open(&rig, takes, "");
		relay_on(&rig, bad[i].relay);
		letter(&rig, 1, bad[i].from, bad[i].rcpt, "x");
		rig_run(&rig, 5);
		if (strcmp(rig.log, bad[i].want) != 0 || rig.dials != 0)
			fail_msg("%s: keeper heard \"%s\", %u dials", bad[i].name, rig.log, rig.dials);
		rig_close(&rig);
	}
}

static void
nobody_listens(void **state)
{
	(void)state;
	rig_open(&rig, takes, "");
	relay_on(&rig, "yes");
	rig.refuses = true;
	letter(&rig, 1, "a@b.example", "c@d.example", "x");
	rig_run(&rig, 5);
	assert_string_equal(rig.log, "letter1=no/0(connection refused) ");
	rig_close(&rig);
}

static void
many_at_once_are_bounded(void **state)
{
	static const struct rule silent[RULES] = { { "BANN", "!silent" } };

	(void)state;
	rig_open(&rig, silent, "");
	relay_on(&rig, "yes");
	for (uint64_t i = 1; i <= POST_LETTERS + 1; i++)
		letter(&rig, i, "a@b.example", "c@d.example", "x");
	rig_run(&rig, 5);
	assert_string_equal(rig.log, "letter9=no/0(too many letters at once) ");
	assert_int_equal(rig.open, POST_LETTERS);
	prober_keeper(rig.prober, NULL);	/* nobody waits: all are broken off */
	rig_run(&rig, 10);
	assert_int_equal(rig.open, 0);
	rig_close(&rig);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_server_ends_bounded),
		cmocka_unit_test(it_says_what_it_should),
		cmocka_unit_test(nothing_is_dialled_for_these),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(many_at_once_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
