#include "keep/ledger.h"

#include "fact/finding.h"
#include "keep/permit.h"

enum {
	DAY_S = 86400,
	LOOK_MAX = 1000,	/* sessions of a day that are looked at: 5 times the most */
};

static int64_t
up_s(const struct keep *k)
{
	return k->clock->mono(k->clock).ms / 1000;
}

/* --- time --- */

static bool
same_boot(const struct keep *k, const struct session_row *s)
{
	return s->boot != 0 && s->boot == k->boot;
}

int64_t
ledger_since(const struct keep *k, const struct session_row *s)
{
	bool over = s->ended.s != 0;
	int64_t passed = same_boot(k, s) ? up_s(k) - (over ? s->up_ended : s->up) :
	    keep_now(k).s - (over ? s->ended.s : s->started.s);

	return passed > 0 ? passed : 0;	/* a clock was set back: all must be waited for */
}

/* --- rows --- */

int
ledger_start(struct keep *k, const struct run *r, const struct addr *to,
    uint16_t port, size_t forms)
{
	struct session_row s = {
		.run = r->id, .addr = *to, .port = port, .kind = r->kind,
		.basis = r->basis, .nominee = r->nominee, .depth = r->depth,
		.pace = r->pace, .forms = (uint16_t)forms, .started = keep_now(k),
		.boot = k->boot, .up = up_s(k),
	};
	struct permit p;

	if (!addr_eq(to, &r->addr)) {	/* that one has a basis of its own */
		permit_check(&p, k, to, r->kind);
		s.basis = (uint8_t)p.basis;
		s.nominee = p.nominee;
	}
	return store_put(k->store, &session_shape, &s);
}

/* One attempt of a session's run: what the session itself sent. */
static int
tally_row(void *ctx, const void *row)
{
	const struct attempt *a = row;
	struct session_row *s = ctx;

	if (a->sent.s != s->started.s || a->port != s->port ||
	    a->finding == FIND_NONE || a->finding == FIND_SKIPPED)
		return 0;
	s->answered++;
	if (a->finding == FIND_REFUSED)
		s->refused++;
	if (a->accepted.s != 0)
		s->accepted++;
	return 0;
}

/* The server ended the dialogue in the middle, having refused: an error limit,
 * if it did not say so (relay-tests section 5).  That it never began is for
 * ledger_void() to say, not for the prober. */
static enum finding
came_to(const struct msg_ended *m, bool halted)
{
	if (m->finding == FIND_SKIPPED)
		return FIND_NONE;
	return m->finding == FIND_CUT && m->refusals > 0 && !halted ?
	    FIND_BUSY : (enum finding)m->finding;
}

int
ledger_end(struct keep *k, uint64_t run, const struct msg_ended *m, bool halted)
{
	struct session_row s;
	int err = store_one(k->store, Q_SESSION_OPEN, ARGS(ARG_I(run)), &s);

	store_forget(k->store);
	if (err != 0)
		return err == STORE_NONE ? 0 : err;
	err = store_each(k->store, Q_ATTEMPT_BY_RUN, ARGS(ARG_I(run)), tally_row, &s);
	if (err < 0)
		return err;
	s.finding = (uint8_t)came_to(m, halted);
	s.ended = keep_now(k);
	s.boot = k->boot;
	s.up_ended = up_s(k);
	return store_put(k->store, &session_shape, &s);
}

int
ledger_void(struct keep *k, uint64_t run)
{
	struct session_row s;
	int err = store_one(k->store, Q_SESSION_OPEN, ARGS(ARG_I(run)), &s);

	store_forget(k->store);
	if (err != 0)
		return err == STORE_NONE ? 0 : err;
	s.finding = FIND_SKIPPED;
	s.ended = keep_now(k);
	s.boot = k->boot;
	s.up_ended = up_s(k);
	return store_put(k->store, &session_shape, &s);
}

int
ledger_end_all(struct keep *k)
{
	return store_do(k->store, S_SESSION_END_ALL, ARGS(ARG_I(keep_now(k).s),
	    ARG_I(k->boot), ARG_I(up_s(k))), NULL);
}

int
ledger_forget(struct keep *k)
{
	return store_do(k->store, S_SESSION_FORGET,
	    ARGS(ARG_I(keep_now(k).s - LEDGER_KEPT_S)), NULL);
}

/* --- what a class allows --- */

struct look {			/* at the newest sessions, newest first */
	const struct keep	*keep;
	const struct pace_rule	*rule;
	int64_t			 far_s;		/* older ones say nothing */
	int64_t			 between_s, silence_s, day_s;	/* to be waited for */
	unsigned		 today;
	bool			 seen, silenced;
};

static bool
asks_for_silence(const struct session_row *s)
{
	return s->finding == FIND_BUSY || s->finding == FIND_TARPIT;
}

static int
look_row(void *ctx, const void *row)
{
	const struct session_row *s = row;
	struct look *l = ctx;
	int64_t passed = ledger_since(l->keep, s);

	if (!l->seen)
		l->between_s = l->rule->between_s - passed;
	l->seen = true;
	if (!l->silenced && asks_for_silence(s)) {
		l->silenced = true;
		l->silence_s = l->rule->backoff_s - passed;
	}
	/* the one that must leave the day before there is room for another; counted
	 * from its end, since names may have been looked up for long before it began */
	if (passed < DAY_S && ++l->today == l->rule->per_day)
		l->day_s = DAY_S - passed;
	return passed > l->far_s ? STORE_STOP : 0;
}

static void
longer(int64_t *wait, const char **why, int64_t s, const char *tag)
{
	if (s <= *wait)
		return;
	*wait = s;
	*why = tag;
}

/* The wait for the mailbox after something was taken, whichever run sent it. */
static int
mailbox_wait(struct keep *k, const struct addr *a, const struct pace_rule *rule,
    int64_t *s)
{
	int64_t at, passed;
	int err = store_number(k->store, Q_ATTEMPT_LAST_ACCEPTED, ARGS(ARG_A(*a)), &at);

	passed = keep_now(k).s - at;
	*s = err == 0 && at > 0 ? rule->mailbox_s - (passed > 0 ? passed : 0) : 0;
	return err;
}

int
ledger_wait(struct keep *k, const struct addr *a, enum pace pace, int64_t *wait,
    const char **why)
{
	const struct pace_rule *rule = &pace_rules[pace];
	struct look l = { .keep = k, .rule = rule };
	int64_t mailbox_s;
	int err;

	*wait = 0;
	*why = "pace";
	l.far_s = rule->per_day > 0 ? DAY_S : rule->between_s;
	if (rule->backoff_s > l.far_s)
		l.far_s = rule->backoff_s;
	err = store_each(k->store, Q_SESSION_NEWEST, ARGS(ARG_A(*a), ARG_I(LOOK_MAX)),
	    look_row, &l);
	if (err == 0)
		err = mailbox_wait(k, a, rule, &mailbox_s);
	if (err != 0)
		return err;
	if (k->alone)	/* other ledgers, deleted ones, copies: what they know is over then */
		longer(wait, why, rule->between_s - (k->clock->mono(k->clock).ms -
		    k->started.ms) / 1000, "pace");
	longer(wait, why, l.between_s, "pace");
	longer(wait, why, l.day_s, "day");
	longer(wait, why, l.silence_s, "silence");
	longer(wait, why, mailbox_s, "mailbox");
	return 0;
}

struct today {
	const struct keep	*keep;
	unsigned		 n;
};

static int
today_row(void *ctx, const void *row)
{
	struct today *t = ctx;

	if (ledger_since(t->keep, row) >= DAY_S)
		return STORE_STOP;
	t->n++;
	return 0;
}

int
ledger_today(struct keep *k, const struct addr *a, unsigned *n)
{
	struct today t = { .keep = k };
	int err = store_each(k->store, Q_SESSION_NEWEST, ARGS(ARG_A(*a), ARG_I(LOOK_MAX)),
	    today_row, &t);

	*n = t.n;
	return err < 0 ? err : 0;
}

int
ledger_set(struct keep *k, const struct addr *a, enum pace pace, uint64_t *run)
{
	int64_t set_s = pace_rules[pace].set_s;
	struct session_row s;
	int err;

	if (set_s == 0)
		return 0;
	err = store_one(k->store, Q_SESSION_SET, ARGS(ARG_A(*a)), &s);
	store_forget(k->store);
	if (err != 0)
		return err == STORE_NONE ? 0 : err;
	*run = s.run;
	return ledger_since(k, &s) < set_s;
}
