#pragma once
/* account/slice.h -- lines out of octets that come in pieces, for a look at
 * files.  (What is counted is cut by the span, which does no more than that.) */

#include <stddef.h>

#include "base/str.h"

struct account_slice {
	void	(*line)(void *ctx, struct str line);	/* without its LF; valid for the call */
	void	*ctx;
	char	*room;		/* a line's beginning; owned */
	size_t	 n;
};

/* Returns 0 or SEK_ENOMEM; account_slice_free() in any case. */
int account_slice_init(struct account_slice *s, void (*line)(void *ctx, struct str line),
    void *ctx) MUST_CHECK;
void account_slice_free(struct account_slice *s);

/* Calls line for every line that ends in p[0..n); of one that is longer than
 * SYSLOG_LINE_MAX its beginning. */
void account_slice_take(struct account_slice *s, const char *p, size_t n);

/* The rest, when it has no LF. */
void account_slice_end(struct account_slice *s);
