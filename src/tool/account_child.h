#pragma once
/* tool/account_child.h -- the process that reads what others wrote.
 *
 * It has descriptors and memory: no file system, no sockets, no other process.
 * What the parent gets of it is its exit code and what it wrote into the parts
 * of tool/account_put. */

#include <sys/types.h>

#include "account/config.h"
#include "account/config_dir.h"
#include "account/far.h"
#include "tool/account_files.h"
#include "tool/account_put.h"

struct account_child {
	const struct account_args	*args;
	struct account_files		*files;
	const struct account_config_dir	*config;	/* of each --from-config */
	size_t				 n_configs;
	struct account_put		*put;
	struct account_far		*far;
	int64_t				 now_s;
	pid_t				 parent;
	/* --follow; else -1 */
	int				 hand_fd;	/* descriptors come here */
	int				 tell_fd;	/* alerts go there (account_tell) */
	bool				 strict;	/* a system call that is not allowed kills: tests */
};

/* Never returns.  Ends with 0 nothing found, 1 abuse, 2 undecided, 66 no input
 * could be read (said on err), 70, 71, 74. */
_Noreturn void account_child(const struct account_child *c, FILE *err);
