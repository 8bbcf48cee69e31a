#pragma once
/* keep/confirm.h -- the names of an address that lead back to it: its PTR
 * names of which an address record says the same (RFC 1912 2.1).
 *
 * Whoever answers for the reverse zone and for the name's zone agrees; a name
 * that an asker chose is never among them. */

#include "keep/control.h"

enum { CONFIRM_NAMES = 4 };	/* PTR names that are looked at */

struct confirm {		/* the first member of the request's state */
	struct addr	addr;
	char		names[CONFIRM_NAMES][TEXT_HOST + 1];
	bool		ok[CONFIRM_NAMES];
	size_t		n;
	unsigned	open;		/* questions without an answer */
	bool		temporary;	/* one of them could not be answered now */
	void		(*done)(struct request *r);
};

/* Asks; done(r) follows from the loop.  c is r->state's first member.
 * Returns 0, or as request_resolve(). */
int confirm_start(struct confirm *c, struct request *r, const struct addr *a,
    void (*done)(struct request *r)) MUST_CHECK;

/* The name of an address in the reverse tree: "25.2.0.192.in-addr.arpa". */
enum { CONFIRM_REVERSE = ADDR_LABELS + 16 };
void confirm_reverse(char out[CONFIRM_REVERSE], const struct addr *a);
