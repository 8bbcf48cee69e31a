#pragma once
/* keep/verbs.h -- what the requests of keep/verbs.c and keep/show.c share. */

#include "keep/control.h"

/* A text member of the request, or an empty one.  Hostile. */
struct str verb_member(const struct request *r, const char *key);

/* The address in "target"; false: the request has failed and is gone. */
bool verb_target(struct request *r, struct addr *a);

/* Ends the request with what the store said. */
void verb_fail_store(struct request *r, int err);
