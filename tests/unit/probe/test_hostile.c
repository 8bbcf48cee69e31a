/* Every form on every port of its own, against a server that at one stage of
 * the dialogue does one bad thing: thousands of dialogues.  Each must end in
 * bounded time and octets with one finding a form at most; "accepted" only
 * after a 2xx that answered the letter, and never anything that only a receipt
 * can tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "fact/letter.h"
#include "foe.h"

enum {
	SESSION_S = 15 * 60 + 1,
	TRANSCRIPT = 16 * 1024,
	TOLD = 1 << 20,		/* one reply, and what the socket holds: of 10 MB */
	HEARD = 32 * 1024,	/* all that a server may hear */
};

static const struct misdeed misdeeds[] = {
	{ "closes", CLOSES, NULL, false, 0 },
	{ "closes in the middle of a reply", CLOSES, "@ half\\", false, 0 },
	{ "closes behind its reply", CLOSES, "@ and now go", true, 0 },
	{ "says nothing", IS_SILENT, NULL, false, 0 },
	{ "says half a reply", SAYS, "@ half\\", false, 0 },
	{ "says the first line of two", SAYS, "@-half", false, 0 },
	{ "drips a short reply", DRIPS, "@ x", true, 0 },
	{ "drips a long one", DRIPS, "@ this reply comes an octet each ten seconds, so that it never ends", false, 0 },
	{ "continuation lines for ever, slowly", SAYS_FOR_EVER, "@-x", false, 0 },
	{ "continuation lines for ever, fast", FLOODS, "@-endless", false, 0 },
	{ "replies for ever", FLOODS, "@ endless", false, 0 },
	{ "one line for ever", FLOODS, "@-x\\", false, 0 },
	{ "zeros for ever", FLOODS, "~~~~~~~~\\", false, 0 },
	{ "zeros", SAYS, "~~~~~~~~\\", false, 0 },
	{ "a zero in its reply", SAYS, "@ o~k", false, 0 },
	{ "8-bit text", SAYS, "@ \xe3\x81\x93\xff\xfe\x80\x9b", true, 0 },
	{ "escapes for a terminal", SAYS, "@ \x1b[2J\x1b]0;x\x07\b\t\x7f", true, 0 },
	{ "bare LF", SAYS, "@-x\n@ y\n\\", true, 0 },
	{ "bare CR", SAYS, "@ x\r@ y", false, 0 },
	{ "no text", SAYS, "@", true, 0 },
	{ "no CRLF, no code", SAYS, "hello\\", false, 0 },
	{ "an empty line", SAYS, "", false, 0 },
	{ "another protocol", SAYS, "SSH-2.0-x", false, 0 },
	{ "HTTP", SAYS, "HTTP/1.0 400 Bad Request\r\n\r\n<html>", false, 0 },
	{ "a banner again", SAYS, "220 mail.open.example ESMTP", false, 0 },
	{ "a code below all", SAYS, "150 go on", false, 0 },
	{ "a code above all", SAYS, "650 what", false, 0 },
	{ "four digits", SAYS, "@0 ok", false, 0 },
	{ "two digits", SAYS, "25 ok", false, 0 },
	{ "a continuation without meaning", SAYS, "@+ok", false, 0 },
	{ "3xx", SAYS, "334 PDFAb3Blbi5leGFtcGxlPg==", false, 0 },
	{ "354", SAYS, "354 go", false, 0 },
	{ "4xx", SAYS, "450 4.2.0 later", false, 0 },
	{ "421", SAYS, "421 4.3.0 too busy", false, 0 },
	{ "421 and the end", CLOSES, "421 4.3.0 too busy", false, 0 },
	{ "5xx", SAYS, "550 5.7.1 no", false, 0 },
	{ "502", SAYS, "502 what", false, 0 },
	{ "wants TLS", SAYS, "530 5.7.0 Must issue a STARTTLS command first", false, 0 },
	{ "a code that changes", SAYS, "@-yes\r\n550 no", false, 0 },
	{ "a code that changes to good", SAYS, "550-no\r\n@ yes", false, 0 },
	{ "its reply twice", SAYS, "@ x\r\n@ y", true, 0 },
	{ "its reply, then 421", SAYS, "@ x\r\n421 no", true, 0 },
	{ "its reply, then half of one", SAYS, "@ x\r\n250\\", true, 0 },
	{ "its reply and all that will follow", SAYS, "@ x\r\n250 x\r\n250 x\r\n354 go\r\n250 queued\r\n221 bye", true, 0 },
	{ "its reply and yes to everything", SAYS,
	    "@ 1\r\n250 2\r\n250 3\r\n250 4\r\n250 5\r\n250 6\r\n250 7\r\n250 8\r\n250 9", true, 0 },
	{ "go-aheads without an end", FLOODS, "354 go", false, 0 },
	{ "a reply of 60 KiB", REPEATS, "@-^", true, 98 },
	{ "a line of 2400 octets", SAYS, "@ ^^^^", false, 0 },
	{ "a thousand capabilities", REPEATS, "@-X-CAPABILITY-OF-NOBODY", false, 1000 },
	{ "AUTH of everything, a hundred times", REPEATS,
	    "@-AUTH PLAIN LOGIN CRAM-MD5 ANONYMOUS NTLM GSSAPI XOAUTH2\r\n@-AUTH=LOGIN PLAIN", true, 48 },
	{ "AUTH of nothing", SAYS, "@-x\r\n@-AUTH\r\n@-AUTH=\r\n@ AUTH  ,;= \xff", true, 0 },
};
enum { MISDEEDS = sizeof(misdeeds) / sizeof(misdeeds[0]) };

static struct rig rig;
static uint64_t orders;
static unsigned dialogues, accepts;

/* One order of one form in one variant, once or twice. */
static void
order(uint8_t form, uint8_t variant, unsigned times)
{
	const struct relaytest *r = &relaytest_forms[form];
	struct msg_order o = { .order = ++orders, .run = 1, .pace = PACE_LAB,
		.purpose = RUN_PROBE, .host = STR("mail.open.example"),
		.port = relaytest_port(form, variant) };
	struct msg_form f = { .order = o.order, .attempt = form, .form = form, .variant = variant,
		.host = STR("mail.open.example"), .dom = STR("open.example"),
		.recipient = STR("recipienttoken"), .sender = STR("sendertoken"),
		.pair = STR("timsecret"), .mac = STR("0123abcd") };
	struct msg_id go = { o.order };

	o.port = o.port == 0 ? 25 : o.port;
	if (r->session != SESSION_IPV6)
		o.addr = addr_v4(198, 18, 1, 10);
	else
		assert_int_equal(addr_parse(&o.addr, STR("fd00:18::1:10")), 0);
	rig_send(&rig, MSG_ORDER, &o);
	while (times-- > 0)
		rig_send(&rig, MSG_FORM, &f);
	rig_send(&rig, MSG_GO, &go);
}

static unsigned
count(const char *what)
{
	unsigned n = 0;

	for (const char *p = rig.log; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

struct dialogue {
	uint8_t		 form, variant;
	enum mode	 mode;		/* NO_RECIPIENT: then it is ordered twice */
	const struct misdeed *does;	/* NULL: none */
	enum stage	 when;
};

static void
hold(const struct dialogue *d, bool holds, const char *what)
{
	if (!holds)
		fail_msg("%s variant %u, %s at stage %u, mode %u: %s; keeper heard \"%s\", "
		    "transcript:\n%.*s", relaytest_forms[d->form].id, d->variant,
		    d->does == NULL ? "nothing" : d->does->name, d->when, d->mode, what,
		    rig.log, (int)rig.said_len, rig.said);
}

static void
judge(const struct dialogue *d)
{
	static const char *const never[] = { "=returned/", "=bounced/", "=mx/", "=none/" };
	unsigned accepted = count("=accepted/"), found = count("/");

	hold(d, prober_sessions(rig.prober) == 0 && count("end=") == 1, "it has not ended, once");
	hold(d, rig.open == 0, "the connection is still there");
	hold(d, rig.took_ms <= SESSION_S * 1000, "it took too long");
	hold(d, rig.said_len <= TRANSCRIPT + 6, "the transcript grew");
	hold(d, foe.said <= TOLD, "too much was read");
	hold(d, foe.heard <= HEARD, "too much was said");
	hold(d, found <= (d->mode == NO_RECIPIENT ? 2 : 1) && accepted <= 1, "a form was found twice");
	hold(d, accepted == 0 || foe.took, "accepted by nobody");
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		hold(d, count(never[i]) == 0, "a finding that is not the prober's");
	accepts += accepted;
}

/* Returns the stages that were reached. */
static unsigned
play(const struct dialogue *d)
{
	struct loop_timer *timer = foe.timer;

	foe = (struct foe){ .rig = &rig, .timer = timer, .does = d->does, .when = d->when,
		.mode = d->mode,
		.waits = relaytest_forms[d->form].session == SESSION_PROXY };
	rig.len = rig.said_len = 0;
	rig.log[0] = '\0';
	rig.took_ms = 0;
	order(d->form, d->variant, d->mode == NO_RECIPIENT ? 2 : 1);
	rig_run(&rig, SESSION_S + 60);
	dialogues++;
	judge(d);
	return foe.stages;
}

/* A server that refuses in the end differs from one that takes all only there,
 * and where it says more than it should. */
static bool
tells(const struct dialogue *d)
{
	static const enum stage own[] = { ST_N, ST_RSET, ST_DATA };

	return d->mode == TAKES_ALL || d->when == own[d->mode] ||
	    (d->does->how == SAYS && strstr(d->does->text, "\r\n") != NULL);
}

static void
all_misdeeds(struct dialogue d, unsigned stages)
{
	for (unsigned at = 0; at < ST_N; at++) {
		if ((stages & 1u << at) == 0)
			continue;
		d.when = (enum stage)at;
		for (d.does = misdeeds; d.does < misdeeds + MISDEEDS; d.does++)
			if (tells(&d))
				play(&d);
	}
}

static void
one_form(uint8_t form, uint8_t variant)
{
	static const char *const ends[] = { "=accepted/250", "=refused/550", "=refused/550" };
	struct dialogue d = { .form = form, .variant = variant };
	unsigned stages;

	for (d.mode = TAKES_ALL; d.mode <= NO_LETTER; d.mode++) {
		d.does = NULL;
		stages = play(&d);
		hold(&d, count(ends[d.mode]) > 0, "another end when nobody does harm");
		all_misdeeds(d, stages);
	}
}

/* Forms in parts, so that each is a test of its own. */
static void
forms(unsigned from, unsigned to)
{
	size_t before = open_descriptors();

	dialogues = accepts = 0;
	for (unsigned form = from; form < to && form < RELAYTEST_N; form++)
		for (unsigned v = 0; v < relaytest_variants((uint8_t)form); v++)
			one_form((uint8_t)form, (uint8_t)v);
	assert_int_equal(open_descriptors(), before);
	print_message("# %u dialogues, %u ended with accepted\n", dialogues, accepts);
}

#define PART(name, from, to) \
	static void name(void **state) { (void)state; forms(from, to); }
PART(plain_senders, 0, 17)
PART(recipients, 17, 32)
PART(percent_and_quotes, 32, 46)
PART(routes_bangs_and_both, 46, 65)
PART(greetings_ports_and_tls, 65, 76)
PART(credentials_and_claims, 76, RELAYTEST_N)

static int
open_all(void **state)
{
	static char second[] = "example.net";

	(void)state;
	rig_open(&rig, NULL, "mail.open.example a 198.18.1.10\n"
	    "mx-198-18-1-10.probe.example mx 10 rx.probe.example\n"
	    "mx-198-18-1-10.probe.example mx 20 mail.open.example\n"
	    "198.18.0.3 ptr client.open.example\nclient.open.example a 198.18.0.3\n");
	rig_tls(&rig);
	rig.dialer.dial = foe_dial;
	rig.conf.transcript_octets = TRANSCRIPT;
	rig.conf.probe_domain2 = second;
	rig.conf.probe_ptr_from = addr_v4(198, 18, 0, 3);
	rig.conf.smtp[0].addr = addr_v4(198, 18, 0, 25);
	rig.conf.n_smtp = 1;
	return loop_timer(&foe.timer, rig.loop, foe_tick, NULL);
}

static int
close_all(void **state)
{
	(void)state;
	loop_timer_free(foe.timer);
	rig_run(&rig, 60);
	rig_close(&rig);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_senders),
		cmocka_unit_test(recipients),
		cmocka_unit_test(percent_and_quotes),
		cmocka_unit_test(routes_bangs_and_both),
		cmocka_unit_test(greetings_ports_and_tls),
		cmocka_unit_test(credentials_and_claims),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
