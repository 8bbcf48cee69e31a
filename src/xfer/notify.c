#include "xfer/notify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/peer.h"

enum {
	OPCODE_NOTIFY = 4 << 11,	/* RFC 1996 4.5 */
	ASK_ROOM = DNS_HEAD + 2 * (DNS_NAME_MAX + 10) + ANSWER_RDATA + TSIG_ROOM,
	ANSWER_ROOM = 2048,	/* octets: question, perhaps the SOA, TSIG */
	BURST = 64,		/* answers read in one turn */
};

struct state {			/* of one secondary and one zone */
	bool		 due, fresh;	/* fresh: there is a serial not told yet */
	bool		 open;		/* an answer would be taken */
	bool		 silent;	/* told something, and no answer since */
	bool		 failed;	/* that is logged */
	int64_t		 due_ms, last_ms, since_ms;	/* since: when silent began */
	unsigned	 tries;		/* how often it was told this serial */
	uint16_t	 id;
	unsigned	 said;		/* rcode of what came without its signature */
	struct tsig	*asked;		/* NULL: not signed; owned */
};

struct secondary {
	struct conf_listen	at;
	struct state		state[NOTIFY_ZONES];
};

struct about {
	bool			known;
	uint32_t		serial;
	struct answer_record	soa;
};

struct source_socket {
	struct notify		*n;
	struct loop_watch	*watch;
	int			 fd;
	bool			 v4;
};

struct notify {
	struct loop		*loop;
	const struct clock	*clock;
	struct rand		*rand;
	struct loop_timer	*timer;
	const struct tsig_ring	*ring;
	size_t			 n_sockets, n_to;
	struct source_socket	 sockets[NOTIFY_SOCKETS];
	struct about		 about[NOTIFY_ZONES];
	struct secondary	 to[CONF_NETS];
};

static int64_t
now_ms(const struct notify *n)
{
	return n->clock->mono(n->clock).ms;
}

static const struct source_socket *
socket_for(const struct notify *n, const struct conf_listen *at)
{
	for (size_t i = 0; i < n->n_sockets; i++)
		if (n->sockets[i].v4 == addr_is_v4(&at->addr))
			return &n->sockets[i];
	return NULL;
}

enum became { ANSWERED, FAILED, REFUSED };

static void
log_about(const struct notify *n, const struct secondary *to, size_t zone,
    enum became what, unsigned rcode)
{
	char name[DNS_NAME_TEXT], who[ADDR_TEXT];
	uint32_t serial = n->about[zone].serial;

	dns_name_text(name, &n->about[zone].soa.owner);
	addr_text(who, &to->at.addr);
	if (what == ANSWERED)
		log_event(LOG_LV_INFO, "notify-answered", LOG_Z("zone", name),
		    LOG_Z("secondary", who), LOG_N("port", to->at.port),
		    LOG_N("serial", serial), LOG_N("rcode", rcode));
	else if (what == FAILED)
		log_event(LOG_LV_WARN, "notify-failed", LOG_Z("zone", name),
		    LOG_Z("secondary", who), LOG_N("port", to->at.port),
		    LOG_N("serial", serial), LOG_N("rcode", rcode));
	else
		log_event(LOG_LV_WARN, "notify-refused", LOG_Z("zone", name),
		    LOG_Z("secondary", who), LOG_N("port", to->at.port),
		    LOG_N("serial", serial), LOG_N("rcode", rcode));
}

/* When ------------------------------------------------------------------------ */

/* The timer goes off when the first state is due that can be sent. */
static void
arm(struct notify *n)
{
	int64_t first = INT64_MAX, now = now_ms(n);

	for (size_t i = 0; i < n->n_to; i++)
		for (size_t z = 0; z < NOTIFY_ZONES; z++) {
			const struct state *s = &n->to[i].state[z];

			if (s->due && s->due_ms < first &&
			    socket_for(n, &n->to[i].at) != NULL)
				first = s->due_ms;
		}
	if (first == INT64_MAX)
		loop_timer_stop(n->timer);
	else
		loop_timer_set(n->timer, first > now ? first - now : 0);
}

static int64_t
wait_ms(unsigned tries)
{
	int64_t ms = NOTIFY_FIRST_MS;

	while (--tries > 0 && ms < NOTIFY_MOST_MS)
		ms *= 2;
	return ms < NOTIFY_MOST_MS ? ms : NOTIFY_MOST_MS;
}

static void
closed(struct state *s)
{
	tsig_free(s->asked);
	s->asked = NULL;
	s->open = false;
}

/* Sending --------------------------------------------------------------------- */

static size_t
write_message(uint8_t *out, uint16_t id, const struct answer_record *soa)
{
	struct wbuf w = wbuf_of(out, ASK_ROOM - TSIG_ROOM);
	const struct dns_head h = { .id = id, .flags = OPCODE_NOTIFY | DNS_AA,
		.qd = 1, .an = 1 };

	dns_head_write(&w, &h);
	dns_name_write(&w, &soa->owner);
	wbuf_u16(&w, DNS_SOA);
	wbuf_u16(&w, DNS_IN);
	wbuf_u16(&w, 0xc000 | DNS_HEAD);	/* the same name */
	wbuf_u16(&w, DNS_SOA);
	wbuf_u16(&w, DNS_IN);
	wbuf_u32(&w, soa->ttl_s);
	wbuf_u16(&w, soa->len);
	wbuf_bytes(&w, soa->data, soa->len);
	return w.len;
}

/* One that cannot be sent is as one that was lost: the next try comes. */
static void
send_message(struct notify *n, const struct secondary *to, struct state *s,
    const struct answer_record *soa)
{
	const struct tsig_key *key = tsig_ring_for(n->ring, &to->at.addr);
	const struct source_socket *from = socket_for(n, &to->at);
	struct sockaddr_storage ss;
	socklen_t len = peer_sockaddr(&ss, &to->at.addr, to->at.port);
	uint8_t msg[ASK_ROOM];
	size_t size;

	closed(s);
	s->id = (uint16_t)rand_u64(n->rand);
	size = write_message(msg, s->id, soa);
	if (key != NULL &&
	    tsig_ask(&s->asked, n->ring, key, msg, &size, sizeof(msg)) != 0)
		return;
	s->open = true;
	(void)sendto(from->fd, msg, size, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&ss, len);
}

static void
tell(struct notify *n, struct secondary *to, size_t zone, int64_t now)
{
	struct state *s = &to->state[zone];

	if (!s->silent)
		s->since_ms = now;
	s->silent = true;
	if (!s->failed && now - s->since_ms >= NOTIFY_FAILED_MS) {
		log_about(n, to, zone, FAILED, s->said);
		s->failed = true;
	}
	if (s->fresh)
		s->tries = 0;
	s->due = s->tries < NOTIFY_TRIES;
	if (!s->due)
		return;		/* until the next serial */
	s->fresh = false;
	s->last_ms = now;
	s->tries++;
	s->due_ms = now + wait_ms(s->tries);
	send_message(n, to, s, &n->about[zone].soa);
}

static void
on_timer(void *ctx)
{
	struct notify *n = ctx;
	int64_t now = now_ms(n);

	for (size_t i = 0; i < n->n_to; i++)
		for (size_t z = 0; z < NOTIFY_ZONES; z++)
			if (n->to[i].state[z].due &&
			    n->to[i].state[z].due_ms <= now &&
			    socket_for(n, &n->to[i].at) != NULL)
				tell(n, &n->to[i], z, now);
	arm(n);
}

/* Answers --------------------------------------------------------------------- */

static void
answered(struct notify *n, const struct secondary *to, size_t zone,
    struct state *s, unsigned rcode)
{
	closed(s);
	s->silent = false;
	s->said = 0;
	s->due = s->fresh;
	if (rcode != DNS_NOERROR) {
		if (!s->failed)
			log_about(n, to, zone, REFUSED, rcode);
		s->failed = true;
	} else if (s->failed) {
		log_about(n, to, zone, ANSWERED, rcode);
		s->failed = false;
	}
}

/* The state that waits for that ID, of a secondary, or NOTIFY_ZONES. */
static size_t
waiting(const struct secondary *to, uint16_t id)
{
	size_t z = 0;

	while (z < NOTIFY_ZONES && !(to->state[z].open && to->state[z].id == id))
		z++;
	return z;
}

static void
take(struct notify *n, const struct conf_listen *from, uint8_t *msg, size_t len)
{
	struct rbuf m = rbuf_of(msg, len);
	struct dns_head h;

	dns_head_read(&h, &m);
	if (m.err != 0 || (h.flags & (DNS_QR | DNS_OPCODE_MASK)) !=
	    (DNS_QR | OPCODE_NOTIFY))
		return;
	for (size_t i = 0; i < n->n_to; i++) {
		struct secondary *to = &n->to[i];
		size_t z = waiting(to, h.id);

		if (z == NOTIFY_ZONES || to->at.port != from->port ||
		    !addr_eq(&to->at.addr, &from->addr))
			continue;
		if (to->state[z].asked == NULL ||
		    tsig_answered(to->state[z].asked, msg, len))
			answered(n, to, z, &to->state[z], h.flags & DNS_RCODE_MASK);
		else
			to->state[z].said = h.flags & DNS_RCODE_MASK;
		return;
	}
}

static void
on_ready(void *ctx, unsigned ready)
{
	struct source_socket *s = ctx;
	struct sockaddr_storage ss;
	uint8_t msg[ANSWER_ROOM];

	(void)ready;
	for (unsigned i = 0; i < BURST; i++) {
		socklen_t len = sizeof(ss);
		ssize_t n = recvfrom(s->fd, msg, sizeof(msg), MSG_DONTWAIT,
		    (struct sockaddr *)&ss, &len);
		struct conf_listen from;

		if (n < 0)
			break;
		from = (struct conf_listen){ peer_addr(&ss), peer_port(&ss) };
		take(s->n, &from, msg, (size_t)n);
	}
	arm(s->n);
}

/* ----------------------------------------------------------------------------- */

void
notify_tell(struct notify *n, enum notify_zone zone,
    const struct answer_record *soa, uint32_t serial)
{
	struct about *a = &n->about[zone];
	int64_t now = now_ms(n);

	if (a->known && a->serial == serial)
		return;
	*a = (struct about){ true, serial, *soa };
	for (size_t i = 0; i < n->n_to; i++) {
		struct state *s = &n->to[i].state[zone];
		int64_t soonest = s->last_ms + NOTIFY_GAP_MS;

		s->due_ms = s->last_ms != 0 && soonest > now ? soonest : now;
		s->due = s->fresh = true;
	}
	arm(n);
}

void
notify_keys(struct notify *n, const struct tsig_ring *ring)
{
	n->ring = ring;
}

int
notify_socket(struct notify *n, int fd)
{
	struct source_socket *s = &n->sockets[n->n_sockets];
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	int err = SEK_ELIMIT;

	if (n->n_sockets < NOTIFY_SOCKETS) {
		err = getsockname(fd, (struct sockaddr *)&ss, &len) != 0 ? SEK_ESYS :
		    loop_watch(&s->watch, n->loop, fd, LOOP_READ, on_ready, s);
	}
	if (err != 0) {
		close(fd);
		return err;
	}
	s->n = n;
	s->fd = fd;
	s->v4 = ss.ss_family == AF_INET;
	n->n_sockets++;
	arm(n);
	return 0;
}

int
notify_new(struct notify **out, struct loop *l, struct rand *r,
    const struct conf_listen *to, size_t n_to)
{
	struct notify *n = calloc(1, sizeof(*n));

	if (n == NULL || loop_timer(&n->timer, l, on_timer, n) != 0) {
		free(n);
		return SEK_ENOMEM;
	}
	n->loop = l;
	n->clock = loop_clock(l);
	n->rand = r;
	n->n_to = n_to;
	for (size_t i = 0; i < n_to; i++)
		n->to[i].at = to[i];
	*out = n;
	return 0;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->n_to; i++)
		for (size_t z = 0; z < NOTIFY_ZONES; z++)
			closed(&n->to[i].state[z]);
	while (n->n_sockets > 0) {
		struct source_socket *s = &n->sockets[--n->n_sockets];

		loop_unwatch(s->watch);
		close(s->fd);
	}
	loop_timer_free(n->timer);
	free(n);
}
