#pragma once
/* xfer/access.h -- who may transfer.
 *
 * Pure.  Closed by default: an address of dns.transfer_from and, when there are
 * keys, one of them, which must be that address's.  Without keys an address is
 * enough only where the operator said so (dns.transfer_nokey). */

#include "sys/conf.h"
#include "wire/tsig_key.h"

enum access { ACCESS_OK, ACCESS_CLOSED, ACCESS_ADDRESS, ACCESS_NOKEY, ACCESS_KEY };

struct access_rules {
	size_t		n_from;
	struct net	from[CONF_NETS];
	bool		nokey;	/* an address is enough */
};

struct access_rules access_rules_of(const struct conf *c);

/* key: of a signature that was found good, or NULL. */
enum access access_check(const struct access_rules *r, const struct addr *client,
    const struct tsig_key *key);

/* "address": a word for the log. */
const char *access_word(enum access a);
