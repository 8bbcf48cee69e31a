#pragma once
/* account/slab.h -- blocks for one thread alone, in doubled sizes.
 *
 * What millions of records grow and give back.  Of malloc(3) two threads got it
 * under one lock, or page by page out of arenas of their own: 1.65 and 1.58 s for
 * a log of 1 GB; out of huge pages of their own 1.46 s (bench_account, rotated,
 * the quarter of the fastest runs).  A block that was given back serves the next of
 * its size; memory goes back to the system with the whole slab. */

#include <stddef.h>

enum {
	SLAB_LEAST = 128,	/* octets of the smallest */
	SLAB_SIZES = 9,		/* up to 32 KiB; what is larger is malloc's */
};

struct slab_spare;
struct slab_chunk;

struct slab {
	struct slab_spare	*spare[SLAB_SIZES];	/* given back; the last come first */
	struct slab_spare	*deepest[SLAB_SIZES];	/* of each, when there is one: the end of the list */
	struct slab_chunk	*chunk;			/* all of them, the newest first */
	char			*at;			/* what of the newest nobody had yet, */
	size_t			 left;			/* its octets */
};

/* A block of at least n octets (not 0), at a multiple of 64 when it is from a
 * chunk.  NULL: no memory. */
void *slab_take(struct slab *s, size_t n);

/* Gives a block back that was asked for with n octets; p may be NULL. */
void slab_give(struct slab *s, void *p, size_t n);

/* The block p of n octets (NULL: none) with room for `to`, which is more; it may
 * have moved.  NULL: no memory, and p is as before. */
void *slab_grow(struct slab *s, void *p, size_t n, size_t to);

/* Blocks of b are a's now; b is empty. */
void slab_join(struct slab *a, struct slab *b);

/* Is a block of n octets not in any chunk?  Then slab_give() is what frees it. */
static inline int
slab_is_large(size_t n)
{
	return n > (size_t)SLAB_LEAST << (SLAB_SIZES - 1);
}

/* All blocks but the large ones are gone. */
void slab_free(struct slab *s);
