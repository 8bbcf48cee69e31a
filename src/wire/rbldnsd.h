#pragma once
/* wire/rbldnsd.h -- one line of an rbldnsd data file, and its TXT templates.
 *
 * Pure: no allocation; safe on hostile bytes.  What the lines before it set (a
 * default value, variables, the data set) is the caller's to keep.
 * Source: rbldnsd(8), "Dataset types and formats"; where that is silent, what
 * rbldnsd 1.0 does. */

#include "wire/addr.h"
#include "wire/dns_name.h"

enum rbldnsd_type {		/* of the data set that the line belongs to */
	RBLDNSD_IP4SET, RBLDNSD_IP4TRIE, RBLDNSD_IP4TSET,
	RBLDNSD_IP6TRIE, RBLDNSD_IP6TSET,
	RBLDNSD_COMBINED,	/* before the first $DATASET: $-lines alone */
	RBLDNSD_OTHER,		/* dnset, generic, acl: no addresses; only $-lines are read */
};

enum rbldnsd_kind {		/* what a line is; it sets these fields: */
	RBLDNSD_EMPTY,		/* nothing, or a comment */
	RBLDNSD_RANGE4,		/* except, first, last, bits, value */
	RBLDNSD_RANGE6,		/* except, net, value */
	RBLDNSD_DEFAULT,	/* value: of the lines after it */
	RBLDNSD_SOA,		/* ttl_s, mname, rname, soa */
	RBLDNSD_NS,		/* ttl_s, rest: for rbldnsd_ns() */
	RBLDNSD_TTL,		/* ttl_s */
	RBLDNSD_TIMESTAMP,	/* stamp_s, expires_s */
	RBLDNSD_MAXRANGE,	/* most */
	RBLDNSD_VARIABLE,	/* variable, rest: its text */
	RBLDNSD_DATASET,	/* type, rest: its subzones */
};

enum {
	RBLDNSD_DASH = 255,	/* bits of a range written a-b */
	RBLDNSD_BASE = 10,	/* variable $=; $0 to $9 are 0 to 9 */
	RBLDNSD_VARIABLES = 11,
	RBLDNSD_TEXT = 254,	/* octets of a TXT text; longer ones are cut, as there */
};

struct rbldnsd_value {		/* what the line itself says; else a default holds */
	bool		has_a, has_text;
	uint8_t		a[4];	/* of the A record, in 127/8 or not */
	struct str	text;	/* hostile; template, borrowed from the line */
};

struct rbldnsd_line {
	enum rbldnsd_kind	kind;
	bool			except;		/* "!": not listed */
	uint32_t		first, last;	/* IPv4 as a number; both inside, first <= last */
	uint8_t			bits;		/* 0..32, or RBLDNSD_DASH */
	struct net		net;		/* IPv6; one of ::ffff:0:0/96 is no IPv4 here */
	struct rbldnsd_value	value;
	uint32_t		ttl_s;
	struct dns_name		mname, rname;
	uint32_t		soa[5];		/* serial, refresh, retry, expire, minimum */
	int64_t			stamp_s, expires_s;	/* since 1970; 0 not given */
	uint64_t		most;		/* addresses of one range */
	uint8_t			variable;
	enum rbldnsd_type	type;
	struct str		rest;		/* hostile, borrowed from the line */
};

/* Reads one line, without its line feed; a final CR is passed over.
 * out  only the fields of its kind are set
 * why  set on failure: one English phrase, marked for translation
 * Returns 0 or SEK_EPARSE. */
int rbldnsd_read(struct rbldnsd_line *out, enum rbldnsd_type type,
    struct str line, const char **why) MUST_CHECK;

/* The next name of a $NS line; those with "-" in front are passed over.
 * Returns 0; RBLDNSD_END when there is none left; SEK_EPARSE. */
enum { RBLDNSD_END = 1 };
int rbldnsd_ns(struct dns_name *out, struct str *rest) MUST_CHECK;

/* Writes the TXT text that template gives for addr, as rbldnsd(8), "Resulting
 * A values and TXT templates", says: $ is addr, $n a variable, $= in the base
 * template what stands in the entry, $$ a dollar.
 * vars  [RBLDNSD_BASE] and [0..9]; p NULL: not set
 * Returns octets in out, no NUL. */
size_t rbldnsd_text(char out[RBLDNSD_TEXT], struct str template,
    struct str addr, const struct str vars[RBLDNSD_VARIABLES]);

/* Type of a word like "ip4set"; RBLDNSD_OTHER for one that holds no addresses.
 * Returns 0 or SEK_EPARSE: no such type. */
int rbldnsd_type_of(enum rbldnsd_type *out, struct str word) MUST_CHECK;
