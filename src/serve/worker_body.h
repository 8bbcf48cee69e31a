#pragma once
/* serve/worker_body.h -- what the files of a worker share, and nobody else.
 *
 * worker.c answers, worker_take.c does what the parent says. */

#include <netinet/in.h>
#include <sys/socket.h>

#include "fact/answer_quick.h"
#include "serve/signed.h"
#include "serve/worker.h"
#include "serve/xdp.h"
#include "sys/frame.h"
#include "sys/published.h"
#include "sys/tap.h"

enum {
	QUERY_MAX = 1280,	/* longer ones are cut, which is a FORMERR */
	CONTROL_MAX = 64,	/* CMSG_SPACE of one in6_pktinfo is 40 */
};

union peer {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

struct control {
	_Alignas(struct cmsghdr) uint8_t o[CONTROL_MAX];
};

struct socket {
	int		fd;
	struct addr	at;		/* as bound */
	uint16_t	port;
	bool		wildcard;	/* bound to no address of its own */
	uint32_t	lost;		/* as the kernel last counted */
};

struct worker {
	int			control;
	const struct clock	*clock;
	struct answer_policy	policy;
	uint32_t		rate, slip;
	struct ratelimit	limit;
	struct published	published;
	struct answer_quick	quick;		/* of what is published */
	struct shared		counters, limits, taps;
	struct tap_ring		*tap;		/* or NULL: nobody looks */
	uint32_t		until_tap;	/* answers up to the next one */
	struct counters_slot	*count;		/* in counters, or own */
	struct counters_slot	own;
	bool			unsettled;	/* served since losses were counted */
	bool			ask_where;	/* the places are ready for a wildcard socket */
	size_t			n_sockets;
	struct socket		sockets[WORKER_SOCKETS];
	struct signed_way	signed_way;
	int			frames;		/* of the next AF_XDP socket; -1 none */
	size_t			n_xdp;
	struct xdp		*xdp[WORKER_XDP];
	/* one of each for each place of a batch */
	struct mmsghdr		in[WORKER_BATCH], out[WORKER_BATCH];
	struct iovec		in_v[WORKER_BATCH], out_v[WORKER_BATCH];
	union peer		peers[WORKER_BATCH];
	struct control		controls[WORKER_BATCH];
	uint8_t			queries[WORKER_BATCH][QUERY_MAX];
	uint8_t			answers[WORKER_BATCH][DNS_EDNS];
	struct frame		frame;
};

/* Does what the parent has said.  Returns 0, WORKER_STOP or a negative sek_err. */
int worker_take(struct worker *w) MUST_CHECK;

/* Of a socket's address as the kernel gives it. */
struct addr worker_addr(const union peer *p);
uint16_t worker_port(const union peer *p);
