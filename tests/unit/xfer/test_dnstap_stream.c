#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "collector.h"
#include "xfer/dnstap_stream.h"

struct world {
	struct clock_fake	 clock;
	struct loop		*loop;
	struct dnstap_stream	*stream;
	int			 collector;
	int			 up, gone;
	char			 why[64];
};

static void
up(void *ctx)
{
	struct world *x = ctx;

	x->up++;
}

static void
gone(void *ctx, const char *why)
{
	struct world *x = ctx;

	x->gone++;
	snprintf(x->why, sizeof(x->why), "%s", why);
	dnstap_stream_free(x->stream);
	x->stream = NULL;
}

static void
pass(struct world *x)
{
	loop_run(x->loop, x->clock.mono);
}

static void
world_open(struct world *x)
{
	static const struct dnstap_stream_events ev = { up, gone };
	int ends[2];

	memset(x, 0, sizeof(*x));
	clock_fake_init(&x->clock, (struct wall){ 1700000000 });
	x->loop = loop_new_fake(&x->clock);
	assert_non_null(x->loop);
	collector_pair(ends);
	x->collector = ends[0];
	assert_int_equal(dnstap_stream_new(&x->stream, x->loop, ends[1], &ev, x), 0);
	pass(x);
}

static void
world_close(struct world *x)
{
	dnstap_stream_free(x->stream);
	if (x->collector >= 0)
		close(x->collector);
	loop_free(x->loop);
}

static void
accepted(struct world *x)
{
	world_open(x);
	assert_int_equal(collector_next(x->collector), COLLECTOR_READY);
	collector_say(x->collector, COLLECTOR_ACCEPT, COLLECTOR_WANTS);
	pass(x);
	assert_int_equal(collector_next(x->collector), COLLECTOR_START);
	assert_int_equal(x->up, 1);
}

static void
the_handshake_comes_first(void **state)
{
	static const uint8_t frame[] = { 0, 0, 0, 4, 'd', 'a', 't', 'a' };
	uint8_t octets[COLLECTOR_MAX];
	struct world x;
	size_t n;

	(void)state;
	world_open(&x);
	assert_int_equal(collector_read(x.collector, octets, &n), COLLECTOR_READY);
	assert_int_equal(n, 12 + strlen(COLLECTOR_WANTS));
	assert_memory_equal(octets + 12, COLLECTOR_WANTS, n - 12);
	assert_false(dnstap_stream_put(x.stream, frame, sizeof(frame)));
	n = collector_control(octets, COLLECTOR_ACCEPT, COLLECTOR_WANTS);
	for (size_t i = 0; i < n; i++) {	/* in pieces, too */
		assert_int_equal(x.up, 0);
		assert_int_equal(send(x.collector, octets + i, 1, 0), 1);
		pass(&x);
	}
	assert_int_equal(x.up, 1);
	assert_int_equal(collector_next(x.collector), COLLECTOR_START);
	assert_true(dnstap_stream_put(x.stream, frame, sizeof(frame)));
	assert_int_equal(dnstap_stream_taken(x.stream) - dnstap_stream_sent(x.stream), sizeof(frame));
	dnstap_stream_flush(x.stream);
	assert_int_equal(dnstap_stream_taken(x.stream), dnstap_stream_sent(x.stream));
	assert_int_equal(collector_read(x.collector, octets, &n), COLLECTOR_DATA);
	assert_memory_equal(octets, "data", 4);
	dnstap_stream_free(x.stream);
	x.stream = NULL;
	assert_int_equal(collector_next(x.collector), COLLECTOR_STOP);
	assert_int_equal(collector_next(x.collector), COLLECTOR_END);
	assert_int_equal(x.gone, 0);
	world_close(&x);
}

/* Whatever else a collector says ends the connection, and nothing else. */
static void
other_words_end_it(void **state)
{
	static const struct {
		const char	*name;
		size_t		 n;
		uint8_t		 octets[24];
	} cases[] = {
		{ "a frame of data", 12, { 0, 0, 0, 4, 'd', 'a', 't', 'a', 0, 0, 0, 0 } },
		{ "a control frame of 4 GB", 8, { 0, 0, 0, 0, 255, 255, 255, 255 } },
		{ "a control frame of 513 octets", 8, { 0, 0, 0, 0, 0, 0, 2, 1 } },
		{ "an empty control frame", 8, { 0, 0, 0, 0, 0, 0, 0, 0 } },
		{ "START", 12, { 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 2 } },
		{ "an unknown control frame", 12, { 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 99 } },
		{ "ACCEPT of another content", 21, { 0, 0, 0, 0, 0, 0, 0, 13, 0, 0, 0, 1,
		    0, 0, 0, 1, 0, 0, 0, 1, 'x' } },
		{ "ACCEPT with a field that is cut", 20, { 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 1,
		    0, 0, 0, 1, 0, 0, 0, 9 } },
		{ "ACCEPT and more", 13, { 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world x;

		print_message("# %s\n", cases[i].name);
		world_open(&x);
		assert_int_equal(collector_next(x.collector), COLLECTOR_READY);
		assert_int_equal(send(x.collector, cases[i].octets, cases[i].n, 0), cases[i].n);
		pass(&x);
		assert_int_equal(x.gone, 1);
		assert_int_equal(x.up, 0);
		assert_string_equal(x.why, "it does not accept " COLLECTOR_WANTS);
		assert_int_equal(collector_next(x.collector), COLLECTOR_END);
		world_close(&x);
	}
}

static void
a_second_accept_ends_it(void **state)
{
	struct world x;

	(void)state;
	accepted(&x);
	collector_say(x.collector, COLLECTOR_ACCEPT, COLLECTOR_WANTS);
	pass(&x);
	assert_int_equal(x.gone, 1);
	world_close(&x);
}

static void
a_collector_that_leaves_is_seen(void **state)
{
	struct world x;

	(void)state;
	world_open(&x);		/* before it said a word */
	close(x.collector);
	x.collector = -1;
	pass(&x);
	assert_int_equal(x.gone, 1);
	world_close(&x);
	accepted(&x);
	close(x.collector);
	x.collector = -1;
	pass(&x);
	assert_int_equal(x.gone, 1);
	assert_string_equal(x.why, "it closed the connection");
	world_close(&x);
}

/* It is told once, also when writing finds out first. */
static void
writing_finds_out_too(void **state)
{
	static const uint8_t frame[] = { 0, 0, 0, 4, 'd', 'a', 't', 'a' };
	struct world x;

	(void)state;
	accepted(&x);
	assert_true(dnstap_stream_put(x.stream, frame, sizeof(frame)));
	close(x.collector);
	x.collector = -1;
	dnstap_stream_flush(x.stream);
	assert_int_equal(x.gone, 1);
	pass(&x);
	assert_int_equal(x.gone, 1);
	world_close(&x);
}

/* A frame of n octets that says its number. */
static size_t
numbered(uint8_t *out, uint32_t number)
{
	enum { N = 1000 };
	struct wbuf w = wbuf_of(out, 4 + N);

	memset(out, 0, 4 + N);
	wbuf_u32(&w, N);
	wbuf_u32(&w, number);
	return 4 + N;
}

/* What a slow one has read. */
static struct {
	uint8_t	octets[4 * DNSTAP_STREAM_ROOM];
	size_t	n;
} slow;

static bool
reads(struct world *x, size_t n)
{
	ssize_t got = recv(x->collector, slow.octets + slow.n, n, MSG_DONTWAIT);

	slow.n += got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* Nobody waits for it: the room fills up, and frames are refused whole.  Once it
 * reads again, all that was taken is there, in order. */
static void
a_slow_collector_gets_whole_frames(void **state)
{
	uint32_t put = 0, refused = 0;
	uint8_t frame[1004];
	struct world x;
	struct rbuf r;

	(void)state;
	accepted(&x);
	while (refused < 3000) {
		size_t n = numbered(frame, put);

		if (dnstap_stream_put(x.stream, frame, n))
			put++;
		else
			refused++;
		dnstap_stream_flush(x.stream);
		if (refused % 100 == 99)
			(void)reads(&x, sizeof(frame) - 1);
	}
	assert_int_equal(x.gone, 0);
	assert_true(put * sizeof(frame) >= DNSTAP_STREAM_ROOM);
	assert_true(dnstap_stream_sent(x.stream) < dnstap_stream_taken(x.stream));
	while (reads(&x, sizeof(slow.octets) - slow.n))
		pass(&x);	/* the loop sends on by itself */
	assert_int_equal(dnstap_stream_sent(x.stream), dnstap_stream_taken(x.stream));
	assert_int_equal(slow.n, put * sizeof(frame));
	r = rbuf_of(slow.octets, slow.n);
	for (uint32_t i = 0; i < put; i++) {
		assert_int_equal(rbuf_u32(&r), sizeof(frame) - 4);
		assert_int_equal(rbuf_u32(&r), i);
		(void)rbuf_bytes(&r, sizeof(frame) - 8);
	}
	world_close(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_handshake_comes_first),
		cmocka_unit_test(other_words_end_it),
		cmocka_unit_test(a_second_accept_ends_it),
		cmocka_unit_test(a_collector_that_leaves_is_seen),
		cmocka_unit_test(writing_finds_out_too),
		cmocka_unit_test(a_slow_collector_gets_whole_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
