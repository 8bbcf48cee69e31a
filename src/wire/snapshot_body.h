#pragma once
/* wire/snapshot_body.h -- numbers of the format; for the reader, the writer and
 * their tests alone.  The meaning is in sekimori-snapshot(5). */

#include "wire/snapshot.h"

#define SNAP_MAGIC "SEKISNAP"

enum {
	SNAP_VERSION = 2,
	SNAP_MAGIC_LEN = 8,
	SNAP_HASHED_HEAD = 56,	/* octets before the head's own hash */
	SNAP_HEAD = 64,
	SNAP_ROW = 40,		/* of the section table */
	SNAP_SECTIONS = 64,
	SNAP_ALIGN = 8,
	SNAP_BUCKETS = 65536,
	SNAP_INDEX = (SNAP_BUCKETS + 1) * 4,
	SNAP_ZONE_MAX = 4096,	/* octets of a zone section */
	SNAP_V4 = 4, SNAP_V6 = 16, SNAP_LOW = 2, SNAP_SUM = 4,
	SNAP_R4 = 3, SNAP_R6 = 8,	/* a range: the octets that are not zero */
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
	SNAP_S_V4_RANGE = 8,
	SNAP_S_V6_RANGE = 9,
	SNAP_S_V4_EXCEPT = 10,
	SNAP_S_V6_EXCEPT = 11,
	SNAP_S_V4_RANGE_CHANGE = 12,
	SNAP_S_V6_RANGE_CHANGE = 13,
	SNAP_S_V4_EXCEPT_CHANGE = 14,
	SNAP_S_V6_EXCEPT_CHANGE = 15,
};

struct snap_shape {		/* of the keys of a form and family */
	uint8_t	width;
	uint16_t	base, change;	/* sections; IPv4 addresses in a base are V4_INDEX and V4_LOW */
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

static inline uint64_t
snap_u64(const uint8_t *p)
{
	return (uint64_t)snap_u32(p) << 32 | snap_u32(p + 4);
}

extern const struct snap_shape snap_shapes[SNAPSHOT_FORMS][2];	/* [form][v6] */

/* The octets of a that are a key: width of snap_shapes. */
static inline const uint8_t *
snap_key(const struct addr *a, bool v6)
{
	return v6 ? a->o : a->o + sizeof(a->o) - SNAP_V4;
}

/* The list of a code, or NULL; v may be NULL. */
static inline const struct snapshot_list *
snap_list(const struct snapshot_view *v, unsigned code, bool v6)
{
	unsigned at = v == NULL || code > SNAPSHOT_CODE_MAX ? 0 :
	    v->list_at[v6][code];

	return at == 0 ? NULL : &v->lists[at - 1];
}

/* How many keys of a base's, or an overlay's, set lie below k; with through
 * also the one that equals it. */
size_t snap_base_below(const struct snapshot_set *set, const uint8_t *k,
    size_t width, bool through);
size_t snap_change_below(const struct snapshot_set *set, const uint8_t *k,
    size_t width, bool through);

/* Running sum of the first i changes. */
static inline int64_t
snap_sum(const struct snapshot_set *set, size_t i, size_t width)
{
	if (i == 0)
		return 0;
	return (int32_t)snap_u32(set->keys + i * (width + SNAP_SUM) - SNAP_SUM);
}
