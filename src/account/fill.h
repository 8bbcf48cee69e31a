#pragma once
/* account/fill.h -- a settled tally as the result that outputs read. */

#include "account/tally.h"
#include "base/arena.h"

enum {
	FILL_ROWS = 10000,	/* of a table, the first; what is behind is in its rest */
	FILL_OCTETS = 128 * 1024 * 1024,	/* at most: of full tables, every row with every class */
};

/* Fills counts, tables, hours, listings, gaps and quoted lines of *out; what
 * they need is in a (and in t, which must stay as it is).  Returns 0 or SEK_ENOMEM. */
int fill_result(struct account_result *out, const struct account_tally *t,
    struct arena *a) MUST_CHECK;
