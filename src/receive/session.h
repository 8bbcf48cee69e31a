#pragma once
/* receive/session.h -- one SMTP session of a client, as a function of octets.
 *
 * Pure: no socket, no clock, no allocation.  The owner hands in what arrived
 * and carries out what session_step() asks for; replies wait in .out.
 *
 * 1. Only CRLF ends a line and only CRLF.CRLF ends a mail.  A CR or LF alone,
 *    in a command or in a mail, is answered 521 and the session is closed at
 *    once, before any octet behind it is read: that a second mail may be
 *    hidden there is the whole of SMTP smuggling, and a reader that goes on
 *    would have to guess.  A relay that writes such lines is not heard; the
 *    log says so (why=bare-newline).
 * 2. Commands may come in one packet (RFC 2920); one is taken at a time and
 *    the rest stays with the owner while a question is open.
 * 3. A mail goes on in pieces of at most SESSION_PART octets, its dots
 *    unstuffed (RFC 5321 4.5.2); it is acknowledged only after
 *    session_stored(), and may end in SESSION_DROP instead.
 * 4. Bounds below are ours unless a section of RFC 5321 is named.  A mail too
 *    long, or with a line too long, is read to its end and then refused; past
 *    twice the limit the session is closed. */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/smtp_cmd.h"

enum {
	SESSION_IDLE_S = 300,		/* RFC 5321 4.5.3.2.7 */
	SESSION_TOTAL_S = 600,
	SESSION_COMMANDS = 100,
	SESSION_ERRORS = 10,
	SESSION_RCPTS = 16,		/* of a mail: MESSAGE_ADDRS of the keeper */
	SESSION_MAILS = 20,
	SESSION_TEXT_LINE = 16384,	/* octets of a line of a mail; RFC says 998 */
	SESSION_PART = 16384,
	SESSION_OUT = 1024,
};

enum session_act {
	SESSION_WAIT = 0,	/* nothing to do before more octets or an answer come */
	SESSION_REPLIED,	/* a command was answered: step again */
	SESSION_ASK,		/* is .path a recipient of ours? then session_rcpt_is() */
	SESSION_MAIL,		/* a mail begins: .helo .mail_from .rcpts; step again */
	SESSION_PIECE,		/* send .part[0..part_len), clear part_len; step again */
	SESSION_STORE,		/* a mail is complete: commit, then session_stored() */
	SESSION_DROP,		/* the mail begun is void; step again */
	SESSION_TLS,		/* after .out is written: handshake, then session_secured() */
	SESSION_CLOSE,		/* after .out is written: close */
};

enum session_phase {
	PHASE_HELLO, PHASE_READY, PHASE_SENDER, PHASE_RCPT,	/* commands */
	PHASE_TEXT,						/* octets of a mail */
	PHASE_ASKING, PHASE_STORING, PHASE_TLS, PHASE_CLOSED,	/* no octet is read */
};

struct session {		/* plain data, not to be moved; the owner reads, session_* write */
	/* set by session_init */
	const char	*name;		/* ours; borrowed */
	uint32_t	 size;		/* octets of a mail */
	bool		 offer_tls;
	bool		 keeper;	/* is there somebody to ask */

	enum session_phase phase;
	bool		 tls;
	const char	*why;		/* tag: reason of SESSION_CLOSE, for the log; NULL: QUIT */
	unsigned	 commands, errors, mails;

	char		 helo[SMTP_NAME + 1];		/* hostile */
	bool		 esmtp;
	char		 path[SMTP_PATH + 1];		/* hostile; of the open question */
	char		 mail_from[SMTP_PATH + 1];	/* hostile; "" is <> */
	char		 rcpts[SESSION_RCPTS * SMTP_PATH];	/* hostile; LF between */
	size_t		 rcpts_len;
	unsigned	 n_rcpts;

	unsigned	 said;		/* code given to a mail's end; the owner clears it */

	/* of the mail being read; stays until the next MAIL, HELO or RSET */
	unsigned	 at;		/* private: where in a line */
	bool		 begun;		/* SESSION_MAIL was given, not yet ended */
	bool		 ended;		/* its last octet was read */
	unsigned	 refuse;	/* 0, or the code to say at its end */
	uint64_t	 octets;	/* as received */
	size_t		 line;		/* octets of the current line */
	char		 part[SESSION_PART];	/* hostile */
	size_t		 part_len;

	char		 out_octets[SESSION_OUT];
	struct wbuf	 out;		/* replies to write; the owner sets len to 0 */
};

void session_init(struct session *s, const char *name, uint32_t size,
    bool offer_tls, bool keeper);

/* Puts the 220 greeting into .out. */
void session_greet(struct session *s);

/* Takes octets off in[0..n): sets *used, says what to do.  .out must be
 * written (and emptied) and the act carried out before the next call. */
enum session_act session_step(struct session *s, const char *in, size_t n,
    size_t *used);

/* Answer to SESSION_ASK.  code: SMTP code to give, any other number stands
 * for 250 or 550. */
void session_rcpt_is(struct session *s, bool ok, unsigned code);

/* Answer to SESSION_STORE; any other number stands for 250 or 451. */
void session_stored(struct session *s, bool ok, unsigned code);

/* Answer to SESSION_TLS: everything said before is forgotten (RFC 3207 4.2). */
void session_secured(struct session *s);

/* keeper came or went (up).  What was open with it is answered 451; a mail
 * begun is read to its end and then answered 451. */
void session_keeper(struct session *s, bool up);

/* Ends it from outside (time, early talker): puts text, a reply without CRLF,
 * into .out; close after it.  why: tag.  Returns true when a mail begun is
 * void (as SESSION_DROP). */
bool session_end(struct session *s, const char *why, const char *text);
