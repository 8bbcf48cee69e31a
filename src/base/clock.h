#pragma once
/* base/clock.h -- two kinds of time that do not mix.
 *
 * Monotonic time measures waits; wall time (UTC, seconds since 1970) is what
 * records carry.  Both are arguments: a function that needs the time is given
 * it, so that thirty days pass in milliseconds in a test. */

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct mono {
	int64_t	ms;	/* milliseconds since an unknown moment */
};

struct wall {
	int64_t	s;	/* seconds since 1970-01-01T00:00:00Z, without leap seconds */
};

struct wall_ns {	/* where the parts of a second matter */
	int64_t		s;
	uint32_t	ns;	/* 0..999999999 */
};

struct clock {
	struct mono	(*mono)(const struct clock *c);
	struct wall	(*wall)(const struct clock *c);
	struct wall_ns	(*wall_ns)(const struct clock *c);
};

extern const struct clock clock_real;

/* A clock that only moves when told. */
struct clock_fake {
	struct clock	clock;	/* first: a struct clock_fake * is a struct clock * */
	struct mono	mono;
	struct wall	wall;
	int64_t		part_ms;	/* of the next wall second */
};

void clock_fake_init(struct clock_fake *c, struct wall start);
void clock_fake_pass(struct clock_fake *c, int64_t ms);

enum { WALL_TEXT = 21 };	/* "2026-11-22T22:06:36Z" and a NUL */

/* RFC 3339 in UTC; years outside 0..9999 give "-". */
void wall_text(char out[WALL_TEXT], struct wall t);

/* Reads RFC 3339: 2026-11-22T22:06:36Z, with an offset 2026-11-23T07:06:36+09:00,
 * or a date alone, which is its first second in UTC.  A time without a zone is
 * none.  A fraction is cut off, a leap second is the second after it.
 * Returns 0 or SEK_EPARSE. */
int wall_parse(struct wall *out, struct str s) MUST_CHECK;
