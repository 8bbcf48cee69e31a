#include "serve/worker.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "fact/answer.h"
#include "sys/frame.h"
#include "sys/published.h"

enum {
	QUERY_MAX = 2048,	/* longer ones are cut, which is a FORMERR */
	CONTROL_MAX = 64,	/* CMSG_SPACE of one in6_pktinfo is 40 */
};

struct slot {
	struct sockaddr_storage	peer;
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_MAX];
	uint8_t			query[QUERY_MAX];
	uint8_t			answer[DNS_EDNS];
	struct iovec		in_v, out_v;
};

struct worker {
	int			control;
	const struct clock	*clock;
	size_t			n_sockets;
	int			sockets[WORKER_SOCKETS];
	struct published	published;
	struct worker_stats	stats;
	struct slot		slots[WORKER_BATCH];
	struct mmsghdr		in[WORKER_BATCH], out[WORKER_BATCH];
	struct frame		frame;
};

static void
slot_ready(struct worker *w, size_t i)
{
	struct msghdr *m = &w->in[i].msg_hdr;

	m->msg_namelen = sizeof(w->slots[i].peer);
	m->msg_controllen = sizeof(w->slots[i].control);
	m->msg_flags = 0;
}

struct worker *
worker_new(int control, const struct clock *clock)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->control = control;
	w->clock = clock;
	for (size_t i = 0; i < WORKER_BATCH; i++) {
		struct slot *s = &w->slots[i];

		s->in_v = (struct iovec){ s->query, sizeof(s->query) };
		w->in[i].msg_hdr = (struct msghdr){ .msg_name = &s->peer,
			.msg_iov = &s->in_v, .msg_iovlen = 1,
			.msg_control = s->control };
		slot_ready(w, i);
	}
	return w;
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	for (size_t i = 0; i < w->n_sockets; i++)
		close(w->sockets[i]);
	published_close(&w->published);
	free(w);
}

const struct worker_stats *
worker_stats(const struct worker *w)
{
	return &w->stats;
}

/* The parent's messages -------------------------------------------------- */

/* On a wildcard socket the answer must leave from the address that was asked;
 * where the option is refused the kernel chooses. */
static void
ask_where(int fd)
{
	const int on = 1;

	(void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
}

static int
take_socket(struct worker *w, struct frame *f)
{
	struct msg_socket m;

	if (frame_decode(&m, sizeof(m), f) != 0 || f->fd < 0)
		return SEK_EPARSE;
	if (!str_eq(m.name, STR("dns-udp")) || w->n_sockets == WORKER_SOCKETS) {
		log_event(LOG_LV_WARN, "socket-refused", LOG_T("name", m.name));
		return 0;
	}
	ask_where(f->fd);
	w->sockets[w->n_sockets++] = f->fd;
	f->fd = -1;
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
	if (err >= 0) {
		w->stats.published++;
		return 0;
	}
	w->stats.refused++;	/* the last good one stays */
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

static void
count(struct worker_stats *s, const struct answer_info *info)
{
	if (info->rcode < WORKER_RCODES)
		s->rcodes[info->rcode]++;
	s->listed += info->listed;
	s->truncated += info->truncated;
}

/* Answers slot i into out[n].  Returns whether there is an answer. */
static bool
answer_slot(struct worker *w, size_t i, size_t n, struct wall now)
{
	struct slot *s = &w->slots[i];
	struct msghdr *in = &w->in[i].msg_hdr;
	struct answer_info info;
	const struct answer_asker who = { .now = now };
	size_t len = answer_make(&w->published.s, s->query, w->in[i].msg_len,
	    &who, s->answer, sizeof(s->answer), &info);

	w->stats.queries++;
	if (len == 0) {
		w->stats.dropped++;
		return false;
	}
	count(&w->stats, &info);
	forget_interface(in);
	s->out_v = (struct iovec){ s->answer, len };
	w->out[n].msg_hdr = (struct msghdr){ .msg_name = &s->peer,
		.msg_namelen = in->msg_namelen, .msg_iov = &s->out_v,
		.msg_iovlen = 1, .msg_controllen = in->msg_controllen,
		.msg_control = in->msg_controllen > 0 ? s->control : NULL };
	return true;
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
		w->stats.unsent++;
		at++;
	}
}

static void
serve_batch(struct worker *w, int fd)
{
	int got = recvmmsg(fd, w->in, WORKER_BATCH, MSG_DONTWAIT, NULL);
	struct wall now;
	size_t n = 0;

	if (got <= 0)
		return;		/* an ICMP error of an answer sent before, too */
	now = w->clock->wall(w->clock);
	for (size_t i = 0; i < (size_t)got; i++)
		n += answer_slot(w, i, n, now);
	send_all(w, fd, n);
	for (size_t i = 0; i < (size_t)got; i++)
		slot_ready(w, i);
}

int
worker_step(struct worker *w, int timeout_ms)
{
	struct pollfd p[1 + WORKER_SOCKETS] = { { .fd = w->control, .events = POLLIN } };
	size_t n = w->n_sockets;
	int err;

	for (size_t i = 0; i < n; i++)
		p[1 + i] = (struct pollfd){ .fd = w->sockets[i], .events = POLLIN };
	if (poll(p, (nfds_t)(1 + n), timeout_ms) < 0)
		return errno == EINTR ? 0 : SEK_ESYS;
	if (p[0].revents != 0) {
		err = read_control(w);
		if (err != 0)
			return err;
	}
	for (size_t i = 0; i < n; i++)
		if (p[1 + i].revents != 0)
			serve_batch(w, w->sockets[i]);
	return 0;
}

static void
log_stats(const struct worker_stats *s)
{
	log_event(LOG_LV_INFO, "dns-stop",
	    LOG_N("queries", s->queries), LOG_N("listed", s->listed),
	    LOG_N("noerror", s->rcodes[DNS_NOERROR]),
	    LOG_N("nxdomain", s->rcodes[DNS_NXDOMAIN]),
	    LOG_N("formerr", s->rcodes[DNS_FORMERR]),
	    LOG_N("servfail", s->rcodes[DNS_SERVFAIL]),
	    LOG_N("notimp", s->rcodes[DNS_NOTIMP]),
	    LOG_N("refused", s->rcodes[DNS_REFUSED]),
	    LOG_N("badvers", s->rcodes[DNS_BADVERS]),
	    LOG_N("truncated", s->truncated), LOG_N("dropped", s->dropped),
	    LOG_N("unsent", s->unsent), LOG_N("published", s->published),
	    LOG_N("bad_snapshots", s->refused));
}

int
worker_run(struct worker *w)
{
	int err;

	do
		err = worker_step(w, -1);
	while (err == 0);
	log_stats(&w->stats);
	return err == WORKER_STOP ? 0 : err;
}
