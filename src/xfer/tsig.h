#pragma once
/* xfer/tsig.h -- TSIG (RFC 8945) by libknot: queries of secondaries checked,
 * answers signed, and the other way round for NOTIFY.
 *
 * The only file that knows libknot.  What comes in is hostile; the clock is
 * the machine's (libknot asks it itself). */

#include "wire/tsig_key.h"

enum {
	TSIG_ROOM = 512,	/* octets that a signature takes at most: key name, algorithm, MAC, times */
	TSIG_MESSAGE = 65535,
	TSIG_REFUSED = 1,	/* answer with NOTAUTH and tsig_sign(): BADKEY, BADSIG, BADTIME */
	TSIG_BROKEN = 2,	/* answer with FORMERR, unsigned */
};

struct tsig_ring;		/* the keys */
struct tsig;			/* one query and its answers, or the other way round */

/* Copies the keys.  Returns 0 or SEK_ENOMEM. */
int tsig_ring_new(struct tsig_ring **out, const struct tsig_keys *keys) MUST_CHECK;
void tsig_ring_free(struct tsig_ring *r);	/* after all of its struct tsig; may be NULL */

/* The first key that this address may use, or NULL.  r may be NULL. */
const struct tsig_key *tsig_ring_for(const struct tsig_ring *r, const struct addr *a);

/* Checks the signature of query q[0..*n), which must have a TSIG record at its
 * end, and takes that off: *n becomes less (also when it is refused).
 * Returns 0, TSIG_REFUSED, TSIG_BROKEN or SEK_ENOMEM; *out is set on 0 and
 * TSIG_REFUSED.  r may be NULL: nobody's key is known. */
int tsig_check(struct tsig **out, const struct tsig_ring *r, uint8_t *q, size_t *n) MUST_CHECK;

/* The key of a query that was found good, or NULL.  t may be NULL. */
const struct tsig_key *tsig_key_of(const struct tsig *t);

/* "badkey", "badsig", "badtime": why a query was refused, for the log. */
const char *tsig_error_word(const struct tsig *t);

/* Octets that the next signature takes, at most TSIG_ROOM; t's own was good. */
size_t tsig_room(const struct tsig *t);

/* Signs the next message of the answer, msg[0..*n) with room for cap octets; a
 * refused query gets its error instead.  Returns 0 or SEK_ELIB. */
int tsig_sign(struct tsig *t, uint8_t *msg, size_t *n, size_t cap) MUST_CHECK;

/* Signs a query of our own with a key of r.  Returns as tsig_sign, or
 * SEK_ENOMEM; *out is set on 0. */
int tsig_ask(struct tsig **out, const struct tsig_ring *r, const struct tsig_key *key,
    uint8_t *msg, size_t *n, size_t cap) MUST_CHECK;

/* Is this the signed answer to it?  msg[0..n) may be changed. */
bool tsig_answered(const struct tsig *t, uint8_t *msg, size_t n);

void tsig_free(struct tsig *t);	/* t may be NULL */
