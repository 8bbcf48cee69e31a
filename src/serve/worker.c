#include "serve/worker.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "fact/answer_quick.h"
#include "serve/xdp.h"
#include "sys/frame.h"
#include "sys/published.h"
#include "sys/tap.h"
#include "wire/udp_frame.h"

_Static_assert((int)DNS_EDNS <= (int)TAP_ANSWER, "every answer fits into the tap");

enum {
	QUERY_MAX = 1280,	/* longer ones are cut, which is a FORMERR */
	CONTROL_MAX = 64,	/* CMSG_SPACE of one in6_pktinfo is 40 */
	BATCHES = 16,		/* of one socket in a turn, while they are full */
	SETTLE_MS = 1000,	/* after the last batch: what got lost is counted */
};

union peer {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

struct control {
	_Alignas(struct cmsghdr) uint8_t o[CONTROL_MAX];
};

struct socket {
	int		fd;
	bool		wildcard;	/* bound to no address of its own */
	uint32_t	lost;		/* as the kernel last counted */
};

struct worker {
	int			control;
	const struct clock	*clock;
	struct answer_policy	policy;
	uint32_t		rate, slip;
	struct ratelimit	limit;
	struct published	published;
	struct answer_quick	quick;		/* of what is published */
	struct shared		counters, limits, taps;
	struct tap_ring		*tap;		/* or NULL: nobody looks */
	uint32_t		until_tap;	/* answers up to the next one */
	struct counters_slot	*count;		/* in counters, or own */
	struct counters_slot	own;
	bool			unsettled;	/* served since losses were counted */
	bool			ask_where;	/* the places are ready for a wildcard socket */
	size_t			n_sockets;
	struct socket		sockets[WORKER_SOCKETS];
	int			frames;		/* of the next AF_XDP socket; -1 none */
	size_t			n_xdp;
	struct xdp		*xdp[WORKER_XDP];
	/* one of each for each place of a batch */
	struct mmsghdr		in[WORKER_BATCH], out[WORKER_BATCH];
	struct iovec		in_v[WORKER_BATCH], out_v[WORKER_BATCH];
	union peer		peers[WORKER_BATCH];
	struct control		controls[WORKER_BATCH];
	uint8_t			queries[WORKER_BATCH][QUERY_MAX];
	uint8_t			answers[WORKER_BATCH][DNS_EDNS];
	struct frame		frame;
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

/* The parent's messages -------------------------------------------------- */

static bool
is_wildcard(int fd)
{
	union peer at = { .in6 = { .sin6_family = AF_UNSPEC } };
	socklen_t n = sizeof(at);

	if (getsockname(fd, &at.sa, &n) != 0)
		return true;
	return at.sa.sa_family == AF_INET ? at.in.sin_addr.s_addr == INADDR_ANY :
	    IN6_IS_ADDR_UNSPECIFIED(&at.in6.sin6_addr);
}

/* On a wildcard socket the answer must leave from the address that was asked;
 * where the option is refused the kernel chooses.  Other sockets are spared
 * what it costs with each datagram. */
static void
ask_where(const struct socket *s)
{
	const int on = 1;

	if (!s->wildcard)
		return;
	(void)setsockopt(s->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	(void)setsockopt(s->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
}

/* Each taker owns fd when it returns true. */
static bool
take_udp(struct worker *w, int fd)
{
	struct socket *s = &w->sockets[w->n_sockets];

	if (w->n_sockets == WORKER_SOCKETS)
		return false;
	*s = (struct socket){ .fd = fd, .wildcard = is_wildcard(fd) };
	ask_where(s);
	w->n_sockets++;
	return true;
}

static bool
take_frames(struct worker *w, int fd)
{
	if (w->frames >= 0)
		close(w->frames);
	w->frames = fd;
	return true;
}

/* The queue of one that cannot be used is the kernel's again. */
static bool
take_xdp(struct worker *w, int fd)
{
	int frames = w->frames, err;

	if (frames < 0 || w->n_xdp == WORKER_XDP)
		return false;
	w->frames = -1;
	err = xdp_new(&w->xdp[w->n_xdp], fd, frames);
	w->n_xdp += err == 0;
	if (err != 0)
		log_event(LOG_LV_WARN, "socket-refused", LOG_Z("name", "dns-xdp"));
	return true;
}

static int
take_socket(struct worker *w, struct frame *f)
{
	static const struct {
		struct str	name;
		bool		(*take)(struct worker *w, int fd);
	} known[] = {
		{ { "dns-udp", 7 }, take_udp }, { { "dns-xdp", 7 }, take_xdp },
		{ { "dns-xdp-frames", 14 }, take_frames },
	};
	struct msg_socket m;

	if (frame_decode(&m, sizeof(m), f) != 0 || f->fd < 0)
		return SEK_EPARSE;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq(m.name, known[i].name) && known[i].take(w, f->fd)) {
			f->fd = -1;
			return 0;
		}
	log_event(LOG_LV_WARN, "socket-refused", LOG_T("name", m.name));
	return 0;
}

static void
take_counters(struct worker *w, const struct msg_shared *m, int fd)
{
	struct counters_slot *slot = NULL;

	if (shared_take(&w->counters, m, fd, sizeof(*slot), true) == 0)
		slot = counters_slot(&w->counters, m->index);
	w->count = slot != NULL ? slot : &w->own;
	if (slot == NULL)
		log_event(LOG_LV_ERR, "shared-refused", LOG_T("name", m->name));
}

static void
take_limit(struct worker *w, const struct msg_shared *m, int fd)
{
	w->policy.limit = NULL;
	if (shared_take(&w->limits, m, fd, 2 * SHARED_LINE, true) != 0) {
		log_event(LOG_LV_ERR, "shared-refused", LOG_T("name", m->name));
		return;
	}
	if (w->rate == 0)
		return;
	ratelimit_set(&w->limit, &w->limits, w->rate, w->slip);
	w->policy.limit = ratelimit_ask;
	w->policy.limit_ctx = &w->limit;
}

static void
take_tap(struct worker *w, const struct msg_shared *m, int fd)
{
	w->tap = NULL;
	if (shared_take(&w->taps, m, fd, tap_octets(1), true) == 0)
		w->tap = tap_ring(&w->taps, m->index);
	if (w->tap != NULL)
		w->until_tap = tap_sample(w->tap);
	else
		log_event(LOG_LV_ERR, "shared-refused", LOG_T("name", m->name));
}

/* What cannot be had is said in the log; answers go on without. */
static int
take_shared(struct worker *w, struct frame *f)
{
	static const struct {
		struct str	name;
		void		(*take)(struct worker *w, const struct msg_shared *m, int fd);
	} known[] = {
		{ { "dns-counters", 12 }, take_counters },
		{ { "dns-limit", 9 }, take_limit }, { { "dns-tap", 7 }, take_tap },
	};
	struct msg_shared m;

	if (frame_decode(&m, sizeof(m), f) != 0)
		return SEK_EPARSE;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!str_eq(m.name, known[i].name))
			continue;
		known[i].take(w, &m, f->fd);
		f->fd = -1;
	}
	return 0;
}

static int
take_snapshot(struct worker *w, struct frame *f)
{
	struct msg_publish m;
	const char *why;
	int err;

	if (frame_decode(&m, sizeof(m), f) != 0)
		return SEK_EPARSE;
	err = published_take(&w->published, &m, f->fd, &why);
	f->fd = -1;
	answer_quick_set(&w->quick, &w->published.s);
	if (err >= 0) {
		counters_add(w->count, COUNTER_PUBLISHED, 1);
		return 0;
	}
	counters_add(w->count, COUNTER_NOT_PUBLISHED, 1);	/* the last good one stays */
	log_event(LOG_LV_ERR, "snapshot-refused", LOG_N("kind", m.kind),
	    LOG_N("serial", m.serial), LOG_Z("part", why),
	    LOG_Z("why", sek_strerror(err)));
	return 0;
}

static int
take_message(struct worker *w, struct frame *f)
{
	switch (f->type) {
	case MSG_SOCKET:
		return take_socket(w, f);
	case MSG_PUBLISH:
		return take_snapshot(w, f);
	case MSG_SHARED:
		return take_shared(w, f);
	case MSG_STOP:
		return WORKER_STOP;
	case MSG_CONF:		/* nothing of it concerns a worker that runs */
		return 0;
	default:
		return SEK_EPARSE;
	}
}

static int
read_control(struct worker *w)
{
	for (;;) {
		int err = frame_read(w->control, &w->frame);

		if (err == FRAME_AGAIN)
			return 0;
		if (err == FRAME_EOF)
			return WORKER_STOP;
		if (err != 0)
			return err;
		err = take_message(w, &w->frame);
		if (w->frame.fd >= 0)
			close(w->frame.fd);
		if (err != 0)
			return err;
	}
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

static struct addr
addr_of(const union peer *p)
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

/* Answers the i-th datagram into out[n].  Returns whether there is an answer. */
static bool
answer_one(struct worker *w, size_t i, size_t n, struct answer_asker *who)
{
	struct msghdr *in = &w->in[i].msg_hdr, *out = &w->out[n].msg_hdr;
	struct answer_info info;
	size_t len;

	who->peer = addr_of(&w->peers[i]);
	len = answer_quick_make(&w->quick, w->queries[i], w->in[i].msg_len, who,
	    w->answers[n], sizeof(w->answers[n]), &info);
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

/* Answer n of a batch, for who looks at some of them. */
static void
tap_one(struct worker *w, size_t n, struct wall now)
{
	const union peer *peer = w->out[n].msg_hdr.msg_name;
	size_t i = (size_t)(peer - w->peers), len = w->in[i].msg_len;
	struct tap_entry *e = len <= TAP_QUERY ? tap_place(w->tap) : NULL;

	if (e == NULL)
		return;
	e->at = now;
	e->peer = addr_of(peer);
	e->port = ntohs(peer->in.sin_port);	/* at the same place in both */
	e->query_len = (uint16_t)len;
	memcpy(e->query, w->queries[i], len);
	e->answer_len = (uint16_t)w->out_v[n].iov_len;
	memcpy(e->answer, w->answers[n], e->answer_len);
	tap_put(w->tap);
}

/* Every so manieth of the n answers of a batch. */
static void
tap_some(struct worker *w, size_t n, struct wall now)
{
	size_t at = 0;

	while (n - at >= w->until_tap) {
		at += w->until_tap;
		tap_one(w, at - 1, now);
		w->until_tap = tap_sample(w->tap);
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
		n += answer_one(w, i, n, &who);
	if (w->tap != NULL)
		tap_some(w, n, who.now);
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
	counters_answer(w->count, &info, len);
	if (len > 0)
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
		err = read_control(w);
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
