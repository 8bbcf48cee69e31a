#pragma once
/* keep/optout_verb.h -- the operator's request to opt out: addresses, prefixes
 * and domains, in one write; and a visitor's of a domain, proved in its DNS. */

#include "keep/control.h"

void optout_verb(struct request *r);
void optout_domain_verb(struct request *r);
