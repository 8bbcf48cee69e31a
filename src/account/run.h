#pragma once
/* account/run.h -- the runs of a plan, each into a span, by threads; the spans
 * joined in order. */

#include "account/plan.h"
#include "account/read.h"

struct account_run_result {	/* of each piece of the plan */
	struct account_file	 file;		/* counts and trouble of this piece */
	int32_t			 again;		/* the year was wrong: this one instead; 0: right */
	bool			 inferred;	/* a year was worked out */
};

/* Reads all runs with rules->jobs threads.  result has room for each piece.
 * Sets *out (NULL: nothing was read).  A run whose year was wrong is not read
 * on, since the caller plans again; as_it_is: it is, and again stays 0.
 * Returns 0, SEK_ENOMEM or SEK_ESYS (no thread). */
int account_run_all(struct account_span **out, struct account_run_result *result,
    const struct account_plan *plan, const struct account_seen *seen,
    const struct account_place *place, const struct account_read_rules *rules,
    bool as_it_is) MUST_CHECK;
