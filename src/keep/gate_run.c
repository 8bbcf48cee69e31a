#include "keep/gate_run.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "keep/gate_json.h"
#include "keep/gate_look.h"
#include "keep/judge.h"
#include "keep/ledger.h"
#include "keep/pace.h"
#include "keep/pace_place.h"
#include "keep/permit.h"
#include "keep/watch.h"
#include "sys/loop.h"

/*	plan --> baseline --> round --> ... --> round --> linger --> done
 *	            |           |  ^              |
 *	            |           '--'again         |
 *	            '--not permitted--> stopped   '--cancelled (any moment)
 */

enum {
	NEWS = GATE_CHANGES,
	LATE_MS = 1000,		/* a round that is later than that is the beginning anew */
	GIVE_WAY_MS = 2000,	/* between looks whether another test is over */
	AGAIN_S = 2,		/* time a second beginning needs at least */
};

int
gate_run_open(struct keep *k)
{
	k->gates = calloc(1, sizeof(*k->gates));
	return k->gates == NULL ? SEK_ENOMEM : 0;
}

void
gate_run_shut(struct keep *k)
{
	if (k->gates == NULL)
		return;
	for (struct gate_run *g = k->gates->all; g != NULL; g = g->next) {
		gate_run_deaf(g);
		gate_run_end(g, GATE_CANCELLED);
	}
}

void
gate_run_close(struct keep *k)
{
	if (k->gates == NULL)
		return;
	while (k->gates->all != NULL)
		gate_run_free(k->gates->all);
	free(k->gates);
	k->gates = NULL;
}

struct gate_run *
gate_run_find(struct keep *k, struct str id)
{
	struct gate_run *g = k->gates->all;

	while (g != NULL && !str_eq(str_of(g->id), id))
		g = g->next;
	return g;
}

struct gate_run *
gate_run_of(struct keep *k, const struct addr *a)
{
	struct gate_run *g = k->gates->all;

	while (g != NULL && (g->state != GATE_RUNNING || !addr_eq(&g->n.addr, a)))
		g = g->next;
	return g;
}

static struct mono
now_mono(const struct gate_run *g)
{
	return g->keep->clock->mono(g->keep->clock);
}

static void
tell(struct gate_run *g, json_t *ev)
{
	if (ev != NULL && g->tell != NULL)
		g->tell(g->ctx, ev);
	json_decref(ev);
}

/* --- the end --- */

static void
stop_run(struct gate_run *g)
{
	struct keep *k = g->keep;
	bool was;
	int err;

	if (g->run == 0)
		return;
	err = keep_write(k);
	if (err == 0)
		err = keep_done(k, pace_cancel(k, g->run, &was));
	if (err < 0 || err == STORE_FULL)
		log_event(LOG_LV_WARN, "gate-failed", LOG_Z("gate", g->id),
		    LOG_Z("why", store_why(k->store)));
	g->run = 0;
}

void
gate_run_end(struct gate_run *g, enum gate_state as)
{
	if (g->state != GATE_RUNNING)
		return;
	g->state = as;
	g->ended = keep_now(g->keep);
	loop_timer_stop(g->look);
	loop_timer_stop(g->turn);
	watch_remove(g->watch);
	g->watch = NULL;
	stop_run(g);
	log_event(LOG_LV_NOTICE, "gate-end", LOG_Z("gate", g->id),
	    LOG_Z("state", gate_json_state(g)), LOG_Z("why", g->why),
	    LOG_N("rounds", g->gate->rounds), LOG_N("closed", g->gate->closed),
	    LOG_N("open", g->gate->open), LOG_N("undecided", g->gate->undecided));
	if (g->over != NULL)
		g->over(g->ctx);
}

void
gate_run_deaf(struct gate_run *g)
{
	g->tell = NULL;
	g->over = NULL;
}

void
gate_run_free(struct gate_run *g)
{
	struct gate_run **at = &g->keep->gates->all;

	gate_run_deaf(g);
	gate_run_end(g, GATE_CANCELLED);
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	g->keep->gates->n--;
	loop_timer_free(g->look);
	loop_timer_free(g->turn);
	arena_free(g->text);
	free(g->pending);
	free(g->letters);
	free(g->gate);
	free(g);
}

/* --- letters --- */

static bool
is_known(struct gate_run *g, uint64_t attempt)
{
	for (size_t i = 0; i < g->n_letters; i++)
		if (g->letters[i] == attempt)
			return true;
	if (g->n_letters == GATE_LETTERS)	/* the oldest half comes back no more */
		memmove(g->letters, g->letters + GATE_LETTERS / 2,
		    (g->n_letters = GATE_LETTERS / 2) * sizeof(g->letters[0]));
	g->letters[g->n_letters++] = attempt;
	return false;
}

static void
opened(void *ctx, uint64_t attempt, const struct gate_opening *o)
{
	struct gate_run *g = ctx;

	if (is_known(g, attempt))
		return;
	(void)gate_opened(g->gate, o);
	log_event(LOG_LV_WARN, "gate-open", LOG_Z("gate", g->id),
	    LOG_Z("form", relaytest_forms[o->form].id), LOG_N("port", o->port),
	    LOG_N("taken", o->at.s));
	tell(g, gate_json_opened(g, o));
}

static void
look_for_letters(struct gate_run *g)
{
	int err = g->run == 0 ? 0 : gate_look_opened(g->keep, g->run, opened, g);

	for (size_t i = 0; err == 0 && i < g->n_pending; i++)
		err = gate_look_opened(g->keep, g->pending[i], opened, g);
	if (err != 0)
		log_event(LOG_LV_WARN, "gate-failed", LOG_Z("gate", g->id),
		    LOG_Z("why", store_why(g->keep->store)));
}

/* Is a letter of that run still under way?  Then it is looked at later, too. */
static void
remember(struct gate_run *g, uint64_t run)
{
	if (gate_look_pending(g->keep, run) <= 0)
		return;
	if (g->n_pending == GATE_PENDING)
		memmove(g->pending, g->pending + 1, --g->n_pending * sizeof(run));
	g->pending[g->n_pending++] = run;
}

/* --- rounds --- */

static void
finish(struct gate_run *g)
{
	int64_t mailbox = pace_rules[g->pace].mailbox_s;
	bool waits = false;

	for (size_t i = 0; i < g->n_pending; i++)
		waits = waits || gate_look_pending(g->keep, g->pending[i]) > 0;
	g->phase = GATE_LINGERS;
	loop_timer_set(g->turn, waits ? mailbox * 1000 : 0);
}

/* A round is due every_s after the one before was; where that took longer, now. */
static void
next_round(struct gate_run *g)
{
	int64_t now = now_mono(g).ms, at = g->due.ms + g->plan.every_s * 1000;

	g->due.ms = at + LATE_MS < now ? now : at;
	if (g->due.ms > g->end.ms) {
		finish(g);
		return;
	}
	g->phase = GATE_WAITS;
	loop_timer_set(g->turn, g->due.ms > now ? g->due.ms - now : 0);
}

/* What the baseline really took: the rounds are like it. */
static void
plan_again(struct gate_run *g, const struct gate_round *r)
{
	int64_t every = g->plan.every_s;
	int64_t took_ms = now_mono(g).ms - g->talked.ms;

	g->in.rounds = 1;
	if (r->verdict == VERDICT_CLOSED) {	/* the others stopped before the end */
		g->in.took_s = (took_ms * 5 / 4 + 999) / 1000;	/* with some slack */
		if (r->sessions > g->in.sessions)
			g->in.sessions = r->sessions;
	}
	if (ledger_today(g->keep, &g->n.addr, &g->in.used) != 0)
		log_event(LOG_LV_WARN, "gate-failed", LOG_Z("gate", g->id),
		    LOG_Z("why", store_why(g->keep->store)));
	if (gate_plan(&g->plan, &g->in) != NULL) {
		g->in.usual_s = g->in.every_s;
		g->in.every_s = 0;	/* it was asked for, and is too often: what fits */
		(void)gate_plan(&g->plan, &g->in);
	}
	g->due = now_mono(g);	/* from here on they are counted */
	g->end.ms = g->due.ms + g->in.for_s * 1000;
	g->until.s = keep_now(g->keep).s + g->in.for_s;
	if (g->plan.every_s != every)
		tell(g, gate_json_plan(g));
}

static void
look_at_facts(struct gate_run *g, const struct gate_round *r, uint64_t run)
{
	struct gate_fact key = { .kind = GATE_VERDICT };
	struct gate_facts *seen = calloc(1, sizeof(*seen));
	size_t places[NEWS], n = 0;

	if (seen != NULL && run != 0 && gate_look(seen, g->keep, run) != 0) {
		free(seen);
		seen = NULL;
	}
	if (seen != NULL && r->verdict != VERDICT_NONE)
		(void)gate_facts_put(seen, &key, verdict_name(r->verdict));
	n = gate_round(g->gate, r, seen, places, NEWS);
	free(seen);
	for (size_t i = 0; i < n; i++)
		tell(g, gate_json_change(g, &g->gate->change[places[i]]));
}

static void
round_over(struct gate_run *g, enum verdict v, const char *why, unsigned done,
    unsigned total)
{
	struct gate_round r = { .began = g->round_began, .ended = keep_now(g->keep),
	    .verdict = v, .why = why, .done = done, .total = total };
	uint64_t run = g->run;
	struct run_text text;
	struct run row;

	if (run != 0 && pace_run(&row, &text, g->keep, run) == 0)
		r.sessions = row.sessions;
	loop_timer_stop(g->turn);
	look_at_facts(g, &r, run);
	stop_run(g);
	if (run != 0)
		remember(g, run);
	tell(g, gate_json_round(g, &r, run));
	if (g->gate->rounds == 1)
		plan_again(g, &r);
	next_round(g);
}

/* Asks for the test.  Returns 0 or an error. */
static int
ask(struct gate_run *g)
{
	struct keep *k = g->keep;
	int err = keep_write(k);

	g->run = 0;
	if (err == 0)
		err = keep_done(k, nominate_round(k, &g->n, &g->run));
	if (err == 0)
		err = keep_flush(k);
	if (err != 0) {
		log_event(LOG_LV_WARN, "gate-failed", LOG_Z("gate", g->id),
		    LOG_Z("why", store_why(k->store)));
		g->run = 0;
	}
	return err;
}

static void
denied(struct gate_run *g, const char *why)
{
	snprintf(g->why, sizeof(g->why), "%s", why);
	if (g->phase != GATE_ROUND)
		g->round_began = keep_now(g->keep);
	round_over(g, VERDICT_UNTESTED, g->why, 0, 0);
	gate_run_end(g, GATE_STOPPED);
}

/* The pace class holds the round up: a silence that the server asked for, a letter
 * that was taken.  A time in which a round should have ended, and the server was not
 * known to be open, is one that nobody looked at. */
static void
held_up(struct gate_run *g, int64_t wait_s, const char *why)
{
	const struct gate *w = g->gate;
	struct gate_round r = { .began = keep_now(g->keep), .verdict = VERDICT_INCONCLUSIVE,
	    .why = why };
	bool open = w->spans > 0 && w->span[w->spans - 1].verdict == VERDICT_OPEN;

	if (wait_s > g->plan.every_s && !open && w->rounds > 0) {
		r.ended.s = r.began.s + wait_s;
		(void)gate_round(g->gate, &r, NULL, NULL, 0);
		tell(g, gate_json_round(g, &r, 0));
	}
	g->due.ms = now_mono(g).ms + wait_s * 1000;
	if (g->due.ms > g->end.ms && w->rounds > 0)
		finish(g);
	else
		loop_timer_set(g->turn, wait_s * 1000);
}

static void
round_begin(struct gate_run *g)
{
	int64_t limit_s = g->plan.every_s > g->plan.least_s ? g->plan.every_s : g->plan.least_s;

	if (g->gate->rounds == 0 && limit_s < GATE_BASE_S)
		limit_s = GATE_BASE_S;
	g->phase = GATE_ROUND;
	g->again = false;
	g->talked.ms = 0;
	g->round_began = keep_now(g->keep);
	g->round_start = now_mono(g);
	g->round_limit.ms = g->round_start.ms + limit_s * 1000;
	(void)ask(g);		/* without a run it is undecided at its limit */
	loop_timer_set(g->turn, limit_s * 1000);
}

/* A retest that somebody asked for, or a recheck of the listing, which no owner gets
 * out of, goes first: a round would take its place. */
static bool
others_turn(struct gate_run *g)
{
	struct run live;
	bool first = store_one(g->keep->store, Q_RUN_LIVE_BY_ADDR,
	    ARGS(ARG_A(g->n.addr)), &live) == 0 && live.kind != RUN_PROBE &&
	    (live.state != RUN_QUEUED || live.next.s <= keep_now(g->keep).s);

	store_forget(g->keep->store);
	return first;
}

/* A time as long as a round in which another test ran is one that nobody looked at. */
static void
give_way(struct gate_run *g)
{
	int64_t late_ms = now_mono(g).ms - g->due.ms;

	if (late_ms <= g->plan.every_s * 1000)
		loop_timer_set(g->turn, GIVE_WAY_MS);
	else
		held_up(g, g->plan.every_s + 1, "queue");
}

/* May it begin?  By the basis that it was planned for: another, if there is one, has
 * another pace. */
static void
round_due(struct gate_run *g)
{
	const char *why = "pace";
	int64_t wait_s = 0;
	struct permit p;

	permit_check(&p, g->keep, &g->n.addr, RUN_PROBE);
	if (!p.ok || p.pace != g->pace)
		denied(g, p.ok ? "no-basis" : p.why);
	else if (others_turn(g))
		give_way(g);
	else if (ledger_wait(g->keep, &g->n.addr, g->pace, &wait_s, &why) == 0 && wait_s > 0)
		held_up(g, wait_s, why);
	else
		round_begin(g);
}

/* The round's time is over, and its test is not. */
static void
cut_short(struct gate_run *g)
{
	struct verdict_out out = { .verdict = VERDICT_INCONCLUSIVE, .why = "unfinished" };
	struct keep *k = g->keep;
	struct run_text text;
	struct run r;
	int err = g->run == 0 ? STORE_NONE : pace_run(&r, &text, k, g->run);

	if (err == STORE_NONE) {
		round_over(g, VERDICT_INCONCLUSIVE, "store", 0, 0);
		return;
	}
	if (err == 0)
		err = keep_write(k);
	if (err == 0 && keep_done(k, judge_run(k, &r, false, NULL, &out)) != 0)
		out = (struct verdict_out){ .verdict = VERDICT_INCONCLUSIVE, .why = "store" };
	if (out.verdict == VERDICT_CLOSED)	/* never without its end */
		out.verdict = VERDICT_INCONCLUSIVE;
	round_over(g, out.verdict, out.why, out.done, out.total);
}

/* It cannot be answered in this round.  A second beginning is worth it while
 * there is time, and no letter is under way that would be forgotten. */
static bool
begun_again(struct gate_run *g)
{
	int64_t need_s = pace_rules[g->pace].between_s + AGAIN_S;

	if (g->again || now_mono(g).ms + need_s * 1000 > g->round_limit.ms ||
	    gate_look_pending(g->keep, g->run) != 0)
		return false;
	stop_run(g);
	g->again = true;
	return ask(g) == 0;
}

/* The test of the round has its end. */
static void
judged(struct gate_run *g)
{
	struct verdict_row v;
	struct permit p;
	char why[GATE_WHY];
	int err = store_one(g->keep->store, Q_VERDICT_LAST_BY_RUN,
	    ARGS(ARG_I(g->run)), &v);

	if (err != 0 || str_copy(why, sizeof(why), v.why) != 0)
		snprintf(why, sizeof(why), "%s", "store");
	store_forget(g->keep->store);
	if (err == 0 && (v.verdict == VERDICT_OPEN || v.verdict == VERDICT_CLOSED)) {
		round_over(g, v.verdict, why, v.done, v.total);
		return;
	}
	permit_check(&p, g->keep, &g->n.addr, RUN_PROBE);
	if (!p.ok)
		denied(g, p.why);
	else if (!begun_again(g))
		round_over(g, err == 0 ? v.verdict : VERDICT_INCONCLUSIVE, why,
		    err == 0 ? v.done : 0, err == 0 ? v.total : 0);
}

/* Another test took its place: the round begins anew when that is over. */
static void
taken_over(struct gate_run *g)
{
	remember(g, g->run);
	g->run = 0;
	g->phase = GATE_WAITS;
	loop_timer_set(g->turn, GIVE_WAY_MS);
}

static void
look_at_run(struct gate_run *g)
{
	int64_t limit = keep_now(g->keep).s +
	    (g->round_limit.ms - now_mono(g).ms) / 1000;
	struct run_text text;
	struct run r;

	if (g->run == 0 || pace_run(&r, &text, g->keep, g->run) != 0)
		return;
	if (r.state == RUN_DONE)
		judged(g);
	else if (r.state == RUN_CANCELLED)
		taken_over(g);
	else if (r.state == RUN_WAITING && r.next.s > limit)
		(void)begun_again(g);	/* else what is left may still say open */
}

void
gate_run_look(void *ctx)
{
	struct gate_run *g = ctx;

	look_for_letters(g);
	if (g->phase == GATE_ROUND)
		look_at_run(g);
}

void
gate_run_turn(void *ctx)
{
	struct gate_run *g = ctx;

	look_for_letters(g);
	switch (g->phase) {
	case GATE_WAITS:
		round_due(g);
		break;
	case GATE_ROUND:
		cut_short(g);
		break;
	default:
		gate_run_end(g, GATE_DONE);
	}
}
