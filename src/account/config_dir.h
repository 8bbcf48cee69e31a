#pragma once
/* account/config_dir.h -- the text files of a configuration's directory, read
 * before the sandbox is entered.
 *
 * Symbolic links to files are followed, those to directories are not.  What is
 * no text (an index, a key) or larger than any configuration is left out. */

#include "wire/mtaconf.h"

enum {
	ACCOUNT_CONFIG_FILES = 1024, ACCOUNT_CONFIG_DEPTH = 4,
	ACCOUNT_CONFIG_FILE_MAX = 4 << 20,	/* octets of one: a list of all customers' domains */
	ACCOUNT_CONFIG_MAX = 32 << 20,		/* of all */
};

struct account_config_dir {
	struct mtaconf_in	 in;		/* names and texts are ours; sorted by name */
	struct mtaconf_file	*file;		/* = in.file */
	size_t			 held;		/* octets of all texts */
	bool			 part;		/* a bound was reached, or a file could not be read */
};

/* Reads the directory, or the one file, path.  *d is filled also on failure:
 * free it.  Returns 0, SEK_ESYS when path cannot be read, SEK_ENOMEM. */
int account_config_dir_read(struct account_config_dir *d, const char *path) MUST_CHECK;
void account_config_dir_free(struct account_config_dir *d);
