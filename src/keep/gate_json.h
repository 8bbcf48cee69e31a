#pragma once
/* keep/gate_json.h -- what is told of a gate: events and answers of
 * sekimori.control(7).
 *
 * All of it is for those who may see forms and transcripts (architecture 5).
 * Each returns a new object, or NULL: no memory. */

#include <jansson.h>

#include "keep/gate_run.h"

const char *gate_json_state(const struct gate_run *g);	/* "running", "done" ... */

json_t *gate_json_plan(const struct gate_run *g);
json_t *gate_json_opened(const struct gate_run *g, const struct gate_opening *o);
json_t *gate_json_change(const struct gate_run *g, const struct gate_change *c);

/* r as it ended; run: whose cause is told where it was open, 0: none. */
json_t *gate_json_round(const struct gate_run *g, const struct gate_round *r,
    uint64_t run);

json_t *gate_json_fact(const struct gate_run *g, const struct gate_fact *f);
json_t *gate_json_span(const struct gate_run *g, const struct gate_span *s);

/* The whole in numbers and moments, as event gate-end; its member exit is
 * gate_exit()'s. */
json_t *gate_json_summary(const struct gate_run *g);

/* Why a gate cannot be, by a plan: the numbers that the sentence needs. */
json_t *gate_json_numbers(const struct gate_plan *p);
