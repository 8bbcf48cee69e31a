#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/addr.h"

static void
text_goes_round(void **state)
{
	static const struct { const char *in, *out, *labels; } cases[] = {
		{ "192.0.2.25", "192.0.2.25", "25.2.0.192" },
		{ "::ffff:127.0.0.2", "127.0.0.2", "2.0.0.127" },
		{ "2001:DB8::1", "2001:db8::1",
		    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2" },
	};
	char text[ADDR_TEXT], labels[ADDR_LABELS];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(addr_parse(&a, str_of(cases[i].in)), 0);
		addr_text(text, &a);
		assert_string_equal(text, cases[i].out);
		addr_labels(labels, &a);
		assert_string_equal(labels, cases[i].labels);
	}
}

static void
nonsense_is_refused(void **state)
{
	static const struct str bad[] = {
		{ "", 0 }, { "1.2.3", 5 }, { "1.2.3.256", 9 }, { "01.2.3.4", 8 },
		{ "1.2.3.4\0", 8 }, { "[::1]", 5 }, { "fe80::1%eth0", 12 },
		{ "1.2.3.4 ", 8 },
	};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(addr_parse(&a, bad[i]), SEK_EPARSE);
}

static void
nets_hold_what_they_should(void **state)
{
	struct net lab, inner;
	struct addr a;
	char text[NET_TEXT];

	(void)state;
	assert_int_equal(net_parse(&lab, STR("198.18.0.0/15")), 0);
	assert_int_equal(lab.len, 111);
	assert_int_equal(addr_parse(&a, STR("198.19.255.255")), 0);
	assert_true(net_has(&lab, &a));
	assert_int_equal(addr_parse(&a, STR("198.20.0.0")), 0);
	assert_false(net_has(&lab, &a));
	assert_int_equal(net_parse(&inner, STR("198.18.1.0/24")), 0);
	assert_true(net_within(&inner, &lab));
	assert_false(net_within(&lab, &inner));
	net_text(text, &lab);
	assert_string_equal(text, "198.18.0.0/15");
	assert_int_equal(net_parse(&lab, STR("198.18.0.1/15")), SEK_EPARSE);
	assert_int_equal(net_parse(&lab, STR("198.18.0.0/33")), SEK_EPARSE);
	assert_int_equal(net_parse(&lab, STR("198.18.0.0/")), SEK_EPARSE);
	assert_int_equal(net_parse(&lab, STR("fd00::/8")), 0);
	net_text(text, &lab);
	assert_string_equal(text, "fd00::/8");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_round),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(nets_hold_what_they_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
