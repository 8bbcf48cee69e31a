#pragma once
/* fact/verdict.h -- what the findings of one target add up to.
 *
 * Pure: the whole of architecture 1.2 except storing it.  No clock: now is an
 * argument. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "fact/finding.h"

enum verdict {		/* numbers are stored: never reuse one */
	VERDICT_NONE = 0,	/* no verdict yet */
	VERDICT_OPEN = 1,
	VERDICT_CLOSED = 2,
	VERDICT_ACCEPTS = 3,
	VERDICT_INCONCLUSIVE = 4,	/* also: blocks or bars us */
	VERDICT_UNTESTED = 5,
	VERDICT_N
};

enum {
	TOKEN_LIFE_S = 10 * 86400,	/* a token proves relaying this long */
	VERDICT_DEADLINE_S = 5 * 86400,	/* RFC 5321 4.5.4.1: a queue gives up */
	PROOF_APART_S = 3600,		/* between independent proofs */
};

struct verdict_form {		/* one attempt, as the judge sees it */
	enum finding	finding;
	struct wall	accepted;	/* when it was accepted; 0 if never */
	bool		linked;		/* of a returned one: single-hop or linked chain */
	bool		more;		/* the form of the one before it, with another name or port */
};

struct verdict_in {
	const struct verdict_form *forms;
	size_t			 n;		/* forms of the run */
	enum finding		 session;	/* of the last session with the target */
	bool			 finished;	/* no form is left to send or to retry */
	bool			 control;	/* the positive control holds */
	bool			 permitted;	/* a basis held and the target was connected to */
	bool			 worked_unsettled;	/* a form that once worked was not refused now */
	struct wall		 now;
};

struct verdict_out {
	enum verdict	verdict;
	bool		provisional;	/* may still change without a new session */
	bool		clears;		/* a live listing is removed by it */
	unsigned	done, total;	/* coverage: forms that got their answer */
	struct wall	due;		/* when to judge again although nothing came; 0: never */
	const char	*why;		/* tag for logs, JSON and messages: "no-control", ... */
};

/* Judges.  never fails; in borrowed during the call. */
void verdict_of(struct verdict_out *out, const struct verdict_in *in);

const char *verdict_name(enum verdict v);

/* Exit code of `sekimori probe` for a verdict: open 1, closed 0, else 2. */
int verdict_exit(enum verdict v);
