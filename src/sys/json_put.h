#pragma once
/* sys/json_put.h -- JSON put together step by step, with an error that sticks,
 * and written: a document that lacks a member for want of memory must not look
 * whole. */

#include <jansson.h>
#include <stdlib.h>

#include "base/err.h"

/* Sets a member; v is taken over and may be NULL (no memory). */
static inline void
json_put(json_t *o, const char *key, json_t *v, int *err)
{
	if (json_object_set_new(o, key, v) != 0)
		*err = SEK_ENOMEM;
}

/* Appends to a list likewise. */
static inline void
json_put_item(json_t *list, json_t *v, int *err)
{
	if (json_array_append_new(list, v) != 0)
		*err = SEK_ENOMEM;
}

/* o, or NULL with o dropped when there was an error. */
static inline json_t *
json_put_end(json_t *o, int err)
{
	if (err == 0)
		return o;
	json_decref(o);
	return NULL;
}

/* Its compact text, to be freed; NULL: no memory.  Measured first: json_dumps()
 * of jansson 2.14 goes on when its buffer could not grow for a member's name. */
static inline char *
json_put_text(const json_t *o)
{
	size_t n = json_dumpb(o, NULL, 0, JSON_COMPACT);
	char *text = n == 0 ? NULL : malloc(n + 1);

	if (text == NULL || json_dumpb(o, text, n, JSON_COMPACT) != n) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}
