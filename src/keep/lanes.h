#pragma once
/* keep/lanes.h -- whose turn it is, when more wants to be tested than may be.
 *
 * Three lanes: tests that a person waits for (asked), runs that go on (begun),
 * and all others that are due.  Of the sessions at once (probe.sessions) one
 * eighth, at least one where there are two, is kept for each side, so a person
 * waits for no list of fifty thousand, and no crowd of visitors stops a list.
 * What may be sent, and how soon after what, is pace's alone: this is only the
 * order.
 *
 * The store is the queue.  What is kept here are hints: who waits is told again
 * by whoever follows a test or looks at its page, and a run that was forgotten
 * is due all the same. */

#include "keep/keep.h"

enum {
	LANES_ASKED = 1024,	/* addresses that somebody waits for; more wait as lists do */
	LANES_ASKED_S = 600,	/* unless it is said again */
	LANES_BEGUN = 4096,
	LANES_NOT_ASKED = -1,
	LANES_TURN = 64,	/* runs looked at in one turn of the loop */
};

int lanes_open(struct keep *k) MUST_CHECK;
void lanes_close(struct keep *k);

/* Somebody waits for the test of a. */
void lanes_ask(struct keep *k, const struct addr *a);

/* How many that somebody waits for wait before a, or LANES_NOT_ASKED. */
int64_t lanes_ahead(const struct keep *k, const struct addr *a);

/* Something happened to the tests of a: where somebody waits for them they are
 * looked at again. */
void lanes_touch(struct keep *k, const struct addr *a);

/* This run can go on now. */
void lanes_begun(struct keep *k, uint64_t run);

void lanes_freed(struct keep *k);	/* a session is over */

/* May one more session begin, with this address? */
bool lanes_room(const struct keep *k, const struct addr *a);
bool lanes_asked(const struct keep *k, const struct addr *a);

/* A turn: lanes_next() gives the runs to look at, one by one.  Between two
 * calls a run that it gave may have changed, and others.  Returns 0, or
 * STORE_NONE at the turn's end, or SEK_ESTORE. */
void lanes_turn(struct keep *k);
int lanes_next(struct keep *k, uint64_t *run) MUST_CHECK;

/* All others that are due would fare like the run that was given last: they are
 * left alone for this turn. */
void lanes_hold(struct keep *k);

/* After a turn: milliseconds until the next one is due. */
int64_t lanes_wait_ms(struct keep *k);
