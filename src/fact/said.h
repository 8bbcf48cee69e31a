#pragma once
/* fact/said.h -- what a target said before a form, read from the transcript.
 *
 * Pure; the transcript quotes the target: hostile.  Its lines begin with "S: "
 * (the target), "C: " (we) or "* " (a remark of ours: "connected to ...",
 * "form P01", "TLSv1.3 ..."), as probe/transcript writes them. */

#include <stdbool.h>

#include "base/str.h"
#include "wire/addr.h"

struct said {		/* texts hostile, borrowed from the transcript */
	struct str	banner;		/* first line, with its code */
	struct str	ehlo;		/* whole reply to the last greeting, lines as above */
	struct str	name;		/* ours, in that greeting */
	struct addr	client;		/* that the reply greets: "Hello x [192.0.2.1]"; or :: */
	bool		tls;		/* TLS was on */
};

/* Reads a session's transcript up to the end of the form with that id and one
 * of whose commands holds token: a form may go out with several names.
 * Returns 0, or SEK_EPARSE when that is not in it (*out is then unset). */
int said_read(struct said *out, struct str transcript, struct str form,
    struct str token) MUST_CHECK;
