#include "sys/channel.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Messages read in one turn of the loop, so that a busy peer does not keep the
 * others waiting. */
enum { READ_TURN = 32, GATHER_MAX = 32 };	/* GATHER_MAX: of one frame */

struct waiting {
	struct waiting	*next;
	int		 fd;	/* owned; -1 none */
	size_t		 n;
	uint8_t		 octets[];
};

struct channel {
	struct loop		*loop;
	struct loop_watch	*watch;
	struct channel_events	 ev;
	void			*ctx;
	int			 sock;
	struct waiting		*first, **last;
	size_t			 queued;	/* octets in the list */
	bool			 over;		/* went above the high mark */
	bool			 deaf;		/* the peer takes nothing any more */
	bool			 busy;		/* inside an event */
	bool			 freed;		/* channel_free() came while busy */
	int			 err;
	struct loop_timer	*gather;	/* sends the bag; NULL: there is none */
	uint8_t			*bag;		/* frames behind each other */
	size_t			 bag_len;
	unsigned		 in_bag;
};

static void
drop_first(struct channel *c)
{
	struct waiting *w = c->first;

	c->first = w->next;
	if (c->first == NULL)
		c->last = &c->first;
	c->queued -= w->n;
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

static void
drop_all(struct channel *c)
{
	while (c->first != NULL)
		drop_first(c);
	c->bag_len = 0;
	c->in_bag = 0;
}

static void
want(struct channel *c)
{
	if (c->watch != NULL)
		loop_want(c->watch, c->first == NULL ? LOOP_READ :
		    LOOP_READ | LOOP_WRITE);
}

/* Ends the watch and the socket, and tells the owner once. */
static void
gone(struct channel *c, int err)
{
	if (c->watch == NULL)
		return;
	loop_unwatch(c->watch);
	c->watch = NULL;
	c->err = err;
	c->deaf = true;
	drop_all(c);
	c->ev.gone(c->ctx, c);
}

/* Hands what waits to the kernel.  The peer's end is noticed by reading, so
 * that what it said last is still heard. */
static void
flush(struct channel *c)
{
	while (c->first != NULL) {
		int rc = frame_send(c->sock, c->first->octets, c->first->n,
		    c->first->fd);

		if (rc == FRAME_AGAIN)
			break;
		if (rc != 0) {
			c->deaf = true;
			drop_all(c);
			break;
		}
		drop_first(c);
	}
	want(c);
	if (c->over && c->queued < CHANNEL_LOW) {
		c->over = false;
		if (c->ev.drained != NULL && !c->deaf)
			c->ev.drained(c->ctx, c);
	}
}

static bool
is_open(const struct channel *c)
{
	return !c->freed && c->watch != NULL;
}

/* Returns 0, or SEK_EPARSE; how many there were is added to *n. */
static int
take_many(struct channel *c, const struct frame *f, int *n)
{
	struct frame one;
	struct msg_many m;
	int rc = frame_decode(&m, sizeof(m), f);

	while (rc == 0 && is_open(c) && (rc = frame_next(&one, &m.frames)) == 0) {
		c->ev.message(c->ctx, c, &one);
		++*n;
	}
	return rc < 0 ? rc : 0;
}

static int
take_one(struct channel *c, int *n)
{
	struct frame f;
	int rc = frame_read(c->sock, &f);

	if (rc != 0)
		return rc;
	if (f.type == MSG_MANY && f.fd < 0)
		return take_many(c, &f, n);
	c->ev.message(c->ctx, c, &f);
	if (f.fd >= 0)
		close(f.fd);
	++*n;
	return 0;
}

static void
take(struct channel *c)
{
	for (int n = 0; n < READ_TURN && is_open(c); ) {
		int rc = take_one(c, &n);

		if (rc == FRAME_AGAIN)
			return;
		if (rc != 0 && is_open(c)) {
			gone(c, rc == FRAME_EOF ? 0 : rc);
			return;
		}
	}
}

static void
ready(void *ctx, unsigned is)
{
	struct channel *c = ctx;

	c->busy = true;
	if ((is & LOOP_WRITE) != 0)
		flush(c);
	if ((is & LOOP_READ) != 0 && !c->freed)
		take(c);
	c->busy = false;
	if (c->freed)
		free(c);
}

int
channel_new(struct channel **out, struct loop *l, int sock,
    const struct channel_events *ev, void *ctx)
{
	struct channel *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL) {
		close(sock);
		return SEK_ENOMEM;
	}
	c->loop = l;
	c->sock = sock;
	c->ev = *ev;
	c->ctx = ctx;
	c->last = &c->first;
	rc = loop_watch(&c->watch, l, sock, LOOP_READ, ready, c);
	if (rc != 0) {
		close(sock);
		free(c);
		return rc;
	}
	*out = c;
	return 0;
}

static void bag_send_last(struct channel *c);

void
channel_free(struct channel *c)
{
	if (c == NULL || c->freed)
		return;
	bag_send_last(c);
	loop_unwatch(c->watch);
	c->watch = NULL;
	drop_all(c);
	loop_timer_free(c->gather);
	free(c->bag);
	close(c->sock);
	c->sock = -1;
	c->freed = true;
	if (!c->busy)
		free(c);
}

static int
queue(struct channel *c, const uint8_t *octets, size_t n, int fd)
{
	struct waiting *w;

	if (c->queued + n > CHANNEL_MAX)
		return SEK_ELIMIT;
	w = malloc(sizeof(*w) + n);
	if (w == NULL)
		return SEK_ENOMEM;
	*w = (struct waiting){ .fd = -1, .n = n };
	if (fd >= 0 && (w->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0) {
		free(w);
		return SEK_ESYS;
	}
	memcpy(w->octets, octets, n);
	*c->last = w;
	c->last = &w->next;
	c->queued += n;
	if (c->queued > CHANNEL_HIGH)
		c->over = true;
	want(c);
	return 0;
}

/* To the kernel, or into the queue. */
static int
put(struct channel *c, const uint8_t *octets, size_t n, int fd)
{
	int rc = FRAME_AGAIN;

	if (c->first == NULL)
		rc = frame_send(c->sock, octets, n, fd);
	if (rc == FRAME_AGAIN)
		return queue(c, octets, n, fd);
	if (rc == FRAME_EOF) {
		c->deaf = true;
		return 0;
	}
	return rc;
}

/* --- many in one --- */

static int
bag_send(struct channel *c)
{
	uint8_t octets[FRAME_MAX];
	struct msg_many m = { { (const char *)c->bag, c->bag_len } };
	ssize_t n;

	if (c->in_bag == 0)
		return 0;
	n = frame_encode(octets, sizeof(octets), MSG_MANY, &m);
	c->bag_len = 0;
	c->in_bag = 0;
	return n < 0 ? (int)n : c->deaf ? 0 : put(c, octets, (size_t)n, -1);
}

/* Nobody is left to hear of what went wrong: the channel is as good as gone. */
static void
bag_due(void *ctx)
{
	struct channel *c = ctx;

	if (bag_send(c) != 0)
		c->deaf = true;
}

static void
bag_send_last(struct channel *c)
{
	if (c->in_bag > 0 && c->watch != NULL)
		(void)bag_send(c);
}

int
channel_gather(struct channel *c)
{
	int err;

	if (c->bag != NULL)
		return 0;
	err = loop_timer(&c->gather, c->loop, bag_due, c);
	if (err != 0)
		return err;
	c->bag = malloc(MESSAGE_MANY);
	if (c->bag != NULL)
		return 0;
	loop_timer_free(c->gather);
	c->gather = NULL;
	return SEK_ENOMEM;
}

static int
bag_add(struct channel *c, const uint8_t *octets, size_t n)
{
	int err = 0;

	if (c->queued + c->bag_len + n > CHANNEL_MAX)
		return SEK_ELIMIT;
	if (c->bag_len + n > MESSAGE_MANY || c->in_bag == GATHER_MAX)
		err = bag_send(c);
	if (err != 0)
		return err;
	if (c->in_bag == 0)
		loop_timer_set(c->gather, 0);
	memcpy(c->bag + c->bag_len, octets, n);
	c->bag_len += n;
	c->in_bag++;
	return 0;
}

int
channel_send(struct channel *c, unsigned type, const void *msg, int fd)
{
	uint8_t octets[FRAME_MAX];
	ssize_t n = frame_encode(octets, sizeof(octets), type, msg);
	int err;

	if (n < 0)
		return (int)n;
	if (c->deaf)
		return 0;
	if (c->bag != NULL && fd < 0 && n <= MESSAGE_MANY)
		return bag_add(c, octets, (size_t)n);
	err = bag_send(c);
	return err != 0 ? err : put(c, octets, (size_t)n, fd);
}

bool
channel_full(const struct channel *c)
{
	return c->queued + c->bag_len > CHANNEL_HIGH;
}

size_t
channel_queued(const struct channel *c)
{
	return c->queued + c->bag_len;
}

int
channel_err(const struct channel *c)
{
	return c->err;
}

int
channel_fd(const struct channel *c)
{
	return c->sock;
}
