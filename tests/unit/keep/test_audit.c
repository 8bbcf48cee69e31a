/* Chain and listing of a store that is too large to be looked at at once. */
#include "keep/audit.h"
#include "rig.h"

enum { MANY = JOURNAL_PAGE * AUDIT_AT_ONCE + 5000 };

static struct addr
nth(uint32_t i)
{
	return addr_v4(10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i);
}

static void
row(struct rig *r, const struct addr *a, enum journal_kind kind)
{
	struct wall now = keep_now(&r->k);
	struct journal_row j = { .kind = (uint8_t)kind, .addr = *a, .len = 128,
		.code = CODE_ENTRY, .made = now, .until = { now.s + DAY }, .proofs = 1 };
	struct listing l = { .addr = *a, .len = 128, .code = CODE_ENTRY, .since = now,
		.proof = now, .until = j.until, .proofs = 1 };

	assert_int_equal(journal_append(&r->k, &j), 0);
	if (kind == JOURNAL_ADD)
		assert_int_equal(store_put(r->k.store, &listing_shape, &l), 0);
	else
		assert_int_equal(store_do(r->k.store, S_LISTING_DELETE,
		    ARGS(ARG_A(*a), ARG_I(128), ARG_I(CODE_ENTRY)), NULL), 0);
}

static void
fill(struct rig *r, uint32_t from, uint32_t to)
{
	assert_int_equal(keep_write(&r->k), 0);
	for (uint32_t i = from; i < to; i++) {
		struct addr a = nth(i * 7919 % 100003);	/* in no order */

		row(r, &a, i % 5 == 4 ? JOURNAL_REMOVE : JOURNAL_ADD);
	}
	assert_int_equal(keep_done(&r->k, 0), 0);
	assert_int_equal(keep_flush(&r->k), 0);
}

static void
spoil(struct rig *r, uint32_t i)
{
	struct listing strange = { .addr = nth(i), .len = 128, .code = 9 };

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(store_put(r->k.store, &listing_shape, &strange), 0);
	assert_int_equal(keep_done(&r->k, 0), 0);
	assert_int_equal(keep_flush(&r->k), 0);
}

static bool
is_there(struct rig *r, uint32_t i)
{
	int64_t gone;
	bool there;

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(store_do(r->k.store, S_LISTING_DELETE, ARGS(ARG_A(nth(i)),
	    ARG_I(128), ARG_I(9)), &gone), 0);
	there = gone > 0;
	assert_int_equal(keep_done(&r->k, SEK_ESYS), SEK_ESYS);	/* only looked */
	assert_int_equal(keep_flush(&r->k), 0);
	return there;
}

static void
a_small_store_is_looked_at_at_once(void **state)
{
	struct rig *r = *state;
	char why[256];

	fill(r, 0, 500);
	spoil(r, 3);
	assert_int_equal(audit_open(&r->k, why), 0);
	assert_true(audit_done(&r->k));
	assert_false(is_there(r, 3));
	audit_close(&r->k);
}

static void
a_large_store_is_looked_at_beside_the_work(void **state)
{
	struct rig *r = *state;
	char why[256];
	struct addr a = nth(200000);

	fill(r, 0, MANY);
	spoil(r, 1);		/* within the first pages, */
	spoil(r, 100002);	/* and not */
	assert_int_equal(audit_open(&r->k, why), 0);
	assert_false(audit_done(&r->k));
	assert_false(is_there(r, 1));
	assert_true(is_there(r, 100002));
	assert_int_equal(keep_write(&r->k), 0);	/* a change meanwhile */
	row(r, &a, JOURNAL_ADD);
	assert_int_equal(keep_done(&r->k, 0), 0);
	rig_pass(r, 60);
	assert_true(audit_done(&r->k));
	assert_false(is_there(r, 100002));
	audit_close(&r->k);
}

/* More rows than a page holds, and neighbours on both sides. */
static void
one_address_with_many_rows(void **state)
{
	struct rig *r = *state;
	struct addr a[3] = { nth(1), nth(2), nth(3) };
	unsigned differed;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(keep_write(&r->k), 0);
		for (unsigned n = 0; n < JOURNAL_PAGE * 2 + i; n++)
			row(r, &a[i], n % 2 == 0 ? JOURNAL_ADD : JOURNAL_REMOVE);
		assert_int_equal(keep_done(&r->k, 0), 0);
	}
	assert_int_equal(keep_flush(&r->k), 0);
	assert_int_equal(list_reconcile(&r->k, &differed), 0);
	assert_int_equal(differed, 0);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(store_do(r->k.store, S_LISTING_DELETE, ARGS(ARG_A(a[1]),
	    ARG_I(128), ARG_I(CODE_ENTRY)), NULL), 0);
	assert_int_equal(keep_done(&r->k, 0), 0);
	assert_int_equal(keep_flush(&r->k), 0);
	assert_int_equal(list_reconcile(&r->k, &differed), 0);
	assert_int_equal(differed, 1);
	rig_check(r);
}

static void
a_walk_begins_anywhere(void **state)
{
	struct rig *r = *state;
	struct journal_walk w;
	bool end = false;

	assert_int_equal(journal_walk_from(&w, &r->k, 1), STORE_NONE);
	fill(r, 0, 300);
	assert_int_equal(journal_walk_from(&w, &r->k, 299), 0);
	assert_int_equal(journal_walk_page(&w, &r->k, &end), 0);
	assert_true(end && w.bad == 0 && w.seq == 300);
	w = (struct journal_walk){ .seq = 100 };	/* with another's hash */
	assert_int_equal(journal_walk_page(&w, &r->k, &end), 0);
	assert_true(end && w.bad == 101);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_memory, rig_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_small_store_is_looked_at_at_once),
		TEST(a_large_store_is_looked_at_beside_the_work),
		TEST(one_address_with_many_rows),
		TEST(a_walk_begins_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
