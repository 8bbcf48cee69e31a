#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tool/check_name.h"

#define JAPANESE "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"	/* three kanji, "Japanese" */

static const struct { const char *name, *in, *kind, *want, *shown; } cases[] = {
	{ "v4", "192.0.2.25", "address", "192.0.2.25", "" },
	{ "v6, canonical", "2001:DB8:0::25", "address", "2001:db8::25", "" },
	{ "v6 in brackets", "[2001:db8::25]", "address", "2001:db8::25", "" },
	{ "with blanks around", " \t192.0.2.25 ", "address", "192.0.2.25", "" },
	{ "with a port, as a log has it", "192.0.2.25:25", "address", "192.0.2.25", "" },
	{ "domain in lower case without final dot", "Example.JP.", "domain", "example.jp", "" },
	{ "underscore", "_dmarc.example.jp", "domain", "_dmarc.example.jp", "" },
	{ "hyphens that IDNA would not take", "r3---sn.example", "domain", "r3---sn.example", "" },
	{ "mail address", "postmaster@Example.jp", "domain", "example.jp", "" },
	{ "the last @ counts", "\"a@b\"@example.jp", "domain", "example.jp", "" },
	{ "mail address literal", "root@[192.0.2.25]", "address", "192.0.2.25", "" },
	{ "IPv6 literal", "root@[IPv6:2001:db8::25]", "address", "2001:db8::25", "" },
	{ "URL", "https://www.example.jp/a?b#c", "domain", "www.example.jp", "" },
	{ "URL with user and port", "https://me:pw@example.jp:8443/", "domain", "example.jp", "" },
	{ "URL with query alone", "http://example.jp?x@y", "domain", "example.jp", "" },
	{ "URL of an address", "http://[2001:db8::25]:80/", "address", "2001:db8::25", "" },
	{ "U-labels", JAPANESE ".example", "domain", "xn--wgv71a119e.example", JAPANESE ".example" },
	{ "A-labels are shown as U-labels too", "XN--wgv71a119e.example", "domain",
	  "xn--wgv71a119e.example", JAPANESE ".example" },
	{ "full-width letters and dot", "\xef\xbc\xa1\xe3\x80\x82" "example", "domain", "a.example", "" },
	{ "an address in full-width digits and dots", "\uff11\uff19\uff12\uff0e\uff10\uff0e\uff12\uff0e\uff11", "address",
	  "192.0.2.1", "" },
	{ "full-width signs are signs", "a\xef\xbc\x8f" "b.example", NULL, "", "" },
	{ "a full-width colon hides no port", "a.example\xef\xbc\x9a" "25", NULL, "", "" },
	{ "mail with U-labels", "x@" JAPANESE ".example", "domain", "xn--wgv71a119e.example",
	  JAPANESE ".example" },
	{ "A-labels that are none stay what they are", "xn--a.example", "domain", "xn--a.example", "" },
	{ "empty", "", NULL, "", "" },
	{ "blanks only", " \t ", NULL, "", "" },
	{ "nothing after @", "postmaster@", NULL, "", "" },
	{ "no host in a URL", "https:///x", NULL, "", "" },
	{ "mail address with a port", "a@example.jp:25", NULL, "", "" },
	{ "literal not closed", "a@[IPv6:2001:db8::25", NULL, "", "" },
	{ "literal with nothing in it", "a@[IPv6:]", NULL, "", "" },
	{ "two words", "example.jp example.net", NULL, "", "" },
	{ "control character", "example\x1b.jp", NULL, "", "" },
	{ "direction mark", "example\xe2\x80\xae.jp", NULL, "", "" },
	{ "not UTF-8", "\xff\xfe.jp", NULL, "", "" },
	{ "a symbol that IDNA refuses", "\xe2\x86\x92.example", NULL, "", "" },
	{ "an address that went wrong", "192.0.2.256", NULL, "", "" },
	{ "network", "192.0.2.0/24", NULL, "", "" },
};

static void
names_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_name n;
		const char *why = NULL;
		int rc = check_name_read(&n, str_of(cases[i].in), false, &why);

		if (cases[i].kind == NULL) {
			if (rc != SEK_EPARSE || why == NULL)
				fail_msg("%s: taken as %s", cases[i].name, n.name);
			continue;
		}
		if (rc != 0)
			fail_msg("%s: %d, %s", cases[i].name, rc, why);
		if (strcmp(check_kind_tag(n.kind), cases[i].kind) != 0 ||
		    strcmp(n.name, cases[i].want) != 0 || strcmp(n.shown, cases[i].shown) != 0)
			fail_msg("%s: %s \"%s\" \"%s\"", cases[i].name,
			    check_kind_tag(n.kind), n.name, n.shown);
	}
}

static void
a_host_is_no_domain_unless_mail_goes_there(void **state)
{
	static const struct { const char *in; enum check_kind want; } hosts[] = {
		{ "mail.example.jp", CHECK_HOST }, { "https://mail.example.jp/", CHECK_HOST },
		{ "a@example.jp", CHECK_DOMAIN }, { "192.0.2.1", CHECK_ADDR },
	};
	struct check_name n;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		assert_int_equal(check_name_read(&n, str_of(hosts[i].in), true, &why), 0);
		assert_int_equal(n.kind, hosts[i].want);
	}
}

static void
nul_and_length_are_refused(void **state)
{
	static char text[CHECK_LINE + 2];
	struct check_name n;
	const char *why;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 50; i < sizeof(text); i += 50)
		text[i] = '.';
	assert_int_equal(check_name_read(&n, (struct str){ text, sizeof(text) }, false, &why),
	    SEK_EPARSE);
	assert_int_equal(check_name_read(&n, (struct str){ "exa\0mple.jp", 11 }, false, &why),
	    SEK_EPARSE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read),
		cmocka_unit_test(a_host_is_no_domain_unless_mail_goes_there),
		cmocka_unit_test(nul_and_length_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
