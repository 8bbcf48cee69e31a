#pragma once
/* tool/check_run.h -- checks all that is given and reports it in the order it
 * was given, however the answers come. */

#include "tool/check_input.h"
#include "tool/check_report.h"

enum {
	CHECK_WINDOW = 500,	/* questions under way, dependencies.md 4.2 */
	CHECK_ACTIVE = 1000,	/* names begun and not reported yet */
	CHECK_LONG_MS = 60 * 1000,	/* a run longer than this asks the test entries again */
};

struct check_run_with {		/* all borrowed, but the resolvers */
	struct loop		*loop;
	struct resolver		*resolver;	/* taken over; remembers its answers */
	struct resolver		*direct;	/* that does not; freed with it */
	struct rand		*rand;
	struct check_lists	*lists;
	struct check_facts	*facts;		/* NULL: no daemon */
	bool			 lab;		/* as the daemon says */
	struct check_input	*input;
	struct check_report	*report;
	FILE			*err;
	bool			 strict;	/* a bad line ends it */
	bool			 progress;
};

/* Returns the exit code: that of the report, or EXIT_OSERR, EXIT_IOERR, or what
 * the input said, after a message.  What is known is reported in any case. */
int check_run(const struct check_run_with *w) MUST_CHECK;
