#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keys.h"
#include "sys/peer.h"
#include "xfer/notify.h"

#define KEY "hmac-sha256:n.example:MDEyMzQ1Njc4OWFiY2RlZg==\n"

enum { CAP = 2048 };

struct world {
	struct clock_fake	 clock;
	struct loop		*loop;
	struct rand		 rand;
	struct conf_listen	 to;
	struct notify		*n;
	struct tsig_ring	*ring;	/* NULL: no keys */
	int			 secondary;
	struct sockaddr_storage	 from;	/* of the last message */
};

static int
bound(struct conf_listen *at)
{
	struct sockaddr_storage ss;
	const struct addr a = addr_v4(127, 0, 0, 1);
	socklen_t len = peer_sockaddr(&ss, &a, 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	*at = (struct conf_listen){ peer_addr(&ss), peer_port(&ss) };
	return fd;
}

static void
world_open(struct world *x, const char *keys)
{
	struct conf_listen ours;

	clock_fake_init(&x->clock, (struct wall){ 1700000000 });
	clock_fake_pass(&x->clock, 1000);
	x->loop = loop_new_fake(&x->clock);
	assert_non_null(x->loop);
	rand_seeded(&x->rand, 1);
	x->secondary = bound(&x->to);
	assert_int_equal(notify_new(&x->n, x->loop, &x->rand, &x->to, 1), 0);
	if (keys != NULL)
		notify_keys(x->n, x->ring = keys_ring(keys));
	assert_int_equal(notify_socket(x->n, bound(&ours)), 0);
}

static void
world_close(struct world *x)
{
	notify_free(x->n);
	tsig_ring_free(x->ring);
	loop_free(x->loop);
	close(x->secondary);
}

static void
pass(struct world *x, int64_t ms)
{
	loop_run(x->loop, (struct mono){ x->clock.mono.ms + ms });
}

static void
tell(struct world *x, enum notify_zone zone, uint32_t serial)
{
	static const char *const names[] = { "bl.example", "out.bl.example", "cat.example" };
	struct answer_record soa = { .type = DNS_SOA, .ttl_s = 300, .len = 22 };
	struct wbuf w = wbuf_of(soa.data + 2, 4);

	assert_int_equal(dns_name_parse(&soa.owner, str_of(names[zone])), 0);
	wbuf_u32(&w, serial);
	notify_tell(x->n, zone, &soa, serial);
}

/* Receives one message.  Returns its octets, 0: there is none. */
static size_t
get(struct world *x, uint8_t *msg)
{
	socklen_t len = sizeof(x->from);
	ssize_t n = recvfrom(x->secondary, msg, CAP, 0, (struct sockaddr *)&x->from, &len);

	return n < 0 ? 0 : (size_t)n;
}

/* The serial of the next message, or 0: there is none. */
static uint32_t
serial(struct world *x, uint8_t *msg, size_t *n)
{
	struct rbuf m;
	struct dns_head h;
	struct dns_name name;
	struct dns_rr rr;

	*n = get(x, msg);
	if (*n == 0)
		return 0;
	m = rbuf_of(msg, *n);
	dns_head_read(&h, &m);
	assert_int_equal(h.flags, 0x2400);	/* NOTIFY, AA */
	assert_true(h.qd == 1 && h.an == 1 && h.ns == 0 && h.ar == (x->ring != NULL));
	dns_name_read(&name, &m);
	assert_int_equal(rbuf_u32(&m), DNS_SOA << 16 | DNS_IN);
	dns_rr_read(&rr, &m);
	assert_true(m.err == 0 && rr.type == DNS_SOA && dns_name_eq(&rr.owner, &name));
	return (uint32_t)msg[rr.at + 2] << 24 | (uint32_t)msg[rr.at + 3] << 16 |
	    (uint32_t)msg[rr.at + 4] << 8 | msg[rr.at + 5];
}

static void
expect(struct world *x, uint32_t want, uint8_t *msg, size_t *n)
{
	uint32_t got = serial(x, msg, n);

	if (got != want)
		fail_msg("serial %u at %lld ms, not %u", got, (long long)x->clock.mono.ms, want);
}

/* Sends msg back as an answer with that rcode. */
static void
answer(struct world *x, int fd, uint8_t *msg, size_t n, unsigned rcode)
{
	msg[2] |= 0x80;
	msg[3] = (uint8_t)rcode;
	assert_int_equal(sendto(fd, msg, n, 0, (struct sockaddr *)&x->from,
	    sizeof(struct sockaddr_in)), n);
	pass(x, 0);
}

static void
each_serial_is_told_once_and_an_answer_ends_it(void **state)
{
	struct world x = { .ring = NULL };
	uint8_t msg[CAP];
	size_t n;

	(void)state;
	world_open(&x, NULL);
	for (uint32_t s = 7; s < 10; s++) {
		tell(&x, NOTIFY_ZONE, s);
		pass(&x, NOTIFY_GAP_MS);
		expect(&x, s, msg, &n);
		answer(&x, x.secondary, msg, n, 0);
		tell(&x, NOTIFY_ZONE, s);
		pass(&x, 300 * 1000);
		expect(&x, 0, msg, &n);
	}
	tell(&x, NOTIFY_OUT, 9);
	tell(&x, NOTIFY_CATALOG, 9);
	pass(&x, 0);
	expect(&x, 9, msg, &n);
	expect(&x, 9, msg, &n);
	expect(&x, 0, msg, &n);
	world_close(&x);
}

static void
unanswered_it_is_told_again_and_later(void **state)
{
	static const int64_t after_s[] = { 1, 2, 4, 8, 16, 32, 60 };
	struct world x = { .ring = NULL };
	uint8_t msg[CAP];
	size_t n;

	(void)state;
	world_open(&x, NULL);
	for (unsigned round = 0; round < 2; round++) {
		tell(&x, NOTIFY_ZONE, 7 + round);
		pass(&x, 0);
		expect(&x, 7 + round, msg, &n);
		for (size_t i = 0; i < sizeof(after_s) / sizeof(after_s[0]); i++) {
			pass(&x, after_s[i] * 1000 - 1);
			expect(&x, 0, msg, &n);
			pass(&x, 1);
			expect(&x, 7 + round, msg, &n);
		}
		pass(&x, 3600 * 1000);
		expect(&x, 0, msg, &n);
	}
	tell(&x, NOTIFY_ZONE, 9);
	pass(&x, 0);
	expect(&x, 9, msg, &n);
	answer(&x, x.secondary, msg, n, 0);
	pass(&x, 3600 * 1000);
	expect(&x, 0, msg, &n);
	world_close(&x);
}

/* A thousand serials in a second are two messages more, of which the last is the
 * last, and is repeated as any other: a secondary may have been away for all. */
static void
constant_change_is_told_at_times(void **state)
{
	struct world x = { .ring = NULL };
	uint8_t msg[CAP];
	size_t n, messages = 0;
	uint32_t last = 0;

	(void)state;
	world_open(&x, NULL);
	for (uint32_t s = 1; s <= 1000; s++) {
		tell(&x, NOTIFY_ZONE, s);
		pass(&x, 1);
	}
	pass(&x, NOTIFY_GAP_MS);
	for (uint32_t got; (got = serial(&x, msg, &n)) != 0; messages++) {
		assert_true(got > last);
		last = got;
	}
	assert_int_equal(last, 1000);
	assert_int_equal(messages, 3);
	pass(&x, NOTIFY_FIRST_MS);
	expect(&x, 1000, msg, &n);
	world_close(&x);
}

static void
strangers_and_forgers_end_nothing(void **state)
{
	struct world x = { .ring = NULL };
	struct conf_listen elsewhere;
	uint8_t msg[CAP], bad[CAP];
	size_t n;
	int stranger = bound(&elsewhere);

	(void)state;
	world_open(&x, NULL);
	tell(&x, NOTIFY_ZONE, 7);
	pass(&x, 0);
	expect(&x, 7, msg, &n);
	memcpy(bad, msg, n);
	answer(&x, stranger, bad, n, 0);	/* another port */
	bad[0] ^= 1;
	answer(&x, x.secondary, bad, n, 0);	/* another ID */
	memcpy(bad, msg, n);
	assert_int_equal(sendto(x.secondary, bad, n, 0, (struct sockaddr *)&x.from,
	    sizeof(struct sockaddr_in)), n);	/* no answer at all */
	assert_int_equal(sendto(x.secondary, bad, 3, 0, (struct sockaddr *)&x.from,
	    sizeof(struct sockaddr_in)), 3);
	pass(&x, 999);
	expect(&x, 0, msg, &n);
	pass(&x, 1);
	expect(&x, 7, msg, &n);		/* again */
	close(stranger);
	world_close(&x);
}

static void
signed_where_there_is_a_key(void **state)
{
	struct world x = { .ring = NULL };
	uint8_t msg[CAP], q[CAP];
	struct tsig *t;
	size_t n, len;

	(void)state;
	world_open(&x, KEY);
	tell(&x, NOTIFY_ZONE, 7);
	pass(&x, 0);
	expect(&x, 7, msg, &n);
	memcpy(q, msg, n);
	len = n;
	assert_int_equal(tsig_check(&t, x.ring, q, &len), 0);
	assert_non_null(tsig_key_of(t));
	memcpy(msg, q, len);
	answer(&x, x.secondary, msg, len, DNS_NOTAUTH);	/* anybody could say so */
	tsig_free(t);
	pass(&x, 1000);
	expect(&x, 7, msg, &n);
	len = n;
	assert_int_equal(tsig_check(&t, x.ring, msg, &len), 0);
	msg[2] |= 0x80;
	assert_int_equal(tsig_sign(t, msg, &len, CAP), 0);
	answer(&x, x.secondary, msg, len, 0);
	tsig_free(t);
	pass(&x, 3600 * 1000);
	expect(&x, 0, msg, &n);
	world_close(&x);
}

/* What is published comes to the role before its sockets. */
static void
without_a_socket_it_waits(void **state)
{
	struct world x = { .ring = NULL };
	struct conf_listen ours;
	struct notify *n;
	uint8_t msg[CAP];
	size_t len;

	(void)state;
	world_open(&x, NULL);
	n = x.n;
	assert_int_equal(notify_new(&x.n, x.loop, &x.rand, &x.to, 1), 0);
	tell(&x, NOTIFY_ZONE, 7);
	pass(&x, 10 * 1000);
	expect(&x, 0, msg, &len);
	assert_int_equal(notify_socket(x.n, bound(&ours)), 0);
	pass(&x, 0);
	expect(&x, 7, msg, &len);
	notify_free(n);
	world_close(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_serial_is_told_once_and_an_answer_ends_it),
		cmocka_unit_test(unanswered_it_is_told_again_and_later),
		cmocka_unit_test(constant_change_is_told_at_times),
		cmocka_unit_test(strangers_and_forgers_end_nothing),
		cmocka_unit_test(signed_where_there_is_a_key),
		cmocka_unit_test(without_a_socket_it_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
