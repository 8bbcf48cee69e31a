#pragma once
/* keep/ticket.h -- tests that visitors ask for, and the text by which they
 * find them again.
 *
 * A ticket is a run's number, signed: it cannot be guessed, and nothing of it
 * is stored.  One test runs of one address at a time; whoever asks for another
 * is given that one, and for a while a visitor's test that has ended. */

#include "keep/visit.h"

enum {
	TICKET_TEXT = 40,
	TICKET_REUSED_S = 600,	/* a clean test is the answer for that long */
	TICKET_UNCLEAN_S = 120,	/* any other, which a repair may have overtaken: no longer
				 * than pace class `listed` makes the next session wait */
};

void ticket_text(char out[TICKET_TEXT], struct keep *k, uint64_t run);

/* Reads a ticket (hostile).  Returns 0, or SEK_EPARSE: none of ours. */
int ticket_run(uint64_t *run, struct keep *k, struct str text) MUST_CHECK;

/* Would v be refused a test of that kind (RUN_RETEST, RUN_PROBE)?  NULL, or a
 * tag of sekimori.control(7).  wait_s: NULL, or set to the seconds after which
 * asking again makes sense, 0: none. */
const char *ticket_refused(struct keep *k, const struct visitor *v,
    enum run_kind kind, int64_t *wait_s);

/* Ends r with such a tag. */
void ticket_refuse(struct request *r, const char *why, int64_t wait_s);

/* The test of v->addr that runs now, as {test, state, place}, where v may know
 * of it; NULL where there is none.  Returns 0 or a negative error. */
int ticket_running(json_t **out, struct keep *k, const struct visitor *v) MUST_CHECK;

/* The request test. */
void ticket_verb(struct request *r);
