#include "account/join_body.h"

#include "account/flight_bring.h"

/* Which record -------------------------------------------------------------- */

static int
record_new(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, uint32_t *i)
{
	struct flight *f;

	if (flight_new(&j->flights, w->id, w->host, w->instance, i) < 0)
		return SEK_ENOMEM;
	f = join_at(j, *i);
	f->mta = (uint8_t)ev->mta;
	f->first_at = at;
	f->first = f->last = j->seq;
	return 0;
}

/* The open record of an id; a beginning without an arrival when there is none.
 * soft: what the line says comes right after the arrival, or instead of one. */
static int
record_of(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, bool soft, uint32_t *i)
{
	struct flight *f;

	*i = flight_find(&j->flights, w->id, w->host, w->instance);
	if (*i != FLIGHT_NONE &&
	    join_is_another(join_at(j, *i), w->message_id)) {
		if (join_close(j, *i, (struct account_at){ 0 }) < 0)
			return SEK_ENOMEM;
		*i = flight_find(&j->flights, w->id, w->host, w->instance);
	}
	if (*i != FLIGHT_NONE && join_is_stale(join_at(j, *i), j->seq)) {
		if (join_drop(j, *i) < 0)
			return SEK_ENOMEM;
		*i = FLIGHT_NONE;
	}
	if (*i != FLIGHT_NONE) {
		f = join_at(j, *i);
		f->last = j->seq;
		if (f->instance == w->instance)
			return 0;
		f->instance = w->instance;
		return join_see(j, w->id, w->host, w->instance);
	}
	if (record_new(j, ev, w, at, i) < 0)
		return SEK_ENOMEM;
	f = join_at(j, *i);
	if (soft) {
		f->flags |= FLIGHT_SOFT;
		f->began = j->seq;
	}
	if (!j->first && (!soft || j->seq <= JOIN_REACH) &&
	    !join_seen(j, w->id, w->host, w->instance))
		f->flags |= FLIGHT_LEFT_ID;
	return join_see(j, w->id, w->host, w->instance);
}

/* What events say ------------------------------------------------------------ */

static int
text_first(struct account_join *j, struct flight *f, struct flight_text *t,
    struct str s)
{
	return t->n > 0 || s.n == 0 ? 0 : flight_text_set(&j->flights, f, t, s);
}

/* The line that a message without an arrival shows up with. */
static int
line_first(struct account_join *j, struct flight *f, struct str line)
{
	if (line.n > ACCOUNT_QUOTE)
		line.n = ACCOUNT_QUOTE;
	return f->flags & FLIGHT_BEGAN ? 0 : text_first(j, f, &f->line, line);
}

static int
rcpt_given(struct account_join *j, struct flight *f, struct flight_rcpt *r,
    const struct mail_event *ev, struct str address)
{
	if (ev->orig_to.n == 0 || r->given.n > 0 ||
	    str_ieq(ev->orig_to, address))
		return 0;
	return flight_text_set(&j->flights, f, &r->given, ev->orig_to);
}

/* What an event knows of the whole message. */
static int
envelope(struct account_join *j, uint32_t i, const struct mail_event *ev)
{
	struct flight *f = join_at(j, i);
	struct str one, rest = ev->recipient;
	struct flight_rcpt *r;

	if (ev->has_sender && !(f->flags & FLIGHT_SENDER)) {
		f->flags |= FLIGHT_SENDER;
		if (flight_text_set(&j->flights, f, &f->sender, ev->sender) < 0)
			return SEK_ENOMEM;
	}
	if (f->size == 0)
		f->size = ev->size;
	if (f->n_said == 0)
		f->n_said = ev->n_rcpt;
	if (ev->n_rcpt > 0 || ev->mta != MAIL_POSTFIX)
		f->flags |= FLIGHT_IN;
	if (ev->flags & MAIL_IS_BOUNCE && !f->has_client)
		f->flags |= FLIGHT_NOTICE;
	while (ev->kind != MAIL_BEGETS && mail_event_rcpt(&one, &rest) == 1)
		if (flight_rcpt(&j->flights, f, one, &r) < 0)
			return SEK_ENOMEM;
	return text_first(j, f, &f->helo, ev->helo);
}

static void
message_id(struct account_join *j, uint32_t i, const struct join_where *w)
{
	if (w->message_id == 0)
		return;
	flight_message_id(&j->flights, i, w->message_id, j->seq);
	join_leg_before(j, i);
}

/* Kinds ------------------------------------------------------------------------ */

static int
session(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, struct str line)
{
	(void)at;
	(void)line;
	return join_session_add(j, join_hash(ev->session) ^ w->host, ev);
}

static int
session_of(struct account_join *j, uint32_t i, const struct mail_event *ev,
    const struct join_where *w)
{
	struct flight *f = join_at(j, i);
	bool found;

	if (ev->session.n == 0)
		return 0;
	f->session = join_hash(ev->session) ^ w->host;
	f->session_seq = j->seq;
	if (join_session_use(j, i, &found) < 0)
		return SEK_ENOMEM;
	if (!found && join_reaches_back(j, j->seq))
		join_at(j, i)->flags |= FLIGHT_LEFT_SESSION;
	return 0;
}

/* The record that an arrival begins. */
static int
arrival(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, uint32_t *i)
{
	struct flight *f;

	*i = flight_find(&j->flights, w->id, w->host, w->instance);
	f = *i == FLIGHT_NONE || join_at(j, *i)->instance != w->instance ?
	    NULL :
	    join_at(j, *i);
	if (f != NULL && ev->mta == MAIL_OPENSMTPD && ev->session.n > 0 &&
	    f->flags & FLIGHT_BEGAN &&
	    f->session == (join_hash(ev->session) ^ w->host)) {
		f->last = j->seq;	/* until 6.4: an arrival line a recipient */
		f->n_said += ev->n_rcpt;
		return 0;
	}
	if (f != NULL && f->mta == ev->mta &&
	    (ev->mta == MAIL_EXIM || (ev->orig_id.n > 0 && !ev->has_client)) &&
	    join_is_early(f, j->seq)) {
		f->flags &= ~(unsigned)FLIGHT_LEFT_ID;
		f->first_at = at;
		f->line.n = 0;
	} else {
		if (f != NULL &&
		    join_close(j, *i, (struct account_at){ 0 }) < 0)
			return SEK_ENOMEM;
		if (record_new(j, ev, w, at, i) < 0)
			return SEK_ENOMEM;
	}
	f = join_at(j, *i);
	f->flags |=
	    FLIGHT_BEGAN | (ev->flags & MAIL_ALIASED ? FLIGHT_BRACKETS : 0);
	if (ev->mta == MAIL_POSTFIX &&
	    !str_istarts(ev->instance, STR("postfix")))
		f->flags |= FLIGHT_NAMED;
	f->began = f->last = j->seq;
	return join_see(j, w->id, w->host, w->instance);
}

static int
origin(struct account_join *j, uint32_t i, const struct mail_event *ev,
    struct str line)
{
	bool is_client = ev->has_client && !ev->has_orig_client;
	struct flight *f = join_at(j, i);

	if (ev->has_client || ev->has_orig_client) {
		f->has_client = true;
		f->client = ev->has_orig_client ? ev->orig_client : ev->client;
	}
	if ((ev->has_client && join_inside(j, &ev->client)) ||
	    (!is_client && f->has_client && join_inside(j, &f->client)))
		f->flags |= FLIGHT_INSIDE;
	if (ev->has_orig_client && ev->has_client && join_inside(j, &ev->client))
		f->flags |= FLIGHT_HANDED;
	f->has_uid = ev->has_uid;
	f->uid = ev->uid;
	if (ev->parent.n > 0 && !f->has_client)
		f->flags |= FLIGHT_NOTICE;
	f->flags |= ev->flags & MAIL_LOGGED_IN ? FLIGHT_LOGIN : 0;
	if (text_first(j, f, &f->account, ev->account) < 0 ||
	    text_first(j, f, &f->user, ev->user) < 0)
		return SEK_ENOMEM;
	if (line.n > ACCOUNT_QUOTE)
		line.n = ACCOUNT_QUOTE;
	return text_first(j, f, &f->line, line);
}

/* Its id before: in front of a filter, or before it was queued anew. */
static int
before_it(struct account_join *j, uint32_t i, const struct mail_event *ev,
    const struct join_where *w)
{
	uint32_t p;

	if (ev->orig_id.n == 0)
		return 0;
	if (!ev->has_client) {
		join_at(j, i)->orig_id = join_hash(ev->orig_id);
		return join_leg_anew(j, i);
	}
	p = flight_find(&j->flights, join_hash(ev->orig_id), w->host,
	    w->instance);
	if (p != FLIGHT_NONE)
		(void)join_leg_link(j, p, i, true);
	return 0;
}

static int
arrives(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, struct str line)
{
	uint32_t i;

	if (arrival(j, ev, w, at, &i) < 0 || origin(j, i, ev, line) < 0 ||
	    envelope(j, i, ev) < 0 || session_of(j, i, ev, w) < 0)
		return SEK_ENOMEM;
	message_id(j, i, w);
	if (before_it(j, i, ev, w) < 0)
		return SEK_ENOMEM;
	/* the client may go away before the end of its data */
	return ev->mta != MAIL_POSTFIX ? 0 : join_timer(j, j->seq, i, JOIN_REACH);
}

static int
envelopes(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, struct str line)
{
	uint32_t i;

	if (record_of(j, ev, w, at, ev->message_id.n > 0, &i) < 0 ||
	    line_first(j, join_at(j, i), line) < 0 ||
	    envelope(j, i, ev) < 0)
		return SEK_ENOMEM;
	message_id(j, i, w);
	return 0;
}

static const enum account_end ends[MAIL_STATUS_N] = {
	[MAIL_SENT] = ACCOUNT_DELIVERED, [MAIL_DEFERRED] = ACCOUNT_DEFERRED, [MAIL_BOUNCED] = ACCOUNT_BOUNCED,
	[MAIL_EXPIRED] = ACCOUNT_BOUNCED, [MAIL_DISCARDED] = ACCOUNT_DISCARDED, [MAIL_HELD] = ACCOUNT_QUEUED,
};

void
join_rcpt_all(struct flight *f, enum account_end end)
{
	for (uint32_t i = 0; i < f->n; i++)
		if (f->rcpt[i].end == ACCOUNT_QUEUED ||
		    f->rcpt[i].end == ACCOUNT_DEFERRED)
			f->rcpt[i].end = (uint8_t)end;
}

/* Where it was handed on to. */
static void
next_hop(struct account_join *j, uint32_t i, struct flight_rcpt *r,
    const struct mail_event *ev)
{
	bool here, pipe;

	r->has_relay = ev->has_relay;
	r->relay = ev->relay;
	r->flags = ev->flags;
	if (ev->mta == MAIL_POSTFIX && str_eq(ev->service, STR("relay")))
		r->flags |= ACCOUNT_RCPT_RELAY_TRANSPORT;
	if (ev->status != MAIL_SENT)
		return;
	here = !ev->has_relay || learn_is_loopback(&ev->relay);
	if (!here && !join_inside(j, &ev->relay))
		return;
	pipe = ev->flags & MAIL_TO_PROGRAM && ev->mta == MAIL_POSTFIX &&
	    !str_eq(ev->service, STR("local"));
	if (pipe || (ev->child.n > 0 && here))
		r->flags |= ACCOUNT_RCPT_PASSED_ON;
	if (ev->child.n == 0) {
		r->passed = ev->flags & (MAIL_TO_PROGRAM | MAIL_SIEVED) ||
		    (ev->has_relay && !(ev->flags & MAIL_LOCAL_DELIVERY));
		join_at(j, i)->flags |= r->passed ? FLIGHT_PASSED : 0;
		return;
	}
	r->child_id = join_hash(ev->child);
	r->child_seq = j->seq;
	if (!join_leg_named(j, i, r) && join_reaches_back(j, j->seq))
		join_at(j, i)->flags |= FLIGHT_LEFT_CHILD;
}

static int
deliver(struct account_join *j, uint32_t i, struct str address,
    const struct mail_event *ev, struct account_at at)
{
	struct flight *f = join_at(j, i);
	struct flight_rcpt *r;

	if (flight_rcpt(&j->flights, f, address, &r) < 0 ||
	    rcpt_given(j, f, r, ev, address) < 0)
		return SEK_ENOMEM;
	if (!at_is(r->first))
		r->first = at;
	r->last = at;
	r->attempts++;
	if (ev->status != MAIL_HELD)
		r->end = (uint8_t)ends[ev->status];
	next_hop(j, i, r, ev);
	if ((ev->status == MAIL_DEFERRED || ev->status == MAIL_BOUNCED) &&
	    ev->reply.n > 0)
		return tally_reply(j->tally, ev->reply, address, at);
	return 0;
}

static int
delivers(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, struct str line)
{
	struct str one, rest = ev->recipient;
	struct flight *f;
	uint32_t i;

	if (record_of(j, ev, w, at, false, &i) < 0)
		return SEK_ENOMEM;
	f = join_at(j, i);
	if (ev->flags & MAIL_IS_PROBE) {
		f->flags |= FLIGHT_REFUSED;	/* no message to count */
		return 0;
	}
	flight_bring_address(f);
	f->flags |= FLIGHT_IN;
	if (ev->status == MAIL_HELD && ev->flags & MAIL_BY_FILTER)
		f->flags |= FLIGHT_HELD;
	if (text_first(j, f, &f->user, ev->user) < 0)
		return SEK_ENOMEM;
	if (line_first(j, f, line) < 0)
		return SEK_ENOMEM;
	while (mail_event_rcpt(&one, &rest) == 1)
		if (deliver(j, i, one, ev, at) < 0)
			return SEK_ENOMEM;
	f = join_at(j, i);
	if (join_endless(f) && ev->status != MAIL_DEFERRED &&
	    join_all_told(f) && join_timer(j, j->seq, i, JOIN_REACH) < 0)
		return SEK_ENOMEM;
	if (!(ev->flags & MAIL_ALL_RCPTS) || ev->status == MAIL_HELD)
		return 0;
	join_rcpt_all(f, ends[ev->status]);
	f->all_end = (uint8_t)ends[ev->status];
	/* Postfix writes no other end of it */
	if (ev->mta == MAIL_POSTFIX && ev->status == MAIL_DISCARDED &&
	    ev->flags & MAIL_BY_FILTER)
		return join_close(j, i, at);
	return 0;
}

static int
begets(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, struct str line)
{
	struct join_where of_child = { join_hash(ev->child), w->host, w->instance,
		w->message_id };
	struct flight *c;
	uint32_t p, i;

	(void)line;
	if (ev->child.n == 0)
		return 0;
	if (record_of(j, ev, &of_child, at, true, &i) < 0)
		return SEK_ENOMEM;
	c = join_at(j, i);
	if (ev->id.n == 0) {	/* a proxy before the queue handed it in */
		c->flags |= FLIGHT_PROXIED;
		if (envelope(j, i, ev) < 0)
			return SEK_ENOMEM;
		return session_of(j, i, ev, w);
	}
	if (record_of(j, ev, w, at, false, &p) < 0)
		return SEK_ENOMEM;
	if (ev->flags & MAIL_RETRY_OVER) {
		join_rcpt_all(join_at(j, p), ACCOUNT_BOUNCED);
		join_at(j, p)->all_end = ACCOUNT_BOUNCED;
	}
	if (ev->orig_to.n > 0)
		join_at(j, i)->flags |= FLIGHT_LIST;
	if (!(ev->flags & MAIL_IS_BOUNCE))
		(void)join_leg_link(j, p, i, true);
	else if (!join_at(j, i)->has_client)
		join_at(j, i)->flags |= FLIGHT_NOTICE;
	return 0;
}

/* A line that names its session instead of its client. */
static int
blame(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w)
{
	const struct join_orphan o = { .key = join_hash(ev->session) ^ w->host,
		.seq = j->seq,
		.login = ev->kind == MAIL_LOGIN_FAILS,
		.relay = ev->flags & MAIL_RELAY_DENIED };

	return ev->has_client || ev->has_orig_client || ev->session.n == 0 ?
	    0 :
	    join_session_blame(j, &o);
}

static int
refuses(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, struct str line)
{
	uint32_t i;

	struct mail_event told = *ev;

	/* "550 Invalid recipient" is all that OpenSMTPD says of both */
	if (ev->mta == MAIL_OPENSMTPD && ev->recipient.n > 0 &&
	    account_own_knows_domains(j->own) &&
	    !account_own_has_domain(j->own, mail_event_domain(ev->recipient)))
		told.flags |= MAIL_RELAY_DENIED;
	if (tally_refused(j->tally, &told, at, line, 1) < 0 ||
	    blame(j, &told, w) < 0)
		return SEK_ENOMEM;
	if (ev->id.n == 0 || !(ev->flags & MAIL_ALL_RCPTS))
		return 0;
	if (record_of(j, ev, w, at, true, &i) < 0)
		return SEK_ENOMEM;
	join_at(j, i)->flags |= FLIGHT_REFUSED;
	return join_close(j, i, at);
}

static int
login_fails(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, struct str line)
{
	(void)line;
	if (tally_login_failed(j->tally, ev, at, 1) < 0)
		return SEK_ENOMEM;
	return blame(j, ev, w);
}

static int
ends_now(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, struct str line)
{
	uint32_t i;

	(void)line;
	if (record_of(j, ev, w, at, false, &i) < 0)
		return SEK_ENOMEM;
	return join_close(j, i, at);
}

static int
nothing(struct account_join *j, const struct mail_event *ev,
    const struct join_where *w, struct account_at at, struct str line)
{
	(void)j;
	(void)ev;
	(void)w;
	(void)at;
	(void)line;
	return 0;
}

static const struct {
	int	(*take)(struct account_join *j, const struct mail_event *ev, const struct join_where *w,
	    struct account_at at, struct str line);
	bool	needs_id;
} kinds[MAIL_KIND_N] = {
	[MAIL_NOTHING] = { nothing, false }, [MAIL_SESSION] = { session, false },
	[MAIL_ARRIVES] = { arrives, true }, [MAIL_ENVELOPE] = { envelopes, true },
	[MAIL_DELIVERS] = { delivers, true }, [MAIL_BEGETS] = { begets, false },
	[MAIL_REFUSES] = { refuses, false }, [MAIL_LOGIN_FAILS] = { login_fails, false },
	[MAIL_ENDS] = { ends_now, true }, [MAIL_LOST] = { nothing, false },
	[MAIL_REPEATS] = { nothing, false }, [MAIL_STARTS] = { nothing, false },
};

int
join_event(struct account_join *j, const struct mail_event *ev, struct str host,
    struct account_at at, struct str line)
{
	struct join_where w;

	if (kinds[ev->kind].needs_id && ev->id.n == 0)
		return 0;
	join_look(&w, j, ev, host);
	return kinds[ev->kind].take(j, ev, &w, at, line);
}
