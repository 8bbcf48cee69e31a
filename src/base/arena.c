#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_OCTETS = 4096 };

struct block {
	struct block	*next;
	size_t		 cap, len;
	alignas(max_align_t) unsigned char at[];
};

struct arena {
	struct block	*blocks;	/* newest first; the first block stays */
	size_t		 max, held;	/* octets in all blocks */
};

struct arena *
arena_new(size_t max)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a != NULL)
		a->max = max;
	return a;
}

void
arena_reset(struct arena *a)
{
	struct block *b, *next;

	for (b = a->blocks; b != NULL && b->next != NULL; b = next) {
		next = b->next;
		a->held -= b->cap;
		free(b);
	}
	a->blocks = b;
	if (b != NULL)
		b->len = 0;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a->blocks);
	free(a);
}

static struct block *
block_add(struct arena *a, size_t n)
{
	size_t cap = n > BLOCK_OCTETS ? n : BLOCK_OCTETS;
	struct block *b;

	if (cap > a->max - a->held && n <= a->max - a->held)
		cap = a->max - a->held;
	if (cap > a->max - a->held)
		return NULL;
	b = malloc(sizeof(*b) + cap);
	if (b == NULL)
		return NULL;
	*b = (struct block){ .next = a->blocks, .cap = cap };
	a->held += cap;
	return a->blocks = b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	struct block *b = a->blocks;
	void *p;

	if (n > a->max)
		return NULL;
	n = (n + align - 1) / align * align;
	if (b == NULL || n > b->cap - b->len)
		b = block_add(a, n);
	if (b == NULL)
		return NULL;
	p = b->at + b->len;
	b->len += n;
	return memset(p, 0, n);
}

struct str
arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (p == NULL)
		return (struct str){ 0 };
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (p == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}
