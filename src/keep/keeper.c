#include "keep/keeper.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "keep/audit.h"
#include "keep/control.h"
#include "keep/doctor.h"
#include "keep/gate_run.h"
#include "keep/journal.h"
#include "keep/lanes.h"
#include "keep/optouts.h"
#include "keep/order.h"
#include "keep/pace.h"
#include "keep/probers.h"
#include "keep/progress.h"
#include "keep/publish.h"
#include "keep/quota.h"
#include "keep/receipt.h"
#include "keep/recheck.h"
#include "keep/show.h"
#include "keep/token.h"
#include "keep/watch.h"

/* In the order of opening; closed backwards.  close() is legal after an open()
 * that failed or never ran. */
static const struct stage {
	const char	*name;
	int		(*open)(struct keep *k);
	void		(*close)(struct keep *k);
} stages[] = {
	{ "commit", keep_commit_open, keep_commit_close },
	{ "probers", probers_open, probers_close },
	{ "token", token_open, token_close },
	{ "journal", journal_open, journal_close },
	{ "optouts", optouts_open, optouts_close },
	{ "lanes", lanes_open, lanes_close },
	{ "watch", watch_open, watch_close },
	{ "doctor", doctor_open, doctor_close },
	{ "operator", operator_open, operator_close },
	{ "order", order_open, order_close },
	{ "receipt", receipt_open, receipt_close },
	{ "pace", pace_open, pace_close },
	{ "recheck", recheck_open, recheck_close },
	{ "show", show_open, show_close },
	{ "quota", quota_open, quota_close },
	{ "progress", progress_open, progress_close },
	{ "gates", gate_run_open, gate_run_close },
	{ "control", control_open, control_close },
};
enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

static int
stages_open(struct keep *k, char why[256])
{
	for (size_t i = 0; i < STAGES; i++) {
		int err = stages[i].open(k);

		if (err != 0) {
			snprintf(why, 256, "%s: %s", stages[i].name,
			    err == SEK_ESTORE ? store_why(k->store) : sek_strerror(err));
			return err;
		}
	}
	return 0;
}

int
keeper_new(struct keep **out, const struct keeper_in *in, char why[256])
{
	struct keep *k = calloc(1, sizeof(*k));
	int err;

	if (k == NULL)
		return SEK_ENOMEM;
	k->loop = in->loop;
	k->clock = loop_clock(in->loop);
	k->started = k->clock->mono(k->clock);
	k->rand = in->rand;
	k->conf = in->conf;
	k->own = in->own;
	k->n_own = in->n_own;
	k->alone = in->alone;
	k->itself = in->itself;
	k->boot = in->boot;
	err = store_open(&k->store, in->store[0] != '\0' ? in->store :
	    in->conf->store, why);
	if (err == 0)
		err = stages_open(k, why);
	if (err == 0)
		err = audit_open(k, why);
	if (err != 0) {
		keeper_free(k);
		return err;
	}
	*out = k;
	return 0;
}

void
keeper_free(struct keep *k)
{
	if (k == NULL)
		return;
	gate_run_shut(k);	/* cancels tests, which must be committed */
	if (k->commit != NULL && keep_flush(k) != 0)
		log_event(LOG_LV_ERR, "store", LOG_Z("why", store_why(k->store)));
	keep_commit_settle(k);
	publish_close(k);
	audit_close(k);
	probers_leave(k);
	channel_free(k->receive);
	k->receive = NULL;
	for (size_t i = STAGES; i-- > 0; )
		stages[i].close(k);
	store_close(k->store);
	free(k);
}

static void
receive_message(void *ctx, struct channel *c, struct frame *f)
{
	(void)c;
	receipt_message(ctx, f);
}

static void
receive_gone(void *ctx, struct channel *c)
{
	struct keep *k = ctx;

	k->receive = NULL;
	channel_free(c);
	log_event(LOG_LV_WARN, "role-lost", LOG_Z("peer", "receive"));
	receipt_lost(k);
}

static const struct channel_events receive_events = {
	.message = receive_message, .gone = receive_gone,
};

int
keeper_probe(struct keep *k, unsigned nth, int sock)
{
	return probers_join(k, nth, sock);
}

int
keeper_receive(struct keep *k, int sock)
{
	if (k->receive != NULL)
		receive_gone(k, k->receive);
	return channel_new(&k->receive, k->loop, sock, &receive_events, k);
}

int
keeper_control(struct keep *k, int sock)
{
	return control_listen(k, sock);
}

int
keeper_web(struct keep *k, int sock)
{
	return control_web(k, sock);
}

int
keeper_publish(struct keep *k)
{
	return publish_open(k);
}
