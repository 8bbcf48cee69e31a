#include "keep/probers.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "keep/control.h"
#include "keep/order.h"
#include "keep/pace.h"
#include "keep/positive.h"
#include "keep/prove.h"

enum { LOAD_S = 30 };		/* what was said before is over */

struct prober_link {
	struct keep	*keep;
	struct channel	*channel;	/* NULL: down */
	unsigned	 sessions;
	struct msg_load	 load;
	int64_t		 load_at;	/* seconds */
};

struct keep_probers {
	struct prober_link	link[PROBERS_MAX];
};

static bool
is_up(const struct keep *k, int who)
{
	return who >= 0 && who < PROBERS_MAX && k->probers->link[who].channel != NULL;
}

unsigned
probers_count(const struct keep *k)
{
	unsigned n = 0;

	for (int i = 0; i < PROBERS_MAX; i++)
		n += is_up(k, i);
	return n;
}

bool
probers_full(const struct keep *k, int who)
{
	return !is_up(k, who) || channel_full(k->probers->link[who].channel);
}

int
probers_choose(const struct keep *k)
{
	const struct prober_link *l = k->probers->link;
	int best = PROBER_NONE;

	for (int i = 0; i < PROBERS_MAX; i++) {
		if (!is_up(k, i))
			continue;
		if (best == PROBER_NONE || (probers_full(k, best) && !probers_full(k, i)) ||
		    (probers_full(k, best) == probers_full(k, i) &&
		    l[i].sessions < l[best].sessions))
			best = i;
	}
	return best;
}

int
probers_send(struct keep *k, int who, unsigned type, const void *msg)
{
	return is_up(k, who) ?
	    channel_send(k->probers->link[who].channel, type, msg, -1) : SEK_ESYS;
}

void
probers_begun(struct keep *k, int who)
{
	if (who != PROBER_NONE)
		k->probers->link[who].sessions++;
}

void
probers_ended(struct keep *k, int who)
{
	if (who != PROBER_NONE)
		k->probers->link[who].sessions--;
}

struct probers_load
probers_load(const struct keep *k)
{
	struct probers_load out = { .processes = probers_count(k) };

	for (int i = 0; i < PROBERS_MAX; i++) {
		const struct prober_link *l = &k->probers->link[i];

		if (!is_up(k, i))
			continue;
		out.sessions += l->sessions;
		if (keep_now(k).s - l->load_at > LOAD_S)
			continue;
		if (l->load.delay_p99_ms > out.delay_p99_ms)
			out.delay_p99_ms = l->load.delay_p99_ms;
		if (l->load.delay_max_ms > out.delay_max_ms)
			out.delay_max_ms = l->load.delay_max_ms;
	}
	return out;
}

/* --- what they say --- */

static int
number(const struct prober_link *l)
{
	return (int)(l - l->keep->probers->link);
}

static void
heard(void *ctx, struct channel *c, struct frame *f)
{
	struct prober_link *l = ctx;
	struct keep *k = l->keep;
	struct msg_resolved m;
	struct msg_letter_done letter;
	struct msg_load load;

	(void)c;
	if (f->type == MSG_RESOLVED) {
		if (frame_decode(&m, sizeof(m), f) == 0 &&
		    !positive_resolved(k, pace_positive(k), &m))
			control_resolved(k, &m);
	} else if (f->type == MSG_LETTER_DONE) {
		if (frame_decode(&letter, sizeof(letter), f) == 0)
			prove_letter_done(k, &letter);
	} else if (f->type == MSG_LOAD) {
		if (frame_decode(&load, sizeof(load), f) == 0) {
			l->load = load;
			l->load_at = keep_now(k).s;
		}
	} else
		order_message(k, number(l), f);
}

static void
gone(void *ctx, struct channel *c)
{
	struct prober_link *l = ctx;
	struct keep *k = l->keep;
	int who = number(l);

	l->channel = NULL;
	channel_free(c);
	log_event(LOG_LV_WARN, "role-lost", LOG_Z("peer", "probe"), LOG_N("worker", who));
	order_lost(k, who);
	positive_lost(k, pace_positive(k), who);
	control_unresolved(k, who);
	prove_letters_lost(k, who);
}

int
probers_join(struct keep *k, unsigned nth, int sock)
{
	static const struct channel_events events = { .message = heard, .gone = gone };
	struct prober_link *l = &k->probers->link[nth < PROBERS_MAX ? nth : 0];
	int err;

	if (nth >= PROBERS_MAX) {
		close(sock);
		return SEK_ELIMIT;
	}
	if (l->channel != NULL)
		gone(l, l->channel);
	err = channel_new(&l->channel, k->loop, sock, &events, l);
	if (err != 0)
		return err;
	err = channel_gather(l->channel);	/* an order is many messages */
	if (err != 0) {
		channel_free(l->channel);
		l->channel = NULL;
		return err;
	}
	pace_kick(k);
	return 0;
}

/* --- life --- */

int
probers_open(struct keep *k)
{
	k->probers = calloc(1, sizeof(*k->probers));
	if (k->probers == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < PROBERS_MAX; i++)
		k->probers->link[i].keep = k;
	return 0;
}

void
probers_leave(struct keep *k)
{
	for (size_t i = 0; k->probers != NULL && i < PROBERS_MAX; i++) {
		channel_free(k->probers->link[i].channel);
		k->probers->link[i].channel = NULL;
	}
}

void
probers_close(struct keep *k)
{
	probers_leave(k);
	free(k->probers);
	k->probers = NULL;
}
