#include "base/rand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void
fill_real(struct rand *r, void *out, size_t n)
{
	uint8_t *p = out;

	(void)r;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}

static uint64_t
splitmix64(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void
fill_seeded(struct rand *r, void *out, size_t n)
{
	uint8_t *p = out;

	while (n > 0) {
		uint64_t v = splitmix64(&r->state);
		size_t take = n < sizeof(v) ? n : sizeof(v);

		memcpy(p, &v, take);
		p += take;
		n -= take;
	}
}

void
rand_real(struct rand *r)
{
	*r = (struct rand){ .fill = fill_real };
}

void
rand_seeded(struct rand *r, uint64_t seed)
{
	*r = (struct rand){ .fill = fill_seeded, .state = seed };
}

uint64_t
rand_u64(struct rand *r)
{
	uint64_t v;

	rand_fill(r, &v, sizeof(v));
	return v;
}
