#pragma once
/* account/live.h -- logs that grow: what was added, line by line, into a span.
 *
 * Files are asked for their size (a log is written in bursts, and a look costs
 * nothing), pipes are read when they have something.  A file that became
 * smaller was truncated in place (copytruncate): it begins anew.  One that was
 * renamed is read on beside its successor until nothing comes any more. */

#include "account/far.h"
#include "account/span.h"

enum {
	ACCOUNT_LIVE = 256,		/* files and pipes at once */
	ACCOUNT_LIVE_OLD_S = 60,	/* a renamed file that is silent for so long is let go */
};

struct account_live;

struct account_live_rules {
	struct account_span		*span;		/* borrowed; lines go here */
	const struct account_zone	*zone;
	int64_t				 since_s, until_s;
	struct account_far		*far;		/* may be NULL */
};

/* NULL: no memory. */
struct account_live *account_live_new(const struct account_live_rules *rules);
void account_live_free(struct account_live *l);		/* closes what it took */

/* Takes fd, to be read from octet `at` on, as file number `file` of the result.
 * input says whose it is: a second one of the same input succeeds the first.
 * Returns 0, SEK_ENOMEM, SEK_ELIMIT. */
int account_live_add(struct account_live *l, size_t input, int fd, uint64_t at,
    uint32_t file) MUST_CHECK;

/* Reads what came.  *lines: octets of whole lines that went into the span.
 * again(ctx, input) is called when a file began anew, and gives the number that
 * it has from then on.  Returns 0 or SEK_ENOMEM. */
int account_live_read(struct account_live *l, int64_t now_s, uint64_t *passed,
    uint32_t (*again)(void *ctx, size_t input), void *ctx) MUST_CHECK;

/* The pipes, for poll(2): fills fds[0..cap), returns how many. */
size_t account_live_pipes(const struct account_live *l, int *fds, size_t cap);

/* Is there still something that may grow? */
bool account_live_any(const struct account_live *l);

/* The rest of lines that were never ended, into the span. */
int account_live_end(struct account_live *l, int64_t now_s) MUST_CHECK;
