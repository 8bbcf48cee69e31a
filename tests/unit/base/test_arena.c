#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"

static void
bound_holds_and_reset_gives_all_back(void **state)
{
	struct arena *a = arena_new(10000);

	(void)state;
	assert_non_null(a);
	for (int round = 0; round < 3; round++) {
		assert_non_null(arena_alloc(a, 100));
		assert_non_null(arena_alloc(a, 5000));
		assert_null(arena_alloc(a, 8000));
		arena_reset(a);
	}
	assert_null(arena_alloc(a, SIZE_MAX));
	arena_free(a);
}

static void
text_has_a_nul(void **state)
{
	struct arena *a = arena_new(1000);
	struct str s = arena_str(a, STR("abc"));

	(void)state;
	assert_int_equal(s.n, 3);
	assert_string_equal(s.p, "abc");
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bound_holds_and_reset_gives_all_back),
		cmocka_unit_test(text_has_a_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
