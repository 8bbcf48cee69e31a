#pragma once
/* keep/evidence.h -- erasable octets beside the chain; the only writer of
 * `evidence`.
 *
 * Octets are known by their SHA-256, which is all that the journal holds, so a
 * mail can be erased without breaking the chain.  The whole has a budget
 * (evidence.megabytes): the oldest go first, but never the proof of a live
 * listing and never a reason. */

#include "keep/keep.h"

/* SHA-256 of octets. */
void evidence_digest(struct digest *out, struct str octets);

/* Stores octets, erasing old ones past the budget; the same octets twice are
 * one row.  Inside keep_write() or keep_precious().
 * Returns 0, SEK_ELIMIT (more than one row may hold), SEK_ESTORE, STORE_FULL. */
int evidence_put(struct digest *out, struct keep *k, enum evidence_kind kind,
    struct str octets) MUST_CHECK;

/* Reads; text borrowed until store_forget().  Returns 0, STORE_NONE (never
 * there, or erased), SEK_ESTORE, SEK_ENOMEM. */
int evidence_read(struct evidence *out, struct keep *k,
    const struct digest *d) MUST_CHECK;

/* Erases, also that of a live listing (privacy comes first).  Inside a write.
 * Returns 0, STORE_NONE, SEK_ESTORE, STORE_FULL. */
int evidence_erase(struct keep *k, const struct digest *d) MUST_CHECK;
