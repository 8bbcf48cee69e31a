#include "keep/pace.h"

#include "keep/lanes.h"
#include "keep/ledger.h"
#include "keep/order.h"
#include "keep/pace_place.h"
#include "keep/recheck.h"
#include "keep/watch.h"

/* How a run comes, becomes another, and is taken back. */

enum {
	JOIN_S = 3600,		/* a further request goes along with a run that is due by then */
	TAKEN_UP_S = 5 * 86400,	/* a cancelled test, while its tokens live on for a while */
};

/* May a further request for the same address go along with this run?  Not with
 * one that only waits for its deadline: it sends nothing any more. */
static bool
may_join(struct keep *k, const struct run *live, const struct run *r)
{
	return live->kind == r->kind && live->depth >= r->depth &&
	    live->port == r->port && live->every >= r->every &&
	    (r->domains.n == 0 || str_eq(live->domains, r->domains)) &&
	    live->next.s <= keep_now(k).s + JOIN_S;
}

static int
run_new(struct keep *k, struct run *r)
{
	int err;

	r->state = RUN_QUEUED;
	r->made = keep_now(k);
	if (r->next.s < r->made.s)
		r->next = r->made;
	err = pace_put(k, r);
	if (err == 0 && r->kind == RUN_CONTROL)
		lanes_begun(k, r->id);	/* all others wait for it */
	if (err == 0)
		pace_kick(k);
	return err;
}

/* by: "request", or "test" when another takes its place. */
static int
run_cancel(struct keep *k, struct run *r, const char *by)
{
	int err;

	r->state = RUN_CANCELLED;
	r->ended = keep_now(k);
	err = pace_put(k, r);
	if (err == 0)
		err = order_halt_after(k, r->id);
	if (err == 0)
		watch_event_after(k, &r->addr, json_pack("{ss ss}", "event",
		    "cancelled", "by", by));
	return err;
}

int
pace_cancel(struct keep *k, uint64_t run, bool *was)
{
	struct run_text text;
	struct run r;
	int err = pace_run(&r, &text, k, run);

	if (err != 0)
		return err;
	*was = r.state != RUN_DONE && r.state != RUN_CANCELLED;
	if (!*was)
		return 0;
	err = run_cancel(k, &r, "request");
	return err != 0 ? err : recheck_cancelled(k, &r);
}

static bool
same_test(const struct run *a, const struct run *b)
{
	return a->kind == b->kind && a->port == b->port && a->depth == b->depth &&
	    a->every == b->every && str_eq(a->domains, b->domains);
}

int
pace_go_on(struct keep *k, struct run *r, struct wall since)
{
	struct run_text text;
	struct run last;
	bool same;
	int err = store_one(k->store, Q_RUN_LAST_BY_ADDR, ARGS(ARG_A(r->addr)), &last);

	same = err == 0 && last.state == RUN_CANCELLED && last.made.s >= since.s &&
	    same_test(&last, r);
	store_forget(k->store);
	if (err == 0)
		err = same ? pace_run(&last, &text, k, last.id) : STORE_NONE;
	if (err != 0)
		return err;
	r->id = last.id;
	last.state = RUN_QUEUED;
	last.ended.s = 0;
	if (last.session != FIND_BUSY && last.session != FIND_TARPIT)
		last.next = keep_now(k);	/* what it waited for stands elsewhere */
	err = pace_put(k, &last);
	if (err == 0)
		pace_kick(k);
	return err;
}

/* --- one set of forms in a month --- */

/* A test that is there takes over what another asks for beyond it. */
static int
run_deepen(struct keep *k, struct run *old, const struct run *r)
{
	if (old->depth < r->depth)
		old->depth = r->depth;
	if (old->domains.n == 0 && r->domains.n > 0) {
		old->domains = r->domains;
		old->named = 0;		/* they are looked up */
	}
	if (old->state != RUN_TESTING) {
		old->state = RUN_WAITING;
		old->next = keep_now(k);
		old->ended.s = 0;
	}
	return pace_put(k, old);
}

/* The run that put the set of this month: was it cut short, or less deep, so
 * that it can go on?  It may not while its tokens are about to end. */
static bool
may_go_on(struct keep *k, const struct run *old, const struct run *r)
{
	return old->kind == r->kind && old->port == r->port && old->every == 0 &&
	    keep_now(k).s - old->made.s < TAKEN_UP_S &&
	    (old->state != RUN_DONE || old->depth < r->depth);
}

static int
set_queue(struct keep *k, struct run *r, uint64_t set, bool *joined)
{
	struct run_text text;
	struct run old;
	int err = pace_run(&old, &text, k, set);

	if (err != 0)
		return err == STORE_NONE ? PACE_SPENT : err;
	r->id = old.id;
	if (!may_go_on(k, &old, r))
		return PACE_SPENT;
	*joined = true;
	err = run_deepen(k, &old, r);
	if (err == 0)
		pace_kick(k);
	return err;
}

/* In a class without such a limit, a deeper or other test takes the place of
 * the one there is. */
static int
live_queue(struct keep *k, struct run *r, struct run *live, bool *joined)
{
	*joined = may_join(k, live, r);
	if (*joined) {
		r->id = live->id;
		return 0;
	}
	if (pace_rules[r->pace].set_s > 0 && live->kind == r->kind &&
	    r->kind == RUN_PROBE) {
		*joined = true;
		r->id = live->id;
		return run_deepen(k, live, r);
	}
	return run_cancel(k, live, "test");
}

int
pace_queue(struct keep *k, struct run *r, bool *joined)
{
	struct run_text text;
	struct run live;
	uint64_t set = 0;
	int err = STORE_NONE;

	*joined = false;
	if (r->kind != RUN_CONTROL)
		err = pace_live(&live, &text, k, &r->addr);
	if (err == 0)
		err = live_queue(k, r, &live, joined);
	else if (err == STORE_NONE)
		err = 0;
	if (err != 0 || *joined)
		return err;
	if (r->kind == RUN_PROBE || r->kind == RUN_RETEST)
		err = ledger_set(k, &r->addr, r->pace, &set);
	if (err > 0)
		return set_queue(k, r, set, joined);
	return err != 0 ? err : run_new(k, r);
}

int
pace_hurry(struct keep *k, const struct net *n)
{
	int err = store_do(k->store, S_RUN_HURRY, ARGS(ARG_A(n->addr),
	    ARG_A(net_last(n)), ARG_I(keep_now(k).s)), NULL);

	if (err == 0)
		pace_kick(k);
	return err;
}

int
pace_wake(struct keep *k, uint64_t run, bool open)
{
	int err = store_do(k->store, open ? S_RUN_REOPEN : S_RUN_WAKE,
	    ARGS(ARG_I(run), ARG_I(keep_now(k).s)), NULL);

	if (err == 0) {
		lanes_begun(k, run);
		pace_kick(k);
	}
	return err;
}
