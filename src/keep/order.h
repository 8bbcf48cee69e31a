#pragma once
/* keep/order.h -- sessions in flight: the talk with the probe role.
 *
 * One order is one SMTP session with one address.  Nothing is kept of it but
 * what the store has: when keeper or the prober dies, the attempts that got no
 * answer are ordered again. */

#include "fact/basis.h"
#include "keep/operator.h"

enum {
	ORDER_FORMS = 16,	/* forms in one session, at most */
	/* Where pace sets no limit: Postfix delays each error after the tenth of a
	 * session by a second (smtpd_soft_error_limit), so two sessions are quicker. */
	ORDER_QUICK = 10,
};

struct order_plan {		/* what pace decided; text borrowed for the call */
	const struct run	*run;
	struct addr		 to;	/* the run's address, or another of the target */
	uint16_t		 port;
	bool			 words;		/* what it calls itself is wanted */
	struct str		 hosts, domains;	/* to be confirmed, if not done yet */
	struct str		 known;		/* need not be looked at again */
	struct operators	 of;		/* whose host it is, as far as known */
	struct attempt		 attempts[ORDER_FORMS];
	size_t			 n;		/* 0: only its names are looked for */
};

int order_open(struct keep *k) MUST_CHECK;
void order_close(struct keep *k);

/* Writes the session and its attempts and, once they are committed, sends the
 * order.  Inside keep_write().  Returns 0, SEK_ENOMEM, SEK_ELIMIT, SEK_ESTORE,
 * STORE_FULL. */
int order_place(struct keep *k, struct order_plan *plan) MUST_CHECK;

/* Is somebody at this address spoken to?  How many in its /24 or /48?
 * In all, and of those that somebody waits for (keep/lanes)? */
bool order_busy(const struct keep *k, const struct addr *a);
unsigned order_in_net(const struct keep *k, const struct addr *a);
unsigned order_count(const struct keep *k);
unsigned order_count_asked(const struct keep *k);

/* What goes on in the session of a run; false: none is in flight. */
struct order_now {
	uint16_t	session, port;
	size_t		n, found;	/* forms, and how many were answered */
	uint8_t		form;		/* in hand; RELAYTEST_NONE: none is left */
	bool		heard;		/* the target was spoken to */
};
bool order_now(const struct keep *k, uint64_t run, struct order_now *out);

/* A run is cancelled: once that is committed the prober is told to stop, and
 * its session gets no grant any more.  Inside keep_write().
 * Returns 0 or SEK_ENOMEM. */
int order_halt_after(struct keep *k, uint64_t run) MUST_CHECK;

/* What permits may have ended: sessions in flight that are not permitted any
 * more are told to stop, and get no grant. */
void order_review(struct keep *k);

/* MSG_ASK, MSG_FOUND, MSG_SAID, MSG_NAME, MSG_NAMED, MSG_ENDED of one process of
 * the probe role: of the orders that it has. */
void order_message(struct keep *k, int who, struct frame *f);

/* That process died: its sessions are over, and go back to their runs. */
void order_lost(struct keep *k, int who);
