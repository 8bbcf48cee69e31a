#pragma once
/* tests/unit/xfer/collector.h -- the other end of Frame Streams, octet by octet.
 * Include cmocka.h first. */

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

#define COLLECTOR_WANTS "protobuf:dnstap.Dnstap"

enum {		/* control frames */
	COLLECTOR_ACCEPT = 1, COLLECTOR_START, COLLECTOR_STOP, COLLECTOR_READY, COLLECTOR_FINISH,
	COLLECTOR_END = 100,	/* no frame: it is over */
	COLLECTOR_NOTHING,	/* no frame yet */
	COLLECTOR_DATA,
	COLLECTOR_MAX = 4096,	/* octets of a frame */
};

static inline void
collector_pair(int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

/* Writes a control frame of that type, with a content type or NULL. */
static inline size_t
collector_control(uint8_t out[COLLECTOR_MAX], uint32_t type, const char *content)
{
	struct wbuf w = wbuf_of(out, COLLECTOR_MAX);
	uint32_t n = content == NULL ? 0 : (uint32_t)strlen(content);

	wbuf_u32(&w, 0);
	wbuf_u32(&w, content == NULL ? 4 : 12 + n);
	wbuf_u32(&w, type);
	if (content != NULL) {
		wbuf_u32(&w, 1);
		wbuf_u32(&w, n);
		wbuf_bytes(&w, content, n);
	}
	return w.len;
}

static inline void
collector_say(int fd, uint32_t type, const char *content)
{
	uint8_t out[COLLECTOR_MAX];
	size_t n = collector_control(out, type, content);

	assert_int_equal(send(fd, out, n, MSG_NOSIGNAL), n);
}

/* Reads exactly n octets that are there, 0: it is over, -1: nothing is there. */
static inline int
collector_octets(int fd, uint8_t *p, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t more = recv(fd, p + got, n - got, MSG_DONTWAIT);

		if (more <= 0 && got == 0)
			return more == 0 ? 0 : -1;
		assert_true(more > 0);	/* whole frames alone, where all are read */
		got += (size_t)more;
	}
	return 1;
}

/* Reads one frame: the type of a control frame, COLLECTOR_DATA with *n octets in
 * out, END or NOTHING. */
static inline int
collector_read(int fd, uint8_t out[COLLECTOR_MAX], size_t *n)
{
	uint8_t head[4];
	int is = collector_octets(fd, head, sizeof(head));
	struct rbuf r = rbuf_of(head, sizeof(head));
	bool control;

	if (is <= 0)
		return is == 0 ? COLLECTOR_END : COLLECTOR_NOTHING;
	*n = rbuf_u32(&r);
	control = *n == 0;
	if (control) {
		assert_int_equal(collector_octets(fd, head, sizeof(head)), 1);
		r = rbuf_of(head, sizeof(head));
		*n = rbuf_u32(&r);
	}
	assert_true(*n >= 4 && *n <= COLLECTOR_MAX);
	assert_int_equal(collector_octets(fd, out, *n), 1);
	if (!control)
		return COLLECTOR_DATA;
	r = rbuf_of(out, *n);
	return (int)rbuf_u32(&r);
}

/* The same for who does not care for its octets. */
static inline int
collector_next(int fd)
{
	uint8_t out[COLLECTOR_MAX];
	size_t n;

	return collector_read(fd, out, &n);
}
