#pragma once
/* keep/lookup.h -- a name's mail servers and addresses, and which of them are
 * listed. */

#include "keep/control.h"

enum { LOOKUP_HOSTS = 16, LOOKUP_ADDRS = 16 };

/* The request resolve. */
void lookup_verb(struct request *r);
