#include "keep/positive.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fact/basis.h"
#include "keep/pace.h"
#include "keep/permit.h"
#include "keep/probers.h"
#include "keep/watch.h"

enum { FAILED_S = 60, FAILED_LAB_S = 5 };

/* Own MX by name, its address, the letter to it; then, where one is
 * configured, the letter through the canary relay. */
enum step { STEP_IDLE, STEP_MX, STEP_ADDR, STEP_LETTER, STEP_CANARY };

struct positive {
	struct keep	*keep;
	enum step	 step;
	uint64_t	 question;	/* id of the open MSG_RESOLVE */
	int		 who;		/* the prober that was asked */
	struct mono	 started;	/* monotonic: a clock that is set changes nothing */
	struct mono	 held_at;	/* last letter that arrived */
	struct mono	 failed_at;
	bool		 held, failed;
	char		 mx[TEXT_HOST + 1];
	struct positive_last now, last;	/* of the one under way, and before */
};

int
positive_open(struct keep *k, struct positive **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return SEK_ENOMEM;
	(*out)->keep = k;
	return 0;
}

void
positive_close(struct positive *p)
{
	free(p);
}

static int64_t
seconds_since(const struct keep *k, struct mono t)
{
	return (k->clock->mono(k->clock).ms - t.ms) / 1000;
}

bool
positive_holds(const struct keep *k, const struct positive *p)
{
	return p->held &&
	    seconds_since(k, p->held_at) < (int64_t)k->conf->control_age_s;
}

static json_t *
control_event(const struct keep *k, const struct positive *p, bool ok, const char *why)
{
	return json_pack("{ss sb sI ss}", "event", "control", "ok", ok,
	    "took_ms", (json_int_t)(k->clock->mono(k->clock).ms - p->started.ms),
	    "why", why);
}

static void
positive_end(struct keep *k, struct positive *p, bool ok, const char *why)
{
	p->step = STEP_IDLE;
	p->now.ok = ok;
	p->now.why = why;
	p->now.took_ms = k->clock->mono(k->clock).ms - p->started.ms;
	p->last = p->now;
	watch_event(k, NULL, control_event(k, p, ok, why));
}

static void
positive_fail(struct keep *k, struct positive *p, const char *why)
{
	log_event(LOG_LV_ERR, "control-failed", LOG_Z("why", why),
	    LOG_Z("domain", k->conf->probe_domain));
	p->failed_at = k->clock->mono(k->clock);
	p->failed = true;
	p->held = false;
	positive_end(k, p, false, why);
}

static bool
ask(struct keep *k, struct positive *p, enum resolve_kind kind, struct str name)
{
	struct msg_resolve m = { .kind = (uint8_t)kind, .name = name };

	p->who = probers_choose(k);
	m.id = p->question = rand_u64(k->rand);
	return probers_send(k, p->who, MSG_RESOLVE, &m) == 0;
}

static void
positive_start(struct keep *k, struct positive *p)
{
	p->started = k->clock->mono(k->clock);
	p->now = (struct positive_last){ .mx = addr_none };
	if (probers_count(k) == 0)
		return;		/* it comes back by itself; nothing failed */
	if (ask(k, p, RESOLVE_MX, str_of(k->conf->probe_domain)))
		p->step = STEP_MX;
	else
		positive_fail(k, p, "no-prober");
}

/* A laboratory may have its mailbox on another port than MX records can say. */
static uint16_t
mx_port(const struct conf *c, const struct addr *a)
{
	for (size_t i = 0; i < c->n_smtp; i++)
		if (addr_eq(&c->smtp[i].addr, a) && permit_lab(c, a))
			return c->smtp[i].port;
	return 25;
}

/* The letter goes like any probe, to our own mailbox. */
static int
positive_send(struct keep *k, struct positive *p, const struct addr *to)
{
	struct run r = {
		.addr = *to, .port = mx_port(k->conf, to), .kind = RUN_CONTROL,
		.basis = BASIS_CONTROL, .depth = DEPTH_GENTLE, .pace = PACE_LAB,
		.host = str_of(p->mx),
	};
	bool joined;
	int err = keep_write(k);

	return err != 0 ? err : keep_done(k, pace_queue(k, &r, &joined));
}

static void
got_mx(struct keep *k, struct positive *p, const struct msg_resolved *m)
{
	struct str names = m->names;
	struct str first = str_cut(&names, ' ');

	if (!m->ok || first.n == 0 || str_copy(p->mx, sizeof(p->mx), first) != 0)
		positive_fail(k, p, "no-mx");
	else if (!ask(k, p, RESOLVE_ADDR, str_of(p->mx)))
		positive_fail(k, p, "no-prober");
	else
		p->step = STEP_ADDR;
}

static void
got_addr(struct keep *k, struct positive *p, const struct msg_resolved *m)
{
	struct permit may;
	struct addr a;

	if (!m->ok || m->addrs.n < sizeof(a.o)) {
		positive_fail(k, p, "no-mx-address");
		return;
	}
	memcpy(a.o, m->addrs.p, sizeof(a.o));
	permit_check(&may, k, &a, RUN_CONTROL);
	p->question = 0;
	p->now.mx = a;
	if (!may.ok)
		positive_fail(k, p, may.why);
	else if (positive_send(k, p, &a) != 0)
		positive_fail(k, p, "store");
	else
		p->step = STEP_LETTER;
}

bool
positive_resolved(struct keep *k, struct positive *p, const struct msg_resolved *m)
{
	if (p->question == 0 || m->id != p->question)
		return false;
	if (p->step == STEP_MX)
		got_mx(k, p, m);
	else if (p->step == STEP_ADDR)
		got_addr(k, p, m);
	return true;
}

static void
note_canary(const struct keep *k, struct positive *p, struct wall dated)
{
	p->now.canary = true;
	p->now.dated = dated.s != 0;
	p->now.ahead_s = dated.s - keep_now(k).s;
}

void
positive_receipt(struct keep *k, struct positive *p, const struct addr *entry,
    struct wall dated)
{
	const struct addr *canary = &k->conf->canary;
	bool through = addr_eq(entry, canary);

	if (p->step == STEP_LETTER && !through && !addr_is_none(canary)) {
		p->step = STEP_CANARY;
		if (positive_send(k, p, canary) != 0)
			positive_fail(k, p, "store");
		return;
	}
	if (p->step != (addr_is_none(canary) ? STEP_LETTER : STEP_CANARY) ||
	    through == addr_is_none(canary))
		return;		/* a late one of an earlier control */
	p->held_at = k->clock->mono(k->clock);
	p->held = true;
	p->failed = false;
	if (through)
		note_canary(k, p, dated);
	log_event(LOG_LV_INFO, "control", LOG_N("took_ms", p->held_at.ms - p->started.ms));
	positive_end(k, p, true, "arrived");
	pace_kick(k);
}

void
positive_lost(struct keep *k, struct positive *p, int who)
{
	(void)k;
	if (p->who != who)
		return;
	p->question = 0;
	if (p->step == STEP_MX || p->step == STEP_ADDR)
		p->step = STEP_IDLE;
}

bool
positive_busy(const struct positive *p)
{
	return p->step != STEP_IDLE;
}

const struct positive_last *
positive_last(const struct positive *p)
{
	return &p->last;
}

void
positive_now(struct keep *k, struct positive *p)
{
	if (p->step == STEP_IDLE)
		positive_start(k, p);
}

void
positive_late(struct keep *k, struct positive *p)
{
	if (p->step != STEP_IDLE &&
	    seconds_since(k, p->started) > (int64_t)k->conf->control_wait_s)
		positive_fail(k, p, "letter-lost");
}

enum positive_state
positive_need(struct keep *k, struct positive *p)
{
	int64_t quiet = k->conf->n_lab > 0 ? FAILED_LAB_S : FAILED_S;

	if (positive_holds(k, p))
		return POSITIVE_HOLDS;
	positive_late(k, p);
	if (p->failed && seconds_since(k, p->failed_at) < quiet)
		return POSITIVE_FAILED;
	p->failed = false;
	if (p->step == STEP_IDLE)
		positive_start(k, p);
	return p->failed ? POSITIVE_FAILED : POSITIVE_PENDING;
}
