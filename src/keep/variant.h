#pragma once
/* keep/variant.h -- which form an attempt was, and how it went out: the same
 * members wherever one is told.  For the owner, the CSIRT and the operator
 * alone (architecture 5). */

#include <jansson.h>

#include "keep/keep.h"

/* Puts form, class, variant (0 first: of its name, port or mechanism), port and, where it
 * had them, mechanism, host and dom (names of the target that stood in it) into
 * o.  err sticks, as in sys/json_put.h. */
void variant_put(json_t *o, const struct attempt *a, int *err);
