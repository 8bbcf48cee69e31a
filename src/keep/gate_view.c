#include "keep/gate_view.h"

#include "keep/gate_json.h"
#include "sys/json_put.h"

/* Octets of JSON that each list may take; all together, with under 2,500 of the
 * rest, are one message (MESSAGE_PART). */
enum { SPANS = 3000, CHANGES = 6000, FACTS = 4000 };

struct list {
	json_t	*json;
	size_t	 octets, most;
	bool	 cut;
	int	 err;
};

/* Takes over ev, which may be NULL: no memory. */
static void
add(struct list *l, json_t *ev, bool in_front)
{
	size_t n;

	json_object_del(ev, "event");
	json_object_del(ev, "gate");
	json_object_del(ev, "addr");
	n = ev == NULL ? 0 : json_dumpb(ev, NULL, 0, JSON_COMPACT) + 1;
	if (n == 0) {
		l->err = SEK_ENOMEM;
	} else if (l->octets + n > l->most) {
		l->cut = true;
	} else {
		l->octets += n;
		if (in_front ? json_array_insert(l->json, 0, ev) != 0 :
		    json_array_append(l->json, ev) != 0)
			l->err = SEK_ENOMEM;
	}
	json_decref(ev);
}

/* Puts the list into o. */
static void
put(json_t *o, const char *key, struct list *l, bool *cut, int *err)
{
	*cut = *cut || l->cut;
	if (l->err != 0)
		*err = l->err;
	json_put(o, key, l->json, err);
}

static void
put_lists(json_t *o, const struct gate_run *g, int *err)
{
	const struct gate *w = g->gate;
	struct list spans = { json_array(), 0, SPANS, false, 0 };
	struct list changes = { json_array(), 0, CHANGES, w->more > 0, 0 };
	struct list facts = { json_array(), 0, FACTS, false, 0 };
	bool cut = false;

	for (size_t i = w->spans; i > 0 && !spans.cut; i--)
		add(&spans, gate_json_span(g, &w->span[i - 1]), true);
	for (size_t i = 0; i < w->changes; i++)
		add(&changes, gate_json_change(g, &w->change[i]), false);
	for (size_t i = 0; i < w->facts.n; i++)
		if (w->facts.row[i].kind != GATE_REPLY)
			add(&facts, gate_json_fact(g, &w->facts.row[i]), false);
	put(o, "spans", &spans, &cut, err);
	put(o, "changes", &changes, &cut, err);
	put(o, "facts", &facts, &cut, err);
	json_put(o, "cut", json_boolean(cut), err);
}

static json_t *
result(const struct gate *g)
{
	static const char *const words[] = { "closed", "open", "undecided" };

	return g->rounds == 0 ? json_null() : json_string(words[gate_exit(g)]);
}

static void
put_plan(json_t *o, const struct gate_run *g, int *err)
{
	json_t *plan = gate_json_plan(g);

	json_object_del(plan, "event");
	json_object_del(plan, "gate");
	json_object_del(plan, "addr");
	json_put(o, "plan", plan, err);
}

static json_t *
outside(const struct gate_run *g)
{
	char addr[ADDR_TEXT];

	addr_text(addr, &g->n.addr);
	return json_pack("{ss ss ss}", "gate", g->id, "addr", addr,
	    "state", gate_json_state(g));
}

json_t *
gate_view(const struct gate_run *g, bool inside)
{
	json_t *o = inside ? gate_json_summary(g) : outside(g);
	int err = o == NULL ? SEK_ENOMEM : 0;

	if (!inside)
		return o;
	json_object_del(o, "event");
	json_object_del(o, "exit");
	json_object_del(o, "changes");		/* their number; the list follows */
	json_put(o, "until", json_integer(g->until.s), &err);
	json_put(o, "result", result(g->gate), &err);
	put_plan(o, g, &err);
	put_lists(o, g, &err);
	return json_put_end(o, err);
}
