#pragma once
/* keep/status.h -- the life of the list and until when that is believed, as
 * journal rows.
 *
 * A status row has the life (enum snapshot_life) as code and the expiry,
 * seconds since 1970, big-endian, in the last 8 octets of addr; len is 128;
 * steps_status() reads it.  `_status.ZONE` says what the last row says and
 * nothing else, so that every change of it has a serial of its own and
 * secondaries hear of it. */

#include "keep/publish_steps.h"

/* The last row; without any: alive, expiry_s 0.  Returns 0, SEK_ESTORE. */
int status_last(struct steps_status *out, struct keep *k) MUST_CHECK;

/* Appends a row that says the same life until status_expiry from now, or
 * longer where the last one did.  Of a write or of keep_precious(); ctx unused.
 * Returns 0, SEK_ESTORE, STORE_FULL. */
int status_again(struct keep *k, void *ctx) MUST_CHECK;

/* Appends and commits such a row when the last one expires within half of
 * status_expiry, or there is none.  An expiry never goes backwards; a clock
 * that jumps back makes no row, one that jumps ahead makes one.
 * next_ms: when to call again; set on every return.
 * Not inside keep_write().  Returns 0, SEK_ESTORE, STORE_FULL. */
int status_refresh(struct keep *k, int64_t *next_ms) MUST_CHECK;
