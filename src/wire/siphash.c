#include "wire/siphash.h"

#include <string.h>

struct state {
	uint64_t	v0, v1, v2, v3;
};

static uint64_t
le64(const uint8_t *p)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint64_t
rotl(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static void
mix(struct state *s, unsigned rounds)
{
	for (; rounds > 0; rounds--) {
		s->v0 += s->v1;
		s->v1 = rotl(s->v1, 13) ^ s->v0;
		s->v0 = rotl(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotl(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotl(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotl(s->v1, 17) ^ s->v2;
		s->v2 = rotl(s->v2, 32);
	}
}

static void
add(struct state *s, uint64_t m)
{
	s->v3 ^= m;
	mix(s, 2);
	s->v0 ^= m;
}

uint64_t
siphash(const uint8_t key[SIPHASH_KEY], const void *in, size_t n)
{
	const uint64_t k0 = le64(key), k1 = le64(key + 8);
	struct state s = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
		k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };
	const uint8_t *p = in;
	uint8_t last[8] = { 0 };
	size_t i = 0;

	for (; i + 8 <= n; i += 8)
		add(&s, le64(p + i));
	if (i < n)
		memcpy(last, p + i, n - i);
	last[7] = (uint8_t)n;
	add(&s, le64(last));
	s.v2 ^= 0xff;
	mix(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
