#pragma once
/* keep/sunset_verb.h -- the request sunset: a step towards the end of the list,
 * or how far it has gone. */

#include "keep/control.h"
#include "keep/sunset.h"

void sunset_verb(struct request *r);
