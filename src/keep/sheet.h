#pragma once
/* keep/sheet.h -- the forms of one run, as the store has them, and which of
 * them may go next.
 *
 * A slot is one form with one set of names, one port, or one address: what
 * becomes one attempt.  A form that names the target goes once for each candidate of the
 * run, one after another and only while the one before was refused. */

#include "keep/candidate.h"
#include "keep/order.h"
#include "keep/pace.h"

enum {
	SHEET_SLOTS = 320,
	SHEET_TRIES = 3,	/* of a form that got no answer */
};

struct slot {
	uint8_t		form, variant;	/* variant: nth of the candidate, or of the port */
	bool		unnamed;	/* its names were not looked for yet */
	uint16_t	port;
	struct addr	addr;		/* the run's, or of I01 another of the target */
	struct str	host, dom;	/* text in the sheet's names */
	struct attempt	a;		/* id 0: none yet */
	char		from[TEXT_PATH + 1], to[TEXT_PATH + 1];
};

struct sheet {
	struct slot		slot[SHEET_SLOTS];	/* those of one form side by side */
	size_t			n;
	struct candidates	names;
};

/* Reads a run's plan, names and attempts.  Returns 0, SEK_ESTORE, SEK_ELIMIT. */
int sheet_read(struct sheet *s, struct keep *k, const struct run *r) MUST_CHECK;

bool sheet_spoken(const struct sheet *s);	/* some form was answered */
bool sheet_returned(const struct sheet *s);	/* a token came back */
bool sheet_unnamed(const struct sheet *s);	/* a form waits for names */

/* Will this slot never go, since with another name its form was taken, a PROXY
 * line is not what its port waits for, or it would do harm or tell nothing where
 * another form was taken and not delivered? */
bool sheet_moot(const struct sheet *s, size_t i);

/* Forms that need no further try, out of how many. */
size_t sheet_answered(const struct sheet *s, size_t *total);

/* When the wait for the mailbox after the last acceptance ends; 0: nothing
 * was accepted. */
int64_t sheet_held(const struct sheet *s, enum pace pace);

uint16_t sheet_port(const struct run *r, const struct slot *slot);

/* Picks the next session: the first slot that can go and those that may share
 * its session, as indices.  Returns how many; *later is the next deferral, or
 * 0. */
size_t sheet_choose(uint16_t out[ORDER_FORMS], const struct sheet *s,
    const struct run *r, struct wall now, int64_t *later);

/* Forms of another port or address at which nobody speaks SMTP, or where the TLS
 * fails that is demanded, which were tried so often without any answer, are marked as
 * not applicable. */
int sheet_skip_port(struct sheet *s, struct keep *k, const struct run *r,
    const struct addr *a, uint16_t port, unsigned tries) MUST_CHECK;
