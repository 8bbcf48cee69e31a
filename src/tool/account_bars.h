#pragma once
/* tool/account_bars.h -- the hours of an account as a row of bars: per hour, day,
 * week, month or year of local time, whichever needs not more bars than wanted.
 *
 * Bars follow each other without a gap: one in which nothing happened is there
 * and empty. */

#include <stddef.h>

#include "account/result.h"

enum { ACCOUNT_BARS = 96, ACCOUNT_BARS_LABEL = 24 };

enum account_bars_unit {
	ACCOUNT_BARS_HOUR, ACCOUNT_BARS_3_HOURS, ACCOUNT_BARS_6_HOURS, ACCOUNT_BARS_DAY,
	ACCOUNT_BARS_WEEK, ACCOUNT_BARS_MONTH, ACCOUNT_BARS_YEAR, ACCOUNT_BARS_UNITS
};

struct account_bar {
	int64_t		from_s;			/* UTC, its first hour */
	uint64_t	messages[ACCOUNT_CLASS_N];
	uint64_t	all;			/* their sum */
	uint64_t	refused;
};

struct account_bars {
	enum account_bars_unit	unit;
	size_t			n;
	uint64_t		most;		/* of all */
	struct account_bar	bar[ACCOUNT_BARS];
};

/* Fills *b with what is within from_s..to_s; wanted is at most ACCOUNT_BARS.
 * More than that many years: the newest. */
void account_bars_make(struct account_bars *b, const struct account_result *r,
    int64_t from_s, int64_t to_s, size_t wanted);

/* The time of the gravest verdict and an hour round it, where that is a small part
 * of more than a day of logs and so needs bars of its own.  Returns whether it is. */
bool account_bars_incident(const struct account_result *r, int64_t *from_s, int64_t *to_s);

/* "2026-11-23 15:00", "2026-11-23", "2026-11", in local time. */
void account_bars_label(char out[ACCOUNT_BARS_LABEL], const struct account_bars *b, size_t i);

/* "messages per hour", in words. */
const char *account_bars_unit_words(enum account_bars_unit u);
