#pragma once
/* keep/journal.h -- the append-only, hash-chained record of every change.
 *
 * The only writer of `journal`; keep/list is its only caller for entries.
 * Rows of one commit share a serial; the serial is the zone's SOA serial. */

#include "keep/keep.h"

int journal_open(struct keep *k) MUST_CHECK;	/* reads the last row, verifies its hash */
void journal_close(struct keep *k);

/* Appends one row inside keep_write().  seq, serial, prev and hash of row are
 * filled in.  Returns 0, SEK_ESTORE or STORE_FULL. */
int journal_append(struct keep *k, struct journal_row *row) MUST_CHECK;

uint32_t journal_serial(const struct keep *k);	/* last committed one; 0: empty */

/* Walks the whole chain.  Returns 0; SEK_EPARSE with *bad set to the first
 * seq whose hash or gap is wrong; SEK_ESTORE. */
int journal_verify(struct keep *k, uint64_t *bad) MUST_CHECK;

/* Rebuilds what is listed at a moment from the journal alone, calling fn for
 * each entry in address order.  at.s INT64_MAX: now. */
int journal_replay(struct keep *k, struct wall at,
    int (*fn)(void *ctx, const struct listing *l), void *ctx) MUST_CHECK;
