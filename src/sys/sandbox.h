#pragma once
/* sys/sandbox.h -- a role gives up everything it does not need.
 *
 * libc and raw system calls only.  Order: own uid and empty root where there
 * is root, no capabilities, no_new_privs, Landlock (no file system at all, or
 * the named directories; TCP bind and connect only with MAY_CONNECT), then a
 * seccomp allow-list.  A role with MAY_FILES keeps its root: Landlock confines
 * it.  What the kernel or the missing root does not give is told in reached,
 * logged once and shown in metrics.
 *
 * Refused system calls give ENOSYS (unknown) or EPERM (forbidden arguments:
 * executable memory, other address families, namespaces).  Built with
 * AddressSanitizer, a process inside does no leak check at its end: that
 * needs ptrace(2). */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum sandbox_may {	/* bits; every role may use its inherited descriptors */
	MAY_CONNECT = 1,	/* make and connect sockets (probe) */
	MAY_ACCEPT = 2,		/* accept on inherited sockets */
	MAY_FILES = 4,		/* open below the named directories (keeper) */
	MAY_MEMFD = 8,		/* make and seal memory files (keeper) */
	MAY_FORK = 16,		/* fork a child of the same program (serve's workers, keeper's base builder) */
	MAY_CHOWN = 32,		/* keeper's control socket: a local socket, its owner and mode */
	MAY_THREADS = 64,	/* threads of this process, never another process (account's readers) */
	MAY_WATCH = 128,	/* be told of changes below the named directories (account's journal reader) */
};

struct sandbox {
	const char	*role;		/* for the log */
	const char	*user;		/* to drop to where there is root; NULL or "" stays */
	unsigned	 may;
	const char	*const *dirs;	/* NULL-terminated, for MAY_FILES */
	bool		 read_only;	/* nothing below dirs may be written, made or removed */
	bool		 strict;	/* unknown system calls kill (tests) instead of ENOSYS */
};

struct sandbox_reached {
	bool	uid, root, no_new_privs, seccomp;
	int	landlock;	/* ABI used; 0: none */
};

/* Enters, for good; PR_SET_PDEATHSIG stays as it was, so a caller that set it
 * asks getppid(2) afterwards.  reached may be NULL.  Single-threaded.  Call after all
 * libraries and descriptors are loaded, before the first hostile octet.
 * Returns 0 or SEK_ESYS (no such user, a directory that cannot be opened, a
 * refused call): the caller must then exit. */
int sandbox_enter(const struct sandbox *s, struct sandbox_reached *reached) MUST_CHECK;

/* "uid,root,nnp,landlock3,seccomp"; what was not reached is left out; "none". */
void sandbox_text(char *out, size_t cap, const struct sandbox_reached *r);
