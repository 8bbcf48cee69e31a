#pragma once
/* tool/batch_progress.h -- one line on a terminal: how far a batch is, how
 * fast, how long it will take. */

#include <stdbool.h>
#include <stdio.h>

#include "base/clock.h"

struct batch_progress {
	FILE		*out;		/* standard error */
	bool		 on;
	bool		 shown;		/* the line stands there */
	struct mono	 start;
	size_t		 known;		/* done before: they tell nothing of the rate */
};

/* Writes the line anew. */
void batch_progress_show(struct batch_progress *p, size_t done, size_t all,
    size_t open, struct mono now);

/* Takes the line away, before something else is written. */
void batch_progress_clear(struct batch_progress *p);

/* Targets a second, in tenths, and the seconds that the rest will take at that
 * rate; -1: unknown. */
uint64_t batch_progress_rate(size_t done, int64_t ms);
int64_t batch_progress_left(size_t done, size_t rest, int64_t ms);
