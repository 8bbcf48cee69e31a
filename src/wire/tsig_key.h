#pragma once
/* wire/tsig_key.h -- the operator's file of TSIG keys.
 *
 * Pure.  One key a line, as `keymgr -t` prints and `kdig -y` takes it, and
 * behind it the networks that may use it (none: every one):
 *
 *	# what follows # is a comment
 *	hmac-sha256:xfer.example:c2VjcmV0IHNlY3JldCBzZWNyZXQ= 192.0.2.53/32
 *
 * Source: RFC 8945 6 (algorithms: SHA-256 and longer alone), RFC 2104 3. */

#include "wire/addr.h"
#include "wire/dns_name.h"

enum {
	TSIG_KEYS = 32,
	TSIG_KEY_NETS = 8,
	TSIG_SECRET_MIN = 16,	/* octets; a shorter one could be guessed */
	TSIG_SECRET_MAX = 128,	/* block of SHA-512: HMAC hashes a longer one first */
	TSIG_KEY_FILE = 32768,	/* octets of the file */
};

enum tsig_algorithm { TSIG_SHA256 = 1, TSIG_SHA384 = 2, TSIG_SHA512 = 3 };

struct tsig_key {
	struct dns_name		 name;		/* lower case */
	enum tsig_algorithm	 algorithm;
	uint8_t			 secret[TSIG_SECRET_MAX];
	size_t			 len;		/* octets of it */
	struct net		 nets[TSIG_KEY_NETS];
	size_t			 n_nets;	/* 0: any address */
};

struct tsig_keys {
	struct tsig_key	at[TSIG_KEYS];
	size_t		n;
};

struct tsig_key_why {		/* where a file is wrong, for a person */
	unsigned	 line;	/* from 1 */
	const char	*text;	/* English, without any part of a secret */
};

/* Reads a whole file.  Returns 0 (k->n may be 0), or SEK_EPARSE with *why set
 * and *k emptied. */
int tsig_keys_parse(struct tsig_keys *k, struct str text,
    struct tsig_key_why *why) MUST_CHECK;

/* "hmac-sha256" */
const char *tsig_algorithm_name(enum tsig_algorithm a);

/* May this address use the key? */
bool tsig_key_allows(const struct tsig_key *k, const struct addr *a);
