#pragma once
/* wire/log_text.h -- words of a server's log line, taken off its left.
 *
 * Pure, inline: they stand in the innermost loop of sekimori account. */

#include <string.h>

#include "base/str.h"
#include "wire/addr.h"

#define LOG_STARTS(s, lit) \
	((s).n >= sizeof(lit) - 1 && memcmp((s).p, lit, sizeof(lit) - 1) == 0)
#define LOG_ENDS(s, lit) \
	((s).n >= sizeof(lit) - 1 && memcmp((s).p + (s).n - (sizeof(lit) - 1), lit, sizeof(lit) - 1) == 0)
/* Takes lit off *s if it stands there. */
#define LOG_SKIP(s, lit) (LOG_STARTS(*(s), lit) && (log_text_pass((s), sizeof(lit) - 1), true))

/* n zero octets.  A function of its own, since gcc fills a struct whose size it
 * knows with "rep stos", which takes three times as long as the C library. */
void log_text_zero(void *p, size_t n);

static inline void
log_text_pass(struct str *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

/* Up to the first lit of two octets, which goes too; all of *s without one. */
static inline struct str
log_text_until2(struct str *s, char a, char b)
{
	const char *at = s->p, *end = s->p + s->n;
	struct str out = *s;

	while (at + 1 < end && (at = memchr(at, a, (size_t)(end - at))) != NULL) {
		if (at + 1 < end && at[1] == b) {
			out.n = (size_t)(at - out.p);
			log_text_pass(s, out.n + 2);
			return out;
		}
		at++;
	}
	*s = (struct str){ end, 0 };
	return out;
}

struct log_host {
	struct str	name;	/* hostile */
	bool		has_addr;
	struct addr	addr;
	uint16_t	port;	/* 0: not written */
};

/* Takes "name[192.0.2.1]:25", "name[IPv6:2001:db8::1]", "[192.0.2.1]:25" or
 * "name[unknown]" off *s.  Returns false with *s as it was when no [ stands in
 * its first 256 octets, or no ] behind it. */
bool log_text_host(struct log_host *out, struct str *s);

/* Takes "<...>" off *s: what is inside.  A > inside of quotes does not end it,
 * if the quotes close; older servers write addresses without them, so one
 * that no blank, comma, colon, semicolon or end follows does not either.
 * Returns false with *s as it was when it does not begin with < or never ends. */
bool log_text_angle(struct str *out, struct str *s);
