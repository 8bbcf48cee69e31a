/* How late a loop is: on the fake clock, with callbacks that let time pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sys/loop_delay.h"

static struct clock_fake now;
static struct loop *loop;
static struct loop_delay *delay;
static struct loop_timer *work;
static int64_t takes_ms;

static void
works(void *ctx)
{
	(void)ctx;
	clock_fake_pass(&now, takes_ms);
}

static int
setup(void **state)
{
	(void)state;
	clock_fake_init(&now, (struct wall){ 1000 });
	loop = loop_new_fake(&now);
	assert_int_equal(loop_timer(&work, loop, works, NULL), 0);
	return loop_delay_new(&delay, loop);
}

static int
teardown(void **state)
{
	(void)state;
	loop_delay_free(delay);
	loop_timer_free(work);
	loop_free(loop);
	return 0;
}

static void
pass(int64_t ms)
{
	loop_run(loop, (struct mono){ now.mono.ms + ms });
}

static void
off_it_sees_nothing(void **state)
{
	(void)state;
	pass(1000);
	assert_int_equal(loop_delay_take(delay).n, 0);
	loop_delay_on(delay, true);
	loop_delay_on(delay, false);
	pass(1000);
	assert_int_equal(loop_delay_take(delay).n, 0);
}

static void
a_loop_with_nothing_to_do_is_never_late(void **state)
{
	struct loop_delay_seen seen;

	(void)state;
	loop_delay_on(delay, true);
	pass(2000);
	seen = loop_delay_take(delay);
	assert_int_equal(seen.n, 2000 / LOOP_DELAY_EVERY_MS);
	assert_int_equal(seen.max_ms, 0);
	assert_int_equal(loop_delay_take(delay).n, 0);	/* it was taken */
}

/* Of two seconds one tenth of a second was lost: all that was due in it waited,
 * not the one timer alone. */
static void
a_long_round_counts_for_all_that_it_held_up(void **state)
{
	struct loop_delay_seen seen;

	(void)state;
	takes_ms = 200;
	loop_delay_on(delay, true);
	pass(900);
	loop_timer_set(work, 5);
	pass(1100);
	seen = loop_delay_take(delay);
	assert_in_range(seen.n, 95, 101);
	assert_in_range(seen.max_ms, 180, 200);
	assert_in_range(seen.p99_ms, 160, 200);
	assert_int_equal(seen.p50_ms, 0);
}

static void
what_is_later_than_all_bounds_is_the_bound(void **state)
{
	(void)state;
	takes_ms = 60 * 1000;
	loop_delay_on(delay, true);
	loop_timer_set(work, 5);
	pass(100 * 1000);
	assert_int_equal(loop_delay_take(delay).max_ms, LOOP_DELAY_MOST_MS);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(off_it_sees_nothing),
		T(a_loop_with_nothing_to_do_is_never_late),
		T(a_long_round_counts_for_all_that_it_held_up),
		T(what_is_later_than_all_bounds_is_the_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
