#include <errno.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "serve/worker_body.h"
#include "wire/udp_frame.h"

_Static_assert((int)DNS_EDNS <= (int)TAP_ANSWER, "every answer fits into the tap");

enum {
	BATCHES = 16,		/* of one socket in a turn, while they are full */
	SETTLE_MS = 1000,	/* after the last batch: what got lost is counted */
};

/* Makes place i, as the kernel left it, ready for the next datagram. */
static void
place_ready(struct worker *w, size_t i)
{
	struct msghdr *m = &w->in[i].msg_hdr;

	m->msg_namelen = sizeof(w->peers[i]);
	m->msg_control = w->ask_where ? w->controls[i].o : NULL;
	m->msg_controllen = w->ask_where ? CONTROL_MAX : 0;
	m->msg_flags = 0;
}

struct worker *
worker_new(int control, const struct clock *clock,
    const struct worker_setup *setup)
{
	struct worker *w = aligned_alloc(_Alignof(struct worker), sizeof(*w));

	if (w == NULL)
		return NULL;
	memset(w, 0, sizeof(*w));
	w->control = control;
	w->clock = clock;
	w->policy = setup->policy;
	w->rate = setup->rate;
	w->slip = setup->slip;
	w->signed_way.to = -1;
	w->signed_way.n_from = setup->n_signers;
	memcpy(w->signed_way.from, setup->signers, sizeof(setup->signers));
	w->count = &w->own;
	w->frames = -1;
	for (size_t i = 0; i < WORKER_BATCH; i++) {
		w->in_v[i] = (struct iovec){ w->queries[i], QUERY_MAX };
		w->in[i].msg_hdr = (struct msghdr){ .msg_name = &w->peers[i],
			.msg_iov = &w->in_v[i], .msg_iovlen = 1 };
		w->out[i].msg_hdr = (struct msghdr){ .msg_iovlen = 1,
			.msg_iov = &w->out_v[i] };
		place_ready(w, i);
	}
	return w;
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n_sockets; i++)
		close(w->sockets[i].fd);
	for (size_t i = 0; i < w->n_xdp; i++)
		xdp_free(w->xdp[i]);
	if (w->frames >= 0)
		close(w->frames);
	if (w->signed_way.to >= 0)
		close(w->signed_way.to);
	published_close(&w->published);
	shared_close(&w->counters);
	shared_close(&w->limits);
	shared_close(&w->taps);
	free(w);
}

uint64_t
worker_count(const struct worker *w, enum counter c)
{
	return counters_get(w->count, c);
}

/* Queries ---------------------------------------------------------------- */

/* Interface 0 lets routing choose the way back; only link-local IPv6 needs it. */
static void
forget_interface(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (c != NULL && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
		((struct in_pktinfo *)(void *)CMSG_DATA(c))->ipi_ifindex = 0;
}

struct addr
worker_addr(const union peer *p)
{
	struct addr a;

	if (p->sa.sa_family == AF_INET) {
		a = addr_v4(0, 0, 0, 0);
		memcpy(a.o + 12, &p->in.sin_addr, 4);
	} else {
		memcpy(a.o, &p->in6.sin6_addr, sizeof(a.o));
	}
	return a;
}

uint16_t
worker_port(const union peer *p)
{
	return ntohs(p->in.sin_port);	/* at the same place in both */
}

/* Is a query with a signature not this worker's to answer?  fd: its socket. */
static bool
is_gone(struct worker *w, const struct msg_signed *q, int fd)
{
	switch (signed_hand_over(&w->signed_way, q, fd)) {
	case SIGNED_OVER:
		return true;	/* xfer counts it */
	case SIGNED_LOST:
		counters_add(w->count, COUNTER_QUERIES, 1);
		counters_add(w->count, COUNTER_SIGNED_LOST, 1);
		return true;
	case SIGNED_NOT:
		break;
	}
	return false;
}

/* The same of the i-th datagram. */
static bool
is_datagram_gone(struct worker *w, size_t i, int fd)
{
	const struct msg_signed q = {
		.peer = worker_addr(&w->peers[i]), .port = worker_port(&w->peers[i]),
		.local = signed_local(&w->in[i].msg_hdr),
		.query = { (const char *)w->queries[i], w->in[i].msg_len },
	};

	return is_gone(w, &q, fd);
}

/* Answers the i-th datagram into out[n].  Returns whether there is an answer. */
static bool
answer_one(struct worker *w, size_t i, size_t n, int fd, struct answer_asker *who)
{
	struct msghdr *in = &w->in[i].msg_hdr, *out = &w->out[n].msg_hdr;
	struct answer_info info;
	size_t len;

	who->peer = worker_addr(&w->peers[i]);
	len = answer_quick_make(&w->quick, w->queries[i], w->in[i].msg_len, who,
	    w->answers[n], sizeof(w->answers[n]), &info);
	if (info.tsig && info.verdict == ANSWER_PASS && is_datagram_gone(w, i, fd))
		return false;
	counters_answer(w->count, &info, len);
	if (len == 0)
		return false;
	w->out_v[n] = (struct iovec){ w->answers[n], len };
	out->msg_name = in->msg_name;
	out->msg_namelen = in->msg_namelen;
	out->msg_controllen = in->msg_controllen;
	out->msg_control = NULL;
	if (in->msg_controllen > 0) {
		forget_interface(in);
		out->msg_control = in->msg_control;
	}
	return true;
}

/* Shows one answer to who looks at some of them. */
static void
tap(struct worker *w, const struct tap_answer *a)
{
	w->until_tap = tap_sample(w->tap);
	if (!tap_put(w->tap, a))
		counters_add(w->count, COUNTER_TAP_DROPPED, 1);
}

/* Shows answer n of a batch. */
static void
tap_one(struct worker *w, size_t n)
{
	const union peer *peer = w->out[n].msg_hdr.msg_name;
	size_t i = (size_t)(peer - w->peers);
	const struct tap_answer a = {
		.at = w->clock->wall_ns(w->clock), .peer = worker_addr(peer),
		.port = worker_port(peer),
		.query = w->queries[i], .query_len = w->in[i].msg_len,
		.answer = w->answers[n], .answer_len = w->out_v[n].iov_len,
	};

	tap(w, &a);
}

/* Shows those of the n answers of a batch whose turn it is. */
static void
tap_some(struct worker *w, size_t n)
{
	size_t at = 0;

	while (n - at >= w->until_tap) {
		at += w->until_tap;
		tap_one(w, at - 1);
	}
	w->until_tap -= (uint32_t)(n - at);
}

/* One answer that cannot be sent (port 0, no route) must not hold the rest. */
static void
send_all(struct worker *w, int fd, size_t n)
{
	size_t at = 0;

	while (at < n) {
		int sent = sendmmsg(fd, w->out + at, (unsigned)(n - at), MSG_DONTWAIT);

		if (sent > 0) {
			at += (size_t)sent;
			continue;
		}
		if (sent < 0 && errno == EINTR)
			continue;
		counters_add(w->count, COUNTER_UNSENT, 1);
		at++;
	}
}

/* Reads what is there and answers it.  Returns how many datagrams. */
static size_t
serve_batch(struct worker *w, const struct socket *s)
{
	struct answer_asker who = { .policy = &w->policy };
	int got = recvmmsg(s->fd, w->in, WORKER_BATCH, MSG_DONTWAIT, NULL);
	size_t n = 0;

	if (got <= 0)
		return 0;	/* an ICMP error of an answer sent before, too */
	who.now = w->clock->wall(w->clock);
	ratelimit_now(&w->limit, w->clock->mono(w->clock));
	for (size_t i = 0; i < (size_t)got; i++)
		n += answer_one(w, i, n, s->fd, &who);
	if (w->tap != NULL)
		tap_some(w, n);
	send_all(w, s->fd, n);
	for (size_t i = 0; i < (size_t)got; i++)
		place_ready(w, i);
	return (size_t)got;
}

/* Full batches follow each other at once: more is waiting. */
static void
serve_socket(struct worker *w, const struct socket *s)
{
	size_t batches = 0;

	if (w->ask_where != s->wildcard) {
		w->ask_where = s->wildcard;
		for (size_t i = 0; i < WORKER_BATCH; i++)
			place_ready(w, i);
	}
	while (serve_batch(w, s) == WORKER_BATCH && ++batches < BATCHES)
		;
	w->unsettled = true;
}

/* Frames ----------------------------------------------------------------- */

/* The same of a frame: its answer leaves from the ordinary socket of the address
 * that was asked, which may be a wildcard's. */
static bool
is_frame_gone(struct worker *w, const struct udp_frame *f, const uint8_t *p)
{
	struct msg_signed q = { .peer = f->from, .port = f->port,
		.query = { (const char *)f->data, f->len } };
	uint16_t port;
	int fd = -1;

	q.local = udp_frame_to(&port, f, p);
	for (size_t i = 0; fd < 0 && i < w->n_sockets; i++) {
		const struct socket *s = &w->sockets[i];

		if (s->port == port && (addr_eq(&s->at, &q.local) || (s->wildcard &&
		    addr_is_v4(&s->at) == addr_is_v4(&q.local))))
			fd = s->fd;
	}
	return is_gone(w, &q, fd);
}

/* The answer of len octets to a frame, when its turn has come. */
static void
tap_frame(struct worker *w, const struct udp_frame *f, const uint8_t *answer,
    size_t len)
{
	struct tap_answer a = {
		.peer = f->from, .port = f->port,
		.query = f->data, .query_len = f->len,
		.answer = answer, .answer_len = len,
	};

	if (w->tap == NULL || --w->until_tap > 0)
		return;
	a.at = w->clock->wall_ns(w->clock);
	tap(w, &a);
}

static void
answer_frame(struct worker *w, struct xdp *x, const struct xdp_frame *in,
    struct answer_asker *who)
{
	uint8_t *out = xdp_room(x);
	struct answer_info info;
	struct udp_frame f;
	size_t len;

	if (udp_frame_read(&f, in->p, in->len) != 0)
		return;
	if (out == NULL) {
		counters_add(w->count, COUNTER_UNSENT, 1);
		return;
	}
	who->peer = f.from;
	len = answer_quick_make(&w->quick, f.data, f.len, who, out + f.head,
	    DNS_EDNS, &info);
	if (info.tsig && info.verdict == ANSWER_PASS && is_frame_gone(w, &f, in->p))
		return;
	counters_answer(w->count, &info, len);
	if (len == 0)
		return;
	tap_frame(w, &f, out + f.head, len);
	xdp_send(x, udp_frame_answer(out, &f, in->p, len));
}

static size_t
serve_frames(struct worker *w, struct xdp *x)
{
	struct answer_asker who = { .policy = &w->policy };
	struct xdp_frame in[XDP_BATCH];
	size_t n = xdp_receive(x, in);

	who.now = w->clock->wall(w->clock);
	ratelimit_now(&w->limit, w->clock->mono(w->clock));
	for (size_t i = 0; i < n; i++)
		answer_frame(w, x, &in[i], &who);
	xdp_flush(x);
	return n;
}

static void
serve_xdp(struct worker *w, struct xdp *x)
{
	size_t batches = 0;

	while (serve_frames(w, x) == XDP_BATCH && ++batches < BATCHES)
		;
}

/* Losses ----------------------------------------------------------------- */

/* What the kernel threw away since its buffer was full, as SO_RXQ_OVFL would
 * say with every datagram; asked for, it costs the datagrams nothing. */
static void
count_lost(struct worker *w)
{
	for (size_t i = 0; i < w->n_sockets; i++) {
		struct socket *s = &w->sockets[i];
		uint32_t info[SK_MEMINFO_VARS];
		socklen_t n = sizeof(info);

		if (getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &n) != 0 ||
		    n <= SK_MEMINFO_DROPS * sizeof(info[0]))
			continue;
		counters_add(w->count, COUNTER_OVERFLOWN,
		    info[SK_MEMINFO_DROPS] - s->lost);
		s->lost = info[SK_MEMINFO_DROPS];
	}
	w->unsettled = false;
}

int
worker_step(struct worker *w, int timeout_ms)
{
	struct pollfd p[1 + WORKER_SOCKETS + WORKER_XDP] = {
		{ .fd = w->control, .events = POLLIN },
	};
	size_t n = w->n_sockets, n_xdp = w->n_xdp;
	int ready, err;

	for (size_t i = 0; i < n; i++)
		p[1 + i] = (struct pollfd){ .fd = w->sockets[i].fd, .events = POLLIN };
	for (size_t i = 0; i < n_xdp; i++)
		p[1 + n + i] = (struct pollfd){ .fd = xdp_fd(w->xdp[i]),
			.events = POLLIN };
	ready = poll(p, (nfds_t)(1 + n + n_xdp), timeout_ms);
	if (ready < 0)
		return errno == EINTR ? 0 : SEK_ESYS;
	if (ready == 0)
		count_lost(w);
	if (p[0].revents != 0) {
		err = worker_take(w);
		if (err != 0)
			return err;
	}
	for (size_t i = 0; i < n; i++)
		if (p[1 + i].revents != 0)
			serve_socket(w, &w->sockets[i]);
	for (size_t i = 0; i < n_xdp; i++)
		if (p[1 + n + i].revents != 0)
			serve_xdp(w, w->xdp[i]);
	return 0;
}

static void
log_counters(const struct counters_slot *s)
{
	log_event(LOG_LV_INFO, "dns-stop",
	    LOG_N("queries", counters_get(s, COUNTER_QUERIES)),
	    LOG_N("listed", counters_get(s, COUNTER_LISTED)),
	    LOG_N("noerror", counters_get(s, COUNTER_NOERROR)),
	    LOG_N("nxdomain", counters_get(s, COUNTER_NXDOMAIN)),
	    LOG_N("formerr", counters_get(s, COUNTER_FORMERR)),
	    LOG_N("servfail", counters_get(s, COUNTER_SERVFAIL)),
	    LOG_N("notimp", counters_get(s, COUNTER_NOTIMP)),
	    LOG_N("refused", counters_get(s, COUNTER_REFUSED)),
	    LOG_N("badvers", counters_get(s, COUNTER_BADVERS)),
	    LOG_N("badcookie", counters_get(s, COUNTER_BADCOOKIE)),
	    LOG_N("truncated", counters_get(s, COUNTER_TRUNCATED)),
	    LOG_N("dropped", counters_get(s, COUNTER_NO_QUERY)),
	    LOG_N("limited", counters_get(s, COUNTER_LIMITED)),
	    LOG_N("unsent", counters_get(s, COUNTER_UNSENT)),
	    LOG_N("lost", counters_get(s, COUNTER_OVERFLOWN)),
	    LOG_N("signed_lost", counters_get(s, COUNTER_SIGNED_LOST)),
	    LOG_N("published", counters_get(s, COUNTER_PUBLISHED)),
	    LOG_N("bad_snapshots", counters_get(s, COUNTER_NOT_PUBLISHED)));
}

int
worker_run(struct worker *w)
{
	int64_t settle_ms = 0;
	int err;

	do {
		/* under load nothing times out: losses are counted all the same */
		if (w->clock->mono(w->clock).ms >= settle_ms) {
			count_lost(w);
			settle_ms = w->clock->mono(w->clock).ms + SETTLE_MS;
		}
		err = worker_step(w, w->unsettled ? SETTLE_MS : -1);
	} while (err == 0);
	count_lost(w);
	log_counters(w->count);
	return err == WORKER_STOP ? 0 : err;
}
