#pragma once
/* keep/json_put.h -- objects put together step by step, with an error that
 * sticks: an answer that lacks a member for want of memory must not look
 * whole. */

#include <jansson.h>

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
