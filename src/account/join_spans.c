#include "account/join_body.h"

#include <stdlib.h>
#include <string.h>

#include "account/grow.h"

/* b's records in a: map says which of a's each is. */
struct joining {
	struct account_join		*a, *b;
	const struct account_shift	*by;
	uint32_t			*map;		/* b->flights.n */
	bool				*merged;	/* into one that a had */
};

static void
shift_records(struct account_join *b, const struct account_shift *by)
{
	for (uint32_t i = b->flights.oldest; i != FLIGHT_NONE;
	     i = flight_newer(&b->flights, i)) {
		struct flight *f = join_at(b, i);
		uint64_t *const lines[] = { &f->began, &f->first, &f->last,
			&f->ended, &f->message_seq, &f->session_seq };

		for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++)
			if (*lines[k] != 0)
				*lines[k] += by->seq;
		f->first_at = at_shift(f->first_at, by);
		f->ended_at = at_shift(f->ended_at, by);
		for (uint32_t k = 0; k < f->n; k++) {
			struct flight_rcpt *r = &f->rcpt[k];

			r->child_seq += r->child_id != 0 ? by->seq : 0;
			r->first = at_shift(r->first, by);
			r->last = at_shift(r->last, by);
		}
	}
}

/* Moving -------------------------------------------------------------------- */

/* A record that a knows nothing of, as it is; its links are b's still. */
static int
record_move(struct joining *g, uint32_t i)
{
	struct account_join *a = g->a;
	struct flight *from = join_at(g->b, i), *to;
	struct flight keep;
	uint32_t now;

	if (flight_new(&a->flights, from->id, from->host, from->instance,
	        &now) < 0)
		return SEK_ENOMEM;
	to = join_at(a, now);
	flight_owned_drop(&a->flights, to);
	keep = *to;
	*to = *from;
	to->next_id = keep.next_id;
	to->serial = keep.serial;
	to->message_id = 0;
	if (from->message_id != 0)
		flight_message_id(&a->flights, now, from->message_id,
		    from->message_seq);
	from->text = NULL;
	from->rcpt = NULL;
	from->n = from->n_text = from->cap = from->cap_text = 0;
	g->map[i] = now;
	return 0;
}

static int
text_more(struct joining *g, struct flight *to, struct flight_text *t,
    const struct flight *from, struct flight_text s)
{
	return t->n > 0 || s.n == 0 ? 0 :
	    flight_text_set(&g->a->flights, to, t, flight_str(from, s));
}

/* A recipient of whom b says more. */
static int
rcpt_more(struct joining *g, struct flight *to, const struct flight *from,
    const struct flight_rcpt *r)
{
	struct flight_rcpt *mine;

	if (flight_rcpt(&g->a->flights, to, flight_str(from, r->address),
	        &mine) < 0 ||
	    text_more(g, to, &mine->given, from, r->given) < 0)
		return SEK_ENOMEM;
	mine->attempts += r->attempts;
	if (!at_is(mine->first))
		mine->first = r->first;
	if (!at_is(r->last))
		return 0;
	mine->last = r->last;
	if (r->end != ACCOUNT_QUEUED)
		mine->end = r->end;
	mine->flags = r->flags;
	mine->has_relay = r->has_relay;
	mine->relay = r->relay;
	mine->passed |= r->passed;
	if (r->child_id != 0) {
		mine->child_id = r->child_id;
		mine->child_seq = r->child_seq;
		mine->child = r->child;
	}
	return 0;
}

/* OpenSMTPD until 6.4 writes an arrival line a recipient. */
static bool
same_arrival(const struct flight *a, const struct flight *b)
{
	return b->mta == MAIL_OPENSMTPD && b->session != 0 &&
	    a->session == b->session && a->flags & b->flags & FLIGHT_BEGAN;
}

static void
flags_more(struct flight *to, const struct flight *from)
{
	enum {
		KEPT = FLIGHT_IN | FLIGHT_NOTICE | FLIGHT_REFUSED |
		    FLIGHT_PASSED | FLIGHT_PROXIED | FLIGHT_FILTERED |
		    FLIGHT_ENDED | FLIGHT_SURE | FLIGHT_LIST | FLIGHT_BRACKETS |
		    FLIGHT_LOGIN | FLIGHT_HELD | FLIGHT_LEFT_CHILD | FLIGHT_LEFT_MSGID |
		    FLIGHT_LEFT_SESSION | FLIGHT_LEFT_ORIG
	};

	if (from->flags & FLIGHT_NOTICE && to->has_client)
		to->flags |= from->flags & (KEPT & ~FLIGHT_NOTICE);
	else
		to->flags |= from->flags & KEPT;
}

static void
numbers_more(struct flight *to, const struct flight *from)
{
	to->size = to->size != 0 ? to->size : from->size;
	if (same_arrival(to, from))
		to->n_said += from->n_said;
	else if (to->n_said == 0)
		to->n_said = from->n_said;
	to->last = from->last;
	to->ended = from->ended;
	to->ended_at = from->ended_at;
	to->instance = from->instance;
	if (from->session != 0) {
		to->session = from->session;
		to->session_seq = from->session_seq;
	}
	if (from->flags & FLIGHT_PROXIED && from->has_client) {
		to->has_client = true;
		to->client = from->client;
	}
}

static int
texts_more(struct joining *g, struct flight *to, const struct flight *from)
{
	if (from->flags & FLIGHT_SENDER && !(to->flags & FLIGHT_SENDER)) {
		to->flags |= FLIGHT_SENDER;
		if (flight_text_set(&g->a->flights, to, &to->sender,
		        flight_str(from, from->sender)) < 0)
			return SEK_ENOMEM;
	}
	return text_more(g, to, &to->helo, from, from->helo) < 0 ||
	    text_more(g, to, &to->user, from, from->user) < 0 ||
	    text_more(g, to, &to->account, from, from->account) < 0 ? SEK_ENOMEM : 0;
}

static int
rcpts_more(struct joining *g, struct flight *to, const struct flight *from)
{
	if (from->all_end != ACCOUNT_QUEUED) {
		join_rcpt_all(to, from->all_end);
		to->all_end = from->all_end;
	}
	for (uint32_t r = 0; r < from->n; r++)
		if (rcpt_more(g, to, from, &from->rcpt[r]) < 0)
			return SEK_ENOMEM;
	return 0;
}

/* a's record k goes on in b's record i. */
static int
record_merge(struct joining *g, uint32_t k, uint32_t i)
{
	struct flight *to = join_at(g->a, k);
	const struct flight *from = join_at(g->b, i);

	flags_more(to, from);
	numbers_more(to, from);
	if (from->message_id != 0)
		flight_message_id(&g->a->flights, k, from->message_id,
		    from->message_seq);
	if (texts_more(g, to, from) < 0 || rcpts_more(g, to, from) < 0)
		return SEK_ENOMEM;
	g->map[i] = k;
	g->merged[i] = true;
	return 0;
}

/* What a has are deliveries of the message that arrives in b. */
static int
record_adopt(struct joining *g, uint32_t k, uint32_t i)
{
	struct flight *to = join_at(g->a, k);
	const struct flight *from = join_at(g->b, i);

	to->flags = (to->flags & ~(unsigned)FLIGHT_LEFT_ID) |
	    (from->flags & (FLIGHT_BEGAN | FLIGHT_INSIDE | FLIGHT_HANDED | FLIGHT_LOGIN));
	to->began = from->began;
	to->orig_id = from->orig_id;
	to->first_at = from->first_at;
	to->has_client = from->has_client;
	to->client = from->client;
	to->has_uid = from->has_uid;
	to->uid = from->uid;
	to->line.n = 0;
	if (text_more(g, to, &to->line, from, from->line) < 0)
		return SEK_ENOMEM;
	return record_merge(g, k, i);
}

/* Which record of a each of b's is, by age. */
static int
record_place(struct joining *g, uint32_t i)
{
	struct account_join *a = g->a;
	const struct flight *f = join_at(g->b, i);
	uint32_t k = flight_find(&a->flights, f->id, f->host, f->instance);
	unsigned left = f->flags & FLIGHT_LEFT_ID;

	if (k != FLIGHT_NONE && left &&
	    join_is_stale(join_at(a, k), f->first)) {
		if (join_drop(a, k) < 0)
			return SEK_ENOMEM;
		k = FLIGHT_NONE;
	}
	if (k != FLIGHT_NONE && left &&
	    join_is_another(join_at(a, k), f->message_id)) {
		if (join_close(a, k, (struct account_at){ 0 }) < 0)
			return SEK_ENOMEM;
		k = flight_find(&a->flights, f->id, f->host, f->instance);
	}
	if (k != FLIGHT_NONE && !left &&
	    (f->mta == MAIL_EXIM || f->orig_id != 0) &&
	    join_is_early(join_at(a, k), f->began))
		return record_adopt(g, k, i);
	if (k != FLIGHT_NONE && (left || same_arrival(join_at(a, k), f)))
		return record_merge(g, k, i);
	if (k != FLIGHT_NONE && join_at(a, k)->instance == f->instance &&
	    join_close(a, k, (struct account_at){ 0 }) < 0)
		return SEK_ENOMEM;
	left &= a->first || join_seen(a, f->id, f->host, f->instance) ? 0 : FLIGHT_LEFT_ID;
	if (record_move(g, i) < 0)
		return SEK_ENOMEM;
	if (!left)
		join_at(a, g->map[i])->flags &= ~(unsigned)FLIGHT_LEFT_ID;
	return 0;
}

/* What a holds open and began anew in b, and is over there already. */
static void
superseded(struct joining *g, uint64_t serial)
{
	struct account_join *a = g->a;

	for (uint32_t i = a->flights.oldest, next; i != FLIGHT_NONE; i = next) {
		struct flight *f = join_at(a, i);

		next = flight_newer(&a->flights, i);
		if (f->flags & FLIGHT_ENDED || f->serial > serial ||
		    f->last > g->by->seq ||
		    !join_seen(g->b, f->id, f->host, f->instance))
			continue;
		f->flags |= FLIGHT_ENDED;
		f->ended = f->last;
	}
}

/* Links ---------------------------------------------------------------------- */

static void
links_move(struct joining *g, uint32_t i)
{
	struct flight *f = join_at(g->a, g->map[i]);

	if (!g->merged[i]) {
		f->parent = f->child = f->sibling = FLIGHT_NONE;
		f->n_undone = 0;
		f->depth = 0;
	}
	for (uint32_t r = 0; r < f->n; r++)
		if (f->rcpt[r].child != FLIGHT_NONE &&
		    f->rcpt[r].child_seq > g->by->seq)
			f->rcpt[r].child = g->map[f->rcpt[r].child];
}

/* b's legs as links of a; those to a leg that a knew already fall away. */
static void
legs_move(struct joining *g)
{
	for (uint32_t i = g->b->flights.oldest; i != FLIGHT_NONE;
	     i = flight_newer(&g->b->flights, i)) {
		const struct flight *from = join_at(g->b, i);

		if (from->parent != FLIGHT_NONE &&
		    !join_leg_link(g->a, g->map[from->parent], g->map[i],
		        from->flags & FLIGHT_SURE))
			join_at(g->a, g->map[i])->flags &=
			    ~(unsigned)FLIGHT_DONE;
	}
}

/* What is left open ------------------------------------------------------------ */

static int
left_session(struct account_join *a, uint32_t i)
{
	bool found;

	if (!(join_at(a, i)->flags & FLIGHT_LEFT_SESSION))
		return 0;
	if (join_session_use(a, i, &found) < 0)
		return SEK_ENOMEM;
	if (found || !join_reaches_back(a, join_at(a, i)->session_seq))
		join_at(a, i)->flags &= ~(unsigned)FLIGHT_LEFT_SESSION;
	return 0;
}

static void
left_child(struct account_join *a, uint32_t i)
{
	struct flight *f = join_at(a, i);
	bool open = false;

	if (!(f->flags & FLIGHT_LEFT_CHILD))
		return;
	for (uint32_t r = 0; r < f->n; r++) {
		struct flight_rcpt *p = &f->rcpt[r];

		if (p->child_id != 0 && p->child == FLIGHT_NONE &&
		    !join_leg_named(a, i, p))
			open |= join_reaches_back(a, p->child_seq);
	}
	if (!open)
		f->flags &= ~(unsigned)FLIGHT_LEFT_CHILD;
}

static void
left_message(struct account_join *a, uint32_t i, bool merged)
{
	struct flight *f = join_at(a, i);

	if (!(f->flags & FLIGHT_LEFT_MSGID) && !merged)
		return;
	f->flags &= ~(unsigned)FLIGHT_LEFT_MSGID;
	join_leg_before(a, i);
}

static int
left_orig(struct account_join *a, uint32_t i)
{
	return join_at(a, i)->flags & FLIGHT_LEFT_ORIG ? join_leg_anew(a, i) : 0;
}

static int
lefts(struct joining *g)
{
	struct account_join *a = g->a;

	for (uint32_t i = g->b->flights.oldest; i != FLIGHT_NONE; i = flight_newer(&g->b->flights, i)) {
		struct flight *f = join_at(a, g->map[i]);

		if (f->flags & FLIGHT_LEFT_ID && f->flags & FLIGHT_SOFT &&
		    f->began > JOIN_REACH)
			f->flags &= ~(unsigned)FLIGHT_LEFT_ID;
		if (left_session(a, g->map[i]) < 0 || left_orig(a, g->map[i]) < 0)
			return SEK_ENOMEM;
		f = join_at(a, g->map[i]);
		if (join_endless(f) && !(f->flags & FLIGHT_ENDED) &&
		    join_all_told(f) &&
		    join_timer(a, f->last, g->map[i], JOIN_REACH) < 0)
			return SEK_ENOMEM;
	}
	for (uint32_t i = g->b->flights.oldest; i != FLIGHT_NONE;
	     i = flight_newer(&g->b->flights, i))
		left_child(a, g->map[i]);
	for (uint32_t i = g->b->flights.oldest; i != FLIGHT_NONE; i = flight_newer(&g->b->flights, i))
		left_message(a, g->map[i], g->merged[i]);
	return 0;
}

/* All that may be over by now. */
static int
overs(struct account_join *a)
{
	for (size_t i = 0; i < a->flights.n; i++) {
		struct flight *f = join_at(a, (uint32_t)i);

		if (f->flags & FLIGHT_USED && f->flags & FLIGHT_LINGERS &&
		    f->flags & FLIGHT_LEFT)
			f->flags &= ~(unsigned)FLIGHT_LINGERS;
		if (f->flags & FLIGHT_USED && join_over(a, (uint32_t)i) < 0)
			return SEK_ENOMEM;
	}
	return 0;
}

/* The rest ------------------------------------------------------------------------ */

static int
timers_move(struct joining *g)
{
	struct account_join *b = g->b;

	for (int q = 0; q < 2; q++)
		for (size_t i = 0; i < b->queue[q].n; i++) {
			const struct join_timer *t =
			    &b->queue[q].timer[b->queue[q].first + i];
			const struct flight *f = join_at(b, t->record);

			if (f->flags & FLIGHT_USED && f->serial == t->serial &&
			    join_timer(g->a, t->seq + g->by->seq,
			        g->map[t->record],
			        q == 0 ? JOIN_REACH : JOIN_NAMED) < 0)
				return SEK_ENOMEM;
		}
	return 0;
}

static int
sessions_move(struct joining *g)
{
	for (size_t i = 0; i < g->b->n_orphans; i++) {
		struct join_orphan o = g->b->orphan[i];

		o.seq += g->by->seq;
		if (join_session_blame(g->a, &o) < 0)
			return SEK_ENOMEM;
	}
	for (size_t i = 0; g->b->session != NULL && i < JOIN_SESSIONS; i++) {
		struct join_session s = g->b->session[i];

		if (s.seq == 0)
			continue;
		s.seq += g->by->seq;
		if (join_session_put(g->a, &s) < 0)
			return SEK_ENOMEM;
	}
	return 0;
}

static int
seen_move(struct joining *g)
{
	for (size_t i = 0; i < g->b->seen_slots; i++)
		if (g->b->seen[i] != 0 && join_see_key(g->a, g->b->seen[i]) < 0)
			return SEK_ENOMEM;
	return 0;
}

static int
joining_run(struct joining *g)
{
	struct account_join *a = g->a, *b = g->b;
	uint64_t serial = a->flights.serial;

	shift_records(b, g->by);
	for (uint32_t i = b->flights.oldest; i != FLIGHT_NONE;
	     i = flight_newer(&b->flights, i))
		if (record_place(g, i) < 0)
			return SEK_ENOMEM;
	superseded(g, serial);
	for (uint32_t i = b->flights.oldest; i != FLIGHT_NONE; i = flight_newer(&b->flights, i))
		links_move(g, i);
	legs_move(g);
	a->seq += b->seq;
	if (lefts(g) < 0 || timers_move(g) < 0 || sessions_move(g) < 0 ||
	    seen_move(g) < 0 || overs(a) < 0)
		return SEK_ENOMEM;
	if (b->last.any)
		a->last = b->last;
	return join_tidy(a);
}

int
join_spans(struct account_join *a, struct account_join *b,
    const struct account_shift *by)
{
	struct joining g = { .a = a, .b = b, .by = by,
		.map = malloc((b->flights.n + 1) * sizeof(*g.map)),
		.merged = calloc(b->flights.n + 1, sizeof(*g.merged)) };
	int rc = SEK_ENOMEM;

	slab_join(&a->flights.slab, &b->flights.slab);
	if (g.map != NULL && g.merged != NULL)
		rc = joining_run(&g);
	for (size_t i = 0; i < b->flights.n; i++)	/* what a made a copy of */
		flight_owned_drop(&a->flights, join_at(b, (uint32_t)i));
	free(g.map);
	free(g.merged);
	return rc;
}

/* Half ------------------------------------------------------------------------ */

int
join_halve(struct account_join *a, struct account_join *b)
{
	struct joining g = { .a = b, .b = a,
		.map = malloc((a->flights.n + 1) * sizeof(*g.map)) };
	int rc = join_flush(a);
	bool odd = false;

	if (g.map == NULL)
		rc = SEK_ENOMEM;
	for (uint32_t i = a->flights.oldest, next; rc == 0 && i != FLIGHT_NONE; i = next) {
		const struct flight *f = join_at(a, i);

		next = flight_newer(&a->flights, i);
		odd = !odd;
		if (odd || f->parent != FLIGHT_NONE || f->child != FLIGHT_NONE)
			continue;
		rc = record_move(&g, i);
		if (rc == 0)
			flight_release(&a->flights, i);
	}
	free(g.map);
	return rc;
}
