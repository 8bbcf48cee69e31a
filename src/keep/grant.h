#pragma once
/* keep/grant.h -- what a proved owner holds: a text that says so for one
 * address, one way of proof and a day.
 *
 * Nothing of it is stored: the keys of keep/token sign it.  In lower-case
 * base32: key id, method, until, MAC over them and the address. */

#include "keep/keep.h"

enum proof_method {	/* numbers are stored and stand in grants: never reuse one */
	PROOF_NONE = 0,
	PROOF_SOURCE = 1,	/* the request came from the address */
	PROOF_TXT = 2,		/* a record below its name */
	PROOF_MAIL = 3,		/* a code mailed to the postmaster of its name */
	PROOF_DOMAIN = 4,	/* of a domain that opts out: in claims, never in a grant */
	PROOF_N
};

enum { GRANT_TEXT = 40, GRANT_S = 86400 };

const char *proof_name(enum proof_method m);	/* "source", "txt", "mail" */

/* PROOF_NONE for a word that is none. */
enum proof_method proof_parse(struct str s);

void grant_make(char out[GRANT_TEXT], struct keep *k, const struct addr *a,
    enum proof_method m, struct wall until);

/* Is text (hostile) a grant for a that holds now?  Sets how it was proved and
 * until when. */
bool grant_holds(struct keep *k, struct str text, const struct addr *a,
    enum proof_method *m, struct wall *until);
