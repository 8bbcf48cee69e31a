#pragma once
/* fact/mta.h -- which mail server a target probably runs, out of what it says.
 *
 * Pure; all texts are hostile.  A guess: banners are edited, so several signs
 * are weighed, and what the server writes about itself into the mail counts
 * most.  Sources: the sources and manuals of Debian 12's packages. */

#include <stdbool.h>

#include "base/str.h"

enum mta {		/* numbers are stored: never reuse one */
	MTA_OTHER = 0,	/* none of these, or not known */
	MTA_POSTFIX = 1,
	MTA_EXIM = 2,
	MTA_SENDMAIL = 3,
	MTA_OPENSMTPD = 4,
	MTA_COURIER = 5,
	MTA_N
};

struct mta_in {		/* texts borrowed during the call; empty: not known */
	struct str	software;	/* of its Received line: "Exim 4.96" */
	bool		mapped;		/* it writes clients there as ::ffff:192.0.2.1 */
	struct str	banner;
	struct str	ehlo;		/* its whole reply to EHLO */
	struct str	accepted;	/* its reply after the end of data */
	struct str	refused;	/* its reply to a form it refused */
};

enum mta mta_guess(const struct mta_in *in);

/* "postfix", "exim", "sendmail", "opensmtpd", "courier", "other". */
const char *mta_name(enum mta m);
