#pragma once
/* tool/account_reason.h -- the sentences of the reasons that account/judge gives.
 *
 * Values stand in them as {n0} (number), {o0} (octets), {d0} (seconds, as a
 * duration), {t0} (text), {w0} (moment with file and line); tool/account_text
 * fills them in. */

#include <stddef.h>

/* The sentence of a tag in the language of now; an unknown tag comes back. */
const char *account_reason_text(const char *tag);

const char *account_reason_tag(size_t i);	/* NULL: there are no more */
