#pragma once
/* fact/answer_cursor.h -- all records of a zone, one after the other: what
 * transfers, exports and comparisons are made of.
 *
 * Pure: no socket, no clock, no allocation.  What a zone contains is a function
 * of its settings and its entries alone; answer_make() gives the very records
 * that stand here (a test compares them), but for the TTL of _status. */

#include "fact/answer.h"
#include "fact/returncode.h"

enum {
	ANSWER_RDATA = 2 * DNS_NAME_MAX + 20,	/* octets, at most: an SOA's */
	ANSWER_ROOTS = 2,	/* below which an entry has names: ZONE, in.ZONE */
	ANSWER_END = 1,		/* no further record */
};

struct answer_record {		/* class IN */
	struct dns_name	owner;	/* case as in the settings, nibbles small */
	uint16_t	type;
	uint32_t	ttl_s;
	uint16_t	len;	/* octets of data */
	uint8_t		data[ANSWER_RDATA];	/* names in it uncompressed */
};

struct answer_spread {		/* the records of one entry; not for the caller */
	unsigned	n, at;		/* records; how many were given */
	unsigned	code;
	bool		address;	/* has an A */
	uint8_t		n_labels, n_text;	/* octets */
	uint8_t		labels[ADDR_LABELS + 1];	/* above a root */
	char		text[RETURNCODE_TEXT];
};

/* May be copied and kept as long as *s and the views of s are there. */
struct answer_cursor {		/* not for the caller but for now */
	struct wall		now;	/* for the TTL of _status; 0: the zone's TTL */
	const struct snapshot	*s;
	enum answer_zone	which;
	unsigned		part;
	size_t			i;	/* of a part */
	size_t			n_roots;
	struct dns_name		roots[ANSWER_ROOTS];
	struct snapshot_cursor	entries;
	struct answer_spread	spread;
};

/* Starts before the SOA of the zone; before the end when out.ZONE is off.
 * Returns 0, or SEK_ELIMIT when in.ZONE or out.ZONE is too long for a name. */
int answer_cursor_start(struct answer_cursor *c, const struct snapshot *s,
    enum answer_zone which) MUST_CHECK;

/* The next record: SOA, NS, _status, addresses of name servers, test entries,
 * entries in the order of snapshot_cursor_next().  The SOA does not come again
 * at the end.  What belongs to in.ZONE comes with ZONE.
 * Returns 0; ANSWER_END; SEK_ELIMIT when a name does not fit under so long a
 * zone. */
int answer_cursor_next(struct answer_cursor *c,
    struct answer_record *out) MUST_CHECK;

/* Calls fn for every record that entry e has in that zone, there or not: zone
 * settings alone say what they are.  A range has those of its wildcard, an
 * exception its TXT; an entry of a code that the zone does not show has none.
 * r is borrowed for the call.
 * Returns 0, what fn returned if that was not 0 (it ends the call), or
 * SEK_ELIMIT as above. */
int answer_records(const struct snapshot *s, enum answer_zone which,
    const struct snapshot_entry *e,
    int (*fn)(void *ctx, const struct answer_record *r), void *ctx) MUST_CHECK;

/* The record of _status.ZONE as life, expiry and LAB of h make it (nothing else
 * of h is looked at).  Returns 0 or SEK_ELIMIT. */
int answer_status_record(struct answer_record *out, const struct snapshot *s,
    const struct snapshot_head *h) MUST_CHECK;
