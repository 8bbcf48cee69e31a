#include "sys/channel.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Messages read in one turn of the loop, so that a busy peer does not keep the
 * others waiting. */
enum { READ_TURN = 32 };

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

static void
take(struct channel *c)
{
	struct frame f;
	int rc;

	for (int i = 0; i < READ_TURN && !c->freed && c->watch != NULL; i++) {
		rc = frame_read(c->sock, &f);
		if (rc == FRAME_AGAIN)
			return;
		if (rc != 0) {
			gone(c, rc == FRAME_EOF ? 0 : rc);
			return;
		}
		c->ev.message(c->ctx, c, &f);
		if (f.fd >= 0)
			close(f.fd);
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

void
channel_free(struct channel *c)
{
	if (c == NULL || c->freed)
		return;
	loop_unwatch(c->watch);
	c->watch = NULL;
	drop_all(c);
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

int
channel_send(struct channel *c, unsigned type, const void *msg, int fd)
{
	uint8_t octets[FRAME_MAX];
	ssize_t n = frame_encode(octets, sizeof(octets), type, msg);
	int rc = FRAME_AGAIN;

	if (n < 0)
		return (int)n;
	if (c->deaf)
		return 0;
	if (c->first == NULL)
		rc = frame_send(c->sock, octets, (size_t)n, fd);
	if (rc == FRAME_AGAIN)
		return queue(c, octets, (size_t)n, fd);
	if (rc == FRAME_EOF) {
		c->deaf = true;
		return 0;
	}
	return rc;
}

bool
channel_full(const struct channel *c)
{
	return c->queued > CHANNEL_HIGH;
}

size_t
channel_queued(const struct channel *c)
{
	return c->queued;
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
