#pragma once
/* account/refusals.h -- when somebody was refused to relay: of each second with
 * such a refusal the first, with its line, and the last.
 *
 * Which refusal was the first after the last mail that was let through is asked
 * when all is read.  Where there are more such seconds than REFUSALS_MOST, two
 * seconds are taken together, then four and so on: refusals_after() may then
 * tell the last of such a stretch in place of one before it, and is wrong by
 * less than a stretch. */

#include "account/at.h"
#include "base/err.h"
#include "base/str.h"

enum { REFUSALS_MOST = 4096 };

struct refusal {	/* of one stretch */
	struct account_at	first, last;
	char			*line;	/* of the first, at most ACCOUNT_QUOTE octets; owned */
	size_t			 len;
};

struct account_refusals {
	struct refusal	*one;	/* ascending */
	size_t		 n, cap;
	unsigned	 wide;	/* a stretch is 2^wide seconds */
};

void refusals_free(struct account_refusals *r);
int refusals_copy(struct account_refusals *to, const struct account_refusals *from) MUST_CHECK;

/* SEK_ENOMEM: nothing was added. */
int refusals_add(struct account_refusals *r, struct account_at at, struct str line) MUST_CHECK;
int refusals_join(struct account_refusals *a, const struct account_refusals *b,
    const struct account_shift *by) MUST_CHECK;

/* The first after at (never: of all).  *line is borrowed until the next is
 * added, "" where it is not kept.  Returns false if there is none. */
bool refusals_after(const struct account_refusals *r, struct account_at at,
    struct account_at *out, struct str *line);
