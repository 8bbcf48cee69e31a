#pragma once
/* wire/siphash.h -- SipHash-2-4: a keyed hash of short inputs.
 *
 * Pure; safe on hostile octets.  Source: Aumasson and Bernstein, "SipHash: a
 * fast short-input PRF" (2012); it is the hash of DNS cookies (RFC 9018 4.4)
 * and keeps strangers from choosing who shares a bucket with whom. */

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY = 16 };	/* octets */

uint64_t siphash(const uint8_t key[SIPHASH_KEY], const void *in, size_t n);
