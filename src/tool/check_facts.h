#pragma once
/* tool/check_facts.h -- what only the daemon knows of our own list: since and
 * until, and the past.
 *
 * One request at a time, waited for: the answers come from a local process in
 * a millisecond.  Equal addresses are asked once, as far as a small table
 * remembers. */

#include <stdio.h>

#include "tool/check_judge.h"

struct check_facts;

struct check_daemon {
	char	zone[CHECK_ZONE];	/* in A-labels; "": no daemon, or one without a zone */
	bool	lab;			/* it probes laboratory ranges */
};

/* Connects and asks what is served.
 * path   of the control socket; NULL: the usual place
 * must   nobody there is an error (said on err)
 * out    NULL when nobody is there and need not be
 * Returns 0, or the exit code after one message on err. */
int check_facts_open(struct check_facts **out, struct check_daemon *is,
    const char *path, bool must, FILE *err) MUST_CHECK;
void check_facts_close(struct check_facts *f);	/* f may be NULL */

/* Completes a listed cell: since and until of its first code.  A daemon that
 * is gone, or does not list the address, leaves them 0. */
void check_facts_now(struct check_facts *f, const struct addr *a, struct check_cell *cell);

/* Fills a whole cell with what stood at a moment.  A daemon that is gone gives
 * CHECK_NO_ANSWER. */
void check_facts_at(struct check_facts *f, const struct addr *a, struct wall at,
    struct check_cell *cell);
