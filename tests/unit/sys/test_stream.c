#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "peer.h"

static uint8_t much[STREAM_QUEUE];

/* One end of a socket pair, or a failure, in place of the kernel's connect. */
struct pair_dialer {
	struct dialer	dialer;
	int		fd;
	int		sys;
};

static int
pair_dial(struct dialer *d, const struct addr *to, uint16_t port,
    const struct addr *from)
{
	struct pair_dialer *p = (struct pair_dialer *)d;

	(void)to;
	(void)port;
	(void)from;
	errno = p->sys;
	return p->sys != 0 ? SEK_ESYS : p->fd;
}

static int
dial_pair(struct peer *p, struct rig *r, struct pair_dialer *d)
{
	int rc;

	d->dialer.dial = pair_dial;
	p->rig = r;
	peer_inside = true;
	rc = stream_dial(&p->s, r->loop, &d->dialer, &loopback, 25, &addr_none,
	    30000, &peer_events, p);
	peer_inside = false;
	return rc;
}

static void
fill(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, much, sizeof(much)) > 0)
		;
	while (write(fd, much, 1) > 0)
		;
}

static void
echo_over_a_pair(struct rig *r)
{
	struct peer a = { 0 }, b = { .echo = true };
	int pair[2];

	socket_pair(pair);
	peer_adopt(&a, r, pair[0]);
	peer_adopt(&b, r, pair[1]);
	assert_int_equal(fcntl(pair[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	peer_write(&a, "he", 2);
	peer_write(&a, "llo", 3);
	assert_int_equal(stream_queued(a.s), 5);
	rig_run(r, &a, "Whello", 1000);
	assert_int_equal(stream_queued(a.s), 0);
	peer_close(&a);
	rig_run(r, &b, "helloWD3", 1000);
	assert_int_equal(stream_write(b.s, "x", 1), 0);	/* without effect */
	assert_int_equal(stream_queued(b.s), 0);
	peer_close(&b);
}

static void
dialled_over_127(struct rig *r)
{
	struct peer a = { 0 }, b = { .echo = true };
	uint16_t port;
	int lfd = local_port(&port, true);

	peer_dial(&a, r, port);
	peer_write(&a, "early", 5);	/* waits for up */
	rig_run(r, &a, "UW", 1000);
	peer_adopt(&b, r, accept(lfd, NULL, NULL));
	rig_run(r, &a, "UWearly", 1000);
	peer_close(&b);
	rig_run(r, &a, "UWearlyD3", 1000);
	peer_close(&a);
	close(lfd);
}

static void
refused(struct rig *r)
{
	struct peer a = { 0 };
	uint16_t port;
	int fd = local_port(&port, false);

	peer_dial(&a, r, port);
	rig_run(r, &a, "D1", 1000);
	peer_close(&a);
	close(fd);
}

static void
heard_before_the_reset(struct rig *r)
{
	struct peer a = { 0 };
	struct linger now = { .l_onoff = 1 };
	uint16_t port;
	int lfd = local_port(&port, true), fd;

	peer_dial(&a, r, port);
	rig_run(r, &a, "U", 1000);
	fd = accept(lfd, NULL, NULL);
	assert_int_equal(write(fd, "554 no\n", 7), 7);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	peer_write(&a, "QUIT", 4);
	rig_run(r, &a, "U554 no\nD4", 1000);
	peer_close(&a);
	close(lfd);
}

static void
dial_fails_at_once(struct rig *r)
{
	static const struct { int sys, rc; const char *log; } cases[] = {
		{ ENETUNREACH, 0, "D1" },
		{ EHOSTUNREACH, 0, "D1" },
		{ ECONNREFUSED, 0, "D1" },
		{ ETIMEDOUT, 0, "D2" },
		{ EMFILE, SEK_ESYS, "" },
		{ EADDRNOTAVAIL, SEK_ESYS, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair_dialer d = { .sys = cases[i].sys };
		struct peer a = { 0 };

		assert_int_equal(dial_pair(&a, r, &d), cases[i].rc);
		if (cases[i].rc != 0) {
			assert_int_equal(errno, cases[i].sys);
			continue;
		}
		assert_string_equal(a.log, "");
		rig_run(r, &a, cases[i].log, 1000);
		peer_close(&a);
	}
}

static void
queue_is_bounded(struct rig *r)
{
	struct peer a = { 0 }, b = { .quiet = true };
	size_t last = 0;
	int pair[2];

	socket_pair(pair);
	peer_adopt(&a, r, pair[0]);
	peer_write(&a, much, sizeof(much) - 1);
	assert_int_equal(stream_write(a.s, much, 2), SEK_ELIMIT);
	peer_write(&a, much, 1);
	assert_int_equal(stream_write(a.s, much, 1), SEK_ELIMIT);
	assert_int_equal(stream_queued(a.s), STREAM_QUEUE);
	peer_adopt(&b, r, pair[1]);
	rig_run(r, &a, "W", 1000);
	while (b.octets < sizeof(much) && b.octets >= last) {
		last = b.octets + 1;
		loop_timer_set(r->guard, 1);
		loop_run(r->loop, (struct mono){ r->clock.mono.ms + 10 });
	}
	assert_int_equal(b.octets, sizeof(much));
	assert_int_equal(b.largest, STREAM_READ);
	peer_close(&a);
	peer_close(&b);
}

static void
paused_means_no_data(struct rig *r)
{
	struct peer a = { 0 };
	int pair[2];

	socket_pair(pair);
	peer_adopt(&a, r, pair[0]);
	stream_pause(a.s, true);
	assert_int_equal(write(pair[1], "held", 4), 4);
	loop_run(r->loop, (struct mono){ r->clock.mono.ms + 100 });
	assert_string_equal(a.log, "");
	peer_write(&a, "x", 1);		/* writing goes on */
	rig_run(r, &a, "W", 1000);
	stream_pause(a.s, false);
	rig_run(r, &a, "Wheld", 1000);
	peer_close(&a);
	close(pair[1]);
}

static void
closed_by_its_own_events(struct rig *r)
{
	static const struct { char on; const char *log; } cases[] = {
		{ 'U', "U" }, { 'W', "UW" }, { 'd', "UWEHLO" }, { 'D', "UWEHLOD3" },
	};

	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer a = { .close_on = cases[i / 2].on, .flush = i % 2 };
		struct pair_dialer d = { 0 };
		int pair[2];

		socket_pair(pair);
		d.fd = pair[0];
		assert_int_equal(dial_pair(&a, r, &d), 0);
		peer_write(&a, "hi", 2);
		rig_run(r, &a, cases[i / 2].on == 'U' ? "U" : "UW", 1000);
		if (a.s != NULL)
			assert_int_equal(write(pair[1], "EHLO", 4), 4);
		if (cases[i / 2].on == 'D')
			shutdown(pair[1], SHUT_WR);
		rig_run(r, &a, cases[i / 2].log, 1000);
		assert_null(a.s);
		close(pair[1]);
		loop_run(r->loop, (struct mono){ r->clock.mono.ms + 10 });
	}
}

static size_t
read_all(int fd)
{
	char buf[65536];
	ssize_t n;
	size_t all = 0;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		all += (size_t)n;
	return n == 0 ? all : all + 1000000000;	/* no end of file */
}

static void
flush_reaches_a_talking_peer(void **state)
{
	struct rig r;
	struct peer a = { 0 };
	size_t before = open_descriptors();
	uint16_t port;
	int lfd, fd;

	(void)state;
	rig_open(&r, true);
	lfd = local_port(&port, true);
	peer_dial(&a, &r, port);
	rig_run(&r, &a, "U", 1000);
	fd = accept(lfd, NULL, NULL);
	assert_int_equal(write(fd, "unread", 6), 6);
	stream_pause(a.s, true);
	peer_write(&a, "421 too much\r\n", 14);
	stream_close(a.s, true);
	loop_run(r.loop, (struct mono){ r.clock.mono.ms + 100 });
	assert_int_equal(write(fd, "and more", 8), 8);
	loop_run(r.loop, (struct mono){ r.clock.mono.ms + 100 });
	assert_int_equal(read_all(fd), 14);	/* no reset */
	assert_string_equal(a.log, "U");
	close(fd);
	loop_run(r.loop, (struct mono){ r.clock.mono.ms + 100 });
	close(lfd);
	rig_close(&r);
	assert_int_equal(open_descriptors(), before);
}

static void
flush_is_bounded(void **state)
{
	struct rig r;
	struct peer a = { 0 };
	size_t before;
	int pair[2];

	(void)state;
	rig_open(&r, true);
	socket_pair(pair);
	before = open_descriptors();
	fill(pair[0]);
	peer_adopt(&a, &r, pair[0]);
	peer_write(&a, "421 bye\r\n", 9);	/* nobody reads */
	stream_close(a.s, true);
	loop_run(r.loop, (struct mono){ STREAM_FLUSH_MS - 1 });
	assert_int_equal(open_descriptors(), before);
	loop_run(r.loop, (struct mono){ STREAM_FLUSH_MS });
	assert_int_equal(open_descriptors(), before - 1);
	close(pair[1]);
	rig_close(&r);
}

static void
loop_ends_during_flush(void **state)
{
	struct rig r;
	size_t before = open_descriptors();

	(void)state;
	for (int fake = 0; fake < 2; fake++) {
		struct peer a = { 0 };
		int pair[2];

		rig_open(&r, fake == 1);
		socket_pair(pair);
		peer_adopt(&a, &r, pair[0]);
		stream_close(a.s, true);
		close(pair[1]);
		rig_close(&r);
		assert_int_equal(open_descriptors(), before);
	}
}

static void
answers_and_closes(struct peer *p, char event)
{
	if (event == 'd')
		peer_write(p, much, 100000);
}

static void
half_closed_peer_gets_its_answer(void **state)
{
	struct rig r;
	struct peer a = { .hook = answers_and_closes, .close_on = 'D', .flush = true };
	int pair[2];
	size_t got = 0;

	(void)state;
	rig_open(&r, true);
	socket_pair(pair);
	peer_adopt(&a, &r, pair[0]);
	fill(pair[0]);			/* so that the answer is still queued */
	assert_int_equal(write(pair[1], "QUIT", 4), 4);
	shutdown(pair[1], SHUT_WR);
	rig_run(&r, &a, "QUITD3", 100);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 10; i++) {
		got = read_all(pair[1]);
		loop_run(r.loop, (struct mono){ r.clock.mono.ms + 1 });
	}
	assert_true(got < 1000000000);	/* the end was seen */
	close(pair[1]);
	rig_close(&r);
}

static void
connecting_times_out(void **state)
{
	struct rig r;
	struct peer a = { 0 };
	struct pair_dialer d = { 0 };
	int pair[2];

	(void)state;
	rig_open(&r, true);
	socket_pair(pair);
	fill(pair[0]);			/* never writable */
	d.fd = pair[0];
	assert_int_equal(dial_pair(&a, &r, &d), 0);
	loop_run(r.loop, (struct mono){ 29999 });
	assert_string_equal(a.log, "");
	loop_run(r.loop, (struct mono){ 30000 });
	assert_string_equal(a.log, "D2");
	peer_close(&a);
	close(pair[1]);
	rig_close(&r);
}

static void
source_address_is_bound(void **state)
{
	struct sockaddr_in name;
	struct addr from = loopback, v6 = { { 0x20, 0x01, 0x0d, 0xb8 } };
	socklen_t n = sizeof(name);
	uint16_t port;
	int lfd = local_port(&port, true), fd;

	(void)state;
	from.o[15] = 9;
	fd = dialer_real.dial(&dialer_real, &loopback, port, &from);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(accept(lfd, (struct sockaddr *)&name, &n));
	assert_int_equal(ntohl(name.sin_addr.s_addr), 0x7f000009);
	close(fd);
	assert_int_equal(dialer_real.dial(&dialer_real, &loopback, port, &v6),
	    SEK_ESYS);
	assert_int_equal(errno, EAFNOSUPPORT);
	close(lfd);
}

static void
thousand_cycles_leave_nothing(void **state)
{
	struct rig r;
	uint16_t port;
	int lfd;
	size_t before;

	(void)state;
	rig_open(&r, false);
	lfd = local_port(&port, true);
	before = open_descriptors();
	for (int i = 0; i < 1000; i++) {
		struct peer a = { 0 }, b = { .echo = true };

		peer_dial(&a, &r, port);
		rig_run(&r, &a, "U", 0);
		peer_adopt(&b, &r, accept(lfd, NULL, NULL));
		peer_write(&a, "x", 1);
		rig_run(&r, &a, "UWx", 0);
		stream_close(a.s, i % 2 == 0);
		rig_run(&r, &b, "xWD3", 0);
		peer_close(&b);
	}
	loop_timer_set(r.guard, 1);
	loop_run(r.loop, (struct mono){ -1 });
	assert_int_equal(open_descriptors(), before);
	close(lfd);
	rig_close(&r);
}

static void (*const both[])(struct rig *r) = {
	echo_over_a_pair, dialled_over_127, refused, heard_before_the_reset,
	dial_fails_at_once, queue_is_bounded, paused_means_no_data,
	closed_by_its_own_events,
};

static void
run_all(bool fake)
{
	struct rig r;

	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		rig_open(&r, fake);
		both[i](&r);
		rig_close(&r);
	}
}

static void
on_the_real_loop(void **state)
{
	(void)state;
	run_all(false);
}

static void
on_the_fake_loop(void **state)
{
	(void)state;
	run_all(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_the_real_loop),
		cmocka_unit_test(on_the_fake_loop),
		cmocka_unit_test(flush_reaches_a_talking_peer),
		cmocka_unit_test(flush_is_bounded),
		cmocka_unit_test(loop_ends_during_flush),
		cmocka_unit_test(half_closed_peer_gets_its_answer),
		cmocka_unit_test(connecting_times_out),
		cmocka_unit_test(source_address_is_bound),
		cmocka_unit_test(thousand_cycles_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
