#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/signed.h"
#include "sys/frame.h"

static struct signed_way
way(int to)
{
	struct signed_way s = { .to = to, .n_from = 1 };

	assert_int_equal(net_parse(&s.from[0], STR("192.0.2.0/24")), 0);
	return s;
}

static void
what_has_no_way_stays(void **state)
{
	static const char octets[MESSAGE_QUERY + 1];
	const struct addr in = addr_v4(192, 0, 2, 1), out = addr_v4(198, 51, 100, 1);
	const struct { const char *name; struct addr peer; size_t n; bool keys, fd; enum signed_end want; } rows[] = {
		{ "as long as can be", in, MESSAGE_QUERY, true, true, SIGNED_OVER },
		{ "too long", in, MESSAGE_QUERY + 1, true, true, SIGNED_NOT },
		{ "a stranger", out, 100, true, true, SIGNED_NOT },
		{ "there are no keys", in, 100, false, true, SIGNED_NOT },
		{ "no socket to answer by", in, 100, true, false, SIGNED_NOT },
	};
	int pair[2], fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(frame_pair(pair), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct signed_way s = way(rows[i].keys ? pair[0] : -1);
		const struct msg_signed q = { rows[i].peer, 4242, rows[i].peer,
			{ octets, rows[i].n } };
		enum signed_end got = signed_hand_over(&s, &q, rows[i].fd ? fd : -1);

		if (got != rows[i].want)
			fail_msg("%s: %d", rows[i].name, (int)got);
	}
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

static void
it_comes_whole_with_its_socket(void **state)
{
	static struct frame f;
	const struct msg_signed q = { addr_v4(192, 0, 2, 1), 4242,
		addr_v4(192, 0, 2, 53), STR("hostile") };
	struct sockaddr_in at = { .sin_family = AF_INET }, theirs;
	socklen_t n = sizeof(at);
	struct msg_signed m;
	struct signed_way s;
	int pair[2], fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	assert_int_equal(frame_pair(pair), 0);
	s = way(pair[0]);
	assert_int_equal(signed_hand_over(&s, &q, fd), SIGNED_OVER);
	assert_int_equal(frame_read(pair[1], &f), 0);
	assert_int_equal(f.type, MSG_SIGNED);
	assert_int_equal(getsockname(f.fd, (struct sockaddr *)&theirs, &n), 0);
	assert_int_equal(theirs.sin_port, at.sin_port);
	assert_int_equal(frame_decode(&m, sizeof(m), &f), 0);
	assert_true(addr_eq(&m.peer, &q.peer) && addr_eq(&m.local, &q.local));
	assert_int_equal(m.port, 4242);
	assert_true(str_eq(m.query, q.query));
	close(f.fd);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

static void
when_xfer_does_not_keep_up_they_are_lost(void **state)
{
	const struct msg_signed q = { addr_v4(192, 0, 2, 1), 4242,
		addr_v4(192, 0, 2, 53), STR("hostile") };
	struct signed_way s;
	int pair[2], fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned n = 0;

	(void)state;
	assert_int_equal(frame_pair(pair), 0);
	s = way(pair[0]);
	while (signed_hand_over(&s, &q, fd) == SIGNED_OVER)
		assert_true(++n < 100000);
	assert_int_equal(signed_hand_over(&s, &q, fd), SIGNED_LOST);
	close(pair[1]);
	assert_int_equal(signed_hand_over(&s, &q, fd), SIGNED_LOST);	/* nobody is there */
	close(fd);
	close(pair[0]);
}

/* What the kernel says of the next datagram at fd. */
static struct addr
local_of(int fd)
{
	char octet, control[128];
	struct iovec v = { &octet, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control) };

	assert_int_equal(recvmsg(fd, &m, 0), 1);
	return signed_local(&m);
}

static void
the_address_that_was_asked(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	socklen_t n = sizeof(at), n6 = sizeof(six);
	const struct addr v4 = addr_v4(127, 0, 0, 7), loop = { { [15] = 1 } };
	const int on = 1;
	struct addr got;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int fd6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	at.sin_addr.s_addr = htonl(0x7f000007);
	assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&at, n), 1);
	got = local_of(fd);
	assert_true(addr_eq(&got, &addr_none));	/* it was not asked to say so */
	assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)), 0);
	assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&at, n), 1);
	got = local_of(fd);
	assert_true(addr_eq(&got, &v4));
	assert_int_equal(setsockopt(fd6, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd6, (struct sockaddr *)&six, n6), 0);
	assert_int_equal(getsockname(fd6, (struct sockaddr *)&six, &n6), 0);
	six.sin6_addr = in6addr_loopback;
	assert_int_equal(sendto(fd6, "x", 1, 0, (struct sockaddr *)&six, n6), 1);
	got = local_of(fd6);
	assert_true(addr_eq(&got, &loop));
	close(fd);
	close(fd6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_no_way_stays),
		cmocka_unit_test(it_comes_whole_with_its_socket),
		cmocka_unit_test(when_xfer_does_not_keep_up_they_are_lost),
		cmocka_unit_test(the_address_that_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
