#pragma once
/* keep/positive.h -- the positive control: would a relayed mail reach us?
 *
 * Before each batch a control letter must reach the probe mailbox through the
 * probe domain's MX and, where probe.canary names an open relay of our own,
 * through that too; while it does not, nothing but `open` can be said. */

#include "keep/keep.h"

struct positive;

int positive_open(struct keep *k, struct positive **out) MUST_CHECK;
void positive_close(struct positive *p);	/* p may be NULL */

enum positive_state { POSITIVE_HOLDS = 1, POSITIVE_PENDING = 2, POSITIVE_FAILED = 3 };

/* The state now; starts a control when there is none that is fresh.  FAILED is
 * reported for a minute (5 s with a lab range), then the next call tries again. */
enum positive_state positive_need(struct keep *k, struct positive *p);
bool positive_holds(const struct keep *k, const struct positive *p);

/* Starts a control now, although one may hold, or joins the one under way.  If
 * it fails none holds any more. */
void positive_now(struct keep *k, struct positive *p);
bool positive_busy(const struct positive *p);	/* one is under way */

/* Gives up a letter that is later than probe.control_wait. */
void positive_late(struct keep *k, struct positive *p);

struct positive_last {		/* the last one that ended */
	bool		ok;
	const char	*why;		/* tag; NULL: none ended yet */
	int64_t		took_ms;
	struct addr	mx;		/* where the letter was handed in; :: nowhere */
	bool		canary;		/* and one through probe.canary */
	bool		dated;		/* its host wrote when it took it: */
	int64_t		ahead_s;	/* that clock less ours at the arrival */
};
const struct positive_last *positive_last(const struct positive *p);

/* A control letter arrived that had been handed in at entry.  dated: what the
 * host that brought it says of the hour, hostile; 0 nothing. */
void positive_receipt(struct keep *k, struct positive *p, const struct addr *entry,
    struct wall dated);

/* Answer of the prober to MSG_RESOLVE with this id; false: not ours. */
bool positive_resolved(struct keep *k, struct positive *p,
    const struct msg_resolved *m);

/* This prober died: what it was asked is asked again. */
void positive_lost(struct keep *k, struct positive *p, int who);
