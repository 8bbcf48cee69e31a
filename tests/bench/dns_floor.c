/* tests/bench/dns_floor.c -- what answering costs before anything is looked up.
 *
 *	dns_floor PORT
 *
 * The system calls of serve/worker.c, with the same batch and options, on a
 * socket that is bound to an address as the measured ones are; the answer is the query with QR set and 16 octets more, as many as
 * an A record has.  Ends by a signal. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "need.h"
#include "serve/worker.h"

enum { QUERY_MAX = 1280, ANSWER_MAX = 1232, MORE = 16, HEAD = 12 };

struct slot {
	struct sockaddr_in6	peer;
	uint8_t			query[QUERY_MAX], answer[ANSWER_MAX];
	struct iovec		in_v, out_v;
};

static struct slot slots[WORKER_BATCH];
static struct mmsghdr in[WORKER_BATCH], out[WORKER_BATCH];

static void
slot_ready(size_t i)
{
	struct slot *s = &slots[i];

	s->in_v = (struct iovec){ s->query, sizeof(s->query) };
	in[i].msg_hdr = (struct msghdr){ .msg_name = &s->peer,
		.msg_namelen = sizeof(s->peer), .msg_iov = &s->in_v,
		.msg_iovlen = 1 };
}

static void
answer(size_t i, size_t n)
{
	struct slot *s = &slots[i];
	struct msghdr *m = &in[i].msg_hdr;
	size_t len = in[i].msg_len + MORE;

	if (len > ANSWER_MAX)
		len = ANSWER_MAX;
	memcpy(s->answer, s->query, len - MORE);
	s->answer[2] |= 0x80;
	s->out_v = (struct iovec){ s->answer, len };
	out[n].msg_hdr = (struct msghdr){ .msg_name = &s->peer,
		.msg_namelen = m->msg_namelen, .msg_iov = &s->out_v,
		.msg_iovlen = 1 };
}

static void
serve(int fd)
{
	int got = recvmmsg(fd, in, WORKER_BATCH, MSG_DONTWAIT, NULL);
	size_t n = 0, at = 0;

	for (int i = 0; i < got; i++)
		if (in[i].msg_len >= HEAD)
			answer((size_t)i, n++);
	while (at < n) {
		int sent = sendmmsg(fd, out + at, (unsigned)(n - at), MSG_DONTWAIT);

		at += sent > 0 ? (size_t)sent : 1;
	}
	for (int i = 0; i < got; i++)
		slot_ready((size_t)i);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in me = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), pair[2];
	struct pollfd p[2];

	need(argc == 2, "usage: dns_floor PORT");
	me.sin_port = htons((uint16_t)atoi(argv[1]));
	me.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	need(bind(fd, (struct sockaddr *)&me, sizeof(me)) == 0, "bind");
	need(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0, "socketpair");
	for (size_t i = 0; i < WORKER_BATCH; i++)
		slot_ready(i);
	p[0] = (struct pollfd){ .fd = pair[0], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = fd, .events = POLLIN };
	for (;;)
		if (poll(p, 2, -1) > 0 && p[1].revents != 0)
			serve(fd);
}
