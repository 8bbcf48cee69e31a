#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/tap.h"

static struct shared
rings(uint32_t n)
{
	struct shared s = { .n = tap_octets(n) };

	s.p = mmap(NULL, s.n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(s.p, MAP_FAILED);
	tap_make(&s, 100);
	return s;
}

static bool
put(struct tap_ring *r, uint16_t number)
{
	uint8_t query[2];
	const struct tap_answer a = { .port = number, .query = query,
		.query_len = 2, .answer = query };

	memcpy(query, &number, 2);
	return tap_put(r, &a);
}

static void
what_is_put_is_taken_in_order(void **state)
{
	struct shared s = rings(2);
	struct tap_ring *r = tap_ring(&s, 1);
	struct tap_entry e;

	(void)state;
	assert_null(tap_ring(&s, 2));
	assert_int_equal(tap_sample(r), 100);
	assert_false(tap_take(r, &e));
	for (uint16_t i = 0; i < 3 * TAP_ENTRIES; i++) {
		assert_true(put(r, i));
		assert_true(put(r, i));
		assert_true(tap_take(r, &e));
		assert_true(tap_take(r, &e));
		assert_int_equal(e.port, i);
	}
	assert_false(tap_take(r, &e));
	assert_false(tap_take(tap_ring(&s, 0), &e));
	munmap(s.p, s.n);
}

static void
a_full_ring_refuses_the_new(void **state)
{
	struct shared s = rings(1);
	struct tap_ring *r = tap_ring(&s, 0);
	struct tap_entry e;

	(void)state;
	for (uint16_t i = 0; i < TAP_ENTRIES + 5; i++)
		assert_int_equal(put(r, i), i < TAP_ENTRIES);
	assert_true(tap_take(r, &e));
	assert_int_equal(e.port, 0);
	assert_true(put(r, 1000));
	munmap(s.p, s.n);
}

static void
what_is_too_long_is_refused(void **state)
{
	static const uint8_t octets[TAP_ANSWER + 1];
	struct shared s = rings(1);
	struct tap_ring *r = tap_ring(&s, 0);
	struct tap_answer a = { .query = octets, .query_len = TAP_QUERY + 1,
		.answer = octets, .answer_len = TAP_ANSWER };
	struct tap_entry e;

	(void)state;
	assert_false(tap_put(r, &a));
	a.query_len--;
	a.answer_len++;
	assert_false(tap_put(r, &a));
	assert_false(tap_take(r, &e));
	a.answer_len--;
	assert_true(tap_put(r, &a));
	assert_true(tap_take(r, &e));
	assert_int_equal(tap_shown(&e).query_len, TAP_QUERY);
	assert_int_equal(tap_shown(&e).answer_len, TAP_ANSWER);
	munmap(s.p, s.n);
}

/* A side gone wild brings nobody out of the memory. */
static void
nonsense_stays_inside(void **state)
{
	struct shared s = rings(1);
	struct tap_ring *r = tap_ring(&s, 0);
	struct tap_entry e;

	(void)state;
	memset(s.p, 0xff, s.n);
	assert_int_equal(tap_sample(r), TAP_SAMPLE_MAX);
	atomic_store(&r->sample, 0);
	assert_int_equal(tap_sample(r), 1);
	atomic_store(&r->taken, 5);
	assert_true(tap_take(r, &e));
	assert_int_equal(e.query_len, TAP_QUERY);
	assert_int_equal(e.answer_len, TAP_ANSWER);
	assert_int_equal(e.at.s, 0);
	assert_int_equal(e.at.ns, 0);
	(void)put(r, 1);
	munmap(s.p, s.n);
}

/* Two processes at once: nothing is taken half, twice or out of order. */
static void
two_processes_see_whole_entries(void **state)
{
	enum { N = 20000 };
	struct shared s = rings(1);
	struct tap_ring *r = tap_ring(&s, 0);
	struct tap_entry e;
	int status, want = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		for (uint16_t i = 0; i < N; )
			i = (uint16_t)(i + put(r, i));
		_exit(0);
	}
	while (want < N) {
		if (!tap_take(r, &e))
			continue;
		assert_int_equal(e.port, want);
		assert_memory_equal(e.query, &e.port, 2);
		want++;
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	munmap(s.p, s.n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_taken_in_order),
		cmocka_unit_test(a_full_ring_refuses_the_new),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(nonsense_stays_inside),
		cmocka_unit_test(two_processes_see_whole_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
