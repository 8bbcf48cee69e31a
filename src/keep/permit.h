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
	struct wall	 owner;		/* when it was proved last that an owner asks; 0: never */
};

/* Never fails to answer: when the store cannot be read, the answer is no
 * ("store"). */
void permit_check(struct permit *out, struct keep *k, const struct addr *a,
    enum run_kind purpose);

/* The same for a run, whose names count too: those that it was given, those of
 * its address's PTR, and those that lead to it.  One that is within an opt-out
 * of a domain says no ("opted-out"). */
void permit_run(struct permit *out, struct keep *k, const struct run *r);

/* May a laboratory range of c hold addresses that keep the pace of owners
 * (RFC 1918)? */
bool permit_paced_lab(const struct conf *c);

/* Is a inside a configured laboratory range? */
bool permit_lab(const struct conf *c, const struct addr *a);

/* Is a an address of the machine that this runs on? */
bool permit_own(const struct keep *k, const struct addr *a);

/* Could any basis open this address?  Returns NULL, or the tag: special use,
 * our own receiver, public probing off, or on and not passed by the checklist
 * (keep/doctor), or the store cannot say. */
const char *permit_never(struct keep *k, const struct addr *a);

/* Is a within an opt-out?  Returns 1, 0, or a negative error. */
int permit_opted_out(struct keep *k, const struct addr *a) MUST_CHECK;

/* Is a host's name, or one of the words, within an opt-out of a domain?
 * As permit_opted_out(). */
int permit_names_opted_out(struct keep *k, struct str host, struct str words) MUST_CHECK;
