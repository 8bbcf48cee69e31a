/* Who is next, when fifty thousand wait: on fake time, with a prober that holds
 * its sessions until the test ends them. */

#include "held.h"

#include "base/log.h"
#include "keep/lanes.h"
#include "keep/watch.h"

enum {
	LIST = 50 * 1000, SHORT_LIST = 1000, SESSIONS = 16,
	KEPT = SESSIONS / 8,	/* for the other side */
};

static struct mine *const prober = &probers[0];

static struct addr
of_list(unsigned i)
{
	return addr_v4(198, 19, (uint8_t)(i / 250), (uint8_t)(1 + i % 250));
}

/* A list of targets, as one import brings it. */
static void
queue_list(struct fixture *f, unsigned count)
{
	struct nomination n = { .port = 25, .basis = BASIS_AUTHORITY, .depth = DEPTH_GENTLE,
		.has_depth = true, .reason = STR("list"), .who = STR("tester") };
	bool joined, reused;

	log_setup("test", LOG_LV_WARN, 0);
	assert_int_equal(keep_write(f->keep), 0);
	for (unsigned i = 0; i < count; i++) {
		n.addr = of_list(i);
		assert_int_equal(nominate_add(f->keep, &n, &joined, &reused), 0);
	}
	assert_int_equal(keep_done(f->keep, 0), 0);
	assert_int_equal(keep_flush(f->keep), 0);
	pass(f, 1);
}

static bool
in_hand(struct addr a)
{
	for (size_t i = 0; i < prober->n; i++)
		if (addr_eq(&prober->held[i].addr, &a))
			return true;
	return false;
}

/* The oldest session ends, as one of a server that refuses everything. */
static void
oldest_ends(struct fixture *f)
{
	struct mine last = *prober;

	assert_true(last.n > 0);
	prober->n = 1;
	refuse_all(prober);
	memcpy(prober->held, last.held + 1, (last.n - 1) * sizeof(last.held[0]));
	prober->n = last.n - 1;
	pass(f, 0);
}

static void
nobody_hears(void *ctx, json_t *ev)
{
	(void)ctx;
	(void)ev;
}

static void
nobody_waits(void *ctx)
{
	(void)ctx;
}

/* As `nominate --follow` does it. */
static struct watch *
follow(struct fixture *f, struct addr a)
{
	struct watch *w;

	assert_int_equal(nominate(f, a, DEPTH_GENTLE), 0);
	assert_int_equal(watch_add(&w, f->keep, &a, nobody_hears, nobody_waits, NULL, 86400), 0);
	lanes_ask(f->keep, &a);
	pass(f, 0);
	return w;
}

static int
open_16(void **state)
{
	int err = held_open(state, 1);

	set(*state, "probe.sessions", "16");
	return err;
}

static int
open_1(void **state)
{
	int err = held_open(state, 1);

	set(*state, "probe.sessions", "1");
	return err;
}

static void
a_person_waits_for_no_list(void **state)
{
	struct fixture *f = *state;
	struct watch *w;

	queue_list(f, LIST);
	assert_int_equal(order_count(f->keep), SESSIONS - KEPT);
	w = follow(f, target(7));
	pass(f, 1);
	assert_true(in_hand(target(7)));	/* and no session ended */
	assert_int_equal(order_count(f->keep), SESSIONS - KEPT + 1);
	watch_remove(w);
}

/* Each of its sessions, not the first alone. */
static void
nor_for_its_later_sessions(void **state)
{
	struct fixture *f = *state;
	struct watch *w;
	unsigned ends = 0;

	queue_list(f, SHORT_LIST);
	w = follow(f, target(7));
	while (verdict(f, target(7), NULL) == VERDICT_NONE) {
		assert_true(ends++ < 4 * SESSIONS);	/* three forms, three sessions */
		oldest_ends(f);
		pass(f, 1);
	}
	assert_int_equal(verdict(f, target(7), NULL), VERDICT_CLOSED);
	assert_int_equal(dials[7], 3);
	watch_remove(w);
}

static void
with_one_session_a_person_is_next(void **state)
{
	struct fixture *f = *state;
	struct watch *w;

	queue_list(f, SHORT_LIST);
	assert_int_equal(order_count(f->keep), 1);
	w = follow(f, target(7));
	assert_false(in_hand(target(7)));
	oldest_ends(f);
	pass(f, 1);
	assert_true(in_hand(target(7)));
	watch_remove(w);
}

static void
a_crowd_does_not_stop_a_list(void **state)
{
	struct fixture *f = *state;
	struct watch *w[3 * SESSIONS];

	for (uint8_t i = 0; i < 3 * SESSIONS; i++)
		w[i] = follow(f, target(10 + i));
	pass(f, 1);
	assert_int_equal(order_count_asked(f->keep), SESSIONS - KEPT);
	queue_list(f, SHORT_LIST);
	assert_int_equal(order_count(f->keep), SESSIONS);
	for (unsigned i = 0; i < KEPT; i++)
		assert_true(in_hand(of_list(i)));
	for (uint8_t i = 0; i < 3 * SESSIONS; i++)
		watch_remove(w[i]);
}

/* Fifty thousand rows that are written anew each second would be all that
 * keeper does. */
static void
those_that_wait_are_left_alone(void **state)
{
	struct fixture *f = *state;
	int64_t queued_at, next;

	queue_list(f, SHORT_LIST);
	assert_int_equal(store_number(f->keep->store, Q_RUN_NEXT, NO_ARGS, &queued_at), 0);
	pass(f, 600);
	assert_int_equal(store_number(f->keep->store, Q_RUN_NEXT, NO_ARGS, &next), 0);
	assert_int_equal(next, queued_at);
	assert_int_equal(order_count(f->keep), SESSIONS - KEPT);
}

/* The first of the list come first, and what was begun ends before more is
 * begun: with 14 at once never more than 14 are in the middle. */
static void
what_was_begun_ends_first(void **state)
{
	struct fixture *f = *state;
	int64_t testing, waiting;

	queue_list(f, SHORT_LIST);
	for (unsigned i = 0; i < 200; i++) {
		oldest_ends(f);
		pass(f, 1);
		assert_int_equal(store_number(f->keep->store, Q_RUN_COUNT,
		    ARGS(ARG_I(RUN_TESTING)), &testing), 0);
		assert_int_equal(store_number(f->keep->store, Q_RUN_COUNT,
		    ARGS(ARG_I(RUN_WAITING)), &waiting), 0);
		assert_in_range(testing + waiting, 1, SESSIONS);
	}
	for (unsigned i = 0; i < 200 / 3 - SESSIONS; i++)
		assert_int_equal(verdict(f, of_list(i), NULL), VERDICT_CLOSED);
}

/* A control comes before all: all wait for it. */
static void
a_control_waits_for_no_list(void **state)
{
	struct fixture *f = *state;
	uint64_t questions;

	queue_list(f, SHORT_LIST);
	questions = f->questions;
	set(f, "probe.control_age", "60s");
	pass(f, 120);
	while (prober->n > 0)
		oldest_ends(f);
	channel_free(prober->channel);
	*prober = (struct mine){ 0 };
	attach(f);			/* that of the fixture answers at once */
	f->does = DOES_NOTHING;
	pass(f, 5);
	assert_true(f->questions > questions);
	assert_true(f->dials > 0 && order_count(f->keep) > 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_person_waits_for_no_list, open_16, held_close),
		cmocka_unit_test_setup_teardown(nor_for_its_later_sessions, open_16, held_close),
		cmocka_unit_test_setup_teardown(with_one_session_a_person_is_next, open_1, held_close),
		cmocka_unit_test_setup_teardown(a_crowd_does_not_stop_a_list, open_16, held_close),
		cmocka_unit_test_setup_teardown(those_that_wait_are_left_alone, open_16, held_close),
		cmocka_unit_test_setup_teardown(what_was_begun_ends_first, open_16, held_close),
		cmocka_unit_test_setup_teardown(a_control_waits_for_no_list, open_16, held_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
