#include "keep/pace.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "keep/judge.h"
#include "keep/lanes.h"
#include "keep/ledger.h"
#include "keep/order.h"
#include "keep/pace_place.h"
#include "keep/permit.h"
#include "keep/positive.h"
#include "keep/probers.h"
#include "keep/recheck.h"
#include "keep/watch.h"

/* A run moves like this; every arrow is one pace_step():
 *
 *   queued --permit, control, pace--> testing --session--> testing
 *      |                                 |  accepted, deferred, pace: waiting
 *      '--denied, no control--> done <---'--nothing left to send--> done
 *                                 ^--deadline-- waiting (accepted mail)
 */

enum {
	SLEEP_MAX_S = 3600,	/* until a day's sessions are counted again */
	STUCK_MS = 5000,	/* after the store refused everything; one run: */
	STUCK_S = 600,
	RECONNECT_S = 300,	/* after a connection that failed; in a lab: */
	RECONNECT_LAB_S = 2,
	UNCONTROLLED_S = 60,	/* until a failed control is tried again */
	QUEUE_S = 5,		/* for a free place; fifty may wait for one network */
	AGAIN_S = 2,		/* after a session that was not the target's doing */
};

struct keep_pace {
	struct loop_timer	*timer;
	struct positive		*positive;
	struct sheet		 sheet;		/* of the run that is being looked at */
	bool			 untaken;	/* take_up() waits for space */
	bool			 stuck;		/* the store takes nothing at all */
};

bool
pace_control_holds(const struct keep *k)
{
	return positive_holds(k, k->pace->positive);
}

struct positive *
pace_positive(const struct keep *k)
{
	return k->pace->positive;
}

struct sheet *
pace_sheet(struct keep *k)
{
	return &k->pace->sheet;
}

void
pace_kick(struct keep *k)
{
	loop_timer_set(k->pace->timer, 0);
}

/* --- what the pace class allows --- */

int
pace_wait(struct keep *k, const struct run *r, const struct addr *to,
    int64_t *wait, const char **why)
{
	const struct pace_rule *rule = &pace_rules[r->pace];
	unsigned per_net = rule->per_net;

	*wait = 0;
	*why = "pace";
	if (r->kind == RUN_CONTROL)
		return 0;
	if (per_net > k->conf->probe_per_net)
		per_net = k->conf->probe_per_net;
	if (!lanes_room(k, &r->addr) || order_busy(k, to) ||
	    (per_net > 0 && order_in_net(k, to) >= per_net)) {
		*wait = rule->between_s < QUEUE_S ? 1 : QUEUE_S;
		*why = "queue";
		return 0;
	}
	return ledger_wait(k, to, r->pace, wait, why);
}

/* Seconds until there is a place among the dialogues with its operator. */
static int64_t
operator_wait_s(struct keep *k, const struct run *r, const struct sheet *s)
{
	struct operators of;

	if (r->kind == RUN_CONTROL || pace_rules[r->pace].per_operator == 0)
		return 0;
	operator_of(&of, &s->names);
	return lanes_asked(k, &r->addr) ? (operator_wait_ms(k, &of, r->pace) + 999) / 1000 :
	    operator_put_off(k, &of, r->pace);
}

/* Until it is this run's turn to speak to that address. */
static int
turn_wait(struct keep *k, const struct run *r, const struct sheet *s,
    const struct addr *to, int64_t *wait, const char **why)
{
	int err = pace_wait(k, r, to, wait, why);

	if (err == 0 && probers_count(k) == 0)
		*wait = 1;
	if (err != 0 || *wait > 0)
		return err;
	*wait = operator_wait_s(k, r, s);
	*why = "queue";
	return 0;
}

/* --- a step --- */

static int
run_wait(struct keep *k, struct run *r, int64_t until, enum run_state state,
    const char *why)
{
	if (r->state != state || strcmp(why, "mailbox") == 0)
		watch_event_after(k, &r->addr, json_pack("{ss ss sI}", "event",
		    "waiting", "why", why, "until", (json_int_t)until));
	r->next.s = until;
	r->state = (uint8_t)state;
	return pace_put(k, r);
}

/* Judges for good, or until the deadline of what was accepted. */
static int
run_finish(struct keep *k, struct run *r, const char *denied)
{
	struct verdict_out out;
	int err;

	if (r->kind != RUN_CONTROL) {
		err = judge_run(k, r, true, denied, &out);
		if (err != 0)
			return err;
		if (out.provisional && out.due.s > keep_now(k).s)
			return run_wait(k, r, out.due.s, RUN_WAITING, "deadline");
	}
	r->state = RUN_DONE;
	r->ended = keep_now(k);
	err = pace_put(k, r);
	return err != 0 || r->kind == RUN_CONTROL ? err : recheck_after(k, r, &out);
}

static int
go_on(struct keep *k, struct run *r, const struct permit *p)
{
	struct sheet *s = &k->pace->sheet;
	struct wall now = keep_now(k);
	uint16_t slots[ORDER_FORMS];
	int64_t later, wait, held;
	const char *why;
	bool no = false;
	size_t n;
	int err = 0;

	held = sheet_held(s, r->pace);
	if (r->kind == RUN_CONTROL && held > 0)
		held += k->conf->control_wait_s;
	if (held > now.s)
		return run_wait(k, r, held, RUN_WAITING, "mailbox");
	n = sheet_choose(slots, s, r, now, &later);
	if (n == 0 && later > 0 && !sheet_unnamed(s))
		return run_wait(k, r, later, RUN_WAITING, "deferred");
	if (n == 0 && !sheet_unnamed(s))	/* judging needs no basis, connecting does */
		return run_finish(k, r, NULL);
	if (!p->ok)
		return run_finish(k, r, p->why);
	if (n > 0)
		err = pace_elsewhere(k, r, &s->slot[slots[0]], &no);
	if (err == 0 && no)
		return run_wait(k, r, now.s, r->state, "queue");
	if (err == 0)
		err = turn_wait(k, r, s, n > 0 ? &s->slot[slots[0]].addr : &r->addr,
		    &wait, &why);
	if (err != 0)
		return err;
	if (wait > 0 && lanes_asked(k, &r->addr) && !lanes_room(k, &r->addr))
		return 0;	/* it is looked at when a session ends */
	return wait > 0 ? run_wait(k, r, now.s + wait, RUN_WAITING, why) :
	    pace_place(k, r, s, slots, n);
}

/* It does not want to talk to us: that ends a run, unless its owner asks. */
static bool
unwelcome(const struct run *r)
{
	return r->session == FIND_BLOCKED && r->depth < DEPTH_OWNER;
}

/* A run never goes deeper or faster than what is valid now allows. */
static void
run_bound(struct run *r, const struct permit *p)
{
	if (!p->ok || r->kind == RUN_CONTROL)
		return;
	r->basis = (uint8_t)p->basis;
	r->pace = (uint8_t)p->pace;
	r->nominee = p->nominee;
	if (r->depth > p->deepest)
		r->depth = (uint8_t)p->deepest;
}

/* No control, no verdict; the run waits for one, but a single test says so. */
static int
run_uncontrolled(struct keep *k, struct run *r)
{
	struct verdict_out out;
	int err;

	if (k->alone)
		return run_finish(k, r, NULL);
	err = judge_run(k, r, false, NULL, &out);
	return err != 0 ? err :
	    run_wait(k, r, keep_now(k).s + UNCONTROLLED_S, r->state, "control");
}

static int
pace_step(struct keep *k, struct run *r)
{
	struct order_now now;
	struct permit p;
	int err;

	if (order_busy(k, &r->addr) || order_now(k, r->id, &now))
		return run_wait(k, r, keep_now(k).s + 1, r->state, "queue");
	permit_run(&p, k, r);
	run_bound(r, &p);
	err = sheet_read(&k->pace->sheet, k, r);
	if (err != 0)
		return err;
	if (sheet_returned(&k->pace->sheet) && r->every != 1)
		return run_finish(k, r, NULL);	/* one proof is enough */
	if (unwelcome(r))
		return run_finish(k, r, p.ok ? NULL : p.why);
	/* to connect, or to judge what was answered */
	if (r->kind != RUN_CONTROL && (p.ok || sheet_spoken(&k->pace->sheet)))
		switch (positive_need(k, k->pace->positive)) {
		case POSITIVE_HOLDS:
			break;
		case POSITIVE_PENDING:
			lanes_hold(k);
			return run_wait(k, r, keep_now(k).s + 1, r->state, "control");
		case POSITIVE_FAILED:
			return run_uncontrolled(k, r);
		}
	return go_on(k, r, &p);
}

/* --- the loop --- */

/* One run, as it is now: an earlier one of this turn may have changed it. */
static int
due_step(struct keep *k, uint64_t id)
{
	struct run_text text;
	struct run r;
	int err = pace_run(&r, &text, k, id);

	if (err != 0 || r.state == RUN_DONE || r.state == RUN_CANCELLED)
		return err == STORE_NONE ? 0 : err;
	return pace_step(k, &r);
}

/* A run that cannot be carried on does not hold up those behind it. */
static void
put_off(struct keep *k, uint64_t id)
{
	int err = keep_write(k);

	log_event(LOG_LV_ERR, "run-stuck", LOG_N("run", id),
	    LOG_Z("why", store_why(k->store)));
	if (err == 0)
		err = keep_done(k, store_do(k->store, S_RUN_PUT_OFF,
		    ARGS(ARG_I(id), ARG_I(keep_now(k).s + STUCK_S)), NULL));
	if (err != 0)
		k->pace->stuck = true;
}

/* What a killed keeper left behind: sessions without an end, runs that wait
 * for one.  Alone, what earlier commands left is not ours to go on with. */
static int
take_up(struct keep *k)
{
	int64_t now = keep_now(k).s;
	int err = keep_write(k);

	if (err != 0)
		return err;
	err = ledger_end_all(k);
	if (err == 0)
		err = store_do(k->store, k->alone ? S_RUN_CANCEL_ALL : S_RUN_RESUME,
		    ARGS(ARG_I(now)), NULL);
	err = keep_done(k, err);
	return err != 0 ? err : keep_flush(k);
}

/* A full disk is no reason to stay away: opt-outs and removals are taken. */
static int
take_up_or_wait(struct keep *k)
{
	int err = take_up(k);

	k->pace->untaken = err == STORE_FULL && !k->alone;
	if (k->pace->untaken)
		log_event(LOG_LV_WARN, "runs-wait", LOG_Z("why", "disk-full"));
	return k->pace->untaken ? 0 : err;
}

static void
pace_turn(void *ctx)
{
	struct keep *k = ctx;
	struct keep_pace *p = k->pace;
	uint64_t run;
	int err = 0;

	if (p->untaken && (take_up_or_wait(k) != 0 || p->untaken)) {
		loop_timer_set(p->timer, STUCK_MS);
		return;
	}
	p->stuck = false;
	lanes_turn(k);
	while (!p->stuck && (err = lanes_next(k, &run)) == 0) {
		err = keep_write(k);
		if (err == 0)
			err = keep_done(k, due_step(k, run));
		if (err != 0)
			put_off(k, run);
	}
	if (!p->stuck && err < 0)
		log_event(LOG_LV_ERR, "store", LOG_Z("why", store_why(k->store)));
	loop_timer_set(p->timer, p->stuck ? STUCK_MS : lanes_wait_ms(k));
}

int
pace_open(struct keep *k)
{
	int err;

	k->pace = calloc(1, sizeof(*k->pace));
	if (k->pace == NULL)
		return SEK_ENOMEM;
	err = loop_timer(&k->pace->timer, k->loop, pace_turn, k);
	if (err == 0)
		err = positive_open(k, &k->pace->positive);
	if (err == 0)
		err = take_up_or_wait(k);
	if (err == 0)
		pace_kick(k);
	return err;
}

void
pace_close(struct keep *k)
{
	if (k->pace == NULL)
		return;
	positive_close(k->pace->positive);
	loop_timer_free(k->pace->timer);
	free(k->pace);
	k->pace = NULL;
}

/* --- from the other stages --- */

static int64_t
after_session(const struct run *r, enum finding f)
{
	const struct pace_rule *rule = &pace_rules[r->pace];

	switch (f) {
	case FIND_BUSY:
	case FIND_TARPIT:
		return rule->backoff_s;
	case FIND_NO_CONNECT:
	case FIND_NO_SMTP:
		return r->pace == PACE_LAB ? RECONNECT_LAB_S : RECONNECT_S;
	case FIND_NONE:
		return AGAIN_S;
	default:
		return rule->between_s;
	}
}

/* After how many tries a port beside the run's own is given up: nobody listens,
 * or what listens there is no SMTP; 0: it goes on. */
static unsigned
odd_port_tries(enum finding f)
{
	return f == FIND_NO_CONNECT ? 1 : f == FIND_NO_SMTP || f == FIND_TLS ? 2 : 0;
}

/* The part that does not depend on what else the run has. */
static void
run_after(struct run *r, bool main_port, const struct msg_ended *m, int64_t now)
{
	/* that nobody listens at its own port, or will not, stays known */
	if (main_port || (m->finding == FIND_DONE && r->session != FIND_NO_CONNECT &&
	    r->session != FIND_NO_SMTP && r->session != FIND_BLOCKED))
		r->session = m->finding;
	if (m->finding != FIND_NONE)
		r->sessions++;
	if (r->state == RUN_TESTING || r->state == RUN_WAITING)
		r->next.s = now + after_session(r, main_port ||
		    odd_port_tries(m->finding) == 0 ? m->finding : FIND_DONE);
	if (r->host.n == 0 && m->ptr.n > 0)
		r->host = m->ptr;
}

void
pace_permit(struct permit *out, struct keep *k, uint64_t run, const struct addr *to)
{
	struct run_text text;
	struct run r;

	if (pace_run(&r, &text, k, run) != 0) {
		*out = (struct permit){ .why = "store" };
		return;
	}
	permit_run(out, k, &r);
	if (out->ok && !addr_eq(to, &r.addr))
		permit_check(out, k, to, r.kind);
}

int
pace_named(struct keep *k, uint64_t run)
{
	struct run_text text;
	struct run r;
	int err = pace_run(&r, &text, k, run);

	r.named = 1;
	return err != 0 ? err : pace_put(k, &r);
}

int
pace_session_over(struct keep *k, uint64_t run, const struct addr *to,
    uint16_t port, const struct msg_ended *m, bool halted)
{
	int64_t now = keep_now(k).s;
	struct run_text text;
	struct run r;
	int err = pace_run(&r, &text, k, run);
	bool main_port;

	if (err != 0)
		return err;
	main_port = port == r.port && addr_eq(to, &r.addr);
	err = ledger_end(k, run, m, halted);
	if (err == 0 && !main_port && odd_port_tries(m->finding) > 0)
		err = sheet_skip_port(&k->pace->sheet, k, &r, to, port,
		    odd_port_tries(m->finding));
	if (err != 0)
		return err;
	run_after(&r, main_port, m, now);
	if (halted && r.next.s > now)
		r.next.s = now;		/* it will not go on: say so now */
	if (r.next.s <= now)
		lanes_begun(k, run);
	lanes_touch(k, &r.addr);
	return pace_put(k, &r);
}
