#pragma once
/* sys/role.h -- the part that every looping role's main() shares.
 *
 * sekimorid execs a role with its control socket as descriptor 3 and nothing
 * else but standard error.  The first message is MSG_CONF, then what is
 * published, sockets, a channel to keeper, further publications; the role
 * answers MSG_READY once it is in its sandbox. */

#include "sys/channel.h"
#include "sys/conf.h"
#include "sys/sandbox.h"

enum { ROLE_FD = 3 };

struct role {
	const char	*name;
	struct loop	*loop;
	struct conf	*conf;		/* owned */
	struct channel	*parent;
	struct channel	*keeper;	/* NULL while keeper is down */
	void		*ctx;
	const struct role_events *ev;
	int		 exit;		/* what role_main() returns; an event may set it */
};

/* Any event may be NULL.  An int is 0 or a negative sek_err; on failure the
 * role has logged why, and exits with r->exit or EXIT_OSERR. */
struct role_events {
	/* after MSG_CONF, before the sandbox: make contexts, load files */
	int	(*prepare)(struct role *r);
	/* in the sandbox */
	int	(*start)(struct role *r);
	void	(*socket)(struct role *r, struct str name, int fd);	/* fd owned */
	void	(*keeper_up)(struct role *r);	/* r->keeper is a new channel */
	void	(*keeper_down)(struct role *r);
	void	(*keeper_message)(struct role *r, struct frame *f);
	/* a message of the parent that is none of the above: MSG_PEER (keeper),
	 * MSG_PUBLISH, MSG_SHARED */
	void	(*parent_message)(struct role *r, struct frame *f);
	void	(*stop)(struct role *r);	/* finish and loop_stop() */
};

/* Runs the role to its end; returns the exit code for main().  Where box->user
 * is NULL the configured one is taken, and where MAY_FILES comes without dirs,
 * state.dir.  The end comes by MSG_STOP, loop_stop(), or when the parent is
 * gone: then stop is called, and after 5 s without loop_stop() it ends anyhow.
 * A message of the parent that cannot be read, or that nobody here takes, ends
 * the role with EXIT_SOFTWARE.  What is left open at the end is the kernel's to
 * clean: the loop is not freed. */
int role_main(const char *name, const struct sandbox *box,
    const struct role_events *ev, void *ctx);
