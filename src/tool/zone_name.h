#pragma once
/* tool/zone_name.h -- which addresses a name of a zone speaks of.
 *
 * Pure; safe on hostile bytes. */

#include "wire/addr.h"
#include "wire/dns_name.h"

enum zone_name_is {
	ZONE_NAME_OTHER,	/* no address: a name server's, _status, a part of one */
	ZONE_NAME_ADDRESS,	/* net: one address */
	ZONE_NAME_WILDCARD,	/* net: what '*' stands for, of any length */
	ZONE_NAME_MAPPED,	/* net: IPv4 in nibbles, which is no name of an IPv4 address */
};

/* Reads the labels of name above an apex as RFC 5782 2.1 and 2.4 has them.
 * above  their octets */
enum zone_name_is zone_name_read(struct net *net, const struct dns_name *name,
    size_t above);
