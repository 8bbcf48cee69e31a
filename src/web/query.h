#pragma once
/* web/query.h -- what a person typed into the one field.
 *
 * Pure; every octet is hostile.  People paste what they have: an address with a
 * port, in brackets or full-width digits, a mail address, a URL, a line's end of
 * a bounce.  Only what has one meaning is understood; nothing is guessed. */

#include "base/clock.h"
#include "wire/addr.h"

enum query_kind {
	QUERY_ADDR = 1,		/* addr is set */
	QUERY_HOST,		/* name is set: out of a URL, so its own addresses are meant */
	QUERY_DOMAIN,		/* name is set: its mail servers are meant */
	QUERY_NONE,		/* why is set */
};

enum {
	QUERY_OCTETS = 1024,	/* that are looked at */
	QUERY_NAME = 254,	/* longest name of RFC 1035 2.3.4 as text, and a NUL */
};

struct query {
	enum query_kind	 kind;
	struct addr	 addr;
	char		 name[QUERY_NAME];	/* a-z 0-9 - _ and dots, no final dot; lower case */
	const char	*why;			/* tag of a text: "query.network" */
};

/* Understands text, valid UTF-8.
 *	192.0.2.25  192.0.2.25:25  [192.0.2.25]  192.0.2.25  2001:db8::25
 *	[2001:db8::25]:25  user@[IPv6:2001:db8::25]  ::ffff:192.0.2.25
 *	mx.example.jp.  user@example.jp  <user@example.jp>  mailto:user@example.jp
 *	https://example.jp:8443/path  smtp://192.0.2.25
 *	25.2.0.192.bl.example	a name of our own zone: the address it asks for
 *	25.2.0.192.in-addr.arpa	the same for the reverse tree
 * zone: the list's, or empty. */
void query_parse(struct query *out, struct str text, struct str zone);

/* A moment as when_parse() takes it, or a day "2026-11-27", which is its last
 * second in the zone that is east_s seconds ahead of UTC.  Returns 0 or
 * SEK_EPARSE. */
int query_time(struct wall *out, struct str text, int64_t east_s) MUST_CHECK;
