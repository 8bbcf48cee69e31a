#include "sys/frame.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VERSION = 1 };

/* Room for one descriptor; alignment lets the kernel put two here, so every
 * one that came is looked at. */
union control {
	struct cmsghdr	align;
	char		octets[CMSG_SPACE(sizeof(int))];
};

/* Takes the first descriptor of m into *fd and closes the others.  Returns
 * how many there were. */
static size_t
take_fds(struct msghdr *m, int *fd)
{
	size_t seen = 0;

	*fd = -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	    c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		for (size_t i = 0; i < n; i++) {
			int one;

			memcpy(&one, CMSG_DATA(c) + i * sizeof(int), sizeof(one));
			if (seen++ == 0)
				*fd = one;
			else
				close(one);
		}
	}
	return seen;
}

/* Checks what came against its own header.  Returns 0 or SEK_EPARSE. */
static int
check_head(struct frame *f, const uint8_t head[FRAME_HEAD], size_t got)
{
	struct rbuf r = rbuf_of(head, FRAME_HEAD);
	uint32_t len;

	if (got < FRAME_HEAD)
		return SEK_EPARSE;
	f->type = rbuf_u16(&r);
	if (rbuf_u16(&r) != VERSION)
		return SEK_EPARSE;
	len = rbuf_u32(&r);
	if (len != got - FRAME_HEAD || message_shape(f->type) == NULL)
		return SEK_EPARSE;
	f->len = len;
	return 0;
}

int
frame_next(struct frame *f, struct str *rest)
{
	struct rbuf r = rbuf_of(rest->p, rest->n);
	uint32_t len;

	f->fd = -1;
	f->len = 0;
	if (rest->n == 0)
		return FRAME_EOF;
	if (rest->n < FRAME_HEAD)
		return SEK_EPARSE;
	f->type = rbuf_u16(&r);
	if (rbuf_u16(&r) != VERSION || message_shape(f->type) == NULL ||
	    f->type == MSG_MANY)
		return SEK_EPARSE;
	len = rbuf_u32(&r);
	if (len > rest->n - FRAME_HEAD || len > sizeof(f->body))
		return SEK_EPARSE;
	memcpy(f->body, rest->p + FRAME_HEAD, len);
	f->len = len;
	*rest = (struct str){ rest->p + FRAME_HEAD + len, rest->n - FRAME_HEAD - len };
	return 0;
}

static int
read_failed(void)
{
	switch (errno) {
	case EAGAIN:
		return FRAME_AGAIN;
	case ECONNRESET:
	case EPIPE:
		return FRAME_EOF;
	default:
		return SEK_ESYS;
	}
}

/* A peer that closed without reading all of ours leaves ECONNRESET before its
 * own last messages; asking again gets them. */
static ssize_t
receive(int sock, struct msghdr *m)
{
	size_t room = m->msg_controllen;
	bool reset = false;

	for (;;) {
		ssize_t n = recvmsg(sock, m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

		if (n >= 0 || (errno != EINTR && (errno != ECONNRESET || reset)))
			return n;
		reset = reset || errno == ECONNRESET;
		m->msg_controllen = room;
	}
}

int
frame_read(int sock, struct frame *f)
{
	uint8_t head[FRAME_HEAD];
	struct iovec io[2] = {
		{ head, sizeof(head) }, { f->body, sizeof(f->body) },
	};
	union control control;
	struct msghdr m = {
		.msg_iov = io, .msg_iovlen = 2,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	size_t fds;
	ssize_t n;

	f->fd = -1;
	f->len = 0;
	n = receive(sock, &m);
	if (n < 0)
		return read_failed();
	fds = take_fds(&m, &f->fd);
	if (n == 0 && fds == 0)
		return FRAME_EOF;	/* an empty packet says the same */
	if (fds > 1 || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    check_head(f, head, (size_t)n) != 0) {
		if (f->fd >= 0)
			close(f->fd);
		f->fd = -1;
		f->len = 0;
		return SEK_EPARSE;
	}
	return 0;
}

ssize_t
frame_encode(uint8_t *out, size_t cap, unsigned type, const void *msg)
{
	struct wbuf w = wbuf_of(out, cap < FRAME_MAX ? cap : FRAME_MAX);
	const struct shape *s = message_shape(type);
	size_t len;

	if (s == NULL)
		return SEK_EPARSE;
	wbuf_u16(&w, (uint16_t)type);
	wbuf_u16(&w, VERSION);
	wbuf_u32(&w, 0);
	shape_encode(&w, s, msg);
	if (w.err != 0)
		return w.err;
	len = w.len;
	w.len = FRAME_HEAD - sizeof(uint32_t);
	wbuf_u32(&w, (uint32_t)(len - FRAME_HEAD));
	return (ssize_t)len;
}

static int
write_failed(void)
{
	switch (errno) {
	case EAGAIN:
	case ENOBUFS:
		return FRAME_AGAIN;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return FRAME_EOF;
	case EMSGSIZE:
		return SEK_ELIMIT;
	default:
		return SEK_ESYS;
	}
}

static void
put_fd(struct msghdr *m, union control *control, int fd)
{
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	m->msg_control = control;
	m->msg_controllen = sizeof(*control);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

int
frame_send(int sock, const uint8_t *octets, size_t n, int fd)
{
	struct iovec io = { (void *)(uintptr_t)octets, n };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	union control control;
	ssize_t sent;

	if (fd >= 0)
		put_fd(&m, &control, fd);
	do
		sent = sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? write_failed() : 0;
}

int
frame_write(int sock, unsigned type, const void *msg, int fd)
{
	uint8_t octets[FRAME_MAX];
	ssize_t n = frame_encode(octets, sizeof(octets), type, msg);

	return n < 0 ? (int)n : frame_send(sock, octets, (size_t)n, fd);
}

int
frame_decode(void *msg, size_t size, const struct frame *f)
{
	const struct shape *s = message_shape(f->type);

	if (s == NULL)
		return SEK_EPARSE;
	assert(size == s->size);
	return shape_decode(msg, s, rbuf_of(f->body, f->len));
}

int
frame_pair(int pair[2])
{
	int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;

	return socketpair(AF_UNIX, type, 0, pair) == 0 ? 0 : SEK_ESYS;
}
