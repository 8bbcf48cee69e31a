#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "collector.h"
#include "xfer/dnstap.h"
#include "xfer/dnstap_stream.h"

enum { RINGS = 2, SAMPLE = 3 };

struct world {
	struct clock_fake	 clock;
	struct loop		*loop;
	struct dnstap		*d;
	struct shared		 rings;
	struct counters_slot	 slot;
	int			 collector;	/* -1: none */
};

static void
pass(struct world *x, int64_t ms)
{
	loop_run(x->loop, (struct mono){ x->clock.mono.ms + ms });
}

static void
world_open(struct world *x)
{
	const struct dnstap_about about = { STR("host"), STR("test"), true };

	memset(x, 0, sizeof(*x));
	x->collector = -1;
	clock_fake_init(&x->clock, (struct wall){ 1700000000 });
	x->loop = loop_new_fake(&x->clock);
	x->rings.n = tap_octets(RINGS);
	x->rings.p = aligned_alloc(_Alignof(struct tap_ring), x->rings.n);
	assert_true(x->loop != NULL && x->rings.p != NULL);
	memset(x->rings.p, 0, x->rings.n);
	tap_make(&x->rings, SAMPLE);
	assert_int_equal(dnstap_new(&x->d, x->loop, &about, SAMPLE), 0);
	dnstap_counters(x->d, &x->slot);
	dnstap_rings(x->d, &x->rings);
}

static void
world_close(struct world *x)
{
	dnstap_free(x->d);
	if (x->collector >= 0)
		close(x->collector);
	loop_free(x->loop);
	free(x->rings.p);
}

/* What it has read, up to a frame that is not there to its end yet. */
static struct {
	uint8_t	octets[1 << 21];
	size_t	n;
	int	frames;
} has;

/* A collector comes; with words it says it takes frames. */
static void
comes(struct world *x, bool words)
{
	int ends[2];

	collector_pair(ends);
	x->collector = ends[0];
	has.n = 0;
	has.frames = 0;
	assert_int_equal(dnstap_socket(x->d, ends[1]), 0);
	pass(x, 0);
	assert_int_equal(collector_next(x->collector), COLLECTOR_READY);
	if (!words)
		return;
	collector_say(x->collector, COLLECTOR_ACCEPT, COLLECTOR_WANTS);
	pass(x, 0);
	assert_int_equal(collector_next(x->collector), COLLECTOR_START);
}

static void
leaves(struct world *x)
{
	close(x->collector);
	x->collector = -1;
	pass(x, 0);
}

static struct tap_answer
answer(bool tcp)
{
	static const uint8_t octets[40];

	return (struct tap_answer){ .at = { 1700000000, 1 }, .port = 53, .tcp = tcp,
		.peer = addr_v4(192, 0, 2, 53), .query = octets, .query_len = 30,
		.answer = octets, .answer_len = 40 };
}

static bool
put(struct world *x, uint32_t ring)
{
	struct tap_answer a = answer(false);

	return tap_put(tap_ring(&x->rings, ring), &a);
}

/* Octets of the frames, all of data, that are there to their ends. */
static size_t
whole_frames(void)
{
	struct rbuf r = rbuf_of(has.octets, has.n);
	size_t at = 0;

	while (rbuf_left(&r) >= 4) {
		uint32_t n = rbuf_u32(&r);

		assert_in_range(n, 1, DNSTAP_FRAME_MAX);
		if (rbuf_bytes(&r, n) == NULL)
			break;
		has.frames++;
		at = r.at;
	}
	return at;
}

/* Pairs of frames that came since. */
static int
pairs(struct world *x)
{
	ssize_t n = recv(x->collector, has.octets + has.n,
	    sizeof(has.octets) - has.n, MSG_DONTWAIT);
	size_t at;
	int found;

	has.n += n > 0 ? (size_t)n : 0;
	at = whole_frames();
	has.n -= at;
	memmove(has.octets, has.octets + at, has.n);
	found = has.frames / 2;
	has.frames %= 2;
	return found;
}

static void
counted(const struct world *x, uint64_t written, uint64_t dropped)
{
	assert_int_equal(counters_get(&x->slot, COUNTER_TAP_WRITTEN), written);
	assert_int_equal(counters_get(&x->slot, COUNTER_TAP_DROPPED), dropped);
}

static void
what_is_in_the_rings_reaches_it(void **state)
{
	struct world x;

	(void)state;
	world_open(&x);
	comes(&x, true);
	assert_true(put(&x, 0) && put(&x, 1) && put(&x, 1));
	assert_int_equal(pairs(&x), 0);
	pass(&x, DNSTAP_DRAIN_MS);
	assert_int_equal(pairs(&x), 3);
	counted(&x, 3, 0);
	world_close(&x);
}

/* The rings keep what they hold; only the workers lose, and count. */
static void
without_a_collector_the_rings_wait(void **state)
{
	struct world x;

	(void)state;
	world_open(&x);
	for (int i = 0; i < TAP_ENTRIES; i++)
		assert_true(put(&x, 0));
	pass(&x, 60000);
	assert_false(put(&x, 0));
	comes(&x, false);
	pass(&x, 60000);
	assert_false(put(&x, 0));
	counted(&x, 0, 0);
	collector_say(x.collector, COLLECTOR_ACCEPT, COLLECTOR_WANTS);
	pass(&x, 0);
	assert_int_equal(collector_next(x.collector), COLLECTOR_START);
	assert_int_equal(pairs(&x), TAP_ENTRIES);
	counted(&x, TAP_ENTRIES, 0);
	world_close(&x);
}

static void
a_ring_half_full_is_looked_at_sooner(void **state)
{
	struct world x;

	(void)state;
	world_open(&x);
	comes(&x, true);
	for (int i = 0; i < TAP_ENTRIES / 2; i++)
		assert_true(put(&x, 1));
	pass(&x, DNSTAP_DRAIN_MS);
	assert_int_equal(pairs(&x), TAP_ENTRIES / 2);
	assert_true(put(&x, 0));
	pass(&x, DNSTAP_BUSY_MS);
	assert_int_equal(pairs(&x), 1);
	assert_true(put(&x, 0));
	pass(&x, DNSTAP_BUSY_MS);
	assert_int_equal(pairs(&x), 0);
	world_close(&x);
}

/* Each answer is counted once, as what became of it. */
static void
a_slow_collector_costs_answers_and_they_are_counted(void **state)
{
	enum { N = 20000 };
	uint64_t written, got = 0;
	struct world x;

	(void)state;
	world_open(&x);
	comes(&x, true);
	for (int i = 0; i < N; i++) {
		assert_true(put(&x, 0));
		if (i % 50 == 49)
			pass(&x, DNSTAP_DRAIN_MS);
	}
	written = counters_get(&x.slot, COUNTER_TAP_WRITTEN);
	assert_true(counters_get(&x.slot, COUNTER_TAP_DROPPED) > 0);
	assert_true(written > 0 && written < N);
	for (uint64_t more = 1; more > 0; got += more) {
		more = (uint64_t)pairs(&x);
		pass(&x, DNSTAP_DRAIN_MS);
	}
	written = counters_get(&x.slot, COUNTER_TAP_WRITTEN);
	assert_int_equal(got, written);
	counted(&x, written, N - written);
	world_close(&x);
}

static void
what_a_dead_collector_had_not_is_dropped(void **state)
{
	uint64_t written;
	struct world x;

	(void)state;
	world_open(&x);
	comes(&x, true);
	for (int i = 0; i < 1000; i++) {
		assert_true(put(&x, 0));
		pass(&x, DNSTAP_DRAIN_MS);
	}
	leaves(&x);
	written = counters_get(&x.slot, COUNTER_TAP_WRITTEN);
	counted(&x, written, 1000 - written);
	assert_true(written < 1000);
	assert_true(put(&x, 0));
	pass(&x, DNSTAP_DRAIN_MS);
	comes(&x, true);
	assert_int_equal(pairs(&x), 1);
	counted(&x, written + 1, 1000 - written);
	world_close(&x);
}

static void
another_one_takes_the_place(void **state)
{
	struct world x;
	int first;

	(void)state;
	world_open(&x);
	comes(&x, true);
	first = x.collector;
	comes(&x, true);
	assert_int_equal(collector_next(first), COLLECTOR_STOP);
	assert_int_equal(collector_next(first), COLLECTOR_END);
	close(first);
	assert_true(put(&x, 0));
	pass(&x, DNSTAP_DRAIN_MS);
	assert_int_equal(pairs(&x), 1);
	world_close(&x);
}

static void
the_end_takes_what_is_there(void **state)
{
	struct world x;

	(void)state;
	world_open(&x);
	comes(&x, true);
	assert_true(put(&x, 0) && put(&x, 1));
	dnstap_free(x.d);
	x.d = NULL;
	counted(&x, 2, 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(collector_next(x.collector), COLLECTOR_DATA);
	assert_int_equal(collector_next(x.collector), COLLECTOR_STOP);
	assert_int_equal(collector_next(x.collector), COLLECTOR_END);
	world_close(&x);
}

static void
of_answers_by_tcp_some_are_shown(void **state)
{
	struct tap_answer a = answer(true);
	struct world x;

	(void)state;
	world_open(&x);
	dnstap_answer(NULL, &a);
	for (int i = 0; i < SAMPLE; i++)
		dnstap_answer(x.d, &a);	/* nobody is there */
	counted(&x, 0, 1);
	comes(&x, true);
	for (int i = 0; i < 4 * SAMPLE; i++) {
		dnstap_answer(x.d, &a);
		pass(&x, DNSTAP_DRAIN_MS);
		assert_int_equal(pairs(&x), i % SAMPLE == SAMPLE - 1);
	}
	a.query_len = TAP_QUERY + 1;	/* its octets are not looked at */
	for (int i = 0; i < SAMPLE; i++)
		dnstap_answer(x.d, &a);
	a.query_len = 0;
	a.answer_len = TAP_ANSWER + 1;
	for (int i = 0; i < SAMPLE; i++)
		dnstap_answer(x.d, &a);
	pass(&x, DNSTAP_DRAIN_MS);
	assert_int_equal(pairs(&x), 0);
	counted(&x, 4, 3);
	world_close(&x);
}

/* A worker gone wild writes what it wants where it may. */
static void
a_wild_ring_keeps_nobody(void **state)
{
	struct world x;

	(void)state;
	world_open(&x);
	comes(&x, true);
	memset(x.rings.p, 0xff, x.rings.n);
	atomic_store(&tap_ring(&x.rings, 0)->taken, 0);	/* 2^64 - 1 are there */
	pass(&x, DNSTAP_DRAIN_MS);
	assert_true(atomic_load(&tap_ring(&x.rings, 0)->taken) <= TAP_ENTRIES);
	memset(x.rings.p, 0, x.rings.n);
	(void)pairs(&x);
	world_close(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_the_rings_reaches_it),
		cmocka_unit_test(without_a_collector_the_rings_wait),
		cmocka_unit_test(a_ring_half_full_is_looked_at_sooner),
		cmocka_unit_test(a_slow_collector_costs_answers_and_they_are_counted),
		cmocka_unit_test(what_a_dead_collector_had_not_is_dropped),
		cmocka_unit_test(another_one_takes_the_place),
		cmocka_unit_test(the_end_takes_what_is_there),
		cmocka_unit_test(of_answers_by_tcp_some_are_shown),
		cmocka_unit_test(a_wild_ring_keeps_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
