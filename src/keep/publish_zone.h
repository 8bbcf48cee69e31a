#pragma once
/* keep/publish_zone.h -- what the configuration says of the zone.  Pure. */

#include "sys/conf.h"
#include "wire/snapshot_build.h"

/* Fills z; url is kept by the caller as long as z.  Name servers inside the
 * zone get the addresses that DNS listens on.  Returns 0, SEK_EPARSE,
 * SEK_ELIMIT (more addresses than a zone has room for). */
int publish_zone(struct snapshot_zone *z, char url[SNAPSHOT_URL + 1],
    const struct conf *c) MUST_CHECK;

/* Do a and b give the same records and texts?  Case counts: answers show it. */
bool publish_zone_same(const struct snapshot_zone *a,
    const struct snapshot_zone *b);
