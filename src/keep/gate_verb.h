#pragma once
/* keep/gate_verb.h -- the request gate of the operator's tools. */

#include "keep/control.h"
#include "keep/gate_plan.h"

enum { GATE_FOR_S = 600 };	/* where nobody says how long */

void gate_verb(struct request *r);

/* Ends r with why a gate cannot be: tag of gate_begin(). */
void gate_verb_refuse(struct request *r, const char *tag, const struct gate_plan *p);
