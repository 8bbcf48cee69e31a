#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "log_rig.h"

static size_t
octets_of(const struct log *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += strlen(l->file[i]);
	return n;
}

/* Where two texts differ: that line of both. */
static void
differ(const char *name, size_t cut, const char *whole, const char *parts)
{
	while (*whole != '\0' && *parts != '\0') {
		size_t a = strcspn(whole, "\n"), b = strcspn(parts, "\n");

		if (a != b || memcmp(whole, parts, a) != 0)
			break;
		whole += a + 1;
		parts += b + 1;
	}
	print_error("%s: cut at %zu\nwhole: %.*s\nparts: %.*s\n", name, cut,
	    (int)strcspn(whole, "\n"), whole, (int)strcspn(parts, "\n"), parts);
}

static int
cut_everywhere(const char *name, const struct log *l)
{
	size_t n = octets_of(l);
	char *whole = log_text(l, NULL, 0);
	int bad = 0;

	for (size_t at = 0; at <= n && bad < 3; at++) {
		char *parts = log_text(l, &at, 1);

		if (strcmp(whole, parts) != 0) {
			differ(name, at, whole, parts);
			bad++;
		}
		free(parts);
	}
	free(whole);
	return bad;
}

static void
a_log_cut_at_any_octet_is_the_same_log(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(log_cases) / sizeof(log_cases[0]); i++) {
		struct account_own *own = case_own(&log_cases[i]);
		struct log l = case_log(&log_cases[i], own);

		bad += cut_everywhere(log_cases[i].name, &l);
		account_own_free(own);
	}
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_cut_at_any_octet_is_the_same_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
