#pragma once
/* fact/cookie.h -- DNS server cookies that other servers with the same secret
 * understand.
 *
 * Pure: time is an argument.  Sources: RFC 7873 (the option), RFC 9018 4 (what
 * is in a server cookie):
 *
 *	client cookie (8) | version 1 | reserved (3) | time (4) | hash (8)
 *
 * where the hash is SipHash-2-4 of all before it and the asker's address.  The
 * time is a serial number of 32 bits (RFC 1982), seconds since 1970. */

#include "base/clock.h"
#include "wire/addr.h"
#include "wire/siphash.h"

enum {
	COOKIE_CLIENT = 8, COOKIE_SERVER = 16,
	COOKIE_LEN = COOKIE_CLIENT + COOKIE_SERVER,
	COOKIE_MIN = COOKIE_CLIENT, COOKIE_WHOLE_MIN = 16, COOKIE_MAX = 40,
	COOKIE_SECRET = SIPHASH_KEY,
	COOKIE_PAST_S = 3600, COOKIE_AHEAD_S = 300,	/* valid, RFC 9018 4.3 */
	COOKIE_RENEW_S = 1800,	/* an older one that is valid is made anew */
};

enum cookie {		/* what a query brought */
	COOKIE_NONE,
	COOKIE_NEW,		/* a client cookie alone */
	COOKIE_BAD,		/* a server cookie that is not ours, or too old */
	COOKIE_VALID,		/* the asker is where it says */
};

/* Judges octets[0..n), an option as it came (8, or 16 to 40 octets; hostile).
 * peer  who asks, as the socket says */
enum cookie cookie_judge(const uint8_t *octets, size_t n,
    const uint8_t secret[COOKIE_SECRET], const struct addr *peer,
    struct wall now);

/* Writes the cookie that goes back to the asker with that client cookie. */
void cookie_make(uint8_t out[COOKIE_LEN], const uint8_t client[COOKIE_CLIENT],
    const uint8_t secret[COOKIE_SECRET], const struct addr *peer,
    struct wall now);

/* Seconds since octets (COOKIE_VALID) was made; negative: ahead of us. */
int32_t cookie_age_s(const uint8_t *octets, struct wall now);
