#pragma once
/* tests/scenario/world.h -- the real keeper, prober and receiver in one
 * process, on a fake network and a fake clock, among scripted mail servers. */

#include <stdbool.h>

#include "base/clock.h"
#include "base/rand.h"
#include "keep/keeper.h"
#include "probe/run.h"
#include "receive/smtpd.h"

enum { PEERS = 96, RULES = 16, RULE_TEXT = 128, HEARD = 64 * 1024, PORTS = 4 };

struct rule {			/* what a peer says to a verb */
	char	verb[8];	/* "RCPT"; "BANNER", "DOT" are no verbs of the wire */
	char	part[32];	/* only when the line has this in it; "" always */
	char	reply[RULE_TEXT];	/* without CRLF; "!drop", "!silence", "!endless", "!slow REPLY" */
};

struct peer {			/* one scripted mail server */
	struct addr	addr;
	struct rule	rules[RULES];
	size_t		n;
	bool		relays, bounces, answers;	/* answers: to the sender, quoting all */
	unsigned	most;		/* mails that it hands on, then it keeps; 0: all */
	bool		linked;		/* with exit: the path can be read in the letter */
	uint16_t	ports[PORTS];	/* 25 unless said otherwise */
	size_t		n_ports;
	char		after[8];	/* once it took that command, or TLS, it takes all */
	struct addr	friend;		/* a client of whom it takes all; :: none */
	bool		proxied;	/* says nothing before a PROXY line */
	struct addr	exit;		/* who hands on; :: the peer itself */
	int64_t		after_s;	/* it keeps a mail this long */
	unsigned	dials, handed;
	char		heard[HEARD];	/* command lines, LF after each; the first of them */
	size_t		heard_len;
};

struct sight {			/* what a peer sees of us */
	enum { SIGHT_BEGIN, SIGHT_LINE, SIGHT_END } what;
	struct peer	*peer;
	unsigned	 talk;		/* number of the connection, from 1 */
	uint16_t	 port;
	bool		 tls;
	const char	*line, *reply;	/* of a line; "." when a letter ends */
	size_t		 octets;	/* of that letter */
};

struct world {
	struct clock_fake	 clock;
	struct loop		*loop;
	struct rand		 rand;
	struct conf		*conf;
	char			 dns[8192];	/* the resolver's table */
	struct peer		 peers[PEERS];
	size_t			 n_peers;
	struct keep		*keep;
	struct prober		*prober;
	struct smtpd		*smtpd;
	void			(*saw)(struct world *w, const struct sight *s);	/* or NULL */
	/* private */
	unsigned		 talks;
	struct dialer		 dialer;
	struct resolver		*resolver;
	struct tls_ctx		*tls, *server;	/* server: the peers' */
	struct plan_list	*list;
	struct channel		*to_prober, *to_smtpd;
	char			 store[256];
	struct courier		*couriers;	/* mails that peers still hold */
};

/* Makes the world with the defaults of a laboratory, its state in dir.
 * Both end the process on an error: this is a test. */
void world_open(struct world *w, const char *dir);
void world_close(struct world *w);

/* Removes the files of a state directory of ours, and it. */
void world_remove(const char *dir);

/* Public addresses are special-use space of documentation in our texts; to see
 * the pace class of foreign targets, a prefix of it counts as ordinary, and the
 * start-up checklist has passed.  Before world_start(). */
void world_public(struct world *w, const struct net *n);

/* Somebody sets the wall clock; no time passes. */
void world_set_clock(struct world *w, int64_t by_s);

/* Opens keeper, prober and receiver after the configuration is set. */
void world_start(struct world *w);

/* Ends the keeper without a word, as kill -9 does, and starts it again. */
void world_kill_keeper(struct world *w);

struct peer *world_peer(struct world *w, const struct addr *a, bool make);
void world_pass(struct world *w, int64_t seconds);

_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* peer.c: a connection to a peer; returns the prober's end. */
void peer_forget_mails(struct world *w);
int peer_dial(struct world *w, struct peer *p, uint16_t port, const struct addr *from);

/* A mail on its way from exit to our receiver; all is copied. */
void peer_send_on(struct world *w, const struct addr *exit, int64_t after_s,
    const char *from, const char *rcpt, const char *text);

/* What a server that honours them makes of routed recipients. */
enum { PEER_PATH = 512 };
void peer_unroute(char out[PEER_PATH], const char *rcpt);
