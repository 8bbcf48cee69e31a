#pragma once
/* keep/prove_body.h -- what prove.c and prove_letter.c share. */

#include "keep/claim.h"
#include "keep/confirm.h"
#include "keep/visit.h"

#define PROVE_LABEL "_sekimori."

enum {
	PROVE_NAMES = CONFIRM_NAMES + 1,
	PROVE_FOUND = 4,		/* texts that are shown of one name */
	PROVE_SHOWN = 128,		/* octets of each */
};

struct prove {			/* one request */
	struct confirm		 confirm;	/* first: see keep/confirm.h */
	struct request		*r;
	struct visitor		 v;
	enum proof_method	 method;
	struct claim		 claim;
	/* of a record */
	char			 value[CLAIM_VALUE];
	char			 names[PROVE_NAMES][TEXT_HOST + 1];
	size_t			 n_names;
	unsigned		 open;		/* questions without an answer */
	json_t			*found;		/* owned */
	const char		*name;		/* where it was found, or NULL */
	/* of a letter */
	struct prove		*next;		/* that waits too */
	uint64_t		 letter;	/* under way; 0: none */
	int			 who;		/* the prober that has it */
	struct loop_timer	*timer;
	char			 to[TEXT_HOST + 16];
};

/* Ends p's request with an error of the table, or with the grant; p is gone
 * after.  name: where the record was, or NULL. */
void prove_end(struct prove *p, const char *tag);
void prove_grant(struct prove *p, const char *name);

/* prove_letter.c.  May one more letter be sent?  false: p is gone. */
bool prove_letter_allowed(struct prove *p);
void prove_letter_names(struct request *r);	/* the names are known */
void prove_letter_drop(struct prove *p);	/* nobody waits for it any more */
