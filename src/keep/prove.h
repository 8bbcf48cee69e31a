#pragma once
/* keep/prove.h -- an owner proves that an address is his: by the address the
 * request comes from, a record below a name of it, or a code mailed to the
 * postmaster of such a name (architecture 1.1). */

#include "keep/control.h"

/* The request prove. */
void prove_verb(struct request *r);

/* What became of a letter; this prober died. */
void prove_letter_done(struct keep *k, const struct msg_letter_done *m);
void prove_letters_lost(struct keep *k, int who);
