#pragma once
/* base/arena.h -- memory by lifetime: allocate many, drop all at once.
 *
 * One arena per dialogue, query or request: reset it, do not free its parts. */

#include <stddef.h>

#include "base/str.h"

struct arena;

/* A new arena that never holds more than max octets.  NULL: out of memory. */
struct arena *arena_new(size_t max);
void arena_free(struct arena *a);	/* a may be NULL */
void arena_reset(struct arena *a);	/* everything handed out is gone */

/* n zeroed octets aligned for any type, or NULL (out of memory, or past max). */
void *arena_alloc(struct arena *a, size_t n);

/* Copies of s with a NUL after; p is NULL on failure. */
struct str arena_str(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
