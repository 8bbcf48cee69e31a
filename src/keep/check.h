#pragma once
/* keep/check.h -- what is known of one address, for whoever asks. */

#include "keep/control.h"

enum { CHECK_HISTORY = 50 };	/* rows of history in one answer */

/* The request check. */
void check_verb(struct request *r);
