#pragma once
/* keep/audit.h -- every start: is the chain of the journal whole, and is
 * `listing` what the journal says?
 *
 * A small store is looked at before anything else happens, and one with a
 * broken chain is not used.  Of a large one the end of the chain is; the rest
 * follows page by page from the loop, beside the work: minutes for ten million
 * rows, during which who asks waits for one page at most.  What differs is
 * repaired; a chain that is broken there is told (event journal-broken), again
 * at every start, since only an older copy of the database can mend it. */

#include "keep/keep.h"

enum {
	AUDIT_AT_ONCE = 32,	/* pages of JOURNAL_PAGE rows */
	AUDIT_EVERY_MS = 20,	/* between two pages afterwards */
};

/* why is set on failure, for a person.  Returns 0, SEK_ENOMEM, SEK_ESTORE,
 * STORE_FULL, SEK_EPARSE (the chain is broken). */
int audit_open(struct keep *k, char why[256]) MUST_CHECK;
void audit_close(struct keep *k);
bool audit_done(const struct keep *k);	/* everything was looked at */
