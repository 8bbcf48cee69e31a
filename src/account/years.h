#pragma once
/* account/years.h -- the moment of a log line, also when its stamp has no year
 * or no zone (forensics.md 4.1).
 *
 * Pure.  One clock a file, fed in the order of the lines:
 *  1. A stamp with an offset is taken as it is.
 *  2. The year of the first year-less line is given (account_clock.year) or
 *     the newest with which no line is younger than newest_s.
 *  3. Going back by more than half a year is New Year: the next year begins.
 *     Less is a line out of order, and the year stays.  Going ahead to within
 *     two days before the last New Year is a late line of the year before.
 *  4. 29 February needs a leap year.
 *  5. Of the two moments of autumn's double hour the first one that is not
 *     more than ten minutes before the line above.
 * What the whole file shows to be impossible is told at its end: then it is
 * read again with account_years_again(). */

#include <stdbool.h>
#include <stdint.h>

#include "account/zone.h"
#include "wire/syslog.h"

enum {
	/* by how much a line may be younger than newest_s: zones are up to 14
	 * hours off when a log is read elsewhere than it was written, and clocks
	 * are a little wrong */
	ACCOUNT_NEWEST_SLACK_S = 15 * 3600,
};

struct account_clock {
	int64_t	newest_s;	/* no line is younger: the file's mtime or now */
	int32_t	year;		/* of the first year-less line; 0: infer from newest_s */
	const char *zone;	/* TZ name or "+09:00" for stamps without one; NULL: the system's */
	const struct account_zone *offsets;	/* the same as a table; NULL: UTC */
	int64_t	since_s, until_s;	/* lines before and from there on are not counted; 0: all */
};

struct account_years {
	const struct account_zone *zone;	/* borrowed */
	int64_t	newest_s;
	int32_t	first_year;	/* of the first year-less line; 0: none yet */
	int32_t	year;		/* of the newest one */
	int64_t	year_s;		/* its beginning, wall clock */
	int64_t	wall_s;		/* the newest wall clock */
	int64_t	last_s;		/* UTC of the line before */
	int64_t	stamp_s;	/* and its stamp */
	enum syslog_stamp stamp;
	int64_t	same_since_s, same_until_s;	/* wall clocks with offset_s */
	int64_t	offset_s;
	bool	leap;		/* is year one? */
	bool	any;		/* a line was seen */
	bool	inferred;	/* a year was worked out, not written */
	bool	late;		/* a line is younger than newest_s: the year is too high */
	bool	no_leap;	/* 29 February stood in a year that has none */
};

void account_years_begin(struct account_years *y, const struct account_clock *clock);

int64_t account_years_next(struct account_years *y, int64_t at_s, enum syslog_stamp stamp);

/* The moment of the next line, UTC: that of the line before if it has its stamp,
 * as most lines of a busy server do. */
static inline int64_t
account_years_utc(struct account_years *y, int64_t at_s, enum syslog_stamp stamp)
{
	if (y->any && at_s == y->stamp_s && stamp == y->stamp)
		return y->last_s;
	return account_years_next(y, at_s, stamp);
}

/* After the last line: the year with which the file is to be read again, or 0:
 * it was right (or nothing better is known). */
int32_t account_years_again(const struct account_years *y);

/* The year of the last year-less stamp of a file (as syslog gives it, in 1972):
 * the newest one with which it is not younger than newest_s. */
int32_t account_years_of_last(int64_t stamp_s, int64_t newest_s, const struct account_zone *zone);

/* The year of a stamp that stands before (by less than a year) one of year. */
int32_t account_years_before(int64_t stamp_s, int64_t later_s, int32_t year);

/* A stamp of 1972 in a year, wall clock. */
int64_t account_years_wall(int64_t stamp_s, int32_t year);
