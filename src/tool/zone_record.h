#pragma once
/* tool/zone_record.h -- a record as octets by which two are the same. */

#include "wire/dns.h"

enum { ZONE_RECORD = 2048 };	/* octets, at most */

/* Writes owner, type, TTL and data of r: A, AAAA, NS, CNAME, PTR, SOA, TXT.
 * Names go in small letters.  The TTL of a name that begins with _status is
 * left out, since answers and exports count it down.
 * Returns octets; 0: a type that is not compared, or a text too long. */
size_t zone_record_octets(uint8_t out[ZONE_RECORD], const struct dns_record *r);

/* "TYPE" of one that is compared. */
const char *zone_record_type(uint16_t type);
