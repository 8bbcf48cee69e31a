#pragma once
/* keep/ledger.h -- every session with every target, and why it was; the only
 * writer of `session`.
 *
 * What a pace class allows is counted in here and nowhere else, so that neither
 * a restart, nor another nomination, nor a cancelled test, nor a clock that was
 * set begins to count anew.  Time that passed since a session of this boot is
 * measured by the clock that nobody sets; of an earlier boot, by the wall's. */

#include "fact/basis.h"
#include "fact/record_aside.h"
#include "keep/keep.h"

enum { LEDGER_KEPT_S = 400 * 86400 };	/* a session is told of for that long */

/* A session of a run begins, with that address of its target.  Inside
 * keep_write(), as all that write. */
int ledger_start(struct keep *k, const struct run *r, const struct addr *to,
    uint16_t port, size_t forms) MUST_CHECK;

/* The session of a run that is in flight is over; m as the prober told it.
 * halted: by us.  Returns 0, SEK_ESTORE, STORE_FULL. */
int ledger_end(struct keep *k, uint64_t run, const struct msg_ended *m,
    bool halted) MUST_CHECK;

/* It never connected: it counts for nothing, and nobody is told of it. */
int ledger_void(struct keep *k, uint64_t run) MUST_CHECK;

/* What a killed keeper left in flight is over. */
int ledger_end_all(struct keep *k) MUST_CHECK;

/* Forgets what is older than LEDGER_KEPT_S. */
int ledger_forget(struct keep *k) MUST_CHECK;

/* Seconds until the class allows the next session with a, 0: now; and what
 * they are for: "pace", "day", "silence" (a 421, a tarpit or an error limit
 * asked for it), "mailbox" (something was taken). */
int ledger_wait(struct keep *k, const struct addr *a, enum pace pace,
    int64_t *wait, const char **why) MUST_CHECK;

/* Sessions with a within the last day: what is left of a class's day is that
 * less.  Returns 0 or SEK_ESTORE. */
int ledger_today(struct keep *k, const struct addr *a, unsigned *n) MUST_CHECK;

/* Was a set of forms put to a within the time in which the class allows one?
 * Retests of a listing and rechecks are none.  Returns 1 and the run that did;
 * 0; or a negative error. */
int ledger_set(struct keep *k, const struct addr *a, enum pace pace,
    uint64_t *run) MUST_CHECK;

/* Seconds that passed since a session ended, or began if it did not. */
int64_t ledger_since(const struct keep *k, const struct session_row *s);
