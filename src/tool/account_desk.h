#pragma once
/* tool/account_desk.h -- the parent's side of a log that is followed: it takes what
 * the child tells, says it, logs it, runs --on-alert and writes --metrics. */

#include <stdbool.h>
#include <stdio.h>

#include "base/clock.h"
#include "tool/account_tell.h"
#include "tool/hook.h"

enum { ACCOUNT_DESK_HOOKS = 8 };	/* that run at a time; more alerts are only said */

struct account_desk {
	FILE		*out, *err;
	bool		 json;		/* alerts as JSON, one a line */
	bool		 log;		/* also as log lines (base/log) */
	const char	*on_alert;	/* NULL: none */
	const char	*metrics;	/* file; NULL: none */
	/* the rest is the desk's */
	struct hook	 hook[ACCOUNT_DESK_HOOKS];
	bool		 metrics_failed;	/* said once until it works again */
	char		 room[ACCOUNT_TELL];
};

/* Takes all that is there.  Returns 0; SEK_EPARSE: the child tells what it cannot
 * know how to: end it; SEK_ESYS, with errno 0 when the child has closed. */
int account_desk_read(struct account_desk *d, int fd, struct mono now) MUST_CHECK;

/* Looks after the programs; every HOOK_LOOK_MS while any runs. */
void account_desk_tick(struct account_desk *d, struct mono now);
bool account_desk_busy(const struct account_desk *d);

/* Kills those that run. */
void account_desk_stop(struct account_desk *d);
