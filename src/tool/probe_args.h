#pragma once
/* tool/probe_args.h -- the command line of `sekimori probe`, checked. */

#include "tool/alone.h"
#include "tool/probe.h"
#include "tool/probe_list.h"

struct probe_target {
	char		name[256];	/* address or host in canonical text */
	uint16_t	port;
	bool		judged;		/* a verdict event came */
};

struct probe_args {
	struct alone	 alone;		/* first */
	/* as read; text borrowed from argv */
	bool		 json, tsv, skip_bad, resume;
	const char	*lang, *color, *progress;
	const char	*basis, *reason, *depth, *file;
	struct option_list domains;
	bool		 every;
	uint32_t	 wait_s, sessions;
	/* as understood; owned */
	struct probe_target *targets;	/* n; without a list */
	size_t		 n;
	struct probe_list list;		/* of --file */
	struct conf	*conf;
	char		 store[ALONE_STORE];	/* url of the ledger */
};

/* Reads and checks all.  Returns 0; -1 when help was given (exit 0); or the
 * exit code after one message on err.  probe_args_free() in any case. */
int probe_args_read(struct probe_args *a, int argc, char **argv, FILE *out,
    FILE *err) MUST_CHECK;
void probe_args_free(struct probe_args *a);
