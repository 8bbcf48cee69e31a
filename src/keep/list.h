#pragma once
/* keep/list.h -- verdicts become listings; the only writer of `listing`.
 *
 * Rules (architecture 1.2): the first delivered token lists for 24 hours (over
 * an unlinked path only the second one lists); a second, independent one an
 * hour or more later extends to 30 days from the last proof.  closed removes at
 * once, accepts at its deadline; inconclusive and untested never.  No person
 * can list. */

#include "keep/keep.h"

enum code {		/* last octet of the A answer */
	CODE_ENTRY = 2,		/* relays for strangers: ZONE */
	CODE_EXIT = 3,		/* hands on for an entry: out.ZONE only */
};

/* A token came back: receipt r counts and belongs to attempt a.  Inside
 * keep_write().  *listed says whether a live listing stands now. */
int list_proof(struct keep *k, const struct attempt *a, const struct receipt *r,
    bool *listed) MUST_CHECK;

/* A verdict that clears.  *removed: a listing went. */
int list_clear(struct keep *k, const struct verdict_row *v, bool *removed) MUST_CHECK;

/* The operator's work: remove (fixed, or asked for) or retract (listed in
 * error), with a reason that is kept as text beside the chain.  Works on a full
 * disk. Returns 0, STORE_NONE (not listed), SEK_ESTORE. */
int list_remove(struct keep *k, const struct addr *a, enum journal_kind kind,
    struct str reason, struct str who) MUST_CHECK;

/* Removes what has expired.  *next: when to call again, or 0. */
int list_expire(struct keep *k, struct wall *next) MUST_CHECK;

/* Every start: is `listing` what the journal says?  Repairs it from the
 * journal and says how many rows differed. */
int list_reconcile(struct keep *k, unsigned *differed) MUST_CHECK;
