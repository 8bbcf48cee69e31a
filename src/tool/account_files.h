#pragma once
/* tool/account_files.h -- opening what is to be read, before the sandbox.
 *
 * Nothing is read here: what a file is, its reader finds out. */

#include "account/peek.h"

enum {
	ACCOUNT_FILES = 65536,	/* of all directories */
	ACCOUNT_DEPTH = 8,	/* of directories in each other */
};

struct account_files {
	struct account_seen	*seen;	/* name, fd, walked, trouble are set */
	size_t			 n, cap;
};

/* Adds a file, a directory with all regular files below it, or "-".  What cannot
 * be opened is added with its trouble.  The same file twice is added once.
 * Returns 0, SEK_ENOMEM or SEK_ELIMIT (more than ACCOUNT_FILES). */
int account_files_add(struct account_files *f, const char *path) MUST_CHECK;

/* Adds a descriptor, which is the files' from then on. */
int account_files_take(struct account_files *f, const char *name, int fd) MUST_CHECK;
void account_files_free(struct account_files *f);	/* closes all */

/* As many descriptors as may be. */
void account_files_raise_limit(void);
