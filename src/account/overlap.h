#pragma once
/* account/overlap.h -- lines that stand in several files are read once.
 *
 * What account/same finds out of pairs of files that cover the same time is
 * made into what is read of each: all, nothing, or the part that the other one
 * does not have (place.since_s, until_s). */

#include "account/order.h"

enum {
	ACCOUNT_OVERLAP_PASSES = 32,	/* over files that others may be part of */
};

struct account_overlap {
	bool	skip;		/* is not read; set, too, when all of it is in another */
	bool	shares;		/* its lines, or a part, stand in: */
	size_t	with;		/* this one */
};

/* Sets out[0..n) and the places' since_s, until_s for seen[0..n).
 * Returns 0 or SEK_ENOMEM. */
int account_overlap(struct account_overlap *out, struct account_place *place,
    const struct account_seen *seen, size_t n, const struct account_zone *zone,
    struct account_far *far) MUST_CHECK;
