/* American flag sort (McIlroy, Bostic, McIlroy, "Engineering radix sort",
 * 1993): count how many keys have each first octet, swap every key into its
 * part, then sort the parts by the next octet.  The time does not depend on
 * what the keys are, so no list can be made that is slow to read. */

#include "tool/zone_sort.h"

#include <string.h>

enum {
	OCTETS = 256,
	FEW = 24,	/* keys that moving one by one sorts sooner; measured */
};

/* Width is a constant wherever this is inlined, and with it the copies. */
static inline void
swap_into_parts(uint8_t *keys, size_t width, size_t at, size_t next[OCTETS],
    const size_t end[OCTETS])
{
	for (size_t part = 0; part < OCTETS; part++)
		while (next[part] < end[part]) {
			uint8_t key[ZONE_SORT_V6], other[ZONE_SORT_V6];

			memcpy(key, keys + next[part] * width, width);
			while (key[at] != part) {
				uint8_t *home = keys + next[key[at]]++ * width;

				memcpy(other, home, width);
				memcpy(home, key, width);
				memcpy(key, other, width);
			}
			memcpy(keys + next[part]++ * width, key, width);
		}
}

static inline void
count(size_t next[OCTETS], size_t end[OCTETS], const uint8_t *keys, size_t n,
    size_t width, size_t at)
{
	size_t sum = 0;

	memset(end, 0, OCTETS * sizeof(end[0]));
	for (size_t i = 0; i < n; i++)
		end[keys[i * width + at]]++;
	for (size_t part = 0; part < OCTETS; part++) {
		next[part] = sum;
		sum += end[part];
		end[part] = sum;
	}
}

static inline void
insert(uint8_t *keys, size_t n, size_t width)
{
	for (size_t i = 1; i < n; i++) {
		uint8_t key[ZONE_SORT_V6];
		size_t j = i;

		memcpy(key, keys + i * width, width);
		for (; j > 0 && memcmp(keys + (j - 1) * width, key, width) > 0; j--)
			memcpy(keys + j * width, keys + (j - 1) * width, width);
		memcpy(keys + j * width, key, width);
	}
}

/* Depth is width at most, 4 KiB each. */
static void
sort_at(uint8_t *keys, size_t n, size_t width, size_t at)
{
	size_t next[OCTETS], end[OCTETS], begin = 0;

	if (n <= FEW) {
		if (width == ZONE_SORT_V4)
			insert(keys, n, ZONE_SORT_V4);
		else
			insert(keys, n, ZONE_SORT_V6);
		return;
	}
	if (width == ZONE_SORT_V4) {
		count(next, end, keys, n, ZONE_SORT_V4, at);
		swap_into_parts(keys, ZONE_SORT_V4, at, next, end);
	} else {
		count(next, end, keys, n, ZONE_SORT_V6, at);
		swap_into_parts(keys, ZONE_SORT_V6, at, next, end);
	}
	if (at + 1 == width)
		return;
	for (size_t part = 0; part < OCTETS; begin = end[part++])
		if (end[part] - begin > 1)
			sort_at(keys + begin * width, end[part] - begin, width, at + 1);
}

size_t
zone_sort(uint8_t *keys, size_t n, size_t width)
{
	size_t kept = n > 0;

	sort_at(keys, n, width, 0);
	for (size_t i = 1; i < n; i++) {
		if (memcmp(keys + (kept - 1) * width, keys + i * width, width) == 0)
			continue;
		if (kept != i)
			memcpy(keys + kept * width, keys + i * width, width);
		kept++;
	}
	return kept;
}
