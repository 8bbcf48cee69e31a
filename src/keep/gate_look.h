#pragma once
/* keep/gate_look.h -- what one run saw of a server, read from the store as
 * facts of keep/gate_facts. */

#include "keep/gate.h"
#include "keep/keep.h"

/* Fills *out (which the caller has set to zero) with replies, ports, and what
 * the transcripts say.  Returns 0, SEK_ESTORE or SEK_ENOMEM. */
int gate_look(struct gate_facts *out, struct keep *k, uint64_t run) MUST_CHECK;

/* Calls fn for each letter of a run that came back.  Returns 0 or SEK_ESTORE. */
int gate_look_opened(struct keep *k, uint64_t run,
    void (*fn)(void *ctx, uint64_t attempt, const struct gate_opening *o),
    void *ctx) MUST_CHECK;

/* Has a run taken letters of which nothing is known yet?  1, 0, or SEK_ESTORE. */
int gate_look_pending(struct keep *k, uint64_t run) MUST_CHECK;
