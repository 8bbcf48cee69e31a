/* Until when the list says of itself that it is alive. */
#include "keep/status.h"
#include "publish_rig.h"

static int
count(void *ctx, const void *row)
{
	*(unsigned *)ctx += ((const struct journal_row *)row)->kind == JOURNAL_STATUS;
	return 0;
}

static unsigned
rows(struct parent *p)
{
	unsigned n = 0;

	assert_int_equal(store_each(p->r->k.store, Q_JOURNAL_FROM, ARGS(ARG_I(1)),
	    count, &n), 0);
	return n;
}

static int64_t
expiry(struct parent *p)
{
	struct status s;

	assert_int_equal(status_last(&s, &p->r->k), 0);
	assert_int_equal(s.at, SUNSET_ALIVE);
	return s.expiry_s;
}

/* What is published says what the last row says. */
static void
published_is_the_row(struct parent *p)
{
	struct snapshot s = now(p);

	assert_true(snapshot_now(&s)->expiry_s == expiry(p));
	assert_int_equal(snapshot_now(&s)->serial, journal_serial(&p->r->k));
	agrees(p, "status");
}

static void
the_first_start_writes_the_first_row(void **state)
{
	struct parent *p = *state;

	open_now(p);
	assert_int_equal(rows(p), 1);
	assert_int_equal(journal_serial(&p->r->k), 1);
	assert_true(expiry(p) == keep_now(&p->r->k).s + p->r->conf->status_s);
	published_is_the_row(p);
	reopen(p);		/* as much as half is left */
	assert_int_equal(rows(p), 1);
}

static void
a_row_every_half_with_a_step_of_its_own(void **state)
{
	struct parent *p = *state;
	const struct snapshot_view *tail = &p->last[PUBLISH_TAIL].view;
	int64_t half_ms = (int64_t)p->r->conf->status_s * 500;

	open_now(p);
	for (unsigned i = 1; i <= 6; i++) {
		uint32_t serial = journal_serial(&p->r->k);

		let(p, half_ms - 10000);
		assert_int_equal(rows(p), i);
		let(p, 20000);
		assert_int_equal(rows(p), i + 1);
		assert_int_equal(journal_serial(&p->r->k), serial + 1);
		published_is_the_row(p);
		assert_int_equal(tail->n_steps, i + 1);
		half_ms = (int64_t)p->r->conf->status_s * 500 - 10000;
	}
	rig_check(p->r);
}

static void
a_clock_that_jumps(void **state)
{
	static const struct {
		const char *name;
		int64_t	jump_s;		/* from the right time */
		unsigned more;		/* rows that it makes within a quarter */
	} cases[] = {
		{ "a minute back", -60, 0 },
		{ "a year back", -366 * 86400, 0 },
		{ "right again", 0, 0 },
		{ "a year ahead", 366 * 86400, 1 },
		{ "right again, and the expiry stays ahead", 0, 0 },
		{ "ahead once more, where half is over", 366 * 86400, 1 },
	};
	struct parent *p = *state;
	int64_t quarter_ms = (int64_t)p->r->conf->status_s * 250, offset = 0, before;

	open_now(p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned n = rows(p);

		before = expiry(p);
		p->r->clock.wall.s += cases[i].jump_s - offset;
		offset = cases[i].jump_s;
		let(p, i < 3 ? quarter_ms / 8 : quarter_ms);
		if (rows(p) != n + cases[i].more)
			fail_msg("%s: %u rows", cases[i].name, rows(p) - n);
		if (expiry(p) < before)
			fail_msg("%s: the expiry went back", cases[i].name);
		published_is_the_row(p);
	}
	rig_check(p->r);
}

/* Rows of a store from before there were such rows: none; a repeated one of a
 * start that broke the differences counts. */
static void
a_start_after_a_long_rest(void **state)
{
	struct parent *p = *state;

	open_now(p);
	publish_close(&p->r->k);
	p->r->clock.wall.s += 90 * 86400;
	reopen(p);
	assert_int_equal(rows(p), 2);
	assert_true(expiry(p) == keep_now(&p->r->k).s + p->r->conf->status_s);
	published_is_the_row(p);
	publish_close(&p->r->k);
	p->r->clock.wall.s += 90 * 86400;
	rig_set(p->r, "dns.ttl", "600");	/* breaks: one row does for both */
	reopen(p);
	assert_int_equal(rows(p), 3);
	published_is_the_row(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_start_writes_the_first_row, up, down),
		cmocka_unit_test_setup_teardown(a_row_every_half_with_a_step_of_its_own, up, down),
		cmocka_unit_test_setup_teardown(a_clock_that_jumps, up, down),
		cmocka_unit_test_setup_teardown(a_start_after_a_long_rest, up, down),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
