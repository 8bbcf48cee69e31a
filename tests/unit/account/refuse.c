/* refuse.c -- preloaded into `sekimori account`: of each of its processes the allocation
 * number SEKIMORI_REFUSE (from 0, since the start of the first one) is refused.
 * libc's own need of memory, before main() and in stdio, goes by here, too. */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static _Atomic long done, refused = -1;

__attribute__((constructor)) static void
begin(void)
{
	const char *text = getenv("SEKIMORI_REFUSE");

	done = 0;
	refused = text != NULL ? atol(text) : -1;
}

static bool
refuse(void)
{
	if (done++ != refused)
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t n)
{
	return refuse() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return refuse() ? NULL : __libc_realloc(p, n);
}
