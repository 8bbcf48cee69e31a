#pragma once
/* account/judge.h -- out of counts, what happened: verdicts with reasons for
 * and against, and what would decide.
 *
 * Pure over *r.  "undecided" with the missing fact beats a guess: a verdict
 * needs its deciding lines, and says which setting or line is missing when
 * they are not there. */

#include "account/own.h"
#include "account/result.h"

/* Fills r->verdict.  The rules and their numbers, each with its reason, stand
 * in judge.c's tables. */
void account_judge(struct account_result *r, const struct account_own *own);

/* Tags of every reason there is, NULL at the end: the outputs have a text for each. */
extern const char *const account_reason_tags[];
