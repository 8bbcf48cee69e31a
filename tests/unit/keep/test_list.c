#include "rig.h"

static bool
prove(struct rig *r, struct addr a)
{
	return rig_prove(r, (struct rig_proof){ .addr = a });
}

static void
first_proof_lists_for_a_day(void **state)
{
	struct rig *r = *state;
	struct listing l = { 0 };

	assert_true(prove(r, rig_addr(1)));
	assert_true(rig_listed(r, rig_addr(1), CODE_ENTRY, &l));
	assert_int_equal(l.until.s - l.proof.s, DAY);
	assert_int_equal(l.proofs, 1);
	assert_int_equal(l.len, 128);
	rig_check(r);
}

static void
a_proof_of_the_same_hour_extends_nothing(void **state)
{
	struct rig *r = *state;
	struct listing l = { 0 };
	uint32_t serial;

	prove(r, rig_addr(1));
	serial = journal_serial(&r->k);
	rig_pass(r, HOUR - 1);
	assert_true(prove(r, rig_addr(1)));
	/* sent before the first came back, delivered hours later */
	rig_pass(r, 5 * HOUR);
	assert_true(rig_prove(r, (struct rig_proof){ .addr = rig_addr(1),
	    .minted_ago = 6 * HOUR - 2 }));
	assert_true(rig_listed(r, rig_addr(1), CODE_ENTRY, &l));
	assert_int_equal(l.proofs, 1);
	assert_int_equal(l.until.s, RIG_START_S + DAY);
	assert_int_equal(journal_serial(&r->k), serial);
}

static void
an_independent_proof_extends_to_thirty_days_from_it(void **state)
{
	struct rig *r = *state;
	struct listing l = { 0 };

	prove(r, rig_addr(1));
	rig_pass(r, HOUR);
	assert_true(prove(r, rig_addr(1)));
	assert_true(rig_listed(r, rig_addr(1), CODE_ENTRY, &l));
	assert_int_equal(l.proofs, 2);
	assert_int_equal(l.since.s, RIG_START_S);
	assert_int_equal(l.until.s, RIG_START_S + HOUR + 30 * DAY);
	rig_pass(r, 20 * DAY);
	assert_true(prove(r, rig_addr(1)));
	assert_true(rig_listed(r, rig_addr(1), CODE_ENTRY, &l));
	assert_int_equal(l.until.s, RIG_START_S + HOUR + 50 * DAY);
	rig_check(r);
}

static void
over_an_unlinked_path_the_second_one_lists(void **state)
{
	struct rig *r = *state;
	struct rig_proof p = { .addr = rig_addr(1), .exit = rig_addr(9), .unlinked = true };
	struct listing l = { 0 };

	assert_false(rig_prove(r, p));
	rig_pass(r, HOUR - 1);
	assert_false(rig_prove(r, p));	/* not independent */
	rig_pass(r, HOUR);
	assert_true(rig_prove(r, p));
	assert_true(rig_listed(r, rig_addr(1), CODE_ENTRY, &l));
	assert_int_equal(l.proofs, 2);
	rig_check(r);
}

static void
unlinked_proofs_of_long_ago_do_not_add_up(void **state)
{
	struct rig *r = *state;
	struct rig_proof p = { .addr = rig_addr(1), .exit = rig_addr(9), .unlinked = true };

	assert_false(rig_prove(r, p));
	rig_pass(r, 31 * DAY);
	assert_false(rig_prove(r, p));
}

static int
remove_one(struct rig *r, struct addr a, enum journal_kind kind)
{
	return list_remove(&r->k, &a, kind, STR("fixed it"), STR("tester"));
}

static void
proofs_from_before_a_removal_do_not_count(void **state)
{
	struct rig *r = *state;
	struct rig_proof p = { .addr = rig_addr(1), .exit = rig_addr(9), .unlinked = true };

	prove(r, rig_addr(1));
	rig_pass(r, 2 * HOUR);
	assert_int_equal(remove_one(r, rig_addr(1), JOURNAL_REMOVE), 0);
	rig_pass(r, 1);
	assert_false(rig_prove(r, p));
	rig_pass(r, HOUR);
	assert_true(rig_prove(r, p));
	rig_check(r);
}

static void
expiry_removes_and_says_when_next(void **state)
{
	struct rig *r = *state;
	struct wall next;

	prove(r, rig_addr(1));
	rig_pass(r, HOUR);
	prove(r, rig_addr(2));
	rig_pass(r, 23 * HOUR - 1);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(keep_write(&r->k), 0);
		assert_int_equal(keep_done(&r->k, list_expire(&r->k, &next)), 0);
		assert_int_equal(keep_flush(&r->k), 0);
		assert_int_equal(rig_listed(r, rig_addr(1), CODE_ENTRY, NULL), round == 0);
		assert_true(rig_listed(r, rig_addr(2), CODE_ENTRY, NULL));
		assert_int_equal(next.s, RIG_START_S + DAY + round * HOUR);
		rig_pass(r, 1);
	}
	rig_check(r);
}

static void
a_proof_after_the_expiry_begins_anew(void **state)
{
	struct rig *r = *state;
	struct listing l = { 0 };

	prove(r, rig_addr(1));
	rig_pass(r, 2 * DAY);	/* nobody called list_expire() */
	assert_true(prove(r, rig_addr(1)));
	assert_true(rig_listed(r, rig_addr(1), CODE_ENTRY, &l));
	assert_int_equal(l.since.s, RIG_START_S + 2 * DAY);
	rig_check(r);
}

static bool
clear(struct rig *r, struct addr a, enum verdict v, bool clears, bool provisional)
{
	struct verdict_row row = {
		.run = 1, .addr = a, .verdict = (uint8_t)v, .clears = clears,
		.provisional = provisional, .done = 31, .total = 86,
		.why = STR("all-refused"),
	};
	bool removed = false;

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, list_clear(&r->k, &row, &removed)), 0);
	assert_int_equal(keep_flush(&r->k), 0);
	return removed;
}

static void
only_a_verdict_that_clears_removes(void **state)
{
	struct rig *r = *state;

	prove(r, rig_addr(1));
	assert_false(clear(r, rig_addr(1), VERDICT_INCONCLUSIVE, false, false));
	assert_false(clear(r, rig_addr(1), VERDICT_CLOSED, true, true));
	assert_true(rig_listed(r, rig_addr(1), CODE_ENTRY, NULL));
	assert_true(clear(r, rig_addr(1), VERDICT_CLOSED, true, false));
	assert_false(rig_listed(r, rig_addr(1), CODE_ENTRY, NULL));
	assert_false(clear(r, rig_addr(1), VERDICT_CLOSED, true, false));
	rig_check(r);
}

static void
reasons_stand_beside_the_chain_and_can_be_erased(void **state)
{
	struct rig *r = *state;
	struct journal_row j;
	struct evidence e;

	prove(r, rig_addr(1));
	assert_int_equal(remove_one(r, rig_addr(1), JOURNAL_RETRACT), 0);
	assert_int_equal(remove_one(r, rig_addr(1), JOURNAL_RETRACT), STORE_NONE);
	assert_int_equal(store_one(r->k.store, Q_JOURNAL_LAST, NO_ARGS, &j), 0);
	assert_int_equal(j.kind, JOURNAL_RETRACT);
	assert_int_equal(evidence_read(&e, &r->k, &j.reason), 0);
	assert_true(str_eq(e.octets, STR("fixed it\nby tester")));
	store_forget(r->k.store);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, evidence_erase(&r->k, &j.reason)), 0);
	assert_int_equal(keep_flush(&r->k), 0);
	assert_int_equal(evidence_read(&e, &r->k, &j.reason), STORE_NONE);
	rig_check(r);
}

static void
special_addresses_are_never_listed(void **state)
{
	struct rig *r = *state;

	assert_false(prove(r, addr_v4(10, 0, 0, 1)));
	assert_false(prove(r, addr_v4(127, 0, 0, 1)));
	assert_int_equal(journal_serial(&r->k), 0);
}

static void
opt_out(struct rig *r, struct addr a)
{
	struct optout o = { .addr = a, .len = 128, .made = keep_now(&r->k) };

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, store_put(r->k.store, &optout_shape, &o)), 0);
	assert_int_equal(keep_flush(&r->k), 0);
}

static void
an_opt_out_lets_a_listing_run_out_unextended(void **state)
{
	struct rig *r = *state;
	struct listing l = { 0 };

	prove(r, rig_addr(1));
	opt_out(r, rig_addr(1));
	opt_out(r, rig_addr(2));
	rig_pass(r, 2 * HOUR);
	assert_true(prove(r, rig_addr(1)));
	assert_true(rig_listed(r, rig_addr(1), CODE_ENTRY, &l));
	assert_int_equal(l.until.s, RIG_START_S + DAY);
	assert_false(prove(r, rig_addr(2)));
}

static bool
prove_exit(struct rig *r, unsigned entry, unsigned exit, bool unlinked)
{
	return rig_prove(r, (struct rig_proof){ .addr = rig_addr(entry),
	    .exit = rig_addr(exit), .unlinked = unlinked });
}

static void
exits_only_when_on_linked_and_another_host(void **state)
{
	struct rig *r = *state;

	assert_true(prove_exit(r, 1, 9, false));
	assert_false(rig_listed(r, rig_addr(9), CODE_EXIT, NULL));	/* dns.out is off */
	rig_set(r, "dns.out", "yes");
	assert_true(prove_exit(r, 2, 2, false));
	assert_false(rig_listed(r, rig_addr(2), CODE_EXIT, NULL));
	prove_exit(r, 3, 9, true);
	assert_false(rig_listed(r, rig_addr(9), CODE_EXIT, NULL));
	assert_true(prove_exit(r, 4, 9, false));
	assert_true(rig_listed(r, rig_addr(9), CODE_EXIT, NULL));
	assert_false(rig_listed(r, rig_addr(9), CODE_ENTRY, NULL));
	rig_check(r);
}

static void
an_exit_goes_with_its_last_entry(void **state)
{
	struct rig *r = *state;
	struct listing e, x;

	rig_set(r, "dns.out", "yes");
	prove_exit(r, 1, 9, false);
	prove_exit(r, 2, 9, false);
	rig_pass(r, HOUR);
	prove_exit(r, 2, 9, false);
	assert_true(rig_listed(r, rig_addr(2), CODE_ENTRY, &e));
	assert_true(rig_listed(r, rig_addr(9), CODE_EXIT, &x));
	assert_int_equal(e.until.s, x.until.s);
	assert_true(clear(r, rig_addr(2), VERDICT_CLOSED, true, false));
	assert_true(rig_listed(r, rig_addr(9), CODE_EXIT, NULL));
	assert_int_equal(remove_one(r, rig_addr(1), JOURNAL_REMOVE), 0);
	assert_false(rig_listed(r, rig_addr(9), CODE_EXIT, NULL));
	rig_check(r);
}

static void
an_exit_may_be_an_entry_too(void **state)
{
	struct rig *r = *state;

	rig_set(r, "dns.out", "yes");
	prove_exit(r, 1, 9, false);
	prove_exit(r, 9, 9, false);
	assert_true(rig_listed(r, rig_addr(9), CODE_EXIT, NULL));
	assert_true(rig_listed(r, rig_addr(9), CODE_ENTRY, NULL));
	assert_int_equal(remove_one(r, rig_addr(1), JOURNAL_REMOVE), 0);
	assert_false(rig_listed(r, rig_addr(9), CODE_EXIT, NULL));
	assert_true(rig_listed(r, rig_addr(9), CODE_ENTRY, NULL));
	rig_check(r);
}

static void
reconcile_repairs_from_the_journal(void **state)
{
	struct rig *r = *state;
	struct listing strange = { .addr = rig_addr(77), .len = 128, .code = 2 };
	unsigned differed = 99;

	for (unsigned i = 1; i <= 3; i++)
		prove(r, rig_addr(i));
	for (int round = 0; round < 2; round++) {
		assert_int_equal(keep_write(&r->k), 0);
		if (round == 0) {
			assert_int_equal(store_put(r->k.store, &listing_shape, &strange), 0);
			assert_int_equal(store_do(r->k.store, S_LISTING_DELETE,
			    ARGS(ARG_A(rig_addr(2)), ARG_I(128), ARG_I(2)), NULL), 0);
		}
		assert_int_equal(keep_done(&r->k, 0), 0);
		assert_int_equal(keep_flush(&r->k), 0);
		assert_int_equal(list_reconcile(&r->k, &differed), 0);
		assert_int_equal(differed, round == 0 ? 2 : 0);
		rig_check(r);
	}
	assert_true(rig_listed(r, rig_addr(2), CODE_ENTRY, NULL));
	assert_false(rig_listed(r, rig_addr(77), CODE_ENTRY, NULL));
}

static void
was_it_listed_on_that_day(void **state)
{
	struct rig *r = *state;
	static struct rig_all all;
	static const struct { int64_t at; size_t n; } moments[] = {
		{ RIG_START_S - 1, 0 }, { RIG_START_S, 1 }, { RIG_START_S + 2 * HOUR, 2 },
		{ RIG_START_S + 3 * HOUR, 1 }, { INT64_MAX, 1 },
	};

	prove(r, rig_addr(1));
	rig_pass(r, 2 * HOUR);
	prove(r, rig_addr(2));
	rig_pass(r, HOUR);
	assert_int_equal(remove_one(r, rig_addr(1), JOURNAL_REMOVE), 0);
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		all.n = 0;
		assert_int_equal(journal_replay(&r->k, (struct wall){ moments[i].at },
		    rig_take_listing, &all), 0);
		if (all.n != moments[i].n)
			fail_msg("moment %zu: want %zu, got %zu", i, moments[i].n, all.n);
	}
}

/* A thousand random events; the invariants hold after each hundred. */
static void
random_life_keeps_the_invariants(void **state)
{
	struct rig *r = *state;
	struct wall next;

	rig_set(r, "dns.out", "yes");
	for (int i = 0; i < 1000; i++) {
		uint64_t x = rand_u64(&r->rand);
		unsigned a = (unsigned)(x % 7) + 1, b = (unsigned)(x / 7 % 3) + 7;

		switch (x / 64 % 6) {
		case 0:
			assert_int_equal(remove_one(r, rig_addr(b), JOURNAL_REMOVE) & ~1, 0);
			break;
		case 1:
			clear(r, rig_addr(a), VERDICT_CLOSED, true, false);
			break;
		case 2:
			assert_int_equal(keep_write(&r->k), 0);
			assert_int_equal(keep_done(&r->k, list_expire(&r->k, &next)), 0);
			break;
		default:
			prove_exit(r, a, b, x / 512 % 3 == 0);
		}
		rig_pass(r, (int64_t)(x / 4096 % 5) * 4 * HOUR);
		if (i % 100 == 99)
			rig_check(r);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_memory, rig_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_proof_lists_for_a_day),
		TEST(a_proof_of_the_same_hour_extends_nothing),
		TEST(an_independent_proof_extends_to_thirty_days_from_it),
		TEST(over_an_unlinked_path_the_second_one_lists),
		TEST(unlinked_proofs_of_long_ago_do_not_add_up),
		TEST(proofs_from_before_a_removal_do_not_count),
		TEST(expiry_removes_and_says_when_next),
		TEST(a_proof_after_the_expiry_begins_anew),
		TEST(only_a_verdict_that_clears_removes),
		TEST(reasons_stand_beside_the_chain_and_can_be_erased),
		TEST(special_addresses_are_never_listed),
		TEST(an_opt_out_lets_a_listing_run_out_unextended),
		TEST(exits_only_when_on_linked_and_another_host),
		TEST(an_exit_goes_with_its_last_entry),
		TEST(an_exit_may_be_an_entry_too),
		TEST(reconcile_repairs_from_the_journal),
		TEST(was_it_listed_on_that_day),
		TEST(random_life_keeps_the_invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
