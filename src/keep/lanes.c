#include "keep/lanes.h"

#include <stdlib.h>

#include "keep/order.h"

enum {
	SHARE = 8,		/* one in so many sessions is kept for the other side */
	SLEEP_MAX_MS = 3600 * 1000,	/* look at the clock again at least this often */
	BUSY_MS = 50,		/* more is due than one turn looks at */
	FULL_MS = 1000,		/* no session is free; one that ends ends the wait */
	BUCKETS = 1024,		/* a power of two */
};

struct asked {			/* an address that somebody waits for */
	struct addr	addr;
	struct asked	*next;	/* of its bucket */
	int64_t		 look_at;	/* its run is not due before, as far as known */
	int64_t		 until;
	bool		 waits;		/* it was due when it was looked at */
	uint64_t	 nth;		/* in the order they came; 0: not used */
};

enum lane { LANE_ASKED, LANE_BEGUN, LANE_DUE, LANE_END };

struct keep_lanes {
	struct asked	 asked[LANES_ASKED];
	struct asked	*bucket[BUCKETS];
	size_t		 n_asked;
	uint64_t	 came;
	uint64_t	 begun[LANES_BEGUN];	/* a ring */
	size_t		 n_begun, first_begun;
	/* of the turn */
	enum lane	 lane;
	size_t		 at, given;
	size_t		 begun_left;	/* of those that were there when it began */
	uint64_t	 due[LANES_TURN];
	size_t		 n_due;
	bool		 fetched, full;
	bool		 freed;		/* a session ended since those who wait were looked at */
	int64_t		 full_at;	/* when those that go on were last looked for */
};

int
lanes_open(struct keep *k)
{
	k->lanes = calloc(1, sizeof(*k->lanes));
	return k->lanes == NULL ? SEK_ENOMEM : 0;
}

void
lanes_close(struct keep *k)
{
	free(k->lanes);
	k->lanes = NULL;
}

/* --- who waits --- */

static struct asked **
bucket(struct keep_lanes *l, const struct addr *a)
{
	uint64_t key = 0;

	for (size_t i = 0; i < sizeof(a->o); i++)
		key = key * 31 + a->o[i];
	return &l->bucket[(key * UINT64_C(0x9e3779b97f4a7c15) >> 54) % BUCKETS];
}

static struct asked *
find(const struct keep *k, const struct addr *a)
{
	struct asked *e = *bucket(k->lanes, a);

	while (e != NULL && !addr_eq(&e->addr, a))
		e = e->next;
	return e;
}

bool
lanes_asked(const struct keep *k, const struct addr *a)
{
	return k->lanes->n_asked > 0 && find(k, a) != NULL;
}

static void
forget(struct keep *k, struct asked *e)
{
	struct asked **at = bucket(k->lanes, &e->addr);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	*e = (struct asked){ 0 };
	k->lanes->n_asked--;
}

static struct asked *
add(struct keep *k, const struct addr *a)
{
	struct keep_lanes *l = k->lanes;
	struct asked **first = bucket(l, a), *e = l->asked;

	if (l->n_asked == LANES_ASKED)
		return NULL;
	while (e->nth != 0)
		e++;
	*e = (struct asked){ .addr = *a, .next = *first, .nth = ++l->came };
	*first = e;
	l->n_asked++;
	return e;
}

void
lanes_ask(struct keep *k, const struct addr *a)
{
	struct asked *e;

	if (k->alone || addr_is_none(a))
		return;		/* alone, the only one who asks waits for all */
	e = find(k, a);
	if (e == NULL)
		e = add(k, a);
	if (e != NULL)
		e->until = keep_now(k).s + LANES_ASKED_S;
}

void
lanes_touch(struct keep *k, const struct addr *a)
{
	struct asked *e = k->lanes->n_asked > 0 ? find(k, a) : NULL;

	if (e == NULL)
		return;
	e->look_at = 0;
	e->until = keep_now(k).s + LANES_ASKED_S;
}

int64_t
lanes_ahead(const struct keep *k, const struct addr *a)
{
	const struct asked *mine = find(k, a), *e = k->lanes->asked;
	int64_t n = 0;

	for (size_t i = 0; mine != NULL && i < LANES_ASKED; i++)
		n += e[i].waits && e[i].nth < mine->nth && !order_busy(k, &e[i].addr);
	return mine != NULL ? n : LANES_NOT_ASKED;
}

/* --- what goes on --- */

void
lanes_begun(struct keep *k, uint64_t run)
{
	struct keep_lanes *l = k->lanes;

	if (l->n_begun < LANES_BEGUN)
		l->begun[(l->first_begun + l->n_begun++) % LANES_BEGUN] = run;
}

/* --- how many at once --- */

/* Kept for the other side. */
static unsigned
reserve(const struct keep *k)
{
	unsigned all = k->conf->probe_sessions;

	return k->alone || all < 2 ? 0 : all < 2 * SHARE ? 1 : all / SHARE;
}

static bool
room(const struct keep *k, bool asked)
{
	unsigned all = k->conf->probe_sessions, of_asked = order_count_asked(k);
	unsigned n = asked ? of_asked : order_count(k) - of_asked;

	return order_count(k) < all && n < all - reserve(k);
}

void
lanes_freed(struct keep *k)
{
	k->lanes->freed = true;
}

bool
lanes_room(const struct keep *k, const struct addr *a)
{
	return room(k, lanes_asked(k, a));
}

/* --- a turn --- */

void
lanes_turn(struct keep *k)
{
	struct keep_lanes *l = k->lanes;

	l->lane = LANE_ASKED;
	l->at = l->given = l->n_due = 0;
	l->begun_left = l->n_begun;
	l->fetched = l->full = false;
}

void
lanes_hold(struct keep *k)
{
	struct keep_lanes *l = k->lanes;

	if (l->lane == LANE_DUE) {
		l->lane = LANE_END;
		l->full = true;
	}
}

static bool
is_due(const struct keep *k, const struct run *r)
{
	return r->state != RUN_DONE && r->state != RUN_CANCELLED &&
	    r->next.s <= keep_now(k).s;
}

/* The run of an address that somebody waits for, if it is due. */
static int
asked_run(struct keep *k, struct asked *e, uint64_t *run)
{
	int64_t now = keep_now(k).s;
	struct run r;
	int err;

	if (e->until <= now) {
		forget(k, e);
		return STORE_NONE;
	}
	err = store_one(k->store, Q_RUN_LIVE_BY_ADDR, ARGS(ARG_A(e->addr)), &r);
	e->waits = err == 0 && is_due(k, &r);
	e->look_at = err == 0 && !e->waits ? r.next.s : now + 1;
	if (e->waits)
		*run = r.id;
	else if (err == 0)
		err = STORE_NONE;
	store_forget(k->store);
	return err;
}

static int
next_asked(struct keep *k, uint64_t *run)
{
	struct keep_lanes *l = k->lanes;
	int err = STORE_NONE;

	for (; err == STORE_NONE && l->n_asked > 0 && l->at < LANES_ASKED; l->at++) {
		struct asked *e = &l->asked[l->at];

		if (e->nth != 0 && (e->look_at <= keep_now(k).s || (e->waits && l->freed)))
			err = asked_run(k, e, run);
	}
	if (err == STORE_NONE)
		l->freed = false;
	return err;
}

static int
next_begun(struct keep *k, uint64_t *run)
{
	struct keep_lanes *l = k->lanes;
	int err = STORE_NONE;

	while (err == STORE_NONE && l->begun_left > 0) {
		struct run r;
		uint64_t id = l->begun[l->first_begun];

		l->first_begun = (l->first_begun + 1) % LANES_BEGUN;
		l->begun_left--;
		l->n_begun--;
		err = store_one(k->store, Q_RUN_BY_ID, ARGS(ARG_I(id)), &r);
		if (err == 0 && !is_due(k, &r))
			err = STORE_NONE;
		*run = id;
		store_forget(k->store);
	}
	return err;
}

static int
due_run(void *ctx, const void *row)
{
	struct keep_lanes *l = ctx;

	l->due[l->n_due] = ((const struct run *)row)->id;
	return ++l->n_due == LANES_TURN ? STORE_STOP : 0;
}

/* While no session is free, those alone that may need none: a run that was
 * never tested does.  For them all that are due are walked through, so not at
 * every turn. */
static int
fetch(struct keep *k)
{
	struct keep_lanes *l = k->lanes;
	int64_t now = keep_now(k).s;
	int err;

	l->fetched = true;
	l->at = 0;
	l->full = !room(k, false);
	if (l->full && l->full_at == now)
		return 0;
	if (l->full)
		l->full_at = now;
	err = store_each(k->store, l->full ? Q_RUN_DUE_BEGUN : Q_RUN_DUE,
	    ARGS(ARG_I(now), ARG_I(LANES_TURN)), due_run, l);
	return err < 0 ? err : 0;
}

static int
next_due(struct keep *k, uint64_t *run)
{
	struct keep_lanes *l = k->lanes;
	int err = l->fetched ? 0 : fetch(k);

	if (err != 0)
		return err;
	if (l->at == l->n_due)
		return STORE_NONE;
	if (!l->full && !room(k, false)) {	/* the rest waits as it is */
		l->full = true;
		return STORE_NONE;
	}
	*run = l->due[l->at++];
	return 0;
}

int
lanes_next(struct keep *k, uint64_t *run)
{
	static int (*const next[LANE_END])(struct keep *, uint64_t *) = {
		[LANE_ASKED] = next_asked, [LANE_BEGUN] = next_begun,
		[LANE_DUE] = next_due,
	};
	struct keep_lanes *l = k->lanes;
	int err = STORE_NONE;

	while (err == STORE_NONE && l->lane < LANE_END) {
		err = next[l->lane](k, run);
		if (err == STORE_NONE)
			l->lane++;
	}
	return err;
}

static int64_t
first_ms(const struct keep *k, int64_t at_s)
{
	int64_t in_s = at_s - keep_now(k).s;

	return in_s <= 0 ? 0 : in_s * 1000 < SLEEP_MAX_MS ? in_s * 1000 : SLEEP_MAX_MS;
}

int64_t
lanes_wait_ms(struct keep *k)
{
	struct keep_lanes *l = k->lanes;
	int64_t next = 0, wait = SLEEP_MAX_MS, ms;

	if (l->n_begun > 0)
		return 0;
	if (store_number(k->store, Q_RUN_NEXT, NO_ARGS, &next) == 0 && next > 0) {
		wait = first_ms(k, next);
		if (wait == 0)
			wait = l->full ? FULL_MS : BUSY_MS;
	}
	for (size_t i = 0; l->n_asked > 0 && i < LANES_ASKED; i++)
		if (l->asked[i].nth != 0 && (ms = first_ms(k, l->asked[i].look_at)) < wait)
			wait = ms;
	return wait;
}
