#include "keep/show.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "fact/basis.h"
#include "fact/relaytest.h"
#include "fact/verdict.h"
#include "keep/cause.h"
#include "keep/coverage.h"
#include "keep/doctor.h"
#include "keep/journal.h"
#include "keep/judge.h"
#include "keep/pace.h"
#include "keep/permit.h"
#include "keep/probers.h"
#include "keep/publish.h"
#include "keep/range_verbs.h"
#include "keep/show_sessions.h"
#include "keep/verbs.h"
#include "keep/watch.h"
#include "sys/json_put.h"

json_t *
show_serial(struct keep *k)
{
	return json_pack("{sI}", "serial", (json_int_t)journal_serial(k));
}

static json_t *
row_json(struct keep *k, const struct verdict_row *v)
{
	char output[ADDR_TEXT];
	int err = judge_output(output, k, v);
	json_t *out = json_pack("{so sI sI ss* ss*}", "why", watch_text(v->why),
	    "made", (json_int_t)v->made.s, "due", (json_int_t)v->due.s,
	    "form", v->form < RELAYTEST_N ? relaytest_forms[v->form].id : NULL,
	    "output", err == 0 && output[0] != '\0' ? output : NULL);

	if (err == 0)
		err = coverage_put(out, k, v);
	if (err == 0 && v->form != RELAYTEST_NONE)
		err = cause_put(out, k, v->run);
	store_forget(k->store);
	return json_put_end(out, err);	/* the answer fails as a whole */
}

static json_t *
verdict_json(struct keep *k, const struct addr *a, enum verdict *is)
{
	struct verdict_row v;

	*is = VERDICT_NONE;
	if (store_one(k->store, Q_VERDICT_LAST_BY_ADDR, ARGS(ARG_A(*a)), &v) != 0)
		return json_null();
	*is = v.verdict;
	return row_json(k, &v);
}

void
show_verdict(struct request *r, const struct verdict_row *v)
{
	enum verdict is = v->verdict;

	request_done(r, verdict_exit(is), json_pack("{so sb ss}", "last",
	    row_json(r->keep, v), "reused", 1, "verdict", verdict_name(is)));
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
	struct range_at range;
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
	    store_each(k->store, Q_NOMINEE_BY_ADDR, ARGS(ARG_A(a)), add_nominee, nominees) < 0 ||
	    range_at(&range, k, &a, (struct wall){ INT64_MAX }) < 0) {
		log_event(LOG_LV_ERR, "store", LOG_Z("why", store_why(k->store)));
		range.stands = false;
	}
	if (range.stands && !range.excepted)
		json_array_append_new(listings, range_json(&range));
	request_done(r, 0, json_pack("{ss sb so so so sb so so}", "addr", text,
	    "listed", json_array_size(listings) > 0, "listings", listings,
	    "verdict", verdict, "nominees", nominees, "optout", opted > 0,
	    "excepted", range_excepted_json(&range), "sessions", show_sessions(k, &a)));
}

static int
add_past(void *ctx, const struct journal_past *p)
{
	if (p->l.len != 128)
		return 0;	/* a range that begins with this address */
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
	struct range_at range;
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
		err = range_at(&range, k, &a, at);
	if (err == 0)
		err = journal_around(k, at, &serial, &begins);
	if (err != 0) {
		json_decref(listings);
		verb_fail_store(r, err);
		return;
	}
	if (range.stands && !range.excepted)
		json_array_append_new(listings, range_json(&range));
	request_done(r, 0, json_pack("{ss sI sb so so sI sI}", "addr", text,
	    "at", (json_int_t)at.s, "listed", json_array_size(listings) > 0,
	    "listings", listings, "excepted", range_excepted_json(&range),
	    "serial", (json_int_t)serial,
	    "begins", (json_int_t)begins.s));
}

/* --- status --- */

enum { COUNTED_MS = 10 * 1000 };	/* pages and metrics ask often */

struct counts {	/* of status */
	int64_t		listings, octets;
	int64_t		runs[RUN_WAITING + 1];	/* by state */
	int64_t		nominees[BASIS_N];	/* live ones */
	struct mono	at;
	uint32_t	serial;		/* of that moment: who just removed one looks */
	bool		known;
};

struct keep_show {
	struct counts	counts;
};

int
show_open(struct keep *k)
{
	k->show = calloc(1, sizeof(*k->show));
	return k->show == NULL ? SEK_ENOMEM : 0;
}

void
show_close(struct keep *k)
{
	free(k->show);
	k->show = NULL;
}

static int
count_all(struct keep *k, struct counts *c)
{
	int64_t now = keep_now(k).s;
	int err = store_number(k->store, Q_LISTING_COUNT, NO_ARGS, &c->listings);

	if (err == 0)
		err = store_octets(k->store, &c->octets);
	for (int i = RUN_QUEUED; err == 0 && i <= RUN_WAITING; i++)
		err = store_number(k->store, Q_RUN_COUNT, ARGS(ARG_I(i)), &c->runs[i]);
	for (int b = BASIS_OWNER; err == 0 && b < BASIS_N; b++)
		err = store_number(k->store, Q_NOMINEE_COUNT,
		    ARGS(ARG_I(b), ARG_I(now)), &c->nominees[b]);
	return err;
}

/* Counts that are COUNTED_MS old at most. */
static int
counts_now(struct keep *k, const struct counts **out)
{
	struct counts *c = &k->show->counts;
	struct mono now = k->clock->mono(k->clock);
	int err = 0;

	*out = c;
	if (c->known && now.ms - c->at.ms < COUNTED_MS &&
	    c->serial == journal_serial(k))
		return 0;
	err = count_all(k, c);
	c->at = now;
	c->serial = journal_serial(k);
	c->known = err == 0;
	return err;
}

/* By their names: a proof by the source address is "owner" too. */
static json_t *
nominees_json(const struct counts *c)
{
	json_t *out = json_object();
	int err = 0;

	for (int b = BASIS_OWNER; b < BASIS_N; b++) {
		const char *name = basis_rules[b].name;

		if (b == BASIS_LISTED || b == BASIS_CONTROL)
			continue;	/* not in that table */
		json_put(out, name, json_integer(c->nominees[b] +
		    json_integer_value(json_object_get(out, name))), &err);
	}
	if (err == 0)
		return out;
	json_decref(out);
	return NULL;
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
	const struct counts *c;
	struct probers_load load = probers_load(k);

	if (counts_now(k, &c) != 0) {
		verb_fail_store(r, SEK_ESTORE);
		return;
	}
	request_answer(r, json_pack("{sI sI sb sb s{sb sb sb} s{si sI sI sI} ss ss sI sI sI s{sI sI sI} so sI so}",
	    "serial", (json_int_t)journal_serial(k), "listings", (json_int_t)c->listings,
	    "control", pace_control_holds(k), "lab", k->conf->n_lab > 0,
	    "roles", "probe", probers_count(k) > 0, "receive", k->receive != NULL,
	    "web", control_has_web(k),
	    "probers", "processes", (int)load.processes, "sessions", (json_int_t)load.sessions,
	    "delay_ms", (json_int_t)load.delay_p99_ms,
	    "delay_max_ms", (json_int_t)load.delay_max_ms,
	    "zone", k->conf->zone, "life", publish_life(k),
	    "empties", (json_int_t)publish_empties(k),
	    "uptime_s", (json_int_t)((k->clock->mono(k->clock).ms - k->started.ms) / 1000),
	    "runs", (json_int_t)(c->runs[RUN_QUEUED] + c->runs[RUN_TESTING] +
	    c->runs[RUN_WAITING]), "queue", "queued", (json_int_t)c->runs[RUN_QUEUED],
	    "testing", (json_int_t)c->runs[RUN_TESTING],
	    "waiting", (json_int_t)c->runs[RUN_WAITING],
	    "nominees", nominees_json(c), "octets", (json_int_t)c->octets,
	    "public", r->web ? json_boolean(doctor_public(k) == NULL) : doctor_status(k)));
}

struct base_wait {
	struct publish_wait	 w;	/* first */
	struct request		*r;
};

static void
base_wait_free(void *state)
{
	struct base_wait *b = state;

	publish_wait_drop(b->r->keep, &b->w);
	free(b);
}

static void
base_fail(struct request *r, int err)
{
	if (err == SEK_ELIMIT) {
		request_fail(r, EXIT_TEMPFAIL, "base", "the first base since the "
		    "start is not made yet; ask again in some seconds");
		return;
	}
	request_fail(r, EXIT_IOERR, "base", "the base could not be written below %s (%s); "
	    "where there is no space left, make some", r->keep->conf->state,
	    sek_strerror(err));
}

static void
base_done(struct publish_wait *w, int err)
{
	struct request *r = ((struct base_wait *)w)->r;
	char path[4096];

	if (err != 0) {
		base_fail(r, err);
		return;
	}
	snprintf(path, sizeof(path), "%s/base.snap", r->keep->conf->state);
	request_done(r, 0, json_pack("{ss sI}", "path", path,
	    "serial", (json_int_t)w->serial));
}

void
show_base(struct request *r)
{
	struct base_wait *b = calloc(1, sizeof(*b));
	int err;

	if (b == NULL) {
		base_fail(r, SEK_ENOMEM);
		return;
	}
	b->w.done = base_done;
	b->r = r;
	r->state = b;
	r->state_free = base_wait_free;
	err = publish_wait(r->keep, &b->w);
	if (err != 0)
		base_fail(r, err);
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
