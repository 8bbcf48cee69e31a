#include "keep/recheck.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "keep/asker.h"
#include "keep/attempt.h"
#include "keep/claim.h"
#include "keep/ledger.h"
#include "keep/list.h"
#include "keep/pace.h"
#include "keep/pace_place.h"
#include "keep/permit.h"

enum {
	AGAIN_S = 86400,	/* a clean retest is repeated after a day */
	SECOND_SLACK_S = 60,	/* the second proof, a little past the hour */
	SLEEP_MAX_MS = 60 * 1000,
	PRUNE_S = 3600,
	JUMP_S = 3600,		/* that a clock gains without that time passed */
	BELIEVE_MS = 3600 * 1000,	/* by then such a clock is right, or was set right */
};

struct keep_recheck {
	struct loop_timer	*timer;
	struct wall		 pruned, seen;
	struct mono		 at;		/* of seen */
	int64_t			 ahead_s;	/* of jumps that are not believed yet */
	struct mono		 believe;
};

/* A clock that jumps ahead by mistake would end every listing, and no clock
 * that is set right brings one back: what ends by time waits for an hour. */
static bool
clock_doubtful(struct keep *k)
{
	struct keep_recheck *r = k->recheck;
	struct wall now = keep_now(k);
	struct mono at = k->clock->mono(k->clock);
	int64_t gained = r->seen.s == 0 ? 0 :
	    now.s - r->seen.s - (at.ms - r->at.ms) / 1000;

	r->seen = now;
	r->at = at;
	if (at.ms >= r->believe.ms)
		r->ahead_s = 0;
	if (gained > JUMP_S || gained < -JUMP_S) {
		log_event(LOG_LV_WARN, "clock-jumped", LOG_N("by_s", gained));
		r->ahead_s += gained;
		r->believe.ms = at.ms + BELIEVE_MS;
	}
	return r->ahead_s > JUMP_S;
}

static int
expire(struct keep *k, void *next)
{
	return list_expire(k, next);
}

/* Once an hour: old transcripts, and what is past its time. */
static int
prune(struct keep *k)
{
	int64_t now = keep_now(k).s;
	int err;

	if (now - k->recheck->pruned.s < PRUNE_S)
		return 0;
	k->recheck->pruned.s = now;
	err = keep_write(k);
	if (err != 0)
		return err;
	err = ledger_forget(k);
	if (err == 0)
		err = asker_prune(k);
	if (err == 0)
		err = claim_prune(k);
	return keep_done(k, err != 0 ? err : attempt_prune(k));
}

/* Removals go through on a full disk too. */
static void
recheck_turn(void *ctx)
{
	struct keep *k = ctx;
	struct wall next = { 0 };
	int64_t in_ms = SLEEP_MAX_MS;
	int err;

	if (clock_doubtful(k)) {
		loop_timer_set(k->recheck->timer, SLEEP_MAX_MS);
		return;
	}
	err = keep_precious(k, expire, &next);
	if (err != 0)
		log_event(LOG_LV_ERR, "expire-failed", LOG_Z("why", store_why(k->store)));
	else if (next.s > 0 && (next.s - keep_now(k).s) * 1000 < in_ms)
		in_ms = (next.s - keep_now(k).s) * 1000;
	if (prune(k) != 0)
		log_event(LOG_LV_WARN, "prune-failed", LOG_Z("why", store_why(k->store)));
	loop_timer_set(k->recheck->timer, in_ms > 0 ? in_ms : 50);
}

int
recheck_open(struct keep *k)
{
	int err;

	k->recheck = calloc(1, sizeof(*k->recheck));
	if (k->recheck == NULL)
		return SEK_ENOMEM;
	err = loop_timer(&k->recheck->timer, k->loop, recheck_turn, k);
	if (err == 0)
		loop_timer_set(k->recheck->timer, 0);
	return err;
}

void
recheck_close(struct keep *k)
{
	if (k->recheck == NULL)
		return;
	loop_timer_free(k->recheck->timer);
	free(k->recheck);
	k->recheck = NULL;
}

/* Closed until the checklist passes again: then the listing must still be
 * looked at. */
static bool
only_closed(const struct permit *p)
{
	return !p->ok && strcmp(p->why, "public-unchecked") == 0;
}

static int
queue_at(struct keep *k, const struct run *was, int64_t at)
{
	struct permit p;
	bool joined;
	struct run r = {
		.addr = was->addr, .port = was->port, .kind = RUN_RECHECK,
		.depth = was->depth, .next = { at }, .host = was->host,
		.domains = was->domains, .who = STR("recheck"),
	};

	permit_check(&p, k, &was->addr, RUN_RECHECK);
	if ((!p.ok && !only_closed(&p)) || k->alone)
		return 0;	/* no basis, opted out: the listing runs to its expiry */
	r.basis = p.ok ? (uint8_t)p.basis : was->basis;
	r.pace = p.ok ? (uint8_t)p.pace : was->pace;
	return pace_queue(k, &r, &joined);
}

/* When the next look at a listing is due. */
static int64_t
due_at(const struct keep *k, const struct listing *l)
{
	return l->proof.s + (l->proofs < 2 ? PROOF_APART_S + SECOND_SLACK_S :
	    (int64_t)k->conf->recheck_after_s);
}

/* Returns 0, STORE_NONE (not listed as an entry), or an error. */
static int
entry_of(struct keep *k, const struct addr *a, struct listing *l)
{
	int err = store_one(k->store, Q_LISTING_BY_ADDR, ARGS(ARG_A(*a)), l);

	store_forget(k->store);
	return err == 0 && l->code != CODE_ENTRY ? STORE_NONE : err;
}

int
recheck_after(struct keep *k, const struct run *r, const struct verdict_out *out)
{
	int64_t now = keep_now(k).s, at;
	struct listing l;
	int err = entry_of(k, &r->addr, &l);

	if (err < 0)
		return err;
	if (err == STORE_NONE) {
		/* unlinked path: the second proof lists; clean: repeat it */
		if (out->verdict == VERDICT_OPEN)
			return queue_at(k, r, now + PROOF_APART_S + SECOND_SLACK_S);
		if (out->clears && r->kind == RUN_RETEST)
			return queue_at(k, r, now + AGAIN_S);
		return 0;
	}
	at = due_at(k, &l);
	/* this one said nothing: back off; but a test of its owner's choice, of other forms
	 * perhaps, is none in place of ours */
	if (at <= now)
		at = r->kind == RUN_PROBE ? now : now + (int64_t)k->conf->recheck_after_s;
	return queue_at(k, r, at);
}

/* A test of its own, if there is one, looks after it by itself. */
int
recheck_also(struct keep *k, uint64_t run, const struct addr *a)
{
	struct run_text text;
	struct listing l;
	struct run r, live;
	int err = store_one(k->store, Q_RUN_LIVE_BY_ADDR, ARGS(ARG_A(*a)), &live);

	store_forget(k->store);
	if (err != STORE_NONE)
		return err;
	err = entry_of(k, a, &l);
	if (err == 0)
		err = pace_run(&r, &text, k, run);
	if (err != 0)
		return err == STORE_NONE ? 0 : err;
	r.addr = *a;
	return queue_at(k, &r, due_at(k, &l));
}

int
recheck_cancelled(struct keep *k, const struct run *r)
{
	int64_t now = keep_now(k).s, at;
	struct listing l;
	int err = entry_of(k, &r->addr, &l);

	if (err != 0)
		return err == STORE_NONE ? 0 : err;
	at = due_at(k, &l);
	return queue_at(k, r, at > now ? at : now);
}
