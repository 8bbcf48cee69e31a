#pragma once
/* web/coverage_view.h -- a verdict and how far its test went, as every page says
 * it: "32 of 92 forms answered (32 planned at depth normal), ports 25, 587". */

#include <jansson.h>

#include "web/text.h"

/* Puts into view what the texts verdict.* are made of: answered, catalogue,
 * total, planned (tag of the text, where it is known), depth (a word), ports and
 * ports_tag (where there were any), out of a verdict of the keeper's (keep/coverage.h). */
void coverage_view(json_t *view, const json_t *verdict, enum lang lang);
