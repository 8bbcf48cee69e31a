#pragma once
/* tool/zone_pile.h -- entries of an import: taken in any order, given sorted.
 *
 * Ranges become what a snapshot can hold: /24 of IPv4 and /64 of IPv6 (where
 * snapshot_range_ok() allows it), the rest single addresses.  Where a list excepts, the longest prefix that says
 * something of an address decides, and at equal length the exception does, as
 * in rbldnsd; each set (data set of a file) is judged by itself, and what one
 * of them lists is listed. */

#include "wire/snapshot_build.h"

enum {
	ZONE_PIECES = 65536,	/* of one range: an IPv4 /8, an IPv6 /48, at most */
	ZONE_SETS = 64,
	ZONE_EXCEPT = 0,	/* as a code: not listed in this set, whatever code */
};

struct zone_pile;

struct zone_pile *zone_pile_new(void);	/* NULL: out of memory */
void zone_pile_free(struct zone_pile *p);	/* p may be NULL */

/* Takes the addresses first..last (IPv4 as numbers) with a code, or as an
 * exception.
 * len  length of the prefix that was written, 0..32; 255: none was, as in a
 *      range a-b: then the largest whole octets decide (/8, /16, /24, /32), as
 *      rbldnsd's ip4set counts
 * Returns 0, SEK_ENOMEM, or SEK_ELIMIT: more than ZONE_PIECES pieces,
 * or ::/64. */
int zone_pile_add4(struct zone_pile *p, unsigned set, unsigned code,
    uint32_t first, uint32_t last, unsigned len) MUST_CHECK;

/* The same for a prefix of either family. */
int zone_pile_add(struct zone_pile *p, unsigned set, unsigned code,
    const struct net *net) MUST_CHECK;

/* An address that has a name without an A record in DNS: no wildcard reaches
 * it, so it is excepted from ranges of that set, unless the set lists it, too.
 * Returns 0 or SEK_ENOMEM. */
int zone_pile_name(struct zone_pile *p, unsigned set, const struct addr *a) MUST_CHECK;

/* Sorts; after it nothing more may be added. */
void zone_pile_sort(struct zone_pile *p);

/* What snapshot_write_base() wants, after zone_pile_sort().  Borrows p. */
struct snapshot_source zone_pile_source(struct zone_pile *p);
