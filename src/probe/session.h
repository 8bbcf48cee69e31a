#pragma once
/* probe/session.h -- one ordered session, from its order to its MSG_ENDED.
 *
 * Internal to probe/: run makes and ends them, naming finds their names,
 * transcript tells what was said. */

#include "base/buf.h"
#include "probe/dialog.h"
#include "probe/naming.h"
#include "probe/run.h"
#include "probe/sasl.h"

enum session_at {
	AT_ORDERED,	/* forms are still coming */
	AT_READY,	/* complete; waits for a free place */
	AT_NAMING,
	AT_ASKING,
	AT_DIALLING,
	AT_TALKING,
	AT_WORDS,	/* over; the names it said are looked at */
};

enum { FORM_TEXTS = 8 };

struct session_form {		/* sixteen in each of ten thousand sessions: small */
	struct session_form	*next;
	uint64_t		 attempt;
	struct wall		 minted;
	uint8_t			 form, variant;
	uint8_t			 is;	/* enum finding; FIND_NONE: not found */
	bool			 begun;	/* MAIL was sent, or is next */
	bool			 done;	/* found, skipped, or not of this session */
	uint16_t		 n[FORM_TEXTS];	/* octets of each */
	char			 text[];	/* of all, a NUL after each */
};

struct session;

struct session_hooks {	/* the prober's */
	void	*ctx;
	char	*room;		/* DLG_SEND octets for what is sent at once */
	int	(*send)(void *ctx, unsigned type, const void *msg);	/* to keeper */
	void	(*over)(void *ctx, struct session *s);	/* MSG_ENDED was sent: unlink and session_free() */
	/* a question to the resolver; naming_answer() follows unless s is gone */
	int	(*ask)(void *ctx, struct session *s, unsigned kind, struct str name);
};

enum { NAMING_PTRS = 4, SAID_BUFFER = 1024 };

struct session {
	struct session		*next, **link;		/* the prober's: of all */
	struct session		*same, **same_link;	/* of a bucket */
	struct session		*after;			/* of those that wait for a place */
	bool			 placed;		/* has one */
	const struct prober_with *with;
	const struct session_hooks *hooks;
	struct piece		*pieces;	/* memory of its life */
	struct msg_order	 order;		/* text in pieces, as all below */
	struct session_form	*first, **last;
	unsigned		 n;
	enum session_at		 at;

	struct plan		 plan;
	struct naming		*naming;	/* while names are looked for */
	unsigned		 turn;		/* of looking: answers of an earlier one are late */
	struct str		 ptr;		/* forward-confirmed, or empty */
	bool			 checked;	/* the first form's question was asked */
	struct str		 source_ptr;	/* of SESSION_PTR */
	struct sasl		*sasl;		/* of SESSION_AUTH */
	struct str		 certs;		/* hostile: of the certificate, a space between */

	struct dlg		 dlg;
	struct session_form	*form;		/* in hand, or NULL */
	struct str		 mail_from, rcpt_to;	/* of it, as sent; in paths */
	char			*paths;
	struct stream		*stream;
	struct loop_timer	*reply, *whole;
	unsigned		 wait_s;	/* for the reply that is awaited */
	struct gbuf		 in;		/* hostile: octets of a reply so far */
	struct mono		 began;
	uint32_t		 took_ms;
	enum finding		 came_to;	/* at AT_WORDS */
	bool			 paused;

	struct gbuf		 said;		/* transcript not yet sent */
	uint64_t		 said_all;
	uint32_t		 said_part;
	bool			 said_cut;
};

/* A session of one order.  with and hooks outlive it.
 * Returns 0, SEK_ENOMEM or SEK_ESYS. */
int session_new(struct session **out, const struct msg_order *order,
    const struct prober_with *with, const struct session_hooks *hooks) MUST_CHECK;

/* One more form.  Returns 0, SEK_ENOMEM, or SEK_ELIMIT (too many, or too late). */
int session_form(struct session *s, const struct msg_form *m) MUST_CHECK;

void session_start(struct session *s);	/* at AT_READY: names, then MSG_ASK */
void session_grant(struct session *s, bool ok);
void session_pause(struct session *s, bool paused);

/* Ends with MSG_ENDED: nothing more is sent but QUIT.  s is gone after. */
void session_halt(struct session *s);

/* Ends without a word to keeper: QUIT where possible.  s is gone after. */
void session_quiet(struct session *s);
void session_free(struct session *s);

/* Memory until the session ends: zeroed octets, or a text with a NUL after.
 * NULL, or a text whose p is NULL and n 0: out of memory. */
void *session_alloc(struct session *s, size_t n);
struct str session_text(struct session *s, struct str text);

/* As it was ordered; text borrows from f. */
struct msg_form session_form_of(const struct session_form *f);

/* Keeps the addresses of the form in hand, in the place of those of the one before.
 * Returns 0 or SEK_ENOMEM. */
int session_paths(struct session *s, struct str mail_from, struct str rcpt_to) MUST_CHECK;

/* What became of a form, for keeper. */
void session_found(struct session *s, struct session_form *f, enum finding is,
    uint16_t code, struct str said);

/* The end, told once; before it what the target calls itself, if that is
 * wanted.  rest, unless FIND_NONE, is what became of the forms that were not
 * begun.  s is gone after, or will be. */
void session_over(struct session *s, enum finding is, enum finding rest, uint16_t code);

/* Where it dials from; :: the kernel's choice. */
const struct addr *session_source(const struct session *s);

/* session_talk.c: what the stream tells, and what the dialogue wants done.
 * talk_act() returns false when s is gone. */
extern const struct stream_events talk_events;
bool talk_act(struct session *s, struct dlg_out *out);

/* Names are looked for no longer: on with the session, or its end. */
void naming_done(struct session *s);

/* transcript.c: lines "S: ", "C: ", "* ", within conf's budget.  text may be
 * several lines and is hostile; line ends are normalized, no octet is lost. */
void transcript_add(struct session *s, const char *mark, struct str text);
void transcript_note(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void transcript_flush(struct session *s);
