#pragma once
/* tests/unit/xfer/keys.h -- a ring of keys, and queries signed with them.
 * Include cmocka.h first. */

#include <stdlib.h>

#include "wire/dns.h"
#include "xfer/tsig.h"

#define KEY_A "hmac-sha256:a.example:MDEyMzQ1Njc4OWFiY2RlZg== 192.0.2.0/24\n"
#define KEY_B "hmac-sha512:b.example:ZmVkY2JhOTg3NjU0MzIxMA==\n"
#define KEY_C "hmac-sha384:c.example:ZmVkY2JhOTg3NjU0MzIxMA==\n"
#define KEY_A_OTHER "hmac-sha256:a.example:eHh4eHh4eHh4eHh4eHh4eA==\n"

static inline struct tsig_ring *
keys_ring(const char *text)
{
	struct tsig_keys *k = malloc(sizeof(*k));
	struct tsig_key_why why;
	struct tsig_ring *r;

	if (k == NULL || tsig_keys_parse(k, str_of(text), &why) != 0 ||
	    tsig_ring_new(&r, k) != 0)
		abort();
	free(k);
	return r;
}

/* The first key of a ring. */
static inline const struct tsig_key *
keys_first(const struct tsig_ring *r)
{
	const struct addr a = addr_v4(192, 0, 2, 1);

	return tsig_ring_for(r, &a);
}

/* A question, into q[0..cap).  Returns its octets. */
static inline size_t
keys_question(uint8_t *q, const char *name, uint16_t type)
{
	struct dns_name n;

	if (dns_name_parse(&n, str_of(name)) != 0)
		abort();
	return dns_query_build(q, 0x1234, &n, type);
}

/* The same, signed with the first key of r; *asked is what it takes to check
 * the answer (free it). */
static inline size_t
keys_signed(struct tsig **asked, const struct tsig_ring *r, uint8_t *q,
    size_t cap, const char *name, uint16_t type)
{
	size_t n = keys_question(q, name, type);

	if (tsig_ask(asked, r, keys_first(r), q, &n, cap) != 0)
		abort();
	return n;
}
