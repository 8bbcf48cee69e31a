#pragma once
/* wire/snapshot.h -- what is published, as octets: base, overlay, tail.
 *
 * Pure: no socket, no clock, no allocation; the octets are mapped or loaded by
 * the caller and borrowed by the view.  Byte by byte in doc/snapshot.md and
 * sekimori-snapshot(5).  Writers are in wire/snapshot_build.h.
 *
 * A base holds every entry at a serial; an overlay what changed since that
 * base, with a serial of its own; a tail the changes one by one for IXFR.  All
 * three carry the status (life, expiry, LAB) of their moment. */

#include "wire/addr.h"
#include "wire/dns_name.h"

enum snapshot_kind { SNAPSHOT_BASE = 1, SNAPSHOT_OVERLAY = 2, SNAPSHOT_TAIL = 3 };
enum snapshot_life { SNAPSHOT_ALIVE = 1, SNAPSHOT_FROZEN = 2, SNAPSHOT_CLOSING = 3 };
enum snapshot_flag {
	SNAPSHOT_LAB = 1,	/* laboratory data: say so everywhere */
	SNAPSHOT_OUT = 2,	/* out.ZONE exists */
};
enum {
	SNAPSHOT_CODE_MIN = 2, SNAPSHOT_CODE_MAX = 63,	/* of 127.0.0.CODE */
	SNAPSHOT_LISTS = 16,	/* lists in one file: a code's v4, a code's v6 */
	SNAPSHOT_NS = 8,
	SNAPSHOT_HOSTS = 16,
	SNAPSHOT_URL = 200,	/* octets */
	SNAPSHOT_END = 1,	/* of a source: no further entry */
};

struct snapshot_head {
	uint32_t	serial;		/* SOA serial this file brings us to */
	uint32_t	base_serial;	/* overlay: base it belongs to; tail: serial before its first step; base: its own */
	int64_t		made_s, expiry_s;	/* wall time; expiry: alive until */
	uint32_t	flags;		/* enum snapshot_flag */
	uint8_t		life;		/* enum snapshot_life */
};

/* What the zone says of itself; part of a base. */
struct snapshot_zone {
	struct dns_name	zone;		/* bl.example */
	struct dns_name	hostmaster;	/* SOA RNAME */
	size_t		n_ns;
	struct dns_name	ns[SNAPSHOT_NS];	/* the first one is the SOA's MNAME */
	size_t		n_hosts;	/* addresses of name servers inside the zone */
	struct { uint8_t ns; struct addr addr; } hosts[SNAPSHOT_HOSTS];	/* ns: index */
	uint32_t	ttl_s, negative_ttl_s;
	uint32_t	refresh_s, retry_s, expire_s;	/* SOA */
	struct str	url;		/* https://bl.example/ with the final slash; borrowed */
};

struct snapshot_entry { struct addr addr; uint8_t code; };

struct snapshot_list {		/* one family and code; not for the caller */
	uint8_t		code;
	bool		v6;
	const uint8_t	*index, *keys;
	size_t		n;
};

struct snapshot_view {		/* an opened file */
	enum snapshot_kind	kind;
	struct snapshot_head	head;
	struct snapshot_zone	zone;	/* base only */
	size_t			n_lists;
	struct snapshot_list	lists[SNAPSHOT_LISTS];
	const uint8_t		*steps;	/* tail only */
	size_t			n_steps;
};

/* Verifies every length, order and hash of octets[0..n) once, and opens it.
 * octets  borrowed while the view is used; a mapped file must be sealed or
 *         ours alone, since nothing is checked again
 * part    set on failure to what was wrong, in English: "head", "zone", ...
 * Returns 0; SEK_EPARSE: damaged, cut short, unsorted, or of a format that
 * this reader does not know. */
int snapshot_open(struct snapshot_view *v, const void *octets, size_t n,
    const char **part) MUST_CHECK;

/* A base with, or without, the overlay that belongs to it. */
struct snapshot {
	const struct snapshot_view	*base;		/* NULL: nothing published yet */
	const struct snapshot_view	*overlay;	/* or NULL */
};

/* Does overlay belong to base (kind, serial)? */
bool snapshot_fits(const struct snapshot_view *base,
    const struct snapshot_view *overlay);

/* Serial and status that hold now: the overlay's, else the base's. */
const struct snapshot_head *snapshot_now(const struct snapshot *s);

/* Codes of exactly that address: bit c set for 127.0.0.c; 0: not listed. */
uint64_t snapshot_find(const struct snapshot *s, const struct addr *a);
bool snapshot_has(const struct snapshot *s, const struct addr *a, unsigned code);

/* Is anything with that code listed within net?  A v4 net (len >= 96) looks
 * at IPv4 entries, any other at IPv6 ones alone.  Binary searches only. */
bool snapshot_any(const struct snapshot *s, const struct net *net, unsigned code);

/* How many entries there are, all codes together. */
uint64_t snapshot_count(const struct snapshot *s);

/* Calls fn for every entry: IPv4 before IPv6, by address, then by code.
 * Returns 0, or what fn returned if that was not 0 (it ends the walk). */
int snapshot_each(const struct snapshot *s,
    int (*fn)(void *ctx, const struct snapshot_entry *e), void *ctx) MUST_CHECK;

struct snapshot_step {		/* one change, as in the journal */
	uint32_t	serial;
	uint8_t		kind;	/* enum journal_kind of fact/record.h */
	uint8_t		code;
	uint8_t		len;	/* prefix, 0..128 */
	struct addr	addr;
};

/* The i-th step of a tail, i < v->n_steps, oldest first. */
struct snapshot_step snapshot_step(const struct snapshot_view *v, size_t i);

/* Does the overlay say only what changes base?  Looks up every one, so it is
 * for `sekimori zone verify` and tests, not for each publication.
 * Returns 0 or SEK_EPARSE. */
int snapshot_agree(const struct snapshot *s) MUST_CHECK;
