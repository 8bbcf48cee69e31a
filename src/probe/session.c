#include "probe/session.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static void reply_late(void *ctx);
static void whole_late(void *ctx);

/* --- memory --- */

struct piece {
	struct piece	*next;
	alignas(max_align_t) unsigned char at[];
};

void *
session_alloc(struct session *s, size_t n)
{
	struct piece *p = calloc(1, sizeof(*p) + n);

	if (p == NULL)
		return NULL;
	p->next = s->pieces;
	s->pieces = p;
	return p->at;
}

/* Copies texts behind each other, a NUL after each, and points at the copies. */
static void
pack(char *at, struct str *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (texts[i]->n > 0)
			memcpy(at, texts[i]->p, texts[i]->n);
		texts[i]->p = at;
		at += texts[i]->n + 1;
	}
}

static size_t
packed(struct str *const *texts, size_t n)
{
	size_t octets = 0;

	for (size_t i = 0; i < n; i++)
		octets += texts[i]->n + 1;
	return octets;
}

struct str
session_text(struct session *s, struct str text)
{
	struct str *const one[] = { &text };
	char *at = session_alloc(s, packed(one, 1));

	if (at == NULL)
		return (struct str){ 0 };
	pack(at, one, 1);
	return text;
}

/* Returns 0 or SEK_ENOMEM. */
static int
keep_texts(struct session *s)
{
	struct str *const texts[] = {
		&s->order.host, &s->order.hosts, &s->order.domains, &s->order.known,
	};
	enum { N = sizeof(texts) / sizeof(texts[0]) };
	char *at = session_alloc(s, packed(texts, N));

	if (at != NULL)
		pack(at, texts, N);
	return at == NULL ? SEK_ENOMEM : 0;
}

/* --- life --- */

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
	s->said.max = SAID_BUFFER;
	if (keep_texts(s) != 0)
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
	struct piece *p;

	if (s == NULL)
		return;
	stream_close(s->stream, false);
	loop_timer_free(s->reply);
	loop_timer_free(s->whole);
	gbuf_free(&s->in);
	gbuf_free(&s->said);
	free(s->naming);
	free(s->paths);
	while ((p = s->pieces) != NULL) {
		s->pieces = p->next;
		free(p);
	}
	free(s);
}

/* The texts of a form, in the order in which they stand behind it. */
static void
texts_of(struct str *out[FORM_TEXTS], struct msg_form *m)
{
	out[0] = &m->host;
	out[1] = &m->dom;
	out[2] = &m->recipient;
	out[3] = &m->sender;
	out[4] = &m->mac;
	out[5] = &m->pair;
	out[6] = &m->mail_from;
	out[7] = &m->rcpt_to;
}

struct msg_form
session_form_of(const struct session_form *f)
{
	struct msg_form m = { .attempt = f->attempt, .form = f->form,
		.variant = f->variant, .minted = f->minted };
	struct str *texts[FORM_TEXTS];
	const char *at = f->text;

	texts_of(texts, &m);
	for (size_t i = 0; i < FORM_TEXTS; i++) {
		*texts[i] = (struct str){ at, f->n[i] };
		at += f->n[i] + 1;
	}
	return m;
}

int
session_form(struct session *s, const struct msg_form *m)
{
	struct msg_form copy = *m;
	struct str *texts[FORM_TEXTS];
	struct session_form *f;

	texts_of(texts, &copy);
	if (s->at != AT_ORDERED || s->n == RELAYTEST_N)
		return SEK_ELIMIT;
	f = session_alloc(s, sizeof(*f) + packed(texts, FORM_TEXTS));
	if (f == NULL)
		return SEK_ENOMEM;
	f->attempt = m->attempt;
	f->minted = m->minted;
	f->form = m->form;
	f->variant = m->variant;
	pack(f->text, texts, FORM_TEXTS);
	for (size_t i = 0; i < FORM_TEXTS; i++)
		f->n[i] = (uint16_t)texts[i]->n;	/* bounded by the shape */
	*s->last = f;
	s->last = &f->next;
	s->n++;
	return 0;
}

int
session_paths(struct session *s, struct str mail_from, struct str rcpt_to)
{
	struct str *const texts[] = { &mail_from, &rcpt_to };
	char *at = malloc(packed(texts, 2));

	if (at == NULL)
		return SEK_ENOMEM;
	free(s->paths);
	s->paths = at;
	pack(at, texts, 2);
	s->mail_from = mail_from;
	s->rcpt_to = rcpt_to;
	return 0;
}

/* --- what keeper hears --- */

void
session_found(struct session *s, struct session_form *f, enum finding is,
    uint16_t code, struct str said)
{
	bool sent = f == s->form && f->begun;
	struct msg_found m = {
		.order = s->order.order, .attempt = f->attempt,
		.finding = (uint8_t)is, .code = code,
		.at = loop_clock(s->with->loop)->wall(loop_clock(s->with->loop)),
		.mail_from = sent ? s->mail_from : STR(""),
		.rcpt_to = sent ? s->rcpt_to : STR(""),
		.said = { said.p, said.n < TEXT_SAID ? said.n : TEXT_SAID },
	};

	f->done = true;
	f->is = (uint8_t)is;
	if (is != FIND_REFUSED)		/* those are many, and nobody reads of them at once */
		transcript_flush(s);
	(void)s->hooks->send(s->hooks->ctx, MSG_FOUND, &m);
}

static void
tell_ended(struct session *s, enum finding is)
{
	struct msg_ended m = {
		.order = s->order.order, .finding = (uint8_t)is,
		.refusals = (uint16_t)s->dlg.refusals, .took_ms = s->took_ms,
		.banner = str_of(s->dlg.banner), .ehlo = str_of(s->dlg.ehlo),
		.ptr = s->ptr,
	};

	transcript_flush(s);
	(void)s->hooks->send(s->hooks->ctx, MSG_ENDED, &m);
}

/* s is gone after. */
static void
finish(struct session *s, enum finding is)
{
	tell_ended(s, is);
	s->hooks->over(s->hooks->ctx, s);
}

/* The end, told once; before it what the target calls itself, if that is
 * wanted.  rest, unless FIND_NONE, is what became of the forms that were not
 * begun.  s is gone after, or will be. */
void
session_over(struct session *s, enum finding is, enum finding rest, uint16_t code)
{
	const struct clock *c = loop_clock(s->with->loop);

	for (struct session_form *f = s->first; rest != FIND_NONE && f != NULL; f = f->next)
		if (!f->done)
			session_found(s, f, rest, code, STR(""));
	loop_timer_stop(s->reply);
	loop_timer_stop(s->whole);
	if (s->at >= AT_DIALLING)
		s->took_ms = (uint32_t)(c->mono(c).ms - s->began.ms);
	s->came_to = is;
	if (s->at == AT_TALKING && s->order.words == 1)
		naming_words(s);
	else
		finish(s, is);
}

/* --- before the connection --- */

/* keeper did not know them yet; it plans the form anew. */
static bool
lacks_names(const struct msg_form *m)
{
	unsigned flags = relaytest_forms[m->form].flags;

	return ((flags & FORM_NEEDS_HOST) != 0 && m->host.n == 0) ||
	    ((flags & FORM_NEEDS_DOM) != 0 && m->dom.n == 0);
}

/* Forms that cannot go in this session: of another kind than the first (left
 * alone), or not applicable here (skipped).  Returns how many remain. */
static unsigned
sort_out(struct session *s)
{
	char from[TEXT_PATH + 1], to[TEXT_PATH + 1];
	unsigned left = 0;

	for (struct session_form *f = s->first; f != NULL; f = f->next) {
		const struct relaytest *r = f->form < RELAYTEST_N ?
		    &relaytest_forms[f->form] : NULL;
		struct msg_form m = session_form_of(f);

		if (r == NULL || (f != s->first && !relaytest_together(s->first->form, f->form)))
			f->done = true;
		else if (lacks_names(&m))
			f->done = true;
		else if ((r->session == SESSION_IPV6 && addr_is_v4(&s->order.addr)) ||
		    (r->session == SESSION_PTR && s->source_ptr.n == 0) ||
		    plan_fill(from, to, &s->plan, &m, s->with->conf) != 0)
			session_found(s, f, FIND_SKIPPED, 0, STR(""));
		left += !f->done;
	}
	return left;
}

static void
ask_keeper(struct session *s)
{
	struct msg_id m = { s->order.order };

	if (sort_out(s) == 0) {
		session_over(s, FIND_NONE, FIND_NONE, 0);
		return;
	}
	s->at = AT_ASKING;
	loop_timer_set(s->reply, RUN_GRANT_MS);
	if (s->hooks->send(s->hooks->ctx, MSG_ASK, &m) != 0)
		session_over(s, FIND_NONE, FIND_NONE, 0);
}

/* Names are known, or will not be. */
static void
go_on(struct session *s)
{
	if (!s->checked && naming_needed(s)) {
		s->checked = true;
		naming_form(s);
	} else
		ask_keeper(s);
}

const struct addr *
session_source(const struct session *s)
{
	const struct conf *c = s->with->conf;
	bool v4 = addr_is_v4(&s->order.addr);

	if (s->first != NULL && s->first->form < RELAYTEST_N &&
	    relaytest_forms[s->first->form].session == SESSION_PTR)
		return v4 ? &c->probe_ptr_from : &c->probe_ptr_from6;
	return v4 ? &c->probe_from : &c->probe_from6;
}

void
session_start(struct session *s)
{
	plan_start(&s->plan, &s->order.addr, s->order.pace == PACE_LAB, s->with->conf);
	if (s->order.name == 1)
		naming_start(s);
	else
		go_on(s);
}

void
naming_done(struct session *s)
{
	if (s->at == AT_WORDS)
		finish(s, s->came_to);
	else
		go_on(s);
}

void
session_grant(struct session *s, bool ok)
{
	const struct clock *clock = loop_clock(s->with->loop);
	int err;

	if (s->at != AT_ASKING)
		return;
	if (!ok) {
		session_over(s, FIND_NONE, FIND_NONE, 0);
		return;
	}
	s->at = AT_DIALLING;
	s->began = clock->mono(clock);
	loop_timer_stop(s->reply);
	loop_timer_set(s->whole, RUN_SESSION_MS);
	err = stream_dial(&s->stream, s->with->loop, s->with->dialer, &s->order.addr,
	    s->order.port, session_source(s), RUN_CONNECT_MS, &talk_events, s);
	if (err != 0) {
		s->stream = NULL;
		log_event(LOG_LV_WARN, "dial-failed", LOG_N("order", s->order.order),
		    LOG_Z("why", sek_strerror(err)));
		session_over(s, FIND_NONE, FIND_NONE, 0);
	}
}

/* --- time --- */

static void
reply_late(void *ctx)
{
	struct session *s = ctx;
	struct dlg_out out;

	switch (s->at) {
	case AT_NAMING:
	case AT_WORDS:
		naming_stop(s);
		break;
	case AT_TALKING:
		transcript_note(s, "nothing within %u s at %s", s->wait_s, dlg_step_name(s->dlg.at));
		dlg_timeout(&s->dlg, &out);
		(void)talk_act(s, &out);
		break;
	default:	/* keeper does not answer */
		session_over(s, FIND_NONE, FIND_NONE, 0);
	}
}

static void
whole_late(void *ctx)
{
	struct session *s = ctx;
	struct dlg_out out;

	transcript_note(s, "the session's time ran out");
	if (s->at != AT_TALKING) {
		session_over(s, FIND_NO_CONNECT, FIND_NONE, 0);
		return;
	}
	dlg_stop(&s->dlg, FIND_TARPIT, &out);
	(void)talk_act(s, &out);
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

	if (s->at == AT_WORDS) {
		finish(s, s->came_to);
		return;
	}
	if (s->at != AT_TALKING) {
		session_over(s, FIND_NONE, FIND_NONE, 0);
		return;
	}
	transcript_note(s, "stopped: the test was cancelled");
	dlg_stop(&s->dlg, FIND_CUT, &out);
	(void)talk_act(s, &out);
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
