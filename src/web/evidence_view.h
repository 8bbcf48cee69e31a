#pragma once
/* web/evidence_view.h -- what the evidence page shows, out of the keeper's events.
 *
 * Pure but for memory.  Only for whoever may see it: the keeper decides that.
 * All texts quote remote hosts: hostile. */

#include "web/page.h"

/* Adds verdict, proofs, sessions, transcripts and journal to view.  events: borrowed, in
 * the order they came. */
void evidence_view(json_t *view, const json_t *events, enum lang lang);
