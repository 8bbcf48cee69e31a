#pragma once
/* keep/receipt_way.h -- the way that a returned mail took, for keep/receipt. */

#include "keep/keep.h"

/* Fills hops, linked, believed and entry_addr of *r, whose made, exit_addr and
 * helo are set, out of the mail (hostile).
 * Returns the tag why the proof lists only with a second one, or "". */
const char *receipt_way(struct receipt *r, struct keep *k, const struct attempt *a,
    struct str mail);
