/* keep/stream.c -- requests that send more than a queue should hold. */

#include "keep/control_body.h"

enum {
	STREAMS_MAX = 32,		/* at once: each turn of the loop serves them all */
	STREAM_TURN = 8,		/* events of one request in a turn of the loop */
	STREAM_QUEUE = 128 * 1024,	/* octets that may wait for the client */
	STREAM_POLL_MS = 20,		/* between looks at one that waits */
};

int
request_event_surely(struct request *r, json_t *ev)
{
	int err = ev == NULL ? SEK_ENOMEM :
	    control_send(r->client, MSG_CTL_EVENT, control_opened(r)->id, ev);

	json_decref(ev);
	return err;
}

void
request_stream(struct request *r, bool (*produce)(struct request *r))
{
	struct keep_control *c = r->keep->control;
	struct open_request *q = control_opened(r);

	if (c->n_streams >= STREAMS_MAX) {
		request_fail(r, EXIT_TEMPFAIL, "too-many", "too much evidence is being "
		    "sent now: ask again in a moment");
		return;
	}
	c->n_streams++;
	q->produce = produce;
	q->next_stream = c->streams;
	c->streams = q;
	loop_timer_set(c->pump, 0);
}

void
stream_drop(struct open_request *q)
{
	struct open_request **at = &q->r.keep->control->streams;

	if (q->produce == NULL)
		return;
	while (*at != q)
		at = &(*at)->next_stream;
	*at = q->next_stream;
	q->r.keep->control->n_streams--;
	q->produce = NULL;
}

/* Some events of one request.  Returns whether it could send any. */
static bool
stream_turn(struct open_request *q)
{
	struct channel *channel = q->r.client->channel;
	unsigned n = 0;

	while (n < STREAM_TURN && channel_queued(channel) < STREAM_QUEUE) {
		n++;
		if (!q->produce(&q->r))
			return true;	/* q is gone */
	}
	return n > 0;
}

/* A request that ends takes itself off the list, and no other. */
void
stream_pump(void *ctx)
{
	struct keep *k = ctx;
	struct open_request *q = k->control->streams, *next;
	bool some = false;

	for (; q != NULL; q = next) {
		next = q->next_stream;
		some = stream_turn(q) || some;
	}
	if (k->control->streams != NULL)
		loop_timer_set(k->control->pump, some ? 0 : STREAM_POLL_MS);
}
