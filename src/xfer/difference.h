#pragma once
/* xfer/difference.h -- what leads from a zone as it was to the zone as it is.
 *
 * Always one condensed difference (RFC 1995 6 permits it): never longer than
 * the way there step by step.  What the zone was is read backwards out of the
 * tail: an entry was there if the first step about it after that serial takes it
 * away, and was not if that step brings it; every other one was as it is.  A
 * range that comes or goes hides or shows the names inside it (RFC 4592), so
 * they are part of the difference.  An emptied list (SNAPSHOT_EMPTY) has no names
 * of entries: what listings do meanwhile is in no difference. */

#include "fact/answer_cursor.h"

enum {
	DIFFERENCE_NONE = 1,	/* no difference leads there: send the whole zone */
	DIFFERENCE_LONG = 2,	/* the whole zone is shorter */
	DIFFERENCE_FREE = 16,	/* entries that are never too many */
};

struct difference_change {
	struct snapshot_entry	e;
	bool			now;	/* it has names now and had none, or the other way */
};

struct difference {
	bool				 status;	/* _status changed; */
	struct snapshot_head		 before;	/* its life, expiry and flags then */
	struct difference_change	*at;		/* owned; in order of the entries */
	size_t				 n;
};

/* Makes the difference of a zone from serial from, which must be below that of
 * s.  tail: the one that ends at the serial of s, or NULL.  All are borrowed for
 * the call.
 * Returns 0; DIFFERENCE_NONE; DIFFERENCE_LONG; SEK_ENOMEM. */
int difference_make(struct difference *d, const struct snapshot *s,
    const struct snapshot_view *tail, enum answer_zone which,
    uint32_t from) MUST_CHECK;
void difference_free(struct difference *d);	/* zeroed: nothing happens */
