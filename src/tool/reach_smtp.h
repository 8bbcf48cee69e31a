#pragma once
/* tool/reach_smtp.h -- does our own receiver answer, and for whom?
 *
 * A dialogue with one listening address of receive.listen and with nobody
 * else: greeting, EHLO, MAIL FROM:<>, RCPT TO for postmaster, abuse, optout and
 * a name that nobody has, RSET, QUIT.  No mail is sent. */

#include <stdbool.h>
#include <stdint.h>

#include "sys/loop.h"
#include "sys/stream.h"
#include "wire/addr.h"

enum { REACH_SMTP_MS = 10 * 1000 };	/* for all of it */

enum reach_step {
	REACH_GREETING, REACH_EHLO, REACH_MAIL, REACH_POSTMASTER, REACH_ABUSE,
	REACH_OPTOUT, REACH_STRANGER, REACH_RSET, REACH_QUIT, REACH_STEPS
};

enum { REACH_SAID = 128 };

struct reach_smtp {
	bool		asked;
	bool		connected;
	uint16_t	code[REACH_STEPS];	/* 0: no reply */
	char		said[REACH_STEPS][REACH_SAID];	/* the reply's first line, cleaned */
	char		host[REACH_SAID];	/* first word of the greeting, cleaned */
	char		stranger[REACH_SAID];	/* local part of REACH_STRANGER */
};

/* The mailbox that a step asks for, "postmaster"; NULL: none. */
const char *reach_smtp_box(const struct reach_smtp *r, enum reach_step step);

/* Runs l until the dialogue is over.  out->stranger is the caller's, set
 * before.  helo, domain: of the configuration.  A receiver that cannot be
 * reached is no error.  Returns 0, SEK_ENOMEM, SEK_ELIMIT (names too long). */
int reach_smtp(struct reach_smtp *out, struct loop *l, struct dialer *d,
    const struct addr *to, uint16_t port, const char *helo, const char *domain) MUST_CHECK;
