#pragma once
/* keep/gate_run.h -- watches that are under way: one round after the other, by
 * the same permit, pace and verdict as any test.
 *
 * A gate is in memory only: a keeper that ends forgets it, its tests and
 * verdicts are in the store as ever.
 *
 * Rules:
 * 1. A round begins every_s after the one before began, the first one after the
 *    baseline ended, and never before the pace class allows a session; one that is
 *    not over when the next should begin is cut short, and undecided.  So is a time
 *    longer than a round in which the pace class rests, unless it was open before.
 *    Retests that somebody asked for, and rechecks that are due, go before a round.
 * 2. A round that could not speak to the server is begun a second time while
 *    there is time for it: a restart of the server is no gap.
 * 3. So what opens is asked in a round that begins within every_s, and that has
 *    ended every_s later.
 * 4. What is not permitted any more (an opt-out) ends the gate.
 * 5. A letter that is under way when the last round ends is waited for, as long
 *    as the pace class waits for the mailbox. */

#include <jansson.h>

#include "keep/gate.h"
#include "keep/gate_plan.h"
#include "keep/nominate.h"

enum {
	GATE_RUNS = 64,		/* at once */
	GATE_ID = 27,		/* its name: 16 octets in base32, and a NUL */
	GATE_BASE_S = 120,	/* a baseline may take that long, or every_s */
};

enum {				/* rooms of a gate */
	GATE_PENDING = 32,	/* rounds whose letters may still come */
	GATE_LETTERS = 256,
};

enum gate_phase {		/* what the next turn does */
	GATE_WAITS,		/* begins a round */
	GATE_ROUND,		/* cuts it short */
	GATE_LINGERS,		/* ends the gate: a letter had its time */
};

enum gate_state { GATE_RUNNING = 0, GATE_DONE, GATE_CANCELLED, GATE_STOPPED };

struct gate_run {		/* read by keep/gate_json and keep/gate_verb */
	struct gate_run		*next;
	struct keep		*keep;
	char			 id[GATE_ID];
	struct nomination	 n;		/* its texts are copies, in text */
	struct arena		*text;
	enum depth		 depth;
	enum pace		 pace;
	enum gate_state		 state;
	char			 why[GATE_WHY];	/* of stopped */
	struct gate_plan_in	 in;
	struct gate_plan	 plan;
	struct wall		 began, ended, until;
	struct gate		*gate;
	/* of the round in hand */
	uint64_t		 run;		/* 0: none is under way */
	struct wall		 round_began;
	struct mono		 round_start, round_limit;
	struct mono		 talked;	/* its first connection: before is the control letter */
	bool			 again;		/* it was begun twice */
	/* private */
	uint8_t			 phase;		/* enum gate_phase */
	struct loop_timer	*look, *turn;
	struct watch		*watch;
	uint64_t		*pending;	/* runs whose letters may still come */
	size_t			 n_pending;
	uint64_t		*letters;	/* attempts that were told */
	size_t			 n_letters;
	struct mono		 due;		/* when the round in hand should have begun: the next
						 * is counted from there, or timers' delays add up */
	struct mono		 end;		/* no round is due later; set by the baseline */
	void			(*tell)(void *ctx, json_t *ev);
	void			(*over)(void *ctx);
	void			*ctx;
};

struct keep_gates {
	struct gate_run	*all;
	unsigned	 n;
};

int gate_run_open(struct keep *k) MUST_CHECK;

/* The keeper ends: so do all gates, while it can still write.  They stay until
 * gate_run_close(). */
void gate_run_shut(struct keep *k);
void gate_run_close(struct keep *k);

/* The turns of its timers; ctx is the gate.  For keep/gate_begin alone. */
void gate_run_look(void *ctx);
void gate_run_turn(void *ctx);

/* Forgets a gate that has ended, or ends it first. */
void gate_run_free(struct gate_run *g);

/* Ends a gate that runs: no round is begun, the one in hand is cancelled. */
void gate_run_end(struct gate_run *g, enum gate_state as);

/* Nobody listens any more. */
void gate_run_deaf(struct gate_run *g);

/* By its name (hostile), or NULL. */
struct gate_run *gate_run_find(struct keep *k, struct str id);

/* The one that watches a now, or NULL. */
struct gate_run *gate_run_of(struct keep *k, const struct addr *a);
