#pragma once
/* account/flight_flag.h -- what is known of a message that is not over, as bits
 * of its record; numbered as they stand. */

enum flight_flag {
	FLIGHT_USED = 1,
	FLIGHT_BEGAN = 1 << 1,		/* the line of its arrival was read */
	FLIGHT_SOFT = 1 << 2,		/* it begins with what comes right after that line */
	FLIGHT_ENDED = 1 << 3,
	FLIGHT_IN = 1 << 4,		/* it was accepted: in the queue */
	FLIGHT_NOTICE = 1 << 5,		/* the server wrote it itself */
	FLIGHT_REFUSED = 1 << 6,	/* at the end of its data */
	FLIGHT_INSIDE = 1 << 7,		/* its client is this host or near: a leg perhaps */
	FLIGHT_SENDER = 1 << 8,		/* the sender is known, be it "" */
	FLIGHT_FILTERED = 1 << 9,	/* legs were folded in */
	FLIGHT_PASSED = 1 << 10,	/* to a program or a next hop here that names no id */
	FLIGHT_LINGERS = 1 << 11,	/* over, but a leg may yet show up */
	FLIGHT_LINGERED = 1 << 12,
	FLIGHT_DONE = 1 << 13,		/* over with all its legs; the one before it is not */
	FLIGHT_SURE = 1 << 14,		/* the one before named its id */
	FLIGHT_PROXIED = 1 << 15,	/* by a proxy in front: its client is the session's */
	FLIGHT_NAMED = 1 << 16,		/* by a service with a syslog name of its own */
	FLIGHT_LIST = 1 << 17,		/* a list's: an alias of ours made its recipients */
	FLIGHT_BRACKETS = 1 << 18,	/* its client writes <>: see MAIL_ALIASED */
	FLIGHT_HANDED = 1 << 19,	/* by a filter here that told its client */
	FLIGHT_HELD = 1 << 20,		/* by a rule, while it came in */
	FLIGHT_READY = 1 << 21,		/* in line to be counted: nobody's any more */
	FLIGHT_LOGIN = 1 << 22,		/* its client had logged in, as whom the log may not say */
	/* what only the span before can tell */
	FLIGHT_LEFT_ID = 1 << 23,	/* its beginning */
	FLIGHT_LEFT_CHILD = 1 << 24,	/* the leg that it named */
	FLIGHT_LEFT_MSGID = 1 << 25,	/* the leg before it */
	FLIGHT_LEFT_SESSION = 1 << 26,	/* who logged in */
	FLIGHT_LEFT_ORIG = 1 << 27,	/* what it was before it was put back as this */
	FLIGHT_LEFT = FLIGHT_LEFT_ID | FLIGHT_LEFT_CHILD | FLIGHT_LEFT_MSGID | FLIGHT_LEFT_SESSION | FLIGHT_LEFT_ORIG,
};
