#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "account/flight.h"

enum { MANY = 300, ROUNDS = 6 };

static uint64_t chance = 20260303;

static uint32_t
below(uint32_t n)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return (uint32_t)(chance % n);
}

static struct str
address_of(char out[40], uint32_t i)
{
	snprintf(out, 40, "rcpt%u@town%02u.example", i, i % 7);
	return str_of(out);
}

/* Orders in which recipients are told of again. */
static uint32_t
as_before(uint32_t i, uint32_t n, uint32_t round)
{
	(void)n;
	(void)round;
	return i;
}

static uint32_t
backwards(uint32_t i, uint32_t n, uint32_t round)
{
	(void)round;
	return n - 1 - i;
}

static uint32_t
fewer_each_time(uint32_t i, uint32_t n, uint32_t round)
{
	uint32_t step = round + 1;

	return i * step % n;
}

static uint32_t
anyhow(uint32_t i, uint32_t n, uint32_t round)
{
	(void)i;
	(void)round;
	return below(n);
}

static uint32_t
one_again_and_again(uint32_t i, uint32_t n, uint32_t round)
{
	(void)i;
	return round % n;
}

static const struct {
	const char	*name;
	uint32_t	(*at)(uint32_t i, uint32_t n, uint32_t round);
} orders[] = {
	{ "as before", as_before }, { "backwards", backwards },
	{ "fewer each time", fewer_each_time }, { "anyhow", anyhow },
	{ "one again and again", one_again_and_again },
};

/* n recipients, told of in rounds; each is counted as its own. */
static int
recipients_bad(size_t order, uint32_t n)
{
	uint32_t told[MANY] = { 0 }, i;
	struct flight_rcpt *r;
	struct flights fs;
	char text[40];
	int bad = 0;

	flights_init(&fs);
	assert_int_equal(flight_new(&fs, 7, 1, 2, &i), 0);
	for (uint32_t round = 0; round < ROUNDS; round++)
		for (uint32_t k = 0; k < n; k++) {
			uint32_t who = round == 0 ? k : orders[order].at(k, n, round);
			struct str address = address_of(text, who);

			assert_int_equal(flight_rcpt(&fs, &fs.f[i], address, &r), 0);
			bad += !str_eq(flight_str(&fs.f[i], r->address), address);
			r->attempts++;
			told[who]++;
		}
	bad += fs.f[i].n != n;
	for (uint32_t k = 0; k < n; k++) {
		r = flight_rcpt_find(&fs.f[i], address_of(text, k));
		bad += r == NULL || r->attempts != told[k];
	}
	bad += flight_rcpt_find(&fs.f[i], address_of(text, n)) != NULL;
	flights_free(&fs);
	return bad;
}

static void
recipients_are_told_apart(void **state)
{
	static const uint32_t many[] = { 1, 2, 3, 4, 5, 8, 9, 16, 17, 64, MANY };

	(void)state;
	for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++)
		for (size_t k = 0; k < sizeof(many) / sizeof(many[0]); k++)
			if (recipients_bad(o, many[k]) != 0)
				fail_msg("%s, %u recipients", orders[o].name, many[k]);
}

static void
a_copy_goes_on_alone(void **state)
{
	struct flight_rcpt *r;
	struct flights fs, copy;
	char text[40];
	uint32_t i;

	(void)state;
	flights_init(&fs);
	assert_int_equal(flight_new(&fs, 7, 1, 2, &i), 0);
	for (uint32_t k = 0; k < 20; k++)
		assert_int_equal(flight_rcpt(&fs, &fs.f[i], address_of(text, k), &r), 0);
	assert_int_equal(flights_copy(&copy, &fs), 0);
	for (uint32_t k = 0; k < 40; k++)
		assert_int_equal(flight_rcpt(&copy, &copy.f[i], address_of(text, k), &r), 0);
	assert_int_equal(fs.f[i].n, 20);
	assert_int_equal(copy.f[i].n, 40);
	assert_null(flight_rcpt_find(&fs.f[i], address_of(text, 30)));
	assert_non_null(flight_rcpt_find(&copy.f[i], address_of(text, 30)));
	flights_free(&fs);
	flights_free(&copy);
}

/* Ids ------------------------------------------------------------------------ */

enum { RECORDS = 5000, IDS = 700 };

struct model {		/* by record: its id and serial; id 0: free */
	uint64_t	id[RECORDS];
	uint32_t	serial[RECORDS];
	size_t		live;
};

/* The newest record of an id, and whether all of them come, newest first. */
static int
id_bad(const struct flights *fs, const struct model *m, uint64_t id)
{
	uint32_t before = UINT32_MAX, last = FLIGHT_NONE;
	size_t want = 0, got = 0;

	for (uint32_t i = flight_next(fs, id, FLIGHT_NONE); i != FLIGHT_NONE;
	     i = flight_next(fs, id, i)) {
		if (m->id[i] != id || m->serial[i] >= before)
			return 1;
		before = m->serial[i];
		last = last == FLIGHT_NONE ? i : last;
		got++;
	}
	for (size_t i = 0; i < fs->n; i++)
		want += m->id[i] == id;
	return got != want || flight_find(fs, id, 1, 2) != last;
}

static int
ages_bad(const struct flights *fs, const struct model *m)
{
	uint32_t before = 0;
	size_t n = 0;

	for (uint32_t i = fs->oldest; i != FLIGHT_NONE; i = flight_newer(fs, i)) {
		if (m->id[i] == 0 || m->serial[i] <= before)
			return 1;
		before = m->serial[i];
		n++;
	}
	return n != m->live || fs->live != m->live;
}

static void
step(struct flights *fs, struct model *m, uint32_t growth)
{
	uint64_t id = (1 + below(IDS)) * UINT64_C(0x100000001);
	uint32_t i;

	if (below(10) < growth && m->live < RECORDS) {
		assert_int_equal(flight_new(fs, id, 1, 2, &i), 0);
		m->id[i] = id;
		m->serial[i] = fs->f[i].serial;
		m->live++;
	} else if ((i = flight_find(fs, id, 1, 2)) != FLIGHT_NONE) {
		flight_release(fs, i);
		m->id[i] = 0;
		m->live--;
	}
}

static void
ids_are_found_newest_first(void **state)
{
	static struct model m;
	struct flights fs;

	(void)state;
	flights_init(&fs);
	for (uint32_t n = 0; n < 20000; n++) {
		step(&fs, &m, n < 9000 ? 8 : 2);
		if (n % 500 != 0)
			continue;
		if (ages_bad(&fs, &m) != 0)
			fail_msg("after %u: not by age", n);
		for (uint64_t id = 1; id <= IDS; id++)
			if (id_bad(&fs, &m, id * UINT64_C(0x100000001)) != 0)
				fail_msg("after %u: id %u", n, (unsigned)id);
	}
	assert_true((uintptr_t)fs.f % FLIGHT_LINE == 0);
	flights_free(&fs);
}

/* Each has a bit of its own: the compiler says which is missing or has
 * another's. */
static bool
is_flag(enum flight_flag f)
{
	switch (f) {
	case FLIGHT_USED: case FLIGHT_BEGAN: case FLIGHT_SOFT: case FLIGHT_ENDED:
	case FLIGHT_IN: case FLIGHT_NOTICE: case FLIGHT_REFUSED: case FLIGHT_INSIDE:
	case FLIGHT_SENDER: case FLIGHT_FILTERED: case FLIGHT_PASSED: case FLIGHT_LINGERS:
	case FLIGHT_LINGERED: case FLIGHT_DONE: case FLIGHT_SURE: case FLIGHT_PROXIED:
	case FLIGHT_NAMED: case FLIGHT_LIST: case FLIGHT_BRACKETS: case FLIGHT_HANDED:
	case FLIGHT_HELD: case FLIGHT_READY: case FLIGHT_LOGIN: case FLIGHT_LEFT_ID:
	case FLIGHT_LEFT_CHILD: case FLIGHT_LEFT_MSGID: case FLIGHT_LEFT_SESSION:
	case FLIGHT_LEFT_ORIG:
		return true;
	case FLIGHT_LEFT:
		return false;
	}
	return false;
}

static void
flags_fill_the_bits_from_below(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned bit = 1; bit != 0; bit <<= 1)
		n += is_flag((enum flight_flag)bit);
	for (unsigned i = 0; i < n; i++)
		assert_true(is_flag((enum flight_flag)(1U << i)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_fill_the_bits_from_below),
		cmocka_unit_test(recipients_are_told_apart),
		cmocka_unit_test(a_copy_goes_on_alone),
		cmocka_unit_test(ids_are_found_newest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
