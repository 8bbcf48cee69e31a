#include "rig.h"

struct heard { int calls, err; };

static void
hear(void *ctx, int err)
{
	struct heard *h = ctx;

	h->calls++;
	h->err = err;
}

static int
put_optout(struct rig *r, unsigned n)
{
	struct optout o = { .addr = rig_addr(n), .len = 128, .made = keep_now(&r->k) };

	return store_put(r->k.store, &optout_shape, &o);
}

static int
count(void *ctx, const void *row)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

static int
optouts(struct rig *r)
{
	int n = 0;

	assert_int_equal(store_each(r->k.store, Q_OPTOUT_ALL, NO_ARGS, count, &n), 0);
	return n;
}

static void
write_one(struct rig *r, unsigned n, struct heard *h, int err)
{
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(put_optout(r, n), 0);
	assert_int_equal(keep_after(&r->k, hear, h), 0);
	assert_int_equal(keep_done(&r->k, err), err);
}

static void
nothing_is_answered_before_the_commit(void **state)
{
	struct rig *r = *state;
	struct heard a = { 0 }, b = { 0 };

	write_one(r, 1, &a, 0);
	write_one(r, 2, &b, 0);
	assert_int_equal(a.calls + b.calls, 0);
	assert_true(store_open_tx(r->k.store));
	rig_pass(r, 1);		/* well past KEEP_GROUP_MS */
	assert_false(store_open_tx(r->k.store));
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 1);
	assert_int_equal(a.err | b.err, 0);
	assert_int_equal(optouts(r), 2);
}

static void
a_failed_write_is_undone_alone_and_hears_why(void **state)
{
	struct rig *r = *state;
	struct heard good = { 0 }, bad = { 0 }, last = { 0 };

	write_one(r, 1, &good, 0);
	write_one(r, 2, &bad, SEK_ELIMIT);
	write_one(r, 3, &last, 0);
	rig_pass(r, 1);
	assert_int_equal(good.calls, 1);
	assert_int_equal(good.err, 0);
	assert_int_equal(bad.calls, 1);
	assert_int_equal(bad.err, SEK_ELIMIT);
	assert_int_equal(last.calls, 1);
	assert_int_equal(last.err, 0);
	assert_int_equal(optouts(r), 2);
}

static void
without_a_group_it_is_called_at_once(void **state)
{
	struct rig *r = *state;
	struct heard h = { 0 };

	assert_int_equal(keep_after(&r->k, hear, &h), 0);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.err, 0);
}

struct chain { struct rig *r; struct heard h; };

static void
write_again(void *ctx, int err)
{
	struct chain *c = ctx;

	assert_int_equal(err, 0);
	write_one(c->r, 9, &c->h, 0);
}

static void
a_function_may_begin_the_next_write(void **state)
{
	struct rig *r = *state;
	struct chain c = { r, { 0 } };

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_after(&r->k, write_again, &c), 0);
	assert_int_equal(keep_done(&r->k, 0), 0);
	rig_pass(r, 1);
	assert_int_equal(c.h.calls, 1);
	assert_int_equal(optouts(r), 1);
}

static void
a_group_that_is_lost_tells_everybody(void **state)
{
	struct rig *r = *state;
	struct heard a = { 0 }, b = { 0 };

	write_one(r, 1, &a, 0);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_after(&r->k, hear, &b), 0);
	store_rollback(r->k.store);	/* as SQLite does on an I/O error */
	assert_int_equal(keep_done(&r->k, SEK_ESTORE), SEK_ESTORE);
	assert_int_equal(a.calls + b.calls, 0);	/* not from inside keep_done() */
	rig_pass(r, 1);
	assert_int_equal(a.calls, 1);
	assert_int_equal(a.err, SEK_ESTORE);
	assert_int_equal(b.calls, 1);
	assert_int_equal(b.err, SEK_ESTORE);
	assert_int_equal(optouts(r), 0);
	write_one(r, 2, &a, 0);
	rig_pass(r, 1);
	assert_int_equal(optouts(r), 1);
}

static int
precious(struct keep *k, void *ctx)
{
	(void)k;
	return put_optout(ctx, 5);
}

static void
precious_rows_are_there_at_once(void **state)
{
	struct rig *r = *state;
	struct heard h = { 0 };

	write_one(r, 1, &h, 0);
	assert_int_equal(keep_precious(&r->k, precious, r), 0);
	assert_false(store_open_tx(r->k.store));
	assert_int_equal(h.calls, 1);	/* the group before was finished */
	assert_int_equal(optouts(r), 2);
}

static void
closing_commits_what_is_open(void **state)
{
	struct rig *r = *state;
	struct heard h = { 0 };
	char why[STORE_WHY];

	write_one(r, 1, &h, 0);
	rig_down(r);
	assert_int_equal(h.calls, 1);
	assert_true(rig_up(r, why));
	assert_int_equal(optouts(r), 1);
}

#define MEM(f) cmocka_unit_test_setup_teardown(f, rig_memory, rig_end)
#define FILES(f) cmocka_unit_test_setup_teardown(f, rig_file, rig_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MEM(nothing_is_answered_before_the_commit),
		MEM(a_failed_write_is_undone_alone_and_hears_why),
		MEM(without_a_group_it_is_called_at_once),
		MEM(a_function_may_begin_the_next_write),
		MEM(a_group_that_is_lost_tells_everybody),
		MEM(precious_rows_are_there_at_once),
		FILES(closing_commits_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
