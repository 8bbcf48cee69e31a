#include "keep/apikey.h"

#include <stdio.h>

#include <openssl/crypto.h>

#include "base/log.h"
#include "fact/record_aside.h"
#include "keep/evidence.h"
#include "keep/verbs.h"
#include "keep/watch.h"

#define PREFIX "sekimori-"

enum {
	KEY_OCTETS = 20,		/* 160 bits of chance: 32 letters */
	KEYS_MAX = 100,			/* that are not over; an answer is one message */
};

/* A key's digest is looked up, not compared with a secret: whoever knows it
 * still lacks the key. */
int
apikey_holds(struct keep *k, struct str text)
{
	struct apikey_row row;
	struct digest d;
	bool holds;
	int err;

	if (text.n == 0 || text.n >= APIKEY_TEXT)
		return 0;
	evidence_digest(&d, text);
	err = store_one(k->store, Q_APIKEY_BY_DIGEST, ARGS(ARG_D(d)), &row);
	store_forget(k->store);
	if (err != 0)
		return err == STORE_NONE ? 0 : err;
	holds = row.revoked.s == 0 &&
	    (row.until.s == 0 || row.until.s > keep_now(k).s);
	return holds;
}

static void
key_make(char out[APIKEY_TEXT], struct keep *k)
{
	uint8_t octets[KEY_OCTETS];

	rand_fill(k->rand, octets, sizeof(octets));
	snprintf(out, APIKEY_TEXT, PREFIX);
	str_base32(out + sizeof(PREFIX) - 1, octets, sizeof(octets));
	OPENSSL_cleanse(octets, sizeof(octets));
}

/* --- key-add --- */

static int
key_put(struct keep *k, struct apikey_row *row)
{
	int err = keep_write(k);

	if (err == 0)
		err = keep_done(k, store_put(k->store, &apikey_shape, row));
	return err != 0 ? err : keep_flush(k);
}

static int
count_live(void *ctx, const void *row)
{
	const struct apikey_row *r = row;

	if (r->revoked.s == 0)
		++*(unsigned *)ctx;
	return 0;
}

static void
key_added(struct request *r, const struct apikey_row *row, char key[APIKEY_TEXT])
{
	log_event(LOG_LV_NOTICE, "api-key", LOG_N("id", row->id), LOG_Z("is", "added"),
	    LOG_T("name", row->name), LOG_Z("who", r->who));
	request_answer(r, json_pack("{ss sI}", "key", key, "id", (json_int_t)row->id));
}

void
apikey_verb_add(struct request *r)
{
	struct str name = str_trim(verb_member(r, "name"));
	char key[APIKEY_TEXT];
	unsigned live = 0;
	struct apikey_row row = {
		.name = name, .made = keep_now(r->keep),
		.until = { verb_int(r, "until", 0, 0, INT64_MAX) },
	};
	int err;

	if (name.n == 0 || name.n > TEXT_WHO) {
		request_fail(r, EXIT_USAGE, "no-name", "a name of at most %d octets "
		    "is needed: who will hold the key", TEXT_WHO);
		return;
	}
	if (row.until.s != 0 && row.until.s <= row.made.s) {
		request_fail(r, EXIT_USAGE, "bad-time", "until is not in the future");
		return;
	}
	err = store_each(r->keep->store, Q_APIKEY_ALL, NO_ARGS, count_live, &live);
	if (err == 0 && live >= KEYS_MAX) {
		request_fail(r, EXIT_USAGE, "too-many-keys", "%u keys are in use: "
		    "revoke one first", live);
		return;
	}
	key_make(key, r->keep);
	evidence_digest(&row.digest, str_of(key));
	if (err == 0)
		err = key_put(r->keep, &row);
	if (err != 0)
		verb_fail_store(r, err);
	else
		key_added(r, &row, key);
	OPENSSL_cleanse(key, sizeof(key));
}

/* --- key-list --- */

static int
key_event(void *ctx, const void *row)
{
	const struct apikey_row *k = row;

	return request_event_surely(ctx, json_pack("{ss sI so sI sI sI so}",
	    "event", "key", "id", (json_int_t)k->id, "name", watch_text(k->name),
	    "made", (json_int_t)k->made.s, "until", (json_int_t)k->until.s,
	    "revoked", (json_int_t)k->revoked.s, "reason", watch_text(k->reason)));
}

void
apikey_verb_list(struct request *r)
{
	int err = store_each(r->keep->store, Q_APIKEY_ALL, NO_ARGS, key_event, r);

	if (err != 0)
		verb_fail_store(r, err);
	else
		request_done(r, 0, NULL);
}

/* --- key-revoke --- */

static int
key_revoke(struct keep *k, uint64_t id, struct str reason)
{
	int64_t changed = 0;
	int err = keep_write(k);

	if (err == 0)
		err = keep_done(k, store_do(k->store, S_APIKEY_REVOKE, ARGS(ARG_I(id),
		    ARG_I(keep_now(k).s), ARG_S(reason)), &changed));
	if (err == 0)
		err = keep_flush(k);
	return err != 0 ? err : changed == 0 ? STORE_NONE : 0;
}

void
apikey_verb_revoke(struct request *r)
{
	uint64_t id = (uint64_t)verb_int(r, "id", 0, 0, INT64_MAX);
	struct str reason, who;
	int err;

	if (!verb_reason(r, &reason, &who))
		return;
	err = key_revoke(r->keep, id, reason);
	if (err == STORE_NONE) {
		request_fail(r, EXIT_DATA, "no-such-key", "there is no key with that "
		    "number, or it was revoked before: see key list");
		return;
	}
	if (err != 0) {
		verb_fail_store(r, err);
		return;
	}
	log_event(LOG_LV_NOTICE, "api-key", LOG_N("id", id), LOG_Z("is", "revoked"),
	    LOG_T("reason", reason), LOG_T("who", who));
	request_done(r, 0, NULL);
}
