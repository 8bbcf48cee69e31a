#pragma once
/* web/rdap.h -- what is said of an address, in the shape of RDAP.
 *
 * Pure but for memory.  An "ip network" of one address as RFC 9083 5.4 has it:
 * events, status, notices, links, lang.  It is like RDAP and not RDAP: there is
 * no rdapConformance, status and event names are our own, and what RDAP has no
 * place for stands in the one member "sekimori".  Everything in there is copied
 * by tables (web/allow.h), so that the public never sees what architecture 5
 * keeps for the owner. */

#include <jansson.h>

#include "base/clock.h"
#include "web/text.h"
#include "wire/snapshot.h"

struct rdap_in {
	struct addr	 addr;
	const json_t	*check;		/* the keeper's answer to "check", or rdap_snapshot() */
	enum lang	 lang;
	const char	*url;		/* web.url */
	bool		 past;		/* asked for as of a moment */
	bool		 own;		/* the asker has that very address */
	bool		 away;		/* check is what the snapshot says: history is not there */
	bool		 special;	/* of special use: never listed */
	bool		 expired;	/* what is published was not renewed in time */
};

/* The document: a new object, or NULL: out of memory. */
json_t *rdap_make(const struct rdap_in *in);

/* What can be said without the keeper, in the shape of its answer to "check".
 * A new object, or NULL. */
json_t *rdap_snapshot(const struct snapshot *s, const struct addr *a);

/* "alive", "frozen", "closing", "empty"; "" for another. */
const char *rdap_life(unsigned life);
