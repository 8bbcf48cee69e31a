#pragma once
/* account/same.h -- do the lines of one file stand in another one, too?
 *
 * /var/log/syslog beside mail.log, mail.err, Exim's rejectlog beside its mainlog
 * (forensics.md 4.2).  A few mail lines of one are looked for in the other, by
 * pid and text: the stamp may be written another way.  Only files that cover
 * the same time are asked, so that a rotated set costs nothing. */

#include "account/order.h"

enum { ACCOUNT_SAMPLES = 64 };

struct account_sample {
	uint64_t	hash;
	int64_t		s;	/* UTC */
};

struct account_samples {
	struct account_sample	at[ACCOUNT_SAMPLES];
	size_t			n;
	/* by account_same_find: */
	uint64_t		found;	/* bit i: at[i] stands in the other file */
};

/* Mail lines of the beginning and the end of a file; one that is packed is
 * unpacked whole.  Returns 0 or SEK_ENOMEM. */
int account_same_take(struct account_samples *out, const struct account_seen *s,
    const struct account_place *p, const struct account_zone *zone,
    struct account_far *far) MUST_CHECK;

/* Looks for the samples of n files in another one, of which all is read.
 * first_s, last_s  get the time that it covers; 0, 0: no stamp in it
 * Returns 0 or SEK_ENOMEM. */
int account_same_find(struct account_samples *const *samples, size_t n,
    const struct account_seen *s, const struct account_place *p,
    const struct account_zone *zone, int64_t *first_s, int64_t *last_s,
    struct account_far *far) MUST_CHECK;

enum account_share {
	ACCOUNT_SHARES_NONE,
	ACCOUNT_SHARES_ALL,	/* every line stands in the other file, too */
	ACCOUNT_SHARES_END,	/* those from its first_s on do */
	ACCOUNT_SHARES_BEGIN,	/* those up to its last_s do */
};

/* What the found bits of a file mean, given the time that the other one covers. */
enum account_share account_same_judge(const struct account_samples *s, int64_t first_s,
    int64_t last_s);
