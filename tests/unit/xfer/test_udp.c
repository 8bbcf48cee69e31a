#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "sys/frame.h"
#include "sys/peer.h"
#include "xfer/udp.h"

enum { ROOM = 1024 };

struct world {
	struct rig		 rig;
	struct counters_slot	 counters;
	struct udp		*udp;
	int			 serve;		/* its end of the way */
	int			 socket, client;
	struct sockaddr_storage	 mine;		/* the client's address */
};

static int
bound(const struct addr *a, struct sockaddr_storage *at)
{
	socklen_t n = peer_sockaddr(at, a, 0);
	int fd = socket(at->ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)at, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &n), 0);
	return fd;
}

/* A server with a socket at that address, and a client at the other. */
static void
world_open(struct world *x, const struct addr *at, const struct addr *client)
{
	struct sockaddr_storage ignored;
	int way[2];

	memset(x, 0, sizeof(*x));
	rig_open(&x->rig, KEY_A);
	x->rig.server.access = (struct access_rules){ .n_from = 1, .from = { { .len = 0 } } };
	x->rig.server.udp_counters = &x->counters;
	assert_int_equal(frame_pair(way), 0);
	x->serve = way[1];
	assert_int_equal(udp_new(&x->udp, &x->rig.server, way[0]), 0);
	x->socket = bound(at, &ignored);
	x->client = bound(client, &x->mine);
}

static void
world_close(struct world *x)
{
	udp_free(x->udp);
	close(x->serve);
	close(x->socket);
	close(x->client);
	rig_close(&x->rig);
}

static void
pass(struct world *x)
{
	loop_run(x->rig.loop, (struct mono){ x->rig.clock.mono.ms });
}

/* serve hands over a signed question of the client that asked at local. */
static void
hand_over(struct world *x, const struct addr *local, struct tsig **asked)
{
	uint8_t q[ROOM];
	size_t n = keys_question(q, "bl.example", DNS_SOA);
	struct msg_signed m = { .peer = peer_addr(&x->mine), .port = peer_port(&x->mine),
		.local = *local };

	/* the key that is in the ring, without what it says about addresses */
	assert_int_equal(tsig_ask(asked, x->rig.server.ring, keys_first(x->rig.server.ring), q, &n, ROOM), 0);
	m.query = (struct str){ (const char *)q, n };
	assert_int_equal(frame_write(x->serve, MSG_SIGNED, &m, x->socket), 0);
}

static void
the_answer_leaves_from_where_it_was_asked(void **state)
{
	const struct addr a = addr_v4(127, 0, 0, 1), b = addr_v4(127, 0, 0, 9);
	const struct addr any = addr_v4(0, 0, 0, 0), six = { { [15] = 1 } };
	const struct { const char *name; struct addr bound, local, from; } rows[] = {
		{ "an address of its own", a, addr_none, a },
		{ "all of IPv4", any, b, b },
		{ "IPv6", six, addr_none, six },
		{ "all of IPv6", addr_none, six, six },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sockaddr_storage from;
		socklen_t n = sizeof(from);
		uint8_t out[ROOM];
		struct tsig *asked;
		struct world x;
		struct addr got;
		ssize_t len;

		world_open(&x, &rows[i].bound, addr_is_v4(&rows[i].bound) ? &a : &six);
		hand_over(&x, &rows[i].local, &asked);
		pass(&x);
		len = recvfrom(x.client, out, sizeof(out), 0, (struct sockaddr *)&from, &n);
		if (len < 0)
			fail_msg("%s: no answer", rows[i].name);
		got = peer_addr(&from);
		if (!addr_eq(&got, &rows[i].from))
			fail_msg("%s: from another address", rows[i].name);
		assert_true(tsig_answered(asked, out, (size_t)len));
		assert_int_equal(counters_get(&x.counters, COUNTER_QUERIES), 1);
		tsig_free(asked);
		world_close(&x);
	}
}

/* Nobody is there to see it, which is counted. */
static void
an_answer_is_shown(void **state)
{
	const struct addr a = addr_v4(127, 0, 0, 1);
	const struct dnstap_about about = { .clients = false };
	struct tsig *asked;
	struct world x;

	(void)state;
	world_open(&x, &a, &a);
	assert_int_equal(dnstap_new(&x.rig.server.dnstap, x.rig.loop, &about, 1), 0);
	dnstap_counters(x.rig.server.dnstap, &x.counters);
	hand_over(&x, &addr_none, &asked);
	tsig_free(asked);
	pass(&x);
	assert_int_equal(counters_get(&x.counters, COUNTER_TAP_DROPPED), 1);
	dnstap_free(x.rig.server.dnstap);
	world_close(&x);
}

/* However many wait, they are answered in turns; each brings a descriptor, of which
 * none is left. */
static void
many_are_answered_and_no_descriptor_stays(void **state)
{
	const struct addr a = addr_v4(127, 0, 0, 1);
	uint8_t out[ROOM];
	struct world x;
	int before, n = 0;

	(void)state;
	world_open(&x, &a, &a);
	before = dup(x.client);
	for (int i = 0; i < 60; i++) {
		struct tsig *asked;

		hand_over(&x, &addr_none, &asked);
		tsig_free(asked);
	}
	for (int i = 0; i < 3; i++)
		pass(&x);
	while (recv(x.client, out, sizeof(out), 0) > 0)
		n++;
	assert_int_equal(n, 60);
	close(before);
	assert_int_equal(dup(x.client), before);
	close(before);
	world_close(&x);
}

/* Whatever a worker says: nothing happens, and the next query is answered. */
static void
nonsense_is_passed_over(void **state)
{
	const struct addr a = addr_v4(127, 0, 0, 1);
	const struct msg_id other = { 1 };
	const struct msg_signed none = { .peer = a, .port = 53 };
	struct msg_signed port0 = { .peer = a };
	uint8_t q[ROOM], out[ROOM];
	struct tsig *asked;
	struct world x;
	size_t n;

	(void)state;
	world_open(&x, &a, &a);
	assert_int_equal(frame_write(x.serve, MSG_GO, &other, x.socket), 0);
	assert_int_equal(frame_write(x.serve, MSG_SIGNED, &none, -1), 0);
	assert_int_equal(frame_write(x.serve, MSG_SIGNED, &none, x.socket), 0);
	assert_int_equal(send(x.serve, "x", 1, 0), 1);
	n = keys_signed(&asked, x.rig.server.ring, q, sizeof(q), "bl.example", DNS_SOA);
	tsig_free(asked);
	port0.query = (struct str){ (const char *)q, n };
	assert_int_equal(frame_write(x.serve, MSG_SIGNED, &port0, x.socket), 0);
	hand_over(&x, &addr_none, &asked);
	tsig_free(asked);
	pass(&x);
	assert_true(recv(x.client, out, sizeof(out), 0) > 0);
	assert_int_equal(recv(x.client, out, sizeof(out), 0), -1);
	assert_int_equal(counters_get(&x.counters, COUNTER_UNSENT), 1);
	close(x.serve);		/* nobody will ask any more */
	pass(&x);
	x.serve = dup(x.client);
	world_close(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_leaves_from_where_it_was_asked),
		cmocka_unit_test(an_answer_is_shown),
		cmocka_unit_test(many_are_answered_and_no_descriptor_stays),
		cmocka_unit_test(nonsense_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
