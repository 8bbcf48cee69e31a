#pragma once
/* wire/smtp_reply.h -- cut one SMTP reply out of a byte stream.
 *
 * Pure: no socket, no clock, no allocation; safe on hostile bytes.
 * Source: RFC 5321 4.2 (grammar), 4.2.1 (multiline), 4.5.3.1.5 (512 octets a
 * line; the bounds here are wider because servers are). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
	SMTP_REPLY_MORE = 1,	/* no whole reply yet: read more, call again */
	SMTP_REPLY_LINE = 2048,	/* octets of one line with its end */
	SMTP_REPLY_LINES = 100,
	SMTP_REPLY_OCTETS = 64 * 1024,	/* of a whole reply */
};

struct smtp_reply {
	uint16_t	 code;	/* 200..599 */
	const char	*text;	/* hostile; first line after the code; borrowed from in */
	size_t		 len;	/* octets in text, no NUL, no CR, no LF */
	size_t		 used;	/* octets of in this reply took */
};

/* Reads one reply from in[0..n).
 * in   octets as received, not NUL-terminated; must outlive *out
 * out  set on 0 only
 * A bare LF ends a line too: old servers send it, and nothing hangs on it.
 * Returns 0; SMTP_REPLY_MORE; SEK_EPARSE for what is no reply line, a code
 * outside 200..599, codes that differ between lines, a NUL or a CR inside a
 * line; SEK_ELIMIT past 2,048 octets a line, 100 lines or 64 KiB.  Both are
 * found as soon as the octets show it, and stay whatever follows. */
int smtp_reply_read(struct smtp_reply *out, const char *in, size_t n) MUST_CHECK;

/* Walks the lines of a whole reply (in, its first used octets): each call
 * cuts one line off *rest and gives its text after the code.
 * Returns false at the end. */
bool smtp_reply_line(struct str *text, struct str *rest);
