#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/mime.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define MULTI(b) "Content-Type: multipart/mixed; boundary=" b "\n\n"

static void
decode(char *out, size_t cap, const struct mime_text *t)
{
	struct mime_decoder d = mime_decoder_of(t);
	size_t n = 0;
	int c;

	while ((c = mime_next(&d)) >= 0 && n + 1 < cap)
		out[n++] = (char)c;
	out[n] = '\0';
}

static void
the_first_text_is_found(void **state)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "no fields", "A: 1\n\nhello", "hello" },
		{ "text/plain", "Content-Type: text/plain; charset=utf-8\n\nhello", "hello" },
		{ "html has none", "Content-Type: text/html\n\nhello", NULL },
		{ "in multipart", MULTI("x") "pre\n--x\n\nhello\n--x\n\nfooter\n--x--\n", "hello\n" },
		{ "quoted boundary", MULTI("\"a b\"") "--a b\n\nhello\n--a b--\n", "hello\n" },
		{ "boundary after other parameters", "Content-Type: multipart/mixed;\n type=\"a;boundary=y\";\n Boundary=x\n\n--x\n\nhello\n--x--\n", "hello\n" },
		{ "html first, then text", MULTI("x") "--x\nContent-Type: text/html\n\nno\n--x\n\nhello\n--x--\n", "hello\n" },
		{ "nested", MULTI("x") "--x\n" MULTI("y") "--y\n\nhello\n--y--\n--x\n\nfooter\n--x--\n", "hello\n" },
		{ "text after a nested one without", MULTI("x") "--x\n" MULTI("y") "--y\nContent-Type: image/png\n\nno\n--y--\n--x\n\nhello\n--x--\n", "hello\n" },
		{ "a forwarded mail is not looked into", MULTI("x") "--x\nContent-Type: message/rfc822\n\nA: 1\n\nno\n--x--\n", NULL },
		{ "nor an attached text", MULTI("x") "--x\nContent-Disposition: attachment; filename=a\n\nno\n--x--\n", NULL },
		{ "nor a digest", "Content-Type: multipart/digest; boundary=x\n\n--x\n\nA: 1\n\nno\n--x--\n", NULL },
		{ "the preamble is no part", MULTI("x") "hello\n", NULL },
		{ "no closing border", MULTI("x") "--x\n\nhello\n", "hello\n" },
		{ "what follows the last border is no part", MULTI("x") "--x--\n--x\n\nno\n", NULL },
		{ "no boundary", "Content-Type: multipart/mixed\n\n--\n\nno\n", NULL },
		{ "a longer border is another", MULTI("x") "--xy\n\nno\n--x\n\nhello\n--x--\n", "hello\n" },
		{ "white space behind a border", MULTI("x") "--x \t\n\nhello\n--x--\n", "hello\n" },
		{ "CRLF", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x--\r\n", "hello\r\n" },
		{ "quoted-printable", "Content-Transfer-Encoding: Quoted-Printable\n\nh=65l=\nlo=3D =  \nx=\r\ny=zz=", "hello= xy=zz" },
		{ "base64", "Content-Transfer-Encoding: base64\n\naGVs\r\nbG8=\r\n", "hello" },
		{ "base64 with garbage and a second group", "Content-Transfer-Encoding: BASE64\n\naG!Vs bG8=\nISE=\n", "hello!!" },
		{ "base64 cut", "Content-Transfer-Encoding: base64\n\naGVsb", "hel" },
		{ "an unknown encoding stands as it is", "Content-Transfer-Encoding: x-none\n\nh=65", "h=65" },
		{ "a type that cannot be read has no text", "Content-Type: plain\n\nno", NULL },
	};
	char got[200];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct mime_text t;
		int err = mime_first_text(&t, str_of(cases[i].in));

		if (err != (cases[i].want == NULL ? MIME_NONE : 0))
			fail_msg("%s: got %d", cases[i].name, err);
		if (err != 0)
			continue;
		decode(got, sizeof(got), &t);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: want %s, got %s", cases[i].name,
			    cases[i].want, got);
	}
}

/* n multiparts in each other with a text inside the last. */
static int
nest(struct mime_text *t, char *mail, size_t cap, int n)
{
	size_t at = 0;

	for (int i = 0; i < n; i++)
		at += (size_t)snprintf(mail + at, cap - at,
		    MULTI("b%d") "--b%d\n", i, i);
	at += (size_t)snprintf(mail + at, cap - at, "\nhello\n");
	return mime_first_text(t, (struct str){ mail, at });
}

static void
depth_and_parts_are_bounded(void **state)
{
	char mail[4000];
	struct mime_text t;
	size_t at;

	(void)state;
	assert_int_equal(nest(&t, mail, sizeof(mail), MIME_DEPTH), 0);
	assert_int_equal(nest(&t, mail, sizeof(mail), MIME_DEPTH + 1), MIME_NONE);
	at = (size_t)snprintf(mail, sizeof(mail), MULTI("x"));
	for (int i = 0; i < MIME_PARTS; i++)
		at += (size_t)snprintf(mail + at, sizeof(mail) - at,
		    "--x\nContent-Type: a/b\n\n");
	at += (size_t)snprintf(mail + at, sizeof(mail) - at, "--x\n\nno\n--x--\n");
	assert_int_equal(mime_first_text(&t, (struct str){ mail, at }), MIME_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_text_is_found),
		cmocka_unit_test(depth_and_parts_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
