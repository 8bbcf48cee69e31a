#pragma once
/* sys/shared.h -- memory that the parent made and several roles see at once.
 *
 * libc only.  MSG_SHARED brings a memory file that can neither shrink nor grow,
 * by name:
 *
 *	dns-counters	struct counters_slot, one for each worker of serve and
 *			the last one for xfer (sys/counters.h); web reads
 *	dns-limit	16 octets of chance, zeroes up to SHARED_LINE, then the
 *			rate table of serve/ratelimit.h; all workers write
 *
 *	dns-tap		struct tap_ring, one for each worker (sys/tap.h); only where
 *			answers are looked at: xfer takes
 *
 * What is in it outlives a role that dies.  A role that went wild may write
 * nonsense into what it can write, never end another by it: readers take
 * numbers, not lengths or places. */

#include <stdbool.h>

#include "fact/message.h"

enum {
	SHARED_LINE = 64,	/* octets of a cache line */
	SHARED_LIMIT_LINES = 16384,
	SHARED_LIMIT = SHARED_LINE + SHARED_LIMIT_LINES * SHARED_LINE,
};

struct shared {
	void	*p;		/* NULL: none */
	size_t	n;
};

/* Maps what m announces.  fd: owned, closed in any case.
 * least  octets that there must be
 * Returns 0; SEK_EPARSE: not sealed, not of that size, or too small; SEK_ESYS:
 * it cannot be mapped (a read-only descriptor with write, too). */
int shared_take(struct shared *s, const struct msg_shared *m, int fd,
    size_t least, bool write) MUST_CHECK;

void shared_close(struct shared *s);
