#pragma once
/* keep/judge.h -- findings of a run become a verdict; the only writer of
 * `verdict`.  The rules are fact/verdict's; this stores what they say, clears
 * a listing where they say so, and tells the followers. */

#include "fact/verdict.h"
#include "keep/keep.h"

/* Judges a run as it stands, inside keep_write().  denied: NULL, or the tag
 * with which a permit said no.  A row is written when the verdict, its
 * finality or its coverage changed.  Returns 0, SEK_ESTORE, SEK_ENOMEM or
 * STORE_FULL. */
int judge_run(struct keep *k, const struct run *r, bool finished,
    const char *denied, struct verdict_out *out) MUST_CHECK;

/* The address at which the mail that proved v came out, as text; empty where
 * there was none.  Returns 0 or SEK_ESTORE. */
int judge_output(char out[ADDR_TEXT], struct keep *k, const struct verdict_row *v) MUST_CHECK;
