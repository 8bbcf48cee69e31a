#include <sqlite3.h>

#include "rig.h"

static void
prove_n(struct rig *r, unsigned n)
{
	for (unsigned i = 1; i <= n; i++)
		assert_true(rig_prove(r, (struct rig_proof){ .addr = rig_addr(i) }));
}

static void
a_serial_for_each_commit(void **state)
{
	struct rig *r = *state;
	struct rig_proof p = { .addr = rig_addr(7) }, q = { .addr = rig_addr(8) };
	struct journal_row last;
	bool listed;

	assert_int_equal(journal_serial(&r->k), 0);
	prove_n(r, 2);
	assert_int_equal(journal_serial(&r->k), 2);
	assert_int_equal(keep_write(&r->k), 0);		/* two writes, one group */
	assert_int_equal(keep_done(&r->k, rig_prove_in(r, &p, &listed)), 0);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, rig_prove_in(r, &q, &listed)), 0);
	assert_int_equal(journal_serial(&r->k), 2);	/* not yet */
	assert_int_equal(keep_flush(&r->k), 0);
	assert_int_equal(journal_serial(&r->k), 3);
	assert_int_equal(store_one(r->k.store, Q_JOURNAL_LAST, NO_ARGS, &last), 0);
	assert_true(last.seq == 4 && last.serial == 3);
	rig_check(r);
}

static void
an_undone_append_leaves_no_gap(void **state)
{
	struct rig *r = *state;
	struct rig_proof p = { .addr = rig_addr(7) };
	bool listed;

	prove_n(r, 1);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(rig_prove_in(r, &p, &listed), 0);
	assert_int_equal(keep_done(&r->k, SEK_ELIMIT), SEK_ELIMIT);
	assert_int_equal(keep_flush(&r->k), 0);
	assert_int_equal(journal_serial(&r->k), 1);
	prove_n(r, 3);
	assert_int_equal(journal_serial(&r->k), 3);
	rig_check(r);
}

static void
serial_goes_on_after_a_restart(void **state)
{
	struct rig *r = *state;
	char why[STORE_WHY];

	prove_n(r, 2);
	rig_down(r);
	assert_true(rig_up(r, why));
	assert_int_equal(journal_serial(&r->k), 2);
	prove_n(r, 3);
	assert_int_equal(journal_serial(&r->k), 3);
	rig_check(r);
}

static void
serial_zero_is_left_out_when_it_wraps(void **state)
{
	struct rig *r = *state;
	struct journal_row j = { .seq = 1, .serial = UINT32_MAX, .kind = JOURNAL_STATUS, .code = 1 };
	char why[STORE_WHY];

	journal_hash(&j.hash, &j);
	assert_int_equal(store_begin(r->k.store), 0);
	assert_int_equal(store_put(r->k.store, &journal_shape, &j), 0);
	assert_int_equal(store_commit(r->k.store), 0);
	rig_down(r);
	assert_true(rig_up(r, why));
	prove_n(r, 1);
	assert_int_equal(journal_serial(&r->k), 1);
	rig_check(r);
}

static void
tamper(struct rig *r, const char *sql)
{
	char path[128];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/db", r->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DROP TRIGGER journal_no_update;"
	    "DROP TRIGGER journal_no_delete;", NULL, NULL, NULL), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static const struct { const char *name, *sql; uint64_t bad; bool opens; } tampered[] = {
	{ "a field", "UPDATE journal SET until = until + 1 WHERE seq = 3", 3, true },
	{ "the hash", "UPDATE journal SET hash = zeroblob(32) WHERE seq = 4", 4, true },
	{ "a row is gone", "DELETE FROM journal WHERE seq = 2", 2, true },
	{ "the last row", "UPDATE journal SET made = 1 WHERE seq = 5", 5, false },
	{ "serials swapped back", "UPDATE journal SET serial = 1 WHERE seq = 4", 4, true },
};

static void
tampering_is_found_where_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tampered) / sizeof(tampered[0]); i++) {
		char why[STORE_WHY];
		uint64_t bad = 0;
		void *each;
		struct rig *r;
		bool opens;

		rig_file(&each);
		r = each;
		prove_n(r, 5);
		rig_down(r);
		tamper(r, tampered[i].sql);
		opens = rig_up(r, why);
		if (opens != tampered[i].opens)
			fail_msg("%s: opens %d", tampered[i].name, opens);
		if (opens && (journal_verify(&r->k, &bad) != SEK_EPARSE ||
		    bad != tampered[i].bad))
			fail_msg("%s: found at %llu", tampered[i].name,
			    (unsigned long long)bad);
		rig_end(&each);
	}
}

static void
evidence_and_reason_are_under_the_hash(void **state)
{
	struct journal_row a = { .seq = 1, .serial = 1 }, b = a;
	struct digest ha, hb;

	(void)state;
	journal_hash(&ha, &a);
	b.reason.o[31] = 1;
	journal_hash(&hb, &b);
	assert_memory_not_equal(&ha, &hb, sizeof(ha));
	b = a;
	b.hash.o[0] = 1;	/* but not the hash itself */
	journal_hash(&hb, &b);
	assert_memory_equal(&ha, &hb, sizeof(ha));
}

struct past {
	size_t		    n;
	struct journal_past at[4];
};

static int
take_past(void *ctx, const struct journal_past *p)
{
	struct past *all = ctx;

	assert_true(all->n < 4);
	all->at[all->n++] = *p;
	return 0;
}

/* What happened to one address, in hours after the start. */
enum { PROVED = 1, AGAIN = 4, REMOVED = 10, PROVED_ANEW = 30, RETRACTED = 31 };

static const struct {
	const char *name;
	int64_t at, since, until, gone;	/* hours; since 0: not listed */
	bool retracted;
} moments[] = {
	{ "before everything", 0, 0, 0, 0, false },
	{ "the very second", PROVED, PROVED, PROVED + 24, REMOVED, false },
	{ "as it was known then", AGAIN - 1, PROVED, PROVED + 24, REMOVED, false },
	{ "extended", AGAIN, PROVED, AGAIN + 30 * 24, REMOVED, false },
	{ "removed", REMOVED, 0, 0, 0, false },
	{ "between", PROVED_ANEW - 1, 0, 0, 0, false },
	{ "anew, then retracted", PROVED_ANEW, PROVED_ANEW, PROVED_ANEW + 24, RETRACTED, true },
	{ "retracted", RETRACTED, 0, 0, 0, false },
	{ "much later", 9999, 0, 0, 0, false },
};

static void
past_is_what_the_address_had_then(void **state)
{
	static const struct { int64_t at; unsigned kind; } events[] = {
		{ PROVED, 0 }, { AGAIN, 0 }, { REMOVED, JOURNAL_REMOVE },
		{ PROVED_ANEW, 0 }, { RETRACTED, JOURNAL_RETRACT },
	};
	struct rig *r = *state;
	struct addr a = rig_addr(7);
	int64_t hours = 0;

	assert_true(rig_prove(r, (struct rig_proof){ .addr = rig_addr(8) }));
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		rig_pass(r, (events[i].at - hours) * HOUR);
		hours = events[i].at;
		if (events[i].kind == 0)
			assert_true(rig_prove(r, (struct rig_proof){ .addr = a }));
		else
			assert_int_equal(list_remove(&r->k, &a, events[i].kind,
			    STR("why"), STR("who")), 0);
	}
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct past all = { 0 };
		const struct journal_past *p = &all.at[0];

		assert_int_equal(journal_at(&r->k, &a, (struct wall){ RIG_START_S +
		    moments[i].at * HOUR }, take_past, &all), 0);
		if (all.n != (moments[i].since > 0))
			fail_msg("%s: %zu entries", moments[i].name, all.n);
		if (all.n == 1 && (p->l.code != CODE_ENTRY ||
		    p->l.since.s != RIG_START_S + moments[i].since * HOUR ||
		    p->l.until.s != RIG_START_S + moments[i].until * HOUR ||
		    p->gone.s != RIG_START_S + moments[i].gone * HOUR ||
		    p->retracted != moments[i].retracted))
			fail_msg("%s: since %lld until %lld gone %lld", moments[i].name,
			    (long long)(p->l.since.s - RIG_START_S) / HOUR,
			    (long long)(p->l.until.s - RIG_START_S) / HOUR,
			    (long long)(p->gone.s - RIG_START_S) / HOUR);
	}
}

static void
what_stands_was_not_removed(void **state)
{
	struct rig *r = *state;
	struct addr a = rig_addr(7);
	struct past all = { 0 };

	assert_true(rig_prove(r, (struct rig_proof){ .addr = a }));
	assert_int_equal(journal_at(&r->k, &a, keep_now(&r->k), take_past, &all), 0);
	assert_true(all.n == 1 && all.at[0].gone.s == 0 && !all.at[0].retracted);
}

#define MEM(f) cmocka_unit_test_setup_teardown(f, rig_memory, rig_end)
#define FILES(f) cmocka_unit_test_setup_teardown(f, rig_file, rig_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MEM(a_serial_for_each_commit),
		MEM(an_undone_append_leaves_no_gap),
		FILES(serial_goes_on_after_a_restart),
		FILES(serial_zero_is_left_out_when_it_wraps),
		cmocka_unit_test(tampering_is_found_where_it_was),
		MEM(evidence_and_reason_are_under_the_hash),
		MEM(past_is_what_the_address_had_then),
		MEM(what_stands_was_not_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
