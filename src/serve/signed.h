#pragma once
/* serve/signed.h -- hands queries with a TSIG over to xfer, which has the keys.
 *
 * BIND refreshes by UDP, signed, and takes no answer without a signature.  A
 * worker has neither keys nor a library to check with, so such a query goes to
 * xfer with the socket that it came by, and the answer leaves from there.  Only
 * from addresses that may transfer, so that strangers cannot keep xfer busy, and
 * only what the rate limit has let pass.  The way is a queue in the kernel; when
 * it is full, since xfer does not keep up or is being started again, queries are
 * lost and counted. */

#include "fact/message.h"

struct msghdr;

enum { SIGNED_NETS = 16 };

struct signed_way {
	int		to;		/* SEQPACKET, borrowed; -1: there are no keys */
	size_t		n_from;
	struct net	from[SIGNED_NETS];
};

enum signed_end {
	SIGNED_NOT,		/* no way for it: answer it as if it were not signed */
	SIGNED_OVER,		/* it is xfer's now */
	SIGNED_LOST,
};

/* Never blocks.
 * q   a query of which answer_info says that it has a TSIG
 * fd  the UDP socket to answer by, the caller's; -1: there is none */
enum signed_end signed_hand_over(const struct signed_way *s,
    const struct msg_signed *q, int fd);

/* The address that a datagram was sent to, where the kernel was asked to say so
 * (IP_PKTINFO, IPV6_PKTINFO), or ::. */
struct addr signed_local(struct msghdr *m);
