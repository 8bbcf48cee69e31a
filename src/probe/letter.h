#pragma once
/* probe/letter.h -- the mail that a probe sends.
 *
 * Pure.  It says in plain Japanese and English who probes, why, what it means
 * that the reader sees it, and how to stop it (relay-tests section 5), and
 * carries keeper's signed block, found again by fact/letter.  7-bit; base64
 * body; CRLF lines.  Sources: RFC 5322, RFC 2047 2, RFC 2045 6.8, RFC 3834 5
 * (Auto-Submitted), RFC 2369 3.2 (List-Unsubscribe). */

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "fact/letter.h"
#include "wire/addr.h"

struct letter_in {	/* text borrowed; none of it can break out of its place */
	struct str	recipient;	/* token {T} */
	struct str	sender;		/* token {S} */
	struct str	block;		/* LETTER_BEGIN to LETTER_END, LF lines, ASCII */
	struct str	pd;		/* probe domain */
	struct str	operator;	/* UTF-8; who probes */
	struct str	contact;	/* mail address, or empty */
	struct str	url;		/* page that explains */
	struct str	form;		/* "P01" */
	struct addr	target;
	uint16_t	port;
	struct wall	now;
};

/* Writes the mail into w (LETTER_MAX octets are enough for the longest names
 * that the configuration takes; then the words are fewer).
 * Returns 0 or SEK_ELIMIT, with w->len as before. */
int letter_write(struct wbuf *w, const struct letter_in *in) MUST_CHECK;
