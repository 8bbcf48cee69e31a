#pragma once
/* sys/parent_kid.h -- one role's process, as its parent sees it.
 *
 * Used by sys/parent*.c alone. */

#include <sys/types.h>

#include "base/clock.h"
#include "fact/message.h"
#include "sys/parent.h"
#include "sys/xdp.h"

enum { KIDS_MAX = 64 + 16 + 4,	/* serve, probe, the others */
	 PUBLISH_KINDS = 3, SHARED_FILES = 3 };

/* One row a role. */
struct kid_kind {
	const char	*name;
	unsigned	 sockets;	/* bits 1 << enum listen_kind */
	bool		 keeper;	/* has a channel to keeper */
	bool		 published;	/* gets what is published */
};

/* The last descriptor of a kind, sealed. */
struct published {
	int			fd;	/* owned; -1 none */
	struct msg_publish	msg;
};

struct shared_file {		/* memory of several roles */
	int			fd, read_fd;	/* owned */
	uint64_t		octets;
};

/* The collector at dns.dnstap: sys/parent_tap.h. */
struct tap_link {
	int			fd;	/* a copy of what xfer has; -1: not connected */
	struct mono		since;	/* of the connection */
	struct mono		at;	/* of the next attempt */
	unsigned		falls;	/* failures in a row */
	bool			told;	/* the log knows that there is none */
};

struct kid {
	const struct kid_kind	*kind;
	int			 worker;	/* number among those of its role, 0 first */
	pid_t			 pid;		/* 0: not running */
	int			 sock;		/* our end; -1 none */
	bool			 ready;		/* since it was started */
	bool			 was_ready;	/* ever */
	unsigned		 falls;		/* deaths in a row */
	struct mono		 started, start_at;
	struct mono		 end_by;	/* its channel is gone; 0: not */

	/* still to be told */
	bool			 conf_due, stop_due;
	size_t			 next_socket;	/* into listeners */
	size_t			 next_shared;	/* into what parent_shared.c gives */
	unsigned		 n_queues;	/* of AF_XDP, done with */
	unsigned		 xdp_tries;	/* for the next one */
	struct mono		 xdp_at;	/* and when */
	bool			 publish_due[PUBLISH_KINDS];
	int			 link_fd;	/* its end of the channel to keeper */
	int			 peer_fd;	/* keeper's end of the same */
};

struct family {
	const struct parent_setup *setup;
	char			 dir[PARENT_PATH];
	char			*conf_text;	/* of MSG_CONF */
	struct str		 conf;
	struct kid		 kids[KIDS_MAX];
	size_t			 n;
	struct kid		*keeper;	/* NULL: there is none */
	struct published	 last[PUBLISH_KINDS];
	struct shared_file	 shared[SHARED_FILES];
	struct tap_link		 tap;
	struct xdp_hook		 xdp;		/* of dns.xdp; no queues: none */
	int			 signals;	/* signalfd */
	int			 watch;		/* inotify of setup->snapshot; -1 */
	bool			 all_ready, stopping;
	struct mono		 kill_at;
	int			 exit;
};

struct mono kid_now(void);

/* fork, exec; on failure it is tried again later. */
void kid_start(struct family *f, struct kid *k);

/* The process is gone; status as of waitpid(2). */
void kid_died(struct family *f, struct kid *k, int status);

/* Sends what is due, as far as the socket takes it. */
void kid_flush(struct family *f, struct kid *k);
bool kid_due(const struct family *f, const struct kid *k);

/* Makes a fresh channel between k and keeper when both live. */
void kid_join(struct family *f, struct kid *k);

/* Reads what the role says. */
void kid_listen(struct family *f, struct kid *k);

/* Keeps what is published and hands it on.  fd: owned, sealed. */
void kid_publish(struct family *f, const struct msg_publish *m, int fd);

/* Reads setup->snapshot anew and publishes it; a bad one, or one that is older
 * than what is published, is refused and logged. */
void parent_file_read(struct family *f);

/* Watches for another file in its place: a descriptor that becomes readable,
 * or SEK_ESYS. */
int parent_file_watch(const struct family *f) MUST_CHECK;

/* What became readable there. */
void parent_file_event(struct family *f);
