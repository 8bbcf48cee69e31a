#include "account/span_body.h"

#include <pthread.h>
#include <stdlib.h>

/* A server whose queue is full leaves hundreds of thousands of recipients open,
 * and to count them is work for two threads: half of the messages go to a span of
 * their own.  Only where all is known of what is ours: who learns it must have
 * seen everything. */
enum { OPEN_LEAST = 2000 };	/* messages that are worth a thread */

struct other {
	struct account_span	*span;
	int			 rc;
};

static void *
work(void *ctx)
{
	struct other *o = ctx;

	o->rc = join_end(&o->span->join);
	return NULL;
}

/* Both halves, and what they counted into s. */
static int
both_end(struct account_span *s, struct other *o)
{
	static const struct account_shift none = { .file = UINT32_MAX };
	pthread_t thread;
	bool alone = pthread_create(&thread, NULL, work, o) != 0;
	int rc = join_end(&s->join);

	if (alone)
		(void)work(o);
	else
		pthread_join(thread, NULL);
	return rc < 0 || o->rc < 0 ? SEK_ENOMEM :
	    tally_join(&s->tally, &o->span->tally, &none);
}

int
span_open_end(struct account_span *s)
{
	struct other o;
	int rc;

	if (s->limits.threads < 2 || s->join.flights.live < OPEN_LEAST ||
	    !account_own_knows_nets(s->own) || !account_own_knows_domains(s->own))
		return join_end(&s->join);
	o = (struct other){ .span = account_span_new(s->own, &s->limits, true) };
	if (o.span == NULL)
		return SEK_ENOMEM;
	o.span->tally.past.zone = s->tally.past.zone;
	rc = join_halve(&s->join, &o.span->join);
	if (rc == 0)
		rc = both_end(s, &o);
	account_span_free(o.span);
	return rc;
}
