#pragma once
/* receive/smtpd.h -- the probe mailbox: sessions on a loop, a keeper behind.
 *
 * Carries octets between streams and receive/session, questions and mails
 * between sessions and the keeper (fact/message.h).  Decides nothing about a
 * recipient or a mail: 250 follows the keeper's word alone, and where there is
 * no keeper, or no answer within a minute, the client hears 451.  No Received
 * line is added: peer and HELO travel in MSG_MAIL, from the socket.
 *
 * Logs once per mail (event=mail) and per refused session (event=smtp-refused). */

#include "sys/channel.h"
#include "sys/conf.h"
#include "sys/stream.h"

struct smtpd;

enum {
	SMTPD_KEEPER_S = 60,	/* wait for the keeper's answer */
	SMTPD_TLS_S = 60,	/* of a handshake */
	SMTPD_RETRY_MS = 50,	/* look again whether a full channel drained */
};

/* loop, conf and tls (NULL: STARTTLS is not offered) are borrowed and outlive
 * it.  Returns 0 or SEK_ENOMEM. */
int smtpd_new(struct smtpd **out, struct loop *l, const struct conf *conf,
    struct tls_ctx *tls) MUST_CHECK;

/* Ends every session at once; d may be NULL. */
void smtpd_free(struct smtpd *d);

/* Takes over a listening socket.  Returns 0, SEK_ENOMEM, SEK_ESYS, or
 * SEK_ELIMIT past CONF_LISTENS; on failure fd is closed. */
int smtpd_listen(struct smtpd *d, int fd) MUST_CHECK;

/* Takes over a connected socket, with every limit of an accepted one; fd is
 * closed when it was turned away. */
void smtpd_adopt(struct smtpd *d, int fd, const struct addr *peer);

/* The channel to the keeper (borrowed), or NULL when it is gone; call before
 * the channel is freed. */
void smtpd_keeper(struct smtpd *d, struct channel *keeper);

/* A message of the keeper: MSG_RCPT_IS, MSG_STORED. */
void smtpd_message(struct smtpd *d, const struct frame *f);

size_t smtpd_sessions(const struct smtpd *d);
