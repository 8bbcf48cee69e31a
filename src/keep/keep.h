#pragma once
/* keep/keep.h -- what all stages of the keeper share.
 *
 * keeper is a star's centre: it alone opens the store and decides.  The same
 * code runs in the daemon's role and, on a store in memory, in `sekimori
 * probe` and `gate`.  Stages in flow order: nominate, permit, pace, attempt,
 * receipt, judge, list, journal, recheck, publish.
 *
 * Group commit: a stage writes inside keep_write() .. keep_done(); the commit
 * follows within KEEP_GROUP_MS, and only then the functions given to
 * keep_after() run -- so nothing is answered that is not on disk. */

#include <stdbool.h>

#include "base/clock.h"
#include "base/rand.h"
#include "fact/message.h"
#include "store/store.h"
#include "sys/channel.h"
#include "sys/conf.h"

enum { KEEP_GROUP_MS = 10 };

struct keep_hook;	/* waiting for the commit */

struct keep {
	struct store		*store;
	struct loop		*loop;
	const struct clock	*clock;
	struct rand		*rand;
	const struct conf	*conf;
	struct channel		*receive;	/* NULL while the role is down */
	const struct addr	*own;		/* this machine's addresses */
	size_t			 n_own;
	bool			 alone, itself;	/* see keep/keeper.h */
	uint64_t		 boot;		/* of the machine; 0: unknown */
	struct channel		*parent;	/* NULL without a daemon: nothing is published */

	/* owned by the stage named */
	struct keep_probers	*probers;	/* keep/probers.c */
	struct keep_commit	*commit;	/* keep/commit.c */
	struct keep_journal	*journal;	/* keep/journal.c */
	struct keep_audit	*audit;		/* keep/audit.c */
	struct keep_publish	*publish;	/* keep/publish.c */
	struct keep_pace	*pace;		/* keep/pace.c */
	struct keep_lanes	*lanes;		/* keep/lanes.c: hints who is next */
	struct keep_operator	*operators;	/* keep/operator.c: whose hosts are spoken to */
	struct keep_order	*order;		/* keep/order.c */
	struct keep_recheck	*recheck;	/* keep/recheck.c */
	struct keep_token	*token;		/* keep/token.c: the keys */
	struct keep_receipt	*receipt;	/* keep/receipt.c: mails being received */
	struct keep_watch	*watch;		/* keep/watch.c: who follows what */
	struct keep_optouts	*optouts;	/* keep/optouts.c: a copy in memory */
	struct keep_progress	*progress;	/* keep/progress.c: tests that are looked at */
	struct keep_gates	*gates;		/* keep/gate_run.c: servers that are watched */
	struct keep_show	*show;		/* keep/show.c: what was counted lately */
	struct keep_quota	*quota;		/* keep/quota.c: names resolved for askers */
	struct prove		*letters;	/* keep/prove_letter.c: requests that wait for one */
	struct keep_control	*control;	/* keep/control.c: the control socket */
	struct keep_doctor	*doctor;	/* keep/doctor.c: the start-up checklist */
	unsigned		 mails_out;	/* keep/disclose_mail.c: being sent */
	struct mono		 started;
	bool			 evidence_known;	/* keep/evidence.c: the next is right */
	int64_t			 evidence_octets;	/* in the store */
};

static inline struct wall
keep_now(const struct keep *k)
{
	return k->clock->wall(k->clock);
}

/* keep/commit.c.  Opens the group's transaction if none is open and sets a
 * mark.  Returns 0, SEK_ESTORE or STORE_FULL; the latter at once while the
 * store's reserve is spent, so that what is left is for precious rows. */
int keep_write(struct keep *k) MUST_CHECK;

/* Ends the write begun: err 0 keeps it for the group's commit, anything else
 * undoes this write alone (a full disk undoes the whole group), of which the
 * functions that it gave to keep_after() then hear.  Returns err, or the store's refusal. */
int keep_done(struct keep *k, int err) MUST_CHECK;

/* Runs fn(ctx, err) after the group's commit: err 0, or why it was rolled
 * back.  When no write is open it runs before keep_after returns.
 * Returns 0 or SEK_ENOMEM (then fn was not taken). */
int keep_after(struct keep *k, void (*fn)(void *ctx, int err), void *ctx) MUST_CHECK;

/* Writes rows that must get through on a full disk (removals, opt-outs): runs
 * fn(k, ctx) in a transaction of its own and commits at once; without space it
 * gives up the store's reserve and runs fn once more.  Not inside keep_write().
 * fn may append to the journal.  Returns what fn or the commit returned. */
int keep_precious(struct keep *k, int (*fn)(struct keep *k, void *ctx),
    void *ctx) MUST_CHECK;

/* Commits now (shutting down). */
int keep_flush(struct keep *k) MUST_CHECK;

/* Tells the functions of failed groups now, while what they point to lives. */
void keep_commit_settle(struct keep *k);

int keep_commit_open(struct keep *k) MUST_CHECK;
void keep_commit_close(struct keep *k);
