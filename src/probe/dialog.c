#include "probe/dialog.h"

#include <assert.h>

#include "base/buf.h"
#include "probe/dialog_hear.h"
#include "probe/dialog_put.h"

/*              (TLS from the first octet)
 *                   TLS ------+
 *                             v
 *                          BANNER --4--> busy      --5--> blocked
 *                             |2
 *                             v        5
 *      +------------------>  EHLO ----------> HELO --5--> blocked
 *      |                      |2               |2
 *      |                      +-------+--------+
 *     TLS <--2-- STARTTLS <-----------+  wanted or demanded
 *                    ^                |  next form
 *                    |  530 to MAIL   v
 *                    +-------------- MAIL --4,5--+
 *                                     |2         |
 *                                    RCPT --4,5--+
 *                                     |2         |        limit,
 *                                    DATA --4,5--+---+    none left
 *                                     |3         |   +-----------> QUIT
 *                                    BODY --4,5--+                  ^ ^
 *                                     |2         v          4,5     | |
 *                                     |         RSET ---------------+ |
 *                                     |          |2  -> next form     |
 *                                     +-------------------------------+
 *                                       accepted                QUIT -> END
 *
 * Not drawn: 421 anywhere -> QUIT, busy.  Lost, late or broken -> END.  By the
 * session's kind: PROXY before BANNER; after EHLO, with the form in hand, AUTH
 * (and its challenges) or XFORWARD before MAIL, or XCLIENT and EHLO again. */
struct dlg_step {
	const char	*name;
	unsigned	 wait_s;	/* RFC 5321 4.5.3.2; TLS and QUIT are ours */
	bool		 may_quit;	/* rule 7 */
	struct {
		enum dlg_state	to;
		enum finding	is;	/* below FIND_DONE of the form, else of the session */
	} on[6];			/* by reply code / 100 */
};

static const struct dlg_step steps[DLG_N] = {
	[DLG_PROXY] = { "proxy", 1, false, {
	    [2] = { DLG_QUIT, FIND_DONE },	/* it speaks first */
	    [4] = { DLG_QUIT, FIND_BUSY },
	    [5] = { DLG_QUIT, FIND_BLOCKED } } },
	[DLG_BANNER] = { "banner", 300, false, {
	    [2] = { DLG_GREET, FIND_NONE },
	    [4] = { DLG_QUIT, FIND_BUSY },
	    [5] = { DLG_QUIT, FIND_BLOCKED } } },
	[DLG_EHLO] = { "ehlo", 300, true, {
	    [2] = { DLG_READY, FIND_NONE },
	    [4] = { DLG_QUIT, FIND_BUSY },
	    [5] = { DLG_HELO, FIND_NONE } } },
	[DLG_HELO] = { "helo", 300, true, {
	    [2] = { DLG_READY, FIND_NONE },
	    [4] = { DLG_QUIT, FIND_BUSY },
	    [5] = { DLG_QUIT, FIND_BLOCKED } } },
	[DLG_STARTTLS] = { "starttls", 120, false, {
	    [2] = { DLG_TLS, FIND_NONE },
	    [4] = { DLG_QUIT, FIND_TLS },
	    [5] = { DLG_QUIT, FIND_TLS } } },
	[DLG_TLS] = { "tls", 120, false, { { DLG_NONE, FIND_NONE } } },
	[DLG_AUTH] = { "auth", 300, true, {
	    [2] = { DLG_MAIL, FIND_NONE },
	    [3] = { DLG_ANSWER, FIND_NONE },
	    [4] = { DLG_NEXT, FIND_DEFERRED },
	    [5] = { DLG_NEXT, FIND_REFUSED } } },
	[DLG_XCLIENT] = { "xclient", 300, true, {
	    [2] = { DLG_EHLO, FIND_NONE },
	    [4] = { DLG_NEXT, FIND_DEFERRED },
	    [5] = { DLG_NEXT, FIND_REFUSED } } },
	[DLG_XFORWARD] = { "xforward", 300, true, {
	    [2] = { DLG_MAIL, FIND_NONE },
	    [4] = { DLG_NEXT, FIND_DEFERRED },
	    [5] = { DLG_NEXT, FIND_REFUSED } } },
	[DLG_MAIL] = { "mail", 300, true, {
	    [2] = { DLG_RCPT, FIND_NONE },
	    [4] = { DLG_NEXT, FIND_DEFERRED },
	    [5] = { DLG_NEXT, FIND_BARRED } } },
	[DLG_RCPT] = { "rcpt", 300, true, {
	    [2] = { DLG_DATA, FIND_NONE },
	    [4] = { DLG_NEXT, FIND_DEFERRED },
	    [5] = { DLG_NEXT, FIND_REFUSED } } },
	[DLG_DATA] = { "data", 120, false, {
	    [3] = { DLG_BODY, FIND_NONE },
	    [4] = { DLG_NEXT, FIND_DEFERRED },
	    [5] = { DLG_NEXT, FIND_REFUSED } } },
	[DLG_BODY] = { "body", 600, true, {
	    [2] = { DLG_QUIT, FIND_ACCEPTED },
	    [4] = { DLG_NEXT, FIND_DEFERRED },
	    [5] = { DLG_NEXT, FIND_REFUSED } } },
	[DLG_RSET] = { "rset", 300, true, {
	    [2] = { DLG_READY, FIND_NONE },
	    [4] = { DLG_QUIT, FIND_NONE },
	    [5] = { DLG_QUIT, FIND_NONE } } },
	[DLG_QUIT] = { "quit", 30, false, {
	    [2] = { DLG_END, FIND_NONE },
	    [3] = { DLG_END, FIND_NONE },
	    [4] = { DLG_END, FIND_NONE },
	    [5] = { DLG_END, FIND_NONE } } },
	[DLG_END] = { "end", 0, false, { { DLG_NONE, FIND_NONE } } },
};

const char *
dlg_step_name(enum dlg_state at)
{
	return at > DLG_NONE && at < DLG_N ? steps[at].name : "none";
}

/* Rule 10: a PROXY line that brought nothing is the form's answer, and says
 * nothing of the server. */
static bool
proxy_in_vain(struct dlg *d)
{
	if (!d->proxied || d->passed)
		return false;
	d->rest = FIND_REFUSED;
	return true;
}

/* Ends with what the session came to, unless that is known already. */
static void
settle(struct dlg *d, enum finding session)
{
	if (d->session == FIND_NONE)
		d->session = session != FIND_BUSY && proxy_in_vain(d) ?
		    FIND_DONE : session;
}

/* Finds the form in hand. */
static void
found(struct dlg *d, struct dlg_out *out, enum finding is,
    const struct smtp_reply *r)
{
	if (!d->in_hand)
		return;
	d->in_hand = false;
	d->refusals += is == FIND_REFUSED || is == FIND_BARRED;
	out->found = true;
	out->finding = is;
	if (r != NULL) {
		out->code = r->code;
		out->said = (struct str){ r->text, r->len };
	}
}

/* Enters a state of the table: its command, its wait. */
static void
enter(struct dlg *d, enum dlg_state to, struct dlg_out *out)
{
	struct wbuf w = wbuf_of(d->send, DLG_SEND);

	d->at = to;
	dialog_put(&w, d);
	assert(w.err == 0);	/* dlg_form and dlg_name checked the lengths */
	out->act = to == DLG_END ? DLG_CLOSE :
	    to == DLG_TLS ? DLG_HANDSHAKE : DLG_WAIT;
	out->send = (struct str){ d->send, w.len };
	out->wait_s = steps[to].wait_s;
	out->step = steps[to].name;
}

static void
quit(struct dlg *d, enum finding session, struct dlg_out *out)
{
	settle(d, session);
	enter(d, DLG_QUIT, out);
}

/* Closes at once, with a parting QUIT where rule 7 allows one. */
static void
leave(struct dlg *d, enum finding session, struct dlg_out *out)
{
	bool may = steps[d->at].may_quit;

	settle(d, session);
	enter(d, may ? DLG_QUIT : DLG_END, out);
	d->at = DLG_END;
	out->act = DLG_CLOSE;
	out->wait_s = 0;
}

static void
greet(struct dlg *d, struct dlg_out *out)
{
	if (d->name.n == 0) {
		out->act = DLG_NAME;
		return;
	}
	enter(d, d->kind == SESSION_HELO ? DLG_HELO : DLG_EHLO, out);
}

/* Rule 11. */
static unsigned
kind_needs(const struct dlg *d)
{
	switch (d->kind) {
	case SESSION_STARTTLS:
		return d->secured ? 0 : CAP_STARTTLS;
	case SESSION_AUTH:
		return CAP_AUTH;
	case SESSION_XCLIENT:
		return d->passed ? 0 : CAP_XCLIENT;
	case SESSION_XFORWARD:
		return CAP_XFORWARD;
	default:
		return 0;
	}
}

static bool
wants_tls(const struct dlg *d)
{
	return !d->secured && (d->caps & CAP_STARTTLS) != 0 &&
	    (d->kind == SESSION_STARTTLS || d->kind == SESSION_AUTH);
}

/* What comes before MAIL with the form in hand. */
static void
begin_form(struct dlg *d, struct dlg_out *out)
{
	static const enum dlg_state before[] = {
		[SESSION_AUTH] = DLG_AUTH, [SESSION_XCLIENT] = DLG_XCLIENT,
		[SESSION_XFORWARD] = DLG_XFORWARD,
	};
	size_t kind = (size_t)d->kind;
	bool first = kind < sizeof(before) / sizeof(before[0]) &&
	    before[kind] != DLG_NONE && !d->passed;

	d->passed = true;
	enter(d, first ? before[kind] : DLG_MAIL, out);
}

static void
ready(struct dlg *d, struct dlg_out *out)
{
	unsigned needs = kind_needs(d);

	if (wants_tls(d))
		enter(d, DLG_STARTTLS, out);
	else if ((d->caps & needs) != needs) {
		d->rest = FIND_SKIPPED;
		quit(d, FIND_DONE, out);
	} else if (d->in_hand)
		begin_form(d, out);
	else
		out->act = DLG_FORM;
}

/* A challenge: the caller has the answer. */
static void
answer(struct dlg *d, struct dlg_out *out)
{
	if (d->rounds++ < AUTH_ROUNDS)
		out->act = DLG_SASL;
	else
		dlg_sasl(d, STR("*"), out);
}

static void
next(struct dlg *d, struct dlg_out *out)
{
	if (d->left == 0 || (d->limit > 0 && d->refusals >= d->limit))
		quit(d, FIND_DONE, out);
	else
		enter(d, DLG_RSET, out);
}

static void
go(struct dlg *d, enum dlg_state to, struct dlg_out *out)
{
	if (to == DLG_GREET)
		greet(d, out);
	else if (to == DLG_READY)
		ready(d, out);
	else if (to == DLG_NEXT)
		next(d, out);
	else if (to == DLG_ANSWER)
		answer(d, out);
	else if (to == DLG_BODY) {
		d->at = DLG_BODY;
		out->act = DLG_LETTER;
	}
	else if (to == DLG_QUIT)
		quit(d, FIND_DONE, out);
	else
		enter(d, to, out);
}

/* A greeting in a name that the form chose was refused: that is the form's
 * answer, not a closed door. */
static void
greeting_refused(struct dlg *d, const struct smtp_reply *r)
{
	if (d->kind == SESSION_EHLO && d->at == DLG_HELO && r->code / 100 == 5) {
		d->rest = FIND_REFUSED;
		d->rest_code = r->code;
		settle(d, FIND_DONE);
	}
}

/* Rule 10: is this the answer to the PROXY line?  Else the line was taken. */
static bool
proxy_refused(struct dlg *d, const struct smtp_reply *r)
{
	if (!d->proxied || d->passed || d->at != DLG_EHLO)
		return false;
	d->passed = r->code / 100 == 2;
	d->rest_code = d->passed ? 0 : r->code;
	return !d->passed;
}

void
dlg_start(struct dlg *d, enum relaytest_session kind, unsigned n,
    unsigned limit, char *room, struct dlg_out *out)
{
	*d = (struct dlg){ .kind = kind, .left = n, .limit = limit, .send = room };
	*out = (struct dlg_out){ 0 };
	enter(d, kind == SESSION_TLS ? DLG_TLS :
	    kind == SESSION_PROXY ? DLG_PROXY : DLG_BANNER, out);
}

void
dlg_wrap(struct dlg *d, struct dlg_out *out)
{
	if (d->kind != SESSION_PROXY)
		enter(d, DLG_TLS, out);
}

void
dlg_proxy(struct dlg *d, const char *line)
{
	d->proxy = str_of(line);
}

/* It waits for the line. */
static void
proxy_first(struct dlg *d, struct dlg_out *out)
{
	struct wbuf w = wbuf_of(d->send, DLG_SEND);

	*out = (struct dlg_out){ 0 };
	enter(d, DLG_BANNER, out);
	d->proxied = true;
	wbuf_bytes(&w, d->proxy.p, d->proxy.n);
	wbuf_str(&w, "\r\n");
	out->send = (struct str){ d->send, w.len };
}

/* A reply that has its cell in the table. */
static void
step(struct dlg *d, const struct smtp_reply *r, struct dlg_out *out)
{
	enum dlg_state to = steps[d->at].on[r->code / 100].to;
	enum finding is = steps[d->at].on[r->code / 100].is;

	if (is == FIND_DEFERRED && dialog_hears_no(d, r))
		is = FIND_REFUSED;
	if (is >= FIND_DONE) {
		settle(d, is);
		found(d, out, FIND_CUT, r);
	} else if (is != FIND_NONE)
		found(d, out, is, r);
	else if (to == DLG_ANSWER)
		out->said = (struct str){ r->text, r->len };
	go(d, to, out);
}

/* Nothing of it was heard yet. */
static bool
unheard(const struct dlg *d)
{
	return d->at == DLG_BANNER || d->at == DLG_PROXY;
}

/* A reply that has none. */
static void
breach(struct dlg *d, const struct smtp_reply *r, struct dlg_out *out)
{
	found(d, out, FIND_ODD, r);
	if (steps[d->at].may_quit)
		quit(d, FIND_ODD, out);
	else
		leave(d, unheard(d) ? FIND_NO_SMTP : FIND_ODD, out);
}

/* A reply whose cell is none for us, as things are: a 2xx of rule 12 (a 421 or
 * a refusal may well come out of turn), a challenge after we ended them. */
static bool
out_of_turn(const struct dlg *d, const struct smtp_reply *r)
{
	return (d->early && d->at == DLG_BODY && r->code / 100 == 2) ||
	    (d->rounds > AUTH_ROUNDS && d->at == DLG_AUTH && r->code / 100 == 3);
}

void
dlg_reply(struct dlg *d, const struct smtp_reply *r, struct str raw,
    struct dlg_out *out)
{
	bool in_vain;

	*out = (struct dlg_out){ 0 };
	dialog_hear(d, r, raw);
	greeting_refused(d, r);
	if (d->at == DLG_PROXY && r->code / 100 != 4)
		d->rest = FIND_SKIPPED;	/* who speaks first waits for no line */
	in_vain = proxy_refused(d, r);
	if (r->code == 421 && d->at != DLG_QUIT) {
		found(d, out, FIND_DEFERRED, r);
		quit(d, FIND_BUSY, out);
	} else if (in_vain)
		quit(d, FIND_DONE, out);
	else if (steps[d->at].on[r->code / 100].to == DLG_NONE || out_of_turn(d, r))
		breach(d, r, out);
	else if (r->code / 100 == 5 && dialog_hears_tls(d, r))
		enter(d, DLG_STARTTLS, out);
	else
		step(d, r, out);
}

void
dlg_broken(struct dlg *d, struct dlg_out *out)
{
	*out = (struct dlg_out){ 0 };
	found(d, out, FIND_ODD, NULL);
	leave(d, unheard(d) ? FIND_NO_SMTP : FIND_ODD, out);
}

void
dlg_lost(struct dlg *d, struct dlg_out *out)
{
	*out = (struct dlg_out){ 0 };
	if (d->at == DLG_TLS || d->at == DLG_STARTTLS)
		settle(d, FIND_TLS);
	found(d, out, FIND_CUT, NULL);
	settle(d, unheard(d) ? FIND_NO_SMTP : FIND_CUT);
	enter(d, DLG_END, out);
}

void
dlg_timeout(struct dlg *d, struct dlg_out *out)
{
	if (d->at == DLG_PROXY)
		proxy_first(d, out);
	else if (steps[d->at].may_quit)
		dlg_stop(d, FIND_CUT, out);
	else
		dlg_lost(d, out);
}

void
dlg_stop(struct dlg *d, enum finding session, struct dlg_out *out)
{
	*out = (struct dlg_out){ 0 };
	found(d, out, FIND_CUT, NULL);
	leave(d, session, out);
}

void
dlg_secured(struct dlg *d, size_t injected, struct dlg_out *out)
{
	*out = (struct dlg_out){ 0 };
	if (injected > 0) {
		dlg_lost(d, out);
		return;
	}
	d->secured = true;
	d->caps = 0;
	enter(d, d->banner_code == 0 ? DLG_BANNER : DLG_EHLO, out);
}

void
dlg_name(struct dlg *d, struct str name, struct dlg_out *out)
{
	assert(d->at == DLG_BANNER);
	*out = (struct dlg_out){ 0 };
	if (dialog_put_ok(name, true) && str_find(name, ' ') < 0 && name.n <= TEXT_HOST)
		d->name = name;
	if (d->name.n == 0) {
		d->rest = FIND_SKIPPED;
		quit(d, FIND_DONE, out);
	} else
		greet(d, out);
}

int
dlg_form(struct dlg *d, const struct dlg_form *f, unsigned skipped,
    struct dlg_out *out)
{
	if (f != NULL && (!dialog_put_ok(f->auth, true) || f->rcpt_to.n == 0 ||
	    !dialog_put_ok(f->mail_from, true) ||
	    !dialog_put_ok(f->rcpt_to, (f->flags & FORM_NO_BRACKETS) == 0)))
		return SEK_EPARSE;
	*out = (struct dlg_out){ 0 };
	d->left = skipped < d->left ? d->left - skipped : 0;
	if (f == NULL || d->left == 0) {
		d->left = 0;
		quit(d, FIND_DONE, out);
		return 0;
	}
	d->left--;
	d->form = *f;
	d->in_hand = true;
	if (d->kind == SESSION_AUTH && (d->caps & caps_mechanism(f->mechanism)) == 0) {
		found(d, out, FIND_SKIPPED, NULL);
		quit(d, FIND_DONE, out);
	} else
		begin_form(d, out);
	return 0;
}

void
dlg_sasl(struct dlg *d, struct str line, struct dlg_out *out)
{
	struct wbuf w = wbuf_of(d->send, DLG_SEND);

	assert(d->at == DLG_AUTH);
	*out = (struct dlg_out){ 0 };
	enter(d, DLG_AUTH, out);
	if (!dialog_put_sasl_ok(line) || str_eq(line, STR("*"))) {
		line = STR("*");
		d->rounds = AUTH_ROUNDS + 1;
	}
	wbuf_bytes(&w, line.p, line.n);
	wbuf_str(&w, "\r\n");
	out->send = (struct str){ d->send, w.len };
}

void
dlg_early(struct dlg *d)
{
	assert(d->at == DLG_BODY);
	d->early = true;
}

void
dlg_letter(struct dlg *d, struct str letter, struct dlg_out *out)
{
	assert(d->at == DLG_BODY);
	*out = (struct dlg_out){ 0 };
	if (letter.n == 0 || !dialog_put_letter_ok(letter)) {
		d->at = DLG_DATA;	/* no QUIT: it would be taken for text */
		dlg_stop(d, FIND_CUT, out);
		return;
	}
	d->letter = letter;
	enter(d, DLG_BODY, out);
	d->letter = (struct str){ 0 };
}
