#pragma once
/* account/count.h -- sums of counts. */

#include "account/result.h"

static inline void
count_add(struct account_count *a, const struct account_count *b)
{
	a->messages += b->messages;
	a->recipients += b->recipients;
	a->delivered += b->delivered;
	a->deferred += b->deferred;
	a->bounced += b->bounced;
	a->discarded += b->discarded;
	a->queued += b->queued;
	a->octets += b->octets;
	a->attempts += b->attempts;
	a->refused += b->refused;
}

/* b is a part of a. */
static inline void
count_take(struct account_count *a, const struct account_count *b)
{
	a->messages -= b->messages;
	a->recipients -= b->recipients;
	a->delivered -= b->delivered;
	a->deferred -= b->deferred;
	a->bounced -= b->bounced;
	a->discarded -= b->discarded;
	a->queued -= b->queued;
	a->octets -= b->octets;
	a->attempts -= b->attempts;
	a->refused -= b->refused;
}
