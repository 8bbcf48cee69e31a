#pragma once
/* keep/gate_view.h -- a gate in one answer: for who asked for it over the web. */

#include <jansson.h>

#include "keep/gate_run.h"

/* A new object: gate, addr, state; and with inside also why, began, ended, until,
 * plan, result ("open", "closed", "undecided", null while nothing is known),
 * baseline, the numbers and moments of event gate-end, and the lists spans,
 * changes, facts (without replies), each as far as one message allows, the newest
 * spans, the first of the others; cut says whether there is more.
 * NULL: no memory. */
json_t *gate_view(const struct gate_run *g, bool inside);
