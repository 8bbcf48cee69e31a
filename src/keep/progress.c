#include "keep/progress.h"

#include <stdlib.h>
#include <string.h>

#include "fact/relaytest.h"
#include "keep/cause.h"
#include "keep/coverage.h"
#include "keep/lanes.h"
#include "keep/order.h"
#include "keep/pace.h"
#include "keep/probers.h"
#include "keep/progress_body.h"
#include "keep/range.h"
#include "keep/sheet.h"
#include "keep/ticket.h"
#include "keep/variant.h"
#include "keep/watch.h"
#include "sys/json_put.h"

/* Rules:
 * 1. Why a run waits is not stored: it is found as keep/pace would find it.
 * 2. A snapshot fits one message: of the steps the newest stay. */

enum {
	STEPS_OCTETS = 7800,	/* of all steps; a cause is under 5,400, the rest under 3,000 */
	STEP_SAID = 160,	/* octets shown of one reply */
	REMOVALS = 8,		/* journal rows looked at for the one of this test */
};

/* --- states --- */

/* What keeps a run that is not in a session. */
static int
held_up(struct progress_state *out, struct keep *k, const struct run *r)
{
	const struct sheet *s = &k->progress->sheet;
	struct wall now = keep_now(k);
	uint16_t slots[ORDER_FORMS];
	int64_t held = sheet_held(s, r->pace), later, wait = 0;
	size_t n = sheet_choose(slots, s, r, now, &later);
	struct operators of;
	int err;

	if (held > now.s) {
		out->why = "mailbox";
		out->deadline = out->until = held;
		return 0;
	}
	if (n == 0) {
		out->why = later > 0 ? "deferred" : "deadline";
		out->deadline = later > 0 ? 0 : r->next.s;
		return 0;
	}
	if (!pace_control_holds(k)) {
		out->why = "control";
		return 0;
	}
	err = pace_wait(k, r, &s->slot[slots[0]].addr, &wait, &out->why);
	operator_of(&of, &s->names);
	if (err == 0 && wait == 0)
		out->why = probers_count(k) == 0 || operator_wait_ms(k, &of, r->pace) > 0 ?
		    "queue" : r->next.s > now.s ? "pace" : NULL;
	return err;
}

static int
queued(struct progress_state *out, struct keep *k, const struct run *r)
{
	int64_t ahead = lanes_ahead(k, &r->addr);
	int err = ahead != LANES_NOT_ASKED ? 0 : store_number(k->store, Q_RUN_AHEAD,
	    ARGS(ARG_I(r->next.s), ARG_I(r->id)), &ahead);

	out->state = "queued";
	out->place = ahead + 1;
	return err != 0 ? err : held_up(out, k, r);
}

static int
under_way(struct progress_state *out, struct keep *k, const struct run *r)
{
	struct order_now now;

	if (order_now(k, r->id, &now)) {
		out->state = now.heard ? "testing" : "connecting";
		out->until = 0;
		return 0;
	}
	out->state = "waiting";
	return held_up(out, k, r);
}

int
progress_state(struct progress_state *out, struct keep *k, const struct run *r)
{
	struct sheet *s = &k->progress->sheet;
	int err = sheet_read(s, k, r);

	*out = (struct progress_state){ .state = "done" };
	if (err != 0)
		return err;
	out->done = sheet_answered(s, &out->total);
	if (r->next.s > keep_now(k).s)
		out->until = r->next.s;
	switch (r->state) {
	case RUN_QUEUED:
		return queued(out, k, r);
	case RUN_TESTING:
	case RUN_WAITING:
		return under_way(out, k, r);
	case RUN_CANCELLED:
		out->state = "cancelled";
		/* fall through */
	default:
		out->until = 0;
		return 0;
	}
}

/* --- verdicts --- */

static json_t *
verdict_open(struct keep *k, const struct verdict_row *v, int *err)
{
	json_t *o = json_pack("{sI}", "at", (json_int_t)v->made.s);

	*err = coverage_put(o, k, v);
	return json_put_end(o, *err);
}

/* The same with why, form and cause. */
static json_t *
verdict_inside(struct keep *k, const struct verdict_row *v, int *err)
{
	json_t *o = json_pack("{sI so ss?}", "at", (json_int_t)v->made.s,
	    "why", watch_text(v->why), "form", v->form < RELAYTEST_N ?
	    relaytest_forms[v->form].id : NULL);

	*err = coverage_put(o, k, v);
	if (*err == 0 && v->form < RELAYTEST_N)
		*err = cause_put(o, k, v->run);
	return json_put_end(o, *err);
}

int
progress_verdict(json_t **out, struct keep *k, uint64_t run)
{
	struct verdict_row v;
	int err = store_one(k->store, Q_VERDICT_LAST_BY_RUN, ARGS(ARG_I(run)), &v);

	*out = json_null();
	if (err == 0)
		*out = verdict_open(k, &v, &err);
	store_forget(k->store);
	return err < 0 ? err : 0;
}

/* --- the listing --- */

struct removal {
	struct wall	at;	/* of the verdict that clears */
	struct wall	last;	/* the newest row removed it then; 0: it did not */
	bool		here;	/* a row of that moment removes */
	unsigned	n;
};

static int
removal_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct removal *m = ctx;

	if (m->n++ == 0 && j->kind != JOURNAL_ADD)
		m->last = j->made;
	m->here = m->here || ((j->kind == JOURNAL_REMOVE ||
	    j->kind == JOURNAL_EXCEPT) && j->made.s == m->at.s);
	return 0;
}

static int
count_row(void *ctx, const void *row)
{
	(void)row;
	++*(unsigned *)ctx;
	return 0;
}

static int
put_listed(json_t *out, struct keep *k, const struct run *r, const struct verdict_row *v)
{
	struct removal m = { .at = { v != NULL && v->clears ? v->made.s : -1 } };
	struct range_at range;
	unsigned n = 0;
	int64_t now = keep_now(k).s, by = 0;
	int err = store_each(k->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(r->addr)),
	    count_row, &n);

	if (err == 0)
		err = range_at(&range, k, &r->addr, (struct wall){ INT64_MAX });
	if (err == 0)
		err = store_each(k->store, Q_JOURNAL_HISTORY, ARGS(ARG_A(r->addr),
		    ARG_I(now), ARG_A(range.net.addr), ARG_I(range.net.len),
		    ARG_I(REMOVALS)), removal_row, &m);
	n += range.stands && !range.excepted;
	if (n == 0 && m.last.s > 0)
		by = m.last.s + (int64_t)k->conf->ttl_s;
	json_put(out, "listed", json_boolean(n > 0), &err);
	json_put(out, "removed", json_boolean(m.here), &err);
	json_put(out, "clean_by", by > now ? json_integer(by) : json_null(), &err);
	return err;
}

/* --- the steps, for those who may see them --- */

struct step {
	int64_t	sent;
	size_t	nth;		/* in the plan */
	json_t	*json;		/* owned */
	size_t	 octets;
};

struct steps {
	const struct sheet	*sheet;
	struct step		 at[SHEET_SLOTS];
	size_t			 n;
};

static size_t
nth_of(const struct sheet *s, const struct attempt *a)
{
	size_t i = 0;

	while (i < s->n && (s->slot[i].form != a->form || s->slot[i].variant != a->variant))
		i++;
	return i;
}

static json_t *
step_json(const struct attempt *a)
{
	char said[STEP_SAID];
	json_t *o;
	int err = 0;

	str_clean(said, sizeof(said), a->said);
	o = json_pack("{ss si ss sI}", "finding", finding_name(a->finding),
	    "code", a->code, "said", said,
	    "at", (json_int_t)(a->accepted.s > 0 ? a->accepted.s : a->sent.s));
	variant_put(o, a, &err);
	return json_put_end(o, err);
}

static int
take_step(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct steps *s = ctx;
	struct step *step = &s->at[s->n];

	if (a->finding == FIND_NONE || a->form >= RELAYTEST_N || s->n == SHEET_SLOTS)
		return 0;
	*step = (struct step){ a->sent.s, nth_of(s->sheet, a), step_json(a), 0 };
	if (step->json == NULL)
		return SEK_ENOMEM;
	step->octets = json_dumpb(step->json, NULL, 0, JSON_COMPACT) + 1;
	s->n++;
	return 0;
}

static int
step_cmp(const void *pa, const void *pb)
{
	const struct step *a = pa, *b = pb;

	if (a->sent != b->sent)
		return a->sent < b->sent ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

/* Where the newest begin that fit. */
static size_t
steps_from(const struct steps *s)
{
	size_t octets = 0, i = s->n;

	while (i > 0 && s->n - i < PROGRESS_STEPS &&
	    octets + s->at[i - 1].octets <= STEPS_OCTETS)
		octets += s->at[--i].octets;
	return i;
}

static int
put_steps(json_t *out, struct keep *k, const struct run *r)
{
	struct steps s = { .sheet = &k->progress->sheet };
	json_t *list = json_array();
	int err = store_each(k->store, Q_ATTEMPT_BY_RUN, ARGS(ARG_I(r->id)),
	    take_step, &s);
	size_t from;

	qsort(s.at, s.n, sizeof(s.at[0]), step_cmp);
	from = steps_from(&s);
	for (size_t i = 0; i < s.n; i++)
		if (i >= from)
			json_put_item(list, json_incref(s.at[i].json), &err);
	for (size_t i = 0; i < s.n; i++)
		json_decref(s.at[i].json);
	json_put(out, "steps", list, &err);
	json_put(out, "steps_cut", json_boolean(from > 0), &err);
	return err;
}

static int
put_inside(json_t *out, struct keep *k, const struct run *r,
    const struct progress_state *st, const struct verdict_row *v)
{
	struct order_now now = { .form = RELAYTEST_NONE };
	bool form = order_now(k, r->id, &now) && now.form < RELAYTEST_N;

	int err = 0;

	json_put(out, "form", form ?
	    json_string(relaytest_forms[now.form].id) : json_null(), &err);
	json_put(out, "class", form ?
	    json_string(relaytest_class(now.form)) : json_null(), &err);
	json_put(out, "forms_done", json_integer((json_int_t)st->done), &err);
	json_put(out, "forms_total", json_integer((json_int_t)st->total), &err);
	if (err == 0 && v != NULL)
		json_put(out, "verdict", verdict_inside(k, v, &err), &err);
	return err != 0 ? err : put_steps(out, k, r);
}

/* --- a snapshot --- */

static json_t *
number_or_null(int64_t n)
{
	return n > 0 ? json_integer(n) : json_null();
}

static json_t *
head(struct keep *k, const struct run *r, const struct progress_state *st)
{
	char text[TICKET_TEXT], addr[ADDR_TEXT];

	ticket_text(text, k, r->id);
	addr_text(addr, &r->addr);
	return json_pack("{ss ss ss ss so so sI so ss? so}", "test", text, "addr", addr,
	    "kind", r->kind == RUN_RETEST ? "retest" : r->kind == RUN_RECHECK ?
	    "recheck" : "probe", "state", st->state,
	    "place", number_or_null(st->place), "ahead", st->place > 0 ?
	    json_integer(st->place - 1) : json_null(), "made", (json_int_t)r->made.s,
	    "until", number_or_null(st->until), "why", st->why,
	    "deadline", number_or_null(st->deadline));
}

static int
fill(struct progress_view *out, struct keep *k, const struct run *r, bool inside)
{
	struct progress_state st;
	struct verdict_row v;
	bool judged;
	int err = progress_state(&st, k, r);

	if (err != 0)
		return err;
	err = store_one(k->store, Q_VERDICT_LAST_BY_RUN, ARGS(ARG_I(r->id)), &v);
	if (err < 0)
		return err;
	judged = err == 0;
	out->over = r->state == RUN_DONE || r->state == RUN_CANCELLED;
	out->queued = r->state == RUN_QUEUED;
	out->ours = r->kind == RUN_RECHECK;
	out->addr = r->addr;
	out->open = head(k, r, &st);
	out->inside = json_object();
	if (out->open == NULL || out->inside == NULL)
		return SEK_ENOMEM;
	err = 0;
	json_put(out->open, "verdict", judged ? verdict_open(k, &v, &err) : json_null(), &err);
	if (err == 0)
		err = put_listed(out->open, k, r, judged ? &v : NULL);
	if (err == 0 && inside)
		err = put_inside(out->inside, k, r, &st, judged ? &v : NULL);
	return err;
}

int
progress_view(struct progress_view *out, struct keep *k, uint64_t run, bool inside)
{
	struct run r;
	int err = store_one(k->store, Q_RUN_BY_ID, ARGS(ARG_I(run)), &r);

	*out = (struct progress_view){ 0 };
	if (err == 0 && r.state != RUN_DONE && r.state != RUN_CANCELLED)
		lanes_ask(k, &r.addr);	/* its page is being looked at */
	r.host = (struct str){ 0 };
	if (err == 0)
		err = fill(out, k, &r, inside);
	store_forget(k->store);
	if (err != 0)
		progress_view_free(out);
	return err;
}

void
progress_view_free(struct progress_view *v)
{
	json_decref(v->open);
	json_decref(v->inside);
	*v = (struct progress_view){ 0 };
}

json_t *
progress_for(const struct progress_view *view, const struct visitor *v,
    bool mine, struct wall now)
{
	enum role role = visit_role(v, now);
	json_t *out = json_copy(view->open);
	int err = 0;

	if (role != ROLE_PUBLIC && json_object_update(out, view->inside) != 0)
		err = SEK_ENOMEM;
	json_put(out, "role", json_string(visit_role_name(role)), &err);
	json_put(out, "mine", json_boolean(mine), &err);
	if (err == 0)
		return out;
	json_decref(out);
	return NULL;
}
