#pragma once
/* wire/date.h -- when a mail passed a host, as that host wrote it.
 *
 * Pure; the text is hostile.  Source: RFC 5322 3.3 (date-time), 4.3 (zones by
 * name), RFC 5321 4.4 (the date ends a Received line). */

#include "base/clock.h"
#include "base/str.h"

enum { DATE_MAX = 200 };	/* octets of a date, with comments and folds */

/* Reads "[Mon,] 22 Nov 2026 07:06:36 +0900 (JST)", the second may be missing.
 * The day of the week is not compared; a zone that is no number counts as UTC,
 * but for those of RFC 822 (EST ... PDT).  Years 1970 to 9999.
 * Returns 0, SEK_EPARSE, or SEK_ELIMIT past DATE_MAX. */
int date_read(struct wall *out, struct str s) MUST_CHECK;

/* The same of a Received field's value: what stands behind its last ; that is
 * in no comment.  Returns SEK_EPARSE also when there is none. */
int date_received(struct wall *out, struct str value) MUST_CHECK;
