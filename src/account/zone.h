#pragma once
/* account/zone.h -- the wall clock of a log's zone to UTC.
 *
 * A table of offsets, made once from the C library's zones (before the sandbox
 * and the threads), then pure.  In autumn an hour of the wall clock comes
 * twice (forensics.md 4.1): both moments are told. */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	ACCOUNT_ZONE_CHANGES = 512,	/* two a year for longer than logs are kept */
	ACCOUNT_ZONE_NAME = 64,
};

struct account_zone {
	char	name[ACCOUNT_ZONE_NAME];	/* "Asia/Tokyo", "+09:00", "UTC" */
	size_t	n;				/* at least 1 */
	struct {
		int64_t	from_s;			/* UTC; of the first one: the beginning of time */
		int32_t	offset_s;		/* east of Greenwich */
	} at[ACCOUNT_ZONE_CHANGES];
};

/* Reads a zone: "+09:00", "-0330", "UTC", "Z", a name below the system's
 * zoneinfo, or NULL: the system's own (TZ, /etc/localtime).  For a name it sets
 * the process's zone for a moment: single-threaded.  Years 1990 to the year of
 * now_s + 2 are looked at.  Returns 0 or SEK_EPARSE: no such zone. */
int account_zone_load(struct account_zone *z, const char *name, int64_t now_s) MUST_CHECK;

/* The moments (UTC) that the wall clock wall_s (read as if it were UTC) may be,
 * the earlier first.  Returns how many: 1 or 2; one that the clock skipped in
 * spring is taken with the offset from before.  *until_s: up to this wall
 * clock the answer is one moment with the same offset; before it, from
 * *since_s on.  Both may be NULL. */
int account_zone_utc(const struct account_zone *z, int64_t wall_s, int64_t out[2],
    int64_t *since_s, int64_t *until_s);

/* The value of TZ with which the C library shows times in it. */
enum { ACCOUNT_ZONE_TZ = ACCOUNT_ZONE_NAME + 16 };
void account_zone_tz(const struct account_zone *z, char out[ACCOUNT_ZONE_TZ]);

int32_t account_zone_offset(const struct account_zone *z, int64_t utc_s);
