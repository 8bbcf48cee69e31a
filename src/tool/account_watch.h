#pragma once
/* tool/account_watch.h -- the parent of `sekimori account --follow`: a log that is
 * renamed gets a successor of the same name, whose descriptor goes to the child.
 *
 * The child cannot open anything; it is handed descriptors over a socket, each
 * with the number of its input. */

#include <sys/types.h>

#include "tool/account_files.h"

struct account_watched {
	const char	*path;		/* borrowed of account_files; NULL: not watched */
	dev_t		 dev;
	ino_t		 ino;
};

struct account_watch {
	struct account_watched	*at;	/* by input */
	size_t			 n;
	int			 fd;	/* of the socket; -1: not following */
};

/* May a file of that name grow?  Not when it is packed or was rotated away. */
bool account_watch_may_grow(const char *name);

/* Watches what f has; marks it in f (live).  Returns 0 or SEK_ENOMEM. */
int account_watch_init(struct account_watch *w, struct account_files *f, int fd) MUST_CHECK;
void account_watch_free(struct account_watch *w);

/* Looks for successors, and hands them over. */
void account_watch_look(struct account_watch *w);

/* In the child: takes what was handed over.  Returns a descriptor and its input,
 * or -1: nothing is there. */
int account_watch_take(int fd, size_t *input);
