/* Words that are looked at by eights say what the C library says octet by octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "wire/log_cut.h"

enum { MOST = 40 };

static void
an_octet_is_found_wherever_it_stands(void **state)
{
	static const char others[] = { 'a', 'Z', 'Z' + 2, '\0', '[' ^ '\x80', '\xff', '\x01' };
	char text[MOST];

	(void)state;
	for (size_t k = 0; k < sizeof(others); k++) {
		for (size_t n = 0; n <= MOST; n++) {
			for (size_t at = 0; at <= n; at++) {
				memset(text, others[k], sizeof(text));
				if (at < n)
					text[at] = '[';
				if (at + 3 < n)
					text[at + 3] = '[';
				assert_int_equal(log_cut_seek(text, n, '['), at);
			}
		}
	}
}

static void
each_octet_makes_words_differ(void **state)
{
	char a[MOST], b[MOST];

	(void)state;
	memset(a, 'a', sizeof(a));
	for (size_t n = 0; n <= MOST; n++) {
		for (size_t at = 0; at < MOST; at++) {
			memset(b, 'a', sizeof(b));
			b[at] = 'b';
			assert_int_equal(log_cut_same(a, b, n), at >= n);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_octet_is_found_wherever_it_stands),
		cmocka_unit_test(each_octet_makes_words_differ),
	};

	return cmocka_run_group_tests_name("log_cut", tests, NULL, NULL);
}
