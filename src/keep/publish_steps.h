#pragma once
/* keep/publish_steps.h -- journal rows as changes of a zone, in memory.
 *
 * Rows are read once, in order; out of them come the changes since a base
 * (one for each address and code), the bounded list of steps for IXFR, and
 * the life of the zone (status rows).  A row that only extends a listing
 * changes no name, so it is a change but no step. */

#include "keep/keep.h"
#include "wire/snapshot_build.h"

struct publish_change {
	struct snapshot_change	c;
	uint64_t		seq;	/* row that made it */
};

struct publish_steps {
	uint64_t		 seq;		/* last row read */
	uint32_t		 serial;	/* of it */
	uint8_t			 life;		/* enum snapshot_life */
	struct publish_change	*changes;	/* owned; in order, one for each entry */
	size_t			 n_changes, cap_changes;
	struct snapshot_step	*steps;		/* owned; oldest first */
	size_t			 n_steps, cap_steps;
	uint32_t		 before;	/* serial before the first step */
};

/* Starts after the whole journal: no changes, the last max rows as steps.
 * Returns 0, SEK_ENOMEM, SEK_ESTORE. */
int steps_open(struct publish_steps *s, struct keep *k, size_t max) MUST_CHECK;

/* Reads the rows after s->seq.  Steps past max are dropped from the oldest on,
 * whole serials at a time.  Returns 0, SEK_ENOMEM, SEK_ESTORE (what was read
 * is kept: call it again). */
int steps_read(struct publish_steps *s, struct keep *k, size_t max) MUST_CHECK;

/* A base at serial holds the changes up to it: only later ones stay.
 * Returns 0, SEK_ENOMEM, SEK_ESTORE (nothing stays that is wrong: call again). */
int steps_rebase(struct publish_steps *s, struct keep *k, uint32_t serial) MUST_CHECK;
void steps_free(struct publish_steps *s);
