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

struct chain {
	bool		single;		/* exit is entry */
	bool		linked;		/* single, or every line links down to our session */
	uint8_t		hops;		/* Received lines read, capped at 255 */
	bool		found_us;	/* a line records the prober's session */
	struct addr	believed;	/* client that the entry recorded; :: unknown */
	bool		authenticated;	/* that line says ESMTPA / ESMTPSA */
	bool		tls;		/* ... ESMTPS */
	struct str	entry_line;	/* that line's value, borrowed; or empty */
};

void chain_read(struct chain *out, const struct chain_in *in);
