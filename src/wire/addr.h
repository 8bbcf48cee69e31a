#pragma once
/* wire/addr.h -- IP addresses and prefixes as values.
 *
 * Pure.  An IPv4 address is kept as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so one
 * type serves both; a real mapped address from the wire is the same thing. */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct addr {
	uint8_t	o[16];		/* network order */
};

struct net {
	struct addr	addr;	/* host bits zero */
	uint8_t		len;	/* 0..128, counted in the 128-bit form: a v4 /24 is 120 */
};

enum {
	ADDR_TEXT = 46,		/* longest text and a NUL */
	NET_TEXT = 50,
	ADDR_LABELS = 64,	/* longest reversed form and a NUL: 32 nibbles with dots */
};

extern const struct addr addr_none;	/* :: -- "no address" in records */

/* Reads one address: dotted quad without leading zeros, or RFC 4291 text; no
 * brackets, no zone, no port.  Returns 0 or SEK_EPARSE. */
int addr_parse(struct addr *out, struct str s) MUST_CHECK;

/* Reads ADDR or ADDR/LEN.  Host bits that are set are an error, since they
 * are nearly always a slip.  Returns 0 or SEK_EPARSE. */
int net_parse(struct net *out, struct str s) MUST_CHECK;

/* RFC 5952 text, or a dotted quad. */
void addr_text(char out[ADDR_TEXT], const struct addr *a);
void net_text(char out[NET_TEXT], const struct net *n);

/* The labels of RFC 5782 2.1 and 2.4 without the zone: 25.2.0.192, or 32
 * nibbles for IPv6. */
void addr_labels(char out[ADDR_LABELS], const struct addr *a);

struct addr addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
bool addr_is_v4(const struct addr *a);
bool addr_is_none(const struct addr *a);
int addr_cmp(const struct addr *a, const struct addr *b);	/* as memcmp */
bool addr_eq(const struct addr *a, const struct addr *b);

/* a with all but its first len bits (of 128) zero. */
struct addr addr_mask(const struct addr *a, unsigned len);
struct addr net_last(const struct net *n);	/* its last address */
bool net_has(const struct net *n, const struct addr *a);
bool net_within(const struct net *inner, const struct net *outer);
