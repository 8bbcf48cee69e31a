#include "keep/gate_visit.h"

#include <stdio.h>

#include "base/log.h"
#include "keep/asker.h"
#include "keep/gate_begin.h"
#include "keep/gate_verb.h"
#include "keep/gate_view.h"
#include "keep/ticket.h"
#include "keep/verbs.h"

/* Rules:
 * 1. A gate is the proved owner's to ask for, by any proof; its depth is that of
 *    the proof's basis (keep/permit).  A CSIRT's key does not begin one.
 * 2. It counts as one test among the caps of askers and of the day; the pace class
 *    bounds its sessions.
 * 3. A round that comes out open lists the address, and a closed one clears it, as
 *    any test does. */

static bool
may_begin(const struct visitor *v)
{
	return v->role == ROLE_OWNER || v->role == ROLE_OPERATOR;
}

/* Ends r with what v may see of g. */
static void
show(struct request *r, const struct visitor *v, const struct gate_run *g)
{
	json_t *o = gate_view(g, v->role != ROLE_PUBLIC);

	if (o != NULL && json_object_set_new(o, "role",
	    json_string(visit_role_name(v->role))) != 0) {
		json_decref(o);
		o = NULL;
	}
	request_answer(r, o);
}

/* The gate that r names, and who asks; NULL: r is gone. */
static struct gate_run *
find(struct visitor *v, struct request *r)
{
	struct gate_run *g = gate_run_find(r->keep, verb_member(r, "gate"));

	if (g == NULL)
		gate_verb_refuse(r, "no-such-gate", NULL);
	return g != NULL && visit_read_for(v, r, &g->n.addr) ? g : NULL;
}

void
gate_visit_show(struct request *r)
{
	struct visitor v;
	struct gate_run *g = find(&v, r);

	if (g != NULL)
		show(r, &v, g);
}

void
gate_visit_cancel(struct request *r)
{
	struct visitor v;
	struct gate_run *g = find(&v, r);

	if (g == NULL)
		return;
	if (v.role == ROLE_PUBLIC) {
		request_fail(r, EXIT_NOPERM, "not-yours", "only the proved owner of its "
		    "address and the operator can cancel a gate");
		return;
	}
	gate_run_end(g, GATE_CANCELLED);
	show(r, &v, g);
}

/* --- a new one --- */

struct beginning {
	struct visitor		 v;
	struct nomination	 n;
	struct gate_wish	 wish;
	char			 who[TEXT_WHO];
};

static bool
is_usual(int64_t port)
{
	return port == 25 || port == 465 || port == 587;
}

static bool
wish_read(struct beginning *b, struct request *r)
{
	struct str depth = verb_member(r, "depth"), note = verb_member(r, "note");
	int64_t port = verb_int(r, "port", 25, -1, 65536);

	b->n = (struct nomination){ .addr = b->v.addr, .port = (uint16_t)port,
	    .basis = BASIS_OWNER, .has_depth = depth.n > 0, .reason = note,
	    .who = str_of(b->who) };
	if (note.n == 0)
		b->n.reason = STR("a gate, asked for by its owner");
	if (b->n.has_depth && depth_parse(&b->n.depth, depth) != 0)
		request_fail(r, EXIT_USAGE, "bad-depth", "depth is one of gentle, "
		    "normal, full, owner, lab");
	else if (port < 1 || port > 65535)
		request_fail(r, EXIT_USAGE, "bad-port", "port is not within 1..65535");
	else if (note.n > TEXT_REASON)
		request_fail(r, EXIT_USAGE, "no-reason", "note is longer than %d octets",
		    TEXT_REASON);
	else if (!is_usual(port) && !visit_proved(&b->v))
		request_fail(r, EXIT_NOPERM, "too-deep", "that port is for an owner "
		    "who proved it by DNS or mail; 25, 465 and 587 are for all");
	else
		return true;
	return false;
}

/* The caps count it like a test. */
static void
note_asker(struct request *r, const struct visitor *v)
{
	struct keep *k = r->keep;
	struct addr net = asker_net(&v->asker);
	int err = keep_write(k);

	if (err == 0)
		err = keep_done(k, asker_note(k, REQUEST_TEST, 0, &net, &v->addr,
		    (uint8_t)v->role));
	if (err == 0)
		err = keep_flush(k);
	if (err != 0)
		log_event(LOG_LV_WARN, "asker-lost", LOG_N("run", 0),
		    LOG_Z("why", store_why(k->store)));
}

static void
begin(struct request *r, struct beginning *b)
{
	struct gate_plan plan;
	struct gate_run *g;
	const char *why;

	b->wish = (struct gate_wish){ .n = &b->n, .based = true,
	    .for_s = verb_int(r, "for_s", GATE_FOR_S, 0, GATE_FOR_MAX_S),
	    .every_s = verb_int(r, "every_s", 0, 0, GATE_FOR_MAX_S) };
	why = gate_begin(&g, &plan, r->keep, &b->wish);
	if (why != NULL) {
		gate_verb_refuse(r, why, &plan);
		return;
	}
	note_asker(r, &b->v);
	show(r, &b->v, g);
}

void
gate_visit_start(struct request *r)
{
	struct beginning b;
	char net[ADDR_TEXT];
	struct addr from;
	int64_t wait_s = 0;
	const char *why;

	if (!visit_read(&b.v, r))
		return;
	if (may_begin(&b.v) && gate_run_of(r->keep, &b.v.addr) != NULL) {
		gate_verb_refuse(r, "gate-busy", NULL);
		return;
	}
	from = asker_net(&b.v.asker);
	addr_text(net, &from);
	snprintf(b.who, sizeof(b.who), "web, %s", net);
	why = may_begin(&b.v) ? ticket_refused(r->keep, &b.v, RUN_PROBE, &wait_s) :
	    "owner-not-proved";
	if (why != NULL)
		ticket_refuse(r, why, wait_s);
	else if (wish_read(&b, r))
		begin(r, &b);
}
