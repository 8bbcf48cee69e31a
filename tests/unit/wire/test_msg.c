#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/msg.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* "name=value|name=value|#body", folding shown as it stands, CR as ~, LF as $ */
static void
show(char *out, size_t cap, struct str mail)
{
	struct msg m = msg_of(mail);
	struct msg_field f;
	struct str body;
	size_t n = 0;

	while (msg_next_field(&f, &m) == 0)
		n += (size_t)snprintf(out + n, cap - n, "%.*s=%.*s|",
		    (int)f.name.n, f.name.p, (int)f.value.n, f.value.p);
	assert_int_equal(msg_body(&body, &m), 0);
	n += (size_t)snprintf(out + n, cap - n, "#%.*s", (int)body.n, body.p);
	for (size_t i = 0; i < n; i++)
		out[i] = out[i] == '\r' ? '~' : out[i] == '\n' ? '$' : out[i];
}

static void
headers_are_cut(void **state)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "CRLF", "A: 1\r\nB:2\r\n\r\nbody\r\n", "A= 1|B=2|#body~$" },
		{ "LF", "A: 1\nB: 2\n\nbody\n", "A= 1|B= 2|#body$" },
		{ "folded", "A: 1\r\n  2\r\n\t3\r\nB: 4\r\n\r\n", "A= 1~$  2~$\t3|B= 4|#" },
		{ "a fold of white space alone goes on", "A: 1\n \nB: 2\n\nx", "A= 1$ |B= 2|#x" },
		{ "duplicates stay apart", "A: 1\nA: 2\n\n", "A= 1|A= 2|#" },
		{ "space before the colon", "A : 1\n\nx", "A= 1|#x" },
		{ "no colon ends the header before it", "A: 1\nhello\nB: 2\n\nx", "A= 1|#hello$B: 2$$x" },
		{ "space in a name ends it", "A B: 1\n\nx", "#A B: 1$$x" },
		{ "8-bit name ends it", "A\xc3: 1\n\nx", "#A\xc3: 1$$x" },
		{ "mbox line", "From a@b.example Mon\nA: 1\n\nx", "A= 1|#x" },
		{ "quoted mbox line", ">From a@b.example Mon\nA: 1\n\nx", "A= 1|#x" },
		{ "fold without a field", " A: 1\n\nx", "# A: 1$$x" },
		{ "no body", "A: 1\r\n", "A= 1|#" },
		{ "cut in a field", "A: 1", "A= 1|#" },
		{ "cut in a line end", "A: 1\r", "A= 1~|#" },
		{ "empty value", "A:\r\n\r\n", "A=|#" },
		{ "empty", "", "#" },
		{ "body alone", "\nA: 1\n", "#A: 1$" },
		{ "a CR inside is text", "A: 1\r2\nB: 3\n\n", "A= 1~2|B= 3|#" },
	};
	char got[400];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		show(got, sizeof(got), str_of(cases[i].in));
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: want %s, got %s", cases[i].name,
			    cases[i].want, got);
	}
}

static void
fields_are_found(void **state)
{
	const struct str mail = STR("X-A: 1\nb: \n 2 \nx-a:  3\n\nX-A: 4\n");
	struct str v;

	(void)state;
	assert_int_equal(msg_find(&v, mail, STR("x-A"), 0), 0);
	assert_true(str_eq(v, STR("1")));
	assert_int_equal(msg_find(&v, mail, STR("X-A"), 1), 0);
	assert_true(str_eq(v, STR("3")));
	assert_int_equal(msg_find(&v, mail, STR("X-A"), 2), MSG_END);
	assert_int_equal(msg_find(&v, mail, STR("B"), 0), 0);
	assert_true(str_eq(v, STR("2")));
}

static void
bounds_hold(void **state)
{
	size_t n = 0, cap = 200 * 1024;
	char *big = malloc(cap);
	struct str v, body;
	struct msg m;

	(void)state;
	assert_non_null(big);
	for (int i = 0; i < MSG_FIELDS; i++)
		n += (size_t)snprintf(big + n, cap - n, "A: %d\n", i);
	assert_int_equal(msg_find(&v, (struct str){ big, n }, STR("B"), 0), MSG_END);
	n += (size_t)snprintf(big + n, cap - n, "B: 1\n\n");
	assert_int_equal(msg_find(&v, (struct str){ big, n }, STR("B"), 0), SEK_ELIMIT);
	memset(big, 'a', cap);
	memcpy(big, "A: ", 3);
	memcpy(big + MSG_HEADER - 1, "\n\n", 2);
	m = msg_of((struct str){ big, cap });
	assert_int_equal(msg_body(&body, &m), 0);
	assert_int_equal(body.n, cap - MSG_HEADER - 1);
	memcpy(big + MSG_HEADER - 1, "b\n\n", 3);
	m = msg_of((struct str){ big, cap });
	assert_int_equal(msg_body(&body, &m), SEK_ELIMIT);
	free(big);
}

static void
values_are_unfolded(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(msg_unfold(out, sizeof(out), STR("a\r\n b\n\tc")), 0);
	assert_string_equal(out, "a b\tc");
	assert_int_equal(msg_unfold(out, sizeof(out), STR("1234567")), 0);
	assert_int_equal(msg_unfold(out, sizeof(out), STR("12345678")), SEK_ELIMIT);
	assert_string_equal(out, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_cut),
		cmocka_unit_test(fields_are_found),
		cmocka_unit_test(bounds_hold),
		cmocka_unit_test(values_are_unfolded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
