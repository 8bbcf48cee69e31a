#pragma once
/* keep/list_body.h -- single rows of `listing` with their journal rows; for
 * keep/list.c, keep/range.c and keep/sunset.c alone.  All inside a write. */

#include "keep/list.h"

static const struct digest list_no_reason;

/* Each returns 0, SEK_ESTORE or STORE_FULL. */
int list_row_add(struct keep *k, struct listing *l) MUST_CHECK;

/* What is not there any more is no change. */
int list_row_remove(struct keep *k, const struct listing *l, enum journal_kind kind,
    const struct digest *reason) MUST_CHECK;

/* Keeps the words of a person's decision beside the chain.  Returns as above,
 * or SEK_ELIMIT: too long. */
int list_reason(struct digest *out, struct keep *k, struct str reason,
    struct str who) MUST_CHECK;
