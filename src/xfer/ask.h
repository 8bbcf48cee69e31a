#pragma once
/* xfer/ask.h -- what a query by TCP asks, beyond what an ordinary one can.
 *
 * Pure; safe on hostile bytes.  Sources: RFC 5936 2.1 (AXFR), RFC 1995 3 (IXFR:
 * one SOA of the zone in the authority section), RFC 8945 5.1 (TSIG is the last
 * record, and the only one). */

#include "wire/dns.h"

enum ask_kind { ASK_OTHER, ASK_AXFR, ASK_IXFR };

struct ask {
	enum ask_kind	 kind;
	struct dns_query q;
	uint32_t	 serial;	/* IXFR: what the client has */
};

/* Reads a query of any quality.  Returns 0 or enum dns_query_is, as
 * dns_query_read() does; DNS_QUERY_FORMERR also where the sources are broken.
 * What could be read is in *a. */
int ask_read(struct ask *a, const uint8_t *msg, size_t n) MUST_CHECK;
