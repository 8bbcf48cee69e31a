/* One stream is in one phase; what readiness means is a table by phase.
 *
 *	DIALING --> OPEN --> PLAIN_LAST --> SHAKING --> OPEN (encrypted)
 *	   |         |           |             |         |
 *	   +---------+-----------+-------------+---------+--> DOWN
 *	          stream_close(flush): OPEN, DOWN by EOF ----> CLOSING --> gone
 *
 * 1. Events are called only from the loop (stream_ready, stream_tick), so
 *    never from inside a call of the owner.  While one runs, busy is set: a
 *    stream_close() then leaves the freeing to the end of that function.
 * 2. What arrived is read before what is queued is written: a peer that says
 *    why and resets is heard first.
 * 3. After every event look at the phase again: the owner may have changed it.
 * 4. What an event of the loop made the owner write goes to the kernel at its
 *    end, in the same round; what is written otherwise waits for the loop, and
 *    so does what a peer must not have seen when stream_tls() follows. */

#include "sys/stream_body.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	INJECTED_MAX = 256 * 1024,	/* plain text dropped at once; what is more breaks the handshake */
	LINGER_MAX = 1024 * 1024,	/* octets ignored after our last word */
};

size_t
stream_queued(const struct stream *s)
{
	return s->out.len - s->sent;
}

static unsigned
want_open(const struct stream *s)
{
	unsigned want = 0;

	if (!s->paused)
		want |= s->read_wants_write ? LOOP_WRITE : LOOP_READ;
	if (stream_queued(s) > 0)
		want |= s->write_wants_read ? LOOP_READ : LOOP_WRITE;
	return want;
}

static unsigned
want_shaking(const struct stream *s)
{
	return s->shake_wants == TLS_WANT_WRITE ? LOOP_WRITE : LOOP_READ;
}

static unsigned
want_closing(const struct stream *s)
{
	if (stream_queued(s) == 0 && s->shut)
		return LOOP_READ;
	return s->write_wants_read ? LOOP_READ : LOOP_WRITE;
}

static unsigned
want_write(const struct stream *s)
{
	(void)s;
	return LOOP_WRITE;
}

static unsigned
want_nothing(const struct stream *s)
{
	(void)s;
	return 0;
}

static unsigned (*const stream_wants[PHASE_N])(const struct stream *s) = {
	[PHASE_DIALING] = want_write, [PHASE_OPEN] = want_open,
	[PHASE_PLAIN_LAST] = want_write, [PHASE_SHAKING] = want_shaking,
	[PHASE_DOWN] = want_nothing, [PHASE_CLOSING] = want_closing,
};

/* Waits for what the phase needs.  Octets that TLS has already decrypted make
 * no descriptor ready: the timer stands in. */
static void
stream_arm(struct stream *s)
{
	if (s->busy || s->watch == NULL)
		return;
	loop_want(s->watch, stream_wants[s->phase](s));
	if (s->phase == PHASE_OPEN && s->session != NULL && !s->paused &&
	    s->tls->body->pending(s->session))
		loop_timer_set(s->timer, 0);
}

static void
stream_destroy(struct stream *s)
{
	loop_end_cancel(&s->end);
	loop_unwatch(s->watch);
	loop_timer_free(s->timer);
	if (s->session != NULL)
		s->tls->body->free(s->session);
	if (s->fd >= 0)
		close(s->fd);
	gbuf_free(&s->out);
	free(s);
}

static void closing_ready(struct stream *s, unsigned ready);

/* The end of every function that the loop calls. */
static void
stream_settle(struct stream *s)
{
	if (!s->gone && s->phase == PHASE_CLOSING && s->session == NULL && !s->shut)
		closing_ready(s, 0);
	else if (!s->gone)
		stream_io_push_now(s);
	s->busy = false;
	if (s->gone)
		stream_destroy(s);
	else
		stream_arm(s);
}

static void
dialing_ready(struct stream *s, unsigned ready)
{
	int sys = 0;
	socklen_t n = sizeof(sys);

	(void)ready;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &sys, &n) != 0)
		sys = errno;
	if (sys != 0) {
		stream_io_failed(s, sys);
		return;
	}
	loop_timer_stop(s->timer);
	s->phase = PHASE_OPEN;
	s->ev->up(s->ctx);
}

static void
open_ready(struct stream *s, unsigned ready)
{
	unsigned read_on = s->read_wants_write ? LOOP_WRITE : LOOP_READ;
	unsigned write_on = s->write_wants_read ? LOOP_READ : LOOP_WRITE;

	if ((ready & read_on) && !s->paused)
		stream_io_pull(s);
	if (s->phase != PHASE_OPEN || s->gone || !(ready & write_on) ||
	    stream_queued(s) == 0)
		return;
	stream_io_push(s, stream_queued(s), false);
	if (s->phase == PHASE_OPEN && stream_queued(s) == 0 &&
	    s->ev->drained != NULL)
		s->ev->drained(s->ctx);
}

static void
shaking_ready(struct stream *s, unsigned ready)
{
	struct stream_tls about = { .injected = s->injected };

	(void)ready;
	s->shake_wants = s->tls->body->shake(s->session);
	if (s->shake_wants == TLS_WANT_READ || s->shake_wants == TLS_WANT_WRITE)
		return;
	if (s->shake_wants != TLS_DONE) {
		stream_io_down(s, STREAM_TLS_FAILED, 0);
		return;
	}
	s->phase = PHASE_OPEN;
	s->tls->body->about(s->session, &about);
	s->ev->secured(s->ctx, &about);
}

static void
plain_last_ready(struct stream *s, unsigned ready)
{
	s->plain -= stream_io_push(s, s->plain, true);
	if (s->phase != PHASE_PLAIN_LAST || s->plain > 0)
		return;
	if (!s->tls->body->server)
		s->injected += stream_io_drop(s, INJECTED_MAX);
	s->phase = PHASE_SHAKING;
	shaking_ready(s, ready);
}

static void
closing_shut(struct stream *s)
{
	if (s->session != NULL)
		s->tls->body->bye(s->session);
	shutdown(s->fd, SHUT_WR);
	s->shut = true;
}

static void
closing_ready(struct stream *s, unsigned ready)
{
	uint8_t buf[STREAM_READ];
	ssize_t got;

	if (stream_queued(s) > 0)
		stream_io_push(s, stream_queued(s), false);
	if (s->gone || stream_queued(s) > 0)
		return;
	if (!s->shut) {
		closing_shut(s);
		return;
	}
	if (!(ready & LOOP_READ))
		return;
	got = recv(s->fd, buf, sizeof(buf), 0);
	if (got > 0)
		s->lingered += (size_t)got;
	s->gone = got == 0 || s->lingered > LINGER_MAX ||
	    (got < 0 && errno != EAGAIN && errno != EINTR);
}

static void
down_ready(struct stream *s, unsigned ready)
{
	(void)s;
	(void)ready;
}

static void (*const stream_steps[PHASE_N])(struct stream *s, unsigned ready) = {
	[PHASE_DIALING] = dialing_ready, [PHASE_OPEN] = open_ready,
	[PHASE_PLAIN_LAST] = plain_last_ready, [PHASE_SHAKING] = shaking_ready,
	[PHASE_DOWN] = down_ready, [PHASE_CLOSING] = closing_ready,
};

static void
stream_ready(void *ctx, unsigned ready)
{
	struct stream *s = ctx;

	s->busy = true;
	stream_steps[s->phase](s, ready);
	stream_settle(s);
}

/* DIALING: refused at once, or too slow.  OPEN: decrypted octets wait.
 * CLOSING: the bound of the flush. */
static void
stream_tick(void *ctx)
{
	struct stream *s = ctx;

	s->busy = true;
	if (s->phase == PHASE_DIALING)
		stream_io_down(s, s->why != 0 ? s->why : STREAM_TIMEOUT, s->sys_errno);
	else if (s->phase == PHASE_OPEN && !s->paused)
		stream_io_pull(s);
	else if (s->phase == PHASE_CLOSING)
		s->gone = true;
	stream_settle(s);
}

static int
stream_new(struct stream **out, struct loop *l, const struct stream_events *ev,
    void *ctx)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return SEK_ENOMEM;
	s->loop = l;
	s->ev = ev;
	s->ctx = ctx;
	s->fd = -1;
	s->out.max = STREAM_QUEUE;
	if (loop_timer(&s->timer, l, stream_tick, s) != 0) {
		free(s);
		return SEK_ENOMEM;
	}
	*out = s;
	return 0;
}

int
stream_dial(struct stream **out, struct loop *l, struct dialer *d,
    const struct addr *to, uint16_t port, const struct addr *from,
    int64_t timeout_ms, const struct stream_events *ev, void *ctx)
{
	struct stream *s;
	int rc = stream_new(&s, l, ev, ctx);

	if (rc != 0)
		return rc;
	s->phase = PHASE_DIALING;
	s->fd = d->dial(d, to, port, from);
	if (s->fd < 0) {
		rc = s->fd == SEK_ESYS ? stream_io_why(errno) : s->fd;
		s->fd = -1;
		s->why = rc;
		loop_timer_set(s->timer, 0);
	} else {
		rc = loop_watch(&s->watch, l, s->fd, LOOP_WRITE, stream_ready, s);
		loop_timer_set(s->timer, timeout_ms);
	}
	if (rc < 0) {
		int sys = errno;

		stream_destroy(s);
		errno = sys;
		return rc;
	}
	*out = s;
	return 0;
}

int
stream_adopt(struct stream **out, struct loop *l, int fd,
    const struct stream_events *ev, void *ctx)
{
	struct stream *s;
	int rc = stream_new(&s, l, ev, ctx), on = 1;

	if (rc != 0) {
		close(fd);
		return rc;
	}
	s->phase = PHASE_OPEN;
	s->fd = fd;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	rc = loop_watch(&s->watch, l, fd, LOOP_READ, stream_ready, s);
	if (rc != 0) {
		stream_destroy(s);
		return rc;
	}
	*out = s;
	return 0;
}

int
stream_write(struct stream *s, const void *p, size_t n)
{
	int rc;

	if (s->phase == PHASE_DOWN)
		return 0;
	if (n > STREAM_QUEUE - stream_queued(s))
		return SEK_ELIMIT;
	if (n > STREAM_QUEUE - s->out.len) {	/* room that was sent already */
		gbuf_drop(&s->out, s->sent);
		s->sent = 0;
	}
	rc = gbuf_add(&s->out, p, n);
	if (rc == 0)
		stream_arm(s);
	return rc;
}

void
stream_pause(struct stream *s, bool paused)
{
	s->paused = paused;
	stream_arm(s);
}

int
stream_tls(struct stream *s, struct tls_ctx *t, const char *sni,
    size_t *injected)
{
	*injected = 0;
	if (s->phase == PHASE_DOWN)
		return 0;
	assert(s->phase == PHASE_OPEN && s->session == NULL);
	s->session = t->body->start(t, s->fd, sni);
	if (s->session == NULL)
		return SEK_ELIB;
	s->tls = t;
	s->plain = stream_queued(s);
	if (!t->body->server || s->plain > 0)
		*injected = s->injected = stream_io_drop(s, INJECTED_MAX);
	s->phase = PHASE_PLAIN_LAST;
	stream_arm(s);
	return 0;
}

static void
stream_loop_ends(void *ctx)
{
	stream_destroy(ctx);
}

static bool
stream_can_flush(const struct stream *s)
{
	return s->phase == PHASE_OPEN || (s->phase == PHASE_DOWN &&
	    s->why == STREAM_EOF && stream_queued(s) > 0);
}

void
stream_close(struct stream *s, bool flush)
{
	if (s == NULL)
		return;
	if (flush && stream_can_flush(s)) {
		s->phase = PHASE_CLOSING;
		s->end.fn = stream_loop_ends;
		s->end.ctx = s;
		loop_end_add(s->loop, &s->end);
		loop_timer_set(s->timer, STREAM_FLUSH_MS);
		stream_arm(s);
		return;
	}
	if (s->phase == PHASE_OPEN && s->session != NULL)
		s->tls->body->bye(s->session);
	if (s->busy)
		s->gone = true;
	else
		stream_destroy(s);
}
