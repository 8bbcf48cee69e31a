#pragma once
/* xfer/catalog.h -- the catalog zone: which zones a secondary is to have.
 *
 * Source: RFC 9432 4 (schema version 2).  Members are ZONE and, when it is on,
 * out.ZONE; a member's label is a hash of its name, so another zone is another
 * member and never a renamed one (5.4).  The catalog's serial is that of the
 * list at the moment when the members became what they are: it rises as that
 * one does, over restarts too, and needs nothing kept. */

#include "wire/snapshot.h"
#include "xfer/packet.h"

enum { CATALOG_MEMBERS = 2, CATALOG_RECORDS = 3 + CATALOG_MEMBERS };

struct catalog {		/* zeroed but for the name: not made yet */
	struct dns_name	name;		/* len 0: there is none */
	uint32_t	serial;
	uint32_t	refresh_s, retry_s, expire_s;	/* as the list's */
	size_t		n;		/* 0: not made yet */
	struct dns_name	member[CATALOG_MEMBERS];
};

/* Takes the members from a snapshot.  True: they changed, and so the serial. */
bool catalog_look(struct catalog *c, const struct snapshot *s);

/* Its records, the SOA first.  Returns how many. */
size_t catalog_records(struct answer_record out[CATALOG_RECORDS], const struct catalog *c);

/* Is it made, and name at or below it? */
bool catalog_has(const struct catalog *c, const struct dns_name *name);

/* Answers an ordinary question about a name at or below it into p, which the
 * caller begins and ends.  Returns the rcode. */
unsigned catalog_answer(struct packet *p, const struct catalog *c, const struct dns_query *q);
