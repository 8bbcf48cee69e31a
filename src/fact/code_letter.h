#pragma once
/* fact/code_letter.h -- the letter that brings a code to the postmaster of an
 * address whose owner somebody says to be.
 *
 * Pure.  It says in plain Japanese and English who asked, for what, the code,
 * until when it holds, and what to do if it was not you.  7-bit, base64 body,
 * CRLF lines; Auto-Submitted (RFC 3834 5), so that nobody answers it by
 * machine. */

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "wire/addr.h"

struct code_letter {		/* text borrowed; none of it can break out of its place */
	struct str	code;
	struct str	from, to;	/* mail addresses */
	struct str	id;		/* of the message, before the @ */
	struct str	pd;		/* domain behind it */
	struct str	zone;		/* the list */
	struct str	url;		/* its pages */
	struct str	operator;	/* UTF-8; who runs it, or empty */
	struct str	contact;	/* mail address, or empty */
	struct addr	addr;		/* that the code is for */
	struct addr	asker;		/* who asked; ::: the operator's tool */
	struct wall	now, until;
};

enum { CODE_LETTER_MAX = 8192 };	/* octets: enough for the longest names */

/* Returns 0 or SEK_ELIMIT. */
int code_letter_write(struct wbuf *w, const struct code_letter *in) MUST_CHECK;
