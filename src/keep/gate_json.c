#include "keep/gate_json.h"

#include <limits.h>

#include "fact/relaytest.h"
#include "keep/cause.h"
#include "sys/json_put.h"

const char *
gate_json_state(const struct gate_run *g)
{
	static const char *const words[] = { "running", "done", "cancelled", "stopped" };

	return words[g->state];
}

static json_t *
event(const struct gate_run *g, const char *name)
{
	char addr[ADDR_TEXT];

	addr_text(addr, &g->n.addr);
	return json_pack("{ss ss ss}", "event", name, "gate", g->id, "addr", addr);
}

static json_t *
moment(struct wall at)
{
	return at.s > 0 ? json_integer(at.s) : json_null();
}

static json_t *
left_json(const struct gate_plan *p)
{
	return p->left == UINT_MAX ? json_null() : json_integer(p->left);
}

json_t *
gate_json_numbers(const struct gate_plan *p)
{
	return json_pack("{sI sI sI sI sI so}", "least_s", (json_int_t)p->least_s,
	    "every_s", (json_int_t)p->every_s, "fits_s", (json_int_t)p->fits_s,
	    "rounds", (json_int_t)p->rounds, "sessions", (json_int_t)p->sessions,
	    "left", left_json(p));
}

/* Takes over both.  Returns o with the members of more, or NULL. */
static json_t *
with(json_t *o, json_t *more)
{
	int err = o == NULL || more == NULL || json_object_update(o, more) != 0 ?
	    SEK_ENOMEM : 0;

	json_decref(more);
	return json_put_end(o, err);
}

json_t *
gate_json_plan(const struct gate_run *g)
{
	json_t *o = with(event(g, "gate-plan"), gate_json_numbers(&g->plan));

	return with(o, json_pack("{ss ss ss si sI sI sI}", "depth", depth_names[g->depth],
	    "pace", pace_rules[g->pace].name, "basis", basis_rules[g->n.basis].name,
	    "port", (int)g->n.port, "for_s", (json_int_t)g->in.for_s,
	    "between_s", (json_int_t)pace_rules[g->pace].between_s,
	    "per_day", (json_int_t)pace_rules[g->pace].per_day));
}

static json_t *
opening(const struct gate_opening *o)
{
	return json_pack("{sI ss ss si}", "at", (json_int_t)o->at.s,
	    "form", o->form < RELAYTEST_N ? relaytest_forms[o->form].id : "?",
	    "class", o->form < RELAYTEST_N ? relaytest_class(o->form) : "?",
	    "port", (int)o->port);
}

json_t *
gate_json_opened(const struct gate_run *g, const struct gate_opening *o)
{
	json_t *ev = with(event(g, "gate-open"), opening(o));

	return with(ev, json_pack("{sI so sb}",
	    "told", (json_int_t)keep_now(g->keep).s,
	    "closed_before", moment(gate_closed_before(g->gate)),
	    "first", g->gate->openings == 1));
}

/* The place of a fact: what, where. */
static json_t *
place(json_t *o, const struct gate_fact *f)
{
	int err = 0;

	if (o == NULL)
		return NULL;
	json_put(o, "what", json_string(gate_fact_name(f->kind)), &err);
	json_put(o, "port", f->port > 0 ? json_integer(f->port) : json_null(), &err);
	if (f->kind == GATE_REPLY && f->form < RELAYTEST_N) {
		json_put(o, "form", json_string(relaytest_forms[f->form].id), &err);
		json_put(o, "variant", json_integer(f->variant), &err);
	}
	return json_put_end(o, err);
}

json_t *
gate_json_change(const struct gate_run *g, const struct gate_change *c)
{
	return with(place(event(g, "gate-change"), &c->what), json_pack(
	    "{ss ss sb sI sI sI}", "was", c->was, "is", c->is, "back", c->back,
	    "first", (json_int_t)c->first.s, "last", (json_int_t)c->last.s,
	    "rounds", (json_int_t)c->rounds));
}

json_t *
gate_json_fact(const struct gate_run *g, const struct gate_fact *f)
{
	return with(place(event(g, "gate-fact"), f),
	    json_pack("{ss}", "is", gate_facts_text(&g->gate->facts, f)));
}

json_t *
gate_json_span(const struct gate_run *g, const struct gate_span *s)
{
	return with(event(g, "gate-span"), json_pack("{sI sI ss ss sI}",
	    "began", (json_int_t)s->began.s, "ended", (json_int_t)s->ended.s,
	    "verdict", verdict_name(s->verdict), "why", s->why,
	    "rounds", (json_int_t)s->rounds));
}

static json_t *
counts(const struct gate *g)
{
	return json_pack("{sI sI sI sI}", "rounds", (json_int_t)g->rounds,
	    "closed", (json_int_t)g->closed, "open", (json_int_t)g->open,
	    "undecided", (json_int_t)g->undecided);
}

json_t *
gate_json_round(const struct gate_run *g, const struct gate_round *r, uint64_t run)
{
	json_t *ev = with(event(g, "gate-round"), json_pack("{sI sI sI ss ss si si si sb}",
	    "round", (json_int_t)g->gate->rounds - 1, "began", (json_int_t)r->began.s,
	    "ended", (json_int_t)r->ended.s, "verdict", verdict_name(r->verdict),
	    "why", r->why, "done", (int)r->done, "total", (int)r->total,
	    "sessions", (int)r->sessions, "again", g->again));

	ev = with(ev, json_pack("{sI so}", "of", (json_int_t)g->plan.rounds - 1,
	    "so_far", counts(g->gate)));
	if (ev != NULL && run != 0 && r->verdict == VERDICT_OPEN &&
	    cause_put(ev, g->keep, run) != 0)
		json_object_set_new(ev, "cause", json_null());	/* it was open all the same */
	return ev;
}

static json_t *
base_json(const struct gate *g)
{
	if (g->rounds == 0)
		return json_null();
	return json_pack("{sI sI ss ss si si}", "began", (json_int_t)g->base.began.s,
	    "ended", (json_int_t)g->base.ended.s, "verdict", verdict_name(g->base.verdict),
	    "why", g->base_why, "done", (int)g->base.done, "total", (int)g->base.total);
}

json_t *
gate_json_summary(const struct gate_run *g)
{
	const struct gate *w = g->gate;
	char addr[ADDR_TEXT];
	json_t *o = counts(w);

	addr_text(addr, &g->n.addr);
	o = with(o, json_pack("{ss ss ss ss sI so}", "gate", g->id, "addr", addr,
	    "state", gate_json_state(g), "why", g->why,
	    "began", (json_int_t)g->began.s, "ended", moment(g->ended)));
	o = with(o, json_pack("{so sI so so so so sI sI sI}", "baseline", base_json(w),
	    "openings", (json_int_t)w->openings,
	    "first", w->openings > 0 ? opening(&w->first) : json_null(),
	    "last", w->openings > 0 ? opening(&w->last) : json_null(),
	    "closed_before", moment(gate_closed_before(w)),
	    "closed_after", moment(gate_closed_after(w)),
	    "changes", (json_int_t)w->changes, "changes_more", (json_int_t)w->more,
	    "exit", (json_int_t)gate_exit(w)));
	return o;
}
