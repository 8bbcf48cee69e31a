#pragma once
/* xfer/server.h -- what becomes of a query by TCP.
 *
 * Ordinary questions go to fact/answer, signed ones are checked before and
 * signed after; transfers are begun here and carried out by who called
 * (xfer/tcp.c).  Everything in a query is hostile. */

#include "sys/counters.h"
#include "xfer/access.h"
#include "xfer/catalog.h"
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
	struct counters_slot	*counters;	/* or NULL; borrowed */
	struct catalog		 catalog;
	unsigned		 running, most;	/* transfers at once */
	struct server_refusals	 refusals;
};

/* Answers q[0..n), n <= 65535, of a client at the other end of a connection.
 * Returns 0 with *len octets in out (cap >= SERVER_ANSWER) or, *len being 0, a
 * transfer in *t, which is the caller's; SEK_EPARSE: no answer, end the
 * connection; SEK_ENOMEM, SEK_ELIB: the same. */
int server_query(struct server *s, const struct addr *client, const uint8_t *q,
    size_t n, uint8_t *out, size_t cap, size_t *len, struct transfer **t) MUST_CHECK;
