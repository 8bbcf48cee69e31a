#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "log_rig.h"

static void
logs_are_told_as_they_are(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++) {
		const struct log_case *c = &log_cases[i];
		struct account_own *own = case_own(c);
		struct log l = case_log(c, own);
		char *text = log_text(&l, NULL, 0);
		int missed = 0;

		for (size_t w = 0; c->want[w] != NULL; w++)
			if (strstr(text, c->want[w]) == NULL) {
				print_error("%s: not told: %s\n", c->name, c->want[w]);
				missed++;
			}
		if (missed > 0)
			print_error("%s", text);
		bad += missed;
		free(text);
		account_own_free(own);
	}
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logs_are_told_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
