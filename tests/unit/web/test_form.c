#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "web/form.h"

#define S(lit) { (lit), sizeof(lit) - 1 }

static const struct { const char *name; struct str in; bool plus; int rc; struct str out; } decodes[] = {
	{ "nothing", S(""), true, 0, S("") },
	{ "plain", S("abc"), true, 0, S("abc") },
	{ "a plus in a form", S("a+b%2Bc"), true, 0, S("a b+c") },
	{ "a plus in a path", S("a+b"), false, 0, S("a+b") },
	{ "both cases of hex", S("%4a%4A"), true, 0, S("JJ") },
	{ "decoded once", S("%252e"), true, 0, S("%2e") },
	{ "UTF-8", S("%e9%96%a2%E5%AE%88"), true, 0, S("\xe9\x96\xa2\xe5\xae\x88") },
	{ "line ends of a text field", S("a%0D%0Ab"), true, 0, S("a\r\nb") },
	{ "a percent alone", S("100%"), true, SEK_EPARSE, S("") },
	{ "half a percent", S("%4"), true, SEK_EPARSE, S("") },
	{ "no hex", S("%zz"), true, SEK_EPARSE, S("") },
	{ "no hex, second digit", S("%4g"), true, SEK_EPARSE, S("") },
	{ "a sign is no digit", S("%+1"), true, SEK_EPARSE, S("") },
	{ "a NUL", S("a%00b"), true, SEK_EPARSE, S("") },
	{ "a raw NUL", S("a\0b"), true, SEK_EPARSE, S("") },
	{ "a lone continuation", S("%80"), true, SEK_EPARSE, S("") },
	{ "half a sequence", S("%e9%96"), true, SEK_EPARSE, S("") },
	{ "a sequence that breaks off", S("%e9%96a"), true, SEK_EPARSE, S("") },
	{ "an overlong slash of two", S("%c0%af"), true, SEK_EPARSE, S("") },
	{ "an overlong slash of three", S("%e0%80%af"), true, SEK_EPARSE, S("") },
	{ "an overlong slash of four", S("%f0%80%80%af"), true, SEK_EPARSE, S("") },
	{ "an overlong NUL", S("%c0%80"), true, SEK_EPARSE, S("") },
	{ "a surrogate", S("%ed%a0%80"), true, SEK_EPARSE, S("") },
	{ "past U+10FFFF", S("%f4%90%80%80"), true, SEK_EPARSE, S("") },
	{ "the last one", S("%f4%8f%bf%bf"), true, 0, S("\xf4\x8f\xbf\xbf") },
	{ "an octet that is in no UTF-8", S("%ff"), true, SEK_EPARSE, S("") },
	{ "raw UTF-8", S("\xc3\xa9"), true, 0, S("\xc3\xa9") },
	{ "raw Latin 1", S("\xe9"), true, SEK_EPARSE, S("") },
};

static void
percent_is_decoded_once_and_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(decodes) / sizeof(decodes[0]); i++) {
		struct arena *a = arena_new(4096);
		struct str out = { 0 };
		int rc = percent_decode(&out, a, decodes[i].in, decodes[i].plus);

		if (rc != decodes[i].rc || (rc == 0 && !str_eq(out, decodes[i].out)))
			fail_msg("%s: got %d \"%.*s\", want %d \"%s\"", decodes[i].name,
			    rc, (int)out.n, out.p, decodes[i].rc, decodes[i].out.p);
		if (rc == 0)
			assert_int_equal(out.p[out.n], '\0');
		arena_free(a);
	}
}

static const struct { const char *name, *in, *field; int rc; const char *value; size_t n; } forms[] = {
	{ "one field", "q=192.0.2.25", "q", 0, "192.0.2.25", 1 },
	{ "two, the second", "a=1&q=2", "q", 0, "2", 2 },
	{ "the first of two of one name", "q=1&q=2", "q", 0, "1", 2 },
	{ "no such field", "a=1", "q", 0, NULL, 1 },
	{ "no value", "q", "q", 0, "", 1 },
	{ "an empty value", "q=", "q", 0, "", 1 },
	{ "an equals sign in the value", "q=a=b", "q", 0, "a=b", 1 },
	{ "empty pairs", "&&q=1&&", "q", 0, "1", 1 },
	{ "no name", "=1&q=2", "q", 0, "2", 2 },
	{ "an encoded name", "%71=1", "q", 0, "1", 1 },
	{ "an encoded ampersand", "q=a%26b%3Dc", "q", 0, "a&b=c", 1 },
	{ "nothing", "", "q", 0, NULL, 0 },
	{ "a broken value", "q=%", "q", SEK_EPARSE, NULL, 0 },
	{ "a broken name", "%=q", "q", SEK_EPARSE, NULL, 0 },
	{ "a broken field behind a good one", "q=1&a=%00", "q", SEK_EPARSE, NULL, 0 },
};

static void
forms_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct arena *a = arena_new(65536);
		struct form f;
		int rc = form_parse(&f, a, str_of(forms[i].in));
		struct str v;

		if (rc != forms[i].rc)
			fail_msg("%s: got %d, want %d", forms[i].name, rc, forms[i].rc);
		v = rc == 0 ? form_find(&f, forms[i].field) : (struct str){ 0 };
		if (rc == 0 && (f.n != forms[i].n || !str_eq(v, str_of(forms[i].value)) ||
		    (v.p == NULL) != (forms[i].value == NULL)))
			fail_msg("%s: got %zu fields, \"%.*s\"", forms[i].name, f.n,
			    (int)v.n, v.p == NULL ? "" : v.p);
		arena_free(a);
	}
}

static void
forms_have_bounds(void **state)
{
	struct arena *a = arena_new(1 << 20), *small = arena_new(64);
	char many[FORM_OCTETS + 2];
	struct form f;

	(void)state;
	memset(many, 'a', sizeof(many));
	assert_int_equal(form_parse(&f, a, (struct str){ many, FORM_OCTETS + 1 }), SEK_ELIMIT);
	assert_int_equal(form_parse(&f, a, (struct str){ many, FORM_OCTETS }), 0);
	assert_int_equal(form_parse(&f, small, (struct str){ many, 100 }), SEK_ENOMEM);
	for (size_t i = 0; i < FORM_FIELDS; i++)
		memcpy(many + 4 * i, "a=1&", 4);
	assert_int_equal(form_parse(&f, a, (struct str){ many, 4 * FORM_FIELDS }), 0);
	assert_int_equal(form_parse(&f, a, (struct str){ many, 4 * FORM_FIELDS + 1 }), SEK_ELIMIT);
	arena_free(a);
	arena_free(small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percent_is_decoded_once_and_strictly),
		cmocka_unit_test(forms_are_read_or_refused),
		cmocka_unit_test(forms_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
