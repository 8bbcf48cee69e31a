/* 1. A message is a length of two octets and that many octets (RFC 7766 8);
 *    they may come in any pieces, and many at once.
 * 2. Answers leave in the order of the queries.
 * 3. The idle clock restarts with each whole query and each time the client
 *    has taken all that waits; drops of octets do not feed it.
 * 4. While a transfer runs nothing is read; what came before waits. */

#include "xfer/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/peer.h"
#include "sys/stream.h"

enum { FRAME = 2 };

struct connection {
	struct tcp		*tcp;
	struct stream		*stream;
	struct loop_timer	*idle;
	struct transfer		*transfer;	/* that runs, or NULL */
	struct addr		 peer;
	uint16_t		 port;		/* its */
	struct addr		 client;	/* IPv6: its /64 */
	size_t			 slot;		/* in tcp->connections */
	size_t			 len;
	uint8_t			 in[FRAME + TCP_QUERY_MAX + STREAM_READ];
};

struct listener {
	struct tcp		*tcp;
	struct loop_watch	*watch;
	int			 fd;
};

struct tcp {
	struct server		*server;
	uint8_t			 out[FRAME + TRANSFER_ROOM];	/* one message */
	size_t			 n_listeners, n_connections;
	bool			 resting;	/* out of descriptors: not accepting */
	struct listener		 listeners[TCP_LISTENERS];
	struct connection	*connections[TCP_CONNECTIONS];
	struct tcp_stats	 stats;
};

static void
rest(struct tcp *t, bool resting)
{
	t->resting = resting;
	for (size_t i = 0; i < t->n_listeners; i++)
		loop_want(t->listeners[i].watch, resting ? 0 : LOOP_READ);
}

static void
connection_free(struct connection *c, bool flush, const char *why)
{
	struct tcp *t = c->tcp;

	transfer_free(c->transfer, why);
	stream_close(c->stream, flush);
	loop_timer_free(c->idle);
	t->connections[c->slot] = t->connections[--t->n_connections];
	t->connections[c->slot]->slot = c->slot;
	free(c);
	if (t->resting)
		rest(t, false);
}

/* Sends tcp->out[FRAME..FRAME + len). */
static int
send_message(struct connection *c, size_t len)
{
	uint8_t *out = c->tcp->out;

	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
	return stream_write(c->stream, out, FRAME + len);
}

/* Transfers -------------------------------------------------------------- */

/* Queues the next messages.  Returns 0, TRANSFER_END when the last one is
 * queued, or a negative sek_err. */
static int
transfer_on(struct connection *c)
{
	int err = 0;

	while (err == 0 && stream_queued(c->stream) < TCP_AHEAD) {
		size_t len;

		err = transfer_next(c->transfer, c->tcp->out + FRAME,
		    TRANSFER_ROOM, &len);
		if (err == 0)
			err = send_message(c, len);
	}
	loop_timer_set(c->idle, TRANSFER_IDLE_MS);
	return err;
}

/* Queries ---------------------------------------------------------------- */

/* Shows an answer of len octets to q to who looks at some of them. */
static void
tap(const struct connection *c, const uint8_t *q, size_t n, size_t len)
{
	const struct tap_answer a = {
		.peer = c->peer, .port = c->port, .tcp = true,
		.query = q, .query_len = n,
		.answer = c->tcp->out + FRAME, .answer_len = len,
	};

	dnstap_answer(c->tcp->server->dnstap, &a);
}

/* Answers one query.  Returns false when the connection must end. */
static bool
answer(struct connection *c, const uint8_t *q, size_t n)
{
	struct tcp *t = c->tcp;
	const struct server_client client = { .addr = c->peer };
	size_t len;
	int err = server_query(t->server, &client, q, n, t->out + FRAME,
	    SERVER_ANSWER, &len, &c->transfer);

	t->stats.queries++;
	loop_timer_set(c->idle, TCP_IDLE_MS);
	if (err != 0)
		return false;
	t->stats.transfers += c->transfer != NULL;
	if (c->transfer != NULL)
		return true;
	tap(c, q, n, len);
	return send_message(c, len) == 0;
}

/* Answers the whole queries in c->in, up to a transfer, and keeps the rest of
 * the octets. */
static bool
answer_all(struct connection *c)
{
	size_t at = 0;

	while (c->transfer == NULL && c->len - at >= FRAME) {
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

/* Goes on with the transfer that runs, then with the queries behind it, until
 * one of them has to wait. */
static void
go_on(struct connection *c)
{
	int err = 0;

	do {
		if (c->transfer != NULL)
			err = transfer_on(c);
		if (err == TRANSFER_END) {
			transfer_free(c->transfer, NULL);
			c->transfer = NULL;
			err = 0;
		}
		if (err == 0 && c->transfer == NULL && !answer_all(c))
			err = SEK_EPARSE;
	} while (err == 0 && c->transfer != NULL &&
	    stream_queued(c->stream) < TCP_AHEAD);
	if (err != 0) {
		c->tcp->stats.broken++;
		connection_free(c, false, sek_strerror(err));
		return;
	}
	stream_pause(c->stream, c->transfer != NULL ||
	    stream_queued(c->stream) > TCP_WAITING);
}

/* Rule 4 leaves room for one such event behind a part of a query. */
static void
on_data(void *ctx, const uint8_t *p, size_t n)
{
	struct connection *c = ctx;

	memcpy(c->in + c->len, p, n);
	c->len += n;
	go_on(c);
}

static void
on_drained(void *ctx)
{
	struct connection *c = ctx;

	loop_timer_set(c->idle, TCP_IDLE_MS);
	go_on(c);
}

/* A client may close its side and still want what it asked for. */
static void
on_down(void *ctx, int why)
{
	connection_free(ctx, why == STREAM_EOF, "the client left");
}

static void
on_idle(void *ctx)
{
	struct connection *c = ctx;

	c->tcp->stats.idle++;
	connection_free(c, false, "the client takes nothing");
}

/* Accepting -------------------------------------------------------------- */

/* IPv6 counts by its /64. */
static struct addr
client_of(const struct addr *peer)
{
	return addr_is_v4(peer) ? *peer : addr_mask(peer, 64);
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
connection_new(struct tcp *t, int fd, const struct addr *peer, uint16_t port)
{
	static const struct stream_events events = {
		.data = on_data, .drained = on_drained, .down = on_down,
	};
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL || loop_timer(&c->idle, t->server->loop, on_idle, c) != 0) {
		free(c);
		close(fd);
		return SEK_ENOMEM;
	}
	if (stream_adopt(&c->stream, t->server->loop, fd, &events, c) != 0) {
		loop_timer_free(c->idle);
		free(c);
		return SEK_ENOMEM;
	}
	c->tcp = t;
	c->peer = *peer;
	c->port = port;
	c->client = client_of(peer);
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
	struct addr peer, client;

	(void)ready;
	if (fd < 0) {
		if ((errno == EMFILE || errno == ENFILE) && t->n_connections > 0)
			rest(t, true);
		return;
	}
	peer = peer_addr(&ss);
	client = client_of(&peer);
	t->stats.accepted++;
	if (!may_connect(t, &client)) {
		close(fd);
		t->stats.turned_away++;
	} else if (connection_new(t, fd, &peer, peer_port(&ss)) != 0) {
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
		    loop_watch(&l->watch, t->server->loop, fd,
		    t->resting ? 0 : LOOP_READ, on_accept, l);
	}
	if (err != 0)
		close(fd);
	else
		t->n_listeners++;
	return err;
}

int
tcp_new(struct tcp **out, struct server *s)
{
	struct tcp *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return SEK_ENOMEM;
	t->server = s;
	*out = t;
	return 0;
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
		connection_free(t->connections[0], false, "stopped");
	log_event(LOG_LV_INFO, "dns-tcp-stop",
	    LOG_N("accepted", t->stats.accepted), LOG_N("queries", t->stats.queries),
	    LOG_N("transfers", t->stats.transfers),
	    LOG_N("turned_away", t->stats.turned_away),
	    LOG_N("idle", t->stats.idle), LOG_N("broken", t->stats.broken));
	free(t);
}

const struct tcp_stats *
tcp_stats(const struct tcp *t)
{
	return &t->stats;
}
