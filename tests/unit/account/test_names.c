#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "account/names.h"

static uint32_t
count(struct account_names *n, const char *name, enum account_class class, uint32_t recipients)
{
	struct names_count *c;
	uint32_t row;

	assert_int_equal(names_row(n, str_of(name), &row), 0);
	c = names_count(n, row, class);
	assert_non_null(c);
	c->n.recipients += recipients;
	return row;
}

static uint64_t
recipients_of(const struct account_names *n, const char *name)
{
	struct account_count sum[ACCOUNT_CLASS_N] = { 0 };
	uint32_t row = names_find(n, str_of(name));
	uint64_t all = 0;

	if (row == NAMES_NONE)
		return 0;
	names_sum(n, row, sum);
	for (int c = 0; c < ACCOUNT_CLASS_N; c++)
		all += sum[c].recipients;
	return all;
}

static void
names_are_exact_below_the_cap(void **state)
{
	static const char longest[] = "a-name-that-is-longer-than-what-fits-into-a-row.of.its.own.example.org";
	struct account_names n;
	char name[32];

	(void)state;
	names_init(&n, 2000);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 1500; i++) {
			snprintf(name, sizeof(name), "host%d.example", i);
			count(&n, name, (enum account_class)(i % ACCOUNT_CLASS_N), (uint32_t)i);
		}
	count(&n, longest, ACCOUNT_RELAYED, 7);
	count(&n, "", ACCOUNT_RELAYED, 9);
	assert_int_equal(n.n, 1502);
	assert_int_equal(n.beyond, 0);
	assert_false(names_full(&n));
	for (int i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "host%d.example", i);
		assert_int_equal(recipients_of(&n, name), 3 * i);
	}
	assert_int_equal(recipients_of(&n, longest), 7);
	assert_int_equal(recipients_of(&n, ""), 9);
	assert_int_equal(names_find(&n, str_of("host9999.example")), NAMES_NONE);
	names_free(&n);
}

static void
a_row_has_all_its_classes(void **state)
{
	struct account_count sum[ACCOUNT_CLASS_N] = { 0 };
	struct account_names n;
	uint32_t row = 0;

	(void)state;
	names_init(&n, 10);
	for (int c = 0; c < ACCOUNT_CLASS_N; c++)
		row = count(&n, "a.example", (enum account_class)c, (uint32_t)c + 1);
	names_sum(&n, row, sum);
	for (int c = 0; c < ACCOUNT_CLASS_N; c++)
		assert_int_equal(sum[c].recipients, c + 1);
	names_free(&n);
}

/* A stream of names that come once, and one that comes among them: it stays. */
static void
the_top_stays_the_top(void **state)
{
	struct account_names n;
	uint64_t once = 0;
	uint32_t *map;
	char name[32];

	(void)state;
	names_init(&n, 100);
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "once%d.example", i);
		count(&n, name, ACCOUNT_RELAYED, 1);
		once++;
		if (i > 5000 && i % 10 == 0)
			count(&n, "often.example", ACCOUNT_RELAYED, 1);
		if (!names_full(&n))
			continue;
		map = malloc(n.n * sizeof(*map));
		assert_non_null(map);
		assert_int_equal(names_forget(&n, map), 0);
		free(map);
		assert_true(n.n <= 50);
	}
	/* nothing is lost, and never is more told than was */
	assert_true(recipients_of(&n, "often.example") > 1400);
	assert_true(recipients_of(&n, "often.example") <= 1500);
	for (size_t i = 0; i < n.n; i++)
		once -= names_text(&n, (uint32_t)i).p[2] == 'c' ? 1 : 0;
	assert_true(n.rest[ACCOUNT_RELAYED].recipients >= once);
	assert_true(n.rest[ACCOUNT_RELAYED].recipients + recipients_of(&n, "often.example") >= once + 1499);
	assert_true(n.beyond >= once);
	names_free(&n);
}

static void
what_is_forgotten_is_told_by_the_map(void **state)
{
	struct account_names n;
	uint32_t map[11], big, pending;
	char name[32];

	(void)state;
	names_init(&n, 10);
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "small%d.example", i);
		count(&n, name, ACCOUNT_RELAYED, 1);
	}
	big = count(&n, "big.example", ACCOUNT_RELAYED, 5);
	assert_int_equal(names_row(&n, STR("waits.example"), &pending), 0);
	n.row[pending].pending = 4;
	assert_true(names_full(&n));
	assert_int_equal(names_forget(&n, map), 0);
	assert_int_equal(n.n, 5);
	assert_int_equal(n.beyond, 6);
	assert_int_equal(n.rest[ACCOUNT_RELAYED].recipients, 6);
	assert_int_equal(names_find(&n, STR("big.example")), map[big]);
	assert_int_equal(names_find(&n, STR("waits.example")), map[pending]);
	assert_int_equal(n.row[map[pending]].pending, 4);
	names_free(&n);
}

/* Names of many ranks, half of them long, with two classes each: those that are
 * left are the greatest, in their order, with all that was theirs. */
static void
forgetting_keeps_the_greatest(void **state)
{
	enum { CAP = 300 };
	struct account_names n;
	uint32_t map[CAP + 1], last = 0;
	uint64_t all = 0;
	char name[64];
	size_t kept = 0;

	(void)state;
	names_init(&n, CAP);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = (uint32_t)n.n; i <= CAP; i++) {
			uint32_t many = i * 7919 % 65536 * 9 + (uint32_t)round;

			snprintf(name, sizeof(name), i % 2 ? "r%d-%u.example" : "r%d-%u.a-name-that-has-no-room-in-its-row.example",
			    round, i);
			count(&n, name, ACCOUNT_RELAYED, many);
			count(&n, name, ACCOUNT_RECEIVED, 3);
			all += many + 3;
		}
		assert_true(names_full(&n));
		assert_int_equal(names_forget(&n, map), 0);
		assert_int_equal(n.n, CAP / 2);
		kept = 0;
		for (uint32_t i = 0; i <= CAP; i++)
			if (map[i] != NAMES_GONE) {
				assert_int_equal(map[i], kept++);
				last = i;
			}
		assert_int_equal(kept, CAP / 2);
		assert_true(last > CAP / 2);
	}
	for (uint32_t i = 0; i < n.n; i++) {
		struct account_count sum[ACCOUNT_CLASS_N] = { 0 };
		struct str text = names_text(&n, i);

		assert_int_equal(names_find(&n, text), i);
		names_sum(&n, i, sum);
		assert_int_equal(sum[ACCOUNT_RECEIVED].recipients, 3);
		all -= sum[ACCOUNT_RELAYED].recipients + 3;
	}
	assert_int_equal(n.rest[ACCOUNT_RELAYED].recipients + n.rest[ACCOUNT_RECEIVED].recipients, all);
	assert_int_equal(n.beyond, 3 * (CAP / 2) + 3);
	names_free(&n);
}

static void
two_tables_are_one(void **state)
{
	const struct account_shift by = { .file = 3, .lines = 100 };
	struct account_names a, b, copy;
	uint32_t map[2], row;

	(void)state;
	names_init(&a, 10);
	names_init(&b, 10);
	row = count(&a, "x.example", ACCOUNT_RELAYED, 1);
	at_first(&a.row[row].first, at_of(50, 3, 7));
	at_last(&a.row[row].last, at_of(50, 3, 7));
	row = count(&b, "x.example", ACCOUNT_SUBMITTED, 2);
	at_first(&b.row[row].first, at_of(60, 3, 1));
	at_last(&b.row[row].last, at_of(60, 3, 1));
	count(&b, "y.example", ACCOUNT_RELAYED, 4);
	assert_int_equal(names_join(&a, &b, &by, map), 0);
	assert_int_equal(a.n, 2);
	assert_int_equal(recipients_of(&a, "x.example"), 3);
	assert_int_equal(recipients_of(&a, "y.example"), 4);
	assert_int_equal(map[0], 0);
	assert_int_equal(map[1], 1);
	assert_int_equal(at_when(a.row[0].first).where.line, 7);
	assert_int_equal(at_when(a.row[0].last).where.line, 101);
	assert_int_equal(names_copy(&copy, &a), 0);
	names_free(&a);
	assert_int_equal(recipients_of(&copy, "x.example"), 3);
	names_free(&b);
	names_free(&copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_exact_below_the_cap),
		cmocka_unit_test(a_row_has_all_its_classes),
		cmocka_unit_test(the_top_stays_the_top),
		cmocka_unit_test(what_is_forgotten_is_told_by_the_map),
		cmocka_unit_test(forgetting_keeps_the_greatest),
		cmocka_unit_test(two_tables_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
