#pragma once
/* keep/probers.h -- the processes of the probe role, as keeper sees them.
 *
 * One channel each, by the number that sekimorid gave it (probe.processes).
 * Which of them holds a session decides nothing but load: basis, opt-out, pace
 * and one dialogue at a time with an address are kept in keeper, over all of
 * them.  When one dies, what was asked of it goes back to who asked; the
 * others go on. */

#include "keep/keep.h"

enum { PROBERS_MAX = 16, PROBER_NONE = -1 };

int probers_open(struct keep *k) MUST_CHECK;
void probers_close(struct keep *k);

/* A new channel to the nth; the old one, if any, is given up.  Takes over
 * sock.  Returns 0, SEK_ENOMEM, SEK_ESYS, or SEK_ELIMIT for an nth that cannot be. */
int probers_join(struct keep *k, unsigned nth, int sock) MUST_CHECK;

/* Ends every channel and tells nobody: keeper itself ends. */
void probers_leave(struct keep *k);

unsigned probers_count(const struct keep *k);	/* that are up */

/* The one with the fewest sessions that is not behind with reading, the lowest
 * of equals; PROBER_NONE when none is up. */
int probers_choose(const struct keep *k);

/* It takes no more at the moment, or is gone. */
bool probers_full(const struct keep *k, int who);

/* Returns 0, SEK_ESYS when it is not up, or as channel_send(). */
int probers_send(struct keep *k, int who, unsigned type, const void *msg) MUST_CHECK;

/* What they said of themselves lately; delays are those of the busiest.  0: they
 * are idle. */
struct probers_load {
	unsigned	processes;
	uint32_t	sessions, delay_p99_ms, delay_max_ms;
};
struct probers_load probers_load(const struct keep *k);

/* A session was given to it, or is over. */
void probers_begun(struct keep *k, int who);
void probers_ended(struct keep *k, int who);
