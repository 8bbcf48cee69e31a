#pragma once
/* keep/permit.h -- may this address be connected to, now?
 *
 * The only place where that is decided; asked when a session is planned and
 * again at the moment of connecting (MSG_ASK).  Source: architecture 1.1. */

#include "fact/basis.h"
#include "keep/keep.h"

struct permit {
	bool		 ok;
	const char	*why;		/* tag when not ok: "opted-out", "no-basis", ... */
	enum basis	 basis;
	enum depth	 deepest;	/* that may be asked for */
	enum depth	 usual;		/* when nothing was asked for */
	enum pace	 pace;
	struct wall	 until;		/* of the basis; 0: until revoked */
	uint64_t	 nominee;	/* its row; 0: a listing, or ours */
};

/* Never fails to answer: when the store cannot be read, the answer is no
 * ("store"). */
void permit_check(struct permit *out, struct keep *k, const struct addr *a,
    enum run_kind purpose);

/* Is a inside a configured laboratory range? */
bool permit_lab(const struct conf *c, const struct addr *a);

/* Could any basis open this address?  Returns NULL, or the tag: special use,
 * our own receiver, public probing off, or on and not passed by the checklist
 * (keep/doctor), or the store cannot say. */
const char *permit_never(struct keep *k, const struct addr *a);

/* Is a within an opt-out?  Returns 1, 0, or a negative error. */
int permit_opted_out(struct keep *k, const struct addr *a) MUST_CHECK;
