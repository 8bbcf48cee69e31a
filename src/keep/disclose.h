#pragma once
/* keep/disclose.h -- the evidence of one address, whole, for those who may see
 * it: the proved owner, the CSIRT, the operator (architecture 5). */

#include "keep/control.h"

enum {
	DISCLOSE_PROOFS = 50,	/* the newest of each */
	DISCLOSE_VERDICTS = 50,
	DISCLOSE_JOURNAL = 200,
	DISCLOSE_RUNS = 12,	/* with their transcripts */
	DISCLOSE_MAIL = 1 << 20,	/* octets of one mail */
};

/* The requests evidence and evidence-mail. */
void disclose_verb(struct request *r);
void disclose_verb_mail(struct request *r);
