#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "account/slab.h"

enum { BLOCKS = 400, STEPS = 40000, LARGEST = 100000 };

struct block {
	unsigned char	*p;
	size_t		 n;	/* octets asked for */
	unsigned char	 mark;
};

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Small ones mostly, and some that are malloc's. */
static size_t
random_size(uint32_t *seed)
{
	static const size_t most[] = { 128, 300, 1000, 1000, 5000, 40000, LARGEST };

	return 1 + next_random(seed) % most[next_random(seed) % (sizeof(most) / sizeof(most[0]))];
}

static int
holds(const struct block *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] != b->mark)
			return 0;
	return 1;
}

static void
take(struct slab *s, struct block *b, size_t n, uint32_t *seed)
{
	*b = (struct block){ slab_take(s, n), n, (unsigned char)next_random(seed) };
	assert_non_null(b->p);
	if (!slab_is_large(n))
		assert_int_equal((uintptr_t)b->p % 64, 0);
	memset(b->p, b->mark, n);
}

/* What it held is there still; what is new is marked, too. */
static void
grow(struct slab *s, struct block *b, size_t more)
{
	unsigned char *p = slab_grow(s, b->p, b->n, b->n + more);

	assert_non_null(p);
	b->p = p;
	memset(b->p + b->n, b->mark, more);
	assert_true(holds(b));
	b->n += more;
}

static void
blocks_are_whose_they_were_given_to(void **state)
{
	struct block block[BLOCKS] = { { NULL, 0, 0 } };
	struct slab s = { .chunk = NULL };
	uint32_t seed = 20261128;

	(void)state;
	for (int i = 0; i < STEPS; i++) {
		struct block *b = &block[next_random(&seed) % BLOCKS];

		if (b->p == NULL) {
			take(&s, b, random_size(&seed), &seed);
		} else if (next_random(&seed) % 3 == 0 && b->n < LARGEST) {
			grow(&s, b, random_size(&seed));
		} else {
			assert_true(holds(b));
			slab_give(&s, b->p, b->n);
			b->p = NULL;
		}
	}
	for (size_t i = 0; i < BLOCKS; i++) {
		assert_true(block[i].p == NULL || holds(&block[i]));
		slab_give(&s, block[i].p, block[i].n);
	}
	slab_free(&s);
}

/* Counts how many of the first n blocks were had before. */
static size_t
taken_again(struct slab *s, unsigned char *const *had, size_t n, size_t octets)
{
	size_t again = 0;

	for (size_t i = 0; i < n; i++) {
		const unsigned char *p = slab_take(s, octets);

		for (size_t k = 0; k < n; k++)
			again += p == had[k];
	}
	return again;
}

static void
what_was_given_back_serves_again_and_a_joined_slab_keeps_all(void **state)
{
	enum { N = 100, OCTETS = 700 };
	struct slab a = { .chunk = NULL }, b = { .chunk = NULL };
	unsigned char *had[2 * N];
	struct block kept;
	uint32_t seed = 7;

	(void)state;
	for (size_t i = 0; i < 2 * N; i++)
		assert_non_null(had[i] = slab_take(i < N ? &a : &b, OCTETS));
	take(&b, &kept, OCTETS, &seed);
	for (size_t i = 0; i < 2 * N; i++)
		slab_give(i < N ? &a : &b, had[i], OCTETS);
	slab_join(&a, &b);
	assert_null(b.chunk);
	assert_int_equal(taken_again(&a, had, 2 * N, OCTETS), 2 * N);
	assert_true(holds(&kept));
	slab_give(&a, kept.p, kept.n);
	slab_free(&b);
	slab_free(&a);
}

static void
an_empty_one_can_be_joined_either_way(void **state)
{
	struct slab a = { .chunk = NULL }, b = { .chunk = NULL };
	struct block x;
	uint32_t seed = 1;

	(void)state;
	take(&b, &x, 200, &seed);
	slab_join(&a, &b);
	slab_join(&a, &b);
	assert_true(holds(&x));
	slab_give(&a, x.p, x.n);
	assert_ptr_equal(slab_take(&a, 200), x.p);
	slab_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_whose_they_were_given_to),
		cmocka_unit_test(what_was_given_back_serves_again_and_a_joined_slab_keeps_all),
		cmocka_unit_test(an_empty_one_can_be_joined_either_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
