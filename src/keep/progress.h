#pragma once
/* keep/progress.h -- how a test is going, for those who wait for it.
 *
 * A snapshot is made out of the store and of the sessions in flight; what is
 * not everybody's (forms, replies) is put in for the owner, the CSIRT and the
 * operator alone.  Followers of one run share its snapshots: at most one in
 * PROGRESS_MS, the last one always. */

#include <jansson.h>

#include "keep/visit.h"

enum {
	PROGRESS_MS = 200,
	PROGRESS_STEPS = 100,		/* in one snapshot, the newest */
};

struct progress_state {
	const char	*state;		/* "queued", "connecting", "testing", "waiting", "done", "cancelled" */
	const char	*why;		/* of waiting and queued; NULL: nothing holds it up */
	int64_t		 place;		/* of a queued one, from 1; else 0 */
	int64_t		 until;		/* nothing happens before; 0: not known */
	int64_t		 deadline;	/* of the mailbox; 0: none */
	size_t		 done, total;	/* forms */
};

int progress_open(struct keep *k) MUST_CHECK;
void progress_close(struct keep *k);

/* Returns 0, SEK_ESTORE or SEK_ENOMEM. */
int progress_state(struct progress_state *out, struct keep *k,
    const struct run *r) MUST_CHECK;

/* The public part of a run's verdict, or JSON null. */
int progress_verdict(json_t **out, struct keep *k, uint64_t run) MUST_CHECK;

/* The requests test-show and test-cancel. */
void progress_verb_show(struct request *r);
void progress_verb_cancel(struct request *r);
