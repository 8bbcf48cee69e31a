#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "account/refusals.h"

enum { BEGIN_S = 1772532000 };

static const struct account_at never = { 0, 0 };
static const struct account_shift none = { 0 };

static struct account_at
at(int64_t s, uint64_t line)
{
	return at_of(BEGIN_S + s, 0, line);
}

static void
add(struct account_refusals *r, int64_t s, uint64_t line)
{
	char text[32];

	snprintf(text, sizeof(text), "line %llu", (unsigned long long)line);
	assert_int_equal(refusals_add(r, at(s, line), str_of(text)), 0);
}

/* Seconds and lines of those that are added; what is the first after. */
static void
the_first_after(void **state)
{
	static const struct { int64_t s; uint64_t line; int64_t want_s; uint64_t want_line; bool quoted; } cases[] = {
		{ 0, 0, 10, 1, true },
		{ 5, 1, 10, 1, true },
		{ 10, 1, 10, 3, false },	/* in the same second only the last is known */
		{ 10, 2, 10, 3, false },
		{ 10, 3, 20, 4, true },
		{ 15, 3, 20, 4, true },
		{ 20, 4, 30, 9, true },
		{ 29, 4, 30, 9, true },
		{ 30, 9, -1, 0, false },
		{ 99, 9, -1, 0, false },
	};
	struct account_refusals r = { .one = NULL };

	(void)state;
	add(&r, 10, 2);
	add(&r, 10, 3);
	add(&r, 30, 9);
	add(&r, 10, 1);		/* the stamps of a log may go back */
	add(&r, 20, 4);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct account_at out = never, from = cases[i].line == 0 ? never : at(cases[i].s, cases[i].line);
		struct str line = STR("?");
		bool is = refusals_after(&r, from, &out, &line);
		char text[32];

		if (is != (cases[i].want_s >= 0))
			fail_msg("case %zu: %d", i, is);
		if (!is)
			continue;
		snprintf(text, sizeof(text), "line %llu", (unsigned long long)cases[i].want_line);
		assert_int_equal(out.s, BEGIN_S + cases[i].want_s);
		assert_int_equal(at_when(out).where.line, cases[i].want_line);
		assert_true(str_eq(line, cases[i].quoted ? str_of(text) : STR("")));
	}
	refusals_free(&r);
	assert_false(refusals_after(&r, never, &(struct account_at){ 0 }, &(struct str){ 0 }));
}

/* A storm of refusals, one a second, with a pause: the bound holds, and what is
 * told of the end of the pause is off by less than a stretch. */
static void
a_storm_is_bounded(void **state)
{
	struct account_refusals r = { .one = NULL };
	struct account_at out;
	struct str line;

	(void)state;
	for (int i = 0; i < 20 * REFUSALS_MOST; i++)
		add(&r, i < 1000 ? i : i + 5000, (uint64_t)i + 1);
	assert_true(r.n <= REFUSALS_MOST && r.n > REFUSALS_MOST / 4);
	assert_int_equal(r.wide, 5);
	assert_true(refusals_after(&r, at(3000, 1000), &out, &line));
	assert_int_equal(out.s, BEGIN_S + 6000);
	assert_true(str_eq(line, STR("line 1001")));
	assert_true(refusals_after(&r, at(500, 501), &out, &line));
	assert_true(out.s > BEGIN_S + 500 && out.s <= BEGIN_S + 500 + 32);
	refusals_free(&r);
}

/* However many spans, and wherever they were cut: the same. */
static void
joined_as_read_in_one(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed < 40; seed++) {
		struct account_refusals whole = { .one = NULL }, joined = { .one = NULL }, part = { .one = NULL }, copy;
		uint64_t lines = seed % 3 == 0 ? 9000 : 300;
		int64_t s = 0;

		srandom(seed);
		for (uint64_t n = 1; n <= lines; n++) {
			s += random() % 4 - 1;
			add(&whole, s, n);
			add(&part, s, n);
			if (random() % 100 > 1 && n < lines)
				continue;
			assert_int_equal(refusals_copy(&copy, &part), 0);
			refusals_free(&part);
			assert_int_equal(refusals_join(&joined, &copy, &none), 0);
			refusals_free(&copy);
		}
		assert_int_equal(whole.n, joined.n);
		assert_int_equal(whole.wide, joined.wide);
		for (size_t i = 0; i < whole.n; i++) {
			const struct refusal *a = &whole.one[i], *b = &joined.one[i];

			assert_memory_equal(&a->first, &b->first, sizeof(a->first));
			assert_memory_equal(&a->last, &b->last, sizeof(a->last));
			assert_true(a->len == b->len && memcmp(a->line, b->line, a->len) == 0);
		}
		refusals_free(&whole);
		refusals_free(&joined);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_after),
		cmocka_unit_test(a_storm_is_bounded),
		cmocka_unit_test(joined_as_read_in_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
