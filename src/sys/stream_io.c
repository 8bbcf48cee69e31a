#include "sys/stream_body.h"

#include <errno.h>
#include <sys/socket.h>

static const struct { int sys, why; } whys[] = {
	{ ECONNREFUSED, STREAM_REFUSED }, { EHOSTUNREACH, STREAM_REFUSED },
	{ ENETUNREACH, STREAM_REFUSED }, { EHOSTDOWN, STREAM_REFUSED },
	{ ENETDOWN, STREAM_REFUSED }, { ENOPROTOOPT, STREAM_REFUSED },
	{ ETIMEDOUT, STREAM_TIMEOUT }, { ECONNRESET, STREAM_RESET },
	{ EPIPE, STREAM_RESET }, { ECONNABORTED, STREAM_RESET },
};

int
stream_io_why(int sys)
{
	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (whys[i].sys == sys)
			return whys[i].why;
	return SEK_ESYS;
}

/* An idle stream holds no memory. */
static void
emptied(struct stream *s)
{
	if (s->sent < s->out.len)
		return;
	gbuf_free(&s->out);
	s->sent = 0;
}

void
stream_io_down(struct stream *s, int why, int sys)
{
	if (s->phase == PHASE_CLOSING) {
		s->gone = true;
		return;
	}
	s->phase = PHASE_DOWN;
	s->why = why;
	loop_timer_stop(s->timer);
	errno = sys;
	s->ev->down(s->ctx, why);
}

void
stream_io_failed(struct stream *s, int sys)
{
	stream_io_down(s, stream_io_why(sys), sys);
}

static void
tls_down(struct stream *s, enum tls_io how)
{
	stream_io_down(s, how == TLS_EOF ? STREAM_EOF :
	    how == TLS_RESET ? STREAM_RESET : STREAM_TLS_FAILED, 0);
}

/* One read through TLS.  Returns octets, or 0: nothing now, or down. */
static size_t
read_tls(struct stream *s, uint8_t *p, size_t n)
{
	size_t got = 0;
	enum tls_io r = s->tls->body->read(s->session, p, n, &got);

	s->read_wants_write = r == TLS_WANT_WRITE;
	if (r == TLS_DONE)
		return got;
	if (r != TLS_WANT_READ && r != TLS_WANT_WRITE)
		tls_down(s, r);
	return 0;
}

static size_t
read_plain(struct stream *s, uint8_t *p, size_t n)
{
	ssize_t got = recv(s->fd, p, n, 0);

	if (got > 0)
		return (size_t)got;
	if (got == 0)
		stream_io_down(s, STREAM_EOF, 0);
	else if (errno != EAGAIN && errno != EINTR)
		stream_io_failed(s, errno);
	return 0;
}

void
stream_io_pull(struct stream *s)
{
	uint8_t buf[STREAM_READ];
	size_t n = s->session != NULL ? read_tls(s, buf, sizeof(buf)) :
	    read_plain(s, buf, sizeof(buf));

	if (n > 0)
		s->ev->data(s->ctx, buf, n);
}

/* One write of n octets at p.  Returns octets taken, or 0: no room now, or
 * down. */
static size_t
send_tls(struct stream *s, const uint8_t *p, size_t n)
{
	size_t put = 0;
	enum tls_io r = s->tls->body->write(s->session, p, n, &put);

	s->write_wants_read = r == TLS_WANT_READ;
	if (r == TLS_DONE)
		return put;
	if (r != TLS_WANT_READ && r != TLS_WANT_WRITE)
		tls_down(s, r);
	return 0;
}

static size_t
send_plain(struct stream *s, const uint8_t *p, size_t n)
{
	ssize_t put = send(s->fd, p, n, MSG_NOSIGNAL);

	if (put >= 0)
		return (size_t)put;
	if (errno != EAGAIN && errno != EINTR)
		stream_io_failed(s, errno);
	return 0;
}

size_t
stream_io_push(struct stream *s, size_t n, bool clear)
{
	size_t all = 0;

	while (all < n) {
		const uint8_t *p = s->out.p + s->sent;
		size_t put = s->session != NULL && !clear ?
		    send_tls(s, p, n - all) :
		    send_plain(s, p, n - all);

		if (put == 0)
			break;
		all += put;
		s->sent += put;
	}
	emptied(s);
	return all;
}

size_t
stream_io_drop(struct stream *s, size_t max)
{
	uint8_t buf[STREAM_READ];
	size_t all = 0;

	while (all < max) {
		ssize_t got = recv(s->fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (got <= 0)
			break;
		all += (size_t)got;
	}
	return all;
}

void
stream_io_push_now(struct stream *s)
{
	ssize_t put;

	if (s->phase != PHASE_OPEN || s->session != NULL || s->ev->drained != NULL ||
	    stream_queued(s) == 0)
		return;
	put = send(s->fd, s->out.p + s->sent, stream_queued(s), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (put <= 0)
		return;
	s->sent += (size_t)put;
	emptied(s);
}
