#pragma once
/* tool/doctor_say.h -- the checklist for a person, or as JSON lines. */

#include <jansson.h>

#include "tool/doctor_judge.h"
#include "tool/render.h"

/* A table of all checks, then each that is not ok with what was found and what
 * to do.  done: the keeper's answer to doctor-result.  In JSON mode one object
 * a check and one for the end; found and fix there in English. */
void doctor_say(struct render *r, const struct judged j[CHECK_N], const json_t *done);

/* The results as the keeper wants them: list of objects with "check", "state",
 * "why" (tags).  NULL: out of memory. */
json_t *doctor_say_results(const struct judged j[CHECK_N]);
