#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sys/suggest.h"

static const char *const names[] = { "probe", "nominate", "show", "status", "retest" };

static const struct { const char *name, *word, *want; } cases[] = {
	{ "missing letter", "prob", "probe" },
	{ "one too many", "probes", "probe" },
	{ "neighbours swapped", "porbe", "probe" },
	{ "other case", "PROBE", "probe" },
	{ "nearest of two", "stow", "show" },
	{ "nothing near", "journal", NULL },
	{ "empty", "", NULL },
	{ "far too long", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL },
	{ "two letters of nine", "nomnaet", "nominate" },
};

static void
nearest_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = suggest(str_of(cases[i].word), names, 5);

		if ((got == NULL) != (cases[i].want == NULL) ||
		    (got != NULL && strcmp(got, cases[i].want) != 0))
			fail_msg("%s: %s: want %s, got %s", cases[i].name,
			    cases[i].word, cases[i].want ? cases[i].want : "-",
			    got ? got : "-");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nearest_name) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
