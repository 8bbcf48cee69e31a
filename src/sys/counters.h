#pragma once
/* sys/counters.h -- what DNS did since the start, in shared memory.
 *
 * libc only.  Each worker of serve has a slot, and xfer has the two behind them,
 * for signed UDP and for TCP: cache lines that nobody else writes; whoever sums them up reads only.  So a count costs one
 * addition, and a role that is started again counts on from where it was. */

#include <stdatomic.h>

#include "fact/answer.h"
#include "sys/shared.h"

enum counter {			/* append: others may have read by number */
	COUNTER_QUERIES,
	COUNTER_NOERROR, COUNTER_FORMERR, COUNTER_SERVFAIL, COUNTER_NXDOMAIN,
	COUNTER_NOTIMP, COUNTER_REFUSED, COUNTER_BADVERS, COUNTER_BADCOOKIE,
	COUNTER_NOTAUTH,
	COUNTER_LISTED, COUNTER_TRUNCATED, COUNTER_NO_QUERY, COUNTER_DENIED,
	COUNTER_SLIPPED, COUNTER_LIMITED,
	COUNTER_COOKIE_NEW, COUNTER_COOKIE_BAD, COUNTER_COOKIE_VALID,
	COUNTER_UNSENT, COUNTER_OVERFLOWN, COUNTER_PUBLISHED, COUNTER_NOT_PUBLISHED,
	COUNTER_SIGNED_LOST,
	COUNTER_TAP_WRITTEN, COUNTER_TAP_DROPPED,
	COUNTERS
};

enum {
	COUNTERS_ROOM = 64,	/* places of a slot */
	COUNTERS_XFER = 2,	/* slots of xfer */
};
_Static_assert((int)COUNTERS <= (int)COUNTERS_ROOM, "a slot has room for all");

struct counters_slot {
	_Alignas(64) _Atomic uint64_t n[COUNTERS_ROOM];
};

/* For Prometheus.  Rows of one name stand together; the first has the help. */
struct counter_row { const char *name, *label, *help; };
extern const struct counter_row counter_rows[COUNTERS];

/* Is it one of all processes together, not by transport? */
static inline bool
counter_is_whole(enum counter c)
{
	return c == COUNTER_TAP_WRITTEN || c == COUNTER_TAP_DROPPED;
}

/* Only the slot's owner writes, so no locked instruction is needed. */
static inline void
counters_add(struct counters_slot *s, enum counter c, uint64_t n)
{
	uint64_t is = atomic_load_explicit(&s->n[c], memory_order_relaxed);

	atomic_store_explicit(&s->n[c], is + n, memory_order_relaxed);
}

static inline uint64_t
counters_get(const struct counters_slot *s, enum counter c)
{
	return atomic_load_explicit(&s->n[c], memory_order_relaxed);
}

static inline size_t
counters_slots(const struct shared *s)
{
	return s->n / sizeof(struct counters_slot);
}

/* The slot with that index, or NULL: there is none. */
static inline struct counters_slot *
counters_slot(const struct shared *s, uint32_t index)
{
	return index < counters_slots(s) ? (struct counters_slot *)s->p + index : NULL;
}

/* Counts one message that came.  octets: of the answer; 0 none. */
void counters_answer(struct counters_slot *s, const struct answer_info *info,
    size_t octets);
