#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/token.h"

#define PD "probe.example"

static const struct token sample = {
	.key = 1, .kind = TOKEN_RECIPIENT, .attempt = 0x0123456789abcdef,
	.mac = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
};

static void
layout_goes_round(void **state)
{
	char text[TOKEN_TEXT];
	struct token t;

	(void)state;
	token_text(text, &sample);
	assert_int_equal(strlen(text), TOKEN_LETTERS);
	assert_int_equal(token_parse(&t, str_of(text)), 0);
	assert_int_equal(t.key, sample.key);
	assert_int_equal(t.kind, sample.kind);
	assert_true(t.attempt == sample.attempt);
	assert_memory_equal(t.mac, sample.mac, sizeof(t.mac));
}

/* % stands for the token, # for the token in capitals. */
static const struct { const char *name, *rcpt; int want; } cases[] = {
	{ "plain", "%@" PD, 0 },
	{ "case folded or raised on the way", "#@PROBE.Example", 0 },
	{ "final dot kept", "%@" PD ".", 0 },
	{ "R12: own domain put in between", "%@corp.example." PD, 0 },
	{ "R13: domain appended to the local part", "%=corp.example@" PD, 0 },
	{ "R14: token as a label", "postmaster@%." PD, 0 },
	{ "R15: the other role account", "abuse@#." PD, 0 },
	{ "a person at the token's label is no proof", "root@%." PD, SEK_EPARSE },
	{ "token not as the first label", "postmaster@a.%." PD, SEK_EPARSE },
	{ "another domain", "%@other.example", SEK_EPARSE },
	{ "a domain that only ends like ours", "%@xprobe.example", SEK_EPARSE },
	{ "nothing before our domain's dot", "%@." PD, SEK_EPARSE },
	{ "token as an extension", "x+%@" PD, SEK_EPARSE },
	{ "one letter too many", "%a@" PD, SEK_EPARSE },
	{ "token and a blank", "% @" PD, SEK_EPARSE },
	{ "two at signs", "%@x@" PD, SEK_EPARSE },
	{ "no domain", "%", SEK_EPARSE },
	{ "no local part", "@" PD, SEK_EPARSE },
	{ "empty", "", SEK_EPARSE },
	{ "token behind the equals sign", "corp.example=%@" PD, SEK_EPARSE },
	{ "quoted on the way", "\"%\"@" PD, 0 },
	{ "half quoted", "\"%@" PD, SEK_EPARSE },
	{ "nothing quoted", "\"\"@" PD, SEK_EPARSE },
	{ "R08: our address as a literal", "%@[192.0.2.25]", 0 },
	{ "R08 over IPv6", "%@[IPv6:2001:db8::25]", 0 },
	{ "R05: our bang path", PD "!%", 0 },
	{ "a bang path of somebody else", "other.example!%", SEK_EPARSE },
	{ "a bang path through us", PD "!other!%", SEK_EPARSE },
	{ "a literal without end", "%@[192.0.2.25", SEK_EPARSE },
	{ "an empty literal", "%@[]", SEK_EPARSE },
	{ "a person at our literal", "root@[192.0.2.25]", SEK_EPARSE },
};

static void
put_rcpt(char *out, const char *form, const char *token)
{
	for (; *form != '\0'; form++) {
		if (*form != '%' && *form != '#') {
			*out++ = *form;
			continue;
		}
		for (const char *t = token; *t != '\0'; t++)
			*out++ = *form == '#' && *t >= 'a' && *t <= 'z' ?
			    (char)(*t - 32) : *t;
	}
	*out = '\0';
}

static void
recipients(void **state)
{
	char text[TOKEN_TEXT], rcpt[300];

	(void)state;
	token_text(text, &sample);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct token t = { 0 };
		int got;

		put_rcpt(rcpt, cases[i].rcpt, text);
		got = token_from_rcpt(&t, str_of(rcpt), STR(PD));
		if (got != cases[i].want || (got == 0 && t.attempt != sample.attempt))
			fail_msg("%s: %s: want %d, got %d", cases[i].name, rcpt,
			    cases[i].want, got);
	}
}

static void
only_one_spelling_of_a_value(void **state)
{
	char text[TOKEN_TEXT];
	struct token t;

	(void)state;
	token_text(text, &sample);
	for (char c = 'b'; c <= 'p'; c++) {	/* the last letter has 4 spare bits */
		text[TOKEN_LETTERS - 1] = c;
		assert_int_equal(token_parse(&t, str_of(text)),
		    (c - 'a') % 16 == 0 ? 0 : SEK_EPARSE);
	}
}

static void
strange_kinds_are_no_tokens(void **state)
{
	struct token t = sample;
	char text[TOKEN_TEXT];

	(void)state;
	for (unsigned kind = 0; kind < 256; kind++) {
		t.kind = (uint8_t)kind;
		token_text(text, &t);
		assert_int_equal(token_parse(&t, str_of(text)),
		    kind == 1 || kind == 2 ? 0 : SEK_EPARSE);
	}
}

static void
no_probe_domain_no_token(void **state)
{
	char rcpt[64];
	struct token t;

	(void)state;
	token_text(rcpt, &sample);
	strcat(rcpt, "@");
	assert_int_equal(token_from_rcpt(&t, str_of(rcpt), STR("")), SEK_EPARSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_goes_round),
		cmocka_unit_test(recipients),
		cmocka_unit_test(only_one_spelling_of_a_value),
		cmocka_unit_test(strange_kinds_are_no_tokens),
		cmocka_unit_test(no_probe_domain_no_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
