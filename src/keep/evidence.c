#include "keep/evidence.h"

#include <stdlib.h>

#include <openssl/evp.h>

/* Erased in steps of so many rows until the budget holds. */
enum { ERASE_STEP = 16 };

void
evidence_digest(struct digest *out, struct str octets)
{
	unsigned n = sizeof(out->o);

	if (EVP_Digest(octets.n == 0 ? "" : octets.p, octets.n, out->o, &n,
	    EVP_sha256(), NULL) != 1)
		abort();	/* evidence without a name is lost */
}

static int
held(struct keep *k)
{
	int err;

	if (k->evidence_known)
		return 0;
	err = store_number(k->store, Q_EVIDENCE_OCTETS, NO_ARGS, &k->evidence_octets);
	k->evidence_known = err == 0;
	return err;
}

/* What cannot be erased (proofs of live listings, reasons) may pass the
 * budget: it is bounded by what is listed. */
static int
make_room(struct keep *k, size_t octets)
{
	int64_t budget = (int64_t)k->conf->evidence_mb << 20, gone = 1;
	int err = held(k);

	while (err == 0 && gone > 0 &&
	    k->evidence_octets + (int64_t)octets > budget) {
		k->evidence_known = false;
		err = store_do(k->store, S_EVIDENCE_ERASE_OLDEST,
		    ARGS(ARG_I(ERASE_STEP)), &gone);
		if (err == 0)
			err = held(k);
	}
	return err;
}

static int
row_seen(void *ctx, const void *row)
{
	(void)row;
	*(bool *)ctx = true;
	return STORE_STOP;
}

int
evidence_put(struct digest *out, struct keep *k, enum evidence_kind kind,
    struct str octets)
{
	struct evidence row = {
		.made = keep_now(k), .kind = (uint8_t)kind, .octets = octets,
	};
	bool there = false;
	int err;

	if (octets.n > evidence_shape.fields[evidence_shape.n - 1].max)
		return SEK_ELIMIT;
	evidence_digest(&row.digest, octets);
	err = store_each(k->store, Q_EVIDENCE_BY_DIGEST, ARGS(ARG_D(row.digest)),
	    row_seen, &there);
	if (err == 0 && !there) {
		err = make_room(k, octets.n);
		if (err == 0)
			err = store_put(k->store, &evidence_shape, &row);
		if (err == 0)
			k->evidence_octets += (int64_t)octets.n;
	}
	if (err == 0)
		*out = row.digest;
	return err;
}

int
evidence_read(struct evidence *out, struct keep *k, const struct digest *d)
{
	return store_one(k->store, Q_EVIDENCE_BY_DIGEST, ARGS(ARG_D(*d)), out);
}

int
evidence_erase(struct keep *k, const struct digest *d)
{
	int64_t gone = 0;
	int err;

	k->evidence_known = false;
	err = store_do(k->store, S_EVIDENCE_ERASE, ARGS(ARG_D(*d)), &gone);
	return err != 0 ? err : gone == 0 ? STORE_NONE : 0;
}
