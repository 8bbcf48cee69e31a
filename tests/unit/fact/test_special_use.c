#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fact/special_use.h"

/* lab: NULL none; want: the tag, or NULL when it may be probed. */
static const struct { const char *name, *addr, *lab, *want; } cases[] = {
	{ "a public v4 address", "128.0.0.0", NULL, NULL },
	{ "a public v6 address", "2001:200::25", NULL, NULL },
	{ "this network", "0.1.2.3", NULL, "this-network" },
	{ "private", "10.0.0.1", NULL, "private" },
	{ "last of a private net", "172.31.255.255", NULL, "private" },
	{ "one past a private net", "172.32.0.0", NULL, NULL },
	{ "shared (RFC 6598)", "100.127.255.255", NULL, "shared" },
	{ "one past shared", "100.128.0.0", NULL, NULL },
	{ "loopback", "127.255.0.1", NULL, "loopback" },
	{ "link local", "169.254.1.1", NULL, "link-local" },
	{ "6to4 relay anycast", "192.88.99.1", NULL, "6to4" },
	{ "benchmarking", "198.19.255.255", NULL, "benchmarking" },
	{ "documentation", "203.0.113.9", NULL, "documentation" },
	{ "multicast", "239.1.1.1", NULL, "multicast" },
	{ "reserved", "240.0.0.1", NULL, "reserved" },
	{ "broadcast", "255.255.255.255", NULL, "reserved" },
	{ "mapped private is private", "::ffff:10.0.0.1", NULL, "private" },
	{ "mapped public is public", "::ffff:128.0.0.0", NULL, NULL },
	{ "unspecified", "::", NULL, "unspecified" },
	{ "v6 loopback", "::1", NULL, "loopback" },
	{ "v4-compatible", "::128.0.0.0", NULL, "v4-compatible" },
	{ "v4-translated", "::ffff:0:128.0.0.0", NULL, "v4-translated" },
	{ "NAT64 of a public address", "64:ff9b::8000:0", NULL, "nat64" },
	{ "local NAT64", "64:ff9b:1::1", NULL, "nat64" },
	{ "Teredo", "2001:0:1::1", NULL, "teredo" },
	{ "6to4 of a public address", "2002:8000::1", NULL, "6to4" },
	{ "ISATAP of a private address", "2001:200::5efe:10.0.0.1", NULL, "private" },
	{ "ISATAP of a public address", "2001:200::200:5efe:128.0.0.0", NULL, NULL },
	{ "ORCHIDv2", "2001:20::1", NULL, "protocol" },
	{ "v6 documentation", "2001:db8::1", NULL, "documentation" },
	{ "new v6 documentation", "3fff:0fff::1", NULL, "documentation" },
	{ "unique local", "fd00::1", NULL, "private" },
	{ "v6 link local", "fe80::1", NULL, "link-local" },
	{ "site local", "fec0::1", NULL, "site-local" },
	{ "v6 multicast", "ff02::1", NULL, "multicast" },
	{ "never given out by IANA", "4000::1", NULL, "unassigned" },
	{ "segment routing", "5f00::1", NULL, "segment-routing" },
	{ "a lab range re-opens benchmarking", "198.18.1.10", "198.18.0.0/15", NULL },
	{ "a lab range re-opens loopback", "127.0.0.9", "127.0.0.0/24", NULL },
	{ "a lab range re-opens unique local", "fd00::5", "fd00::/8", NULL },
	{ "but not beside it", "198.19.0.1", "198.18.0.0/16", "benchmarking" },
	{ "a lab range cannot re-open shared space", "100.64.0.1", "100.64.0.0/10", "shared" },
	{ "nor everything", "169.254.0.1", "0.0.0.0/0", "link-local" },
	{ "nor 6to4", "2002::1", "2002::/16", "6to4" },
};

static void
addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *why = "unset", *want = cases[i].want;
		struct net lab;
		size_t n = cases[i].lab != NULL;
		struct addr a;
		bool got;

		assert_int_equal(addr_parse(&a, str_of(cases[i].addr)), 0);
		if (n > 0)
			assert_int_equal(net_parse(&lab, str_of(cases[i].lab)), 0);
		got = special_use(&a, &lab, n, &why);
		if (got != (want != NULL) || (got && strcmp(why, want) != 0))
			fail_msg("%s: %s: want %s, got %s", cases[i].name,
			    cases[i].addr, want != NULL ? want : "free",
			    got ? why : "free");
	}
}

static void
lab_ranges(void **state)
{
	static const struct { const char *net; bool want; } nets[] = {
		{ "198.18.0.0/15", true }, { "198.16.0.0/14", false },
		{ "127.0.0.0/8", true }, { "::1", true }, { "::/127", false },
		{ "10.1.0.0/16", true }, { "172.16.0.0/12", true },
		{ "192.168.0.0/15", false }, { "fc00::/7", true },
		{ "2001:db8:1::/48", true }, { "2001:d00::/24", false },
		{ "100.64.0.0/10", false }, { "128.0.0.0", false },
		{ "0.0.0.0/0", false }, { "::/0", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		struct net n;

		if (net_parse(&n, str_of(nets[i].net)) != 0)
			fail_msg("%s does not parse", nets[i].net);
		if (special_use_lab(&n) != nets[i].want)
			fail_msg("%s: want %d", nets[i].net, nets[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(lab_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
