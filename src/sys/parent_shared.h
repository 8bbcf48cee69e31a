#pragma once
/* sys/parent_shared.h -- the parent makes what roles share (sys/shared.h).
 *
 * Used by sys/parent*.c alone. */

#include "sys/parent_kid.h"

/* Makes all memory files.  Returns 0 or SEK_ESYS. */
int parent_shared_make(struct family *f) MUST_CHECK;
void parent_shared_free(struct family *f);

/* As the senders of parent_kid.c: what k has still to be given. */
int parent_shared_send(struct family *f, struct kid *k) MUST_CHECK;
bool parent_shared_due(const struct family *f, const struct kid *k);
