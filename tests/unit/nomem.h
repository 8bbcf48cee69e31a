#pragma once
/* tests/unit/nomem.h -- the allocation number fail_at (from 0) is refused; for
 * tests that are linked with --wrap=malloc, calloc and realloc. */

#include <stdbool.h>
#include <stddef.h>

static long fail_at = -1;	/* -1: none; threads count together */

static bool
refuse(void)
{
	return __atomic_load_n(&fail_at, __ATOMIC_RELAXED) >= 0 &&
	    __atomic_fetch_sub(&fail_at, 1, __ATOMIC_RELAXED) == 0;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_malloc(size_t n)
{
	return refuse() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return refuse() ? NULL : __real_realloc(p, n);
}
