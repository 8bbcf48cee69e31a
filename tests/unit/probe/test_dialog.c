/* Whole conversations as text.  A line of a script is
 *	S: octets of the server, CRLF is added     X: the same without CRLF
 *	C: the command that must be sent           L: the letter must be sent
 *	T: ok|fail|inject, after DLG_HANDSHAKE     E: connection lost
 *	W: seconds waited for in vain              Q: our own time ran out
 * and the conversation must end with DLG_CLOSE exactly where the script does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "probe/dialog.h"

#define GREET "S: 220 mx.open.example\nC: EHLO relaytest.probe.example\n" \
	"S: 250-mx.open.example\nS: 250-SIZE 10240000\nS: 250-DSN\nS: 250 STARTTLS\n"
#define MAIL1 "C: MAIL FROM:<s1@probe.example>\n"
#define RCPT1 "C: RCPT TO:<t1@probe.example>\n"
#define MAIL2 "C: MAIL FROM:<s2@probe.example>\n"
#define RCPT2 "C: RCPT TO:<t2@probe.example>\n"
#define OK "S: 250 2.1.0 Ok\n"
#define BYE "C: QUIT\nS: 221 Bye\n"
#define TO_DATA1 GREET MAIL1 OK RCPT1 OK "C: DATA\n"

#define AUTHS "S: 220 x\nC: EHLO relaytest.probe.example\nS: 250-x\nS: 250-SIZE\nS: 250 AUTH PLAIN LOGIN\n"
#define CLAIMS(what) "S: 220 x\nC: EHLO relaytest.probe.example\nS: 250-x\nS: 250 " what " NAME ADDR\n"
#define PROXIED "W: 1\nC: PROXY TCP4 127.0.0.1 192.0.2.25 40025 25\n"

#define PLAIN SESSION_PLAIN
#define WRAPPED 64u	/* beside a kind: at the port of TLS */

static const struct {
	const char	*name;
	unsigned	 kind;		/* enum relaytest_session */
	unsigned	 n, limit;
	const char	*script;
	const char	*want;	/* finding/code of each form, then the session */
} cases[] = {
	{ "every form refused at RCPT", PLAIN, 2, 3,
	    GREET MAIL1 OK RCPT1 "S: 554 5.7.1 Relay access denied\nC: RSET\n" OK
	    MAIL2 OK RCPT2 "S: 550 no\n" BYE, "refused/554 refused/550 done" },
	{ "accepted ends the session", PLAIN, 2, 3,
	    TO_DATA1 "S: 354 go\nL:\nS: 250 queued\n" BYE, "accepted/250 none/0 done" },
	{ "refused at DATA is refused", PLAIN, 1, 3,
	    TO_DATA1 "S: 554 no valid recipients\n" BYE, "refused/554 done" },
	{ "refused after the dot is refused", PLAIN, 1, 3,
	    TO_DATA1 "S: 354 go\nL:\nS: 550 spam\n" BYE, "refused/550 done" },
	{ "deferred after the dot", PLAIN, 2, 3,
	    TO_DATA1 "S: 354 go\nL:\nS: 451 later\nC: RSET\n" OK MAIL2 "S: 550 no\n" BYE,
	    "deferred/451 barred/550 done" },
	{ "greylisting defers each form", PLAIN, 2, 3,
	    GREET MAIL1 OK RCPT1 "S: 450 4.2.0 Greylisted\nC: RSET\n" OK
	    MAIL2 OK RCPT2 "S: 450 4.2.0 Greylisted\n" BYE, "deferred/450 deferred/450 done" },
	{ "454 4.7.1 to RCPT is a refusal (decision 0004)", PLAIN, 1, 3,
	    GREET MAIL1 OK RCPT1 "S: 454 4.7.1 <x>: Relay access denied\n" BYE, "refused/454 done" },
	{ "451 4.7.1 stays a deferral: greylists say it", PLAIN, 1, 3,
	    GREET MAIL1 OK RCPT1 "S: 451 4.7.1 Greylisting in action\n" BYE, "deferred/451 done" },
	{ "454 4.7.1 to MAIL stays a deferral", PLAIN, 1, 3,
	    GREET MAIL1 "S: 454 4.7.1 no\n" BYE, "deferred/454 done" },
	{ "5xx to MAIL bars the form", PLAIN, 1, 3,
	    GREET MAIL1 "S: 550 sender denied\n" BYE, "barred/550 done" },
	{ "4xx to MAIL defers the form", PLAIN, 1, 3,
	    GREET MAIL1 "S: 451 dns\n" BYE, "deferred/451 done" },
	{ "the limit of refusals ends it", PLAIN, 3, 2,
	    GREET MAIL1 OK RCPT1 "S: 550 no\nC: RSET\n" OK MAIL2 OK RCPT2 "S: 550 no\n" BYE,
	    "refused/550 refused/550 none/0 done" },
	{ "421 to RCPT", PLAIN, 2, 3,
	    GREET MAIL1 OK RCPT1 "S: 421 too many errors\n" BYE, "deferred/421 none/0 busy" },
	{ "421 as banner", PLAIN, 1, 3, "S: 421 busy\n" BYE, "none/0 busy" },
	{ "450 as banner", PLAIN, 1, 3, "S: 450 busy\n" BYE, "none/0 busy" },
	{ "421 to RSET", PLAIN, 2, 3,
	    GREET MAIL1 OK RCPT1 "S: 550 no\nC: RSET\nS: 421 bye\n" BYE, "refused/550 none/0 busy" },
	{ "421 to QUIT changes nothing", PLAIN, 1, 3,
	    GREET MAIL1 OK RCPT1 "S: 550 no\nC: QUIT\nS: 421 bye\n", "refused/550 done" },
	{ "no QUIT answer changes nothing", PLAIN, 1, 3,
	    GREET MAIL1 OK RCPT1 "S: 550 no\nC: QUIT\nE:\n", "refused/550 done" },
	{ "RSET refused: the rest waits", PLAIN, 2, 3,
	    GREET MAIL1 OK RCPT1 "S: 550 no\nC: RSET\nS: 500 unknown command\n" BYE,
	    "refused/550 none/0 done" },
	{ "554 banner blocks us", PLAIN, 1, 3, "S: 554 go away\n" BYE, "none/0 blocked" },
	{ "EHLO refused: HELO", PLAIN, 1, 3,
	    "S: 220 old\nC: EHLO relaytest.probe.example\nS: 500 what\n"
	    "C: HELO relaytest.probe.example\nS: 250 old\n" MAIL1 OK RCPT1 "S: 550 no\n" BYE,
	    "refused/550 done" },
	{ "EHLO and HELO refused block us", PLAIN, 1, 3,
	    "S: 220 x\nC: EHLO relaytest.probe.example\nS: 550 no\n"
	    "C: HELO relaytest.probe.example\nS: 550 no\n" BYE, "none/0 blocked" },
	{ "H06 says HELO only", SESSION_HELO, 1, 3,
	    "S: 220 x\nC: HELO relaytest.probe.example\nS: 250 x\n" MAIL1 OK RCPT1 "S: 550 no\n" BYE,
	    "refused/550 done" },
	{ "a greeting of the form refused is its answer", SESSION_EHLO, 1, 3,
	    "S: 220 x\nC: EHLO relaytest.probe.example\nS: 550 you are not me\n"
	    "C: HELO relaytest.probe.example\nS: 550 you are not me\n" BYE, "refused/550 done" },
	{ "STARTTLS first when the form says so", SESSION_STARTTLS, 1, 3,
	    GREET "C: STARTTLS\nS: 220 go\nT: ok\nC: EHLO relaytest.probe.example\nS: 250 x\n"
	    MAIL1 OK RCPT1 "S: 550 no\n" BYE, "refused/550 done" },
	{ "STARTTLS not offered skips the form", SESSION_STARTTLS, 1, 3,
	    "S: 220 x\nC: EHLO relaytest.probe.example\nS: 250 x\n" BYE, "skipped/0 done" },
	{ "STARTTLS refused", SESSION_STARTTLS, 1, 3,
	    GREET "C: STARTTLS\nS: 454 not now\n" BYE, "none/0 tls" },
	{ "handshake fails", SESSION_STARTTLS, 1, 3,
	    GREET "C: STARTTLS\nS: 220 go\nT: fail\n", "none/0 tls" },
	{ "plain text injected behind STARTTLS", SESSION_STARTTLS, 1, 3,
	    GREET "C: STARTTLS\nS: 220 go\nT: inject\n", "none/0 tls" },
	{ "STARTTLS never answered", SESSION_STARTTLS, 1, 3,
	    GREET "C: STARTTLS\nW: 120\n", "none/0 tls" },
	{ "STARTTLS demanded: the same form again", PLAIN, 1, 3,
	    GREET MAIL1 "S: 530 5.7.0 Must issue a STARTTLS command first\n"
	    "C: STARTTLS\nS: 220 go\nT: ok\nC: EHLO relaytest.probe.example\nS: 250 x\n"
	    MAIL1 OK RCPT1 "S: 550 no\n" BYE, "refused/550 done" },
	{ "STARTTLS demanded in other words", PLAIN, 1, 3,
	    GREET MAIL1 "S: 554 please use StartTLS\nC: STARTTLS\nS: 220 go\nT: ok\n"
	    "C: EHLO relaytest.probe.example\nS: 250 x\n" MAIL1 "S: 530 authenticate\n" BYE,
	    "barred/530 done" },
	{ "STARTTLS demanded and broken cuts the form alone", PLAIN, 2, 3,
	    GREET MAIL1 "S: 530 Must issue a STARTTLS\nC: STARTTLS\nS: 220 go\nT: fail\n",
	    "cut/0 none/0 tls" },
	{ "STARTTLS demanded, not offered: refused", PLAIN, 1, 3,
	    "S: 220 x\nC: EHLO relaytest.probe.example\nS: 250 x\n"
	    MAIL1 "S: 530 Must issue a STARTTLS\n" BYE, "barred/530 done" },
	{ "TLS from the first octet", SESSION_TLS, 1, 3,
	    "T: ok\nS: 220 x\nC: EHLO relaytest.probe.example\nS: 250 x\n"
	    MAIL1 OK RCPT1 "S: 550 no\n" BYE, "refused/550 done" },
	{ "no TLS at the TLS port", SESSION_TLS, 1, 3, "T: fail\n", "none/0 tls" },
	{ "any form at the TLS port", PLAIN | WRAPPED, 1, 3,
	    "T: ok\nS: 220 x\nC: EHLO relaytest.probe.example\nS: 250 x\n"
	    MAIL1 OK RCPT1 "S: 550 no\n" BYE, "refused/550 done" },
	{ "STARTTLS is had at the TLS port", SESSION_STARTTLS | WRAPPED, 1, 3,
	    "T: ok\nS: 220 x\nC: EHLO relaytest.probe.example\nS: 250 x\n"
	    MAIL1 OK RCPT1 "S: 550 no\n" BYE, "refused/550 done" },
	{ "HELO at the TLS port", SESSION_HELO | WRAPPED, 1, 3,
	    "T: ok\nS: 220 x\nC: HELO relaytest.probe.example\nS: 250 x\n"
	    MAIL1 OK RCPT1 "S: 550 no\n" BYE, "refused/550 done" },
	{ "nothing is said before the banner", PLAIN, 1, 3, "W: 300\n", "none/0 no-smtp" },
	{ "closed before the banner", PLAIN, 1, 3, "E:\n", "none/0 no-smtp" },
	{ "no SMTP", PLAIN, 1, 3, "S: HTTP/1.1 400 Bad Request\n", "none/0 no-smtp" },
	{ "banner of another kind", PLAIN, 1, 3, "S: 354 x\n", "none/0 no-smtp" },
	{ "lost at EHLO", PLAIN, 1, 3, "S: 220 x\nC: EHLO relaytest.probe.example\nE:\n", "none/0 cut" },
	{ "lost at MAIL", PLAIN, 1, 3, GREET MAIL1 "E:\n", "cut/0 cut" },
	{ "lost at RCPT", PLAIN, 2, 3, GREET MAIL1 OK RCPT1 "E:\n", "cut/0 none/0 cut" },
	{ "lost at DATA", PLAIN, 1, 3, TO_DATA1 "E:\n", "cut/0 cut" },
	{ "lost after the dot", PLAIN, 1, 3, TO_DATA1 "S: 354 go\nL:\nE:\n", "cut/0 cut" },
	{ "lost at RSET", PLAIN, 2, 3,
	    GREET MAIL1 OK RCPT1 "S: 550 no\nC: RSET\nE:\n", "refused/550 none/0 cut" },
	{ "silence at EHLO", PLAIN, 1, 3,
	    "S: 220 x\nC: EHLO relaytest.probe.example\nW: 300\nC: QUIT\n", "none/0 cut" },
	{ "silence at RCPT", PLAIN, 1, 3, GREET MAIL1 OK RCPT1 "W: 300\nC: QUIT\n", "cut/0 cut" },
	{ "silence at DATA: QUIT could become text", PLAIN, 1, 3, TO_DATA1 "W: 120\n", "cut/0 cut" },
	{ "silence after the dot", PLAIN, 1, 3,
	    TO_DATA1 "S: 354 go\nL:\nW: 600\nC: QUIT\n", "cut/0 cut" },
	{ "silence at QUIT", PLAIN, 1, 3,
	    GREET MAIL1 OK RCPT1 "S: 550 no\nC: QUIT\nW: 30\n", "refused/550 done" },
	{ "354 to MAIL", PLAIN, 2, 3, GREET MAIL1 "S: 354 go\n" BYE, "odd/354 none/0 odd" },
	{ "250 to DATA", PLAIN, 1, 3, TO_DATA1 "S: 250 go\n", "odd/250 odd" },
	{ "354 after the dot", PLAIN, 1, 3, TO_DATA1 "S: 354 go\nL:\nS: 354 more\n" BYE, "odd/354 odd" },
	{ "codes that differ", PLAIN, 1, 3,
	    GREET MAIL1 OK RCPT1 "S: 250-a\nS: 550 b\nC: QUIT\n", "odd/0 odd" },
	{ "code below 200", PLAIN, 1, 3, GREET MAIL1 "S: 150 x\nC: QUIT\n", "odd/0 odd" },
	{ "garbage after STARTTLS", SESSION_STARTTLS, 1, 3, GREET "C: STARTTLS\nS: \x16\x03\x01\n", "none/0 odd" },
	{ "our own time ran out", PLAIN, 2, 3,
	    GREET MAIL1 OK RCPT1 "Q:\nC: QUIT\n", "cut/0 none/0 tarpit" },
	{ "our own time ran out before the banner", PLAIN, 1, 3, "Q:\n", "none/0 tarpit" },
	{ "credentials of nobody are taken", SESSION_AUTH, 1, 3,
	    AUTHS "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YW5zd2Vy\nS: 334 UGFzc3dvcmQ6\n"
	    "C: YW5zd2Vy\nS: 235 2.7.0 ok\n" MAIL1 OK RCPT1 OK "C: DATA\nS: 354 go\nL:\n"
	    "S: 250 queued\n" BYE, "accepted/250 done" },
	{ "credentials refused", SESSION_AUTH, 1, 3,
	    AUTHS "C: AUTH LOGIN\nS: 535 5.7.8 no\n" BYE, "refused/535 done" },
	{ "authentication fails for the moment", SESSION_AUTH, 1, 3,
	    AUTHS "C: AUTH LOGIN\nS: 454 4.7.0 later\n" BYE, "deferred/454 done" },
	{ "challenges without an end", SESSION_AUTH, 1, 3,
	    AUTHS "C: AUTH LOGIN\nS: 334 a\nC: YW5zd2Vy\nS: 334 a\nC: YW5zd2Vy\nS: 334 a\n"
	    "C: YW5zd2Vy\nS: 334 a\nC: YW5zd2Vy\nS: 334 a\nC: *\nS: 501 cancelled\n" BYE,
	    "refused/501 done" },
	{ "challenges after we ended them", SESSION_AUTH, 1, 3,
	    AUTHS "C: AUTH LOGIN\nS: 334 a\nC: YW5zd2Vy\nS: 334 a\nC: YW5zd2Vy\nS: 334 a\n"
	    "C: YW5zd2Vy\nS: 334 a\nC: YW5zd2Vy\nS: 334 a\nC: *\nS: 334 a\n" BYE, "odd/334 odd" },
	{ "it let us in and refuses the recipient", SESSION_AUTH, 1, 3,
	    AUTHS "C: AUTH LOGIN\nS: 235 ok\n" MAIL1 OK RCPT1 "S: 550 no\n" BYE, "refused/550 done" },
	{ "the mechanism is not offered", SESSION_AUTH, 1, 3,
	    "S: 220 x\nC: EHLO relaytest.probe.example\nS: 250-x\nS: 250 AUTH PLAIN\n" BYE,
	    "skipped/0 done" },
	{ "nor is AUTH", SESSION_AUTH, 1, 3,
	    "S: 220 x\nC: EHLO relaytest.probe.example\nS: 250 x\n" BYE, "skipped/0 done" },
	{ "AUTH over TLS where that is offered", SESSION_AUTH, 1, 3,
	    GREET "C: STARTTLS\nS: 220 go\nT: ok\nC: EHLO relaytest.probe.example\n"
	    "S: 250-x\nS: 250 AUTH=LOGIN\nC: AUTH LOGIN\nS: 535 no\n" BYE, "refused/535 done" },
	{ "XCLIENT is taken", SESSION_XCLIENT, 1, 3,
	    CLAIMS("XCLIENT") "C: XCLIENT NAME=localhost ADDR=127.0.0.1\nS: 220 x\n"
	    "C: EHLO relaytest.probe.example\nS: 250 x\n" MAIL1 OK RCPT1 "S: 550 no\n" BYE,
	    "refused/550 done" },
	{ "XCLIENT refused", SESSION_XCLIENT, 1, 3,
	    CLAIMS("XCLIENT") "C: XCLIENT NAME=localhost ADDR=127.0.0.1\nS: 550 no\n" BYE,
	    "refused/550 done" },
	{ "XCLIENT not offered", SESSION_XCLIENT, 1, 3, CLAIMS("XFORWARD") BYE, "skipped/0 done" },
	{ "XFORWARD is taken", SESSION_XFORWARD, 1, 3,
	    CLAIMS("XFORWARD") "C: XFORWARD NAME=localhost ADDR=127.0.0.1\nS: 250 x\n"
	    MAIL1 OK RCPT1 "S: 550 no\n" BYE, "refused/550 done" },
	{ "XFORWARD not offered", SESSION_XFORWARD, 1, 3, CLAIMS("XCLIENT") BYE, "skipped/0 done" },
	{ "it waits for a PROXY line", SESSION_PROXY, 1, 3,
	    PROXIED "S: 220 x\nC: EHLO relaytest.probe.example\nS: 250 x\n" MAIL1 OK RCPT1 OK
	    "C: DATA\nS: 354 go\nL:\nS: 250 queued\n" BYE, "accepted/250 done" },
	{ "it speaks first: no PROXY line", SESSION_PROXY, 1, 3, "S: 220 x\n" BYE, "skipped/0 done" },
	{ "it turns us away first: no PROXY line", SESSION_PROXY, 1, 3, "S: 554 x\n" BYE, "skipped/0 blocked" },
	{ "it is busy before the PROXY line", SESSION_PROXY, 1, 3, "S: 421 x\n" BYE, "none/0 busy" },
	{ "a slow server takes the line for a command", SESSION_PROXY, 1, 3,
	    PROXIED "S: 220 x\nC: EHLO relaytest.probe.example\nS: 500 PROXY what\n" BYE,
	    "refused/500 done" },
	{ "one that punishes who speaks first", SESSION_PROXY, 1, 3,
	    PROXIED "S: 554 you spoke first\n" BYE, "refused/0 done" },
	{ "421 after the PROXY line is busy", SESSION_PROXY, 1, 3,
	    PROXIED "S: 421 no\n" BYE, "none/0 busy" },
	{ "closed at the PROXY line", SESSION_PROXY, 1, 3, PROXIED "E:\n", "refused/0 done" },
	{ "the PROXY line changes nothing", SESSION_PROXY, 1, 3, PROXIED "W: 300\n", "refused/0 done" },
};

static const char letter[] = "Subject: x\r\n\r\n.dot\r\nend\r\n";
static const char stuffed[] = "Subject: x\r\n\r\n..dot\r\nend\r\n.\r\n";

static char room[DLG_SEND];

struct play {
	const char	*name;
	struct str	 script;
	struct dlg	 d;
	struct dlg_out	 out;
	unsigned	 n, begun;
	char		 found[8][32];
	char		 octets[4096];
	size_t		 len;
};

static struct str
line_of(struct play *p, char *kind)
{
	struct str l = str_cut(&p->script, '\n');

	*kind = l.n > 0 ? l.p[0] : '.';
	return l.n > 3 ? (struct str){ l.p + 3, l.n - 3 } : (struct str){ l.p + l.n, 0 };
}

static void
note(struct play *p, enum finding f, uint16_t code)
{
	snprintf(p->found[p->begun - 1], 32, "%s/%u", finding_name(f), code);
}

/* Does what out asks for without the script: names and forms. */
static void
answer(struct play *p)
{
	static char addr[2][32];
	struct dlg_form f = {
	    .mechanism = STR("LOGIN"), .auth = STR("AUTH LOGIN") };
	bool more;

	for (;;) {
		if (p->out.found)
			note(p, p->out.finding, p->out.code);
		if (p->out.act == DLG_NAME)
			dlg_name(&p->d, STR("relaytest.probe.example"), &p->out);
		else if (p->out.act == DLG_LETTER)
			dlg_letter(&p->d, (struct str){ letter, sizeof(letter) - 1 }, &p->out);
		else if (p->out.act == DLG_SASL)
			dlg_sasl(&p->d, STR("YW5zd2Vy"), &p->out);
		else if (p->out.act == DLG_FORM) {
			more = p->begun < p->n;
			p->begun += more;
			snprintf(addr[0], 32, "s%u@probe.example", p->begun);
			snprintf(addr[1], 32, "t%u@probe.example", p->begun);
			f.mail_from = str_of(addr[0]);
			f.rcpt_to = str_of(addr[1]);
			assert_int_equal(dlg_form(&p->d, more ? &f : NULL, 0, &p->out), 0);
		} else
			return;
	}
}

static void
sent(struct play *p)
{
	struct str want, got = p->out.send;
	char kind;

	if (got.n == 0)
		return;
	want = line_of(p, &kind);
	if (kind == 'L')
		want = (struct str){ stuffed, sizeof(stuffed) - 1 };
	else if (str_iends(got, STR("\r\n")))
		got.n -= 2;
	if ((kind != 'C' && kind != 'L') || !str_eq(got, want))
		fail_msg("%s: sent \"%.*s\", script has %c \"%.*s\"", p->name,
		    (int)got.n, got.p, kind, (int)want.n, want.p);
}

static void
receive_octets(struct play *p, struct str l, bool crlf)
{
	struct smtp_reply r;
	int err;

	memcpy(p->octets + p->len, l.p, l.n);
	p->len += l.n;
	memcpy(p->octets + p->len, "\r\n", 2);
	p->len += crlf ? 2 : 0;
	err = smtp_reply_read(&r, p->octets, p->len);
	if (err == SMTP_REPLY_MORE) {
		p->out = (struct dlg_out){ .act = DLG_WAIT, .wait_s = p->out.wait_s };
		return;
	}
	p->len = 0;
	if (err < 0)
		dlg_broken(&p->d, &p->out);
	else
		dlg_reply(&p->d, &r, (struct str){ p->octets, r.used }, &p->out);
	answer(p);
}

static void
play_line(struct play *p)
{
	enum dlg_act act = p->out.act;
	char kind;
	struct str l = line_of(p, &kind);

	if ((kind == 'T') != (act == DLG_HANDSHAKE))
		fail_msg("%s: act %d, script has %c", p->name, act, kind);
	switch (kind) {
	case 'S':
	case 'X':
		receive_octets(p, l, kind == 'S');
		return;
	case 'T':
		if (str_eq(l, STR("fail")))
			dlg_lost(&p->d, &p->out);
		else
			dlg_secured(&p->d, str_eq(l, STR("ok")) ? 0 : 7, &p->out);
		break;
	case 'E':
		dlg_lost(&p->d, &p->out);
		break;
	case 'W':
		if (p->out.wait_s != (unsigned)atoi(l.p))
			fail_msg("%s: waits %u s, script %d", p->name, p->out.wait_s, atoi(l.p));
		dlg_timeout(&p->d, &p->out);
		break;
	case 'Q':
		dlg_stop(&p->d, FIND_TARPIT, &p->out);
		break;
	default:
		fail_msg("%s: the script ended, the dialogue is at %s", p->name,
		    dlg_step_name(p->d.at));
	}
	answer(p);
}

static void
play(struct play *p, unsigned kind, unsigned limit, char *got, size_t cap)
{
	size_t len = 0;

	dlg_start(&p->d, kind & ~WRAPPED, p->n, limit, room, &p->out);
	if (kind & WRAPPED)
		dlg_wrap(&p->d, &p->out);
	dlg_proxy(&p->d, "PROXY TCP4 127.0.0.1 192.0.2.25 40025 25");
	answer(p);
	for (sent(p); p->out.act != DLG_CLOSE; sent(p))
		play_line(p);
	if (p->script.n != 0)
		fail_msg("%s: closed before \"%.*s\"", p->name, (int)p->script.n, p->script.p);
	while (p->begun < p->n) {
		p->begun++;
		note(p, p->d.rest, p->d.rest_code);
	}
	for (unsigned i = 0; i < p->n; i++)
		len += (size_t)snprintf(got + len, cap - len, "%s ", p->found[i]);
	snprintf(got + len, cap - len, "%s", finding_name(p->d.session));
}

static void
conversations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct play p;
		char got[256];

		p = (struct play){ .name = cases[i].name, .n = cases[i].n,
		    .script = str_of(cases[i].script) };
		play(&p, cases[i].kind, cases[i].limit, got, sizeof(got));
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].want);
	}
}

/* A dialogue that stands before its first form. */
static void
up_to_form(struct dlg *d, struct dlg_out *out, const char *ehlo)
{
	struct smtp_reply r;

	dlg_start(d, SESSION_PLAIN, 9, 9, room, out);
	assert_int_equal(smtp_reply_read(&r, "220 mx ESMTP\r\n", 14), 0);
	dlg_reply(d, &r, STR("220 mx ESMTP\r\n"), out);
	assert_int_equal(out->act, DLG_NAME);
	dlg_name(d, STR("me.example"), out);
	assert_int_equal(smtp_reply_read(&r, ehlo, strlen(ehlo)), 0);
	dlg_reply(d, &r, str_of(ehlo), out);
	assert_int_equal(out->act, DLG_FORM);
}

/* One that has the server's 354. */
static void
up_to_letter(struct dlg *d, struct dlg_out *out)
{
	static const char *const replies[] = { "250 ok\r\n", "250 ok\r\n", "354 go\r\n" };
	struct dlg_form f = { .mail_from = STR("a@b"), .rcpt_to = STR("a@b") };
	struct smtp_reply r;

	up_to_form(d, out, "250 mx\r\n");
	assert_int_equal(dlg_form(d, &f, 0, out), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(smtp_reply_read(&r, replies[i], 8), 0);
		dlg_reply(d, &r, str_of(replies[i]), out);
	}
	assert_int_equal(out->act, DLG_LETTER);
}

static const struct { const char *name; struct str from, to; unsigned flags; } breakers[] = {
	{ "CRLF in the sender", STR("a\r\nRCPT TO:<x@y>"), STR("a@b"), 0 },
	{ "LF in the recipient", STR("a@b"), STR("a@b\nDATA"), 0 },
	{ "NUL in the recipient", STR("a@b"), { "a\0b", 3 }, 0 },
	{ "end of the path inside it", STR("a@b> SIZE=1"), STR("a@b"), 0 },
	{ "no recipient", STR("a@b"), STR(""), 0 },
	{ "eight bits", STR("\xe9@b"), STR("a@b"), 0 },
};

static void
nothing_breaks_out_of_its_place(void **state)
{
	struct dlg d;
	struct dlg_out out;
	static const struct str letters[] = { STR("a\nb\r\n"), STR("a\rb\r\n"), STR("a\r"), STR("") };

	(void)state;
	up_to_form(&d, &out, "250 mx\r\n");
	for (size_t i = 0; i < sizeof(breakers) / sizeof(breakers[0]); i++) {
		struct dlg_form f = { .mail_from = breakers[i].from, .rcpt_to = breakers[i].to };

		if (dlg_form(&d, &f, 0, &out) != SEK_EPARSE)
			fail_msg("%s was sent", breakers[i].name);
	}
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		up_to_letter(&d, &out);
		dlg_letter(&d, letters[i], &out);
		assert_int_equal(out.act, DLG_CLOSE);
		assert_int_equal(out.send.n, 0);	/* neither it nor a QUIT in its place */
		assert_true(out.found && out.finding == FIND_CUT);
	}
}

static void
forms_decide_brackets_and_notify(void **state)
{
	struct smtp_reply r;
	struct dlg d;
	struct dlg_out out;
	struct dlg_form f = { .rcpt_to = STR("< t@b >"),
	    .flags = FORM_NO_BRACKETS | FORM_NULL_SENDER };

	(void)state;
	up_to_form(&d, &out, "250-mx two words\r\n250-dsn\r\n250 size 3\r\n");
	assert_int_equal(d.caps, CAP_DSN | CAP_SIZE);
	assert_string_equal(d.ehlo, "mx");
	assert_string_equal(d.banner, "mx ESMTP");
	assert_int_equal(dlg_form(&d, &f, 0, &out), 0);
	assert_true(str_eq(out.send, STR("MAIL FROM:<>\r\n")));
	assert_int_equal(smtp_reply_read(&r, "250 ok\r\n", 8), 0);
	dlg_reply(&d, &r, STR("250 ok\r\n"), &out);
	assert_true(str_eq(out.send, STR("RCPT TO:< t@b > NOTIFY=NEVER\r\n")));
}

static void
no_name_skips_every_form(void **state)
{
	struct smtp_reply r;
	struct dlg d;
	struct dlg_out out;

	(void)state;
	dlg_start(&d, SESSION_EHLO, 1, 3, room, &out);
	assert_int_equal(smtp_reply_read(&r, "220 x\r\n", 7), 0);
	dlg_reply(&d, &r, STR("220 x\r\n"), &out);
	dlg_name(&d, STR("a b"), &out);
	assert_true(str_eq(out.send, STR("QUIT\r\n")));
	assert_int_equal(d.rest, FIND_SKIPPED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversations),
		cmocka_unit_test(nothing_breaks_out_of_its_place),
		cmocka_unit_test(forms_decide_brackets_and_notify),
		cmocka_unit_test(no_name_skips_every_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
