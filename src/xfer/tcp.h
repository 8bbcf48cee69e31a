#pragma once
/* xfer/tcp.h -- DNS over TCP: connections, messages in and out.
 *
 * RFC 7766: framing (8), pipelining (6.2.1.1), idle limit (6.2.3).  Every
 * octet is hostile; everything that a client can make us hold is bounded:
 * connections, octets read ahead, octets waiting to be written, time.  While a
 * transfer leaves by a connection its other queries wait. */

#include "xfer/server.h"

enum {
	TCP_CONNECTIONS = 256,
	TCP_PER_CLIENT = 16,	/* of one IPv4 address or IPv6 /64 */
	TCP_LISTENERS = 16,
	TCP_QUERY_MAX = 4096,	/* octets of one query; a longer one ends the connection */
	TCP_WAITING = 32 * 1024,	/* octets not yet taken by the client: no more is read */
	TCP_AHEAD = 64 * 1024,	/* octets of a transfer waiting at once */
	TCP_IDLE_MS = 10000,	/* without a whole query, or with a client that does not read */
};

struct tcp_stats {		/* since the start */
	uint64_t	accepted, queries, transfers;
	uint64_t	turned_away;	/* over a bound, or no memory */
	uint64_t	idle;		/* ended by the idle limit */
	uint64_t	broken;		/* ended for what the client sent or did not read */
};

struct tcp;

/* s stays the caller's.  Returns 0 or SEK_ENOMEM. */
int tcp_new(struct tcp **out, struct server *s) MUST_CHECK;

/* Ends all connections at once.  t may be NULL. */
void tcp_free(struct tcp *t);

/* Accepts on a listening socket, non-blocking; owned, closed on failure too.
 * Returns 0, SEK_ELIMIT past TCP_LISTENERS, SEK_ENOMEM or SEK_ESYS. */
int tcp_listen(struct tcp *t, int fd) MUST_CHECK;

const struct tcp_stats *tcp_stats(const struct tcp *t);
