#include "keep/attempt.h"

#include "keep/sheet.h"

/* Waits after a 4xx (relay-tests section 4; RFC 6647 2.1: most greylists let
 * pass after 1 to 5 minutes), in seconds, then never again.  In a laboratory
 * nobody is disturbed. */
enum { RETRIES = 8 };
static const int64_t retry_s[RETRIES] = {
	60, 300, 900, 1800, 3600, 3600, 3600, 3600,
};
static const int64_t retry_lab_s[RETRIES] = {
	2, 5, 15, 60, 300, 300, 900, 900,
};

int
attempt_new(struct attempt *out, struct keep *k, const struct run *r,
    const struct slot *slot, uint16_t port)
{
	*out = (struct attempt){
		.run = r->id, .addr = slot->addr, .port = port, .form = slot->form,
		.variant = slot->variant, .host = slot->host, .dom = slot->dom,
		.minted = keep_now(k),
	};
	do
		out->id = rand_u64(k->rand) >> 1;	/* fits the store's signed numbers */
	while (out->id == 0);
	return store_put(k->store, &attempt_shape, out);
}

int
attempt_sent(struct keep *k, struct attempt *a)
{
	a->sent = keep_now(k);
	a->tries++;
	return store_put(k->store, &attempt_shape, a);
}

int
attempt_untried(struct keep *k, uint64_t id)
{
	struct attempt a;
	int err = store_one(k->store, Q_ATTEMPT_BY_ID, ARGS(ARG_I(id)), &a);

	if (err == 0 && a.finding == FIND_NONE && a.tries > 0) {
		a.tries--;
		err = store_put(k->store, &attempt_shape, &a);
	}
	store_forget(k->store);
	return err == STORE_NONE ? 0 : err;
}

enum { TLS_TRIES = 2 };

static bool
is_about_tls(const struct attempt *a)
{
	enum relaytest_session kind = relaytest_forms[a->form].session;

	return kind == SESSION_STARTTLS || kind == SESSION_AUTH;
}

int
attempt_no_tls(struct keep *k, uint64_t id)
{
	struct attempt a;
	int err = store_one(k->store, Q_ATTEMPT_BY_ID, ARGS(ARG_I(id)), &a);

	if (err == 0 && a.finding == FIND_NONE && a.tries >= TLS_TRIES && is_about_tls(&a))
		err = attempt_mark(k, &a, FIND_SKIPPED);
	store_forget(k->store);
	return err == STORE_NONE ? 0 : err;
}

bool
attempt_given_up(const struct attempt *a)
{
	return a->tries > RETRIES;
}

static int64_t
retry_after(const struct attempt *a, enum pace pace)
{
	unsigned nth = a->tries > 0 ? a->tries - 1u : 0;
	const int64_t *table = pace == PACE_LAB ? retry_lab_s : retry_s;
	int64_t wait = table[nth < RETRIES ? nth : RETRIES - 1];

	return wait > pace_rules[pace].between_s ? wait : pace_rules[pace].between_s;
}

int
attempt_found(struct attempt *a, struct keep *k, const struct msg_found *m,
    enum pace pace)
{
	int err = store_one(k->store, Q_ATTEMPT_BY_ID, ARGS(ARG_I(m->attempt)), a);

	if (err != 0)
		return err;
	/* what came back already outweighs what the session still says */
	if (a->finding != FIND_RETURNED && a->finding != FIND_BOUNCED &&
	    a->finding != FIND_MX)
		a->finding = m->finding;
	a->code = m->code;
	a->said = m->said;
	if (m->mail_from.n > 0 || m->rcpt_to.n > 0) {
		a->mail_from = m->mail_from;
		a->rcpt_to = m->rcpt_to;
	}
	if (m->finding == FIND_ACCEPTED)
		a->accepted = keep_now(k);
	if (m->finding == FIND_DEFERRED)
		a->next.s = keep_now(k).s + retry_after(a, pace);
	return store_put(k->store, &attempt_shape, a);
}

int
attempt_mark(struct keep *k, struct attempt *a, enum finding f)
{
	a->finding = (uint8_t)f;
	return store_put(k->store, &attempt_shape, a);
}

int
attempt_said(struct keep *k, uint64_t run, uint32_t session,
    const struct msg_said *m)
{
	struct transcript t = {
		.run = run, .session = session, .part = m->part,
		.made = keep_now(k), .octets = m->octets,
	};
	int err = store_put(k->store, &transcript_shape, &t);

	return err == STORE_FULL ? 0 : err;
}

enum { PRUNE_RUNS = 50, PRUNE_ROUNDS = 20 };

int
attempt_prune(struct keep *k)
{
	int64_t most = (int64_t)k->conf->evidence_mb * 1024 * 1024 / 2;

	for (int i = 0; i < PRUNE_ROUNDS; i++) {
		int64_t octets, gone;
		int err = store_number(k->store, Q_TRANSCRIPT_OCTETS, NO_ARGS, &octets);

		if (err != 0 || octets <= most)
			return err;
		err = store_do(k->store, S_TRANSCRIPT_DELETE_OLDEST,
		    ARGS(ARG_I(PRUNE_RUNS)), &gone);
		if (err != 0 || gone == 0)
			return err;
	}
	return 0;
}
