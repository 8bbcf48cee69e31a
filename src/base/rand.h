#pragma once
/* base/rand.h -- chance is an argument too.
 *
 * The real source is getrandom(2); a seeded one makes a scenario repeatable
 * and must never mint a token outside a test. */

#include <stddef.h>
#include <stdint.h>

struct rand {
	void	(*fill)(struct rand *r, void *out, size_t n);
	uint64_t state;	/* of the seeded source */
};

/* getrandom(2); aborts if the kernel has none (it never returns weak octets). */
void rand_real(struct rand *r);

/* splitmix64 from seed: for tests only. */
void rand_seeded(struct rand *r, uint64_t seed);

static inline void
rand_fill(struct rand *r, void *out, size_t n)
{
	r->fill(r, out, n);
}

uint64_t rand_u64(struct rand *r);
