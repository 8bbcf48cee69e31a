#pragma once
/* tool/check_cache.h -- a resolver that asks each question once.
 *
 * Many domains share mail servers, and many mail servers stand on one address:
 * equal questions wait for one answer, and an answer is kept for those that
 * come later.  A failure that came at once (a stopped resolver fails everything
 * in the same millisecond) is asked again after a second, once; one that took
 * its time has had its tries. */

#include "sys/resolve.h"

enum {
	CHECK_CACHE_MAX = 262144,	/* answers kept; the oldest are forgotten */
	CHECK_CACHE_AGAIN_MS = 1000,
};

/* Wraps inner and takes it over on success.  max: answers kept, at least 1.
 * Returns 0 or SEK_ENOMEM. */
int check_cache_new(struct resolver **out, struct loop *l, struct resolver *inner,
    size_t max) MUST_CHECK;
