#pragma once
/* keep/range.h -- a whole /24 or /64 as listed, by the operator's decision, and
 * the addresses that are excepted from it.
 *
 * Rules:
 * 1. Nothing is listed without proof: a range needs a live listing of an
 *    address inside, and ends with the last one.  Entries only (127.0.0.2).
 * 2. An exception is an address inside a range that is not listed by itself.
 *    It is made when a clean test or the operator clears an address, and for
 *    whoever opted out; it ends with the range, and when the address is proved
 *    to be open.  It never hides a proof: who has a live listing of his own is
 *    not excepted, by nobody (range-listed-itself); that listing goes by its own
 *    rules first (keep/list), and then the exception is made.
 * 3. An opt-out of the whole range, or of more addresses in it than
 *    RANGE_EXCEPTS, ends the range.
 *
 * A range is a row of `listing` without an end of its own (RANGE_UNTIL);
 * exceptions are in the journal alone. */

#include "keep/keep.h"

#define RANGE_UNTIL ((struct wall){ INT64_MAX })
enum { RANGE_EXCEPTS = 4096 };

/* The /24 or /64 around an address. */
struct net range_net(const struct addr *a);

struct range_at {		/* what a range says of an address */
	struct net	net;
	bool		stands;
	bool		excepted;	/* from a range that stands */
	struct wall	since, until;	/* until: of the last listing inside, 0 of a past one */
	struct wall	excepted_since;
};

/* Is an address listed, or excepted, by a range at a moment (INT64_MAX: now)?
 * Returns 0 or SEK_ESTORE. */
int range_at(struct range_at *out, struct keep *k, const struct addr *a,
    struct wall at) MUST_CHECK;

/* --- the operator's work; not inside keep_write() --- */

/* Each returns 0; a negative error; STORE_FULL; or RANGE_REFUSED with *why a
 * tag of keep/verbs: range-length, special-use, range-name, range-unproved,
 * range-listed, range-opted-out, range-not-listed, range-listed-itself;
 * list-frozen, list-empty (keep/status). */
enum { RANGE_REFUSED = 16 };
int range_widen(struct keep *k, const struct net *n, struct str reason,
    struct str who, const char **why) MUST_CHECK;
int range_narrow(struct keep *k, const struct net *n, struct str reason,
    struct str who, const char **why) MUST_CHECK;
int range_except(struct keep *k, const struct addr *a, bool ends, struct str reason,
    struct str who, const char **why) MUST_CHECK;

/* --- for keep/list and keep/nominate, inside a write --- */

/* The listing of an address went.  cleared: by a clean test or a person, so
 * that a range must not list it any more. */
int range_left(struct keep *k, const struct addr *a, bool cleared,
    const struct digest *reason) MUST_CHECK;

/* An address that has no listing is cleared: excepts it from a range that
 * lists it.  *excepted: it did. */
int range_clear(struct keep *k, const struct addr *a, const struct digest *reason,
    bool *excepted) MUST_CHECK;

/* An address is listed by itself now: it is no exception any more. */
int range_entered(struct keep *k, const struct addr *a) MUST_CHECK;

/* n opted out. */
int range_opted_out(struct keep *k, const struct net *n) MUST_CHECK;
