#pragma once
/* keep/claim.h -- a proof of ownership under way; the only writer of `claim`.
 *
 * A claim is what its asker holds between the two steps of a proof: signed,
 * for one address and one way, good once and for an hour.  In lower-case
 * base32: key id, method, time, chance, MAC over them and the address.  What
 * must be shown (a text in the DNS, a code by mail) follows from the claim and
 * the keys, and from nothing that is public.  Stored are only wrong codes and
 * that a claim was used, so that neither a restart nor a restored page makes
 * it good again. */

#include "keep/grant.h"

enum {
	CLAIM_TEXT = 49,
	CLAIM_S = 3600,
	CLAIM_TRIES = 5,	/* wrong codes of one claim */
	CLAIM_CODE = 10,	/* "abcd-efgh" */
	CLAIM_VALUE = 36,	/* "sekimori-proof=..." */
};

struct claim {
	uint8_t		octets[30];	/* as signed */
	struct addr	addr;
	enum proof_method method;
	struct wall	made;
};

void claim_make(struct claim *out, struct keep *k, const struct addr *a,
    enum proof_method m);
void claim_text(char out[CLAIM_TEXT], const struct claim *c);

/* Reads text (hostile).  Returns 0, or SEK_EPARSE: forged, cut, of another
 * address or another way. */
int claim_read(struct claim *out, struct keep *k, struct str text,
    const struct addr *a, enum proof_method m) MUST_CHECK;

/* What must be shown; secret until it is. */
void claim_code(char out[CLAIM_CODE], struct keep *k, const struct claim *c);
void claim_value(char out[CLAIM_VALUE], struct keep *k, const struct claim *c);

/* Is code (hostile; case, blanks and - do not matter) the right one?  In
 * constant time. */
bool claim_code_is(struct keep *k, const struct claim *c, struct str code);

/* May it still be used?  NULL, or the tag "claim-expired", "claim-used" (also
 * after CLAIM_TRIES wrong codes), "store". */
const char *claim_refused(struct keep *k, const struct claim *c);

/* A wrong code; it was used.  Inside keep_write().  Return 0, SEK_ESTORE,
 * STORE_FULL; claim_used also STORE_NONE when it was used before. */
int claim_tried(struct keep *k, const struct claim *c, unsigned *left) MUST_CHECK;
int claim_used(struct keep *k, const struct claim *c) MUST_CHECK;

/* Forgets what has long expired.  Inside keep_write(). */
int claim_prune(struct keep *k) MUST_CHECK;
