#include "tool/reach_soa.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rand.h"
#include "wire/dns.h"

enum { REPLY_MAX = 4096 };	/* octets; ours has one record */

struct asking {
	struct reach_soa	*out;
	struct loop		*loop;
	struct loop_timer	*late;
	struct loop_watch	*watch;
	struct dns_name		 zone;
	uint16_t		 id;
	bool			 tcp;
	int			 fd;
	unsigned		 tries;
	size_t			 sent, got;	/* octets, over TCP */
	uint8_t			 query[2 + DNS_QUERY_MAX], reply[REPLY_MAX];
	size_t			 query_len;	/* with TCP's length (RFC 1035 4.2.2) */
};

static int
open_socket(const struct addr *to, uint16_t port, bool tcp)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool v4 = addr_is_v4(to);
	int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_CLOEXEC | SOCK_NONBLOCK |
	    (tcp ? SOCK_STREAM : SOCK_DGRAM), 0);

	if (fd < 0)
		return SEK_ESYS;
	memcpy(&in.sin_addr, to->o + 12, 4);
	memcpy(&in6.sin6_addr, to->o, 16);
	/* that nobody is there shows when it is used */
	(void)!connect(fd, v4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
	    v4 ? sizeof(in) : sizeof(in6));
	return fd;
}

static void
take_reply(struct asking *a, const uint8_t *msg, size_t n)
{
	struct rbuf m = rbuf_of(msg, n);
	struct dns_reply reply;
	struct dns_record rec;
	struct dns_head head;

	if (dns_reply_open(&reply, msg, n, a->id, &a->zone, DNS_SOA) != 0)
		return;		/* somebody else's; the right one may still come */
	dns_head_read(&head, &m);
	a->out->answered = true;
	if ((head.flags & DNS_AA) != 0 && reply.rcode == DNS_NOERROR &&
	    dns_reply_next(&rec, &reply) == 0) {
		a->out->authority = true;
		a->out->serial = rec.soa[0];
	}
	loop_stop(a->loop);
}

static void
udp_ready(void *ctx, unsigned ready)
{
	struct asking *a = ctx;
	ssize_t n = recv(a->fd, a->reply, sizeof(a->reply), 0);

	(void)ready;
	if (n > 0)
		take_reply(a, a->reply, (size_t)n);
	else if (errno == ECONNREFUSED)
		loop_stop(a->loop);	/* nobody is there */
}

static void
udp_send(void *ctx)
{
	struct asking *a = ctx;

	if (a->tries++ == REACH_SOA_TRIES) {
		loop_stop(a->loop);
		return;
	}
	if (send(a->fd, a->query + 2, a->query_len - 2, 0) < 0 &&
	    errno != EAGAIN && errno != ECONNREFUSED)
		loop_stop(a->loop);	/* no way there */
	loop_timer_set(a->late, REACH_SOA_MS);
}

/* Writes the question, then reads; both in pieces. */
static void
tcp_ready(void *ctx, unsigned ready)
{
	struct asking *a = ctx;
	ssize_t n;

	if ((ready & LOOP_WRITE) != 0 && a->sent < a->query_len) {
		n = send(a->fd, a->query + a->sent, a->query_len - a->sent, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			loop_stop(a->loop);
		a->sent += n > 0 ? (size_t)n : 0;
		if (a->sent == a->query_len)
			loop_want(a->watch, LOOP_READ);
		return;
	}
	n = recv(a->fd, a->reply + a->got, sizeof(a->reply) - a->got, 0);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		loop_stop(a->loop);
	a->got += n > 0 ? (size_t)n : 0;
	if (a->got >= 2) {
		size_t len = (size_t)a->reply[0] << 8 | a->reply[1];

		if (len > sizeof(a->reply) - 2)
			loop_stop(a->loop);
		else if (a->got >= 2 + len)
			take_reply(a, a->reply + 2, len);
	}
}

static void
tcp_late(void *ctx)
{
	loop_stop(((struct asking *)ctx)->loop);
}

static void
build(struct asking *a)
{
	struct rand rand;
	uint8_t msg[DNS_QUERY_MAX];
	size_t n;

	rand_real(&rand);
	rand_fill(&rand, &a->id, sizeof(a->id));
	n = dns_query_build(msg, a->id, &a->zone, DNS_SOA);
	msg[2] = (uint8_t)(msg[2] & ~(DNS_RD >> 8));	/* its own word, not what it heard */
	a->query[0] = (uint8_t)(n >> 8);
	a->query[1] = (uint8_t)n;
	memcpy(a->query + 2, msg, n);
	a->query_len = n + 2;
}

static int
wait_for_it(struct asking *a)
{
	int err = loop_timer(&a->late, a->loop, a->tcp ? tcp_late : udp_send, a);

	if (err != 0)
		return err;
	err = loop_watch(&a->watch, a->loop, a->fd, LOOP_READ | (a->tcp ? LOOP_WRITE : 0u),
	    a->tcp ? tcp_ready : udp_ready, a);
	if (err == 0) {
		loop_timer_set(a->late, a->tcp ? REACH_SOA_MS : 0);
		loop_run(a->loop, (struct mono){ -1 });
		loop_unwatch(a->watch);
	}
	loop_timer_free(a->late);
	return err;
}

int
reach_soa(struct reach_soa *out, struct loop *l, const struct addr *to,
    uint16_t port, bool tcp, struct str zone)
{
	struct asking a = { .out = out, .loop = l, .tcp = tcp };
	int err;

	if (dns_name_parse(&a.zone, zone) != 0)
		return SEK_EPARSE;
	out->asked = true;
	build(&a);
	a.fd = open_socket(to, port, tcp);
	if (a.fd < 0)	/* a family that this machine has not reaches nobody */
		return errno == EAFNOSUPPORT ? 0 : a.fd;
	err = wait_for_it(&a);
	close(a.fd);
	return err;
}
