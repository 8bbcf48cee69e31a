#include "keep/gate_verb.h"

#include <stdlib.h>
#include <string.h>

#include "keep/gate_begin.h"
#include "keep/gate_json.h"
#include "keep/verbs.h"

/* A request watches all addresses of its target, and is done when the last gate
 * has ended; then all that is known of each is sent, of which nothing may be
 * lost.  A client that goes takes its gates along. */

struct watching {
	struct request	*r;
	struct gate_run	*gate[MESSAGE_ADDRS];
	size_t		 n, ended;
	/* of the end */
	size_t		 at;		/* gate */
	unsigned	 step;
	size_t		 row;
};

/* --- refusals --- */

static void
refuse_every(struct request *r, const struct gate_plan *p)
{
	request_fail_with(r, EXIT_USAGE, "gate-every", "plan", gate_json_numbers(p),
	    "a round takes %lld s at least: %u sessions, as far apart as the pace class "
	    "of that address asks for; take every %lld s, or a depth with fewer forms",
	    (long long)p->least_s, p->sessions, (long long)p->least_s);
}

static void
refuse_day(struct request *r, const struct gate_plan *p)
{
	if (p->fits_s == 0)
		request_fail_with(r, EXIT_TEMPFAIL, "gate-day-over", "plan", gate_json_numbers(p),
		    "the pace class of that address allows %u more sessions today, and "
		    "one round takes %u: try again tomorrow", p->left, p->sessions);
	else
		request_fail_with(r, EXIT_USAGE, "gate-day", "plan", gate_json_numbers(p),
		    "%u rounds of %u sessions are more than the %u sessions that the pace "
		    "class of that address still allows today: take every %lld s, or "
		    "watch for a shorter time", p->rounds, p->sessions, p->left,
		    (long long)p->fits_s);
}

static const struct {
	const char	*tag;
	int		 exit;
	const char	*text;
} refusals[] = {
	{ "gate-busy", EXIT_TEMPFAIL, "a gate watches that address already: wait for its end, or cancel it" },
	{ "gate-many", EXIT_TEMPFAIL, "as many gates are open as there can be: try again when one has ended" },
	{ "gate-owner", EXIT_USAGE, "a gate is for one's own servers: its basis is owner, proved like any" },
	{ "gate-rounds", EXIT_USAGE, "more rounds than a gate may have (20000): watch for a shorter time, or less often" },
	{ "no-such-gate", EXIT_DATA, "there is no gate of that name; a keeper that was started again knows none of before" },
	{ "too-deep", EXIT_NOPERM, "this basis does not allow that depth" },
};

static void
refuse(struct request *r, const char *tag)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i].tag, tag) == 0) {
			request_fail(r, refusals[i].exit, tag, "%s", refusals[i].text);
			return;
		}
	verb_refuse(r, tag);
}

void
gate_verb_refuse(struct request *r, const char *tag, const struct gate_plan *p)
{
	struct str t = str_of(tag);

	if (str_eq(t, STR("gate-every")))
		refuse_every(r, p);
	else if (str_eq(t, STR("gate-day")))
		refuse_day(r, p);
	else if (str_eq(t, STR("memory")))
		verb_fail_store(r, SEK_ENOMEM);
	else
		refuse(r, tag);
}

/* --- gate --- */

static void
watching_free(void *state)
{
	struct watching *w = state;

	for (size_t i = 0; i < w->n; i++)
		gate_run_free(w->gate[i]);
	free(w);
}

static void
told(void *ctx, json_t *ev)
{
	request_event(((struct watching *)ctx)->r, ev);
}

enum { STEP_FACTS, STEP_CHANGES, STEP_SPANS, STEP_SUMMARY, STEP_END };

/* One row of a gate, or NULL with *more false: the step has none left. */
static json_t *
row_of(const struct watching *w, bool *more)
{
	const struct gate_run *g = w->gate[w->at];
	const struct gate *all = g->gate;

	*more = true;
	if (w->step == STEP_FACTS && w->row < all->facts.n)
		return gate_json_fact(g, &all->facts.row[w->row]);
	if (w->step == STEP_CHANGES && w->row < all->changes)
		return gate_json_change(g, &all->change[w->row]);
	if (w->step == STEP_SPANS && w->row < all->spans)
		return gate_json_span(g, &all->span[w->row]);
	if (w->step == STEP_SUMMARY && w->row == 0)
		return gate_json_summary(g);
	*more = false;
	return NULL;
}

/* open is graver than undecided, and that than closed. */
static int
exit_of(const struct watching *w)
{
	int exit = 0;

	for (size_t i = 0; i < w->n; i++) {
		int one = gate_exit(w->gate[i]->gate);

		if (one == 1 || exit == 0)
			exit = one;
		if (exit == 1)
			break;
	}
	return exit;
}

static bool
produce(struct request *r)
{
	struct watching *w = r->state;
	bool more;
	json_t *ev = row_of(w, &more);
	int err;

	if (more) {
		w->row++;
		err = request_event_surely(r, ev);
		if (err == 0)
			return true;
		verb_fail_store(r, SEK_ENOMEM);
		return false;
	}
	w->row = 0;
	if (++w->step == STEP_END) {
		w->step = STEP_FACTS;
		w->at++;
	}
	if (w->at < w->n)
		return true;
	request_done(r, exit_of(w), NULL);
	return false;
}

static void
over(void *ctx)
{
	struct watching *w = ctx;

	if (++w->ended == w->n)
		request_stream(w->r, produce);
}

static struct watching *
watching_new(struct request *r)
{
	struct watching *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		verb_fail_store(r, SEK_ENOMEM);
		return NULL;
	}
	w->r = r;
	r->state = w;
	r->state_free = watching_free;
	return w;
}

static void
watch_addrs(struct request *r, struct nomination *n, const struct addr *addrs, size_t count)
{
	struct watching *w = watching_new(r);
	struct gate_wish wish = { .n = n, .for_s = verb_int(r, "for_s", GATE_FOR_S, 0,
	    GATE_FOR_MAX_S), .every_s = verb_int(r, "every_s", 0, 0, GATE_FOR_MAX_S),
	    .tell = told, .over = over, .ctx = w };
	struct gate_plan plan = { 0 };

	for (size_t i = 0; w != NULL && i < count; i++) {
		const char *why = n->basis != BASIS_OWNER ? "gate-owner" :
		    verb_may_nominate(r->keep, n, &addrs[i]);

		if (why == NULL)
			why = gate_begin(&w->gate[w->n], &plan, r->keep, &wish);
		if (why != NULL) {
			gate_verb_refuse(r, why, &plan);
			return;
		}
		w->n++;
	}
	for (size_t i = 0; w != NULL && i < w->n; i++) {
		json_t *ev = gate_json_plan(w->gate[i]);

		if (ev != NULL)
			request_event(r, ev);
		json_decref(ev);
	}
}

static void
host_resolved(struct request *r, unsigned nth, const struct msg_resolved *m)
{
	struct addr addrs[MESSAGE_ADDRS];
	size_t count = verb_host_addrs(r, m, addrs);
	char domains[TEXT_NAMES];
	struct nomination n;

	(void)nth;
	if (count == 0 || !verb_nomination(r, &n, domains))
		return;
	n.host = verb_member(r, "target");
	watch_addrs(r, &n, addrs, count);
}

void
gate_verb(struct request *r)
{
	struct str target = verb_member(r, "target");
	char domains[TEXT_NAMES];
	struct nomination n;
	struct addr a;

	if (!verb_nomination(r, &n, domains))
		return;
	if (addr_parse(&a, target) == 0)
		watch_addrs(r, &n, &a, 1);
	else
		verb_resolve_target(r, host_resolved);
}
