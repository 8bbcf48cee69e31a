#pragma once
/* sys/state_dir.h -- the directory of all state, made and handed over before
 * the roles start. */

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct state_why {
	int	exit;		/* exit code */
	char	text[600];
};

/* Makes path (mode 0700; missing ones above 0755) unless it is there.  Started
 * by root it then belongs to uid and gid, when nobody else but root had it.
 * Returns 0 or SEK_ESYS; why is set: no permission EXIT_NOPERM, no space
 * EXIT_IOERR, else EXIT_CANTCREAT. */
int state_dir_make(const char *path, uid_t uid, gid_t gid,
    struct state_why *why) MUST_CHECK;
