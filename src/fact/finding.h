#pragma once
/* fact/finding.h -- what a remote host said to one form, or to a session.
 *
 * A finding is a fact about somebody else, never an error of ours.  The first
 * table is per attempt (one form), in the order in which an attempt can move. */

enum finding {		/* numbers are stored: never reuse one */
	FIND_NONE = 0,		/* not tried yet */
	FIND_REFUSED = 1,	/* 5xx to this form at RCPT, DATA or end of data; 454 4.7.1 at RCPT */
	FIND_DEFERRED = 2,	/* 4xx: to be repeated with the same tokens */
	FIND_ACCEPTED = 3,	/* 2xx after the end of data: it took the mail, no more */
	FIND_ODD = 4,		/* broke the protocol: impossible code, syntax, too long */
	FIND_CUT = 5,		/* connection lost or timed out in the middle of this form */
	FIND_SKIPPED = 6,	/* not applicable here: no {host} known, no STARTTLS offered, no AAAA */
	FIND_BOUNCED = 7,	/* came back to the sender token as a bounce */
	FIND_RETURNED = 8,	/* came back to the recipient token: it relays */
	FIND_MX = 10,		/* came back, but only as a backup MX passes mail on: no relaying */
	FIND_BARRED = 9,	/* 5xx to MAIL: the recipient was never put to the question */
	/* of a whole session */
	FIND_DONE = 20,		/* ended by our QUIT */
	FIND_NO_CONNECT = 21,	/* refused, unreachable or timed out while connecting */
	FIND_NO_SMTP = 22,	/* connected, but no SMTP reply came */
	FIND_BLOCKED = 23,	/* 5xx banner or 5xx to EHLO and HELO: does not talk to us */
	FIND_BUSY = 24,		/* 4xx banner, or 421 at any time */
	FIND_TARPIT = 25,	/* the overall limit of the session ran out */
	FIND_TLS = 26,		/* TLS was asked for and failed */
};

/* "refused", "accepted", ...: the words of logs, JSON and transcripts. */
const char *finding_name(enum finding f);
