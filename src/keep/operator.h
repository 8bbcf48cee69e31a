#pragma once
/* keep/operator.h -- hosts of one operator: how many of them may be spoken to at
 * once, and how soon after one another.
 *
 * An operator is a registrable domain that a confirmed name of the target lies
 * in: that of its PTR, of its nomination, of what it calls itself once that
 * leads to it, or its mail domain.  A target may have several; each of them
 * counts.  A name that does not lead to the target is anybody's word, and makes
 * it nobody's.
 *
 * Why: the limits by address and network know nothing of a hoster with a hundred
 * networks, whose people read one log and answer one abuse desk.  The hard
 * maxima are in fact/basis: four dialogues at once are what two networks get,
 * and ten seconds between two beginnings (six a minute) are the pause that even
 * an owner's own server is given.  All classes count; which are bound is the
 * table's word.
 *
 * What is counted is in memory: dialogues end with the keeper that ordered them.
 * When the last ones began is read from the ledger at the start, so a restart
 * gains nothing. */

#include "fact/basis.h"
#include "keep/candidate.h"
#include "keep/keep.h"

enum { OPERATORS = 4 };		/* of one target; further ones are not counted */

struct operators {
	uint64_t	key[OPERATORS];	/* hash of a domain */
	size_t		n;
};

int operator_open(struct keep *k) MUST_CHECK;
void operator_close(struct keep *k);

/* Whose host the target of those names is. */
void operator_of(struct operators *out, const struct candidates *c);

/* The same for a run.  Returns 0, SEK_ESTORE, SEK_ELIMIT. */
int operator_of_run(struct operators *out, struct keep *k, uint64_t run) MUST_CHECK;

/* Milliseconds until a session of that class may begin with a host of theirs;
 * 0: now.  While as many dialogues are open as may be, the time to look again. */
int64_t operator_wait_ms(const struct keep *k, const struct operators *o, enum pace pace);

/* The same for a run that waits in the crowd: in seconds, and so that of
 * thousands which wait for one operator few are due at a time. */
int64_t operator_put_off(struct keep *k, const struct operators *o, enum pace pace);

/* A dialogue is ordered: it has its place from now on.  Returns 0 or SEK_ENOMEM. */
int operator_begin(struct keep *k, const struct operators *o) MUST_CHECK;
void operator_end(struct keep *k, const struct operators *o);

/* It is about to connect.  Names may have been found since it was ordered: those
 * of now are taken over into *had, which has the places.  Returns 0; OPERATOR_FULL:
 * it may not, since they have another host in dialogue, or one that was connected
 * to just now; or SEK_ENOMEM. */
enum { OPERATOR_FULL = 1 };
int operator_connect(struct keep *k, struct operators *had,
    const struct operators *now, enum pace pace) MUST_CHECK;
