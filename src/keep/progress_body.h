#pragma once
/* keep/progress_body.h -- what progress.c and progress_follow.c share. */

#include "keep/progress.h"
#include "keep/sheet.h"

struct shown;			/* a run that is followed */

struct keep_progress {
	struct sheet	 sheet;		/* of the run that is being looked at */
	struct shown	*shown;
};

struct progress_view {		/* one snapshot, before it is anybody's */
	json_t		*open;		/* owned: for all */
	json_t		*inside;	/* owned: for some */
	struct addr	 addr;
	bool		 over, queued;
	bool		 ours;		/* a recheck: nobody asked for it */
};

/* Looks at a run; inside: also what is not for all.  Returns 0, STORE_NONE (no
 * such run), SEK_ESTORE, SEK_ENOMEM. */
int progress_view(struct progress_view *out, struct keep *k, uint64_t run,
    bool inside) MUST_CHECK;
void progress_view_free(struct progress_view *v);

/* The snapshot for one visitor; owned by the caller, NULL without memory. */
json_t *progress_for(const struct progress_view *view, const struct visitor *v,
    bool mine, struct wall now);
