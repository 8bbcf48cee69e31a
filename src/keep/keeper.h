#pragma once
/* keep/keeper.h -- the keeper as a whole: opens the stages in order.
 *
 * Used by the role and, on a store in memory, by `sekimori probe` and `gate`:
 * the same basis, opt-out, pace and verdict code. */

#include "keep/keep.h"

struct keeper_in {
	struct loop		*loop;		/* borrowed, like all below */
	struct rand		*rand;
	const struct conf	*conf;
	const char		*store;		/* url; "" = conf->store */
	const struct addr	*own;		/* this machine's own addresses */
	size_t			 n_own;
	uint64_t		 boot;		/* own_boot() */
	bool			 alone;		/* a single test, no daemon: nothing left over
						 * is taken up, nothing is repeated later */
	bool			 itself;	/* alone, with a ledger that outlives it: own addresses
						 * are tested without the checklist */
};

/* Opens store and stages.  why is set on failure, for a person.
 * Returns 0, SEK_ENOMEM, SEK_ESTORE, SEK_ESYS, SEK_EPARSE (the journal's chain
 * is broken). */
int keeper_new(struct keep **out, const struct keeper_in *in, char why[256]) MUST_CHECK;

/* Commits what is open and closes everything; k may be NULL. */
void keeper_free(struct keep *k);

/* A new channel to a role, of probe to its nth process (keep/probers.h); the old
 * one, if any, is given up.  Takes over sock. */
int keeper_probe(struct keep *k, unsigned nth, int sock) MUST_CHECK;
int keeper_receive(struct keep *k, int sock) MUST_CHECK;

/* Serves the control protocol on a listening SEQPACKET socket (taken over). */
int keeper_control(struct keep *k, int sock) MUST_CHECK;

/* A new channel to the web role, which has a visitor's rights only.  Takes
 * over sock. */
int keeper_web(struct keep *k, int sock) MUST_CHECK;

/* Starts to publish over k->parent, which the caller has set. */
int keeper_publish(struct keep *k) MUST_CHECK;
