#pragma once
/* keep/gate_begin.h -- a gate from the wish to its first round. */

#include "keep/gate_run.h"

struct gate_wish {
	const struct nomination *n;	/* as verb_may_nominate() took it; copied */
	int64_t		for_s, every_s;	/* every_s 0: what fits */
	bool		based;		/* its basis is in the store already: a grant's */
	/* tell gets each event (borrowed) from the loop; over comes once, when the
	 * gate has ended, by itself or by gate_run_end().  Both NULL: nobody listens. */
	void		(*tell)(void *ctx, json_t *ev);
	void		(*over)(void *ctx);
	void		*ctx;
};

/* Plans, writes the basis and starts.  plan is set also where it cannot be.
 * Returns NULL and sets *out, which stays until gate_run_free(); or a tag: those
 * of gate_plan(), "gate-busy" (that address is watched already), "gate-many",
 * "too-deep", a tag of permit_check(), "store", "memory".  Where all places are
 * taken, one that has ended and to which nobody listens makes room. */
const char *gate_begin(struct gate_run **out, struct gate_plan *plan,
    struct keep *k, const struct gate_wish *w);
