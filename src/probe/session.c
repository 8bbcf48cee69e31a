#include "probe/session.h"

#include <stdlib.h>

#include "base/log.h"
#include "probe/letter.h"

enum { SESSION_OCTETS = 512 * 1024 };	/* of an order and its forms, at most */

static void up(void *ctx);
static void data(void *ctx, const uint8_t *p, size_t n);
static void secured(void *ctx, const struct stream_tls *tls);
static void down(void *ctx, int why);

static const struct stream_events events = {
	.up = up, .data = data, .secured = secured, .down = down,
};

static void reply_late(void *ctx);
static void whole_late(void *ctx);

int
session_new(struct session **out, const struct msg_order *order,
    const struct prober_with *with, const struct session_hooks *hooks)
{
	struct session *s = calloc(1, sizeof(*s));
	int err = SEK_ENOMEM;

	if (s == NULL)
		return SEK_ENOMEM;
	s->with = with;
	s->hooks = hooks;
	s->order = *order;
	s->last = &s->first;
	s->in.max = SMTP_REPLY_OCTETS + 2 * STREAM_READ;
	s->arena = arena_new(SESSION_OCTETS);
	if (s->arena == NULL)
		goto fail;
	s->order.host = arena_str(s->arena, order->host);
	if (s->order.host.p == NULL)
		goto fail;
	err = loop_timer(&s->reply, with->loop, reply_late, s);
	if (err == 0)
		err = loop_timer(&s->whole, with->loop, whole_late, s);
	if (err != 0)
		goto fail;
	*out = s;
	return 0;
fail:
	session_free(s);
	return err;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	stream_close(s->stream, false);
	loop_timer_free(s->reply);
	loop_timer_free(s->whole);
	gbuf_free(&s->in);
	arena_free(s->arena);
	free(s);
}

int
session_form(struct session *s, const struct msg_form *m)
{
	struct session_form *f;

	if (s->at != AT_ORDERED || s->n == RELAYTEST_N)
		return SEK_ELIMIT;
	f = arena_alloc(s->arena, sizeof(*f));
	if (f == NULL)
		return SEK_ENOMEM;
	f->m = *m;
	f->m.recipient = arena_str(s->arena, m->recipient);
	f->m.sender = arena_str(s->arena, m->sender);
	f->m.block = arena_str(s->arena, m->block);
	f->m.mail_from = arena_str(s->arena, m->mail_from);
	f->m.rcpt_to = arena_str(s->arena, m->rcpt_to);
	if (f->m.recipient.p == NULL || f->m.sender.p == NULL || f->m.block.p == NULL ||
	    f->m.mail_from.p == NULL || f->m.rcpt_to.p == NULL)
		return SEK_ENOMEM;
	*s->last = f;
	s->last = &f->next;
	s->n++;
	return 0;
}

/* --- what keeper hears --- */

static void
tell_found(struct session *s, struct session_form *f, enum finding is,
    uint16_t code, struct str said)
{
	bool sent = f == s->form;
	struct msg_found m = {
		.order = s->order.order, .attempt = f->m.attempt,
		.finding = (uint8_t)is, .code = code,
		.at = loop_clock(s->with->loop)->wall(loop_clock(s->with->loop)),
		.mail_from = str_of(sent ? s->from : ""),
		.rcpt_to = str_of(sent ? s->to : ""),
		.said = { said.p, said.n < TEXT_SAID ? said.n : TEXT_SAID },
	};

	f->done = true;
	transcript_flush(s);
	(void)s->hooks->send(s->hooks->ctx, MSG_FOUND, &m);
}

static void
tell_ended(struct session *s, enum finding is)
{
	const struct clock *c = loop_clock(s->with->loop);
	struct msg_ended m = {
		.order = s->order.order, .finding = (uint8_t)is,
		.refusals = (uint16_t)s->dlg.refusals,
		.took_ms = s->at < AT_DIALLING ? 0 : (uint32_t)(c->mono(c).ms - s->began.ms),
		.banner = str_of(s->dlg.banner), .ehlo = str_of(s->dlg.ehlo),
		.ptr = str_of(s->plan.from == PLAN_PTR ? s->plan.host : ""),
	};

	transcript_flush(s);
	(void)s->hooks->send(s->hooks->ctx, MSG_ENDED, &m);
}

/* The end, told once.  rest, unless FIND_NONE, is what became of the forms that
 * were not begun.  s is gone after. */
static void
over(struct session *s, enum finding is, enum finding rest, uint16_t code)
{
	for (struct session_form *f = s->first; rest != FIND_NONE && f != NULL; f = f->next)
		if (!f->done)
			tell_found(s, f, rest, code, STR(""));
	tell_ended(s, is);
	s->hooks->over(s->hooks->ctx, s);
}

/* --- before the connection --- */

/* Forms that cannot go in this session: of another kind than the first (left
 * alone), or not applicable here (skipped).  Returns how many remain. */
static unsigned
sort_out(struct session *s)
{
	unsigned left = 0;

	for (struct session_form *f = s->first; f != NULL; f = f->next) {
		const struct relaytest *r = f->m.form < RELAYTEST_N ?
		    &relaytest_forms[f->m.form] : NULL;

		if (r == NULL || (f != s->first && !relaytest_together(s->first->m.form, f->m.form)))
			f->done = true;
		else if ((r->flags & FORM_NOT_YET) != 0 || (r->session == SESSION_IPV6 &&
		    addr_is_v4(&s->order.addr)) || (!s->plan.lab &&
		    plan_fill(s->from, s->to, &s->plan, &f->m, s->with->conf) != 0))
			tell_found(s, f, FIND_SKIPPED, 0, STR(""));
		left += !f->done;
	}
	return left;
}

void
session_start(struct session *s)
{
	naming_start(s);
}

void
session_ask(struct session *s)
{
	struct msg_id m = { s->order.order };

	plan_name(&s->plan, s->with->list, PLAN_ORDER, false, s->order.host);
	if (sort_out(s) == 0) {
		over(s, FIND_NONE, FIND_NONE, 0);
		return;
	}
	s->at = AT_ASKING;
	loop_timer_set(s->reply, RUN_GRANT_MS);
	if (s->hooks->send(s->hooks->ctx, MSG_ASK, &m) != 0)
		over(s, FIND_NONE, FIND_NONE, 0);
}

void
session_grant(struct session *s, bool ok)
{
	const struct conf *c = s->with->conf;
	const struct clock *clock = loop_clock(s->with->loop);
	bool v4 = addr_is_v4(&s->order.addr);
	int err;

	if (s->at != AT_ASKING)
		return;
	if (!ok) {
		over(s, FIND_NONE, FIND_NONE, 0);
		return;
	}
	s->at = AT_DIALLING;
	s->began = clock->mono(clock);
	loop_timer_stop(s->reply);
	loop_timer_set(s->whole, RUN_SESSION_MS);
	err = stream_dial(&s->stream, s->with->loop, s->with->dialer, &s->order.addr,
	    s->order.port, v4 ? &c->probe_from : &c->probe_from6, RUN_CONNECT_MS, &events, s);
	if (err != 0) {
		s->stream = NULL;
		log_event(LOG_LV_WARN, "dial-failed", LOG_N("order", s->order.order),
		    LOG_Z("why", sek_strerror(err)));
		over(s, FIND_NONE, FIND_NONE, 0);
	}
}

/* --- the dialogue --- */

static struct session_form *
next_form(struct session *s)
{
	struct session_form *f = s->first;

	while (f != NULL && f->done)
		f = f->next;
	return f;
}

static struct str
first_word(const char *text)
{
	struct str s = str_of(text);

	return str_cut(&s, ' ');
}

/* Fills *out for a form: addresses and letter.  Returns 0 or why it is
 * skipped. */
static int
prepare(struct session *s, struct session_form *f, struct dlg_form *out)
{
	const struct conf *c = s->with->conf;
	const struct clock *clock = loop_clock(s->with->loop);
	struct wbuf w = wbuf_of(s->letter, sizeof(s->letter));
	struct letter_in in = {
		.recipient = f->m.recipient, .sender = f->m.sender, .block = f->m.block,
		.pd = str_of(c->probe_domain), .operator = str_of(c->operator),
		.contact = str_of(c->contact), .url = str_of(c->url),
		.form = str_of(relaytest_forms[f->m.form].id), .target = s->order.addr,
		.port = s->order.port, .now = clock->wall(clock),
	};
	int err = plan_fill(s->from, s->to, &s->plan, &f->m, c);

	if (err == 0)
		err = letter_write(&w, &in);
	if (err != 0)
		return err;
	*out = (struct dlg_form){
		.mail_from = str_of(s->from), .rcpt_to = str_of(s->to),
		.flags = relaytest_forms[f->m.form].flags,
		.letter = { (const char *)s->letter, w.len },
	};
	return 0;
}

/* Answers DLG_FORM: the first form that can go, or none. */
static void
give_form(struct session *s, struct dlg_out *out)
{
	struct dlg_form form;
	unsigned skipped = 0;
	int err;

	plan_name(&s->plan, s->with->list, PLAN_EHLO, false, first_word(s->dlg.ehlo));
	for (;; skipped++) {
		s->form = next_form(s);
		if (s->form == NULL) {
			(void)!dlg_form(&s->dlg, NULL, skipped, out);
			return;
		}
		err = prepare(s, s->form, &form);
		if (err == 0)
			err = dlg_form(&s->dlg, &form, skipped, out);
		if (err == 0)
			break;
		s->from[0] = s->to[0] = '\0';
		tell_found(s, s->form, FIND_SKIPPED, 0, STR(""));
	}
	transcript_note(s, "form %s", relaytest_forms[s->form->m.form].id);
}

static void
give_name(struct session *s, struct dlg_out *out)
{
	char name[TEXT_HOST + 1];
	struct session_form *f = next_form(s);

	plan_name(&s->plan, s->with->list, PLAN_BANNER, false, first_word(s->dlg.banner));
	if (plan_greeting(name, &s->plan, f == NULL ? RELAYTEST_NONE : f->m.form,
	    s->with->conf) != 0)
		name[0] = '\0';
	dlg_name(&s->dlg, str_of(name), out);
}

static void
transcript_sent(struct session *s, const struct dlg_out *out)
{
	if (out->send.n == 0)
		return;
	if (s->dlg.at == DLG_BODY)
		transcript_note(s, "letter, %zu octets, then a dot", s->dlg.form.letter.n);
	else
		transcript_add(s, "C: ", out->send);
}

/* Tells what became of the form in hand, while the reply is still there. */
static void
note(struct session *s, const struct dlg_out *out)
{
	if (!out->found || s->form == NULL)
		return;
	tell_found(s, s->form, out->finding, out->code, out->said);
	s->form = NULL;
}

static void
await(struct session *s, unsigned wait_s)
{
	s->wait_s = wait_s;
	if (!s->paused)
		loop_timer_set(s->reply, (int64_t)wait_s * 1000);
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
	over(s, s->dlg.session, s->dlg.rest, s->dlg.rest_code);
}

/* Starts TLS; what was received behind the go-ahead is not the server's.
 * Returns whether the handshake is under way. */
static bool
handshake(struct session *s, struct dlg_out *out)
{
	size_t behind = s->in.len, injected = 0;
	const char *sni = s->plan.host[0] != '\0' ? s->plan.host : NULL;
	int err = stream_tls(s->stream, s->with->tls, sni, &injected);

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
static bool
act(struct session *s, struct dlg_out *out)
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

static void
up(void *ctx)
{
	struct session *s = ctx;
	const struct relaytest *r = &relaytest_forms[next_form(s)->m.form];
	uint8_t pace = s->order.pace < PACE_N ? s->order.pace : PACE_FOREIGN;
	struct dlg_out out;
	char text[ADDR_TEXT];

	s->at = AT_TALKING;
	addr_text(text, &s->order.addr);
	transcript_note(s, "connected to %s port %u", text, s->order.port);
	dlg_start(&s->dlg, r->session, forms_left(s), pace_rules[pace].refusals, &out);
	(void)act(s, &out);
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
		(void)act(s, &out);
		return false;
	}
	raw = (struct str){ (const char *)s->in.p, r.used };
	transcript_add(s, "S: ", raw);
	if (s->dlg.at == DLG_BANNER)
		transcript_flush(s);	/* so that it is known that it speaks */
	dlg_reply(&s->dlg, &r, raw, &out);
	note(s, &out);
	out.found = false;	/* its text goes now */
	gbuf_drop(&s->in, r.used);
	return act(s, &out);
}

static void
data(void *ctx, const uint8_t *p, size_t n)
{
	struct session *s = ctx;
	struct dlg_out out;

	if (gbuf_add(&s->in, p, n) != 0) {
		dlg_broken(&s->dlg, &out);
		(void)act(s, &out);
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
	dlg_secured(&s->dlg, tls->injected, &out);
	(void)act(s, &out);
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
		over(s, FIND_NO_CONNECT, FIND_NONE, 0);
		return;
	}
	dlg_lost(&s->dlg, &out);
	(void)act(s, &out);
}

/* --- time --- */

static void
reply_late(void *ctx)
{
	struct session *s = ctx;
	struct dlg_out out;

	switch (s->at) {
	case AT_NAMING:
		session_ask(s);
		break;
	case AT_TALKING:
		transcript_note(s, "nothing within %u s at %s", s->wait_s, dlg_step_name(s->dlg.at));
		dlg_timeout(&s->dlg, &out);
		(void)act(s, &out);
		break;
	default:	/* keeper does not answer */
		over(s, FIND_NONE, FIND_NONE, 0);
	}
}

static void
whole_late(void *ctx)
{
	struct session *s = ctx;
	struct dlg_out out;

	transcript_note(s, "the session's time ran out");
	if (s->at != AT_TALKING) {
		over(s, FIND_NO_CONNECT, FIND_NONE, 0);
		return;
	}
	dlg_stop(&s->dlg, FIND_TARPIT, &out);
	(void)act(s, &out);
}

void
session_pause(struct session *s, bool paused)
{
	if (s->at != AT_TALKING || s->paused == paused || s->stream == NULL)
		return;
	s->paused = paused;
	stream_pause(s->stream, paused);
	if (paused)
		loop_timer_stop(s->reply);
	else
		loop_timer_set(s->reply, (int64_t)s->wait_s * 1000);
}

void
session_halt(struct session *s)
{
	struct dlg_out out;

	if (s->at != AT_TALKING) {
		over(s, FIND_NONE, FIND_NONE, 0);
		return;
	}
	transcript_note(s, "stopped: the test was cancelled");
	dlg_stop(&s->dlg, FIND_CUT, &out);
	(void)act(s, &out);
}

void
session_quiet(struct session *s)
{
	struct dlg_out out;

	if (s->at == AT_TALKING) {
		dlg_stop(&s->dlg, FIND_CUT, &out);
		if (out.send.n > 0)
			(void)!stream_write(s->stream, out.send.p, out.send.n);
		stream_close(s->stream, out.send.n > 0);
		s->stream = NULL;
	}
	session_free(s);
}
