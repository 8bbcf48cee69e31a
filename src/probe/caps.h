#pragma once
/* probe/caps.h -- what a server says it can: the keywords of its EHLO reply.
 *
 * Pure; safe on hostile replies.  Source: RFC 5321 4.1.1.1; RFC 4954 3 (AUTH;
 * "AUTH=" of old servers too). */

#include "base/str.h"

enum dlg_caps {
	CAP_STARTTLS = 1, CAP_SIZE = 2, CAP_DSN = 4, CAP_PIPELINING = 8,
	CAP_8BITMIME = 16, CAP_AUTH = 32, CAP_SMTPUTF8 = 64, CAP_CHUNKING = 128,
	CAP_XCLIENT = 256, CAP_XFORWARD = 512,
	/* mechanisms of AUTH that we know */
	CAP_PLAIN = 1 << 16, CAP_LOGIN = 1 << 17, CAP_CRAM_MD5 = 1 << 18,
	CAP_ANONYMOUS = 1 << 19, CAP_NTLM = 1 << 20,
};

/* The keywords of a whole EHLO reply, enum dlg_caps. */
unsigned caps_read(struct str raw);

/* The mechanism of that name, or 0. */
unsigned caps_mechanism(struct str name);
