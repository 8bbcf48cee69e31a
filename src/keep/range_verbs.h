#pragma once
/* keep/range_verbs.h -- the requests widen, narrow and except, and ranges as
 * other requests tell of them. */

#include "keep/control.h"
#include "keep/range.h"

void range_verb_widen(struct request *r);
void range_verb_narrow(struct request *r);
void range_verb_except(struct request *r);

/* A range as one of the listings of an address inside: code, kind "range",
 * range, since, until (0: of the past).  NULL: no memory. */
json_t *range_json(const struct range_at *r);

/* What excepts an address: range, since; null where nothing does. */
json_t *range_excepted_json(const struct range_at *r);
