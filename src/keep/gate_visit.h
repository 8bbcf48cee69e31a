#pragma once
/* keep/gate_visit.h -- gates for who proved that a server is his: begin one, look,
 * cancel.  The daemon runs them; nobody need wait.
 *
 * What it shows is what its owner, a CSIRT and the operator may see (keep/visit.h);
 * who else has the name of a gate learns its address and state. */

#include "keep/control.h"

/* The requests gate-start, gate-show, gate-cancel. */
void gate_visit_start(struct request *r);
void gate_visit_show(struct request *r);
void gate_visit_cancel(struct request *r);
