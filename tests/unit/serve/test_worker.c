#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../amplify.h"
#include "../snapshot_make.h"
#include "serve/worker.h"
#include "sys/frame.h"
#include "sys/listen.h"
#include "sys/tap.h"
#include "wire/dns.h"

enum { SEALS = F_SEAL_WRITE | F_SEAL_SHRINK };

struct world {
	struct clock_fake	clock;
	struct worker_setup	setup;
	struct worker		*w;
	int			parent;		/* our end */
	int			child;
	struct sockaddr_in	at;		/* where the worker answers */
	int			client;
};

static int
udp(struct sockaddr_in *at, in_addr_t addr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t n = sizeof(*at);

	*at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = addr };
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof(*at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &n), 0);
	return fd;
}

static int
step(struct world *x)
{
	return worker_step(x->w, 1000);
}

static void
world_open(struct world *x, in_addr_t bound)
{
	const struct msg_socket m = { STR("dns-udp") };
	struct sockaddr_in mine;
	int pair[2], fd;

	clock_fake_init(&x->clock, (struct wall){ 1700000000 });
	assert_int_equal(frame_pair(pair), 0);
	x->parent = pair[0];
	x->child = pair[1];
	x->w = worker_new(x->child, &x->clock.clock, &x->setup);
	assert_non_null(x->w);
	fd = udp(&x->at, bound);
	assert_int_equal(frame_write(x->parent, MSG_SOCKET, &m, fd), 0);
	close(fd);
	assert_int_equal(step(x), 0);
	x->client = udp(&mine, htonl(INADDR_LOOPBACK));
	x->at.sin_addr.s_addr = htonl(0x7f000001);
}

static void
world_close(struct world *x)
{
	worker_free(x->w);
	close(x->parent);
	close(x->child);
	close(x->client);
}

static void
publish(struct world *x, uint32_t serial, const struct snapshot_entry *e, size_t k, bool broken)
{
	uint8_t *b;
	int64_t n = make_base(&b, serial, 0, e, k);
	struct msg_publish m = { PUBLISH_BASE, serial, (uint64_t)n };
	int fd = memfd_create("base", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	assert_true(n > 0 && fd >= 0);
	if (broken)
		b[n / 2] ^= 1;
	assert_int_equal(write(fd, b, (size_t)n), n);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, SEALS), 0);
	assert_int_equal(frame_write(x->parent, MSG_PUBLISH, &m, fd), 0);
	close(fd);
	free(b);
	assert_int_equal(step(x), 0);
}

static uint16_t query_octets[65536];	/* by id */

static void
send_query(struct world *x, const uint8_t *q, size_t len)
{
	if (len >= 2)
		query_octets[q[0] << 8 | q[1]] = (uint16_t)len;
	assert_int_equal(sendto(x->client, q, len, 0, (struct sockaddr *)&x->at, sizeof(x->at)), len);
}

static void
ask(struct world *x, uint16_t id, const char *name)
{
	uint8_t q[DNS_QUERY_MAX];
	struct dns_name n;

	assert_int_equal(dns_name_parse(&n, str_of(name)), 0);
	send_query(x, q, dns_query_build(q, id, &n, DNS_A));
}

/* The rcode of the next answer, or -1. */
static int
answer(struct world *x, uint16_t *id)
{
	uint8_t a[DNS_EDNS];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(x->client, a, sizeof(a), 0, (struct sockaddr *)&from, &len);
	struct rbuf m = rbuf_of(a, n < 0 ? 0 : (size_t)n);
	struct dns_head h;

	if (n < 0)
		return -1;
	assert_int_equal(from.sin_addr.s_addr, x->at.sin_addr.s_addr);
	assert_int_equal(from.sin_port, x->at.sin_port);
	dns_head_read(&h, &m);
	*id = h.id;
	amplify(query_octets[h.id], (size_t)n);
	return h.flags & DNS_RCODE_MASK;
}

static void
nothing_published_is_servfail_then_it_answers(void **state)
{
	const struct snapshot_entry e = { addr_v4(192, 0, 2, 25), 2, 0 };
	struct world x = { .parent = -1 };
	uint16_t id;

	(void)state;
	world_open(&x, htonl(INADDR_LOOPBACK));
	ask(&x, 1, "25.2.0.192.bl.example");
	assert_int_equal(step(&x), 0);
	assert_int_equal(answer(&x, &id), DNS_SERVFAIL);
	publish(&x, 4, &e, 1, false);
	ask(&x, 2, "25.2.0.192.bl.example");
	assert_int_equal(step(&x), 0);
	assert_int_equal(answer(&x, &id), DNS_NOERROR);
	publish(&x, 5, &e, 1, true);	/* damaged: the last good one stays */
	ask(&x, 3, "25.2.0.192.bl.example");
	assert_int_equal(step(&x), 0);
	assert_int_equal(answer(&x, &id), DNS_NOERROR);
	assert_int_equal(id, 3);
	publish(&x, 6, NULL, 0, false);
	ask(&x, 4, "25.2.0.192.bl.example");
	assert_int_equal(step(&x), 0);
	assert_int_equal(answer(&x, &id), DNS_NXDOMAIN);
	assert_int_equal(worker_count(x.w, COUNTER_PUBLISHED), 2);
	assert_int_equal(worker_count(x.w, COUNTER_NOT_PUBLISHED), 1);
	assert_int_equal(worker_count(x.w, COUNTER_LISTED), 2);
	world_close(&x);
}

static void
more_than_a_batch_all_get_theirs(void **state)
{
	const struct snapshot_entry e = { addr_v4(192, 0, 2, 25), 2, 0 };
	struct world x = { .parent = -1 };
	bool seen[3 * WORKER_BATCH] = { false };
	uint16_t id;

	(void)state;
	world_open(&x, htonl(INADDR_LOOPBACK));
	publish(&x, 4, &e, 1, false);
	for (uint16_t i = 0; i < 3 * WORKER_BATCH; i++) {
		ask(&x, i, i % 2 ? "25.2.0.192.bl.example" : "26.2.0.192.bl.example");
		if (i % 7 == 0)		/* silence for this one holds up nobody */
			assert_int_equal(sendto(x.client, "x", 1, 0,
			    (struct sockaddr *)&x.at, sizeof(x.at)), 1);
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(worker_step(x.w, 0), 0);
	for (int i = 0; i < 3 * WORKER_BATCH; i++) {
		int rcode = answer(&x, &id);

		assert_in_range(id, 0, 3 * WORKER_BATCH - 1);
		assert_int_equal(rcode, id % 2 ? DNS_NOERROR : DNS_NXDOMAIN);
		assert_false(seen[id]);
		seen[id] = true;
	}
	assert_int_equal(answer(&x, &id), -1);
	assert_int_equal(worker_count(x.w, COUNTER_NO_QUERY), (3 * WORKER_BATCH + 6) / 7);
	world_close(&x);
}

static void
a_wildcard_socket_answers_from_where_it_was_asked(void **state)
{
	struct world x = { .parent = -1 };
	uint16_t id;

	(void)state;
	world_open(&x, htonl(INADDR_ANY));
	x.at.sin_addr.s_addr = htonl(0x7f000009);
	ask(&x, 1, "bl.example");
	assert_int_equal(step(&x), 0);
	assert_int_equal(answer(&x, &id), DNS_SERVFAIL);
	world_close(&x);
}

/* Gives the worker memory of that name and keeps a view of it. */
static void
share(struct world *x, struct shared *view, const char *name, size_t octets)
{
	const struct msg_shared m = { str_of(name), 0, octets };
	int fd = memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)octets), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	assert_int_equal(frame_write(x->parent, MSG_SHARED, &m, fd), 0);
	assert_int_equal(shared_take(view, &m, fd, 1, true), 0);
	assert_int_equal(step(x), 0);
}

/* A ring whose sample is 7. */
static void
taps_share(struct world *x, struct shared *view)
{
	const struct msg_shared m = { STR("dns-tap"), 0, tap_octets(1) };
	int fd = memfd_create("dns-tap", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)m.octets), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	assert_int_equal(shared_take(view, &m, dup(fd), 1, true), 0);
	tap_make(view, 7);
	assert_int_equal(frame_write(x->parent, MSG_SHARED, &m, fd), 0);
	close(fd);
	assert_int_equal(step(x), 0);
}

/* Of 25 answers 5 are the burst; every second of the others slips. */
static void
who_asks_too_much_is_limited_and_counted(void **state)
{
	struct world x = { .setup = { .rate = 1, .slip = 2 } };
	struct shared counters = { NULL, 0 }, limits = { NULL, 0 };
	const struct counters_slot *slot;
	uint16_t id;
	int n = 0;

	(void)state;
	world_open(&x, htonl(INADDR_LOOPBACK));
	share(&x, &counters, "dns-counters", sizeof(*slot));
	share(&x, &limits, "dns-limit", SHARED_LIMIT);
	slot = counters_slot(&counters, 0);
	for (uint16_t i = 0; i < 25; i++)
		ask(&x, i, "bl.example");
	assert_int_equal(step(&x), 0);
	while (answer(&x, &id) >= 0)
		n++;
	assert_int_equal(n, 15);
	assert_int_equal(counters_get(slot, COUNTER_QUERIES), 25);
	assert_int_equal(counters_get(slot, COUNTER_SERVFAIL), 5);
	assert_int_equal(counters_get(slot, COUNTER_SLIPPED), 10);
	assert_int_equal(counters_get(slot, COUNTER_TRUNCATED), 10);
	assert_int_equal(counters_get(slot, COUNTER_LIMITED), 10);
	world_close(&x);
	shared_close(&counters);
	shared_close(&limits);
}

/* A question with something behind it that looks like a signature. */
static void
ask_signed(struct world *x, uint16_t id)
{
	static const uint8_t tsig[] = { 0, 0, DNS_TSIG, 0, 255, 0, 0, 0, 0, 0, 0 };
	uint8_t q[DNS_QUERY_MAX + sizeof(tsig)];
	struct dns_name n;
	size_t len;

	assert_int_equal(dns_name_parse(&n, STR("bl.example")), 0);
	len = dns_query_build(q, id, &n, DNS_SOA);
	memcpy(q + len, tsig, sizeof(tsig));
	q[11]++;
	send_query(x, q, len + sizeof(tsig));
}

/* xfer's end of the way on which it gets signed queries. */
static int
give_way(struct world *x)
{
	const struct msg_socket m = { STR("signed-out") };
	int way[2];

	assert_int_equal(frame_pair(way), 0);
	assert_int_equal(frame_write(x->parent, MSG_SOCKET, &m, way[1]), 0);
	close(way[1]);
	assert_int_equal(step(x), 0);
	return way[0];
}

/* With the address that was asked, where the socket has many; the answer can leave
 * by the socket that comes with it. */
static void
signed_queries_go_to_xfer(void **state)
{
	static struct frame f;
	struct world x = { .setup = { .n_signers = 1 } };
	const struct addr asked = addr_v4(127, 0, 0, 1);
	struct msg_signed m;
	struct sockaddr_in mine;
	socklen_t n = sizeof(mine);
	uint16_t id;
	int xfer;

	(void)state;
	assert_int_equal(net_parse(&x.setup.signers[0], STR("127.0.0.0/8")), 0);
	world_open(&x, htonl(INADDR_ANY));
	ask_signed(&x, 1);
	assert_int_equal(step(&x), 0);
	assert_int_equal(answer(&x, &id), DNS_SERVFAIL);	/* there are no keys */
	xfer = give_way(&x);
	ask_signed(&x, 2);
	ask(&x, 3, "bl.example");
	assert_int_equal(step(&x), 0);
	assert_int_equal(answer(&x, &id), DNS_SERVFAIL);
	assert_int_equal(id, 3);
	assert_int_equal(answer(&x, &id), -1);
	assert_int_equal(frame_read(xfer, &f), 0);
	assert_int_equal(frame_decode(&m, sizeof(m), &f), 0);
	assert_int_equal(getsockname(x.client, (struct sockaddr *)&mine, &n), 0);
	assert_int_equal(m.port, ntohs(mine.sin_port));
	assert_true(addr_eq(&m.local, &asked) && addr_eq(&m.peer, &asked));
	assert_int_equal((uint8_t)m.query.p[1], 2);
	assert_int_equal(worker_count(x.w, COUNTER_QUERIES), 2);	/* xfer counts it */
	close(f.fd);
	close(xfer);
	ask_signed(&x, 4);
	assert_int_equal(step(&x), 0);
	assert_int_equal(answer(&x, &id), -1);
	assert_int_equal(worker_count(x.w, COUNTER_QUERIES), 3);
	assert_int_equal(worker_count(x.w, COUNTER_SIGNED_LOST), 1);
	world_close(&x);
}

/* The limit is that of all queries: 5 at once, then every second one slips. */
static void
signed_queries_are_limited_too(void **state)
{
	static struct frame f;
	struct world x = { .setup = { .rate = 1, .slip = 2, .n_signers = 1 } };
	struct shared limits = { NULL, 0 };
	uint16_t id;
	int xfer, n = 0, over = 0;

	(void)state;
	assert_int_equal(net_parse(&x.setup.signers[0], STR("127.0.0.0/8")), 0);
	world_open(&x, htonl(INADDR_LOOPBACK));
	share(&x, &limits, "dns-limit", SHARED_LIMIT);
	xfer = give_way(&x);
	for (uint16_t i = 0; i < 25; i++)
		ask_signed(&x, i);
	assert_int_equal(step(&x), 0);
	while (answer(&x, &id) >= 0)
		n++;
	while (frame_read(xfer, &f) == 0) {
		over++;
		close(f.fd);
	}
	assert_int_equal(over, 5);
	assert_int_equal(n, 10);
	assert_int_equal(worker_count(x.w, COUNTER_LIMITED), 10);
	close(xfer);
	shared_close(&limits);
	world_close(&x);
}

/* The socket as sekimorid makes it holds LISTEN_BURST queries. */
static void
a_burst_before_anybody_reads_is_all_answered(void **state)
{
	struct world x = { .parent = -1 };
	const struct msg_socket m = { STR("dns-udp") };
	static struct listeners l;
	struct listen_why why;
	struct conf_why cwhy;
	struct conf *c;
	const int room = LISTEN_BURST * 2304;
	socklen_t len = sizeof(x.at);
	uint16_t id;
	int n = 0;

	(void)state;
	assert_int_equal(conf_default(&c), 0);
	assert_int_equal(conf_set(c, "dns.listen", STR("127.0.0.1:0"), &cwhy), 0);
	assert_int_equal(listen_bind(&l, c, 1, &why), 0);
	if (listen_buffer(l.at[0].fd) < LISTEN_BURST * 2304) {
		print_message("# only root may have so large a buffer\n");
		skip();
	}
	world_open(&x, htonl(INADDR_LOOPBACK));
	assert_int_equal(setsockopt(x.client, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)), 0);
	assert_int_equal(frame_write(x.parent, MSG_SOCKET, &m, l.at[0].fd), 0);
	assert_int_equal(getsockname(l.at[0].fd, (struct sockaddr *)&x.at, &len), 0);
	assert_int_equal(step(&x), 0);
	for (int i = 0; i < LISTEN_BURST; i++)
		ask(&x, (uint16_t)i, "25.2.0.192.bl.example");
	for (int i = 0; i < LISTEN_BURST / WORKER_BATCH; i++) {
		assert_int_equal(worker_step(x.w, 0), 0);
		while (answer(&x, &id) >= 0)
			n++;
	}
	assert_int_equal(n, LISTEN_BURST);
	world_close(&x);
	listen_close(&l);
	conf_free(c);
}

/* A socket that holds few: what it threw away is counted, once. */
static void
what_the_kernel_threw_away_is_counted(void **state)
{
	struct world x = { .parent = -1 };
	const struct msg_socket m = { STR("dns-udp") };
	const int small = 2048;
	uint16_t id;
	int fd, n = 0;

	(void)state;
	world_open(&x, htonl(INADDR_LOOPBACK));
	fd = udp(&x.at, htonl(INADDR_LOOPBACK));
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	assert_int_equal(frame_write(x.parent, MSG_SOCKET, &m, fd), 0);
	close(fd);
	assert_int_equal(step(&x), 0);
	for (uint16_t i = 0; i < 100; i++)
		ask(&x, i, "bl.example");
	for (int i = 0; i < 3; i++)	/* the last ones time out, and settle */
		assert_int_equal(worker_step(x.w, 0), 0);
	while (answer(&x, &id) >= 0)
		n++;
	assert_true(n > 0 && n < 100);
	assert_int_equal(worker_count(x.w, COUNTER_OVERFLOWN), 100 - n);
	world_close(&x);
}

/* Neither names nor askers get into a log, whatever is asked. */
static void
d20_queries_are_not_logged(void **state)
{
	const struct snapshot_entry e = { .addr = addr_v4(192, 0, 2, 25), .code = 2 };
	struct world x = { .parent = -1, .setup = { .rate = 1, .slip = 2 } };
	struct shared limits = { NULL, 0 };
	int log = memfd_create("log", MFD_CLOEXEC), was = dup(STDERR_FILENO);
	uint16_t id;

	(void)state;
	world_open(&x, htonl(INADDR_LOOPBACK));
	share(&x, &limits, "dns-limit", SHARED_LIMIT);
	publish(&x, 4, &e, 1, false);
	assert_int_equal(dup2(log, STDERR_FILENO), STDERR_FILENO);
	for (uint16_t i = 0; i < 50; i++)
		ask(&x, i, i % 2 ? "25.2.0.192.bl.example" : "www.example.net");
	assert_int_equal(sendto(x.client, "x", 1, 0, (struct sockaddr *)&x.at, sizeof(x.at)), 1);
	assert_int_equal(step(&x), 0);
	assert_int_equal(dup2(was, STDERR_FILENO), STDERR_FILENO);
	assert_true(answer(&x, &id) >= 0);
	assert_int_equal(lseek(log, 0, SEEK_END), 0);
	close(was);
	close(log);
	shared_close(&limits);
	world_close(&x);
}

/* Every seventh answer, over batches, with what was asked. */
static void
some_answers_are_shown(void **state)
{
	struct world x = { .parent = -1 };
	struct shared taps = { NULL, 0 };
	struct sockaddr_in mine;
	socklen_t len = sizeof(mine);
	struct tap_entry e;
	uint16_t id, want = 6;

	(void)state;
	world_open(&x, htonl(INADDR_LOOPBACK));
	assert_int_equal(getsockname(x.client, (struct sockaddr *)&mine, &len), 0);
	taps_share(&x, &taps);
	for (uint16_t i = 0; i < 50; i++) {
		ask(&x, i, "bl.example");
		if (i % 10 == 9) {
			assert_int_equal(sendto(x.client, "x", 1, 0, (struct sockaddr *)&x.at, sizeof(x.at)), 1);
			assert_int_equal(step(&x), 0);
		}
	}
	while (tap_take(tap_ring(&taps, 0), &e)) {
		assert_int_equal(e.query[0] << 8 | e.query[1], want);
		assert_memory_equal(e.answer, e.query, 2);
		assert_int_equal(e.answer[2] & 0x80, 0x80);
		assert_int_equal(e.query_len, DNS_HEAD + 12 + 4 + 11);
		assert_int_equal(e.port, ntohs(mine.sin_port));
		assert_int_equal(e.peer.o[12], 127);
		assert_int_equal(e.at.s, 1700000000);
		want = (uint16_t)(want + 7);
	}
	assert_int_equal(want, 55);
	while (answer(&x, &id) >= 0)
		;
	shared_close(&taps);
	world_close(&x);
}

/* Nobody takes: answers go on, and what found no room is counted. */
static void
a_full_tap_is_counted_and_costs_no_answer(void **state)
{
	enum { MORE = 3 };
	struct world x = { .parent = -1 };
	struct shared taps = { NULL, 0 };
	uint16_t id;

	(void)state;
	world_open(&x, htonl(INADDR_LOOPBACK));
	taps_share(&x, &taps);
	for (uint16_t i = 0; i < 7 * (TAP_ENTRIES + MORE); i++) {
		ask(&x, i, "bl.example");
		assert_int_equal(step(&x), 0);
		assert_true(answer(&x, &id) >= 0);
		assert_int_equal(id, i);
	}
	assert_int_equal(worker_count(x.w, COUNTER_TAP_DROPPED), MORE);
	shared_close(&taps);
	world_close(&x);
}

static void
stop_and_nonsense_end_it(void **state)
{
	const struct msg_empty none = { 0 };
	const struct msg_id go = { 1 };
	struct world x = { .parent = -1 };

	(void)state;
	world_open(&x, htonl(INADDR_LOOPBACK));
	assert_int_equal(frame_write(x.parent, MSG_STOP, &none, -1), 0);
	assert_int_equal(step(&x), WORKER_STOP);
	world_close(&x);
	world_open(&x, htonl(INADDR_LOOPBACK));
	assert_int_equal(frame_write(x.parent, MSG_GO, &go, -1), 0);
	assert_int_equal(step(&x), SEK_EPARSE);
	world_close(&x);
	world_open(&x, htonl(INADDR_LOOPBACK));
	close(x.parent);
	assert_int_equal(step(&x), WORKER_STOP);
	x.parent = dup(x.child);
	world_close(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_published_is_servfail_then_it_answers),
		cmocka_unit_test(more_than_a_batch_all_get_theirs),
		cmocka_unit_test(a_wildcard_socket_answers_from_where_it_was_asked),
		cmocka_unit_test(who_asks_too_much_is_limited_and_counted),
		cmocka_unit_test(signed_queries_go_to_xfer),
		cmocka_unit_test(signed_queries_are_limited_too),
		cmocka_unit_test(a_burst_before_anybody_reads_is_all_answered),
		cmocka_unit_test(what_the_kernel_threw_away_is_counted),
		cmocka_unit_test(some_answers_are_shown),
		cmocka_unit_test(a_full_tap_is_counted_and_costs_no_answer),
		cmocka_unit_test(d20_queries_are_not_logged),
		cmocka_unit_test(stop_and_nonsense_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
