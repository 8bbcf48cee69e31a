#pragma once
/* probe/dialog.h -- one SMTP session as a table: replies in, commands out.
 *
 * Pure: no socket, no clock, no allocation; safe on hostile replies.  The
 * caller owns connection, timers and forms; every call says in *out what to
 * do next.  Source: RFC 5321 3, 4.1.1, 4.5.3.2; RFC 3207; RFC 3461 4.1.
 *
 * Rules
 * 1. Nothing is sent before the banner, nothing ahead of a reply, only CRLF.
 * 2. EHLO refused: HELO.  A greeting refused twice: blocked.
 * 3. STARTTLS when the session's kind asks for it, or when MAIL is refused for
 *    want of it and it is offered; then EHLO again and the same form again.
 * 4. RSET between forms; refused, the session ends and the rest waits.
 * 5. 421 at any time: busy; the form in hand is deferred.
 * 6. The first form accepted after end of data ends the session; so does the
 *    pace class's count of refused forms.
 * 7. No QUIT where it could be taken for something else: before the banner,
 *    while TLS starts, after DATA without an answer.
 * 8. Octets behind the reply to STARTTLS were injected: the session is lost.
 * 9. "454 4.7.1" to RCPT is a refusal (doc/decisions/0004).
 * 10. A PROXY line goes first only where the server says nothing for PROXY_MS;
 *    one that took it for a command has refused the form.
 * 11. AUTH goes over TLS where that is offered.  What a session's kind needs and
 *    the server does not offer (AUTH, XCLIENT, XFORWARD) skips its forms.
 * 12. A 2xx that was there before the letter was sent did not take it: odd. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "fact/finding.h"
#include "fact/letter.h"
#include "fact/record.h"
#include "fact/relaytest.h"
#include "probe/caps.h"
#include "wire/smtp_reply.h"

enum dlg_state {
	DLG_NONE = 0,	/* in the table: a breach of protocol */
	DLG_PROXY, DLG_BANNER, DLG_EHLO, DLG_HELO, DLG_STARTTLS, DLG_TLS,
	DLG_AUTH, DLG_XCLIENT, DLG_XFORWARD,
	DLG_MAIL, DLG_RCPT, DLG_DATA, DLG_BODY, DLG_RSET, DLG_QUIT, DLG_END,
	DLG_N,
	/* targets in the table that the session's kind decides */
	DLG_GREET,	/* EHLO, or HELO where the form asks for that */
	DLG_READY,	/* STARTTLS if it is wanted, else the next form */
	DLG_NEXT,	/* this form is done: RSET, or QUIT */
	DLG_ANSWER,	/* to a challenge of AUTH */
};

enum dlg_act {		/* what the caller does now */
	DLG_WAIT,	/* send out->send (perhaps nothing), await a reply for wait_s */
	DLG_HANDSHAKE,	/* start TLS, then dlg_secured() or dlg_lost() */
	DLG_NAME,	/* banner read: dlg_name() with the greeting's name */
	DLG_FORM,	/* dlg_form() with the next form */
	DLG_SASL,	/* dlg_sasl() with the answer to the challenge in out->said */
	DLG_LETTER,	/* dlg_letter() with the mail */
	DLG_CLOSE,	/* send out->send, close; session and rest are final */
};

enum {
	PROXY_MS = 500,		/* Exim waits 3 s for the line, Postfix 5, or as told */
	AUTH_ROUNDS = 4,	/* challenges that we answer */
	PROXY_LINE = 107,	/* octets with CRLF: the specification's bound */
};

struct dlg_form {	/* text borrowed until the form is found */
	struct str	mail_from;	/* without <>; empty is <> */
	struct str	rcpt_to;
	unsigned	flags;		/* enum relaytest_flags */
	struct str	mechanism;	/* of SESSION_AUTH: of the server's list, and */
	struct str	auth;		/* the whole command */
};

struct dlg_out {
	enum dlg_act	 act;
	struct str	 send;		/* in the caller's room, until the next call */
	unsigned	 wait_s;	/* for the whole reply, however it drips */
	const char	*step;		/* state's name, for transcript and log */
	bool		 found;		/* the form in hand has its finding: */
	enum finding	 finding;
	uint16_t	 code;		/* of the deciding reply; 0: none */
	struct str	 said;		/* hostile; its first line; borrowed from the reply */
};

enum { DLG_SEND = 2 * LETTER_MAX + 64 };

struct dlg {		/* plain data; read it freely, write it never */
	enum dlg_state		 at;
	enum relaytest_session	 kind;
	unsigned		 limit;		/* refused forms, then QUIT; 0: none */
	unsigned		 left;		/* forms not yet begun */
	unsigned		 refusals;
	unsigned		 caps;		/* of the last EHLO */
	bool			 secured, proxied;
	bool			 passed;	/* AUTH or XCLIENT is done with */
	unsigned		 rounds;	/* of AUTH; past AUTH_ROUNDS: we ended it */
	bool			 in_hand;	/* form was begun and is not found */
	bool			 early;		/* rule 12 */
	struct dlg_form		 form;
	enum finding		 session;	/* set at DLG_CLOSE; FIND_CUT and
						 * FIND_ODD: lost, or broke the protocol */
	enum finding		 rest;		/* what that means for forms not begun */
	uint16_t		 rest_code;
	uint16_t		 banner_code;	/* 0: there was none */
	char			 banner[TEXT_SAID];	/* hostile, NUL-terminated */
	char			 ehlo[TEXT_HOST];	/* hostile: first word of the reply */
	struct str		 name;		/* ours, in the greeting; borrowed */
	struct str		 proxy;		/* without CRLF; borrowed */
	struct str		 letter;	/* borrowed during dlg_letter() */
	char			*send;		/* borrowed */
};

/* Begins a session that is connected: n forms, of which limit may be refused (0: all).
 * room: DLG_SEND octets for what is to be sent, which may be shared among
 * dialogues whose caller sends at once. */
void dlg_start(struct dlg *d, enum relaytest_session kind, unsigned n,
    unsigned limit, char *room, struct dlg_out *out);

/* Right after dlg_start(): TLS from the first octet, whatever the kind, as port
 * 465 has it (RFC 8314 3.3).  Not of SESSION_PROXY, which says its line first. */
void dlg_wrap(struct dlg *d, struct dlg_out *out);

/* Of SESSION_PROXY, right after dlg_start(): the line, without CRLF; borrowed. */
void dlg_proxy(struct dlg *d, const char *line);

/* One whole reply; raw are its octets (r->used of them). */
void dlg_reply(struct dlg *d, const struct smtp_reply *r, struct str raw,
    struct dlg_out *out);

/* The peer sent what smtp_reply_read() refused. */
void dlg_broken(struct dlg *d, struct dlg_out *out);

/* The connection is gone, or the handshake failed. */
void dlg_lost(struct dlg *d, struct dlg_out *out);

/* No whole reply within wait_s. */
void dlg_timeout(struct dlg *d, struct dlg_out *out);

/* Ends now: FIND_TARPIT when the session's time ran out, FIND_CUT when we
 * have to stop. */
void dlg_stop(struct dlg *d, enum finding session, struct dlg_out *out);

/* The handshake succeeded.  injected: octets of plain text behind the go-ahead
 * (RFC 3207 6 and its erratum: a third party's); then the session failed. */
void dlg_secured(struct dlg *d, size_t injected, struct dlg_out *out);

/* Answers DLG_NAME: a host name or literal, borrowed for the session, or empty
 * when there is none, which skips every form.  Text with an octet that cannot
 * stand there is empty. */
void dlg_name(struct dlg *d, struct str name, struct dlg_out *out);

/* Answers DLG_FORM: the next form, or NULL when none is left.  skipped: how
 * many forms the caller passed over before it.
 * Returns 0, or SEK_EPARSE when an address could break out of its place (the
 * caller skips that form and asks again; *out is unset). */
int dlg_form(struct dlg *d, const struct dlg_form *f, unsigned skipped,
    struct dlg_out *out) MUST_CHECK;

/* Answers DLG_SASL: a line of base64, or "*" to end the exchange; text with an
 * octet that cannot stand there is "*". */
void dlg_sasl(struct dlg *d, struct str line, struct dlg_out *out);

/* Answers DLG_LETTER: a whole mail, CRLF lines, at most LETTER_MAX octets.  One
 * that could break out of its place, or an empty one, is not sent: the form is
 * cut, and so is the session. */
void dlg_letter(struct dlg *d, struct str letter, struct dlg_out *out);

/* Before dlg_letter(): the peer has already sent more than the go-ahead. */
void dlg_early(struct dlg *d);

const char *dlg_step_name(enum dlg_state at);
