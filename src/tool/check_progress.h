#pragma once
/* tool/check_progress.h -- one line on a terminal that says how far it is. */

#include <stdbool.h>
#include <stdio.h>

#include "base/clock.h"
#include "tool/check_input.h"
#include "tool/check_report.h"

struct check_progress {
	FILE		*out;		/* standard error */
	bool		 on;
	bool		 shown;		/* the line stands there */
	struct mono	 start;
};

/* Writes the line anew.  ended: all names were read. */
void check_progress_show(struct check_progress *p, const struct check_totals *t,
    const struct check_input *in, uint64_t names, bool ended, struct mono now);

/* The same while the test entries of the lists are asked. */
void check_progress_lists(struct check_progress *p);

/* Takes the line away, before something else is written. */
void check_progress_clear(struct check_progress *p);

/* Names in all: those read, or an estimate by the octets read. */
uint64_t check_progress_all(uint64_t names, bool ended, uint64_t read, uint64_t all);
