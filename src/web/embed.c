#include "web/embed.h"

#include <stdlib.h>
#include <string.h>

static int
by_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct embedded *)row)->name);
}

const struct embedded *
embed_find(const struct embedded *rows, size_t n, const char *name)
{
	return bsearch(name, rows, n, sizeof(*rows), by_name);
}
