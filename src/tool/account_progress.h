#pragma once
/* tool/account_progress.h -- one line on a terminal: how far the reading is, how
 * fast, how long it will take. */

#include <stdbool.h>
#include <stdio.h>

#include "account/far.h"
#include "base/clock.h"

struct account_progress {
	FILE		*out;		/* standard error */
	bool		 on;
	bool		 shown;		/* the line stands there */
	struct mono	 start;
	bool		 follow;	/* reading never ends */
};

/* Writes the line anew. */
void account_progress_show(struct account_progress *p, const struct account_far *far,
    struct mono now);

/* Takes the line away, before something else is written. */
void account_progress_clear(struct account_progress *p);
