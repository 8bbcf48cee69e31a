#pragma once
/* tests/bench/dns_entries.h -- the entries of a measurement, by their number.
 *
 * Distinct, rising, IPv4, scattered: what is written into a list and what is
 * asked about are the same without a file between them.  The room from
 * 11.0.0.0 to 219.0.0.0 is cut into n parts of one width; each holds one
 * entry, at a place that a hash of its number draws. */

#include <stdint.h>

enum { DNS_ENTRIES_MAX = 50000000 };	/* parts are 60 wide or wider */

static inline uint32_t
dns_entries_hash(uint32_t i)
{
	uint64_t h = (i + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);

	return (uint32_t)(h >> 32);
}

static inline uint32_t
dns_entries_width(uint32_t n)
{
	return UINT32_C(0xd0000000) / n;
}

/* The i-th of n entries, i < n, in the order of a host's number. */
static inline uint32_t
dns_entries_at(uint32_t i, uint32_t n)
{
	uint32_t width = dns_entries_width(n);

	return UINT32_C(0x0b000000) + i * width + dns_entries_hash(i) % width;
}

/* An address of the same part that is no entry.  draw: any number. */
static inline uint32_t
dns_entries_miss(uint32_t i, uint32_t n, uint32_t draw)
{
	uint32_t width = dns_entries_width(n);
	uint32_t at = dns_entries_hash(i) % width;

	return UINT32_C(0x0b000000) + i * width + (at + 1 + draw % (width - 1)) % width;
}
