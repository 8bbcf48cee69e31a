#pragma once
/* keep/pace_place.h -- a session becomes an order; internal to keep/pace: with
 * pace_queue.c the only writers of `run`. */

#include "keep/sheet.h"

struct run_text {		/* what a run's row borrows, held */
	char	host[TEXT_HOST + 1];
	char	domains[TEXT_NAMES + 1];
	char	who[TEXT_WHO + 1];
};

/* Reads a run as it is now.  Returns 0, STORE_NONE, SEK_ESTORE, SEK_ENOMEM. */
int pace_run(struct run *r, struct run_text *t, struct keep *k, uint64_t id) MUST_CHECK;

/* Writes it.  Inside keep_write().  Returns 0, SEK_ESTORE, STORE_FULL. */
int pace_put(struct keep *k, struct run *r) MUST_CHECK;

/* The live run of an address. */
int pace_live(struct run *r, struct run_text *t, struct keep *k,
    const struct addr *a) MUST_CHECK;

/* The form that a run wants to send to another address: that one has a basis of
 * its own, or it is not sent.  *no: it is marked, the run looks again.  Inside
 * keep_write(). */
int pace_elsewhere(struct keep *k, struct run *r, struct slot *slot, bool *no) MUST_CHECK;

/* Makes the attempts of the slots chosen, and their order; n may be 0: then
 * only names are looked for.  The run is written as testing.  Inside
 * keep_write().  Returns 0, SEK_ENOMEM, SEK_ELIMIT, SEK_ESTORE, STORE_FULL. */
int pace_place(struct keep *k, struct run *r, struct sheet *s,
    const uint16_t *slots, size_t n) MUST_CHECK;
