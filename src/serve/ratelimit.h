#pragma once
/* serve/ratelimit.h -- how many answers a prefix gets by UDP, counted by all
 * workers together.
 *
 * Works on memory that the workers share (dns-limit of sys/shared.h), with
 * relaxed loads and stores and nothing else: two workers that meet in one place
 * at once may count one answer less, never wait.
 *
 * A place is one word: 12 bits that tell prefixes apart, 52 bits of time in
 * sixteenths of a microsecond.  That time is when the prefix will have paid for
 * all that it got: the generic cell rate algorithm (ITU-T I.371), where an
 * answer costs 1/rate of a second and up to RATELIMIT_BURST_S of debt is
 * allowed.  Eight places are one cache line; a prefix belongs to one line by a
 * keyed hash and takes its place there, or that of the one that owes least. */

#include "fact/answer.h"
#include "sys/shared.h"

enum {
	RATELIMIT_BURST_S = 5,
	RATELIMIT_V4 = 96 + 24, RATELIMIT_V6 = 56,	/* what counts as one asker */
};

struct ratelimit {
	/* not for the caller: */
	const uint8_t	*key;
	_Atomic uint64_t *places;
	uint64_t	 lines;
	uint64_t	 cost, burst;	/* in sixteenths of a microsecond */
	uint64_t	 now;
	uint32_t	 slip, until_slip;
};

/* memory  mapped, at least two lines of it; borrowed
 * rate    answers a second, 1 to 1,000,000
 * slip    every slip-th answer above it is ANSWER_SLIP; 0: none */
void ratelimit_set(struct ratelimit *r, const struct shared *memory,
    uint32_t rate, uint32_t slip);

/* The moment of the answers that follow. */
static inline void
ratelimit_now(struct ratelimit *r, struct mono now)
{
	r->now = (uint64_t)now.ms * 16000;
}

/* As limit of struct answer_policy: ctx is the struct ratelimit. */
enum answer_verdict ratelimit_ask(void *ctx, const struct addr *peer);
