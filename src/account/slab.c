#include "account/slab.h"

#include <stdlib.h>
#include <string.h>

#include "account/grow.h"

#if defined(__SANITIZE_ADDRESS__)
#define IS_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_WATCHED 1
#endif
#endif
#ifdef IS_WATCHED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum {
	CHUNK_MIN = 64 * 1024, CHUNK_MAX = 2 * 1024 * 1024,
	HEAD = 64,		/* octets of a chunk before its first block */
};

struct slab_spare {
	struct slab_spare	*next;
};

struct slab_chunk {
	struct slab_chunk	*next;
	size_t			 octets;
};

/* Which of the sizes has room for n octets. */
static unsigned
size_of(size_t n)
{
	return n <= SLAB_LEAST ? 0 :
	    (unsigned)(64 - __builtin_clzll((unsigned long long)(n - 1) / SLAB_LEAST));
}

static size_t
octets_of(unsigned size)
{
	return (size_t)SLAB_LEAST << size;
}

/* What is left of the chunk before is too small, and stays unused. */
static int
chunk_new(struct slab *s)
{
	size_t n = s->chunk == NULL ? CHUNK_MIN : 2 * s->chunk->octets;
	struct slab_chunk *c;

	if (n > CHUNK_MAX)
		n = CHUNK_MAX;
	c = grow_lines(HEAD, n);
	if (c == NULL)
		return SEK_ENOMEM;
	*c = (struct slab_chunk){ s->chunk, n };
	s->chunk = c;
	s->at = (char *)c + HEAD;
	s->left = n - HEAD;
	ASAN_POISON_MEMORY_REGION(s->at, s->left);
	return 0;
}

void *
slab_take(struct slab *s, size_t n)
{
	unsigned size = size_of(n);
	struct slab_spare *p = slab_is_large(n) ? NULL : s->spare[size];

	if (slab_is_large(n))
		return malloc(n);
	if (p != NULL) {
		ASAN_UNPOISON_MEMORY_REGION(p, octets_of(size));
		s->spare[size] = p->next;
		return p;
	}
	if (s->left < octets_of(size) && chunk_new(s) < 0)
		return NULL;
	p = (struct slab_spare *)s->at;
	s->at += octets_of(size);
	s->left -= octets_of(size);
	ASAN_UNPOISON_MEMORY_REGION(p, octets_of(size));
	return p;
}

void
slab_give(struct slab *s, void *p, size_t n)
{
	unsigned size = size_of(n);
	struct slab_spare *b = p;

	if (p == NULL)
		return;
	if (slab_is_large(n)) {
		free(p);
		return;
	}
	if (s->spare[size] == NULL)
		s->deepest[size] = b;
	b->next = s->spare[size];
	s->spare[size] = b;
	ASAN_POISON_MEMORY_REGION(b, octets_of(size));
}

void *
slab_grow(struct slab *s, void *p, size_t n, size_t to)
{
	void *q;

	if (p != NULL && slab_is_large(n))
		return realloc(p, to);
	if (p != NULL && size_of(n) == size_of(to))
		return p;
	q = slab_take(s, to);
	if (q == NULL || p == NULL)
		return q;
	memcpy(q, p, n);
	slab_give(s, p, n);
	return q;
}

/* The spare ones of b come before a's. */
static void
spares_join(struct slab *a, struct slab *b, unsigned size)
{
	struct slab_spare *last = b->deepest[size];

	if (b->spare[size] == NULL)
		return;
	if (a->spare[size] == NULL)
		a->deepest[size] = last;
	ASAN_UNPOISON_MEMORY_REGION(last, sizeof(*last));
	last->next = a->spare[size];
	ASAN_POISON_MEMORY_REGION(last, sizeof(*last));
	a->spare[size] = b->spare[size];
}

void
slab_join(struct slab *a, struct slab *b)
{
	struct slab_chunk *last = b->chunk;

	for (unsigned size = 0; size < SLAB_SIZES; size++)
		spares_join(a, b, size);
	while (last != NULL && last->next != NULL)
		last = last->next;
	if (last != NULL) {
		last->next = a->chunk;
		a->chunk = b->chunk;
		a->at = b->at;
		a->left = b->left;
	}
	*b = (struct slab){ .chunk = NULL };
}

void
slab_free(struct slab *s)
{
	for (struct slab_chunk *c = s->chunk, *next; c != NULL; c = next) {
		next = c->next;
		ASAN_UNPOISON_MEMORY_REGION(c, c->octets);
		free(c);
	}
	*s = (struct slab){ .chunk = NULL };
}
