#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys/counters.h"
#include "sys/shared.h"

enum { OCTETS = 4096, WHOLE = F_SEAL_SHRINK | F_SEAL_GROW };

static int
make(int seals)
{
	int fd = memfd_create("shared", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, OCTETS), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int
to_read(int fd)
{
	char path[40];
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(r >= 0);
	close(fd);
	return r;
}

static void
only_whole_memory_is_mapped(void **state)
{
	static const struct { const char *name; int seals; uint64_t octets; size_t least; bool reads, write; int want; } cases[] = {
		{ "to write", WHOLE, OCTETS, 1, false, true, 0 },
		{ "to read", WHOLE, OCTETS, OCTETS, true, false, 0 },
		{ "read-only is not written", WHOLE, OCTETS, 1, true, true, SEK_ESYS },
		{ "may shrink under us", F_SEAL_GROW, OCTETS, 1, false, true, SEK_EPARSE },
		{ "another size than it is said", WHOLE, OCTETS + 1, 1, false, true, SEK_EPARSE },
		{ "smaller than we need", WHOLE, OCTETS, OCTETS + 1, false, true, SEK_EPARSE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct msg_shared m = { .octets = cases[i].octets };
		struct shared s = { NULL, 0 };
		int fd = make(cases[i].seals), got;

		if (cases[i].reads)
			fd = to_read(fd);
		got = shared_take(&s, &m, fd, cases[i].least, cases[i].write);
		if (got != cases[i].want || (s.p != NULL) != (got == 0))
			fail_msg("%s: got %d, want %d", cases[i].name, got, cases[i].want);
		assert_int_equal(fcntl(fd, F_GETFD), -1);	/* it was closed */
		shared_close(&s);
	}
}

static void
without_a_descriptor_there_is_none(void **state)
{
	struct msg_shared m = { .octets = OCTETS };
	struct shared s = { NULL, 0 };

	(void)state;
	assert_int_equal(shared_take(&s, &m, -1, 1, false), SEK_EPARSE);
	assert_null(counters_slot(&s, 0));
}

static void
a_count_is_seen_by_another_and_slots_end(void **state)
{
	struct msg_shared m = { .octets = OCTETS };
	struct shared mine = { NULL, 0 }, theirs = { NULL, 0 };
	int fd = make(WHOLE), other = dup(fd);

	(void)state;
	assert_int_equal(shared_take(&mine, &m, fd, 1, true), 0);
	assert_int_equal(shared_take(&theirs, &m, to_read(other), 1, false), 0);
	counters_add(counters_slot(&mine, 7), COUNTER_QUERIES, 5);
	assert_int_equal(counters_get(counters_slot(&theirs, 7), COUNTER_QUERIES), 5);
	assert_null(counters_slot(&mine, 8));
	assert_null(counters_slot(&mine, UINT32_MAX));
	shared_close(&mine);
	shared_close(&theirs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_memory_is_mapped),
		cmocka_unit_test(without_a_descriptor_there_is_none),
		cmocka_unit_test(a_count_is_seen_by_another_and_slots_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
