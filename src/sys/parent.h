#pragma once
/* sys/parent.h -- sekimorid's own work: roles are started, joined and
 * restarted, and what is published outlives who published it.
 *
 * One poll(2) loop, no library.  What a role has still to be told is kept as
 * state, not as a queue, so a role that hangs costs nothing:
 *
 *	configuration -> last base, overlay, tail -> its sockets
 *	    -> its channel to keeper -> (keeper: channels of the others) -> stop
 *
 * What answers DNS can run without a keeper, from a file alone; and with one
 * it begins with the file of the run before.
 *
 * A role that died is started again at once, then after 1, 2, 4 .. 60 s; after
 * 60 s of life the count begins anew.  A role that closes its channel or sends
 * what it may not is killed.  A role that ends with one of the exit codes 64
 * to 78 except EXIT_SOFTWARE, EXIT_OSERR and EXIT_TEMPFAIL before it was ever
 * ready has said why it cannot work: then all ends with that code. */

#include "fact/message.h"
#include "sys/listen.h"

enum {
	PARENT_BACKOFF_MAX_S = 60,
	PARENT_STOP_MS = 5000,	/* from MSG_STOP to SIGKILL */
	PARENT_LEAVE_MS = 1000,	/* from the end of its channel to SIGKILL */
	PARENT_PATH = 4096,
};

enum parent_role {		/* in the order of their start */
	PARENT_KEEPER, PARENT_PROBE, PARENT_RECEIVE, PARENT_SERVE, PARENT_XFER,
	PARENT_WEB, PARENT_ROLES
};

enum {
	PARENT_ALL = (1 << PARENT_ROLES) - 1,
	PARENT_DNS = 1 << PARENT_SERVE | 1 << PARENT_XFER,
};

struct parent_setup {
	const struct conf	*conf;
	struct listeners	*listeners;	/* the parent closes what it has */
	unsigned		 workers;	/* of serve */
	const char		*dir;		/* where sekimori-role-NAME are */
	unsigned		 roles;		/* bits 1 << enum parent_role; 0: all */
	const struct parent_first *first;	/* published from the start, or NULL */
	/* A base that SIGHUP reads anew, or NULL: SIGHUP is refused.  A symbolic
	 * link is followed. */
	const char		*snapshot;
	bool			 watch;		/* also when another file is put there */
};

/* A base that is there before anybody publishes one, and an overlay of it:
 * sys/snapshot_file.h. */
struct parent_first {
	int			 fd, over;	/* owned by parent_run(); -1: none */
	struct msg_publish	 msg, over_msg;
};

/* Processes of serve: dns.workers, else one a core; 1..64. */
unsigned parent_workers(const struct conf *c);

/* Loads dir/base.snap, as the run before left it, and overlay.snap where the
 * base is behind (sys/served.h).  Where there is none, or a bad one, or what
 * was served last cannot be had so, which is logged, first->fd is -1: a keeper
 * brings its own. */
void parent_first_load(struct parent_first *first, const char *dir);

/* Finds the directory of the role programs: that of the running program, or
 * ../libexec/sekimori beside it.  Returns 0, or SEK_ESYS with what was tried
 * in out. */
int parent_find_roles(char out[PARENT_PATH]) MUST_CHECK;

/* Runs until SIGTERM or SIGINT (a second one kills at once), or until a role
 * refused to start.  Returns an exit code. */
int parent_run(const struct parent_setup *s) MUST_CHECK;
