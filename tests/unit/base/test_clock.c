#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"

static void
wall_text_is_rfc3339(void **state)
{
	static const struct { int64_t s; const char *want; } cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ 253402300800, "-" },
		{ INT64_MIN, "-" },
	};
	char text[WALL_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		wall_text(text, (struct wall){ cases[i].s });
		assert_string_equal(text, cases[i].want);
	}
}

static void
fake_clock_carries_milliseconds(void **state)
{
	struct clock_fake c;

	(void)state;
	clock_fake_init(&c, (struct wall){ 100 });
	clock_fake_pass(&c, 999);
	assert_int_equal(c.clock.wall(&c.clock).s, 100);
	clock_fake_pass(&c, 1);
	assert_int_equal(c.clock.wall(&c.clock).s, 101);
	assert_int_equal(c.clock.mono(&c.clock).ms, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wall_text_is_rfc3339),
		cmocka_unit_test(fake_clock_carries_milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
