#pragma once
/* keep/gate_plan.h -- how often a gate may look: the pace class binds it, too.
 *
 * Pure.  A round is one test of the whole depth; a pace class allows so many
 * refusals in a session, so much time between two and so many in a day
 * (fact/basis), so a depth has a shortest round and a day has a most. */

#include "fact/basis.h"

enum {
	GATE_EVERY_S = 30,	/* between the starts of rounds, where nobody says another */
	GATE_FOR_MAX_S = 86400,	/* a basis `owner` is good for so long */
	GATE_ROUNDS_MAX = 20000,	/* of one gate */
};

struct gate_plan_in {
	enum pace	pace;
	unsigned	sessions;	/* of one round: gate_plan_sessions(), or what one took */
	int64_t		took_s;		/* a round takes so long; 0: not known yet */
	int64_t		for_s;		/* of watching, without the baseline */
	int64_t		every_s;	/* 0: usual_s, or more where only that fits */
	int64_t		usual_s;	/* GATE_EVERY_S where nobody said another */
	unsigned	used;		/* sessions with that address in the last 24 hours */
	unsigned	rounds;		/* that were made already, which are among those used */
};

struct gate_plan {
	int64_t		least_s;	/* a round that the class allows; 1 at least */
	int64_t		every_s;
	unsigned	rounds;		/* with the baseline */
	unsigned	sessions;	/* of one round */
	unsigned	left;		/* sessions of today; UINT_MAX: no limit */
	int64_t		fits_s;		/* the least every_s with which the whole fits into the
					 * day; 0: none does */
};

/* Sessions that one round of a depth takes at least, at that pace, with one
 * name of the target. */
unsigned gate_plan_sessions(enum depth depth, enum pace pace);

/* Plans a whole gate.  *out is set in any case.
 * Returns NULL, or why it cannot be: "gate-every" (every_s is shorter than
 * least_s), "gate-day" (more sessions than are left today), "gate-rounds". */
const char *gate_plan(struct gate_plan *out, const struct gate_plan_in *in);
