#pragma once
/* fact/chain.h -- the way a returned probe took, read from its Received lines.
 *
 * Pure; the mail is hostile.  relay-tests section 6.7: read from the top; the
 * topmost is our mailbox's own word (it is NOT in the mail given here: the
 * receiver adds none, the socket says more), each further one is believed only
 * as far as it links, until one records the prober's own address or EHLO name. */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "wire/addr.h"

struct chain_in {
	struct str	mail;		/* hostile, whole message */
	struct addr	exit;		/* who connected to the mailbox (socket) */
	struct str	exit_helo;	/* hostile: what it said its name was */
	struct addr	entry;		/* where the probe connected to */
	struct addr	prober;		/* our source address, or :: */
	struct str	ehlo;		/* the name we said, carries a session id */
};

/* What the entry's own line records of our session.  Text hostile, borrowed
 * from the mail; empty: it does not say. */
struct chain_entry {
	struct str	line;		/* its value, folded as it came */
	struct addr	client;		/* :: unknown */
	struct str	client_name;	/* that the entry found for that address (PTR) */
	struct str	helo;
	struct str	by;		/* its own name */
	struct str	with;		/* "ESMTPS" */
	struct str	id;		/* its queue's */
	struct str	rcpt;		/* "for", without <> */
	struct str	software;	/* "Postfix", "Exim 4.96" */
	bool		authenticated, tls;
	bool		certificate;	/* we showed one */
	bool		mapped;		/* client stands there as ::ffff:192.0.2.1 */
};

/* The host that the entry handed the mail on to, where another than the entry
 * wrote the lines above. */
struct chain_next {
	struct str	name;		/* its own, hostile, borrowed; empty: there is none */
	struct addr	addr;		/* under which it was seen above, at last by the socket; :: unknown */
	struct str	rcpt;		/* "for" of its line, as the entry gave it */
	struct str	software;
};

struct chain {
	bool		single;		/* exit is entry */
	bool		same_name;	/* exit, of the other address family, calls itself what the
					 * entry does: its other address, by its own word */
	bool		linked;		/* single, or every line links down to our session */
	uint8_t		hops;		/* Received lines read, capped at 255 */
	bool		found_us;	/* a line records the prober's session: */
	struct chain_entry entry;	/* that line */
	struct str	last;		/* the last line that links, borrowed; empty: not even the first */
	struct chain_next next;
};

void chain_read(struct chain *out, const struct chain_in *in);
