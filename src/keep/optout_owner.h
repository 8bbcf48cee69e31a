#pragma once
/* keep/optout_owner.h -- an owner ends all tests of his address for good. */

#include "keep/control.h"

/* The request optout-owner. */
void optout_owner_verb(struct request *r);
