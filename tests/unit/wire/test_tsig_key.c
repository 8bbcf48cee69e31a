#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/tsig_key.h"

#define SECRET "MDEyMzQ1Njc4OWFiY2RlZg=="	/* 0123456789abcdef */
#define GOOD "hmac-sha256:k.example:" SECRET

static const struct { const char *name, *text; int want; size_t n; unsigned line; } cases[] = {
	{ "one key", GOOD "\n", 0, 1, 0 },
	{ "the last line needs no end", GOOD, 0, 1, 0 },
	{ "DOS line ends", GOOD "\r\n" "hmac-sha512:l.example:" SECRET "\r\n", 0, 2, 0 },
	{ "comments and empty lines", "# x\n\n  \t\n" GOOD " # mine\n", 0, 1, 0 },
	{ "an empty file has no key", "", 0, 0, 0 },
	{ "a final dot", "hmac-sha384:k.example.:" SECRET, 0, 1, 0 },
	{ "one label is a name", "hmac-sha256:k:" SECRET, 0, 1, 0 },
	{ "networks behind it", GOOD " 192.0.2.0/24\t2001:db8::1 ", 0, 1, 0 },
	{ "SHA-1 is too weak", "hmac-sha1:k.example:" SECRET, SEK_EPARSE, 0, 1 },
	{ "MD5 is too weak", "hmac-md5:k.example:" SECRET, SEK_EPARSE, 0, 1 },
	{ "no algorithm", "k.example:" SECRET, SEK_EPARSE, 0, 1 },
	{ "no name", "hmac-sha256::" SECRET, SEK_EPARSE, 0, 1 },
	{ "the root is no name", "hmac-sha256:.:" SECRET, SEK_EPARSE, 0, 1 },
	{ "an empty label", "hmac-sha256:a..b:" SECRET, SEK_EPARSE, 0, 1 },
	{ "no secret", "hmac-sha256:k.example:", SEK_EPARSE, 0, 1 },
	{ "no secret at all", "hmac-sha256:k.example", SEK_EPARSE, 0, 1 },
	{ "15 octets", "hmac-sha256:k.example:MDEyMzQ1Njc4OWFiY2Rl", SEK_EPARSE, 0, 1 },
	{ "cut in the middle", "hmac-sha256:k.example:MDEyMzQ1Njc4OWFiY2RlZg", SEK_EPARSE, 0, 1 },
	{ "bits behind the end", "hmac-sha256:k.example:MDEyMzQ1Njc4OWFiY2RlZh==", SEK_EPARSE, 0, 1 },
	{ "padding inside", "hmac-sha256:k.example:MDEyMzQ1Njc4O=FiY2RlZg==", SEK_EPARSE, 0, 1 },
	{ "three pads", "hmac-sha256:k.example:MDEyMzQ1Njc4OWFiY2RlZ===", SEK_EPARSE, 0, 1 },
	{ "not base64", "hmac-sha256:k.example:MDEyMzQ1Njc4OWFiY2Rl*g==", SEK_EPARSE, 0, 1 },
	{ "host bits", GOOD " 192.0.2.1/24", SEK_EPARSE, 0, 1 },
	{ "nine networks", GOOD " ::1 ::2 ::3 ::4 ::5 ::6 ::7 ::8 ::9", SEK_EPARSE, 0, 1 },
	{ "a name twice, in any case", GOOD "\n\nhmac-sha512:K.Example:" SECRET, SEK_EPARSE, 0, 3 },
	{ "a word before the key", "key " GOOD, SEK_EPARSE, 0, 1 },
};

static void
lines(void **state)
{
	static struct tsig_keys k;
	struct tsig_key_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int got = tsig_keys_parse(&k, str_of(cases[i].text), &why);

		if (got != cases[i].want || k.n != cases[i].n ||
		    (got != 0 && (why.line != cases[i].line || why.text == NULL)))
			fail_msg("%s: got %d, %zu keys, line %u (%s)", cases[i].name,
			    got, k.n, why.line, why.text != NULL ? why.text : "-");
	}
}

static void
what_stands_in_a_line(void **state)
{
	static struct tsig_keys k;
	const struct addr in = addr_v4(192, 0, 2, 9), other = addr_v4(192, 0, 3, 9);
	struct tsig_key_why why;
	char text[DNS_NAME_TEXT];

	(void)state;
	assert_int_equal(tsig_keys_parse(&k, STR("HMAC-SHA384:K.Example:" SECRET
	    " 192.0.2.0/24\n" "hmac-sha256:any:" SECRET), &why), 0);
	assert_int_equal(k.at[0].algorithm, TSIG_SHA384);
	assert_string_equal(tsig_algorithm_name(k.at[0].algorithm), "hmac-sha384");
	dns_name_text(text, &k.at[0].name);
	assert_string_equal(text, "k.example");
	assert_memory_equal(k.at[0].name.o, "\1k\7example", 11);
	assert_int_equal(k.at[0].len, 16);
	assert_memory_equal(k.at[0].secret, "0123456789abcdef", 16);
	assert_true(tsig_key_allows(&k.at[0], &in));
	assert_false(tsig_key_allows(&k.at[0], &other));
	assert_true(tsig_key_allows(&k.at[1], &other));
}

static void
too_many_keys(void **state)
{
	static struct tsig_keys k;
	static char text[64 * (TSIG_KEYS + 1)];
	struct wbuf w = wbuf_of(text, sizeof(text));
	struct tsig_key_why why;

	(void)state;
	for (unsigned i = 0; i < TSIG_KEYS; i++)
		wbuf_printf(&w, "hmac-sha256:k%u:" SECRET "\n", i);
	assert_int_equal(tsig_keys_parse(&k, (struct str){ text, w.len }, &why), 0);
	assert_int_equal(k.n, TSIG_KEYS);
	wbuf_str(&w, "hmac-sha256:last:" SECRET);
	assert_int_equal(tsig_keys_parse(&k, (struct str){ text, w.len }, &why), SEK_EPARSE);
	assert_int_equal(why.line, TSIG_KEYS + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(what_stands_in_a_line),
		cmocka_unit_test(too_many_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
