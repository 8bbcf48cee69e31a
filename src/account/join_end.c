#include "account/join_body.h"

#include <string.h>

#include "account/grow.h"

/* Legs made one ----------------------------------------------------------- */

/* Does c come from where p was passed on to?  A filter hands back from this host
 * or from near it; a mailbox's Sieve from this host, or its own. */
static bool
comes_from(const struct flight *p, const struct flight *c)
{
	if (!c->has_client || c->flags & FLIGHT_HANDED || learn_is_loopback(&c->client))
		return true;
	for (uint32_t i = 0; i < p->n; i++) {
		const struct flight_rcpt *r = &p->rcpt[i];

		if (r->passed && (!(r->flags & MAIL_SIEVED) || (r->has_relay && addr_eq(&r->relay, &c->client))))
			return true;
	}
	return false;
}

/* Can only a leg behind parent look like this? */
static bool
is_leg(const struct flight *p, const struct flight *c)
{
	bool inside = !(c->flags & FLIGHT_BEGAN) ||
	    c->flags & (FLIGHT_INSIDE | FLIGHT_PROXIED) || !c->has_client;

	if (c->flags & FLIGHT_NOTICE || !inside)
		return false;
	if (c->flags & FLIGHT_SURE)
		return true;
	return c->flags & FLIGHT_BEGAN && p->flags & FLIGHT_PASSED &&
	    !join_logged_in(c) && join_leg_differs(p, c) && comes_from(p, c);
}

static bool
points_to(const struct flight_rcpt *r, const struct flight *c, uint32_t child)
{
	if (c->flags & FLIGHT_SURE)
		return r->child == child;
	return r->child == FLIGHT_NONE && r->passed;
}

/* Recipients of p that went into c are in its queue, unless it says more; what
 * is in a mailbox stays there. */
static uint32_t
rcpts_enter(struct flight *p, const struct flight *c, uint32_t child)
{
	uint32_t first = FLIGHT_NONE;

	for (uint32_t i = 0; i < p->n; i++) {
		struct flight_rcpt *r = &p->rcpt[i];

		if (!points_to(r, c, child))
			continue;
		if (first == FLIGHT_NONE)
			first = i;
		if (r->flags & MAIL_SIEVED)
			continue;
		r->attempts -= r->attempts > 0;
		r->gone = c->n > 0;
		r->flags &= ~(unsigned)MAIL_LOCAL_DELIVERY;
		if (!(c->flags & FLIGHT_ENDED))
			r->end = ACCOUNT_QUEUED;
	}
	return first;
}

/* Was it made by an alias, and the log does not say of which address?  A client
 * that leaves out the brackets of its recipients alone would look so; none does. */
static bool
is_aliased(const struct flight *f, const struct flight_rcpt *r)
{
	return f->flags & FLIGHT_LIST ||
	    (r->flags & MAIL_ALIASED && f->flags & FLIGHT_BRACKETS &&
	        f->has_client);
}

/* As the client gave it; ":alias:", which is no domain's, when only that is
 * known.  Sendmail's ctladdr= is that, or the sender. */
static struct str
given_of(const struct flight *f, const struct flight_rcpt *r)
{
	struct str given = flight_str(f, r->given);
	struct str sender = flight_str(f, f->sender), local = sender;

	if (f->mta == MAIL_SENDMAIL &&
	    (str_ieq(given, sender) || str_ieq(given, str_cut(&local, '@'))))
		given.n = 0;
	return given.n == 0 && is_aliased(f, r) ? STR(":alias:") : given;
}

static int
rcpt_fold(struct flights *fs, struct flight *p, const struct flight *c,
    const struct flight_rcpt *from, uint32_t first)
{
	struct str address = flight_str(c, from->address);
	struct flight_rcpt *r = flight_rcpt_find(p, address);
	struct str given = given_of(c, from);

	if (r == NULL) {
		if (flight_rcpt(fs, p, address, &r) < 0)
			return SEK_ENOMEM;
		if (first != FLIGHT_NONE && given_of(p, &p->rcpt[first]).n > 0)
			r->given = p->rcpt[first].given;
		else if (first != FLIGHT_NONE)
			r->given = p->rcpt[first].address;
		if (given.n > 0 && flight_rcpt_find(p, given) != NULL)
			r->given = flight_rcpt_find(p, given)->address;
		else if (given.n > 0 && first == FLIGHT_NONE &&
		    flight_text_set(fs, p, &r->given, given) < 0)
			return SEK_ENOMEM;
		r->first = from->first;
	}
	r->gone = false;
	r->end = from->end;
	r->flags = from->flags;
	r->has_relay = from->has_relay;
	r->relay = from->relay;
	r->attempts += from->attempts;
	if (!at_is(r->first))
		r->first = from->first;
	r->last = from->last;
	return 0;
}

static int
leg_fold(struct account_join *j, uint32_t parent, uint32_t child)
{
	struct flight *p = join_at(j, parent);
	const struct flight *c = join_at(j, child);
	uint32_t first = rcpts_enter(p, c, child);

	for (uint32_t i = 0; i < c->n; i++)
		if (!c->rcpt[i].gone &&
		    rcpt_fold(&j->flights, p, c, &c->rcpt[i], first) < 0)
			return SEK_ENOMEM;
	p->size = p->size != 0 ? p->size : c->size;
	p->flags |= FLIGHT_FILTERED;
	return 0;
}

/* Handing on --------------------------------------------------------------- */

bool
join_all_told(const struct flight *f)
{
	bool any = false;

	for (uint32_t i = 0; i < f->n; i++) {
		const struct flight_rcpt *r = &f->rcpt[i];

		if (r->end == ACCOUNT_DEFERRED ||
		    (r->end == ACCOUNT_QUEUED && at_is(r->first)))
			return false;
		any |= at_is(r->last);
	}
	return any;
}

static enum account_origin
origin_of(const struct flight *f)
{
	if (f->flags & FLIGHT_NOTICE)
		return ACCOUNT_FROM_SERVER;
	if (!(f->flags & FLIGHT_BEGAN))
		return ACCOUNT_FROM_UNKNOWN;
	/* OpenSMTPD: from the socket of this host, and <> */
	if (f->mta == MAIL_OPENSMTPD && !f->has_client &&
	    f->flags & FLIGHT_SENDER && f->sender.n == 0)
		return ACCOUNT_FROM_SERVER;
	if (join_logged_in(f))
		return ACCOUNT_FROM_ACCOUNT;
	return f->has_client ? ACCOUNT_FROM_CLIENT : ACCOUNT_FROM_LOCAL;
}

static struct account_when
when_of(struct account_at at)
{
	return at_is(at) ? at_when(at) : (struct account_when){ 0 };
}

static int
rcpts_fill(struct account_join *j, const struct flight *f,
    struct account_message *m)
{
	if (grow_room((void **)&j->rcpt, &j->cap_rcpts, f->n,
	        sizeof(*j->rcpt)) < 0)
		return SEK_ENOMEM;
	m->rcpt = j->rcpt;
	for (uint32_t i = 0; i < f->n; i++) {
		const struct flight_rcpt *r = &f->rcpt[i];
		struct account_recipient *to = &j->rcpt[m->n];

		if (r->gone)
			continue;
		m->n++;
		to->address = flight_str(f, r->address);
		to->given = given_of(f, r);
		to->end = r->end;
		to->attempts = r->attempts;
		to->flags = r->flags;
		to->has_relay = r->has_relay;
		to->relay = r->relay;
		to->relay_name = to->reply = STR("");
		to->first = when_of(r->first);
		to->last = when_of(r->last);
	}
	return 0;
}

/* Did it come in, and is there anything to count of it? */
static bool
counts(const struct flight *f)
{
	if (f->flags & FLIGHT_REFUSED)
		return false;
	if (f->flags & (FLIGHT_BEGAN | FLIGHT_NOTICE))
		return f->flags & FLIGHT_IN || f->mta != MAIL_POSTFIX;
	return f->n > 0 || f->n_said > 0;
}

static void
message_of(const struct flight *f, struct account_message *m)
{
	*m = (struct account_message){ .mta = f->mta,
		.origin = origin_of(f),
		.has_client = f->has_client,
		.filtered = f->flags & FLIGHT_FILTERED,
		.client = f->client,
		.helo = flight_str(f, f->helo),
		.account = flight_str(f, f->account),
		.user = flight_str(f, f->user),
		.uid = f->uid,
		.has_uid = f->has_uid,
		.has_sender = f->flags & FLIGHT_SENDER,
		.sender = flight_str(f, f->sender),
		.size = f->size,
		.n_rcpt = f->n_said,
		.accepted = when_of(f->first_at),
		.ended = when_of(f->ended_at) };
}

/* Counts the one that is longest in line. */
static int
ready_take(struct account_join *j)
{
	struct join_ready *r = &j->ready[j->ready_first];
	const struct flight *f = join_at(j, r->record);
	struct account_message *m = &r->message;
	int rc;

	if (join_endless(f) && m->ended.where.line == 0 && join_all_told(f))
		m->ended = when_of(f->rcpt[0].last);
	rc = rcpts_fill(j, f, m);
	/* a message whose every leg was counted says nothing of its recipients by
	 * their number */
	if (f->flags & FLIGHT_FILTERED && m->n > 0)
		m->n_rcpt = 0;
	if (rc == 0)
		rc = tally_message(j->tally, m, &r->keys,
		    flight_str(f, f->line));
	flight_recycle(&j->flights, r->record);
	j->ready_first = (j->ready_first + 1) % JOIN_READY;
	j->n_ready--;
	return rc;
}

/* Takes out the recipients that others stand for, and tells the names of those
 * that are left. */
static void
rcpts_tell(const struct account_join *j, const struct flight *f,
    struct tally_keys *keys)
{
	for (uint32_t i = 0; i < f->n; i++) {
		struct flight_rcpt *given = f->rcpt[i].given.n == 0 ? NULL :
		    flight_rcpt_find(f, flight_str(f, f->rcpt[i].given));

		if (given != NULL && !at_is(given->first))
			given->gone = true;
	}
	for (uint32_t i = 0; i < f->n && tally_keys_room(keys); i++)
		if (!f->rcpt[i].gone)
			tally_keys_rcpt(j->tally, keys,
			    flight_str(f, f->rcpt[i].address));
}

static int
ready_put(struct account_join *j, uint32_t i)
{
	enum { BEFORE = JOIN_READY / 2 };
	const struct flight *f = join_at(j, i);
	struct join_ready *r;

	if (!counts(f)) {
		flight_release(&j->flights, i);
		return 0;
	}
	if (j->n_ready == JOIN_READY && ready_take(j) < 0)
		return SEK_ENOMEM;
	flight_unlink(&j->flights, i);
	join_at(j, i)->flags |= FLIGHT_READY;
	r = &j->ready[(j->ready_first + j->n_ready++) % JOIN_READY];
	r->record = i;
	message_of(f, &r->message);
	tally_keys_set(j->tally, &r->keys, &r->message);
	rcpts_tell(j, f, &r->keys);
	if (j->n_ready > BEFORE) {
		r = &j->ready[(j->ready_first + j->n_ready - 1 - BEFORE) %
		    JOIN_READY];
		tally_keys_touch(j->tally, &r->keys);
	}
	return 0;
}

int
join_flush(struct account_join *j)
{
	while (j->n_ready > 0)
		if (ready_take(j) < 0)
			return SEK_ENOMEM;
	return 0;
}

/* Folds the legs behind i into it; what is none stands alone now. */
static int
legs_fold(struct account_join *j, uint32_t i, uint32_t *alone)
{
	int rc = 0;

	for (uint32_t c = join_at(j, i)->child, next;
	     c != FLIGHT_NONE && rc == 0; c = next) {
		next = join_at(j, c)->sibling;
		join_at(j, c)->parent = FLIGHT_NONE;
		if (!is_leg(join_at(j, i), join_at(j, c))) {
			join_at(j, c)->flags &= ~(unsigned)FLIGHT_DONE;
			join_at(j, c)->sibling = *alone;
			*alone = c;
			continue;
		}
		rc = legs_fold(j, c, alone);
		if (rc == 0)
			rc = leg_fold(j, i, c);
		flight_release(&j->flights, c);
	}
	join_at(j, i)->child = FLIGHT_NONE;
	join_at(j, i)->n_undone = 0;
	return rc;
}

int
join_hand(struct account_join *j, uint32_t i)
{
	uint32_t alone = FLIGHT_NONE;
	int rc = legs_fold(j, i, &alone);

	if (rc == 0)
		rc = ready_put(j, i);
	for (uint32_t next; alone != FLIGHT_NONE && rc == 0; alone = next) {
		next = join_at(j, alone)->sibling;
		join_at(j, alone)->sibling = FLIGHT_NONE;
		rc = join_over(j, alone);
	}
	return rc;
}

/* Over? -------------------------------------------------------------------- */

uint64_t
join_lingers(const struct flight *f)
{
	if (f->flags & FLIGHT_PASSED)
		return JOIN_REACH;
	if (!join_logged_in(f) &&
	    !(f->flags & (FLIGHT_SURE | FLIGHT_NOTICE | FLIGHT_REFUSED)) &&
	    (f->flags & FLIGHT_INSIDE ||
	        (f->flags & (FLIGHT_BEGAN | FLIGHT_SOFT)) == FLIGHT_SOFT))
		return JOIN_NAMED;
	return 0;
}

int
join_over(struct account_join *j, uint32_t i)
{
	for (;;) {
		struct flight *f = join_at(j, i);

		if (!(f->flags & FLIGHT_ENDED) ||
		    f->flags & (FLIGHT_LEFT | FLIGHT_LINGERS | FLIGHT_DONE |
		            FLIGHT_READY) ||
		    f->n_undone > 0)
			return 0;
		if (!(f->flags & FLIGHT_LINGERED) && join_lingers(f) > 0) {
			f->flags |= FLIGHT_LINGERS;
			return join_timer(j, f->ended, i, join_lingers(f));
		}
		if (f->parent == FLIGHT_NONE)
			return join_hand(j, i);
		f->flags |= FLIGHT_DONE;
		i = f->parent;
		join_at(j, i)->n_undone--;
	}
}

int
join_close(struct account_join *j, uint32_t i, struct account_at at)
{
	struct flight *f = join_at(j, i);

	f->flags |= FLIGHT_ENDED;
	f->ended = j->seq;
	f->ended_at = at;
	return join_over(j, i);
}

static uint32_t
root_of(struct account_join *j, uint32_t i)
{
	while (join_at(j, i)->parent != FLIGHT_NONE)
		i = join_at(j, i)->parent;
	return i;
}

int
join_drop(struct account_join *j, uint32_t i)
{
	struct flight *f = join_at(j, i);

	f->flags = (f->flags | FLIGHT_REFUSED | FLIGHT_LINGERED) &
	    ~(unsigned)FLIGHT_PASSED;
	return join_close(j, i, (struct account_at){ 0 });
}

/* Time and room ------------------------------------------------------------ */

static int
timer_fires(struct account_join *j, const struct join_timer *t)
{
	struct flight *f = join_at(j, t->record);

	if (!(f->flags & FLIGHT_USED) || f->flags & FLIGHT_READY ||
	    f->serial != t->serial)
		return 0;
	if (f->flags & FLIGHT_LINGERS) {
		f->flags =
		    (f->flags | FLIGHT_LINGERED) & ~(unsigned)FLIGHT_LINGERS;
		return join_over(j, t->record);
	}
	if (join_endless(f) && !(f->flags & FLIGHT_ENDED) &&
	    j->seq - f->last > JOIN_REACH && join_all_told(f) &&
	    !(f->flags & FLIGHT_LEFT))
		return join_close(j, t->record, f->rcpt[0].last);
	/* a client that went away before the end of its data */
	if (join_is_stale(f, j->seq))
		return join_drop(j, t->record);
	return 0;
}

static int
oldest_goes(struct account_join *j)
{
	uint32_t i = j->flights.oldest;

	if ((join_at(j, i)->flags & (FLIGHT_IN | FLIGHT_ENDED)) == FLIGHT_IN)
		tally_gap(j->tally, ACCOUNT_GAP_TABLE, join_at(j, i)->first_at,
		    1);
	return join_hand(j, root_of(j, i));
}

static const uint64_t queue_reach[2] = { JOIN_REACH, JOIN_NAMED };

/* The next one's record was not looked at for long. */
static void
timer_bring(const struct account_join *j, const struct join_queue *queue)
{
	const struct flight *f;

	if (queue->n == 0)
		return;
	f = &j->flights.f[queue->timer[queue->first].record];
	__builtin_prefetch(f);
	__builtin_prefetch(&f->serial);
}

/* The first line at which a timer runs out. */
static uint64_t
next_due(const struct account_join *j)
{
	uint64_t due = UINT64_MAX;

	for (int q = 0; q < 2; q++) {
		const struct join_queue *queue = &j->queue[q];
		uint64_t at = queue->n == 0 ? UINT64_MAX : queue->timer[queue->first].seq + queue_reach[q] + 1;

		if (at < due)
			due = at;
	}
	return due;
}

int
join_tidy(struct account_join *j)
{
	for (int q = 0; q < 2; q++) {
		struct join_queue *queue = &j->queue[q];

		while (queue->n > 0 && j->seq - queue->timer[queue->first].seq > queue_reach[q]) {
			struct join_timer t = queue->timer[queue->first];

			queue->first++;
			queue->n--;
			if (timer_fires(j, &t) < 0)
				return SEK_ENOMEM;
		}
		timer_bring(j, queue);
	}
	while (j->flights.live > j->most)
		if (oldest_goes(j) < 0)
			return SEK_ENOMEM;
	j->due = next_due(j);
	return 0;
}

int
join_end(struct account_join *j)
{
	while (j->flights.oldest != FLIGHT_NONE)
		if (join_hand(j, root_of(j, j->flights.oldest)) < 0)
			return SEK_ENOMEM;
	return join_flush(j);
}
