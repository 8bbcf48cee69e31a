#pragma once
/* fact/handover.h -- did the target hand the letter on by itself, or may
 * somebody who got it have done so?
 *
 * Pure; the mail is hostile.  A target that keeps strangers' letters (a
 * catch-all, a quarantine, an answering machine) gives the token to people, who
 * can send it to the mailbox through the target itself.  What such a way shows
 * above the target's record of our session, or instead of it, and the time it
 * takes, are weighed here: a proof that does not stand alone lists only with a
 * second, independent one (doc/decisions/0056).
 *
 * All signs but the delay are the target's word: they make a proof weaker and
 * nobody closed. */

#include "fact/chain.h"

enum handover_sign {	/* the worst of them counts */
	HAND_NONE,
	HAND_PICKUP,	/* a program on the target handed it in */
	HAND_MAILBOX,	/* it was delivered, or redirected, before */
	HAND_CLIENT,	/* at the target another client than we handed it in */
	HAND_ACCOUNT,	/* ... with an account of the target's */
	HAND_N,
};

struct handover_in {
	const struct chain	*chain;	/* that chain_read() made of: */
	const struct chain_in	*way;
	int64_t			 delay_s;	/* from the letter's acceptance to its arrival; a relay that
						 * is quicker than its own reply: 0 */
};

struct handover {
	enum handover_sign	 sign;
	bool			 alone;	/* the proof lists by itself */
	const char		*why;	/* tag: why not; "" where alone, or where no line links at all */
};

void handover_weigh(struct handover *out, const struct handover_in *in);
