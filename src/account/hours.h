#pragma once
/* account/hours.h -- counts by the hour, and hours in which lines are missing. */

#include "account/at.h"
#include "account/result.h"
#include "base/err.h"

enum { HOURS_S = 3600 };

struct hours_row {
	int64_t		hour;		/* since 1970, UTC */
	uint64_t	lines;		/* of mail servers; 0: the slot is free */
	uint32_t	messages[ACCOUNT_CLASS_N], recipients[ACCOUNT_CLASS_N];
	uint32_t	refused, logins_failed;
};

struct account_hours {
	struct hours_row	*row;	/* ascending; owned */
	size_t			 n, cap, most;
	size_t			 at;	/* the one that was asked for last */
	bool			 full;	/* hours beyond most were left out */
};

void hours_init(struct account_hours *h, size_t most);
void hours_free(struct account_hours *h);
int hours_copy(struct account_hours *to, const struct account_hours *from) MUST_CHECK;

/* The row of a moment; *out is NULL when there are too many.  Borrowed until
 * the next call.  Returns 0 or SEK_ENOMEM. */
int hours_find(struct account_hours *h, int64_t s, struct hours_row **out) MUST_CHECK;

/* The same; nearly every line is of the hour of the line before. */
static inline MUST_CHECK int
hours_row(struct account_hours *h, int64_t s, struct hours_row **out)
{
	if (h->at < h->n &&
	    (uint64_t)s - (uint64_t)h->row[h->at].hour * HOURS_S < HOURS_S) {
		*out = &h->row[h->at];
		return 0;
	}
	return hours_find(h, s, out);
}

int hours_join(struct account_hours *a, const struct account_hours *b) MUST_CHECK;

/* Hours without a line where there should be some: so many, and the start of
 * the first (UTC). */
uint64_t hours_holes(const struct account_hours *h, int64_t *first_s);
