#pragma once
/* web/when.h -- the moment in ?at=, as a person or a script writes it.
 *
 * Pure; hostile text.  Either seconds since 1970, or RFC 3339 5.6:
 * 2026-11-22T22:06:36Z, 2026-11-23t07:06:36.5+09:00.  A fraction is dropped; a
 * leap second counts as the second after it.  A space stands for the + that
 * an unescaped query loses. */

#include "base/clock.h"
#include "base/str.h"

/* Returns 0, or SEK_EPARSE: neither of both, no such day, before 1970 or after
 * 9999. */
int when_parse(struct wall *out, struct str s) MUST_CHECK;
