#pragma once
/* account/order.h -- which file comes first, and in which year it is.
 *
 * Of its arguments alone.  The order comes from the stamps, never from the names
 * (forensics.md 4.1, 4.2).  Where stamps have no year, what bounds it from
 * above is: the file's time, now, a date in its name (logrotate's dateext,
 * Exim's %D), --year, and the beginning of the file that was rotated after it
 * (mail.log.2 is over when mail.log.1 begins). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/peek.h"
#include "account/zone.h"

enum { ACCOUNT_FAMILY = 256 };

struct account_place {
	char	family[ACCOUNT_FAMILY];	/* the name without what rotation added; cut */
	int32_t	number;			/* mail.log.3: 3; 0: none */
	int64_t	name_s;			/* no line is younger, by a date in its name; 0 */
	int64_t	newest_s;		/* no line is younger */
	int32_t	year;			/* of the first stamp without one; 0: has one, or none seen */
	bool	has_time;
	bool	ends;			/* last_s was seen, or follows from the next one */
	int64_t	first_s, last_s;	/* UTC */
	/* of account_read: the rest stands in another file */
	int64_t	since_s, until_s;	/* 0: all of it is read */
};

struct account_order_rules {
	int64_t				 now_s;
	int32_t				 year;	/* no line is younger than this year; 0: not given */
	const struct account_zone	*zone;	/* NULL: UTC */
};

/* Takes a name apart: family, number, name_s of *p. */
void account_order_name(struct account_place *p, const char *name);

/* Fills place[0..n) for seen[0..n), and rank[0..n): indexes in reading order;
 * a file without a stamp comes before the next one given that has one: it may be
 * the beginning of its first line.  Returns 0 or
 * SEK_ENOMEM. */
int account_order(struct account_place *place, size_t *rank, const struct account_seen *seen,
    size_t n, const struct account_order_rules *rules) MUST_CHECK;

/* May lines of both be the same ones, because they cover the same time and are
 * not of one rotated set? */
bool account_order_overlap(const struct account_place *a, const struct account_place *b);
