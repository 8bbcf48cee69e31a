#include "probe/dialog.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"

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
 * Not drawn: 421 anywhere -> QUIT, busy.  Lost, late or broken -> END. */
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

/* Ends with what the session came to, unless that is known already. */
static void
settle(struct dlg *d, enum finding session)
{
	if (d->session == FIND_NONE)
		d->session = session;
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

static void
put_letter(struct wbuf *w, struct str letter)
{
	bool crlf = str_iends(letter, STR("\r\n"));

	while (letter.n > 0) {
		ptrdiff_t lf = str_find(letter, '\n');
		size_t n = lf < 0 ? letter.n : (size_t)lf + 1;

		if (letter.p[0] == '.')	/* RFC 5321 4.5.2 */
			wbuf_u8(w, '.');
		wbuf_bytes(w, letter.p, n);
		letter = (struct str){ letter.p + n, letter.n - n };
	}
	wbuf_str(w, crlf ? ".\r\n" : "\r\n.\r\n");
}

static void
put_path(struct wbuf *w, struct str path, bool brackets)
{
	wbuf_str(w, brackets ? ":<" : ":");
	wbuf_bytes(w, path.p, path.n);
	wbuf_str(w, brackets ? ">" : "");
}

/* A bounce would go into the target or nowhere: ask for none (relay-tests
 * section 5, rule 3). */
static bool
wants_no_bounce(const struct dlg *d)
{
	return (d->caps & CAP_DSN) != 0 &&
	    (d->form.flags & (FORM_SENDER_INSIDE | FORM_NULL_SENDER)) != 0;
}

static void
put_command(struct wbuf *w, const struct dlg *d)
{
	switch (d->at) {
	case DLG_EHLO:
	case DLG_HELO:
		wbuf_str(w, d->at == DLG_EHLO ? "EHLO " : "HELO ");
		wbuf_str(w, d->name);
		break;
	case DLG_STARTTLS:
		wbuf_str(w, "STARTTLS");
		break;
	case DLG_MAIL:
		wbuf_str(w, "MAIL FROM");
		put_path(w, d->form.mail_from, true);
		break;
	case DLG_RCPT:
		wbuf_str(w, "RCPT TO");
		put_path(w, d->form.rcpt_to, (d->form.flags & FORM_NO_BRACKETS) == 0);
		wbuf_str(w, wants_no_bounce(d) ? " NOTIFY=NEVER" : "");
		break;
	case DLG_DATA:
		wbuf_str(w, "DATA");
		break;
	case DLG_BODY:
		put_letter(w, d->form.letter);
		return;
	case DLG_RSET:
		wbuf_str(w, "RSET");
		break;
	case DLG_QUIT:
		wbuf_str(w, "QUIT");
		break;
	default:
		return;
	}
	wbuf_str(w, "\r\n");
}

/* Enters a state of the table: its command, its wait. */
static void
enter(struct dlg *d, enum dlg_state to, struct dlg_out *out)
{
	struct wbuf w = wbuf_of(d->send, sizeof(d->send));

	d->at = to;
	put_command(&w, d);
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
	if (d->name[0] == '\0') {
		out->act = DLG_NAME;
		return;
	}
	enter(d, d->kind == SESSION_HELO ? DLG_HELO : DLG_EHLO, out);
}

static void
ready(struct dlg *d, struct dlg_out *out)
{
	if (d->kind == SESSION_STARTTLS && !d->secured) {
		if ((d->caps & CAP_STARTTLS) != 0) {
			enter(d, DLG_STARTTLS, out);
			return;
		}
		d->rest = FIND_SKIPPED;
		quit(d, FIND_DONE, out);
	} else if (d->in_hand)
		enter(d, DLG_MAIL, out);
	else
		out->act = DLG_FORM;
}

static void
next(struct dlg *d, struct dlg_out *out)
{
	if (d->left == 0 || d->refusals >= d->limit)
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
	else if (to == DLG_QUIT)
		quit(d, FIND_DONE, out);
	else
		enter(d, to, out);
}

/* Rule 3: is a 5xx to MAIL the wish for STARTTLS? */
static bool
demands_tls(const struct dlg *d, const struct smtp_reply *r)
{
	struct str text = { r->text, r->len };

	if (d->at != DLG_MAIL || d->secured || (d->caps & CAP_STARTTLS) == 0)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (str_istarts((struct str){ text.p + i, text.n - i }, STR("starttls")))
			return true;
	return r->code == 530 || str_istarts(text, STR("5.7.0 must"));
}

static void
keep_text(char *out, size_t cap, struct str s)
{
	if (s.n >= cap)
		s.n = cap - 1;
	if (str_copy(out, cap, s) != 0)
		out[0] = '\0';
}

static const struct { struct str word; enum dlg_caps cap; } keywords[] = {
	{ { "STARTTLS", 8 }, CAP_STARTTLS }, { { "SIZE", 4 }, CAP_SIZE },
	{ { "DSN", 3 }, CAP_DSN }, { { "PIPELINING", 10 }, CAP_PIPELINING },
	{ { "8BITMIME", 8 }, CAP_8BITMIME }, { { "AUTH", 4 }, CAP_AUTH },
	{ { "SMTPUTF8", 8 }, CAP_SMTPUTF8 }, { { "CHUNKING", 8 }, CAP_CHUNKING },
	{ { "XCLIENT", 7 }, CAP_XCLIENT }, { { "XFORWARD", 8 }, CAP_XFORWARD },
};

/* Reads what the server says about itself: its banner, name and keywords. */
static void
learn(struct dlg *d, const struct smtp_reply *r, struct str raw)
{
	struct str line, word, text = { r->text, r->len };

	if (d->at == DLG_BANNER) {
		d->banner_code = r->code;
		keep_text(d->banner, sizeof(d->banner), text);
	}
	if (r->code / 100 != 2 || (d->at != DLG_EHLO && d->at != DLG_HELO))
		return;
	keep_text(d->ehlo, sizeof(d->ehlo), str_cut(&text, ' '));
	d->caps = 0;
	if (d->at == DLG_HELO || !smtp_reply_line(&line, &raw))
		return;
	while (smtp_reply_line(&line, &raw)) {
		word = str_cut(&line, ' ');
		for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
			if (str_ieq(word, keywords[i].word))
				d->caps |= keywords[i].cap;
	}
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

void
dlg_start(struct dlg *d, enum relaytest_session kind, unsigned n,
    unsigned limit, struct dlg_out *out)
{
	*d = (struct dlg){ .kind = kind, .left = n, .limit = limit };
	*out = (struct dlg_out){ 0 };
	enter(d, kind == SESSION_TLS ? DLG_TLS : DLG_BANNER, out);
}

/* Rule 9: a 4xx that says "no" and not "later". */
static bool
refuses_softly(const struct dlg *d, const struct smtp_reply *r)
{
	struct str text = { r->text, r->len };

	return d->at == DLG_RCPT && r->code == 454 &&
	    str_istarts(text, STR("4.7.1 "));
}

/* A reply that has its cell in the table. */
static void
step(struct dlg *d, const struct smtp_reply *r, struct dlg_out *out)
{
	enum dlg_state to = steps[d->at].on[r->code / 100].to;
	enum finding is = steps[d->at].on[r->code / 100].is;

	if (is == FIND_DEFERRED && refuses_softly(d, r))
		is = FIND_REFUSED;
	if (is >= FIND_DONE) {
		settle(d, is);
		found(d, out, FIND_CUT, r);
	} else if (is != FIND_NONE)
		found(d, out, is, r);
	go(d, to, out);
}

/* A reply that has none. */
static void
breach(struct dlg *d, const struct smtp_reply *r, struct dlg_out *out)
{
	found(d, out, FIND_ODD, r);
	if (steps[d->at].may_quit)
		quit(d, FIND_ODD, out);
	else
		leave(d, d->at == DLG_BANNER ? FIND_NO_SMTP : FIND_ODD, out);
}

void
dlg_reply(struct dlg *d, const struct smtp_reply *r, struct str raw,
    struct dlg_out *out)
{
	*out = (struct dlg_out){ 0 };
	learn(d, r, raw);
	greeting_refused(d, r);
	if (r->code == 421 && d->at != DLG_QUIT) {
		found(d, out, FIND_DEFERRED, r);
		quit(d, FIND_BUSY, out);
	} else if (steps[d->at].on[r->code / 100].to == DLG_NONE)
		breach(d, r, out);
	else if (r->code / 100 == 5 && demands_tls(d, r))
		enter(d, DLG_STARTTLS, out);
	else
		step(d, r, out);
}

void
dlg_broken(struct dlg *d, struct dlg_out *out)
{
	*out = (struct dlg_out){ 0 };
	found(d, out, FIND_ODD, NULL);
	leave(d, d->at == DLG_BANNER ? FIND_NO_SMTP : FIND_ODD, out);
}

void
dlg_lost(struct dlg *d, struct dlg_out *out)
{
	*out = (struct dlg_out){ 0 };
	if (d->at == DLG_TLS || d->at == DLG_STARTTLS)
		settle(d, FIND_TLS);
	found(d, out, FIND_CUT, NULL);
	settle(d, d->at == DLG_BANNER ? FIND_NO_SMTP : FIND_CUT);
	enter(d, DLG_END, out);
}

void
dlg_timeout(struct dlg *d, struct dlg_out *out)
{
	if (steps[d->at].may_quit)
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

/* Printable ASCII only, no CR, LF or NUL; < and > only where the form has no
 * brackets of ours. */
static bool
path_ok(struct str s, bool brackets)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e ||
		    (brackets && (s.p[i] == '<' || s.p[i] == '>')))
			return false;
	return s.n <= TEXT_PATH;
}

/* CRLF lines and nothing that a server could take for another line end
 * (RFC 5321 2.3.8). */
static bool
letter_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r')) ||
		    (s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n')))
			return false;
	return s.n <= LETTER_MAX;
}

void
dlg_name(struct dlg *d, struct str name, struct dlg_out *out)
{
	assert(d->at == DLG_BANNER);
	*out = (struct dlg_out){ 0 };
	if (!path_ok(name, true) || str_find(name, ' ') >= 0 ||
	    str_copy(d->name, sizeof(d->name), name) != 0)
		d->name[0] = '\0';
	if (d->name[0] == '\0') {
		d->rest = FIND_SKIPPED;
		quit(d, FIND_DONE, out);
	} else
		greet(d, out);
}

int
dlg_form(struct dlg *d, const struct dlg_form *f, unsigned skipped,
    struct dlg_out *out)
{
	if (f != NULL && (!letter_ok(f->letter) || f->rcpt_to.n == 0 ||
	    !path_ok(f->mail_from, true) ||
	    !path_ok(f->rcpt_to, (f->flags & FORM_NO_BRACKETS) == 0)))
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
	enter(d, DLG_MAIL, out);
	return 0;
}
