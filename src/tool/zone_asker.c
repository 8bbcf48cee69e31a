#include "tool/zone_asker.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"
#include "fact/cookie.h"
#include "tool/stop.h"

enum {
	WINDOW = ZONE_ASKER_WINDOW,
	QUERY_MAX = DNS_QUERY_MAX + 4 + COOKIE_MAX,
	REPLY_MAX = 4096,
};

struct question {
	bool		open;
	uint16_t	id, type;
	unsigned	tries;
	int64_t		sent_ms;
	struct dns_name	owner;
};

struct zone_asker {
	int		 fd;
	zone_asker_fn	*fn;
	void		*ctx;
	size_t		 n_open;
	uint16_t	 turn;		/* upper bits of ids */
	size_t		 n_cookie;	/* octets; client's alone until the first answer */
	uint8_t		 cookie[COOKIE_MAX];
	bool		 answered;	/* anything yet? */
	struct question	 open[WINDOW];
};

static int64_t
now_ms(void)
{
	return clock_real.mono(&clock_real).ms;
}

int
zone_asker_open(struct zone_asker **out, const struct addr *to, uint16_t port,
    zone_asker_fn *fn, void *ctx)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool v4 = addr_is_v4(to);
	struct zone_asker *a = calloc(1, sizeof(*a));
	struct rand r;

	if (a == NULL)
		return SEK_ENOMEM;
	memcpy(&in.sin_addr, to->o + 12, 4);
	memcpy(&in6.sin6_addr, to->o, 16);
	rand_real(&r);
	rand_fill(&r, a->cookie, COOKIE_CLIENT);
	a->n_cookie = COOKIE_CLIENT;
	a->turn = (uint16_t)rand_u64(&r);
	a->fn = fn;
	a->ctx = ctx;
	a->fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (a->fd < 0 || connect(a->fd, v4 ? (struct sockaddr *)&in :
	    (struct sockaddr *)&in6, v4 ? sizeof(in) : sizeof(in6)) != 0) {
		zone_asker_close(a);
		return SEK_ESYS;
	}
	*out = a;
	return 0;
}

void
zone_asker_close(struct zone_asker *a)
{
	if (a != NULL && a->fd >= 0)
		close(a->fd);
	free(a);
}

static size_t
build(uint8_t out[QUERY_MAX], const struct zone_asker *a, const struct question *q)
{
	struct wbuf w = wbuf_of(out, QUERY_MAX);
	const struct dns_head head = { .id = q->id, .qd = 1, .ar = 1 };

	dns_head_write(&w, &head);
	dns_name_write(&w, &q->owner);
	wbuf_u16(&w, q->type);
	wbuf_u16(&w, DNS_IN);
	wbuf_u8(&w, 0);			/* OPT, RFC 6891 6.1.2 */
	wbuf_u16(&w, DNS_OPT);
	wbuf_u16(&w, DNS_EDNS);
	wbuf_u32(&w, 0);
	wbuf_u16(&w, (uint16_t)(4 + a->n_cookie));
	wbuf_u16(&w, DNS_OPTION_COOKIE);
	wbuf_u16(&w, (uint16_t)a->n_cookie);
	wbuf_bytes(&w, a->cookie, a->n_cookie);
	return w.len;
}

/* A send that the kernel refuses (nobody is there, no room) is one that was
 * lost: the wait for its answer tells. */
static void
send_question(struct zone_asker *a, struct question *q)
{
	uint8_t query[QUERY_MAX];
	size_t n = build(query, a, q);

	q->tries++;
	q->sent_ms = now_ms();
	(void)!send(a->fd, query, n, 0);
}

static void
done(struct zone_asker *a, struct question *q, struct dns_reply *reply)
{
	q->open = false;
	a->n_open--;
	a->fn(a->ctx, (size_t)(q - a->open), &q->owner, q->type, reply);
}

/* The COOKIE option of an OPT record. */
static void
take_option(struct zone_asker *a, struct rbuf options)
{
	while (options.err == 0 && rbuf_left(&options) > 0) {
		uint16_t code = rbuf_u16(&options), n = rbuf_u16(&options);
		const uint8_t *p = rbuf_bytes(&options, n);

		if (p != NULL && code == DNS_OPTION_COOKIE && n >= COOKIE_WHOLE_MIN &&
		    n <= COOKIE_MAX && memcmp(p, a->cookie, COOKIE_CLIENT) == 0) {
			memcpy(a->cookie, p, n);
			a->n_cookie = n;
		}
	}
}

static void
take_cookie(struct zone_asker *a, const uint8_t *msg, size_t n)
{
	struct rbuf m = rbuf_of(msg, n);
	struct dns_head head;
	struct dns_name name;
	struct dns_rr rr;

	dns_head_read(&head, &m);
	for (unsigned i = 0; i < head.qd; i++) {
		dns_name_read(&name, &m);
		(void)rbuf_u32(&m);
	}
	for (unsigned i = 0; m.err == 0 && i < (unsigned)head.an + head.ns + head.ar; i++) {
		dns_rr_read(&rr, &m);
		if (m.err == 0 && rr.type == DNS_OPT)
			take_option(a, rbuf_of(msg + rr.at, rr.len));
	}
}

static void
take(struct zone_asker *a, const uint8_t *msg, size_t n)
{
	struct dns_reply reply;
	struct question *q;

	if (n < 2)
		return;
	q = &a->open[(msg[0] << 8 | msg[1]) % WINDOW];
	if (!q->open || dns_reply_open(&reply, msg, n, q->id, &q->owner, q->type) != 0)
		return;		/* of a try that was given up, or somebody else's */
	take_cookie(a, msg, n);
	a->answered = true;
	if (!reply.tc)
		done(a, q, &reply);
	else if (q->tries < ZONE_ASKER_TRIES)
		send_question(a, q);	/* with the cookie now */
	else
		done(a, q, NULL);
}

static void
look_at_time(struct zone_asker *a)
{
	int64_t now = now_ms();

	for (size_t i = 0; i < WINDOW; i++) {
		struct question *q = &a->open[i];

		if (!q->open || now - q->sent_ms < ZONE_ASKER_WAIT_MS)
			continue;
		if (q->tries < ZONE_ASKER_TRIES)
			send_question(a, q);
		else
			done(a, q, NULL);
	}
}

static int
wait_some(struct zone_asker *a)
{
	struct pollfd p = { .fd = a->fd, .events = POLLIN };
	uint8_t msg[REPLY_MAX];
	ssize_t n;
	int ready = poll(&p, 1, ZONE_ASKER_WAIT_MS / 4);

	if (stop_asked())
		return ZONE_ASKER_STOP;
	if (ready < 0 && errno != EINTR)
		return SEK_ESYS;
	while (ready > 0 && (n = recv(a->fd, msg, sizeof(msg), MSG_DONTWAIT)) >= 0)
		take(a, msg, (size_t)n);
	look_at_time(a);
	return 0;
}

/* Until the cookie is known one question goes alone. */
static bool
has_room(const struct zone_asker *a)
{
	return a->n_open < (a->answered ? WINDOW : 1);
}

int
zone_asker_room(struct zone_asker *a, size_t *tag)
{
	int err = 0;

	while (err == 0 && !has_room(a))
		err = wait_some(a);
	for (*tag = 0; err == 0 && a->open[*tag].open; )
		++*tag;
	return err;
}

int
zone_asker_send(struct zone_asker *a, size_t tag, const struct dns_name *owner,
    uint16_t type)
{
	struct question *q = &a->open[tag];

	*q = (struct question){ .open = true, .type = type, .owner = *owner };
	a->turn++;
	q->id = (uint16_t)(a->turn * WINDOW + tag);
	a->n_open++;
	send_question(a, q);
	return stop_asked() ? ZONE_ASKER_STOP : 0;
}

int
zone_asker_finish(struct zone_asker *a)
{
	int err = 0;

	while (err == 0 && a->n_open > 0)
		err = wait_some(a);
	return err;
}
