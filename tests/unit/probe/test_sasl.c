#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "probe/caps.h"
#include "probe/sasl.h"

/* The examples are those of the RFCs; what has none was checked by hand. */
static const struct {
	const char	*name;
	unsigned	 mechanism;
	const char	*user, *pass, *challenge;
	const char	*lines[4];	/* the command, then the answers */
} cases[] = {
	{ "PLAIN (RFC 4616 4)", CAP_PLAIN, "tim", "tanstaaftanstaaf", "",
	    { "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm", "*", "*", "*" } },
	{ "PLAIN of nobody", CAP_PLAIN, "", "", "", { "AUTH PLAIN AAA=", "*", "*", "*" } },
	{ "LOGIN", CAP_LOGIN, "tim", "secret", "VXNlcm5hbWU6",
	    { "AUTH LOGIN", "dGlt", "c2VjcmV0", "*" } },
	{ "LOGIN of nobody", CAP_LOGIN, "", "", "", { "AUTH LOGIN", "", "", "*" } },
	{ "CRAM-MD5 (RFC 2195 2)", CAP_CRAM_MD5, "tim", "tanstaaftanstaaf",
	    "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
	    { "AUTH CRAM-MD5", "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw", "*", "*" } },
	{ "ANONYMOUS says who we are", CAP_ANONYMOUS, "", "", "",
	    { "AUTH ANONYMOUS bWUuZXhhbXBsZQ==", "*", "*", "*" } },
	{ "NTLM of nobody", CAP_NTLM, "", "", "",
	    { "AUTH NTLM", "TlRMTVNTUAABAAAAB4IAAAAAAAAgAAAAAAAAACAAAAA=",
	      "TlRMTVNTUAADAAAAAQABAEAAAAAAAAAAQQAAAAAAAABAAAAAAAAAAEAAAAAAAAAAQAAAAAAAAABBAAAA"
	      "BYoAAAA=", "*" } },
};

static void
exchanges(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sasl s = { .mechanism = cases[i].mechanism };
		char line[SASL_LINE];

		snprintf(s.user, sizeof(s.user), "%s", cases[i].user);
		snprintf(s.pass, sizeof(s.pass), "%s", cases[i].pass);
		assert_int_equal(sasl_first(line, &s, STR("me.example")), 0);
		for (size_t k = 0; k < 4; k++) {
			if (strcmp(line, cases[i].lines[k]) != 0)
				fail_msg("%s: line %zu is \"%s\", want \"%s\"", cases[i].name,
				    k, line, cases[i].lines[k]);
			sasl_next(line, &s, str_of(cases[i].challenge));
		}
	}
}

static void
what_is_no_mechanism_of_ours_is_none(void **state)
{
	struct sasl s = { .mechanism = CAP_AUTH };
	char line[SASL_LINE] = "left";

	(void)state;
	assert_int_equal(sasl_first(line, &s, STR("x")), SEK_EPARSE);
	assert_string_equal(line, "");
}

static const struct { const char *name, *reply; unsigned want; } replies[] = {
	{ "keywords in any case", "250-mx\r\n250-starttls\r\n250 Size 3\r\n", CAP_STARTTLS | CAP_SIZE },
	{ "the name is no keyword", "250-DSN\r\n250 SIZE\r\n", CAP_SIZE },
	{ "mechanisms", "250-x\r\n250 AUTH PLAIN login XOAUTH2 NTLM\r\n",
	    CAP_AUTH | CAP_PLAIN | CAP_LOGIN | CAP_NTLM },
	{ "as old servers say it", "250-x\r\n250 AUTH=CRAM-MD5 ANONYMOUS\r\n",
	    CAP_AUTH | CAP_CRAM_MD5 | CAP_ANONYMOUS },
	{ "AUTH without a mechanism", "250-x\r\n250 AUTH\r\n", CAP_AUTH },
	{ "a mechanism is no keyword", "250-x\r\n250 PLAIN AUTH\r\n", 0 },
	{ "one line has the name only", "250 AUTH PLAIN\r\n", 0 },
};

static void
keywords(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		unsigned got = caps_read(str_of(replies[i].reply));

		if (got != replies[i].want)
			fail_msg("%s: got 0x%x, want 0x%x", replies[i].name, got, replies[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exchanges),
		cmocka_unit_test(what_is_no_mechanism_of_ours_is_none),
		cmocka_unit_test(keywords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
