#pragma once
/* tool/gate_doc.h -- all that a gate told, in one document: what the reports are
 * made of, and the JSON report itself.
 *
 * Members: tool, began, ended, reason, by, exit, cut (it was interrupted), and
 * targets, one an address: host, addr, plan (event gate-plan), facts of the
 * baseline, openings (gate-open), spans, changes, proof (the gate-round that was
 * open last, with its cause), end (gate-end); sekimori.control(7) has the
 * members of each. */

#include <jansson.h>

#include "base/clock.h"

enum { GATE_DOC_OPENINGS = 500 };	/* kept of one address; the rest is in the numbers */

/* A new document, or NULL.  reason may be NULL. */
json_t *gate_doc_new(const char *reason, struct wall began);

/* Adds an event of the request for host.  Events of other kinds, or without an
 * address, are left out.  Without memory something is missing. */
void gate_doc_event(json_t *doc, const char *host, const json_t *ev);

void gate_doc_end(json_t *doc, struct wall ended, int exit, bool cut);
