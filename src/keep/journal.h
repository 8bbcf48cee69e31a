#pragma once
/* keep/journal.h -- the append-only, hash-chained record of every change.
 *
 * The only writer of `journal`; keep/list and keep/range are its only
 * callers for entries.
 * Rows of one commit share a serial; the serial is the zone's SOA serial. */

#include "keep/keep.h"

/* Reads the last row and verifies its hash.  Returns 0, SEK_ENOMEM, SEK_ESTORE,
 * or SEK_EPARSE when the hash is wrong. */
int journal_open(struct keep *k) MUST_CHECK;
void journal_close(struct keep *k);

/* Appends one row inside keep_write().  seq, serial, prev and hash of row are
 * filled in.  Returns 0, SEK_ESTORE or STORE_FULL. */
int journal_append(struct keep *k, struct journal_row *row) MUST_CHECK;

/* The next row takes this serial, with what belongs to its commit: a gap, over
 * which no difference leads.  Nothing if it is not above journal_serial(). */
void journal_jump(struct keep *k, uint32_t serial);

uint32_t journal_serial(const struct keep *k);	/* last committed one; 0: empty */

/* Of keep/commit.c, after each commit: did it write journal rows?  Moves
 * journal_serial(). */
bool journal_committed(struct keep *k);

/* SHA-256 over the encoding of the row's fields up to and including prev. */
void journal_hash(struct digest *out, const struct journal_row *row);

struct journal_walk {		/* zeroed: from the first row on */
	uint64_t	seq;	/* of the row before */
	uint32_t	serial;
	struct digest	hash;
	uint64_t	bad;	/* first seq whose hash or gap is wrong; 0: none yet */
};
enum { JOURNAL_PAGE = 2048 };	/* rows of one page: 10 to 20 ms */

/* Walks the next page of the chain; *end: it was the last one, or bad.
 * Returns 0, SEK_ESTORE. */
int journal_walk_page(struct journal_walk *w, struct keep *k, bool *end) MUST_CHECK;

/* Makes w go on after row seq, which is trusted.  Returns 0, STORE_NONE,
 * SEK_ESTORE. */
int journal_walk_from(struct journal_walk *w, struct keep *k, uint64_t seq) MUST_CHECK;

/* Walks the whole chain.  Returns 0; SEK_EPARSE with *bad set to the first
 * seq whose hash or gap is wrong; SEK_ESTORE. */
int journal_verify(struct keep *k, uint64_t *bad) MUST_CHECK;

/* Rebuilds what is listed at a moment from the journal alone, calling fn for
 * each entry in order of address, prefix and code.  An entry stays until the
 * row that removes it, as in the zone.  at.s INT64_MAX: now.
 * Returns 0, what fn returned (STORE_STOP ends it with 0), SEK_ENOMEM, SEK_ESTORE. */
int journal_replay(struct keep *k, struct wall at,
    int (*fn)(void *ctx, const struct listing *l), void *ctx) MUST_CHECK;

/* The same of now for the addresses above *after, as many as a page of rows
 * holds; *after is then the last one of them, whole, and *end says that there
 * are no more.  Returns as journal_replay(). */
int journal_replay_page(struct keep *k, struct addr *after, bool *end,
    int (*fn)(void *ctx, const struct listing *l), void *ctx) MUST_CHECK;

struct journal_past {
	struct listing	l;	/* as it was known at that moment */
	struct wall	gone;	/* when a row removed it, or 0: it stands */
	bool		retracted;	/* gone because it was listed in error */
};

/* The same for one address, from its own rows alone, with what became of each
 * entry afterwards.  Returns as journal_replay(). */
int journal_at(struct keep *k, const struct addr *a, struct wall at,
    int (*fn)(void *ctx, const struct journal_past *p), void *ctx) MUST_CHECK;
