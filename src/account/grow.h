#pragma once
/* account/grow.h -- arrays that grow, all the same way. */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

/* Room for need elements of size octets in *p.  Returns 0 or SEK_ENOMEM (*p is
 * as before). */
static inline int
grow_room(void **p, size_t *cap, size_t need, size_t size)
{
	size_t to = *cap < 16 ? 16 : *cap;
	void *q;

	if (need <= *cap)
		return 0;
	while (to < need)
		to += to / 2;
	q = realloc(*p, to * size);
	if (q == NULL)
		return SEK_ENOMEM;
	*p = q;
	*cap = to;
	return 0;
}

/* size octets, a multiple of line (a power of two), at a multiple of it; much of
 * it in huge pages where the system has some: a place anywhere in it costs no
 * walk through tables of pages then.  free() it. */
static inline void *
grow_lines(size_t line, size_t size)
{
	enum { HUGE = 2 * 1024 * 1024 };
	void *p = size < HUGE ? aligned_alloc(line, size) :
	    aligned_alloc(HUGE, (size + HUGE - 1) / HUGE * HUGE);

	if (p != NULL && size >= HUGE)
		(void)madvise(p, size / HUGE * HUGE, MADV_HUGEPAGE);
	return p;
}

/* A copy of n elements with room for cap of them.  NULL: no memory, or nothing to copy. */
static inline void *
grow_copy(const void *p, size_t n, size_t cap, size_t size)
{
	void *q = p == NULL || cap == 0 ? NULL : malloc(cap * size);

	if (q != NULL)
		memcpy(q, p, n * size);
	return q;
}
