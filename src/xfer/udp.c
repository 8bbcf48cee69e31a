#include "xfer/udp.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/frame.h"
#include "sys/peer.h"

enum { BURST = 32 };		/* in one turn of the loop */

struct udp {
	struct server		*server;
	struct loop_watch	*watch;
	int			 fd;
	struct frame		 frame;
	uint8_t			 out[SERVER_ANSWER];
};

union control {
	struct cmsghdr	align;
	char		octets[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static void
put_control(struct msghdr *m, union control *control, int level, int type,
    const void *data, size_t n)
{
	struct cmsghdr *c = &control->align;

	memset(control, 0, sizeof(*control));
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), data, n);
	m->msg_control = control;
	m->msg_controllen = CMSG_SPACE(n);
}

/* The answer must leave from the address that was asked. */
static void
put_local(struct msghdr *m, union control *control, const struct addr *local)
{
	struct in_pktinfo v4 = { .ipi_ifindex = 0 };
	struct in6_pktinfo v6 = { .ipi6_ifindex = 0 };

	if (addr_eq(local, &addr_none))
		return;
	if (addr_is_v4(local)) {
		memcpy(&v4.ipi_spec_dst, local->o + 12, 4);
		put_control(m, control, IPPROTO_IP, IP_PKTINFO, &v4, sizeof(v4));
	} else {
		memcpy(&v6.ipi6_addr, local->o, sizeof(local->o));
		put_control(m, control, IPPROTO_IPV6, IPV6_PKTINFO, &v6, sizeof(v6));
	}
}

/* What cannot be sent is lost, as any datagram may be. */
static void
send_answer(struct udp *u, const struct msg_signed *q, int fd, size_t len)
{
	struct sockaddr_storage ss;
	struct iovec io = { u->out, len };
	struct msghdr m = { .msg_name = &ss, .msg_iov = &io, .msg_iovlen = 1,
		.msg_namelen = peer_sockaddr(&ss, &q->peer, q->port) };
	struct counters_slot *counters = u->server->udp_counters;
	union control control;

	put_local(&m, &control, &q->local);
	if (sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && counters != NULL)
		counters_add(counters, COUNTER_UNSENT, 1);
}

/* Shows an answer of len octets to who looks at some of them. */
static void
tap(const struct udp *u, const struct msg_signed *q, size_t len)
{
	const struct tap_answer a = {
		.peer = q->peer, .port = q->port,
		.query = (const uint8_t *)q->query.p, .query_len = q->query.n,
		.answer = u->out, .answer_len = len,
	};

	dnstap_answer(u->server->dnstap, &a);
}

static void
answer(struct udp *u, const struct frame *f)
{
	struct server_client client = { .udp = true };
	struct transfer *t = NULL;
	struct msg_signed q;
	size_t len = 0;
	int err = f->type != MSG_SIGNED || f->fd < 0 ? SEK_EPARSE :
	    frame_decode(&q, sizeof(q), f);

	if (err != 0)
		return;
	client.addr = q.peer;
	err = server_query(u->server, &client, (const uint8_t *)q.query.p, q.query.n,
	    u->out, sizeof(u->out), &len, &t);
	if (err == 0 && len > 0) {
		tap(u, &q, len);
		send_answer(u, &q, f->fd, len);
	}
	transfer_free(t, "asked for by UDP");	/* there is none */
}

static void
on_ready(void *ctx, unsigned ready)
{
	struct udp *u = ctx;

	(void)ready;
	for (unsigned i = 0; i < BURST; i++) {
		int err = frame_read(u->fd, &u->frame);

		if (err == FRAME_EOF)	/* the parent is gone, and so are we soon */
			loop_want(u->watch, 0);
		if (err == FRAME_AGAIN || err == FRAME_EOF || err == SEK_ESYS)
			return;
		if (err != 0)
			continue;	/* a worker that speaks nonsense */
		answer(u, &u->frame);
		if (u->frame.fd >= 0)
			close(u->frame.fd);
	}
}

int
udp_new(struct udp **out, struct server *s, int fd)
{
	struct udp *u = calloc(1, sizeof(*u));
	int err = u == NULL ? SEK_ENOMEM :
	    loop_watch(&u->watch, s->loop, fd, LOOP_READ, on_ready, u);

	if (err != 0) {
		free(u);
		close(fd);
		return err;
	}
	u->server = s;
	u->fd = fd;
	*out = u;
	return 0;
}

void
udp_free(struct udp *u)
{
	if (u == NULL)
		return;
	loop_unwatch(u->watch);
	close(u->fd);
	free(u);
}
