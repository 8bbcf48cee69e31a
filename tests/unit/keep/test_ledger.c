#include "rig.h"

#include "fact/finding.h"
#include "keep/ledger.h"

/* The ledger alone: what each pace class allows after what was, with the limits
 * written down here (relay-tests section 5, architecture section 4). */

static const struct addr at = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1 } };

/* One session that took a second and ended ago_s ago. */
static void
session(struct rig *r, int64_t ago_s, enum finding f, uint64_t boot, uint16_t answered)
{
	struct session_row s = {
		.run = 1, .addr = at, .port = 25, .kind = RUN_PROBE, .finding = (uint8_t)f,
		.answered = answered, .started = { keep_now(&r->k).s - ago_s - 1 },
		.ended = { keep_now(&r->k).s - ago_s }, .boot = boot,
	};

	s.up = r->clock.mono.ms / 1000 - ago_s - 1;
	s.up_ended = s.up + 1;
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, store_put(r->k.store, &session_shape, &s)), 0);
	assert_int_equal(keep_flush(&r->k), 0);
}

static int64_t
wait_of(struct rig *r, enum pace pace, const char **why)
{
	int64_t wait;

	assert_int_equal(ledger_wait(&r->k, &at, pace, &wait, why), 0);
	return wait;
}

static const struct {
	const char	*name;
	enum pace	 pace;
	struct { unsigned n; int64_t ago_s, apart_s; enum finding f; } was[2];
	int64_t		 wait;
	const char	*why;
} cases[] = {
	{ "nothing yet", PACE_FOREIGN, { { 0 } }, 0, "pace" },
	{ "foreign: 60 s", PACE_FOREIGN, { { 1, 10, 0, FIND_DONE } }, 50, "pace" },
	{ "foreign: 60 s are over", PACE_FOREIGN, { { 1, 60, 0, FIND_DONE } }, 0, "pace" },
	{ "listed: 120 s", PACE_LISTED, { { 1, 10, 0, FIND_DONE } }, 110, "pace" },
	{ "owner: 10 s", PACE_OWNER, { { 1, 3, 0, FIND_DONE } }, 7, "pace" },
	{ "lab: none", PACE_LAB, { { 1, 0, 0, FIND_DONE } }, 0, "pace" },
	{ "foreign: 19 a day leave room", PACE_FOREIGN, { { 19, 100, 100, FIND_DONE } },
	    0, "pace" },
	{ "foreign: 20 a day, until the first is a day ago", PACE_FOREIGN,
	    { { 20, 100, 100, FIND_DONE } }, 86400 - 2000, "day" },
	{ "foreign: what is older than a day does not count", PACE_FOREIGN,
	    { { 19, 100, 100, FIND_DONE }, { 30, 90000, 60, FIND_DONE } }, 0, "pace" },
	{ "listed: 6 a day", PACE_LISTED, { { 6, 200, 200, FIND_DONE } }, 86400 - 1200, "day" },
	{ "owner: 199 a day leave room", PACE_OWNER, { { 199, 20, 20, FIND_DONE } }, 0, "pace" },
	{ "owner: 200 a day", PACE_OWNER, { { 200, 20, 20, FIND_DONE } }, 86400 - 4000, "day" },
	{ "foreign: a 421 asks for a day", PACE_FOREIGN, { { 1, 3600, 0, FIND_BUSY } },
	    82800, "silence" },
	{ "foreign: a tarpit asks for a day", PACE_FOREIGN, { { 1, 3600, 0, FIND_TARPIT } },
	    82800, "silence" },
	{ "foreign: a 421 before others", PACE_FOREIGN,
	    { { 2, 100, 100, FIND_DONE }, { 1, 3600, 0, FIND_BUSY } }, 82800, "silence" },
	{ "listed: a 421 asks for a day", PACE_LISTED, { { 1, 3600, 0, FIND_BUSY } },
	    82800, "silence" },
	{ "owner: a 421 asks for ten minutes", PACE_OWNER, { { 1, 60, 0, FIND_BUSY } },
	    540, "silence" },
	{ "lab: a 421 asks for five seconds", PACE_LAB, { { 1, 1, 0, FIND_BUSY } }, 4, "silence" },
};

static void
a_class_allows_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *r;
		const char *why;
		int64_t wait;

		assert_int_equal(rig_memory((void **)&r), 0);
		for (size_t j = 2; j-- > 0; )
			for (unsigned n = cases[i].was[j].n; n > 0; n--)
				session(r, cases[i].was[j].ago_s + (n - 1) *
				    cases[i].was[j].apart_s, cases[i].was[j].f, 0, 1);
		wait = wait_of(r, cases[i].pace, &why);
		if (wait != cases[i].wait || strcmp(why, cases[i].why) != 0)
			fail_msg("%s: want %lld %s, got %lld %s", cases[i].name,
			    (long long)cases[i].wait, cases[i].why, (long long)wait, why);
		rig_free(r);
	}
}

/* Within one boot the clock that nobody sets tells what passed. */
static void
a_clock_that_is_set_changes_nothing(void **state)
{
	struct rig *r = *state;
	const char *why;

	r->k.boot = 7;
	r->clock.mono.ms = 5000 * 1000;
	session(r, 10, FIND_DONE, 7, 1);
	r->clock.wall.s += 90000;
	assert_int_equal(wait_of(r, PACE_FOREIGN, &why), 50);
	r->clock.wall.s -= 200000;
	assert_int_equal(wait_of(r, PACE_FOREIGN, &why), 50);
	r->k.boot = 8;		/* started anew: the wall's clock is what is left, */
	assert_int_equal(wait_of(r, PACE_FOREIGN, &why), 60);	/* and never the gentler */
}

static int
set_of(struct rig *r, enum pace pace, uint64_t *run)
{
	return ledger_set(&r->k, &at, pace, run);
}

static void
one_set_in_thirty_days(void **state)
{
	struct rig *r = *state;
	uint64_t run = 0;

	assert_int_equal(set_of(r, PACE_FOREIGN, &run), 0);
	session(r, 0, FIND_NO_CONNECT, 0, 0);
	assert_int_equal(set_of(r, PACE_FOREIGN, &run), 0);	/* nothing was put */
	session(r, 0, FIND_DONE, 0, 3);
	assert_int_equal(set_of(r, PACE_FOREIGN, &run), 1);
	assert_int_equal(run, 1);
	assert_int_equal(set_of(r, PACE_LISTED, &run), 0);
	assert_int_equal(set_of(r, PACE_OWNER, &run), 0);
	assert_int_equal(set_of(r, PACE_LAB, &run), 0);
	r->clock.wall.s += 30 * 86400 - 1;
	assert_int_equal(set_of(r, PACE_FOREIGN, &run), 1);
	r->clock.wall.s += 1;
	assert_int_equal(set_of(r, PACE_FOREIGN, &run), 0);
}

static struct session_row
newest(struct rig *r)
{
	struct session_row s;

	assert_int_equal(store_one(r->k.store, Q_SESSION_NEWEST,
	    ARGS(ARG_A(at), ARG_I(1)), &s), 0);
	store_forget(r->k.store);
	return s;
}

static void
write_start(struct rig *r, const struct run *run)
{
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, ledger_start(&r->k, run, &run->addr, 587, 3)), 0);
}

static void
write_attempt(struct rig *r, uint64_t id, enum finding f)
{
	struct attempt a = { .id = id, .run = 9, .addr = at, .port = 587, .form = (uint8_t)id,
	    .finding = (uint8_t)f, .sent = keep_now(&r->k) };

	if (f == FIND_ACCEPTED)
		a.accepted = keep_now(&r->k);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, store_put(r->k.store, &attempt_shape, &a)), 0);
}

static void
write_end(struct rig *r, enum finding f, unsigned refusals, bool halted)
{
	struct msg_ended m = { .finding = (uint8_t)f, .refusals = (uint16_t)refusals };

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, ledger_end(&r->k, 9, &m, halted)), 0);
}

/* Why it was, how deep it went, what came of it. */
static void
a_session_is_told_of(void **state)
{
	struct rig *r = *state;
	const struct run run = { .id = 9, .addr = at, .kind = RUN_PROBE, .nominee = 4,
	    .basis = BASIS_EVIDENCE, .depth = DEPTH_NORMAL, .pace = PACE_FOREIGN };
	struct session_row s;

	write_start(r, &run);
	write_attempt(r, 1, FIND_REFUSED);
	write_attempt(r, 2, FIND_ACCEPTED);
	write_attempt(r, 3, FIND_NONE);
	r->clock.wall.s += 5;
	write_end(r, FIND_DONE, 1, false);
	s = newest(r);
	assert_int_equal(s.port, 587);
	assert_int_equal(s.basis, BASIS_EVIDENCE);
	assert_int_equal(s.nominee, 4);
	assert_int_equal(s.depth, DEPTH_NORMAL);
	assert_int_equal(s.forms, 3);
	assert_int_equal(s.answered, 2);
	assert_int_equal(s.refused, 1);
	assert_int_equal(s.accepted, 1);
	assert_int_equal(s.ended.s - s.started.s, 5);
}

/* A server that hangs up after refusals has an error limit; not so if it was us
 * who hung up, or where nothing was refused. */
static void
an_error_limit_asks_for_silence(void **state)
{
	static const struct { enum finding f; unsigned refusals; bool halted; enum finding want; } ends[] = {
		{ FIND_CUT, 2, false, FIND_BUSY }, { FIND_CUT, 2, true, FIND_CUT },
		{ FIND_CUT, 0, false, FIND_CUT }, { FIND_DONE, 3, false, FIND_DONE },
		{ FIND_SKIPPED, 0, false, FIND_NONE },	/* a prober's word does not undo it */
	};
	const struct run run = { .id = 9, .addr = at, .kind = RUN_PROBE };
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		write_start(r, &run);
		write_end(r, ends[i].f, ends[i].refusals, ends[i].halted);
		assert_int_equal(newest(r).finding, ends[i].want);
	}
}

/* A killed keeper's sessions are over when the next one starts, and count. */
static void
what_was_in_flight_counts(void **state)
{
	const struct run run = { .id = 9, .addr = at, .kind = RUN_PROBE };
	struct rig *r = *state;
	const char *why;

	write_start(r, &run);
	r->clock.wall.s += 30;
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, ledger_end_all(&r->k)), 0);
	assert_int_equal(newest(r).ended.s, keep_now(&r->k).s);
	assert_int_equal(wait_of(r, PACE_FOREIGN, &why), 60);
}

/* It was ordered, and put off before it connected. */
static void
what_never_connected_counts_for_nothing(void **state)
{
	const struct run run = { .id = 9, .addr = at, .kind = RUN_PROBE };
	struct rig *r = *state;
	struct session_row s;
	const char *why;
	unsigned n;

	write_start(r, &run);
	assert_int_equal(wait_of(r, PACE_FOREIGN, &why), 60);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, ledger_void(&r->k, 9)), 0);
	assert_int_equal(wait_of(r, PACE_FOREIGN, &why), 0);
	assert_int_equal(ledger_today(&r->k, &at, &n), 0);
	assert_int_equal(n, 0);
	write_end(r, FIND_NONE, 0, false);	/* nothing is in flight */
	assert_int_equal(store_one(r->k.store, Q_SESSION_NEWEST,
	    ARGS(ARG_A(at), ARG_I(1)), &s), STORE_NONE);
	store_forget(r->k.store);
}

/* Something that was taken may come back, whichever test sent it. */
static void
the_mailbox_is_waited_for(void **state)
{
	struct rig *r = *state;
	const char *why;

	write_attempt(r, 2, FIND_ACCEPTED);
	assert_int_equal(wait_of(r, PACE_FOREIGN, &why), 3600);
	assert_string_equal(why, "mailbox");
	assert_int_equal(wait_of(r, PACE_LISTED, &why), 600);
	assert_int_equal(wait_of(r, PACE_OWNER, &why), 60);
	r->clock.wall.s += 3600;
	assert_int_equal(wait_of(r, PACE_FOREIGN, &why), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_allows_what_it_says),
		cmocka_unit_test_setup_teardown(a_clock_that_is_set_changes_nothing, rig_memory, rig_end),
		cmocka_unit_test_setup_teardown(one_set_in_thirty_days, rig_memory, rig_end),
		cmocka_unit_test_setup_teardown(a_session_is_told_of, rig_memory, rig_end),
		cmocka_unit_test_setup_teardown(an_error_limit_asks_for_silence, rig_memory, rig_end),
		cmocka_unit_test_setup_teardown(what_was_in_flight_counts, rig_memory, rig_end),
		cmocka_unit_test_setup_teardown(what_never_connected_counts_for_nothing, rig_memory, rig_end),
		cmocka_unit_test_setup_teardown(the_mailbox_is_waited_for, rig_memory, rig_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
