#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rand.h"
#include "tool/zone_sort.h"

enum { MOST = 20000 };

static size_t width;

static int
cmp(const void *a, const void *b)
{
	return memcmp(a, b, width);
}

/* The plain way to do it. */
static size_t
sort_plainly(uint8_t *keys, size_t n)
{
	size_t kept = 0;

	qsort(keys, n, width, cmp);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || memcmp(keys + (kept - 1) * width, keys + i * width, width) != 0)
			memmove(keys + kept++ * width, keys + i * width, width);
	return kept;
}

static void
keys_come_out_in_order_and_once(void **state)
{
	/* octets differ in these bits: few make doubles, one octet deep parts */
	static const struct { const char *name; size_t n; uint8_t mask[16]; } cases[] = {
		{ "none", 0, { 0 } },
		{ "one", 1, { 255 } },
		{ "as many as are inserted", 24, { 255, 255, 255, 255 } },
		{ "one more", 25, { 255, 255, 255, 255 } },
		{ "all equal", MOST, { 0 } },
		{ "two values", MOST, { [3] = 1, [15] = 1 } },
		{ "the last octet alone", MOST, { [3] = 255, [15] = 255 } },
		{ "the first octet alone", MOST, { 255 } },
		{ "many doubles", MOST, { 3, 3, 3, 3, [15] = 3 } },
		{ "hardly any", MOST, { 255, 255, 255, 255, 255, 255 } },
	};
	static uint8_t keys[MOST * 16], plain[MOST * 16];
	struct rand r;

	(void)state;
	rand_seeded(&r, 20261127);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) * 2; i++) {
		size_t n = cases[i / 2].n, got, want;

		width = i % 2 == 0 ? ZONE_SORT_V4 : ZONE_SORT_V6;
		for (size_t o = 0; o < n * width; o++)
			keys[o] = (uint8_t)rand_u64(&r) & cases[i / 2].mask[o % width];
		memcpy(plain, keys, n * width);
		got = zone_sort(keys, n, width);
		want = sort_plainly(plain, n);
		if (got != want || memcmp(keys, plain, want * width) != 0)
			fail_msg("%s, width %zu: %zu keys, want %zu", cases[i / 2].name,
			    width, got, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_out_in_order_and_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
