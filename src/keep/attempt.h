#pragma once
/* keep/attempt.h -- one form sent to one target; the only writer of `attempt`
 * and `transcript`. */

#include "fact/basis.h"
#include "fact/finding.h"
#include "keep/keep.h"

struct slot;

/* Makes and stores the attempt of one slot of a run's sheet, with a new random id;
 * its text is static.  Inside keep_write(). */
int attempt_new(struct attempt *out, struct keep *k, const struct run *r,
    const struct slot *slot, uint16_t port) MUST_CHECK;

/* Stores that an attempt goes out again (tries, sent). */
int attempt_sent(struct keep *k, struct attempt *a) MUST_CHECK;

/* A session came to its end without beginning this one: it does not count as
 * a try. */
int attempt_untried(struct keep *k, uint64_t id) MUST_CHECK;

/* TLS failed in its session.  A form that is about TLS, or about what is said
 * within, does not apply to a server whose TLS is broken, unless that demands
 * it: after two tries it is skipped (relay-tests section 4). */
int attempt_no_tls(struct keep *k, uint64_t id) MUST_CHECK;

/* What the prober found.  A deferred one gets its next moment: the schedule
 * of relay-tests section 4, never sooner than the pace class allows.
 * *a is the row afterwards, its text borrowed from the store (store_forget()).
 * Returns 0, STORE_NONE (no such attempt), SEK_ESTORE, STORE_FULL. */
int attempt_found(struct attempt *a, struct keep *k, const struct msg_found *m,
    enum pace pace) MUST_CHECK;

/* A bounce or the token itself came back, or the form is not applicable. */
int attempt_mark(struct keep *k, struct attempt *a, enum finding f) MUST_CHECK;

/* Has a deferred one used up its schedule? */
bool attempt_given_up(const struct attempt *a);

/* One piece of dialogue.  Pieces past the budget of the run are dropped by the
 * prober; a full disk drops them too (they are the least precious rows). */
int attempt_said(struct keep *k, uint64_t run, uint32_t session,
    const struct msg_said *m) MUST_CHECK;

/* Deletes the oldest transcripts of ended runs while all of them take more
 * than half of evidence.megabytes.  Inside keep_write(); now and then. */
int attempt_prune(struct keep *k) MUST_CHECK;
