#include "keep/gate_begin.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "keep/ledger.h"
#include "keep/permit.h"
#include "keep/watch.h"
#include "sys/loop.h"

enum {
	TEXTS = 8192,
	DAY_S = 86400,
	LOOK_MS = 20,		/* what comes in one burst is looked at once */
};

/* What happens to the address, of whichever test: soon it is looked at. */
static void
heard(void *ctx, json_t *ev)
{
	const char *name = json_string_value(json_object_get(ev, "event"));
	struct gate_run *g = ctx;

	if (g->talked.ms == 0 && name != NULL && strcmp(name, "connecting") == 0)
		g->talked = g->keep->clock->mono(g->keep->clock);
	if (!loop_timer_active(g->look))
		loop_timer_set(g->look, LOOK_MS);
}

static void
nobody_waits(void *ctx)
{
	(void)ctx;
}

static bool
copy_texts(struct gate_run *g)
{
	struct str *all[] = { &g->n.host, &g->n.domains, &g->n.reason, &g->n.who };

	g->text = arena_new(TEXTS);
	for (size_t i = 0; g->text != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
		*all[i] = arena_str(g->text, *all[i]);
		if (all[i]->p == NULL)
			return false;
	}
	g->n.evidence = (struct str){ 0 };
	return g->text != NULL;
}

/* Returns 0 or SEK_ENOMEM; g is whole enough for gate_run_free(). */
static int
make(struct gate_run *g)
{
	uint64_t id[2] = { rand_u64(g->keep->rand), rand_u64(g->keep->rand) };
	int64_t most_s = g->in.for_s + GATE_BASE_S + 2 * g->plan.every_s + DAY_S;
	int err;

	str_base32(g->id, id, sizeof(id));
	g->gate = calloc(1, sizeof(*g->gate));
	g->pending = calloc(GATE_PENDING, sizeof(*g->pending));
	g->letters = calloc(GATE_LETTERS, sizeof(*g->letters));
	if (!copy_texts(g) || g->gate == NULL || g->pending == NULL || g->letters == NULL)
		return SEK_ENOMEM;
	err = loop_timer(&g->look, g->keep->loop, gate_run_look, g);
	if (err == 0)
		err = loop_timer(&g->turn, g->keep->loop, gate_run_turn, g);
	return err != 0 ? err : watch_add(&g->watch, g->keep, &g->n.addr, heard,
	    nobody_waits, g, most_s);
}

/* NULL, or why not; what is known of the address goes into in. */
static const char *
ask_permit(struct gate_plan_in *in, enum depth *depth, struct keep *k,
    const struct gate_wish *w)
{
	unsigned used = 0;
	struct permit p;

	if (gate_run_of(k, &w->n->addr) != NULL)
		return "gate-busy";
	permit_check(&p, k, &w->n->addr, RUN_PROBE);
	if (!p.ok)
		return p.why;
	*depth = w->n->has_depth ? w->n->depth : p.usual;
	if (*depth > p.deepest)
		return "too-deep";
	if (ledger_today(k, &w->n->addr, &used) != 0)
		return "store";
	*in = (struct gate_plan_in){ .pace = p.pace, .for_s = w->for_s,
	    .every_s = w->every_s, .usual_s = GATE_EVERY_S, .used = used,
	    .sessions = gate_plan_sessions(*depth, p.pace) };
	return NULL;
}

/* Where all places are taken, the gate that ended first makes room. */
static bool
make_room(struct keep *k)
{
	struct gate_run *oldest = NULL;

	if (k->gates->n < GATE_RUNS)
		return true;
	for (struct gate_run *g = k->gates->all; g != NULL; g = g->next)
		if (g->state != GATE_RUNNING && g->tell == NULL &&
		    (oldest == NULL || g->ended.s < oldest->ended.s))
			oldest = g;
	if (oldest != NULL)
		gate_run_free(oldest);
	return oldest != NULL;
}

static int
write_basis(struct keep *k, const struct nomination *n)
{
	int err = keep_write(k);

	if (err == 0)
		err = keep_done(k, nominate_basis(k, n));
	return err != 0 ? err : keep_flush(k);
}

static void
start(struct gate_run *g)
{
	g->began = keep_now(g->keep);
	g->until.s = g->began.s + g->in.for_s;
	log_event(LOG_LV_NOTICE, "gate", LOG_Z("gate", g->id), LOG_N("for_s", g->in.for_s),
	    LOG_N("every_s", g->plan.every_s), LOG_N("rounds", g->plan.rounds),
	    LOG_N("sessions", g->plan.sessions), LOG_T("reason", g->n.reason),
	    LOG_T("who", g->n.who));
	g->phase = GATE_WAITS;
	loop_timer_set(g->turn, 0);
}

const char *
gate_begin(struct gate_run **out, struct gate_plan *plan, struct keep *k,
    const struct gate_wish *w)
{
	struct gate_plan_in in;
	enum depth depth = DEPTH_GENTLE;
	struct gate_run *g;
	const char *why;

	*plan = (struct gate_plan){ 0 };
	if (!w->based && write_basis(k, w->n) != 0)
		return "store";
	why = ask_permit(&in, &depth, k, w);
	if (why == NULL)
		why = gate_plan(plan, &in);
	if (why == NULL && !make_room(k))
		why = "gate-many";
	if (why != NULL)
		return why;
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return "memory";
	*g = (struct gate_run){ .keep = k, .n = *w->n, .depth = depth, .pace = in.pace,
	    .in = in, .plan = *plan, .tell = w->tell, .over = w->over, .ctx = w->ctx };
	g->next = k->gates->all;
	k->gates->all = g;
	k->gates->n++;
	if (make(g) != 0) {
		g->state = GATE_STOPPED;
		gate_run_free(g);
		return "memory";
	}
	start(g);
	*out = g;
	return NULL;
}
