#include "keep/judge.h"

#include "base/log.h"
#include "fact/relaytest.h"
#include "keep/cause.h"
#include "keep/coverage.h"
#include "keep/list.h"
#include "keep/sheet.h"
#include "keep/watch.h"
#include "wire/token.h"

struct gather {
	struct verdict_form	 forms[SHEET_SLOTS];
	const struct sheet	*sheet;
	bool			 worked_unsettled;
	size_t			 n;
	uint8_t			 last;	/* form of the one before */
	uint8_t			 proof;	/* form that proved it, or RELAYTEST_NONE; at: */
	struct addr		 at;
	uint16_t		 ports[8];
	size_t			 n_ports;
};

static void
gather_port(struct gather *g, uint16_t port)
{
	for (size_t i = 0; i < g->n_ports; i++)
		if (g->ports[i] == port)
			return;
	if (g->n_ports < sizeof(g->ports) / sizeof(g->ports[0]))
		g->ports[g->n_ports++] = port;
}

static void
gather_slot(struct gather *g, const struct slot *slot)
{
	const struct attempt *a = &slot->a;

	g->forms[g->n++] = (struct verdict_form){
		.finding = a->finding, .accepted = a->accepted,
		.more = g->n > 0 && g->last == slot->form,
	};
	g->last = slot->form;
	if (a->finding == FIND_RETURNED) {
		g->proof = slot->form;
		g->at = a->addr;
	}
	if (a->finding != FIND_NONE && a->finding != FIND_SKIPPED)
		gather_port(g, a->port);
}

static void
gather_sheet(struct gather *g, const struct sheet *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!sheet_moot(s, i))
			gather_slot(g, &s->slot[i]);
}

/* A form that once worked: refused now, at the same port, with the same
 * names? */
static int
gather_worked(void *ctx, const void *row)
{
	const struct attempt *was = row;
	struct gather *g = ctx;

	for (size_t i = 0; i < g->sheet->n; i++) {
		const struct slot *slot = &g->sheet->slot[i];

		if (slot->form == was->form && slot->a.port == was->port &&
		    (slot->a.finding == FIND_REFUSED || slot->a.finding == FIND_BOUNCED) &&
		    str_eq(slot->host, was->host) && str_eq(slot->dom, was->dom))
			return 0;
	}
	g->worked_unsettled = was->form < RELAYTEST_N;
	return g->worked_unsettled ? STORE_STOP : 0;
}

static void
ports_text(char out[TEXT_WHO], const struct gather *g)
{
	struct wbuf w = wbuf_of(out, TEXT_WHO - 1);

	for (size_t i = 0; i < g->n_ports; i++)
		wbuf_printf(&w, "%s%u", i > 0 ? "," : "", g->ports[i]);
	out[w.len] = '\0';
}

/* --- by which host the proof came out --- */

struct proof_seek {
	uint8_t		form;
	uint64_t	attempt;	/* 0: none */
	struct addr	exit;
};

static int
proof_attempt(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct proof_seek *p = ctx;

	if (a->form != p->form || a->finding != FIND_RETURNED)
		return 0;
	p->attempt = a->id;
	return STORE_STOP;
}

static int
proof_receipt(void *ctx, const void *row)
{
	const struct receipt *r = row;
	struct proof_seek *p = ctx;

	if (!r->counts || r->kind != TOKEN_RECIPIENT)
		return 0;
	p->exit = r->exit_addr;
	return STORE_STOP;
}

int
judge_output(char out[ADDR_TEXT], struct keep *k, const struct verdict_row *v)
{
	struct proof_seek p = { .form = v->form, .exit = addr_none };
	int err = 0;

	out[0] = '\0';
	if (v->form != RELAYTEST_NONE)
		err = store_each(k->store, Q_ATTEMPT_BY_RUN, ARGS(ARG_I(v->run)),
		    proof_attempt, &p);
	if (err >= 0 && p.attempt != 0)
		err = store_each(k->store, Q_RECEIPT_BY_ATTEMPT,
		    ARGS(ARG_I(p.attempt)), proof_receipt, &p);
	if (err >= 0 && !addr_is_none(&p.exit))
		addr_text(out, &p.exit);
	return err < 0 ? err : 0;
}

/* "spoke_to": what was proved is another address of the target. */
static json_t *
verdict_event(const struct verdict_row *v, const char *output, const struct addr *at)
{
	bool proved = v->form != RELAYTEST_NONE;
	char text[ADDR_TEXT];

	addr_text(text, at);
	return json_pack("{ss ss ss? ss* sb ss*}", "event", "verdict", "why", v->why.p,
	    "form", proved ? relaytest_forms[v->form].id : NULL,
	    "output", output[0] != '\0' ? output : NULL, "clears", v->clears,
	    "spoke_to", proved && !addr_eq(at, &v->addr) ? text : NULL);
}

static int
tell_verdict(struct keep *k, const struct verdict_row *v, const struct addr *at)
{
	char output[ADDR_TEXT];
	int err = judge_output(output, k, v);
	json_t *ev = err != 0 ? NULL : verdict_event(v, output, at);

	if (err == 0)
		err = coverage_put(ev, k, v);
	if (err == 0 && v->form != RELAYTEST_NONE)
		err = cause_put(ev, k, v->run);
	if (err != 0)
		json_decref(ev);
	else
		watch_event_after(k, &v->addr, ev);
	return err;
}

static json_t *
removed_event(const struct addr *a)
{
	char addr[ADDR_TEXT];

	addr_text(addr, a);
	return json_pack("{ss ss ss si}", "event", "removed", "addr", addr,
	    "kind", "remove", "serial", 0);
}

static bool
same_as_before(struct keep *k, const struct verdict_row *v)
{
	struct verdict_row last;
	bool same;

	if (store_one(k->store, Q_VERDICT_LAST_BY_RUN, ARGS(ARG_I(v->run)), &last) != 0)
		return false;
	same = last.verdict == v->verdict &&
	    last.provisional == v->provisional && last.clears == v->clears &&
	    last.done == v->done && str_eq(last.why, v->why);
	store_forget(k->store);
	return same;
}

static int
judge_store(struct keep *k, const struct run *r, const struct gather *g,
    const struct verdict_out *out)
{
	char ports[TEXT_WHO];
	bool removed = false;
	struct verdict_row v = {
		.run = r->id, .addr = r->addr, .verdict = (uint8_t)out->verdict,
		.provisional = out->provisional, .clears = out->clears,
		.control = pace_control_holds(k), .done = (uint16_t)out->done,
		.total = (uint16_t)out->total, .form = g->proof,
		.made = keep_now(k), .due = out->due, .why = str_of(out->why),
	};
	int err;

	ports_text(ports, g);
	v.ports = str_of(ports);
	if (same_as_before(k, &v))
		return 0;
	err = store_put(k->store, &verdict_shape, &v);
	if (err == 0 && g->proof != RELAYTEST_NONE)
		err = cause_find(k, r);
	if (err == 0 && v.clears)
		err = list_clear(k, &v, &removed);
	if (err != 0)
		return err;
	log_event(LOG_LV_NOTICE, "verdict", LOG_N("run", r->id),
	    LOG_Z("verdict", verdict_name(out->verdict)), LOG_Z("why", out->why),
	    LOG_N("provisional", out->provisional), LOG_N("done", out->done),
	    LOG_N("total", out->total));
	if (removed)
		watch_event_after(k, &r->addr, removed_event(&r->addr));
	return tell_verdict(k, &v, &g->at);
}

int
judge_run(struct keep *k, const struct run *r, bool finished,
    const char *denied, struct verdict_out *out)
{
	struct sheet *sheet = pace_sheet(k);
	struct gather g = { .proof = RELAYTEST_NONE, .sheet = sheet };
	struct verdict_in in = {
		.forms = g.forms, .session = r->session, .finished = finished,
		.control = pace_control_holds(k), .permitted = denied == NULL,
		.now = keep_now(k),
	};
	int err = sheet_read(sheet, k, r);

	if (err != 0)
		return err;
	gather_sheet(&g, sheet);	/* forms not sent yet count in the coverage */
	err = store_each(k->store, Q_ATTEMPT_RETURNED, ARGS(ARG_A(r->addr)),
	    gather_worked, &g);
	if (err < 0)
		return err;
	in.n = g.n;
	in.worked_unsettled = g.worked_unsettled;
	verdict_of(out, &in);
	if (out->verdict == VERDICT_UNTESTED && denied != NULL)
		out->why = denied;
	return judge_store(k, r, &g, out);
}
