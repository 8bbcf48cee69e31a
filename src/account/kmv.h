#pragma once
/* account/kmv.h -- how many different things were seen, in a few octets: the
 * smallest of their hashes (Bar-Yossef et al. 2002).  Exact below the number
 * that is kept, then an estimate; the order of adding makes no difference. */

#include <stdint.h>
#include <string.h>

enum { KMV_N = 16 };

struct kmv {
	uint32_t	least[KMV_N];	/* ascending */
	uint32_t	n;
};

/* Returns whether it changed anything. */
static inline int
kmv_add(struct kmv *k, uint32_t hash)
{
	uint32_t i = k->n;

	if (i == KMV_N && hash >= k->least[KMV_N - 1])
		return 0;
	while (i > 0 && k->least[i - 1] > hash)
		i--;
	if (i > 0 && k->least[i - 1] == hash)
		return 0;
	if (k->n == KMV_N)
		k->n--;
	memmove(&k->least[i + 1], &k->least[i], (k->n - i) * sizeof(k->least[0]));
	k->least[i] = hash;
	k->n++;
	return 1;
}

static inline void
kmv_join(struct kmv *a, const struct kmv *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		kmv_add(a, b->least[i]);
}

static inline uint32_t
kmv_count(const struct kmv *k)
{
	if (k->n < KMV_N || k->least[KMV_N - 1] == 0)
		return k->n;
	return (uint32_t)((double)(KMV_N - 1) * 4294967296.0 / (double)k->least[KMV_N - 1]);
}
