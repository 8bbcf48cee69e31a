#pragma once
/* wire/master_line.h -- one entry of a master file: a record, or a $-line.
 *
 * Pure: no allocation; safe on hostile bytes.  What the entries before it said
 * (origin, owner, TTL) is in a state that the caller keeps for each file.
 * Source: RFC 1035 5.1, RFC 2308 4 ($TTL); RFC 3597 5 for types without a name.
 * TTLs with units ("1h30m") as BIND writes them. */

#include "wire/dns.h"

enum master_kind {
	MASTER_EMPTY,		/* nothing, a comment, $ORIGIN or $TTL */
	MASTER_RECORD,		/* r: as its type says */
	MASTER_OTHER,		/* a record of a type that is not read here: r.owner, r.ttl_s */
};

enum {
	MASTER_MORE = 1,	/* a parenthesis is open: add the next line, call again */
	MASTER_TEXT = 1024,	/* octets of a TXT record; what is longer is not read */
};

struct master_state {		/* zeroed before each file, but for the origin */
	struct dns_name	origin, owner;	/* len 0: not known */
	uint32_t	ttl_s, last_s;	/* $TTL; of the last record */
	bool		has_ttl, has_last;
};

struct master_line {
	enum master_kind	kind;
	struct dns_record	r;	/* A, AAAA, NS, CNAME, PTR, SOA, TXT; data is in octets */
	uint8_t			octets[MASTER_TEXT];
};

/* Reads what stands in one line without its line feed, or in several with line
 * feeds between.
 * s    moved on 0; on failure an owner that was named is forgotten, so that
 *      lines after it that name none do not go to another's
 * why  set on failure: one English phrase, marked for translation
 * Returns 0, MASTER_MORE or SEK_EPARSE. */
int master_line_read(struct master_line *out, struct master_state *s,
    struct str line, const char **why) MUST_CHECK;
