#pragma once
/* keep/candidate.h -- what {host} and {dom} may stand for in a run; the only
 * writer of `candidate`.
 *
 * A target has several names: of its PTR, of whoever nominated it, and its own
 * word in banner, EHLO reply and certificate.  The prober finds them and says
 * which lead to the target (relay-tests section 1); here they are kept, also
 * those that may not be used, so that they are asked for once.
 *
 * With the names of an IPv4 target come the IPv6 addresses that they have, for
 * form I01.  Whether such an address may be spoken to is another question
 * (pace_place). */

#include "fact/record_aside.h"
#include "keep/keep.h"

enum {
	CANDIDATES = 24,	/* of a run; more are dropped */
	CANDIDATE_PICKS = 4,	/* with which one form is tried, at most */
	CANDIDATE_ADDRS = 2,	/* IPv6 addresses of an IPv4 target, at most */
};

struct candidates {
	struct candidate	row[CANDIDATES];	/* text below */
	size_t			n;
	char			text[CANDIDATES][2][TEXT_HOST + 1];
};

/* Reads those of a run.  Returns 0, SEK_ESTORE, SEK_ELIMIT. */
int candidate_read(struct candidates *out, struct keep *k, uint64_t run) MUST_CHECK;

/* Stores one that the prober found, unless it is there or the run has enough.
 * Inside keep_write().  Returns 0, SEK_EPARSE (no name), SEK_ESTORE, STORE_FULL. */
int candidate_put(struct keep *k, uint64_t run, const struct msg_name *m) MUST_CHECK;

/* May that be given as a mail domain?  Hostile. */
bool candidate_domain(struct str s);

/* Those with which a form is tried that needs what flags say (FORM_NEEDS_HOST,
 * FORM_NEEDS_DOM): each text, or pair, once, registrable domains first.  out
 * are indices into row.  Returns how many. */
size_t candidate_pick(uint8_t out[CANDIDATE_PICKS], const struct candidates *c,
    unsigned flags);

/* The IPv6 addresses that names of the target lead to as well, as they came.  out
 * are indices into row.  Returns how many. */
size_t candidate_addrs(uint8_t out[CANDIDATE_ADDRS], const struct candidates *c);

/* What {host} is with a row: its own, or for a domain that was given without
 * one the first that is known. */
struct str candidate_host(const struct candidates *c, size_t i);

/* All names, a space between, for the prober: it need not look again.  out
 * has MESSAGE_NAMES octets.  Returns the text. */
struct str candidate_known(char *out, const struct candidates *c);
