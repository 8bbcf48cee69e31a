#pragma once
/* keep/asker.h -- who asked for which test or code, and how much is left; the
 * only writer of `request`.
 *
 * An asker is a network, /24 or IPv6 /64: one home or office has many
 * addresses.  Rows are kept for eight days. */

#include "fact/record_aside.h"
#include "keep/keep.h"

/* The network that stands for an asker; :: for :: (the operator). */
struct addr asker_net(const struct addr *asker);

struct asker_cap {		/* of the last 24 hours; 0: nothing is allowed */
	unsigned	per_asker, per_addr, in_all;
	int64_t		apart_s;	/* between two for the same address */
};
enum { ASKER_ANY = UINT16_MAX };	/* no such bound */

/* May one more of that kind be asked for?  NULL, or the tag "asker-limit",
 * "address-limit", "day-limit", or "store" when it cannot be read.
 * *wait_s: after which one may be free again. */
const char *asker_limit(struct keep *k, enum request_kind kind,
    const struct addr *net, const struct addr *addr, const struct asker_cap *cap,
    int64_t *wait_s);

/* Writes that it was asked for.  Inside keep_write(). */
int asker_note(struct keep *k, enum request_kind kind, uint64_t run,
    const struct addr *net, const struct addr *addr, uint8_t role) MUST_CHECK;

struct asker_of {		/* one asker and one run */
	bool	started, joined;
	bool	known;		/* there are rows: a visitor asked for it at all */
};

/* Who asked for a run.  A run that many asked for remembers ASKER_ROWS. */
enum { ASKER_ROWS = 64 };
int asker_of_run(struct asker_of *out, struct keep *k, uint64_t run,
    const struct addr *net) MUST_CHECK;

/* The same, and writes that this asker has joined it.  Inside keep_write(). */
int asker_join(struct keep *k, uint64_t run, const struct addr *net,
    const struct addr *addr, uint8_t role) MUST_CHECK;

/* Forgets old rows.  Inside keep_write(). */
int asker_prune(struct keep *k) MUST_CHECK;
