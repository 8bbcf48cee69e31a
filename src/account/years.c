#include "account/years.h"

enum {
	DAY_S = 86400,
	HALF_YEAR_S = 183 * DAY_S,
	LATE_S = 2 * DAY_S,		/* a line of the old year among those of the new one */
	STEP_BACK_S = 600,		/* lines out of order; less than a change of the clock */
	FEB29_S = 59 * DAY_S,		/* in a leap year, from its beginning */
	MAR1_S = 60 * DAY_S,
	YEAR_MIN = 1970, YEAR_MAX = 9998,
};
static const int64_t leap_1972_s = 63072000;	/* 1972-01-01 */

static bool
is_leap(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* 1 January of a year, in seconds since 1970 (Gregorian; year >= 1970). */
static int64_t
year_begins(int32_t year)
{
	int64_t y = year - 1;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;

	return days * DAY_S;
}

/* Into a year, seconds from its beginning; 29 February without one is 1 March. */
static int64_t
into_year(int64_t stamp_s, bool leap)
{
	int64_t s = stamp_s - leap_1972_s;

	return !leap && s >= MAR1_S ? s - DAY_S : s;
}

static bool
is_feb29(int64_t stamp_s)
{
	int64_t s = stamp_s - leap_1972_s;

	return s >= FEB29_S && s < MAR1_S;
}

int64_t
account_years_wall(int64_t stamp_s, int32_t year)
{
	return year_begins(year) + into_year(stamp_s, is_leap(year));
}

/* The year in which a moment falls. */
static int32_t
year_of(int64_t s)
{
	int32_t year = (int32_t)(YEAR_MIN + s / 31556952);

	if (s < 0)
		return YEAR_MIN;
	if (year > YEAR_MAX)
		return YEAR_MAX;
	while (year > YEAR_MIN && year_begins(year) > s)
		year--;
	while (year < YEAR_MAX && year_begins(year + 1) <= s)
		year++;
	return year;
}

int32_t
account_years_of_last(int64_t stamp_s, int64_t newest_s, const struct account_zone *zone)
{
	int64_t offset = zone != NULL ? account_zone_offset(zone, newest_s) : 0;
	int64_t newest = newest_s + offset + ACCOUNT_NEWEST_SLACK_S;
	int32_t year = year_of(newest);

	while (year > YEAR_MIN && (account_years_wall(stamp_s, year) > newest ||
	    (is_feb29(stamp_s) && !is_leap(year))))
		year--;
	return year;
}

int32_t
account_years_before(int64_t stamp_s, int64_t later_s, int32_t year)
{
	/* a little after it is a line out of order, not nearly a year before */
	return stamp_s > later_s + LATE_S && year > YEAR_MIN ? year - 1 : year;
}

/* --- one file --- */

void
account_years_begin(struct account_years *y, const struct account_clock *clock)
{
	*y = (struct account_years){ .zone = clock->offsets, .newest_s = clock->newest_s,
	    .first_year = clock->year, .same_since_s = INT64_MAX,
	    .same_until_s = INT64_MIN };
}

static void
set_year(struct account_years *y, int32_t year)
{
	y->year = year < YEAR_MAX ? year : YEAR_MAX;
	y->year_s = year_begins(y->year);
	y->leap = is_leap(y->year);
}

static void
first_stamp(struct account_years *y, int64_t at_s)
{
	y->inferred = true;
	if (y->first_year == 0)
		y->first_year = account_years_of_last(at_s, y->newest_s, y->zone);
	set_year(y, y->first_year);
	y->wall_s = y->year_s + into_year(at_s, y->leap);
}

/* Rule 3. */
static int64_t
wall_of(struct account_years *y, int64_t at_s)
{
	int64_t wall, before;

	if (y->year == 0)
		first_stamp(y, at_s);
	if (!y->leap && is_feb29(at_s))
		y->no_leap = true;
	wall = y->year_s + into_year(at_s, y->leap);
	if (wall < y->wall_s - HALF_YEAR_S) {
		set_year(y, y->year + 1);
		wall = y->year_s + into_year(at_s, y->leap);
	} else if (wall > y->wall_s + HALF_YEAR_S && y->year > YEAR_MIN) {
		before = account_years_wall(at_s, y->year - 1);
		if (y->wall_s - before <= LATE_S)
			return before;
	}
	if (wall > y->wall_s)
		y->wall_s = wall;
	return wall;
}

/* Rule 5. */
static int64_t
utc_of(struct account_years *y, int64_t wall)
{
	int64_t both[2];

	if (y->zone == NULL)
		return wall;
	if (wall >= y->same_since_s && wall < y->same_until_s)
		return wall - y->offset_s;
	if (account_zone_utc(y->zone, wall, both, &y->same_since_s, &y->same_until_s) == 2 &&
	    y->any && both[0] < y->last_s - STEP_BACK_S)
		both[0] = both[1];
	y->offset_s = wall - both[0];
	return both[0];
}

int64_t
account_years_next(struct account_years *y, int64_t at_s, enum syslog_stamp stamp)
{
	int64_t s = at_s;

	if (stamp == SYSLOG_YEARLESS)
		s = utc_of(y, wall_of(y, at_s));
	else if (stamp == SYSLOG_LOCAL)
		s = utc_of(y, at_s);
	if (stamp == SYSLOG_YEARLESS && y->newest_s != 0 &&
	    s > y->newest_s + ACCOUNT_NEWEST_SLACK_S)
		y->late = true;
	y->last_s = s;
	y->stamp_s = at_s;
	y->stamp = stamp;
	y->any = true;
	return s;
}

int32_t
account_years_again(const struct account_years *y)
{
	int64_t past = y->wall_s - y->newest_s - ACCOUNT_NEWEST_SLACK_S;
	int32_t year = y->first_year;

	if (year == 0 || (!y->late && !y->no_leap))
		return 0;
	if (y->late && past > 0)
		year -= (int32_t)(past / (366 * (int64_t)DAY_S)) + 1;
	else
		year--;
	return year >= YEAR_MIN ? year : 0;
}
