/* Several processes of the probe role: who gets what, and what becomes of it
 * when one of them dies. */

#include "held.h"

#include <unistd.h>

enum { PROBERS = 3, TARGETS = 9, HOUR_S = 3600 };

static int
open_three(void **state)
{
	return held_open(state, PROBERS);
}

static void
nominate_some(struct fixture *f)
{
	for (uint8_t i = 0; i < TARGETS; i++)
		assert_int_equal(nominate(f, target(10 + i), DEPTH_GENTLE), 0);
	pass(f, 2);
}

static void
all_are_closed(struct fixture *f)
{
	for (uint8_t i = 0; i < TARGETS; i++)
		assert_int_equal(verdict(f, target(10 + i), NULL), VERDICT_CLOSED);
}

static void
sessions_are_spread(void **state)
{
	struct fixture *f = *state;

	nominate_some(f);
	for (size_t i = 0; i < PROBERS; i++)
		assert_int_equal(probers[i].n, TARGETS / PROBERS);
	all_refuse(f);
	all_are_closed(f);
}

static void
of_one_that_dies_others_take_over(void **state)
{
	struct fixture *f = *state;
	unsigned before[TARGETS];

	nominate_some(f);
	for (size_t i = 0; i < TARGETS; i++)
		before[i] = dials[10 + i];
	dies(f, 1);
	pass(f, 30);
	assert_int_equal(probers_count(f->keep), PROBERS - 1);
	assert_int_equal(probers[0].n + probers[2].n, TARGETS);
	for (size_t i = 0, again = 0; i < TARGETS; i++) {
		again += dials[10 + i] - before[i];
		if (i + 1 == TARGETS)
			assert_int_equal(again, TARGETS / PROBERS);	/* the others went on */
	}
	all_refuse(f);
	all_are_closed(f);
}

static void
each_dies_once_and_comes_back(void **state)
{
	struct fixture *f = *state;

	nominate_some(f);
	for (unsigned i = 0; i < PROBERS; i++) {
		dies(f, i);
		join(f, i);
		pass(f, 5);
	}
	all_refuse(f);
	all_are_closed(f);
}

static void
with_none_all_waits(void **state)
{
	struct fixture *f = *state;

	nominate_some(f);
	for (unsigned i = 0; i < PROBERS; i++)
		dies(f, i);
	pass(f, HOUR_S);
	assert_int_equal(order_count(f->keep), 0);
	for (uint8_t i = 0; i < TARGETS; i++)
		assert_int_equal(verdict(f, target(10 + i), NULL), VERDICT_NONE);
	join(f, 2);
	pass(f, 30);
	assert_int_equal(probers[2].n, TARGETS);
	all_refuse(f);
	all_are_closed(f);
}

/* Whoever broke into one of them cannot speak for the others. */
static void
of_an_order_speaks_who_has_it(void **state)
{
	struct fixture *f = *state;
	struct held mine;
	struct order_now now;

	nominate_some(f);
	mine = probers[0].held[0];
	send_to(probers[1].channel, MSG_FOUND, &(struct msg_found){ .order = mine.order,
	    .attempt = mine.attempts[0], .finding = FIND_REFUSED, .code = 550 });
	send_to(probers[1].channel, MSG_ENDED, &(struct msg_ended){ .order = mine.order,
	    .finding = FIND_DONE });
	pass(f, 1);
	assert_true(order_busy(f->keep, &mine.addr));
	assert_int_equal(order_count(f->keep), TARGETS);
	for (uint64_t run = 1; run < 40; run++)
		if (order_now(f->keep, run, &now))
			assert_int_equal(now.found, 0);
}

static void
a_number_that_cannot_be_is_refused(void **state)
{
	struct fixture *f = *state;
	int pair[2];

	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(keeper_probe(f->keep, PROBERS_MAX, pair[0]), SEK_ELIMIT);
	close(pair[1]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sessions_are_spread, open_three, held_close),
		cmocka_unit_test_setup_teardown(of_one_that_dies_others_take_over, open_three, held_close),
		cmocka_unit_test_setup_teardown(each_dies_once_and_comes_back, open_three, held_close),
		cmocka_unit_test_setup_teardown(with_none_all_waits, open_three, held_close),
		cmocka_unit_test_setup_teardown(of_an_order_speaks_who_has_it, open_three, held_close),
		cmocka_unit_test_setup_teardown(a_number_that_cannot_be_is_refused, open_three, held_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
