#include "keep/claim.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "fact/record_aside.h"
#include "keep/evidence.h"
#include "keep/token.h"

static const char use[] = "sekimori claim 1";
static const char use_code[] = "sekimori code 1";
static const char use_txt[] = "sekimori txt 1";

enum {
	KEPT_S = 8 * 86400,
	CODE_OCTETS = 5,	/* 40 bits: 8 letters */
	CLOCK_S = 60,		/* a clock may have been set back by that */
};

/* Where things stand in the octets. */
enum { AT_KEY = 0, AT_METHOD = 1, AT_MADE = 2, AT_CHANCE = 10, AT_MAC = 18 };

_Static_assert(AT_MAC + TOKEN_MAC == sizeof(((struct claim *)0)->octets), "layout");

static struct wbuf
covered(uint8_t *out, size_t cap, const struct claim *c)
{
	struct wbuf w = wbuf_of(out, cap);

	wbuf_bytes(&w, c->octets + AT_METHOD, AT_MAC - AT_METHOD);
	wbuf_bytes(&w, c->addr.o, sizeof(c->addr.o));
	return w;
}

void
claim_make(struct claim *out, struct keep *k, const struct addr *a,
    enum proof_method m)
{
	struct wbuf made = wbuf_of(out->octets + AT_MADE, 8), w;
	uint8_t octets[64];

	out->addr = *a;
	out->method = m;
	out->made = keep_now(k);
	out->octets[AT_METHOD] = (uint8_t)m;
	wbuf_u64(&made, (uint64_t)out->made.s);
	rand_fill(k->rand, out->octets + AT_CHANCE, AT_MAC - AT_CHANCE);
	w = covered(octets, sizeof(octets), out);
	out->octets[AT_KEY] = token_mac(out->octets + AT_MAC, k, use, w.p, w.len);
}

void
claim_text(char out[CLAIM_TEXT], const struct claim *c)
{
	str_base32(out, c->octets, sizeof(c->octets));
}

int
claim_read(struct claim *out, struct keep *k, struct str text,
    const struct addr *a, enum proof_method m)
{
	uint8_t octets[64];
	struct wbuf w;
	struct rbuf made;

	if (str_unbase32(out->octets, sizeof(out->octets), text) != 0)
		return SEK_EPARSE;
	out->addr = *a;
	out->method = out->octets[AT_METHOD];
	made = rbuf_of(out->octets + AT_MADE, 8);
	out->made.s = (int64_t)rbuf_u64(&made);
	w = covered(octets, sizeof(octets), out);
	if (!token_mac_is(k, out->octets[AT_KEY], out->octets + AT_MAC, use, w.p, w.len))
		return SEK_EPARSE;
	return out->method == m ? 0 : SEK_EPARSE;
}

/* By the key of the claim itself, so that a new key changes nothing. */
static void
secret_of(uint8_t out[TOKEN_MAC], struct keep *k, const struct claim *c,
    const char *for_use)
{
	if (!token_mac_by(out, k, c->octets[AT_KEY], for_use, c->octets,
	    sizeof(c->octets)))
		rand_fill(k->rand, out, TOKEN_MAC);	/* the key is gone: nothing fits */
}

void
claim_code(char out[CLAIM_CODE], struct keep *k, const struct claim *c)
{
	uint8_t mac[TOKEN_MAC];
	char letters[9];

	secret_of(mac, k, c, use_code);
	str_base32(letters, mac, CODE_OCTETS);
	snprintf(out, CLAIM_CODE, "%.4s-%.4s", letters, letters + 4);
	OPENSSL_cleanse(mac, sizeof(mac));
	OPENSSL_cleanse(letters, sizeof(letters));
}

void
claim_value(char out[CLAIM_VALUE], struct keep *k, const struct claim *c)
{
	uint8_t mac[TOKEN_MAC];
	char letters[21];

	secret_of(mac, k, c, use_txt);
	str_base32(letters, mac, sizeof(mac));
	snprintf(out, CLAIM_VALUE, "sekimori-proof=%s", letters);
	OPENSSL_cleanse(mac, sizeof(mac));
}

bool
claim_code_is(struct keep *k, const struct claim *c, struct str code)
{
	uint8_t mac[TOKEN_MAC], typed[CODE_OCTETS];
	char letters[9];
	size_t n = 0;
	bool is;

	for (size_t i = 0; i < code.n; i++) {
		if (code.p[i] == '-' || code.p[i] == ' ')
			continue;
		if (n == 8)
			return false;
		letters[n++] = code.p[i];
	}
	if (str_unbase32(typed, sizeof(typed), (struct str){ letters, n }) != 0)
		return false;
	secret_of(mac, k, c, use_code);
	is = CRYPTO_memcmp(mac, typed, sizeof(typed)) == 0;
	OPENSSL_cleanse(mac, sizeof(mac));
	OPENSSL_cleanse(typed, sizeof(typed));
	return is;
}

/* --- the table --- */

static int
row_of(struct claim_row *row, struct keep *k, const struct claim *c)
{
	struct digest d;
	int err;

	evidence_digest(&d, (struct str){ (const char *)c->octets, sizeof(c->octets) });
	err = store_one(k->store, Q_CLAIM_BY_DIGEST, ARGS(ARG_D(d)), row);
	store_forget(k->store);
	if (err != STORE_NONE)
		return err;
	*row = (struct claim_row){ .digest = d, .addr = c->addr,
		.method = (uint8_t)c->method, .made = c->made };
	return 0;
}

const char *
claim_refused(struct keep *k, const struct claim *c)
{
	int64_t age = keep_now(k).s - c->made.s;
	struct claim_row row;

	if (age >= CLAIM_S || age < -CLOCK_S)
		return "claim-expired";
	if (row_of(&row, k, c) != 0)
		return "store";
	return row.used.s != 0 || row.tries >= CLAIM_TRIES ? "claim-used" : NULL;
}

int
claim_tried(struct keep *k, const struct claim *c, unsigned *left)
{
	struct claim_row row;
	int err = row_of(&row, k, c);

	if (err != 0)
		return err;
	if (row.tries < CLAIM_TRIES)
		row.tries++;
	*left = CLAIM_TRIES - row.tries;
	return store_put(k->store, &claim_shape, &row);
}

int
claim_used(struct keep *k, const struct claim *c)
{
	struct claim_row row;
	int err = row_of(&row, k, c);

	if (err != 0)
		return err;
	if (row.used.s != 0)
		return STORE_NONE;
	row.used = keep_now(k);
	return store_put(k->store, &claim_shape, &row);
}

int
claim_prune(struct keep *k)
{
	return store_do(k->store, S_CLAIM_FORGET,
	    ARGS(ARG_I(keep_now(k).s - KEPT_S)), NULL);
}
