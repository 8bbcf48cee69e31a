#pragma once
/* tool/zone_sort.h -- puts millions of addresses in order, in place. */

#include <stddef.h>
#include <stdint.h>

enum { ZONE_SORT_V4 = 4, ZONE_SORT_V6 = 16 };

/* Sorts n keys of width octets (ZONE_SORT_V4 or _V6) as memcmp orders them and
 * drops doubles.  No memory but 64 KiB of stack at most.  Returns how many are
 * left. */
size_t zone_sort(uint8_t *keys, size_t n, size_t width);
