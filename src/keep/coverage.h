#pragma once
/* keep/coverage.h -- a verdict with how far its test went, the same wherever
 * one is told: "closed: 32 of 92 forms (32 planned at depth normal), ports 25,
 * 587".  Source: architecture 1.2, every verdict carries its coverage. */

#include <jansson.h>

#include "keep/keep.h"

/* Puts members verdict, provisional, done, total (forms planned), catalogue
 * (forms that there are), depth (null: a retest, which repeats what worked, or
 * the run is gone) and ports into o.  The store's loan is to be ended after.
 * Returns 0, SEK_ESTORE or SEK_ENOMEM. */
int coverage_put(json_t *o, struct keep *k, const struct verdict_row *v) MUST_CHECK;

/* catalogue and depth alone, of a run that is at hand; r may be NULL. */
void coverage_put_plan(json_t *o, const struct run *r, int *err);

/* The depth that the plan of a run has; NULL: it is a retest's. */
const char *coverage_depth(const struct run *r);
