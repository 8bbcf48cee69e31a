#include "xfer/dnstap_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstrm.h>

#include "base/buf.h"
#include "base/str.h"
#include "xfer/dnstap_encode.h"

enum {
	CONTROL_HEAD = 8,	/* a length of 0, then that of the control frame */
	CONTROL_MAX = CONTROL_HEAD + FSTRM_CONTROL_FRAME_LENGTH_MAX,
};

struct dnstap_stream {
	struct loop_watch		*watch;
	struct dnstap_stream_events	 ev;
	void				*ctx;
	int				 fd;
	bool				 open;	/* it said ACCEPT */
	bool				 gone;	/* and was told so */
	uint8_t				 in[CONTROL_MAX];
	size_t				 in_len;
	uint64_t			 taken;	/* octets into out, since the beginning */
	size_t				 from, to;	/* what waits in out */
	uint8_t				 out[DNSTAP_STREAM_ROOM];
};

static void
end(struct dnstap_stream *s, const char *why)
{
	if (s->gone)
		return;
	s->gone = true;
	s->open = false;
	loop_unwatch(s->watch);
	s->watch = NULL;
	s->ev.gone(s->ctx, why);
}

/* Octets go to the front when half of the room is behind them: each is moved
 * once at most for every octet sent. */
static bool
make_room(struct dnstap_stream *s, size_t n)
{
	if (s->from > 0 && DNSTAP_STREAM_ROOM - s->to < n &&
	    (s->from == s->to || s->from >= DNSTAP_STREAM_ROOM / 2)) {
		memmove(s->out, s->out + s->from, s->to - s->from);
		s->to -= s->from;
		s->from = 0;
	}
	return DNSTAP_STREAM_ROOM - s->to >= n;
}

static bool
put(struct dnstap_stream *s, const void *p, size_t n)
{
	if (!make_room(s, n))
		return false;
	memcpy(s->out + s->to, p, n);
	s->to += n;
	s->taken += n;
	return true;
}

static int
put_control(struct dnstap_stream *s, fstrm_control_type type)
{
	struct fstrm_control *c = fstrm_control_init();
	uint8_t octets[CONTROL_MAX];
	size_t n = sizeof(octets);
	bool ok = c != NULL && fstrm_control_set_type(c, type) == fstrm_res_success;

	if (ok && type != FSTRM_CONTROL_STOP)
		ok = fstrm_control_add_field_content_type(c,
		    (const uint8_t *)DNSTAP_CONTENT, sizeof(DNSTAP_CONTENT) - 1) ==
		    fstrm_res_success;
	ok = ok && fstrm_control_encode(c, octets, &n,
	    FSTRM_CONTROL_FLAG_WITH_HEADER) == fstrm_res_success &&
	    put(s, octets, n);
	if (c != NULL)
		fstrm_control_destroy(&c);
	return ok ? 0 : SEK_ENOMEM;
}

/* Is that whole control frame ACCEPT, of what we have? */
static bool
is_accept(const uint8_t *p, size_t n)
{
	struct fstrm_control *c = fstrm_control_init();
	fstrm_control_type type;
	bool is = c != NULL && fstrm_control_decode(c, p, n,
	    FSTRM_CONTROL_FLAG_WITH_HEADER) == fstrm_res_success &&
	    fstrm_control_get_type(c, &type) == fstrm_res_success &&
	    type == FSTRM_CONTROL_ACCEPT &&
	    fstrm_control_match_field_content_type(c,
	    (const uint8_t *)DNSTAP_CONTENT, sizeof(DNSTAP_CONTENT) - 1) ==
	    fstrm_res_success;

	if (c != NULL)
		fstrm_control_destroy(&c);
	return is;
}

/* Octets of the control frame that begins in: 0 not to be seen yet,
 * CONTROL_MAX + 1 none that could be. */
static size_t
control_octets(const struct dnstap_stream *s)
{
	struct rbuf b = rbuf_of(s->in, s->in_len);
	uint32_t escape, n;

	if (s->in_len < CONTROL_HEAD)
		return 0;
	escape = rbuf_u32(&b);
	n = rbuf_u32(&b);
	return escape != 0 || n > FSTRM_CONTROL_FRAME_LENGTH_MAX ?
	    CONTROL_MAX + 1 : CONTROL_HEAD + n;
}

/* The only thing a collector has to say before the end is one ACCEPT. */
static void
heard(struct dnstap_stream *s)
{
	size_t n = control_octets(s);

	if (n == 0 || (n <= CONTROL_MAX && s->in_len < n))
		return;
	if (s->open || n > CONTROL_MAX || s->in_len > n || !is_accept(s->in, n)) {
		end(s, "it does not accept " DNSTAP_CONTENT);
		return;
	}
	s->in_len = 0;
	if (put_control(s, FSTRM_CONTROL_START) != 0) {
		end(s, "out of memory");
		return;
	}
	s->open = true;
	loop_want(s->watch, LOOP_READ | LOOP_WRITE);
	s->ev.up(s->ctx);
}

static void
hear(struct dnstap_stream *s)
{
	ssize_t n = recv(s->fd, s->in + s->in_len, sizeof(s->in) - s->in_len,
	    MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end(s, n == 0 ? "it closed the connection" : strerror(errno));
		return;
	}
	s->in_len += (size_t)n;
	heard(s);
}

void
dnstap_stream_flush(struct dnstap_stream *s)
{
	while (!s->gone && s->from < s->to) {
		ssize_t n = send(s->fd, s->out + s->from, s->to - s->from,
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			end(s, strerror(errno));
			return;
		}
		s->from += (size_t)n;
	}
	if (s->from == s->to)
		s->from = s->to = 0;
	if (!s->gone)
		loop_want(s->watch, s->from < s->to ? LOOP_READ | LOOP_WRITE :
		    LOOP_READ);
}

/* gone may free the stream: nothing of it is touched after end(). */
static void
ready(void *ctx, unsigned is)
{
	struct dnstap_stream *s = ctx;

	if ((is & LOOP_READ) != 0)
		hear(s);
	else
		dnstap_stream_flush(s);
}

/* Also for whoever has a copy. */
static void
close_all(int fd)
{
	(void)shutdown(fd, SHUT_RDWR);
	close(fd);
}

int
dnstap_stream_new(struct dnstap_stream **out, struct loop *l, int fd,
    const struct dnstap_stream_events *ev, void *ctx)
{
	struct dnstap_stream *s = calloc(1, sizeof(*s));
	int err = s == NULL ? SEK_ENOMEM : 0;

	if (err == 0) {
		s->fd = fd;
		s->ev = *ev;
		s->ctx = ctx;
		err = put_control(s, FSTRM_CONTROL_READY);
	}
	if (err == 0)
		err = loop_watch(&s->watch, l, fd, LOOP_READ | LOOP_WRITE, ready, s);
	if (err != 0) {
		close_all(fd);
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

bool
dnstap_stream_put(struct dnstap_stream *s, const uint8_t *p, size_t n)
{
	return s->open && put(s, p, n);
}

uint64_t
dnstap_stream_taken(const struct dnstap_stream *s)
{
	return s->taken;
}

uint64_t
dnstap_stream_sent(const struct dnstap_stream *s)
{
	return s->taken - (s->to - s->from);
}

void
dnstap_stream_free(struct dnstap_stream *s)
{
	if (s == NULL)
		return;
	if (s->open && put_control(s, FSTRM_CONTROL_STOP) == 0)
		(void)send(s->fd, s->out + s->from, s->to - s->from,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	loop_unwatch(s->watch);
	close_all(s->fd);
	free(s);
}
