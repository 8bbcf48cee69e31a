#pragma once
/* sys/listen.h -- the listening sockets: inherited ones first, then our own.
 *
 * Used by sekimorid, before any role runs.  Sockets come in by the protocol of
 * sd_listen_fds(3): LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES, descriptors from 3
 * on; the names are those of enum listen_kind.  What did not come is bound
 * from the configuration. */

#include <sys/types.h>

#include "sys/conf.h"

enum listen_kind {
	LISTEN_DNS_UDP, LISTEN_DNS_TCP, LISTEN_SMTP, LISTEN_WEB,
	LISTEN_NOTIFY,		/* UDP, from which secondaries are told of a new serial */
	LISTEN_KINDS,
	LISTEN_KEYS = LISTEN_KINDS,	/* no socket: the file of TSIG keys, for xfer */
	LISTEN_SIGNED_OUT,	/* on which serve hands signed queries over, */
	LISTEN_SIGNED_IN,	/* to xfer: the other end */
};

enum {
	LISTENERS_MAX = 1024,
	LISTEN_FOR_ALL = -1,	/* every worker gets this socket */
	LISTEN_BURST = 4096,	/* queries by UDP that a socket holds before any is read */
};

struct listener {
	enum listen_kind kind;
	int		 fd;		/* owned; close-on-exec, non-blocking */
	int		 worker;	/* the one worker whose it is, or LISTEN_FOR_ALL */
};

struct listeners {
	struct listener	at[LISTENERS_MAX];
	size_t		n;
};

/* Why sockets cannot be had, for a person. */
struct listen_why {
	const char *option;	/* in: what sets the addresses; NULL: the configuration's key */
	int	exit;		/* exit code */
	char	text[400];
};

/* "dns-udp", "dns-tcp", "smtp", "web", "notify"; "transfer-keys", "signed-out",
 * "signed-in" */
const char *listen_name(enum listen_kind k);

/* "127.0.0.1:5300" of a bound socket, or "-". */
void listen_address(char out[64], int fd);

/* Octets of the receive buffer as the kernel counts them, or -1. */
int listen_buffer(int fd);

/* Takes what the environment names; removes LISTEN_* from it.  Returns 0 (also
 * when there is nothing), or SEK_EPARSE for a descriptor that is not what its
 * name says. */
int listen_inherit(struct listeners *l, struct listen_why *why) MUST_CHECK;

/* Binds the kinds of which none was inherited.  workers >= 1: UDP sockets for
 * each address, which share it (SO_REUSEPORT).  Returns 0 or SEK_ESYS. */
int listen_bind(struct listeners *l, const struct conf *c, unsigned workers,
    struct listen_why *why) MUST_CHECK;

/* Logs each address once (event listening). */
void listen_log(const struct listeners *l);

/* Puts a copy of the file of TSIG keys among l, as a sealed memory file: what
 * was checked is what xfer reads, also after a restart of it; before all
 * sockets, so that no signed query comes too early; and the two ends of the way
 * on which serve hands such queries to xfer.  path empty: nothing.
 * Returns 0, or SEK_ESYS or SEK_EPARSE with why: unreadable, open to everybody,
 * not of wire/tsig_key.h's grammar, without a key. */
int listen_keys(struct listeners *l, const char *path, struct listen_why *why) MUST_CHECK;

void listen_close(struct listeners *l);
