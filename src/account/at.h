#pragma once
/* account/at.h -- a moment with its place, in 16 octets, and the places of two
 * spans of one file made one.
 *
 * What is kept by the hundred thousand keeps struct account_at; the result
 * shows struct account_when. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "account/where.h"

enum { AT_LINE_BITS = 40 };	/* 10^12 lines a file, 16 million files */

struct account_at {
	int64_t		s;	/* UTC */
	uint64_t	at;	/* file and line; 0: never */
};

static inline struct account_at
at_of(int64_t s, uint32_t file, uint64_t line)
{
	return (struct account_at){ s, (uint64_t)file << AT_LINE_BITS | line };
}

static inline bool
at_is(struct account_at a)
{
	return a.at != 0;
}

/* By time, in one second by place. */
static inline bool
at_before(struct account_at a, struct account_at b)
{
	return a.s != b.s ? a.s < b.s : a.at < b.at;
}

static inline void
at_first(struct account_at *a, struct account_at b)
{
	if (at_is(b) && (!at_is(*a) || at_before(b, *a)))
		*a = b;
}

static inline void
at_last(struct account_at *a, struct account_at b)
{
	if (at_is(b) && (!at_is(*a) || at_before(*a, b)))
		*a = b;
}

static inline struct account_when
at_when(struct account_at a)
{
	return (struct account_when){ .s = a.s, .where = {
		.file = (uint32_t)(a.at >> AT_LINE_BITS),
		.line = a.at & (((uint64_t)1 << AT_LINE_BITS) - 1) } };
}

/* The lines that a span counted in its first file, when that is the file the
 * span before it ended in, stand so many lines further down; so do the places
 * in the order of reading (seq). */
struct account_shift {
	uint32_t	file;
	uint64_t	lines;
	uint64_t	seq;
};

static inline struct account_at
at_shift(struct account_at a, const struct account_shift *by)
{
	if (at_is(a) && a.at >> AT_LINE_BITS == by->file)
		a.at += by->lines;
	return a;
}
