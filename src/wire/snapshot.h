#pragma once
/* wire/snapshot.h -- what is published, as octets: base, overlay, tail.
 *
 * Pure: no socket, no clock, no allocation; the octets are mapped or loaded by
 * the caller and borrowed by the view.  Octet by octet in
 * sekimori-snapshot(5), why it is so in doc/snapshot.md.  Writers are in
 * wire/snapshot_build.h.
 *
 * A base holds every entry at a serial; an overlay what changed since that
 * base, with a serial of its own; a tail the changes one by one for IXFR.  All
 * three carry the status (life, expiry, LAB) of their moment. */

#include "wire/addr.h"
#include "wire/dns_name.h"

enum snapshot_kind { SNAPSHOT_BASE = 1, SNAPSHOT_OVERLAY = 2, SNAPSHOT_TAIL = 3 };
enum snapshot_life {
	SNAPSHOT_ALIVE = 1, SNAPSHOT_FROZEN = 2, SNAPSHOT_CLOSING = 3,
	SNAPSHOT_EMPTY = 4,	/* nothing is listed, whatever stands in the file */
};
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
	uint32_t	empties;	/* of a closing list: the day, since 1970 UTC, on which it
					 * will be emptied; 0: none was announced */
};

enum { SNAPSHOT_DAY_S = 86400, SNAPSHOT_DAY_MAX = 0xffffff };

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

/* A range is the /24 (IPv4) or /64 (IPv6) that begins at addr; no other length
 * is possible, so a file need not say it.  An exception takes one address out
 * of a range of its code.  What is inside a listed range is listed but for the
 * exceptions: its own entries add nothing there and have no name in DNS, and
 * an exception outside of every listed range is without effect, too.  Both
 * stay in the file, since an overlay may end or begin a range around them. */
enum snapshot_form {
	SNAPSHOT_ADDRESS = 0, SNAPSHOT_RANGE = 1, SNAPSHOT_EXCEPT = 2,
	SNAPSHOT_FORMS,
};
enum { SNAPSHOT_RANGE_V4 = 120, SNAPSHOT_RANGE_V6 = 64 };	/* as net.len */

struct snapshot_entry {
	struct addr	addr;	/* RANGE: host bits zero */
	uint8_t		code;
	uint8_t		form;	/* enum snapshot_form */
};

/* Order of sources and walks: address, code, form.  As memcmp. */
int snapshot_entry_cmp(const struct snapshot_entry *a,
    const struct snapshot_entry *b);

/* The addresses that e is about: one, or a range. */
struct net snapshot_entry_net(const struct snapshot_entry *e);

/* The /24 or /64 around a. */
struct net snapshot_range(const struct addr *a);

/* Can that be a range?  Not 127.0.0.0/24, which holds the test addresses of
 * RFC 5782; not ::/64, which holds all mapped IPv4 addresses; and no /24 of
 * three octets below 10, whose wildcard would match names of IPv6 addresses. */
bool snapshot_range_ok(const struct net *net);

/* May it stand in a file?  Writers leave others out: the two test addresses of
 * RFC 5782 and ranges that are none. */
bool snapshot_is_data(const struct snapshot_entry *e);

struct snapshot_set {		/* sorted keys; not for the caller */
	const uint8_t	*index, *keys;
	size_t		n;
};

struct snapshot_list {		/* one family and code; not for the caller */
	uint8_t		code;
	bool		v6;
	struct snapshot_set	of[SNAPSHOT_FORMS];
};

struct snapshot_view {		/* an opened file */
	enum snapshot_kind	kind;
	struct snapshot_head	head;
	struct snapshot_zone	zone;	/* base only */
	size_t			n_lists;
	struct snapshot_list	lists[SNAPSHOT_LISTS];
	uint8_t			list_at[2][SNAPSHOT_CODE_MAX + 1];	/* [v6][code]: 1 + index, 0 none */
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

/* Has the list been emptied?  Whoever tells what is listed asks this first: what
 * looks up and walks below says what stands in the files. */
bool snapshot_emptied(const struct snapshot *s);

/* Has its expiry passed, so that nothing of it should be believed?  No, while
 * nothing is published. */
bool snapshot_expired(const struct snapshot *s, int64_t now_s);

/* Looking up (wire/snapshot_find.c): binary searches only ----------------- */

/* Codes with which that address counts as listed, by itself or by a range
 * that does not except it: bit c set for 127.0.0.c; 0: not listed. */
uint64_t snapshot_find(const struct snapshot *s, const struct addr *a);
bool snapshot_has(const struct snapshot *s, const struct addr *a, unsigned code);

/* Is there an entry of that form: for a itself, or (RANGE) around it?  Says
 * nothing about whether it has an effect. */
bool snapshot_is(const struct snapshot *s, enum snapshot_form form,
    const struct addr *a, unsigned code);

/* Is there a name in DNS, for that code, at or below the name of net?  Names
 * are those that a cursor gives: addresses outside of ranges, ranges ('*' below
 * the name of their net), and the exceptions inside.  A v4 net (len >= 96)
 * looks at IPv4 entries, any other at IPv6 ones alone. */
bool snapshot_any(const struct snapshot *s, const struct net *net, unsigned code);

/* How many addresses and ranges there are, all codes together, those without
 * effect too; exceptions are not counted. */
uint64_t snapshot_count(const struct snapshot *s);

/* Walking (wire/snapshot_walk.c) ------------------------------------------ */

/* Calls fn for every entry of the file, those without effect too: IPv4 before
 * IPv6, each in snapshot_entry_cmp() order.
 * Returns 0, or what fn returned if that was not 0 (it ends the walk). */
int snapshot_each(const struct snapshot *s,
    int (*fn)(void *ctx, const struct snapshot_entry *e), void *ctx) MUST_CHECK;

struct snapshot_run {		/* one form; not for the caller */
	const struct snapshot_set	*base, *change;
	size_t		in_base, in_change, bucket;
	bool		ready;		/* at holds the next entry */
	struct addr	at;
};

/* May be copied and kept as long as the views of s are open. */
struct snapshot_cursor {
	const struct snapshot	*s;
	struct snapshot_run	runs[SNAPSHOT_FORMS];
	struct addr		first, last;	/* of one family */
	struct addr		range;		/* the last one that was given */
	uint8_t			code;
	bool			v6, more, all, inside;
};

/* Starts before the first entry of a code that is a name in DNS. */
void snapshot_cursor_start(struct snapshot_cursor *c, const struct snapshot *s,
    unsigned code);

/* Starts before the first entry of a code within net.  all: those without
 * effect too.  A range is within net when net holds all of it. */
void snapshot_cursor_within(struct snapshot_cursor *c, const struct snapshot *s,
    unsigned code, const struct net *net, bool all);

/* The next one, IPv4 before IPv6, in order.  Returns 0 or SNAPSHOT_END. */
int snapshot_cursor_next(struct snapshot_cursor *c,
    struct snapshot_entry *out) MUST_CHECK;

/* A tail ------------------------------------------------------------------ */

enum { SNAPSHOT_STEP_STATUS = 4 };	/* JOURNAL_STATUS of fact/record.h */

/* One change, as in the journal.  The first one may be a status of the serial
 * before the tail: what held there. */
struct snapshot_step {
	uint32_t	serial;
	uint8_t		kind;	/* enum journal_kind of fact/record.h */
	uint8_t		code;	/* of a status: enum snapshot_life */
	uint8_t		len;	/* 128 address, 120 IPv4 range, 64 IPv6 range */
	struct addr	addr;	/* of a status: see snapshot_status_of() */
};

/* What a status says; expiry_s 0: there was none. */
struct snapshot_status {
	uint8_t		life;		/* enum snapshot_life */
	uint32_t	empties;	/* as in the head */
	int64_t		expiry_s;
};
struct snapshot_status snapshot_status_of(const struct snapshot_step *s);

/* The i-th step of a tail, i < v->n_steps, oldest first. */
struct snapshot_step snapshot_step(const struct snapshot_view *v, size_t i);

/* Does the overlay say only what changes base?  Looks up every one, so it is
 * for `sekimori zone verify` and tests, not for each publication.
 * Returns 0 or SEK_EPARSE. */
int snapshot_agree(const struct snapshot *s) MUST_CHECK;
