#pragma once
/* fact/special_use.h -- addresses that are nobody's mail server.
 *
 * Pure: a dated table of the IANA special-purpose address registries, of
 * multicast and of reserved space.  Nothing in it is ever probed or listed.
 * Addresses that carry another one inside (6to4, Teredo, NAT64) are refused
 * altogether: what they reach is not what they name.
 *
 * Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and
 * its updates), RFC 5771 and RFC 4291 (multicast), RFC 4380, RFC 3056, RFC 6052. */

#include <stdbool.h>
#include <stddef.h>

#include "wire/addr.h"

/* The day on which the table was written down from the registries. */
#define SPECIAL_USE_DATE "2026-11-22"

/* Is a of special use?  A lab range that holds it re-opens it, but only where
 * special_use_lab() allows lab ranges at all.
 * lab   the configured lab ranges
 * why   a static tag, "loopback", "private", "6to4" ..., or NULL when a is
 *       none (re-opened ones keep the tag) */
bool special_use(const struct addr *a, const struct net *lab, size_t n_lab,
    const char **why);

/* May this be a lab range (architecture 1.1)?  Only wholly inside 127/8, ::1,
 * RFC 1918, 198.18/15, fc00::/7 or documentation space. */
bool special_use_lab(const struct net *n);
