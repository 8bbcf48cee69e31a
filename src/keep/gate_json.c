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
addr_json(const struct gate_run *g)
{
	char addr[ADDR_TEXT];

	addr_text(addr, &g->n.addr);
	return json_string(addr);
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

static const char *
form_id(uint8_t form)
{
	return form < RELAYTEST_N ? relaytest_forms[form].id : NULL;
}

static const char *
class_of(uint8_t form)
{
	return form < RELAYTEST_N ? relaytest_class(form) : NULL;
}

/* --- the plan --- */

json_t *
gate_json_numbers(const struct gate_plan *p)
{
	return json_pack("{sI sI sI sI sI so}", "least_s", (json_int_t)p->least_s,
	    "every_s", (json_int_t)p->every_s, "fits_s", (json_int_t)p->fits_s,
	    "rounds", (json_int_t)p->rounds, "sessions", (json_int_t)p->sessions,
	    "left", left_json(p));
}

json_t *
gate_json_plan(const struct gate_run *g)
{
	const struct gate_plan *p = &g->plan;
	const struct pace_rule *rule = &pace_rules[g->pace];

	return json_pack("{ss ss so ss ss ss si sI sI sI sI sI so sI sI}",
	    "event", "gate-plan", "gate", g->id, "addr", addr_json(g),
	    "depth", depth_names[g->depth], "pace", rule->name,
	    "basis", basis_rules[g->n.basis].name, "port", (int)g->n.port,
	    "for_s", (json_int_t)g->in.for_s, "every_s", (json_int_t)p->every_s,
	    "least_s", (json_int_t)p->least_s, "rounds", (json_int_t)p->rounds,
	    "sessions", (json_int_t)p->sessions, "left", left_json(p),
	    "between_s", (json_int_t)rule->between_s, "per_day", (json_int_t)rule->per_day);
}

/* --- what happens --- */

json_t *
gate_json_opened(const struct gate_run *g, const struct gate_opening *o)
{
	return json_pack("{ss ss so sI sI ss? ss? si so}", "event", "gate-open",
	    "gate", g->id, "addr", addr_json(g), "taken", (json_int_t)o->at.s,
	    "told", (json_int_t)keep_now(g->keep).s, "form", form_id(o->form),
	    "class", class_of(o->form), "port", (int)o->port,
	    "closed_before", moment(gate_closed_before(g->gate)));
}

static const char *
fact_form(const struct gate_fact *f)
{
	return f->kind == GATE_REPLY ? form_id(f->form) : NULL;
}

json_t *
gate_json_change(const struct gate_run *g, const struct gate_change *c)
{
	const struct gate_fact *f = &c->what;

	return json_pack("{ss ss so ss si ss? si ss ss sb sI sI sI}", "event", "gate-change",
	    "gate", g->id, "addr", addr_json(g), "what", gate_fact_name(f->kind),
	    "port", (int)f->port, "form", fact_form(f), "variant", (int)f->variant,
	    "was", c->was, "is", c->is, "back", c->back, "first", (json_int_t)c->first.s,
	    "last", (json_int_t)c->last.s, "rounds", (json_int_t)c->rounds);
}

json_t *
gate_json_fact(const struct gate_run *g, const struct gate_fact *f)
{
	return json_pack("{ss ss so ss si ss? si ss}", "event", "gate-fact",
	    "gate", g->id, "addr", addr_json(g), "what", gate_fact_name(f->kind),
	    "port", (int)f->port, "form", fact_form(f), "variant", (int)f->variant,
	    "is", gate_facts_text(&g->gate->facts, f));
}

json_t *
gate_json_span(const struct gate_run *g, const struct gate_span *s)
{
	return json_pack("{ss ss so sI sI ss ss sI}", "event", "gate-span",
	    "gate", g->id, "addr", addr_json(g), "began", (json_int_t)s->began.s,
	    "ended", (json_int_t)s->ended.s, "verdict", verdict_name(s->verdict),
	    "why", s->why, "rounds", (json_int_t)s->rounds);
}

json_t *
gate_json_round(const struct gate_run *g, const struct gate_round *r, uint64_t run)
{
	json_t *ev = json_pack("{ss ss so sI sI sI sI ss ss si si si sb sI}",
	    "event", "gate-round", "gate", g->id, "addr", addr_json(g),
	    "round", (json_int_t)g->gate->rounds - 1, "of", (json_int_t)g->plan.rounds - 1,
	    "began", (json_int_t)r->began.s, "ended", (json_int_t)r->ended.s,
	    "verdict", verdict_name(r->verdict), "why", r->why, "done", (int)r->done,
	    "total", (int)r->total, "sessions", (int)r->sessions, "again", g->again,
	    "exit", (json_int_t)gate_exit(g->gate));

	if (ev != NULL && run != 0 && r->verdict == VERDICT_OPEN &&
	    cause_put(ev, g->keep, run) != 0)
		json_object_set_new(ev, "cause", json_null());	/* it was open all the same */
	return ev;
}

/* --- the end --- */

static json_t *
opening(const struct gate *g, const struct gate_opening *o)
{
	if (g->openings == 0)
		return json_null();
	return json_pack("{sI ss? ss? si}", "taken", (json_int_t)o->at.s,
	    "form", form_id(o->form), "class", class_of(o->form), "port", (int)o->port);
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

	return json_pack("{ss ss so ss ss sI so so sI sI sI sI sI so so so so sI sI sI}",
	    "event", "gate-end", "gate", g->id, "addr", addr_json(g),
	    "state", gate_json_state(g), "why", g->why, "began", (json_int_t)g->began.s,
	    "ended", moment(g->ended), "baseline", base_json(w),
	    "rounds", (json_int_t)w->rounds, "closed", (json_int_t)w->closed,
	    "open", (json_int_t)w->open, "undecided", (json_int_t)w->undecided,
	    "openings", (json_int_t)w->openings, "first", opening(w, &w->first),
	    "last", opening(w, &w->last), "closed_before", moment(gate_closed_before(w)),
	    "closed_after", moment(gate_closed_after(w)), "changes", (json_int_t)w->changes,
	    "changes_more", (json_int_t)w->more, "exit", (json_int_t)gate_exit(w));
}
