#pragma once
/* wire/snapshot_body.h -- numbers of the format; for the reader, the writer and
 * their tests alone.  The meaning is in doc/snapshot.md. */

#include <stddef.h>
#include <stdint.h>

#define SNAP_MAGIC "SEKISNAP"

enum {
	SNAP_VERSION = 1,
	SNAP_MAGIC_LEN = 8,
	SNAP_HASHED_HEAD = 56,	/* octets before the head's own hash */
	SNAP_HEAD = 64,
	SNAP_ROW = 40,		/* of the section table */
	SNAP_SECTIONS = 32,
	SNAP_ALIGN = 8,
	SNAP_BUCKETS = 65536,
	SNAP_INDEX = (SNAP_BUCKETS + 1) * 4,
	SNAP_ZONE_MAX = 4096,	/* octets of a zone section */
	SNAP_V4 = 4, SNAP_V6 = 16, SNAP_LOW = 2, SNAP_SUM = 4,
	SNAP_STEP = 24,
	SNAP_MAY_IGNORE = 0x8000,	/* types from here on can be passed over */
};

enum snap_section {
	SNAP_S_ZONE = 1,
	SNAP_S_V4_INDEX = 2,	/* u32 per high half: first key of that bucket */
	SNAP_S_V4_LOW = 3,	/* u16 low halves, sorted in their bucket */
	SNAP_S_V6 = 4,
	SNAP_S_V4_CHANGE = 5,	/* address, i32 running sum */
	SNAP_S_V6_CHANGE = 6,
	SNAP_S_STEP = 7,
};

struct snap_row {
	uint16_t	type, code;
	uint64_t	at, octets, count, hash;
};

static inline uint64_t
snap_align(uint64_t at)
{
	return (at + SNAP_ALIGN - 1) & ~(uint64_t)(SNAP_ALIGN - 1);
}

static inline uint16_t
snap_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
snap_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}
