#pragma once
/* tests/unit/snapshot_sign.h -- right hashes for a file whose octets were changed,
 * since nothing else gets past them. */

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

#include "wire/snapshot_body.h"

static inline void
sign_u64(uint8_t *p, uint64_t v)
{
	struct wbuf w = wbuf_of(p, 8);

	wbuf_u64(&w, v);
}

/* Sets length and hashes right, as far as the file has places for them. */
static inline void
sign(uint8_t *f, size_t n)
{
	uint8_t all[SNAP_HASHED_HEAD + SNAP_SECTIONS * SNAP_ROW];
	size_t rows;

	if (n < SNAP_HEAD)
		return;
	sign_u64(f + 16, n);
	rows = snap_u32(f + 12);
	if (rows > SNAP_SECTIONS || SNAP_HEAD + rows * SNAP_ROW > n)
		return;
	for (size_t i = 0; i < rows; i++) {
		uint8_t *row = f + SNAP_HEAD + i * SNAP_ROW;
		struct rbuf r = rbuf_of(row, SNAP_ROW);
		uint64_t at, len;

		(void)rbuf_bytes(&r, 8);
		at = rbuf_u64(&r);
		len = rbuf_u64(&r);
		if (at <= n && len <= n - at)
			sign_u64(row + 32, XXH3_64bits(f + at, (size_t)len));
	}
	memcpy(all, f, SNAP_HASHED_HEAD);
	memcpy(all + SNAP_HASHED_HEAD, f + SNAP_HEAD, rows * SNAP_ROW);
	sign_u64(f + SNAP_HASHED_HEAD, XXH3_64bits(all, SNAP_HASHED_HEAD + rows * SNAP_ROW));
}
