#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "serve/ratelimit.h"

enum { RATE = 100, BURST = RATE * RATELIMIT_BURST_S };

static _Alignas(64) uint8_t memory[SHARED_LIMIT];
static const struct shared all = { memory, sizeof(memory) };

static void
begin(struct ratelimit *r, uint32_t slip)
{
	memset(memory, 0, sizeof(memory));
	memcpy(memory, "0123456789abcdef", 16);
	ratelimit_set(r, &all, RATE, slip);
	ratelimit_now(r, (struct mono){ 1000 });
}

/* How many of n answers pass. */
static unsigned
passed(struct ratelimit *r, struct addr a, unsigned n)
{
	unsigned k = 0;

	while (n-- > 0)
		k += ratelimit_ask(r, &a) == ANSWER_PASS;
	return k;
}

static void
a_burst_passes_then_the_rate(void **state)
{
	const struct addr a = addr_v4(192, 0, 2, 25);
	struct ratelimit r;

	(void)state;
	begin(&r, 2);
	assert_int_equal(passed(&r, a, 2 * BURST), BURST);
	ratelimit_now(&r, (struct mono){ 2000 });
	assert_int_equal(passed(&r, a, 2 * BURST), RATE);
	ratelimit_now(&r, (struct mono){ 2010 });	/* one costs 10 ms */
	assert_int_equal(passed(&r, a, 9), 1);
	ratelimit_now(&r, (struct mono){ 60000 });	/* silence pays the burst, no more */
	assert_int_equal(passed(&r, a, 2 * BURST), BURST);
}

static void
who_counts_as_one(void **state)
{
	static const struct { const char *name, *other; bool same; } cases[] = {
		{ "the /24", "192.0.2.99", true }, { "the next /24", "192.0.3.25", false },
		{ "another family", "2001:db8::25", false },
	};
	static const struct { const char *name, *other; bool same; } v6[] = {
		{ "the /56", "2001:db8:1:1ff::9", true }, { "the next /56", "2001:db8:1:200::1", false },
	};
	const struct addr a = addr_v4(192, 0, 2, 25);
	struct addr other, b;
	struct ratelimit r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&r, 2);
		passed(&r, a, BURST);
		assert_int_equal(addr_parse(&other, str_of(cases[i].other)), 0);
		if ((passed(&r, other, 1) == 0) != cases[i].same)
			fail_msg("%s", cases[i].name);
	}
	assert_int_equal(addr_parse(&b, STR("2001:db8:1:100::1")), 0);
	for (size_t i = 0; i < 2; i++) {
		begin(&r, 2);
		passed(&r, b, BURST);
		assert_int_equal(addr_parse(&other, str_of(v6[i].other)), 0);
		if ((passed(&r, other, 1) == 0) != v6[i].same)
			fail_msg("%s", v6[i].name);
	}
}

static void
every_nth_slips(void **state)
{
	static const struct { uint32_t slip; unsigned of_twelve; } cases[] = {
		{ 0, 0 }, { 1, 12 }, { 2, 6 }, { 3, 4 }, { 10, 1 },
	};
	const struct addr a = addr_v4(192, 0, 2, 25);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ratelimit r;
		unsigned slipped = 0;

		begin(&r, cases[i].slip);
		passed(&r, a, BURST);
		for (int k = 0; k < 12; k++)
			slipped += ratelimit_ask(&r, &a) == ANSWER_SLIP;
		assert_int_equal(slipped, cases[i].of_twelve);
	}
}

/* One table, two workers. */
static void
workers_count_together(void **state)
{
	const struct addr a = addr_v4(192, 0, 2, 25);
	struct ratelimit r[2];

	(void)state;
	begin(&r[0], 2);
	ratelimit_set(&r[1], &all, RATE, 2);
	ratelimit_now(&r[1], (struct mono){ 1000 });
	assert_int_equal(passed(&r[0], a, BURST / 2), BURST / 2);
	assert_int_equal(passed(&r[1], a, BURST), BURST / 2);
	assert_int_equal(passed(&r[0], a, 1), 0);
}

/* A flood from more prefixes than there are places takes places of those who
 * owe least: a prefix that owes much keeps its own, nobody is cut off but who
 * shares its 12 bits (one in 4,096). */
static void
a_full_table_is_mild(void **state)
{
	static _Alignas(64) uint8_t two[2 * SHARED_LINE];
	const struct shared small = { two, sizeof(two) };
	const struct addr a = addr_v4(192, 0, 2, 25);
	struct ratelimit r;
	unsigned others = 0;

	(void)state;
	ratelimit_set(&r, &small, RATE, 2);
	ratelimit_now(&r, (struct mono){ 1000 });
	assert_int_equal(passed(&r, a, BURST), BURST);
	for (unsigned i = 0; i < 2000; i++)
		others += passed(&r, addr_v4(198, (uint8_t)(i >> 8), (uint8_t)i, 1), 1);
	assert_in_range(others, 1997, 2000);
	assert_int_equal(passed(&r, a, 10), 0);
}

/* What a worker that went wild left there ends nobody's answers. */
static void
nonsense_in_the_table_is_forgiven(void **state)
{
	struct ratelimit r;

	(void)state;
	begin(&r, 2);
	memset(memory + SHARED_LINE, 0xff, sizeof(memory) - SHARED_LINE);
	for (unsigned i = 0; i < 5000; i++)
		assert_int_equal(passed(&r, addr_v4(198, (uint8_t)(i >> 8), (uint8_t)i, 1), 1), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_passes_then_the_rate),
		cmocka_unit_test(who_counts_as_one),
		cmocka_unit_test(every_nth_slips),
		cmocka_unit_test(workers_count_together),
		cmocka_unit_test(a_full_table_is_mild),
		cmocka_unit_test(nonsense_in_the_table_is_forgiven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
