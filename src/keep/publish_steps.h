#pragma once
/* keep/publish_steps.h -- journal rows as changes of a zone, in memory.
 *
 * Rows are read once, in order; out of them come the changes since a base
 * (one for each entry), the bounded list of steps for IXFR, and the life of
 * the zone (status rows).  A row that only extends a listing changes no name,
 * so it is a change but no step.
 *
 * Serials follow each other without a gap.  Where there is one, no difference
 * leads across it (a restored backup, other settings of the zone): the steps
 * begin anew behind it, and older secondaries take the whole zone. */

#include "keep/keep.h"
#include "keep/publish_changes.h"

struct publish_steps {
	uint64_t		 seq;		/* last row read */
	uint32_t		 serial;	/* of it */
	struct snapshot_status	 status;	/* now */
	struct snapshot_status	 status_before;	/* at the serial before */
	struct publish_changes	 changes;
	struct snapshot_step	*steps;		/* owned; oldest first */
	size_t			 n_steps, cap_steps;
	uint32_t		 before;	/* serial before the first step */
};

/* The entry of a zone that addr/len with code is.  False: none (a prefix that
 * zones do not have). */
bool steps_entry(struct snapshot_entry *out, const struct addr *addr, unsigned len,
    uint8_t code);

/* What a status row says. */
struct snapshot_status steps_status(const struct journal_row *j);

/* Starts after the whole journal: no changes, the last max rows as steps.
 * Returns 0, SEK_ENOMEM, SEK_ESTORE. */
int steps_open(struct publish_steps *s, struct keep *k, size_t max) MUST_CHECK;

/* Reads the rows after s->seq, as far as they are committed.  Steps past max
 * are dropped from the oldest on, whole serials at a time.  base: see
 * changes_settle().  Returns 0, SEK_ENOMEM, SEK_ESTORE (what was read is kept:
 * call it again). */
int steps_read(struct publish_steps *s, struct keep *k, size_t max,
    const struct snapshot_view *base) MUST_CHECK;
/* Copies the steps as a tail has them, into room for s->n_steps + 1: before the
 * first one stands what status held there, if there was any.  Returns how many. */
size_t steps_copy(const struct publish_steps *s, struct snapshot_step *out);
void steps_free(struct publish_steps *s);
