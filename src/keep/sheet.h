#pragma once
/* keep/sheet.h -- the forms of one run, as the store has them, and which of
 * them may go next. */

#include "keep/order.h"
#include "keep/pace.h"

struct sheet {
	struct attempt	 a[RELAYTEST_N];	/* by form; id 0: none yet */
	char		 from[RELAYTEST_N][TEXT_PATH + 1];
	char		 to[RELAYTEST_N][TEXT_PATH + 1];
	uint8_t		 plan[RELAYTEST_N];
	size_t		 n;
};

enum { SHEET_TRIES = 3 };	/* of a form that got no answer */

/* Reads a run's plan and attempts.  Returns 0, SEK_ESTORE, SEK_ELIMIT. */
int sheet_read(struct sheet *s, struct keep *k, const struct run *r) MUST_CHECK;

bool sheet_spoken(const struct sheet *s);	/* some form was answered */
size_t sheet_answered(const struct sheet *s);	/* forms that need no further try */
bool sheet_returned(const struct sheet *s);	/* a token came back */

/* When the wait for the mailbox after the last acceptance ends; 0: nothing
 * was accepted. */
int64_t sheet_held(const struct sheet *s, enum pace pace);

uint16_t sheet_port(const struct run *r, uint8_t form);

/* Picks the next session: the first form that can go and those that may share
 * its session.  Returns how many; *later is the next deferral, or 0. */
size_t sheet_choose(uint8_t out[ORDER_FORMS], const struct sheet *s,
    const struct run *r, struct wall now, int64_t *later);

/* Forms of another port that nobody listens on are marked as not applicable. */
int sheet_skip_port(struct sheet *s, struct keep *k, const struct run *r,
    uint16_t port) MUST_CHECK;
