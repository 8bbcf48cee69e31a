#pragma once
/* tool/reach_soa.h -- does the server at this address answer for a zone?
 *
 * One question for the SOA record, without recursion wanted, over UDP (asked
 * again twice) or TCP.  Only for our own name servers. */

#include <stdbool.h>
#include <stdint.h>

#include "sys/loop.h"
#include "wire/addr.h"

enum { REACH_SOA_MS = 2000, REACH_SOA_TRIES = 3 };	/* of one try */

struct reach_soa {
	bool		asked;
	bool		answered;	/* a reply to the question came */
	bool		authority;	/* AA, NOERROR, and a SOA record */
	uint32_t	serial;		/* of it */
};

/* Runs l until the answer came or the time was up.  zone: its name as text.
 * A server that cannot be reached is no error.
 * Returns 0, SEK_ENOMEM, SEK_ESYS (no socket), SEK_EPARSE (zone is no name). */
int reach_soa(struct reach_soa *out, struct loop *l, const struct addr *to,
    uint16_t port, bool tcp, struct str zone) MUST_CHECK;
