#include "rig.h"

static struct digest
put(struct rig *r, enum evidence_kind kind, const void *p, size_t n)
{
	struct digest d;

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, evidence_put(&d, &r->k, kind,
	    (struct str){ p, n })), 0);
	assert_int_equal(keep_flush(&r->k), 0);
	return d;
}

static bool
there(struct rig *r, struct digest d)
{
	struct evidence e;
	int err = evidence_read(&e, &r->k, &d);

	assert_true(err == 0 || err == STORE_NONE);
	store_forget(r->k.store);
	return err == 0;
}

/* FIPS 180-2, the digest of "abc". */
static void
the_key_is_sha256(void **state)
{
	char hex[65];
	struct digest d;

	(void)state;
	evidence_digest(&d, STR("abc"));
	str_hex(hex, d.o, sizeof(d.o));
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
}

static void
the_same_octets_are_one_row(void **state)
{
	struct rig *r = *state;
	int64_t held;

	put(r, EVIDENCE_MAIL, "hello", 5);
	put(r, EVIDENCE_MAIL, "hello", 5);
	put(r, EVIDENCE_MAIL, NULL, 0);
	assert_int_equal(store_number(r->k.store, Q_EVIDENCE_OCTETS, NO_ARGS, &held), 0);
	assert_int_equal(held, 5);
}

enum { BIG = 300 * 1024 };	/* four of them pass the budget of 1 MiB */

static struct digest
put_big(struct rig *r, char c)
{
	static char big[BIG];

	memset(big, c, sizeof(big));
	rig_pass(r, 1);
	return put(r, EVIDENCE_RETURNED, big, sizeof(big));
}

static void
past_the_budget_the_oldest_go(void **state)
{
	struct rig *r = *state;
	struct digest d[30];
	int64_t held;

	rig_set(r, "evidence.megabytes", "1");
	for (int i = 0; i < 30; i++) {
		d[i] = put_big(r, (char)('A' + i));
		assert_int_equal(store_number(r->k.store, Q_EVIDENCE_OCTETS,
		    NO_ARGS, &held), 0);
		assert_true(held <= 1 << 20);
		assert_true(there(r, d[i]));
	}
	assert_false(there(r, d[0]));
}

static void
proofs_of_live_listings_and_reasons_stay(void **state)
{
	struct rig *r = *state;
	struct digest reason = put(r, EVIDENCE_REASON, "why", 3);
	struct listing l;

	rig_set(r, "evidence.megabytes", "1");
	assert_true(rig_prove(r, (struct rig_proof){ .addr = rig_addr(1) }));
	assert_true(rig_listed(r, rig_addr(1), CODE_ENTRY, &l));
	for (int i = 0; i < 40; i++)
		put_big(r, (char)('A' + i));
	assert_true(there(r, reason));
	assert_true(there(r, l.evidence));
	assert_int_equal(list_remove(&r->k, &l.addr, JOURNAL_REMOVE, STR("x"), STR("y")), 0);
	for (int i = 0; i < 20; i++)
		put_big(r, (char)('a' + i));
	assert_false(there(r, l.evidence));
}

static void
an_undone_write_does_not_spoil_the_count(void **state)
{
	struct rig *r = *state;
	struct digest d;
	int64_t held;

	put(r, EVIDENCE_MAIL, "one", 3);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(evidence_put(&d, &r->k, EVIDENCE_MAIL, STR("two")), 0);
	assert_int_equal(keep_done(&r->k, SEK_ELIMIT), SEK_ELIMIT);
	put(r, EVIDENCE_MAIL, "three", 5);
	assert_int_equal(store_number(r->k.store, Q_EVIDENCE_OCTETS, NO_ARGS, &held), 0);
	assert_int_equal(held, 8);
	assert_true(r->k.evidence_octets == held);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_memory, rig_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_key_is_sha256),
		TEST(the_same_octets_are_one_row),
		TEST(past_the_budget_the_oldest_go),
		TEST(proofs_of_live_listings_and_reasons_stay),
		TEST(an_undone_write_does_not_spoil_the_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
