#pragma once
/* xfer/server.h -- what becomes of a query.
 *
 * By UDP come signed questions alone, which serve hands over (xfer/udp.c): they are
 * answered in one datagram, transfers with the SOA, which says "come by TCP" (RFC
 * 1995 2).  Ordinary questions go to fact/answer, signed ones are checked before and
 * signed after; transfers are begun here and carried out by who called
 * (xfer/tcp.c).  Everything in a query is hostile. */

#include "sys/counters.h"
#include "xfer/access.h"
#include "xfer/catalog.h"
#include "xfer/dnstap.h"
#include "xfer/transfer.h"

enum { SERVER_ANSWER = 4096 };	/* octets of an ordinary answer, at most */

struct server_refusals {	/* so that strangers cannot fill the log */
	struct mono	last;
	uint64_t	more;	/* since, not logged */
};

struct server {
	struct loop		*loop;
	const struct published	*published;
	struct versions		*versions;
	struct tsig_ring	*ring;		/* NULL: no keys */
	struct access_rules	 access;
	struct answer_policy	 policy;
	struct counters_slot	*counters;	/* of TCP, or NULL; borrowed */
	struct counters_slot	*udp_counters;	/* the same of UDP */
	struct catalog		 catalog;
	struct dnstap		*dnstap;	/* NULL: nobody looks */
	unsigned		 running, most;	/* transfers at once */
	struct server_refusals	 refusals;
};

struct server_client {
	struct addr	addr;
	bool		udp;
};

/* Answers q[0..n), n <= 65535.
 * Returns 0 with *len octets in out (cap >= SERVER_ANSWER) or, *len being 0, a
 * transfer in *t, which is the caller's (by TCP alone); SEK_EPARSE: no answer,
 * end the connection; SEK_ENOMEM, SEK_ELIB: the same. */
int server_query(struct server *s, const struct server_client *client, const uint8_t *q,
    size_t n, uint8_t *out, size_t cap, size_t *len, struct transfer **t) MUST_CHECK;
