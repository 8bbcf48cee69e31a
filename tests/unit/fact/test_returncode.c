#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fact/returncode.h"

static void
text_is_cut_by_the_rules(void **state)
{
	static const struct { const char *name, *addr, *url; unsigned code; bool lab; const char *want; } cases[] = {
		{ "reason and page", "192.0.2.25", "https://bl.example/", 2, false,
		    "Relays mail for strangers. https://bl.example/ip/192.0.2.25" },
		{ "LAB comes first", "198.18.0.25", "https://bl.example/", 2, true,
		    "LAB Relays mail for strangers. https://bl.example/ip/198.18.0.25" },
		{ "an exit", "192.0.2.25", "https://bl.example/", 3, false,
		    "Sends out mail of an open relay. https://bl.example/ip/192.0.2.25" },
		{ "brief when the page is long", "2001:db8:0:1::1234:5678", "https://bl.example/", 2, false,
		    "Open relay. https://bl.example/ip/2001:db8:0:1::1234:5678" },
		{ "page alone", "2001:db8:1111:2222:3333:4444:5555:6666", "https://bl.example/", 2, false,
		    "https://bl.example/ip/2001:db8:1111:2222:3333:4444:5555:6666" },
		{ "reason alone when no page fits", "2001:db8:1111:2222:3333:4444:5555:6666",
		    "https://lists.department.example/", 2, true, "LAB Relays mail for strangers." },
		{ "no page at all", "192.0.2.25", "", 2, false, "Relays mail for strangers." },
		{ "a code of the future", "192.0.2.25", "", 40, false, "Listed." },
	};
	char out[RETURNCODE_TEXT];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(addr_parse(&a, str_of(cases[i].addr)), 0);
		size_t n = returncode_write(out, cases[i].code, &a,
		    str_of(cases[i].url), cases[i].lab);

		if (n != strlen(cases[i].want) || memcmp(out, cases[i].want, n) != 0)
			fail_msg("%s: got %.*s, want %s", cases[i].name, (int)n, out, cases[i].want);
	}
}

static void
text_of_ranges_and_exceptions(void **state)
{
	static const struct { const char *name, *net, *url; unsigned code; bool lab; const char *want; } cases[] = {
		{ "range and page", "192.0.2.0/24", "https://bl.example/", 2, false,
		    "Open relays in 192.0.2.0/24. https://bl.example/ip/192.0.2.0" },
		{ "LAB, exits", "203.0.113.0/24", "https://bl.example/", 3, true,
		    "LAB Relay exits in 203.0.113.0/24. https://bl.example/ip/203.0.113.0" },
		{ "first page when its own is too long", "2001:db8:1111:2222::/64", "https://bl.example/", 2, false,
		    "Open relays in 2001:db8:1111:2222::/64. https://bl.example/" },
		{ "none when that is, too", "2001:db8:1111:2222::/64", "https://lists.department.example/", 2, true,
		    "LAB Open relays in 2001:db8:1111:2222::/64." },
		{ "no page at all", "192.0.2.0/24", "", 2, false, "Open relays in 192.0.2.0/24." },
		{ "a code of the future", "192.0.2.0/24", "", 40, false, "Listed: 192.0.2.0/24." },
	};
	char out[RETURNCODE_TEXT];
	struct net net;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(net_parse(&net, str_of(cases[i].net)), 0);
		size_t n = returncode_write_range(out, cases[i].code, &net,
		    str_of(cases[i].url), cases[i].lab);

		if (n != strlen(cases[i].want) || memcmp(out, cases[i].want, n) != 0)
			fail_msg("%s: got %.*s, want %s", cases[i].name, (int)n, out, cases[i].want);
	}
	assert_int_equal(net_parse(&net, STR("2001:db8:1111:2222::/64")), 0);
	assert_int_equal(returncode_write_except(out, &net, true), 54);
	assert_memory_equal(out, "LAB Not listed: excluded from 2001:db8:1111:2222::/64.", 54);
}

static void
codes_are_known(void **state)
{
	(void)state;
	assert_string_equal(returncode_of(2)->name, "entry");
	assert_string_equal(returncode_of(3)->name, "exit");
	assert_null(returncode_of(1));
	assert_null(returncode_of(4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_by_the_rules),
		cmocka_unit_test(text_of_ranges_and_exceptions),
		cmocka_unit_test(codes_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
