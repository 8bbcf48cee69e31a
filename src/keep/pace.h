#pragma once
/* keep/pace.h -- when a test goes on, and with which forms; the only writer of
 * `run`.
 *
 * A run is one test of one address: queued, then sessions as the pace class
 * allows, then waiting for the mailbox or a deferral, then done.  Everything
 * that decides stands in the store, so a killed keeper goes on where it was. */

#include "fact/finding.h"
#include "fact/relaytest.h"
#include "keep/keep.h"

int pace_open(struct keep *k) MUST_CHECK;
void pace_close(struct keep *k);

/* Queues a run (id is set), or joins the live one of that address: *joined.  In
 * a class that allows one set of forms in a month, a test goes on with the one
 * there was: a live one becomes deeper, a cancelled one is taken up.
 * Returns 0; PACE_SPENT: the set was put (nothing is queued, id is its run);
 * or an error.  Inside keep_write(). */
enum { PACE_SPENT = 1 };
int pace_queue(struct keep *k, struct run *r, bool *joined) MUST_CHECK;

/* Goes on with a test that an earlier command left unfinished at since or later,
 * where it is the same (kind, port, depth, domains): r->id is set.  Its answers
 * and its waits hold.  Inside keep_write().  Returns 0 or STORE_NONE. */
int pace_go_on(struct keep *k, struct run *r, struct wall since) MUST_CHECK;

/* Ends a run that somebody asked for: no further form is sent, a session in
 * flight is told to stop once that is committed.  Its listing is looked at
 * again, as ever.  *was: whether it was under way.  Inside keep_write(). */
int pace_cancel(struct keep *k, uint64_t run, bool *was) MUST_CHECK;

/* Seconds until the pace class allows a run its next session, with that address
 * of its target, 0: now, and why ("queue", or as ledger_wait() says). */
int pace_wait(struct keep *k, const struct run *r, const struct addr *to,
    int64_t *wait, const char **why) MUST_CHECK;

/* Something changed: look at the runs that are due, soon (from the loop). */
void pace_kick(struct keep *k);

/* A mail came back for a run: it is looked at now, also when it was done.
 * open: the token itself, which is judged even if the run was cancelled.
 * Inside keep_write(). */
int pace_wake(struct keep *k, uint64_t run, bool open) MUST_CHECK;

/* A session of a run with this address and port is over (finding FIND_NONE:
 * nothing was connected to, or the prober was lost; halted: by us).  Inside
 * keep_write(). */
int pace_session_over(struct keep *k, uint64_t run, const struct addr *to,
    uint16_t port, const struct msg_ended *m, bool halted) MUST_CHECK;

/* The runs that wait with an address within n are looked at now: what they wait
 * for may never be.  Inside keep_write(). */
int pace_hurry(struct keep *k, const struct net *n) MUST_CHECK;

/* May the target of a run be connected to now, at that address (keep/permit)? */
struct permit;
void pace_permit(struct permit *out, struct keep *k, uint64_t run,
    const struct addr *to);

/* DNS was asked for the names of a run's target.  Inside keep_write(). */
int pace_named(struct keep *k, uint64_t run) MUST_CHECK;

/* Room to read one run's sheet into; nobody keeps anything in it. */
struct sheet;
struct sheet *pace_sheet(struct keep *k);

/* The forms of a run in the order in which they are tried.  Returns 0 or
 * SEK_ESTORE. */
int pace_plan(uint8_t out[RELAYTEST_N], size_t *n, struct keep *k,
    const struct run *r) MUST_CHECK;

/* Does the positive control hold at this moment? */
bool pace_control_holds(const struct keep *k);

/* Its state, for keep/receipt and keep/keeper. */
struct positive *pace_positive(const struct keep *k);
