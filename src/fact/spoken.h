#pragma once
/* fact/spoken.h -- how a target presented itself in one session: banner, what
 * it offers, TLS.
 *
 * Pure; the transcript quotes the target: hostile.  Its lines are those of
 * fact/said.h.  What is kept is cleaned, so that it can be shown and compared. */

#include <stdbool.h>

#include "base/str.h"

enum {
	SPOKEN_BANNER = 256,	/* octets with NUL */
	SPOKEN_OFFER = 512,
	SPOKEN_TLS = 256,
};

struct spoken {
	uint16_t	port;			/* 0: the session never connected */
	char		banner[SPOKEN_BANNER];	/* first line after the code; "" none came */
	char		offer[SPOKEN_OFFER];	/* keywords of EHLO without TLS, sorted, "; " between */
	char		offer_tls[SPOKEN_OFFER];	/* the same within TLS */
	char		tls[SPOKEN_TLS];	/* version, cipher, certificate; "" no TLS */
	bool		greeted, greeted_tls;	/* EHLO was taken there: an empty offer is one */
};

/* Reads the transcript of one session as far as it goes.  Of several replies to
 * EHLO the first of each kind counts: what follows a login is no offer to
 * strangers.  An offer that does not fit ends in "; ...". */
void spoken_read(struct spoken *out, struct str transcript);

/* Writes text with dates, times of day and their zones as "*": a banner may
 * name the moment (Sendmail, Exim).  Always with a NUL. */
void spoken_timeless(char *out, size_t cap, struct str text);
