#pragma once
/* keep/quota.h -- how many names an asker may have resolved.
 *
 * In memory: a restart forgives all.  A bounded table of networks; where it is
 * full the one that asked least gives way. */

#include "keep/keep.h"

enum {
	QUOTA_NAMES = 120,	/* requests that resolve, of one asker in QUOTA_S */
	QUOTA_ALL = 6000,	/* of all together */
	QUOTA_S = 3600,
};

int quota_open(struct keep *k) MUST_CHECK;
void quota_close(struct keep *k);

/* Takes one.  net: as asker_net() gives it.  Returns 0, or the seconds after
 * which there is one again. */
int64_t quota_take(struct keep *k, const struct addr *net);
