#pragma once
/* wire/mail_put.h -- pieces of a mail that we write.
 *
 * Pure.  Sources: RFC 2045 6.8 (base64), RFC 2047 2 (encoded words), RFC 5322
 * 3.3 (dates). */

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

/* Base64 with its padding, without line ends. */
void mail_put_base64(struct wbuf *w, const char *p, size_t n);

/* The same in lines of 76 letters, each with CRLF. */
void mail_put_lines(struct wbuf *w, const char *p, size_t n);

/* Text of a field: as it is when ASCII (quoted: between quotation marks), else
 * in encoded words.  s must hold no control octet, no " and no \ (str_clean). */
void mail_put_words(struct wbuf *w, struct str s, bool quoted);

/* "Date: Sun, 22 Nov 2026 22:06:36 +0000" CRLF; a moment before 1970 or after
 * 9999 is 1970. */
void mail_put_date(struct wbuf *w, struct wall now);
