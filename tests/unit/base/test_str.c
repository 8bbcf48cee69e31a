#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"

static void
clean_text_cannot_forge(void **state)
{
	static const struct { const char *name; struct str in; size_t cap; const char *want; } cases[] = {
		{ "plain", { "abc", 3 }, 32, "abc" },
		{ "control and NUL", { "a\r\n\0b", 5 }, 32, "a\\x0d\\x0a\\x00b" },
		{ "escape sequence", { "\x1b[2J", 4 }, 32, "\\x1b[2J" },
		{ "quote and backslash", { "\"\\", 2 }, 32, "\\\"\\\\" },
		{ "japanese stays", { "\xe9\x96\xa2\xe5\xae\x88", 6 }, 32, "\xe9\x96\xa2\xe5\xae\x88" },
		{ "C1 control", { "\xc2\x9b", 2 }, 32, "\\xc2\\x9b" },
		{ "right-to-left override", { "\xe2\x80\xae", 3 }, 32, "\\xe2\\x80\\xae" },
		{ "overlong", { "\xc0\xaf", 2 }, 32, "\\xc0\\xaf" },
		{ "surrogate", { "\xed\xa0\x80", 3 }, 32, "\\xed\\xa0\\x80" },
		{ "cut sequence", { "\xe9\x96", 2 }, 32, "\\xe9\\x96" },
		{ "too long", { "abcdefghij", 10 }, 8, "abcd..." },
		{ "exact fit", { "abcdefg", 7 }, 8, "abcdefg" },
		{ "no room at all", { "abc", 3 }, 1, "" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = str_clean(out, cases[i].cap, cases[i].in);

		if (strcmp(out, cases[i].want) != 0 || n != strlen(out))
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name,
			    out, cases[i].want);
	}
}

static void
base32_goes_round(void **state)
{
	static const struct { const char *hex, *b32; } cases[] = {
		{ "66", "my" }, { "666f", "mzxq" }, { "666f6f", "mzxw6" },
		{ "666f6f62", "mzxw6yq" }, { "666f6f6261", "mzxw6ytb" },
		{ "666f6f626172", "mzxw6ytboi" },
	};
	uint8_t raw[8], back[8];
	char text[16];

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(str_unhex(raw, i + 1, str_of(cases[i].hex)), 0);
		str_base32(text, raw, i + 1);
		assert_string_equal(text, cases[i].b32);
		assert_int_equal(str_unbase32(back, i + 1, str_of(text)), 0);
		assert_memory_equal(raw, back, i + 1);
	}
	assert_int_equal(str_unbase32(back, 1, STR("MY")), 0);
	assert_int_equal(str_unbase32(back, 1, STR("mz")), SEK_EPARSE);	/* bits left */
	assert_int_equal(str_unbase32(back, 1, STR("m1")), SEK_EPARSE);
	assert_int_equal(str_unbase32(back, 2, STR("my")), SEK_EPARSE);
}

static void
numbers_are_bounded(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(str_u64(&v, STR("18446744073709551615"), UINT64_MAX), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(str_u64(&v, STR("18446744073709551616"), UINT64_MAX), SEK_ELIMIT);
	assert_int_equal(str_u64(&v, STR("11"), 10), SEK_ELIMIT);
	assert_int_equal(str_u64(&v, STR(""), 10), SEK_EPARSE);
	assert_int_equal(str_u64(&v, STR("-1"), 10), SEK_EPARSE);
	assert_int_equal(str_u64(&v, STR("1x"), 10), SEK_EPARSE);
}

static void
cut_takes_apart(void **state)
{
	struct str s = STR("a.b");

	(void)state;
	assert_true(str_eq(str_cut(&s, '.'), STR("a")));
	assert_true(str_eq(str_cut(&s, '.'), STR("b")));
	assert_int_equal(s.n, 0);
	s = (struct str){ 0 };		/* of what is not there */
	assert_null(str_cut(&s, '.').p);
	assert_null(s.p);
	assert_true(str_ieq(STR("MaIl"), STR("mail")));
	assert_false(str_ieq(STR("mail"), STR("mails")));
	assert_true(str_iends(STR("x.EXAMPLE"), STR(".example")));
	assert_int_equal(str_search(STR("abcabd"), STR("abd")), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_text_cannot_forge),
		cmocka_unit_test(base32_goes_round),
		cmocka_unit_test(numbers_are_bounded),
		cmocka_unit_test(cut_takes_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
