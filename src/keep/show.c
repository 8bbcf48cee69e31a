#include "keep/show.h"

#include <stdio.h>

#include "base/log.h"
#include "fact/basis.h"
#include "fact/verdict.h"
#include "keep/doctor.h"
#include "keep/journal.h"
#include "keep/pace.h"
#include "keep/permit.h"
#include "keep/publish.h"
#include "keep/verbs.h"
#include "keep/watch.h"

json_t *
show_serial(struct keep *k)
{
	return json_pack("{sI}", "serial", (json_int_t)journal_serial(k));
}

static json_t *
verdict_json(struct keep *k, const struct addr *a, enum verdict *is)
{
	struct verdict_row v;
	json_t *out;

	*is = VERDICT_NONE;
	if (store_one(k->store, Q_VERDICT_LAST_BY_ADDR, ARGS(ARG_A(*a)), &v) != 0)
		return json_null();
	*is = v.verdict;
	out = json_pack("{ss sb si si so so sI sI}", "verdict",
	    verdict_name(v.verdict), "provisional", v.provisional,
	    "done", v.done, "total", v.total, "why", watch_text(v.why),
	    "ports", watch_text(v.ports), "made", (json_int_t)v.made.s,
	    "due", (json_int_t)v.due.s);
	store_forget(k->store);
	return out;
}

void
show_last_verdict(struct request *r, const struct addr *a)
{
	enum verdict is;
	json_t *v = verdict_json(r->keep, a, &is);

	request_done(r, verdict_exit(is), json_pack("{so sb ss}", "last", v,
	    "reused", 1, "verdict", verdict_name(is)));
}

static int
add_listing(void *ctx, const void *row)
{
	const struct listing *l = row;

	json_array_append_new(ctx, json_pack("{si sI sI sI si}", "code", l->code,
	    "since", (json_int_t)l->since.s, "until", (json_int_t)l->until.s,
	    "proof", (json_int_t)l->proof.s, "proofs", l->proofs));
	return 0;
}

enum { SHOW_NOMINEES = 16 };	/* the newest; an answer is one message */

static int
add_nominee(void *ctx, const void *row)
{
	const struct nominee *n = row;

	if (json_array_size(ctx) >= SHOW_NOMINEES)
		return STORE_STOP;

	json_array_append_new(ctx, json_pack("{ss sI sI so so}", "basis",
	    basis_rules[n->basis < BASIS_N ? n->basis : 0].name,
	    "made", (json_int_t)n->made.s, "until", (json_int_t)n->until.s,
	    "reason", watch_text(n->reason), "who", watch_text(n->who)));
	return 0;
}

void
show_addr(struct request *r)
{
	struct keep *k = r->keep;
	json_t *listings, *nominees, *verdict;
	char text[ADDR_TEXT];
	enum verdict is;
	struct addr a;
	int opted;

	if (!verb_target(r, &a))
		return;
	listings = json_array();
	nominees = json_array();
	addr_text(text, &a);
	opted = permit_opted_out(k, &a);
	verdict = verdict_json(k, &a, &is);
	if (opted < 0 ||
	    store_each(k->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(a)), add_listing, listings) < 0 ||
	    store_each(k->store, Q_NOMINEE_BY_ADDR, ARGS(ARG_A(a)), add_nominee, nominees) < 0)
		log_event(LOG_LV_ERR, "store", LOG_Z("why", store_why(k->store)));
	request_done(r, 0, json_pack("{ss sb so so so sb}", "addr", text,
	    "listed", json_array_size(listings) > 0, "listings", listings,
	    "verdict", verdict, "nominees", nominees, "optout", opted > 0));
}

static int
add_past(void *ctx, const struct journal_past *p)
{
	json_array_append_new(ctx, json_pack("{si sI sI si sI sb}", "code", p->l.code,
	    "since", (json_int_t)p->l.since.s, "until", (json_int_t)p->l.until.s,
	    "proofs", p->l.proofs, "removed", (json_int_t)p->gone.s,
	    "retracted", p->retracted));
	return 0;
}

/* Serial of the zone at a moment, and when the journal begins; 0: not yet. */
static int
journal_around(struct keep *k, struct wall at, uint32_t *serial, struct wall *begins)
{
	struct journal_row row = { 0 };
	int err = store_one(k->store, Q_JOURNAL_LAST_AT, ARGS(ARG_I(at.s)), &row);

	*serial = err == 0 ? row.serial : 0;
	if (err >= 0)
		err = store_one(k->store, Q_JOURNAL_FIRST, NO_ARGS, &row);
	begins->s = err == 0 ? row.made.s : 0;
	store_forget(k->store);
	return err < 0 ? err : 0;
}

static bool
at_read(struct request *r, struct wall *at)
{
	json_t *v = json_object_get(r->json, "at");

	at->s = json_integer_value(v);
	if (json_is_integer(v) && at->s <= keep_now(r->keep).s)
		return true;
	request_fail(r, EXIT_USAGE, "bad-time", "at is a past moment in seconds "
	    "since 1970 UTC");
	return false;
}

void
show_at(struct request *r)
{
	struct keep *k = r->keep;
	struct wall at, begins;
	char text[ADDR_TEXT];
	json_t *listings;
	uint32_t serial;
	struct addr a;
	int err;

	if (!verb_target(r, &a) || !at_read(r, &at))
		return;
	listings = json_array();
	addr_text(text, &a);
	err = journal_at(k, &a, at, add_past, listings);
	if (err == 0)
		err = journal_around(k, at, &serial, &begins);
	if (err != 0) {
		json_decref(listings);
		verb_fail_store(r, err);
		return;
	}
	request_done(r, 0, json_pack("{ss sI sb so sI sI}", "addr", text,
	    "at", (json_int_t)at.s, "listed", json_array_size(listings) > 0,
	    "listings", listings, "serial", (json_int_t)serial,
	    "begins", (json_int_t)begins.s));
}

static int
count_row(void *ctx, const void *row)
{
	(void)row;
	++*(int64_t *)ctx;
	return 0;
}

void
show_status(struct request *r)
{
	struct keep *k = r->keep;
	int64_t listings = 0;

	if (store_each(k->store, Q_LISTING_ALL, NO_ARGS, count_row, &listings) < 0) {
		verb_fail_store(r, SEK_ESTORE);
		return;
	}
	request_done(r, 0, json_pack("{ss sI sI sb sb s{sb sb} so}", "zone", k->conf->zone,
	    "serial", (json_int_t)journal_serial(k), "listings", (json_int_t)listings,
	    "control", pace_control_holds(k), "lab", k->conf->n_lab > 0,
	    "roles", "probe", k->probe != NULL, "receive", k->receive != NULL,
	    "public", doctor_status(k)));
}

void
show_base(struct request *r)
{
	char path[4096];
	int err = r->keep->parent == NULL ? SEK_ELIMIT : publish_base(r->keep);

	if (err != 0) {
		request_fail(r, EXIT_IOERR, "base", "the base could not be written "
		    "below %s: %s", r->keep->conf->state, sek_strerror(err));
		return;
	}
	snprintf(path, sizeof(path), "%s/base.snap", r->keep->conf->state);
	request_done(r, 0, json_pack("{ss sI}", "path", path,
	    "serial", (json_int_t)journal_serial(r->keep)));
}

void
show_journal(struct request *r)
{
	int64_t rows = 0;
	uint64_t bad = 0;
	int err = journal_verify(r->keep, &bad);

	if (err == SEK_ESTORE || store_each(r->keep->store, Q_JOURNAL_FROM,
	    ARGS(ARG_I(1)), count_row, &rows) < 0) {
		verb_fail_store(r, SEK_ESTORE);
		return;
	}
	request_done(r, err == 0 ? 0 : EXIT_DATA, json_pack("{sI sI sb sI}",
	    "rows", (json_int_t)rows, "serial", (json_int_t)journal_serial(r->keep),
	    "ok", err == 0, "bad", (json_int_t)bad));
}
