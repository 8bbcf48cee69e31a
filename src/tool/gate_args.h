#pragma once
/* tool/gate_args.h -- the command line of `sekimori gate`, checked. */

#include "tool/alone.h"

enum { GATE_HOSTS = 16 };	/* as many requests as one client may have open */

struct gate_host {
	char		name[256];	/* address or host in canonical text */
	uint16_t	port;
};

struct gate_args {
	struct alone	 alone;		/* first */
	/* as read; text borrowed from argv */
	uint32_t	 for_s, every_s;	/* every_s 0: not said */
	struct option_list report, domains;
	const char	*on_open, *reason, *depth, *lang, *color, *progress;
	bool		 json, all;
	/* as understood; owned */
	struct gate_host host[GATE_HOSTS];
	size_t		 n;
	struct conf	*conf;
	char		 store[ALONE_STORE];	/* url of the ledger */
};

/* Reads and checks all, also that reports can be written and the command of
 * --on-open can be run.  Returns 0; -1 when help was given (exit 0); or the exit
 * code after one message on err.  gate_args_free() in any case. */
int gate_args_read(struct gate_args *a, int argc, char **argv, FILE *out,
    FILE *err) MUST_CHECK;
void gate_args_free(struct gate_args *a);
