#pragma once
/* keep/visit.h -- who a request is from, and what that one may see and do.
 *
 * Public pages show what the DNS tells anybody anyway; forms, transcripts,
 * headers and chains are a recipe for abuse and are for the proved owner, the
 * operator and a CSIRT alone (architecture 5). */

#include "keep/control.h"
#include "keep/grant.h"

enum role {		/* numbers are stored: never reuse one */
	ROLE_PUBLIC = 0,
	ROLE_OWNER = 1,		/* of the address that is asked about */
	ROLE_CSIRT = 2,		/* holds a key */
	ROLE_OPERATOR = 3,	/* on the control socket */
	ROLE_N
};

struct visitor {
	enum role		 role;
	struct addr		 addr;		/* that is asked about */
	struct addr		 asker;		/* as web says; :: the operator's tool */
	bool			 own;		/* they are the same */
	enum proof_method	 method;	/* of a grant; else PROOF_NONE */
	struct wall		 until;		/* the grant's end; else 0 */
};

/* Reads members addr, asker, grant and key.  false: the request has failed
 * ("bad-addr", "bad-request", "bad-key", "store") and is gone. */
bool visit_read(struct visitor *v, struct request *r);

/* The same with an address that is known otherwise. */
bool visit_read_for(struct visitor *v, struct request *r, const struct addr *a);

/* The same without an address: v->addr is ::, no grant counts. */
bool visit_read_asker(struct visitor *v, struct request *r);

/* Is v still what it was?  A grant may end while a page is open. */
enum role visit_role(const struct visitor *v, struct wall now);
const char *visit_role_name(enum role role);

/* Takes one look-up of names off the asker's quota (keep/quota.h); CSIRT and
 * operator have none.  false: the request has failed ("asker-limit"). */
bool visit_may_resolve(const struct visitor *v, struct request *r);

/* Was the address proved so far that every form is the owner's to ask for?
 * Not by the source address alone, which a NAT may share. */
bool visit_proved(const struct visitor *v);
