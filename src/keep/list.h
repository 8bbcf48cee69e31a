#pragma once
/* keep/list.h -- verdicts become listings; the only writer of `listing`,
 * with keep/range through keep/list_body.h.
 *
 * Rules (architecture 1.2): the first delivered token lists for 24 hours (over
 * an unlinked path only the second one lists); a second, independent one an
 * hour or more later extends to 30 days from the last proof.  closed removes at
 * once, accepts at its deadline; inconclusive and untested never.  A token
 * lists no more once a newer test found the address closed.  No person
 * can list. */

#include "keep/keep.h"

enum code {		/* last octet of the A answer */
	CODE_ENTRY = 2,		/* relays for strangers: ZONE */
	CODE_EXIT = 3,		/* hands on for an entry: out.ZONE only */
};

enum {
	LIST_FIRST_S = 86400,		/* life of a listing by one proof */
	LIST_FULL_S = 30 * 86400,	/* by two, from the last one */
	LIST_EXITS = 64,		/* exits that one entry may bring */
};

/* A token came back: receipt r, stored already, counts and belongs to attempt
 * a.  Inside keep_write().  Independent of an earlier proof is a token that
 * was minted PROOF_APART_S or more after it.  Special-use and opted-out
 * addresses are neither listed nor extended.  *listed says whether a live
 * listing stands now.  Returns 0, SEK_ESTORE, STORE_FULL. */
int list_proof(struct keep *k, const struct attempt *a, const struct receipt *r,
    bool *listed) MUST_CHECK;

/* A verdict; one that clears removes, also from a range.  Inside keep_write().  *removed: a
 * listing went.  Returns as list_proof(). */
int list_clear(struct keep *k, const struct verdict_row *v, bool *removed) MUST_CHECK;

/* The operator's work: remove (fixed, or asked for) or retract (listed in
 * error), with a reason that is kept as text beside the chain.  What a range
 * lists (keep/range.h) becomes an exception of it.  Not inside
 * keep_write(): it commits by keep_precious(), so it works on a full disk.
 * Returns 0, STORE_NONE (not listed), SEK_ELIMIT (a text too long, another
 * kind), SEK_ESTORE, STORE_FULL. */
int list_remove(struct keep *k, const struct addr *a, enum journal_kind kind,
    struct str reason, struct str who) MUST_CHECK;

/* Removes what has expired, some hundreds at most.  Inside keep_write() or
 * keep_precious().  *next: when to call again (now or earlier: there is more),
 * or 0.  Returns 0, SEK_ENOMEM, SEK_ESTORE, STORE_FULL. */
int list_expire(struct keep *k, struct wall *next) MUST_CHECK;

/* Is `listing` what the journal says, for the addresses above *after, as many as
 * a page of the journal holds?  Repairs them from the journal by
 * keep_precious() and adds to *differed how many rows differed; *after and *end
 * as journal_replay_page().  Returns 0, SEK_ENOMEM, SEK_ESTORE, STORE_FULL. */
int list_reconcile_page(struct keep *k, struct addr *after, bool *end,
    unsigned *differed) MUST_CHECK;

/* The same for all of it.  Not inside keep_write(). */
int list_reconcile(struct keep *k, unsigned *differed) MUST_CHECK;
