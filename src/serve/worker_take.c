#include <netinet/in.h>
#include <unistd.h>

#include "base/log.h"
#include "serve/worker_body.h"

/* Sockets ---------------------------------------------------------------- */

static struct socket
socket_of(int fd)
{
	const struct addr any = addr_v4(0, 0, 0, 0);
	union peer at = { .in6 = { .sin6_family = AF_INET6 } };
	socklen_t n = sizeof(at);
	struct socket s = { .fd = fd };

	(void)getsockname(fd, &at.sa, &n);	/* where it fails: as wildcard */
	s.at = worker_addr(&at);
	s.port = worker_port(&at);
	s.wildcard = addr_eq(&s.at, &any) || addr_eq(&s.at, &addr_none);
	return s;
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
	*s = socket_of(fd);
	ask_where(s);
	w->n_sockets++;
	return true;
}

static bool
take_signed(struct worker *w, int fd)
{
	if (w->signed_way.to >= 0)
		close(w->signed_way.to);
	w->signed_way.to = fd;
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
		{ { "signed-out", 10 }, take_signed },
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

/* Memory ----------------------------------------------------------------- */

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

/* Messages --------------------------------------------------------------- */

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

int
worker_take(struct worker *w)
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
