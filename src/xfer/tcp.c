/* 1. A message is a length of two octets and that many octets (RFC 7766 8);
 *    they may come in any pieces, and many at once.
 * 2. Answers leave in the order of the queries.
 * 3. The idle clock restarts with each whole query and each time the client
 *    has taken all that waits; drops of octets do not feed it. */

#include "xfer/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "fact/answer.h"
#include "sys/peer.h"
#include "sys/stream.h"

enum { FRAME = 2, ANSWER_MAX = 4096 };

struct connection {
	struct tcp		*tcp;
	struct stream		*stream;
	struct loop_timer	*idle;
	struct addr		 client;	/* IPv6: its /64 */
	size_t			 slot;		/* in tcp->connections */
	size_t			 len;
	uint8_t			 in[FRAME + TCP_QUERY_MAX];
};

struct listener {
	struct tcp		*tcp;
	struct loop_watch	*watch;
	int			 fd;
};

struct tcp {
	struct loop		*loop;
	const struct published	*published;
	size_t			 n_listeners, n_connections;
	bool			 resting;	/* out of descriptors: not accepting */
	struct listener		 listeners[TCP_LISTENERS];
	struct connection	*connections[TCP_CONNECTIONS];
	struct tcp_stats	 stats;
	struct counters_slot	*counters;	/* or NULL */
};

static void
rest(struct tcp *t, bool resting)
{
	t->resting = resting;
	for (size_t i = 0; i < t->n_listeners; i++)
		loop_want(t->listeners[i].watch, resting ? 0 : LOOP_READ);
}

static void
connection_free(struct connection *c, bool flush)
{
	struct tcp *t = c->tcp;

	stream_close(c->stream, flush);
	loop_timer_free(c->idle);
	t->connections[c->slot] = t->connections[--t->n_connections];
	t->connections[c->slot]->slot = c->slot;
	free(c);
	if (t->resting)
		rest(t, false);
}

/* Queries ---------------------------------------------------------------- */

/* Answers one query.  Returns false when the connection must end. */
static bool
answer(struct connection *c, const uint8_t *q, size_t n)
{
	const struct clock *clock = loop_clock(c->tcp->loop);
	uint8_t out[FRAME + ANSWER_MAX];
	const struct answer_asker who = { .tcp = true, .now = clock->wall(clock),
		.peer = c->client };
	struct answer_info info;
	size_t len = answer_make(&c->tcp->published->s, q, n, &who,
	    out + FRAME, ANSWER_MAX, &info);

	c->tcp->stats.queries++;
	if (c->tcp->counters != NULL)
		counters_answer(c->tcp->counters, &info, len);
	loop_timer_set(c->idle, TCP_IDLE_MS);
	if (len == 0)
		return false;	/* not a query: no DNS client */
	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
	return stream_write(c->stream, out, FRAME + len) == 0;
}

/* Answers all whole queries in c->in and keeps the rest of the octets. */
static bool
answer_all(struct connection *c)
{
	size_t at = 0;

	while (c->len - at >= FRAME) {
		size_t n = (size_t)c->in[at] << 8 | c->in[at + 1];

		if (n > TCP_QUERY_MAX)
			return false;
		if (c->len - at - FRAME < n)
			break;
		if (!answer(c, c->in + at + FRAME, n))
			return false;
		at += FRAME + n;
	}
	c->len -= at;
	memmove(c->in, c->in + at, c->len);
	return true;
}

static void
on_data(void *ctx, const uint8_t *p, size_t n)
{
	struct connection *c = ctx;

	while (n > 0) {		/* answer_all() always leaves room */
		size_t room = sizeof(c->in) - c->len;
		size_t part = n < room ? n : room;

		memcpy(c->in + c->len, p, part);
		c->len += part;
		p += part;
		n -= part;
		if (!answer_all(c)) {
			c->tcp->stats.broken++;
			connection_free(c, false);
			return;
		}
	}
	if (stream_queued(c->stream) > TCP_WAITING)
		stream_pause(c->stream, true);
}

static void
on_drained(void *ctx)
{
	struct connection *c = ctx;

	stream_pause(c->stream, false);
	loop_timer_set(c->idle, TCP_IDLE_MS);
}

/* A client may close its side and still want what it asked for. */
static void
on_down(void *ctx, int why)
{
	connection_free(ctx, why == STREAM_EOF);
}

static void
on_idle(void *ctx)
{
	struct connection *c = ctx;

	c->tcp->stats.idle++;
	connection_free(c, false);
}

/* Accepting -------------------------------------------------------------- */

/* IPv6 counts by its /64. */
static struct addr
client_of(const struct sockaddr_storage *ss)
{
	struct addr a = peer_addr(ss);

	return addr_is_v4(&a) ? a : addr_mask(&a, 64);
}

static bool
may_connect(const struct tcp *t, const struct addr *client)
{
	size_t same = 0;

	for (size_t i = 0; i < t->n_connections; i++)
		same += addr_eq(&t->connections[i]->client, client);
	return t->n_connections < TCP_CONNECTIONS && same < TCP_PER_CLIENT;
}

/* Makes a connection of fd, which is owned. */
static int
connection_new(struct tcp *t, int fd, const struct addr *client)
{
	static const struct stream_events events = {
		.data = on_data, .drained = on_drained, .down = on_down,
	};
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL || loop_timer(&c->idle, t->loop, on_idle, c) != 0) {
		free(c);
		close(fd);
		return SEK_ENOMEM;
	}
	if (stream_adopt(&c->stream, t->loop, fd, &events, c) != 0) {
		loop_timer_free(c->idle);
		free(c);
		return SEK_ENOMEM;
	}
	c->tcp = t;
	c->client = *client;
	c->slot = t->n_connections;
	t->connections[t->n_connections++] = c;
	loop_timer_set(c->idle, TCP_IDLE_MS);
	return 0;
}

/* One connection a turn: queries of those that are open come between. */
static void
on_accept(void *ctx, unsigned ready)
{
	struct listener *l = ctx;
	struct tcp *t = l->tcp;
	struct sockaddr_storage ss = { 0 };
	socklen_t n = sizeof(ss);
	int fd = accept4(l->fd, (struct sockaddr *)&ss, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct addr client;

	(void)ready;
	if (fd < 0) {
		if ((errno == EMFILE || errno == ENFILE) && t->n_connections > 0)
			rest(t, true);
		return;
	}
	client = client_of(&ss);
	t->stats.accepted++;
	if (!may_connect(t, &client)) {
		close(fd);
		t->stats.turned_away++;
	} else if (connection_new(t, fd, &client) != 0) {
		t->stats.turned_away++;
	}
}

int
tcp_listen(struct tcp *t, int fd)
{
	struct listener *l = &t->listeners[t->n_listeners];
	int err = SEK_ELIMIT;

	if (t->n_listeners < TCP_LISTENERS) {
		*l = (struct listener){ .tcp = t, .fd = fd };
		err = fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ? SEK_ESYS :
		    loop_watch(&l->watch, t->loop, fd,
		    t->resting ? 0 : LOOP_READ, on_accept, l);
	}
	if (err != 0)
		close(fd);
	else
		t->n_listeners++;
	return err;
}

int
tcp_new(struct tcp **out, struct loop *l, const struct published *p)
{
	struct tcp *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return SEK_ENOMEM;
	t->loop = l;
	t->published = p;
	*out = t;
	return 0;
}

void
tcp_counters(struct tcp *t, struct counters_slot *slot)
{
	t->counters = slot;
}

void
tcp_free(struct tcp *t)
{
	if (t == NULL)
		return;
	while (t->n_listeners > 0) {
		struct listener *l = &t->listeners[--t->n_listeners];

		loop_unwatch(l->watch);
		close(l->fd);
	}
	while (t->n_connections > 0)
		connection_free(t->connections[0], false);
	log_event(LOG_LV_INFO, "dns-tcp-stop",
	    LOG_N("accepted", t->stats.accepted), LOG_N("queries", t->stats.queries),
	    LOG_N("turned_away", t->stats.turned_away),
	    LOG_N("idle", t->stats.idle), LOG_N("broken", t->stats.broken));
	free(t);
}

const struct tcp_stats *
tcp_stats(const struct tcp *t)
{
	return &t->stats;
}
