#pragma once
/* receive/smtpd_body.h -- what smtpd.c and smtpd_listen.c share; theirs alone. */

#include "receive/smtpd.h"

struct conn;

struct listening {
	struct smtpd		*d;
	struct loop_watch	*watch;
	int			 fd;	/* owned */
};

struct smtpd {
	struct loop		*loop;
	const struct conf	*conf;
	struct tls_ctx		*tls;
	struct channel		*keeper;
	struct loop_timer	*relisten, *retry;
	struct listening	 listen[CONF_LISTENS];
	size_t			 n_listen;
	struct conn		*conns;
	size_t			 n_conns;
	uint64_t		 last_id;
};

/* smtpd_listen.c.  Timer: accepts again after a pause; ctx: the smtpd. */
void smtpd_relisten(void *ctx);
void smtpd_unlisten(struct smtpd *d);
