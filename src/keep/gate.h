#pragma once
/* keep/gate.h -- watching one server over a time: when was it open, and what
 * is different from before?
 *
 * Pure: who runs the rounds tells what came of each; time is an argument.  The
 * first round is the baseline.
 *
 * Rules:
 * 1. A round is closed only when its verdict is `closed`: each form of its
 *    depth was refused in the session, or bounced, while the control held.
 * 2. A round that ended any other way and not open is undecided; a server that
 *    gave no answer is never closed.
 * 3. It was open at the moment at which it took a letter that came back, also
 *    where that is known only later.
 * 4. Closed all the time: no round was undecided, and nothing came back.
 * 5. What is different is told once for each fact, with the first and the last
 *    moment; a fact that the baseline had no chance to see is no difference. */

#include <stdbool.h>

#include "base/clock.h"
#include "fact/verdict.h"
#include "keep/gate_facts.h"

enum {
	GATE_SPANS = 128,	/* of rounds that ended alike; then the last grows */
	GATE_CHANGES = 64,	/* kept; more are counted */
	GATE_WHY = 32,		/* octets of a tag with NUL */
};

struct gate_round {		/* as it ended */
	struct wall	began, ended;
	enum verdict	verdict;	/* VERDICT_NONE: it was cut short */
	const char	*why;		/* tag of the verdict; static or copied by us */
	unsigned	done, total;	/* forms */
	uint16_t	sessions;
};

struct gate_opening {		/* a letter that came back */
	struct wall	at;		/* when the server took it */
	uint8_t		form;		/* index of fact/relaytest */
	uint16_t	port;
};

struct gate_span {		/* rounds one after the other that ended alike */
	struct wall	began, ended;	/* of the first, of the last */
	uint8_t		verdict;	/* enum verdict */
	char		why[GATE_WHY];
	unsigned	rounds;
};

struct gate_change {
	struct gate_fact what;		/* its text is `was` */
	char		was[GATE_TEXT], is[GATE_TEXT];	/* is: as seen last, while it differs */
	struct wall	first, last;	/* of rounds in which it differed */
	unsigned	rounds;		/* so many */
	bool		back;		/* now it is as before */
};

struct gate {
	unsigned	rounds, closed, open, undecided;	/* ended; the baseline is the first */
	unsigned	openings;	/* letters that came back */
	struct gate_opening first, last;	/* of openings > 0 */
	struct gate_round base;		/* of rounds > 0 */
	char		base_why[GATE_WHY];
	struct gate_span span[GATE_SPANS];
	size_t		spans;
	struct gate_facts facts;	/* of the baseline, and what was learned after it */
	struct gate_change change[GATE_CHANGES];
	size_t		changes;
	unsigned	more;		/* changes past those */
};

/* What the rounds so far mean: 1 open, 0 closed all the time, 2 undecided. */
int gate_exit(const struct gate *g);

/* A letter came back.  Returns true when this moment is outside of what was
 * known: the first, or later than the last. */
bool gate_opened(struct gate *g, const struct gate_opening *o);

/* A round ended; seen is what it saw, NULL: nothing.  The changes that are new,
 * or are back as before, are those whose `last` is r->ended, or whose back
 * turned: *news gets how many (their places in g->change, at most max, in
 * places).  A baseline has none. */
size_t gate_round(struct gate *g, const struct gate_round *r,
    const struct gate_facts *seen, size_t *places, size_t max);

/* When it was last known closed before the first opening, and first again after
 * the last one; {0}: never in this watch. */
struct wall gate_closed_before(const struct gate *g);
struct wall gate_closed_after(const struct gate *g);
