#pragma once
/* keep/sunset.h -- the end of the list, step by step, so that nobody's mail
 * suffers from it (RFC 6471 3.4; what became of lists that just stopped is told
 * in man/sekimori-sunset.1).
 *
 *	alive ──announce──► announced ──freeze──► closing ──empty──► empty ──end──► ended
 *	  │                183 days ahead            ▲     on its day      183 days
 *	  └──freeze──► frozen ──announce─────────────┘
 *
 *	cancel leads back to alive from everywhere but the end; announce again
 *	moves the day to a later one.
 *
 * Rules:
 * 1. Each step is one journal row with a reason; what is out of order is
 *    refused.  The table of keep/sunset.c is all that can happen.
 * 2. The day is SUNSET_NOTICE_S ahead at least and is kept: not before it is
 *    the list emptied, not past it does `_status` promise anything.  Until then
 *    its expiry rolls as ever: a list that dies early is seen to be dead.
 * 3. An emptied list answers for SUNSET_EMPTY_S at least before its delegation
 *    may be taken away.
 * 4. A laboratory list (probe.public off, laboratory ranges alone) waits for
 *    nothing: that is the rehearsal.
 * 5. No step takes a listing away: they run to their expiry by themselves.
 *    Removals, retractions and opt-outs work in every state.
 * 6. The end is final: the delegation may be gone, and who still asks must not
 *    meet the list again. */

#include "keep/status.h"

enum {
	SUNSET_NOTICE_S = 183 * 86400,	/* half a year, also for who looks rarely */
	SUNSET_EMPTY_S = 183 * 86400,
	SUNSET_FAR_S = 5 * 366 * 86400,	/* a day beyond is a slip of the pen */
};

enum sunset_step {
	SUNSET_STEP_ANNOUNCE, SUNSET_STEP_FREEZE, SUNSET_STEP_EMPTY,
	SUNSET_STEP_END, SUNSET_STEP_CANCEL,
	SUNSET_STEPS
};

/* "announce" ...  Returns 0 or SEK_EPARSE. */
int sunset_step_parse(enum sunset_step *out, struct str s) MUST_CHECK;
const char *sunset_step_name(enum sunset_step step);

/* May that step follow, waits aside? */
bool sunset_follows(enum sunset at, enum sunset_step step);

bool sunset_rehearsal(const struct conf *c);	/* rule 4 */

struct sunset_work {
	enum sunset_step step;
	struct wall	 day;		/* of announce; else 0 */
	bool		 dry;		/* say what would be, and write nothing */
	struct str	 reason, who;	/* at most TEXT_REASON, TEXT_WHO octets */
};

enum { SUNSET_REFUSED = 16 };

/* Takes a step, on disk when it returns, also on a full disk.  *was and *is:
 * before and after it, or what it would be; on SUNSET_REFUSED *is is *was.
 * Returns 0; a negative error; STORE_FULL; or SUNSET_REFUSED with *why a tag of
 * keep/verbs: sunset-order; sunset-day (too near, too far, none, or one where
 * none is due); sunset-early (the day of *was, or the end of its half year, has
 * not come: was->day).  Not inside keep_write(). */
int sunset_take(struct keep *k, const struct sunset_work *w, struct status *was,
    struct status *is, const char **why) MUST_CHECK;
