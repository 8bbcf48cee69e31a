#include "xfer/tsig.h"

#include <libknot/libknot.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_MAX = 64 };	/* octets: SHA-512 */

struct ring_key {
	struct tsig_key	 key;
	knot_tsig_key_t	 knot;		/* points into key */
};

struct tsig_ring {
	size_t		n;
	struct ring_key	at[];
};

struct tsig {
	const struct ring_key	*key;	/* NULL: unknown, or the MAC is wrong */
	uint16_t		 error;	/* TSIG's own; 0 none */
	uint64_t		 asked;	/* seconds: when the query was signed */
	bool			 answering;	/* its first message is signed */
	uint8_t			 mac[MAC_MAX];
	size_t			 len;
	knot_rrset_t		*query;	/* for an unsigned error; owned */
};

static const dnssec_tsig_algorithm_t algorithms[] = {
	[TSIG_SHA256] = DNSSEC_TSIG_HMAC_SHA256,
	[TSIG_SHA384] = DNSSEC_TSIG_HMAC_SHA384,
	[TSIG_SHA512] = DNSSEC_TSIG_HMAC_SHA512,
};

int
tsig_ring_new(struct tsig_ring **out, const struct tsig_keys *keys)
{
	struct tsig_ring *r = calloc(1, sizeof(*r) + keys->n * sizeof(r->at[0]));

	if (r == NULL)
		return SEK_ENOMEM;
	r->n = keys->n;
	for (size_t i = 0; i < r->n; i++) {
		struct ring_key *k = &r->at[i];

		k->key = keys->at[i];
		k->knot.algorithm = algorithms[k->key.algorithm];
		k->knot.name = k->key.name.o;
		k->knot.secret.data = k->key.secret;
		k->knot.secret.size = k->key.len;
	}
	*out = r;
	return 0;
}

void
tsig_ring_free(struct tsig_ring *r)
{
	if (r == NULL)
		return;
	explicit_bzero(r->at, r->n * sizeof(r->at[0]));
	free(r);
}

const struct tsig_key *
tsig_ring_for(const struct tsig_ring *r, const struct addr *a)
{
	for (size_t i = 0; r != NULL && i < r->n; i++)
		if (tsig_key_allows(&r->at[i].key, a))
			return &r->at[i].key;
	return NULL;
}

/* The key that a TSIG record names, or NULL. */
static const struct ring_key *
named(const struct tsig_ring *r, const knot_rrset_t *rr)
{
	dnssec_tsig_algorithm_t algorithm = knot_tsig_rdata_alg(rr);

	for (size_t i = 0; r != NULL && i < r->n; i++)
		if (knot_dname_is_case_equal(r->at[i].knot.name, rr->owner) &&
		    r->at[i].knot.algorithm == algorithm)
			return &r->at[i];
	return NULL;
}

/* Parses a message and takes its TSIG off.  NULL: it cannot be read, has none,
 * or memory is short (*err). */
static knot_pkt_t *
parse(uint8_t *msg, size_t n, int *err)
{
	knot_pkt_t *p = n > TSIG_MESSAGE ? NULL : knot_pkt_new(msg, (uint16_t)n, NULL);
	int rc;

	*err = p == NULL ? SEK_ENOMEM : TSIG_BROKEN;
	if (p == NULL)
		return NULL;
	rc = knot_pkt_parse(p, 0);
	if (rc == KNOT_ENOMEM)
		*err = SEK_ENOMEM;
	if (rc == KNOT_EOK && p->tsig_rr != NULL &&
	    knot_tsig_rdata_is_ok(p->tsig_rr))
		return p;
	knot_pkt_free(p);
	return NULL;
}

/* What libknot says of a signature, as RFC 8945 5.2 names it. */
static const struct { int knot; uint16_t error; const char *word; } errors[] = {
	{ KNOT_TSIG_EBADKEY, KNOT_RCODE_BADKEY, "badkey" },
	{ KNOT_TSIG_EBADSIG, KNOT_RCODE_BADSIG, "badsig" },
	{ KNOT_TSIG_EBADTIME, KNOT_RCODE_BADTIME, "badtime" },
	{ KNOT_TSIG_EBADTRUNC, KNOT_RCODE_BADTRUNC, "badtrunc" },
};

static int
judge(struct tsig *t, const struct tsig_ring *r, const knot_pkt_t *p)
{
	const struct ring_key *k = named(r, p->tsig_rr);
	int rc = k == NULL ? KNOT_TSIG_EBADKEY :
	    knot_tsig_server_check(p->tsig_rr, p->wire, p->size, &k->knot);

	if (rc == KNOT_EOK) {
		t->key = k;
		return 0;
	}
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].knot == rc)
			t->error = errors[i].error;
	if (t->error == KNOT_RCODE_BADTIME)
		t->key = k;	/* this error is signed (RFC 8945 5.2.3) */
	return t->error != 0 ? TSIG_REFUSED :
	    rc == KNOT_ENOMEM ? SEK_ENOMEM : TSIG_BROKEN;
}

static void
remember(struct tsig *t, const knot_rrset_t *rr)
{
	size_t n = knot_tsig_rdata_mac_length(rr);

	t->len = n < sizeof(t->mac) ? n : sizeof(t->mac);
	memcpy(t->mac, knot_tsig_rdata_mac(rr), t->len);
	t->asked = knot_tsig_rdata_time_signed(rr);
}

static int
check(struct tsig **out, const struct tsig_ring *r, const knot_pkt_t *p)
{
	struct tsig *t = calloc(1, sizeof(*t));
	int err = t == NULL ? SEK_ENOMEM : judge(t, r, p);

	if (err == 0 || err == TSIG_REFUSED)
		remember(t, p->tsig_rr);
	if (err == TSIG_REFUSED && t->key == NULL &&
	    (t->query = knot_rrset_copy(p->tsig_rr, NULL)) == NULL)
		err = SEK_ENOMEM;
	if (err == 0 || err == TSIG_REFUSED)
		*out = t;
	else
		tsig_free(t);
	return err;
}

int
tsig_check(struct tsig **out, const struct tsig_ring *r, uint8_t *q, size_t *n)
{
	uint8_t id[2] = { q[0], q[1] };
	int err;
	knot_pkt_t *p = parse(q, *n, &err);

	*out = NULL;
	if (p == NULL)
		return err;
	err = check(out, r, p);
	*n = p->size;
	knot_pkt_free(p);
	memcpy(q, id, sizeof(id));	/* libknot puts TSIG's original one there */
	return err;
}

const struct tsig_key *
tsig_key_of(const struct tsig *t)
{
	return t == NULL || t->key == NULL || t->error != 0 ? NULL : &t->key->key;
}

const char *
tsig_error_word(const struct tsig *t)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].error == t->error)
			return errors[i].word;
	return "-";
}

size_t
tsig_room(const struct tsig *t)
{
	return knot_tsig_wire_size(&t->key->knot);
}

int
tsig_sign(struct tsig *t, uint8_t *msg, size_t *n, size_t cap)
{
	size_t len = sizeof(t->mac);
	int rc;

	if (t->query != NULL)
		rc = knot_tsig_add(msg, n, cap, t->error, t->query);
	else if (!t->answering)
		rc = knot_tsig_sign(msg, n, cap, t->mac, t->len, t->mac, &len,
		    &t->key->knot, t->error, t->asked);
	else
		rc = knot_tsig_sign_next(msg, n, cap, t->mac, t->len, t->mac,
		    &len, &t->key->knot, msg, *n);
	t->answering = true;
	t->len = len;
	return rc == KNOT_EOK ? 0 : SEK_ELIB;
}

int
tsig_ask(struct tsig **out, const struct tsig_ring *r, const struct tsig_key *key,
    uint8_t *msg, size_t *n, size_t cap)
{
	struct tsig *t = calloc(1, sizeof(*t));
	int err;

	if (t == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < r->n; i++)
		if (&r->at[i].key == key)
			t->key = &r->at[i];
	err = tsig_sign(t, msg, n, cap);
	if (err == 0)
		*out = t;
	else
		tsig_free(t);
	return err;
}

bool
tsig_answered(const struct tsig *t, uint8_t *msg, size_t n)
{
	int err;
	knot_pkt_t *p = parse(msg, n, &err);
	bool yes;

	if (p == NULL)
		return false;
	yes = knot_tsig_rdata_error(p->tsig_rr) == 0 &&
	    knot_tsig_client_check(p->tsig_rr, p->wire, p->size, t->mac, t->len,
	    &t->key->knot, 0) == KNOT_EOK;
	knot_pkt_free(p);
	return yes;
}

void
tsig_free(struct tsig *t)
{
	if (t == NULL)
		return;
	knot_rrset_free(t->query, NULL);
	free(t);
}
