#pragma once
/* keep/cause.h -- why a run came out open; the only writer of `cause`.
 *
 * fact/explain decides, out of the attempts of the run, the mail that came
 * back and the transcript, while all of them are there.  Stored are tags and
 * what the target recorded, no sentences. */

#include <jansson.h>

#include "keep/keep.h"

/* Finds and stores the cause of a run of which a token came back, in place of
 * the one before.  Inside keep_write().  Returns 0 (also when no form of the
 * run came back), SEK_ESTORE, SEK_ENOMEM or STORE_FULL. */
int cause_find(struct keep *k, const struct run *r) MUST_CHECK;

/* Adds what is stored of a run to o, for those who may see forms and
 * transcripts (architecture 5): members cause, cause_sure, cause_second,
 * cause_form, cause_decide, cause_for, cause_against, mta, seen_client,
 * seen_name, seen_helo, next_name, next_addr, fix.  Nothing where nothing is
 * stored.  Returns 0, SEK_ESTORE or SEK_ENOMEM. */
int cause_put(json_t *o, struct keep *k, uint64_t run) MUST_CHECK;
