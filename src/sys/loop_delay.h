#pragma once
/* sys/loop_delay.h -- how late a loop is, as a figure of the service.
 *
 * A timer should fire every 20 ms; how late it does is how long whatever became
 * ready meanwhile waited.  A round that takes long counts once for each firing
 * that it swallowed, so a quantile is one of time, not of rounds. */

#include "sys/loop.h"

enum { LOOP_DELAY_EVERY_MS = 20, LOOP_DELAY_MOST_MS = 2000 };

struct loop_delay;

struct loop_delay_seen {	/* since it was taken last; later than MOST_MS is MOST_MS */
	uint32_t	n;		/* firings; 0: it was off */
	uint32_t	p50_ms, p99_ms, max_ms;
};

/* Off at first.  Returns 0, SEK_ENOMEM or SEK_ESYS. */
int loop_delay_new(struct loop_delay **out, struct loop *l) MUST_CHECK;
void loop_delay_free(struct loop_delay *d);	/* may be NULL */

/* An idle process need not wake up for it. */
void loop_delay_on(struct loop_delay *d, bool on);
struct loop_delay_seen loop_delay_take(struct loop_delay *d);
