#pragma once
/* keep/show_sessions.h -- why each probe of an address was made: its newest
 * sessions out of the ledger, with the basis, its proof and who asked. */

#include <jansson.h>

#include "keep/keep.h"

/* A new list of objects, newest first; the members are those of
 * sekimori.control(7).  NULL: out of memory, or the store cannot be read. */
json_t *show_sessions(struct keep *k, const struct addr *a);
