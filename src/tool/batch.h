#pragma once
/* tool/batch.h -- the targets of a list, many at once: `sekimori probe -f`.
 *
 * Asks the keeper under the same roof (tool/house) for one address after the
 * other and writes a line for each verdict.  Basis, pace, opt-outs, control
 * letter and verdicts are the keeper's, as for a single target; here stands
 * only which target is next:
 *
 * 1. At most probe.sessions targets are being talked to.  One that waits (for
 *    the mailbox, a deferral, its pace) leaves its place to the next.
 * 2. No address twice at once, by whatever names and ports the list has it. */

#include <stdio.h>

#include "sys/loop.h"
#include "tool/house.h"
#include "tool/probe_args.h"

enum {
	BATCH_MOST = 4096,	/* targets asked for and not done */
	BATCH_UNHEARD = 32,	/* of them those of which nothing was heard yet: their
				 * requests lie in the socket's buffer */
	BATCH_LOOKUPS = 64,	/* names being resolved */
	BATCH_AHEAD = 1024,	/* addresses that wait for an earlier test of them */
};

struct batch_in {	/* all borrowed */
	struct loop		*loop;
	struct house		*house;
	const struct probe_args	*args;
	FILE			*out, *err;
};

/* Works through args->list.  Returns the exit code of sekimori-probe(1); 130
 * after SIGINT or SIGTERM, when what is known was written. */
int batch_run(const struct batch_in *in);
