#pragma once
/* wire/received.h -- one Received line: who wrote it, whom it saw.
 *
 * Pure; the line is hostile.
 *
 *	from HELO (RDNS [ADDR]) by NAME (...) with ESMTPS id ID for <TO>; date
 *
 * RFC 5321 4.4 fixes the words and leaves the comments to the writers; read
 * here are those of Postfix, Sendmail, OpenSMTPD, Courier (as above), Exim
 * ("from RDNS ([ADDR] helo=HELO)", "from [ADDR] (helo=HELO)"), qmail ("from
 * RDNS (HELO HELO) (IDENT@ADDR)") and Exchange ("from NAME (ADDR) by NAME
 * (ADDR) with Microsoft SMTP Server").  The first of each word counts. */

#include <stdbool.h>

#include "base/str.h"
#include "wire/addr.h"

enum { RECEIVED_MAX = 8192, RECEIVED_WORDS = 200, RECEIVED_NEST = 8 };

struct received {		/* text hostile and borrowed from the value; empty: not said */
	bool		has_from;	/* a "from" stands there */
	struct str	helo;		/* name the client gave; may be a literal */
	struct str	rdns;		/* name the writer found for it; "unknown" is left out */
	struct addr	from;		/* client as the writer saw it, or :: */
	struct str	by;		/* the writer's name */
	struct str	by_also;	/* name in the comment after it */
	struct addr	by_addr;	/* its address, or :: */
	struct str	with;		/* protocol, first word: "ESMTPSA" */
	struct str	id;
	struct str	rcpt;		/* "for", without <> */
	struct str	software;	/* comment of the writer about itself: "Postfix", "Exim 4.96",
					 * "8.17.1/8.17.1"; of qmail none */
	bool		authenticated;	/* RFC 3848 ...A, or a comment says so */
	bool		tls;		/* RFC 3848 ...S, or a comment says so */
	bool		certificate;	/* the client showed one, good or not */
	bool		mapped;		/* the client stands there as ::ffff:192.0.2.1: Courier's way */
};

/* Reads one field's value, folded or not; the date is not looked at.
 * Returns 0 (also for a line without from and by, as "(qmail 7 invoked from
 * network)"), SEK_EPARSE (a comment that does not end), or SEK_ELIMIT past
 * the bounds above. */
int received_read(struct received *out, struct str value) MUST_CHECK;
