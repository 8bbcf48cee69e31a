/* frame_read(), frame_decode() and frame_next() on a hostile packet: the first octet of the
 * input says how many descriptors go with it.  What is decoded must encode to
 * the same octets, and no descriptor may leak. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
must(int yes)
{
	if (!yes)
		abort();
}

static int
next_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static bool
send_packet(int sock, const uint8_t *p, size_t n, size_t fds)
{
	union {
		struct cmsghdr	align;
		char		o[CMSG_SPACE(3 * sizeof(int))];
	} control;
	struct iovec io = { (void *)(uintptr_t)p, n };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	int all[3] = { STDERR_FILENO, STDERR_FILENO, STDERR_FILENO };

	memset(&control, 0, sizeof(control));
	if (fds > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(fds * sizeof(int));
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(fds * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), all, fds * sizeof(int));
	}
	return sendmsg(sock, &m, MSG_DONTWAIT) == (ssize_t)n;
}

/* Decodes and encodes again. */
static void
around(const struct frame *f)
{
	const struct shape *s = message_shape(f->type);
	static uint8_t again[FRAME_MAX];
	void *msg;
	ssize_t n;

	must(s != NULL);
	msg = malloc(s->size);
	must(msg != NULL);
	if (frame_decode(msg, s->size, f) == 0) {
		n = frame_encode(again, sizeof(again), f->type, msg);
		must(n == (ssize_t)(f->len + FRAME_HEAD));
		must(memcmp(again + FRAME_HEAD, f->body, f->len) == 0);
	}
	free(msg);
}

/* What a MSG_MANY holds, to its end or to the first that breaks the rules. */
static void
unpack(const struct frame *f)
{
	static struct frame one;
	struct msg_many m;
	int rc;

	if (f->type != MSG_MANY || frame_decode(&m, sizeof(m), f) != 0)
		return;
	while ((rc = frame_next(&one, &m.frames)) == 0) {
		must(one.type != MSG_MANY && one.fd == -1);
		around(&one);
	}
	must(rc == FRAME_EOF ? m.frames.n == 0 : rc == SEK_EPARSE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct frame f;
	int pair[2], before, rc;

	if (n < 1)
		return 0;
	before = next_fd();
	must(frame_pair(pair) == 0);
	if (send_packet(pair[0], p + 1, n - 1, p[0] % 4)) {
		rc = frame_read(pair[1], &f);
		must(rc == 0 || rc == SEK_EPARSE ||
		    (rc == FRAME_EOF && n == 1));
		must(rc == 0 || f.fd == -1);
		must(f.fd == -1 || p[0] % 4 == 1);
		if (rc == 0)
			around(&f);
		if (rc == 0)
			unpack(&f);
		if (f.fd >= 0)
			close(f.fd);
	}
	close(pair[0]);
	close(pair[1]);
	must(next_fd() == before);
	return 0;
}
