#pragma once
/* keep/recheck.h -- listings are looked at again, and end by themselves.
 *
 * A first proof is repeated after an hour or more (the second, independent
 * proof), a listing is probed again when its last proof is older than
 * recheck.after, a clean retest is repeated after a day, if a basis is
 * left then. */

#include "fact/verdict.h"
#include "keep/keep.h"

int recheck_open(struct keep *k) MUST_CHECK;
void recheck_close(struct keep *k);

/* A run ended with this verdict; queues what follows from it.  Inside
 * keep_write(). */
int recheck_after(struct keep *k, const struct run *r,
    const struct verdict_out *out) MUST_CHECK;

/* A test proved another address of its target, which is listed now: what that
 * listing needs is queued.  Inside keep_write(). */
int recheck_also(struct keep *k, uint64_t run, const struct addr *a) MUST_CHECK;

/* A run was cancelled that somebody asked for: what a listing still needs is
 * queued again, for now where it is overdue, so that nobody gets out of a
 * recheck by asking for a test and giving it up.  Inside keep_write(). */
int recheck_cancelled(struct keep *k, const struct run *r) MUST_CHECK;
