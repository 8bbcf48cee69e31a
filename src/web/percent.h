#pragma once
/* web/percent.h -- percent-encoding of paths and forms.
 *
 * Pure but for the arena; hostile octets in, valid UTF-8 out.
 * Source: RFC 3986 2.1; WHATWG URL 5.1 (+ in forms). */

#include <stdbool.h>

#include "base/arena.h"

/* Is s valid UTF-8 (RFC 3629: no overlong form, no surrogate) without NUL? */
bool percent_utf8(struct str s);

/* Decodes s, once.  plus: a + is a space.  out: in a, with a NUL after it.
 * Returns 0; SEK_EPARSE: a % without two hex digits after it, or what comes
 * out is no UTF-8 or has a NUL; SEK_ENOMEM. */
int percent_decode(struct str *out, struct arena *a, struct str s, bool plus) MUST_CHECK;
