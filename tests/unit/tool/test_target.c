#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tool/target.h"

#define LONG_LABEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"	/* 64 */

static void
hosts_are_read_as_written(void **state)
{
	static const struct { const char *name, *in, *want; int port; } cases[] = {
		{ "v4", "192.0.2.25", "192.0.2.25", 0 },
		{ "v4 and port", "192.0.2.25:587", "192.0.2.25", 587 },
		{ "v6", "2001:DB8:0::25", "2001:db8::25", 0 },
		{ "v6 in brackets", "[2001:db8::25]", "2001:db8::25", 0 },
		{ "v6 and port", "[2001:db8::25]:26", "2001:db8::25", 26 },
		{ "host", "Mail.Example.JP", "mail.example.jp", 0 },
		{ "host with final dot and port", "mail.example.:2525", "mail.example", 2525 },
		{ "one label", "localhost", "localhost", 0 },
		{ "digits are not the last label", "25.2.0.192.bl.example", "25.2.0.192.bl.example", 0 },
		{ "japanese", "郵便.example", "郵便.example", 0 },
		{ "octet too big", "192.0.2.256", NULL, 0 },
		{ "three octets", "192.0.2", NULL, 0 },
		{ "leading zero", "192.0.02.1", NULL, 0 },
		{ "prefix", "192.0.2.0/24", NULL, 0 },
		{ "empty", "", NULL, 0 },
		{ "dot", ".", NULL, 0 },
		{ "empty label", "a..example", NULL, 0 },
		{ "space", "mail example", NULL, 0 },
		{ "mail address", "postmaster@example.com", NULL, 0 },
		{ "url", "https://example.com", NULL, 0 },
		{ "option-like label", "-rf.example", NULL, 0 },
		{ "label too long", LONG_LABEL ".example", NULL, 0 },
		{ "control character", "mail\r.example", NULL, 0 },
		{ "not UTF-8", "mail\xff.example", NULL, 0 },
		{ "direction mark", "mail\xe2\x80\xae.example", NULL, 0 },
		{ "port 0", "192.0.2.25:0", NULL, 0 },
		{ "port too big", "192.0.2.25:65536", NULL, 0 },
		{ "port missing", "192.0.2.25:", NULL, 0 },
		{ "bracket open", "[2001:db8::25", NULL, 0 },
		{ "junk after bracket", "[2001:db8::25]25", NULL, 0 },
		{ "brackets empty", "[]:25", NULL, 0 },
	};
	struct target t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;
		int err = target_read(&t, cases[i].in, &why);

		if ((err == 0) != (cases[i].want != NULL))
			fail_msg("%s: \"%s\" got %d", cases[i].name, cases[i].in, err);
		if (err != 0) {
			assert_non_null(why);
			continue;
		}
		if (strcmp(t.name, cases[i].want) != 0 || t.port != cases[i].port)
			fail_msg("%s: got \"%s\" port %u, want \"%s\" port %d",
			    cases[i].name, t.name, t.port, cases[i].want, cases[i].port);
	}
}

static void
prefixes_are_read(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "192.0.2.25", "192.0.2.25" },
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "192.0.2.1/24", NULL }, { "192.0.2.0/33", NULL },
		{ "mail.example", NULL }, { "", NULL },
	};
	char out[NET_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = NULL;
		int err = target_net(out, cases[i].in, &why);

		if (cases[i].want == NULL) {
			assert_int_equal(err, SEK_EPARSE);
			assert_non_null(why);
			continue;
		}
		assert_int_equal(err, 0);
		/* one address may stand with or without its length */
		if (strncmp(out, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s: got %s", cases[i].in, out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_read_as_written),
		cmocka_unit_test(prefixes_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
