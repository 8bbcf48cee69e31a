#include "keep/gate_look.h"

#include <stdio.h>
#include <stdlib.h>

#include "fact/finding.h"
#include "fact/relaytest.h"
#include "fact/spoken.h"

enum { DIALOGUE = 256 * 1024, PORTS = 16 };	/* octets read of one session */

struct looking {
	struct gate_facts	*facts;
	struct { uint16_t port; bool answers, tried; } port[PORTS];
	size_t			 ports;
	struct gbuf		 dialogue;	/* of one session */
	uint32_t		 session;
	int			 err;
};

/* --- replies --- */

static void
put(struct looking *l, enum gate_fact_kind kind, uint16_t port, const char *text)
{
	struct gate_fact key = { .kind = (uint8_t)kind, .port = port };

	(void)gate_facts_put(l->facts, &key, text);	/* full: the rest is not compared */
}

/* "5.7.1" after a code (RFC 3463), or nothing. */
static struct str
enhanced(struct str said)
{
	struct str s, rest;
	unsigned dots = 0;

	if (said.n < 5)
		return (struct str){ 0 };
	rest = (struct str){ said.p + 4, said.n - 4 };
	s = str_cut(&rest, ' ');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.')
			dots++;
		else if (!ascii_digit(s.p[i]))
			return (struct str){ 0 };
	}
	return dots == 2 && s.n <= 11 ? s : (struct str){ 0 };
}

static bool
is_answer(const struct attempt *a)
{
	switch (a->finding) {
	case FIND_NONE:
	case FIND_SKIPPED:
	case FIND_CUT:
		return false;
	case FIND_REFUSED:	/* a PROXY line that brought nothing is none */
		return relaytest_forms[a->form].session != SESSION_PROXY;
	default:
		return true;
	}
}

static void
note_port(struct looking *l, const struct attempt *a)
{
	size_t i = 0;

	while (i < l->ports && l->port[i].port != a->port)
		i++;
	if (i == PORTS)
		return;
	if (i == l->ports)
		l->port[l->ports++].port = a->port;
	l->port[i].answers = l->port[i].answers || is_answer(a);
	l->port[i].tried = l->port[i].tried || a->tries > 0;
}

static int
take_attempt(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct looking *l = ctx;
	struct gate_fact key = { .kind = GATE_REPLY, .port = a->port,
	    .form = a->form, .variant = a->variant };
	struct str more = enhanced(a->said);
	char text[64];

	if (a->form >= RELAYTEST_N)
		return 0;
	note_port(l, a);
	if (!is_answer(a))
		return 0;
	snprintf(text, sizeof(text), "%s %03u%s%.*s", finding_name(a->finding),
	    a->code % 1000u, more.n > 0 ? " " : "", (int)more.n, more.n > 0 ? more.p : "");
	(void)gate_facts_put(l->facts, &key, text);
	return 0;
}

static void
put_ports(struct looking *l)
{
	for (size_t i = 0; i < l->ports; i++)
		if (l->port[i].answers || l->port[i].tried)
			put(l, GATE_PORT, l->port[i].port,
			    l->port[i].answers ? "answers" : "no-answer");
}

/* --- what the transcripts say --- */

static void
put_session(struct looking *l)
{
	struct str text = { (const char *)l->dialogue.p, l->dialogue.len };
	char banner[SPOKEN_BANNER];
	struct spoken s;

	spoken_read(&s, text);
	l->dialogue.len = 0;
	if (s.port == 0)
		return;
	spoken_timeless(banner, sizeof(banner), str_of(s.banner));
	if (banner[0] != '\0')
		put(l, GATE_BANNER, s.port, banner);
	if (s.greeted)
		put(l, GATE_OFFER, s.port, s.offer);
	if (s.greeted_tls)
		put(l, GATE_OFFER_TLS, s.port, s.offer_tls);
	if (s.tls[0] != '\0')
		put(l, GATE_TLS, s.port, s.tls);
}

/* Pieces of a session follow each other. */
static int
take_transcript(void *ctx, const void *row)
{
	const struct transcript *t = row;
	struct looking *l = ctx;

	if (t->session != l->session) {
		put_session(l);
		l->session = t->session;
	}
	if (l->dialogue.len + t->octets.n > l->dialogue.max)
		return 0;	/* the greeting stands at the beginning */
	l->err = gbuf_add(&l->dialogue, t->octets.p, t->octets.n);
	return l->err != 0 ? STORE_STOP : 0;
}

int
gate_look(struct gate_facts *out, struct keep *k, uint64_t run)
{
	struct looking *l = calloc(1, sizeof(*l));
	int err;

	if (l == NULL)
		return SEK_ENOMEM;
	l->facts = out;
	l->dialogue.max = DIALOGUE;
	err = store_each(k->store, Q_ATTEMPT_BY_RUN, ARGS(ARG_I(run)), take_attempt, l);
	if (err >= 0) {
		put_ports(l);
		err = store_each(k->store, Q_TRANSCRIPT_BY_RUN, ARGS(ARG_I(run)),
		    take_transcript, l);
	}
	if (err >= 0) {
		err = l->err;
		put_session(l);
	}
	gbuf_free(&l->dialogue);
	free(l);
	return err;
}

/* --- letters --- */

struct opened {
	void	(*fn)(void *ctx, uint64_t attempt, const struct gate_opening *o);
	void	*ctx;
	bool	 pending;
};

static int
opened_row(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct opened *f = ctx;
	struct gate_opening o = { .form = a->form, .port = a->port,
	    .at = a->accepted.s > 0 ? a->accepted : a->sent };

	f->pending = f->pending || a->finding == FIND_ACCEPTED;
	if (a->finding == FIND_RETURNED && f->fn != NULL)
		f->fn(f->ctx, a->id, &o);
	return 0;
}

int
gate_look_opened(struct keep *k, uint64_t run,
    void (*fn)(void *ctx, uint64_t attempt, const struct gate_opening *o), void *ctx)
{
	struct opened f = { .fn = fn, .ctx = ctx };
	int err = store_each(k->store, Q_ATTEMPT_BY_RUN, ARGS(ARG_I(run)), opened_row, &f);

	return err < 0 ? err : 0;
}

int
gate_look_pending(struct keep *k, uint64_t run)
{
	struct opened f = { 0 };
	int err = store_each(k->store, Q_ATTEMPT_BY_RUN, ARGS(ARG_I(run)), opened_row, &f);

	return err < 0 ? err : f.pending;
}
