#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../snapshot_make.h"
#include "wire/dns.h"
#include "xfer/tcp.h"

struct world {
	struct clock_fake	clock;
	struct loop		*loop;
	struct tcp		*tcp;
	struct published	published;
	struct server		server;
	struct sockaddr_in	at;
	uint8_t			*base;
};

static void
changed(void *ctx)
{
	(void)ctx;
}

static void
world_open(struct world *x)
{
	const struct snapshot_entry e = { addr_v4(192, 0, 2, 25), 2, 0 };
	socklen_t len = sizeof(x->at);
	const char *part;
	int64_t n = make_base(&x->base, 4, 0, &e, 1);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 8192;

	assert_true(n > 0 && fd >= 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	assert_int_equal(snapshot_open(&x->published.base.view, x->base, (size_t)n, &part), 0);
	x->published.s.base = &x->published.base.view;
	clock_fake_init(&x->clock, (struct wall){ 1700000000 });
	x->loop = loop_new_fake(&x->clock);
	assert_non_null(x->loop);
	x->server = (struct server){ .loop = x->loop, .published = &x->published, .most = 2 };
	assert_int_equal(versions_new(&x->server.versions, x->loop, &x->published, changed, NULL), 0);
	versions_look(x->server.versions);
	assert_int_equal(tcp_new(&x->tcp, &x->server), 0);
	x->at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (struct sockaddr *)&x->at, sizeof(x->at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&x->at, &len), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(tcp_listen(x->tcp, fd), 0);
}

static void
world_close(struct world *x)
{
	tcp_free(x->tcp);
	versions_free(x->server.versions);
	loop_free(x->loop);
	free(x->base);
}

/* Handles everything that is ready now, and ms of waiting. */
static void
pass(struct world *x, int64_t ms)
{
	loop_run(x->loop, (struct mono){ x->clock.mono.ms + ms });
}

static int
dial(struct world *x)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&x->at, sizeof(x->at)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static size_t
framed(uint8_t *out, uint16_t id, const char *name)
{
	struct dns_name n;
	size_t len;

	assert_int_equal(dns_name_parse(&n, str_of(name)), 0);
	len = dns_query_build(out + 2, id, &n, DNS_A);
	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
	return len + 2;
}

/* Reads one answer.  Returns its rcode, -1: nothing there, -2: closed. */
static int
answer(int fd, uint16_t *id)
{
	uint8_t head[2], a[4096];
	struct rbuf m;
	struct dns_head h;
	size_t len;
	ssize_t n = recv(fd, head, 2, 0);

	if (n < 0 && errno == EAGAIN)
		return -1;
	if (n <= 0)
		return -2;
	assert_int_equal(n, 2);
	len = (size_t)head[0] << 8 | head[1];
	assert_int_equal(recv(fd, a, len, 0), len);
	m = rbuf_of(a, len);
	dns_head_read(&h, &m);
	*id = h.id;
	return h.flags & DNS_RCODE_MASK;
}

static void
queries_in_any_pieces_and_many_at_once(void **state)
{
	struct world *x = calloc(1, sizeof(*x));
	uint8_t q[8192];
	size_t n = 0;
	uint16_t id;
	int fd;

	(void)state;
	world_open(x);
	fd = dial(x);
	n = framed(q, 7, "25.2.0.192.bl.example");
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(send(fd, q + i, 1, 0), 1);
		pass(x, 1);
		assert_true(i + 1 == n || answer(fd, &id) == -1);
	}
	assert_int_equal(answer(fd, &id), DNS_NOERROR);
	assert_int_equal(id, 7);
	n = 0;
	for (uint16_t i = 0; i < 100; i++)
		n += framed(q + n, i, i % 2 ? "25.2.0.192.bl.example" : "26.2.0.192.bl.example");
	assert_int_equal(send(fd, q, n, 0), n);
	pass(x, 1);
	for (uint16_t i = 0; i < 100; i++) {
		assert_int_equal(answer(fd, &id), i % 2 ? DNS_NOERROR : DNS_NXDOMAIN);
		assert_int_equal(id, i);
	}
	/* closing its side first, a client still gets its answer */
	n = framed(q, 9, "25.2.0.192.bl.example");
	assert_int_equal(send(fd, q, n, 0), n);
	shutdown(fd, SHUT_WR);
	pass(x, 10);
	assert_int_equal(answer(fd, &id), DNS_NOERROR);
	assert_int_equal(id, 9);
	close(fd);
	pass(x, 10);
	world_close(x);
	free(x);
}

/* One answer of two is shown, to nobody here, which is counted. */
static void
some_answers_are_shown(void **state)
{
	const struct dnstap_about about = { .clients = false };
	struct counters_slot slot = { 0 };
	struct world *x = calloc(1, sizeof(*x));
	uint8_t q[512];
	uint16_t id;
	size_t n;
	int fd;

	(void)state;
	world_open(x);
	assert_int_equal(dnstap_new(&x->server.dnstap, x->loop, &about, 2), 0);
	dnstap_counters(x->server.dnstap, &slot);
	fd = dial(x);
	for (uint16_t i = 0; i < 5; i++) {
		n = framed(q, i, "25.2.0.192.bl.example");
		assert_int_equal(send(fd, q, n, 0), n);
		pass(x, 1);
		assert_int_equal(answer(fd, &id), DNS_NOERROR);
		assert_int_equal(counters_get(&slot, COUNTER_TAP_DROPPED), (i + 1) / 2);
	}
	close(fd);
	pass(x, 10);
	dnstap_free(x->server.dnstap);
	world_close(x);
	free(x);
}

static void
silence_and_drops_end_in_ten_seconds(void **state)
{
	struct world *x = calloc(1, sizeof(*x));
	uint8_t q[512];
	uint16_t id;
	size_t n;
	int silent, drip;

	(void)state;
	world_open(x);
	silent = dial(x);
	drip = dial(x);
	n = framed(q, 7, "25.2.0.192.bl.example");
	for (size_t i = 0; i < 12 && i < n; i++) {
		(void)send(drip, q + i, 1, MSG_NOSIGNAL);
		pass(x, 990);
	}
	assert_int_equal(answer(silent, &id), -2);
	assert_int_equal(answer(drip, &id), -2);
	assert_int_equal(tcp_stats(x->tcp)->idle, 2);
	close(silent);
	close(drip);
	world_close(x);
	free(x);
}

static void
nonsense_ends_the_connection(void **state)
{
	static const struct { const char *name, *in; size_t n; } rows[] = {
		{ "a query longer than any", "\377\377", 2 },
		{ "just too long", "\20\1", 2 },
		{ "a response", "\0\14\0\1\200\0\0\0\0\0\0\0\0\0", 14 },
		{ "empty", "\0\0", 2 },
	};
	struct world *x = calloc(1, sizeof(*x));
	uint16_t id;

	(void)state;
	world_open(x);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = dial(x);

		assert_int_equal(send(fd, rows[i].in, rows[i].n, 0), rows[i].n);
		pass(x, 5);
		if (answer(fd, &id) != -2)
			fail_msg("%s: still open", rows[i].name);
		close(fd);
	}
	assert_int_equal(tcp_stats(x->tcp)->broken, 4);
	world_close(x);
	free(x);
}

static void
one_client_gets_sixteen(void **state)
{
	struct world *x = calloc(1, sizeof(*x));
	int fds[TCP_PER_CLIENT + 3];
	uint16_t id;
	size_t open = 0;

	(void)state;
	world_open(x);
	for (size_t i = 0; i < TCP_PER_CLIENT + 3; i++) {
		fds[i] = dial(x);
		pass(x, 1);
	}
	for (size_t i = 0; i < TCP_PER_CLIENT + 3; i++)
		open += answer(fds[i], &id) == -1;
	assert_int_equal(open, TCP_PER_CLIENT);
	assert_int_equal(tcp_stats(x->tcp)->turned_away, 3);
	close(fds[0]);
	pass(x, 1);
	close(fds[TCP_PER_CLIENT]);
	fds[0] = dial(x);		/* its place is free again */
	pass(x, 1);
	assert_int_equal(answer(fds[0], &id), -1);
	for (size_t i = 0; i < TCP_PER_CLIENT + 3; i++)
		if (i != TCP_PER_CLIENT)
			close(fds[i]);
	pass(x, 1);
	world_close(x);
	free(x);
}

static void
who_does_not_read_is_cut(void **state)
{
	struct world *x = calloc(1, sizeof(*x));
	uint8_t q[512];
	const int small = 4096;
	size_t n, sent = 0;
	int fd;

	(void)state;
	world_open(x);
	fd = dial(x);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	n = framed(q, 7, "25.2.0.192.bl.example");
	for (int quiet = 0; quiet < 5 && tcp_stats(x->tcp)->broken == 0; ) {
		ssize_t k = send(fd, q, n, MSG_NOSIGNAL);

		quiet = k == (ssize_t)n ? 0 : quiet + 1;
		if (k > 0 && k < (ssize_t)n)
			break;		/* our own buffer is full: it stopped reading */
		sent += k > 0 ? (size_t)k : 0;
		if (sent % (64 * n) == 0)
			pass(x, 0);
		assert_true(sent < 64 * 1024 * 1024);
	}
	pass(x, TCP_IDLE_MS + 1000);
	assert_int_equal(tcp_stats(x->tcp)->idle + tcp_stats(x->tcp)->broken, 1);
	close(fd);
	world_close(x);
	free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries_in_any_pieces_and_many_at_once),
		cmocka_unit_test(some_answers_are_shown),
		cmocka_unit_test(silence_and_drops_end_in_ten_seconds),
		cmocka_unit_test(nonsense_ends_the_connection),
		cmocka_unit_test(one_client_gets_sixteen),
		cmocka_unit_test(who_does_not_read_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
