/* The session's dialogue: probe/dialog says what to do, the stream does it. */
#include <stdio.h>

#include "probe/letter.h"
#include "probe/session.h"

enum { SMTPS = 465 };		/* TLS from the first octet, RFC 8314 3.3 */

static struct session_form *
next_form(struct session *s)
{
	struct session_form *f = s->first;

	while (f != NULL && f->done)
		f = f->next;
	return f;
}

/* The same form with another name goes only after a refusal. */
static bool
may_follow(const struct session *s, const struct session_form *f)
{
	for (const struct session_form *e = s->first; e != f; e = e->next)
		if (e->form == f->form && e->is != FIND_REFUSED &&
		    e->is != FIND_BARRED && e->is != FIND_SKIPPED)
			return false;
	return true;
}

static void
split_pair(struct sasl *a, struct str pair)
{
	struct str user = { pair.p, pair.n / 2 };
	struct str pass = { pair.p + pair.n / 2, pair.n - pair.n / 2 };

	if (pair.n == 0 || str_copy(a->user, sizeof(a->user), user) != 0 ||
	    str_copy(a->pass, sizeof(a->pass), pass) != 0)
		a->user[0] = a->pass[0] = '\0';
}

/* The mechanism of a form, or where that says none, one that is offered. */
static struct str
mechanism_of(const struct session *s, const struct msg_form *m)
{
	static const char *const any[] = { "PLAIN", "LOGIN", "CRAM-MD5" };
	struct str name = str_of(relaytest_mechanism(m->form, m->variant));

	for (size_t i = 0; name.n == 0 && i < sizeof(any) / sizeof(any[0]); i++)
		if (s->dlg.caps & caps_mechanism(str_of(any[i])))
			name = str_of(any[i]);
	return name.n > 0 ? name : str_of(any[0]);
}

/* The AUTH command of a form.  Returns 0, SEK_ENOMEM or SEK_EPARSE. */
static int
prepare_auth(struct session *s, const struct msg_form *m, struct dlg_form *out)
{
	struct str name = mechanism_of(s, m);
	char line[SASL_LINE];
	int err;

	s->sasl = session_alloc(s, sizeof(*s->sasl));
	if (s->sasl == NULL)
		return SEK_ENOMEM;
	*s->sasl = (struct sasl){ .mechanism = caps_mechanism(name) };
	split_pair(s->sasl, m->pair);
	err = sasl_first(line, s->sasl, str_of(s->with->conf->probe_helo));
	if (err != 0)
		return err;
	out->mechanism = name;
	out->auth = session_text(s, str_of(line));
	return out->auth.p == NULL ? SEK_ENOMEM : 0;
}

/* Fills *out for a form.  Returns 0 or why it is skipped. */
static int
prepare(struct session *s, struct session_form *f, struct dlg_form *out)
{
	char from[TEXT_PATH + 1], to[TEXT_PATH + 1];
	struct msg_form m = session_form_of(f);
	int err = plan_fill(from, to, &s->plan, &m, s->with->conf);

	if (err == 0)
		err = session_paths(s, str_of(from), str_of(to));
	if (err != 0)
		return err;
	*out = (struct dlg_form){
		.mail_from = s->mail_from, .rcpt_to = s->rcpt_to,
		.flags = relaytest_forms[f->form].flags,
	};
	return relaytest_forms[f->form].session == SESSION_AUTH ?
	    prepare_auth(s, &m, out) : 0;
}

/* Answers DLG_LETTER: it is written when it is wanted, and kept nowhere. */
static void
give_letter(struct session *s, struct dlg_out *out)
{
	const struct msg_form m = session_form_of(s->form);
	const struct conf *c = s->with->conf;
	const struct clock *clock = loop_clock(s->with->loop);
	char letter[LETTER_MAX], block[LETTER_BLOCK];
	struct wbuf w = wbuf_of(letter, sizeof(letter));
	struct letter_in in = {
		.recipient = m.recipient, .sender = m.sender,
		.pd = str_of(c->probe_domain), .operator = str_of(c->operator),
		.contact = str_of(c->contact), .url = str_of(c->url),
		.form = str_of(relaytest_forms[m.form].id), .target = s->order.addr,
		.port = s->order.port, .now = clock->wall(clock),
	};

	letter_block(block, &(struct letter_block){ .token = m.recipient,
	    .target = s->order.addr, .port = s->order.port,
	    .form = relaytest_forms[m.form].id, .minted = m.minted, .mac = m.mac });
	in.block = str_of(block);
	if (letter_write(&w, &in) != 0)
		w.len = 0;
	if (s->in.len > 0) {
		transcript_note(s, "%zu octets before the letter was sent", s->in.len);
		dlg_early(&s->dlg);
	}
	transcript_note(s, "letter, %zu octets, then a dot", w.len);
	dlg_letter(&s->dlg, (struct str){ letter, w.len }, out);
}

/* Answers DLG_FORM: the first form that can go, or none. */
static void
give_form(struct session *s, struct dlg_out *out)
{
	struct dlg_form form;
	unsigned skipped = 0;
	int err;

	for (;; skipped++) {
		s->form = next_form(s);
		if (s->form == NULL) {
			(void)!dlg_form(&s->dlg, NULL, skipped, out);
			return;
		}
		if (!may_follow(s, s->form)) {
			s->form->done = true;
			continue;
		}
		err = prepare(s, s->form, &form);
		s->form->begun = err == 0;
		if (err == 0)
			err = dlg_form(&s->dlg, &form, skipped, out);
		if (err == 0)
			break;
		s->form->begun = false;
		session_found(s, s->form, FIND_SKIPPED, 0, STR(""));
	}
	transcript_note(s, "form %s", relaytest_forms[s->form->form].id);
}

static void
give_name(struct session *s, struct dlg_out *out)
{
	char name[TEXT_HOST + 1];
	struct session_form *f = next_form(s);
	struct msg_form m = { 0 };

	if (f != NULL)
		m = session_form_of(f);
	if (plan_greeting(name, &s->plan, f == NULL ? NULL : &m, s->with->conf) != 0)
		name[0] = '\0';
	dlg_name(&s->dlg, session_text(s, str_of(name)), out);
}

static void
give_answer(struct session *s, struct dlg_out *out)
{
	char line[SASL_LINE] = "*";

	if (s->sasl != NULL)
		sasl_next(line, s->sasl, out->said);
	dlg_sasl(&s->dlg, str_of(line), out);
}

static void
transcript_sent(struct session *s, const struct dlg_out *out)
{
	if (out->send.n == 0)
		return;
	if (s->dlg.at != DLG_BODY)
		transcript_add(s, "C: ", out->send);
}

/* Tells what became of the form in hand, while the reply is still there. */
static void
note(struct session *s, const struct dlg_out *out)
{
	if (!out->found || s->form == NULL)
		return;
	session_found(s, s->form, out->finding, out->code, out->said);
	s->form = NULL;
}

static void
await(struct session *s, unsigned wait_s)
{
	s->wait_s = wait_s;
	if (!s->paused)
		loop_timer_set(s->reply, s->dlg.at == DLG_PROXY ? PROXY_MS :
		    (int64_t)wait_s * 1000);
}

/* DLG_CLOSE: s is gone after. */
static void
close_down(struct session *s, const struct dlg_out *out)
{
	transcript_sent(s, out);
	if (out->send.n > 0 && s->stream != NULL)
		(void)!stream_write(s->stream, out->send.p, out->send.n);
	stream_close(s->stream, out->send.n > 0);
	s->stream = NULL;
	session_over(s, s->dlg.session, s->dlg.rest, s->dlg.rest_code);
}

/* For the TLS handshake: as it was named, else as it calls itself. */
static const char *
server_name(const struct session *s, char out[TEXT_HOST + 1])
{
	struct str banner = str_of(s->dlg.banner);

	return plan_name(out, s->order.host) || plan_name(out, s->ptr) ||
	    plan_name(out, str_of(s->dlg.ehlo)) ||
	    plan_name(out, str_cut(&banner, ' ')) ? out : NULL;
}

/* Starts TLS; what was received behind the go-ahead is not the server's.
 * Returns whether the handshake is under way. */
static bool
handshake(struct session *s, struct dlg_out *out)
{
	size_t behind = s->in.len, injected = 0;
	char name[TEXT_HOST + 1];
	int err = stream_tls(s->stream, s->with->tls, server_name(s, name), &injected);

	gbuf_drop(&s->in, behind);
	await(s, out->wait_s);
	if (err == 0 && behind + injected == 0)
		return true;
	if (behind + injected > 0)
		transcript_note(s, "%zu octets of plain text where TLS should begin", behind + injected);
	else
		transcript_note(s, "TLS cannot begin: %s", sek_strerror(err));
	dlg_lost(&s->dlg, out);
	return false;
}

/* Does what the dialogue says.  Returns false when s is gone. */
bool
talk_act(struct session *s, struct dlg_out *out)
{
	for (;;) {
		note(s, out);
		switch (out->act) {
		case DLG_NAME:
			give_name(s, out);
			break;
		case DLG_FORM:
			give_form(s, out);
			break;
		case DLG_SASL:
			give_answer(s, out);
			break;
		case DLG_LETTER:
			give_letter(s, out);
			break;
		case DLG_HANDSHAKE:
			if (handshake(s, out))
				return true;
			break;
		case DLG_WAIT:
			transcript_sent(s, out);
			await(s, out->wait_s);
			if (out->send.n == 0 || stream_write(s->stream, out->send.p, out->send.n) == 0)
				return true;
			dlg_lost(&s->dlg, out);
			break;
		case DLG_CLOSE:
			close_down(s, out);
			return false;
		}
	}
}

static unsigned
forms_left(const struct session *s)
{
	unsigned n = 0;

	for (const struct session_form *f = s->first; f != NULL; f = f->next)
		n += !f->done;
	return n;
}

/* As if a client on the server itself came through a proxy: its address is
 * IPv4, so the other one must be, too. */
static void
give_proxy(struct session *s)
{
	char line[PROXY_LINE], to[ADDR_TEXT] = "127.0.0.1";

	if (addr_is_v4(&s->order.addr))
		addr_text(to, &s->order.addr);
	snprintf(line, sizeof(line), "PROXY TCP4 127.0.0.1 %s 40025 %u", to, s->order.port);
	dlg_proxy(&s->dlg, session_text(s, str_of(line)).p);
}

static void
up(void *ctx)
{
	struct session *s = ctx;
	const struct relaytest *r = &relaytest_forms[next_form(s)->form];
	uint8_t pace = s->order.pace < PACE_N ? s->order.pace : PACE_FOREIGN;
	struct dlg_out out;
	char text[ADDR_TEXT];

	s->at = AT_TALKING;
	addr_text(text, &s->order.addr);
	transcript_note(s, "connected to %s port %u", text, s->order.port);
	dlg_start(&s->dlg, r->session, forms_left(s), pace_rules[pace].refusals,
	    s->hooks->room, &out);
	if (s->order.port == SMTPS)
		dlg_wrap(&s->dlg, &out);
	if (r->session == SESSION_PROXY)
		give_proxy(s);
	if (r->session == SESSION_PTR)
		transcript_note(s, "from the address whose PTR says %.*s",
		    (int)s->source_ptr.n, s->source_ptr.p);
	(void)talk_act(s, &out);
}

/* Takes one reply off s->in.  Returns false when there is none, or s is gone. */
static bool
take_reply(struct session *s)
{
	struct smtp_reply r;
	struct dlg_out out;
	struct str raw;
	int err = smtp_reply_read(&r, (const char *)s->in.p, s->in.len);

	if (err == SMTP_REPLY_MORE)
		return false;
	loop_timer_stop(s->reply);
	if (err != 0) {
		char text[256];

		str_clean(text, sizeof(text), (struct str){ (const char *)s->in.p, s->in.len });
		transcript_note(s, "%s: %s", err == SEK_ELIMIT ? "reply too long" :
		    "no SMTP reply", text);
		dlg_broken(&s->dlg, &out);
		(void)talk_act(s, &out);
		return false;
	}
	raw = (struct str){ (const char *)s->in.p, r.used };
	transcript_add(s, "S: ", raw);
	if (s->dlg.at == DLG_BANNER)
		transcript_flush(s);	/* so that it is known that it speaks */
	dlg_reply(&s->dlg, &r, raw, &out);
	note(s, &out);
	out.found = false;	/* its text goes now */
	if (out.act == DLG_SASL)
		give_answer(s, &out);
	gbuf_drop(&s->in, r.used);
	if (s->in.len == 0)
		gbuf_free(&s->in);	/* a session that waits holds no memory */
	return talk_act(s, &out);
}

static void
data(void *ctx, const uint8_t *p, size_t n)
{
	struct session *s = ctx;
	struct dlg_out out;

	if (gbuf_add(&s->in, p, n) != 0) {
		dlg_broken(&s->dlg, &out);
		(void)talk_act(s, &out);
		return;
	}
	while (s->in.len > 0 && s->dlg.at != DLG_TLS)
		if (!take_reply(s))
			return;
}

static void
secured(void *ctx, const struct stream_tls *tls)
{
	struct session *s = ctx;
	struct dlg_out out;
	char name[TEXT_HOST + 1];

	str_clean(name, sizeof(name), tls->peer_name);
	transcript_note(s, "%s %s, certificate for \"%s\", not verified",
	    tls->version, tls->cipher, name);
	if (tls->injected > 0)
		transcript_note(s, "%zu octets of plain text where TLS should begin", tls->injected);
	s->certs = session_text(s, tls->names);
	dlg_secured(&s->dlg, tls->injected, &out);
	(void)talk_act(s, &out);
}

static const char *
down_text(int why)
{
	static const char *const words[] = {
		[STREAM_REFUSED] = "connection refused", [STREAM_TIMEOUT] = "no connection in time",
		[STREAM_EOF] = "closed by the peer", [STREAM_RESET] = "reset by the peer",
		[STREAM_TLS_FAILED] = "TLS failed",
	};

	if (why > 0 && (size_t)why < sizeof(words) / sizeof(words[0]))
		return words[why];
	return sek_strerror(why);
}

static void
down(void *ctx, int why)
{
	struct session *s = ctx;
	struct dlg_out out;

	transcript_note(s, "%s", down_text(why));
	if (s->at == AT_DIALLING) {
		session_over(s, FIND_NO_CONNECT, FIND_NONE, 0);
		return;
	}
	dlg_lost(&s->dlg, &out);
	(void)talk_act(s, &out);
}

const struct stream_events talk_events = {
	.up = up, .data = data, .secured = secured, .down = down,
};
