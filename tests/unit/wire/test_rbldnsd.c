#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/rbldnsd.h"

#define A(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))

static struct rbldnsd_line line;

static int
take(enum rbldnsd_type type, const char *text)
{
	const char *why = NULL;
	int err;

	memset(&line, 0, sizeof(line));
	err = rbldnsd_read(&line, type, str_of(text), &why);
	if (err != 0 && why == NULL)
		fail_msg("%s: no reason", text);
	return err;
}

/* Left column: rbldnsd(8), "ip4set Dataset". */
static void
every_form_of_a_range_is_read(void **state)
{
	static const struct { const char *in; uint32_t first, last; uint8_t bits; } cases[] = {
		{ "127.0.0.0/24", A(127, 0, 0, 0), A(127, 0, 0, 255), 24 },
		{ "127.0.0", A(127, 0, 0, 0), A(127, 0, 0, 255), 24 },
		{ "127/24", A(127, 0, 0, 0), A(127, 0, 0, 255), 24 },
		{ "127-127.0.0", 0, 0, 1 },	/* the manual has it, the program does not */
		{ "127.0.0.0-127.0.0.255", A(127, 0, 0, 0), A(127, 0, 0, 255), RBLDNSD_DASH },
		{ "127.0.0.1-255", A(127, 0, 0, 1), A(127, 0, 0, 255), RBLDNSD_DASH },
		{ "127.16.0.0-127.31.255.255", A(127, 16, 0, 0), A(127, 31, 255, 255), RBLDNSD_DASH },
		{ "127.16.0-127.31.255", A(127, 16, 0, 0), A(127, 31, 255, 255), RBLDNSD_DASH },
		{ "127.16-127.31", A(127, 16, 0, 0), A(127, 31, 255, 255), RBLDNSD_DASH },
		{ "127.16-31", A(127, 16, 0, 0), A(127, 31, 255, 255), RBLDNSD_DASH },
		{ "127.16/12", A(127, 16, 0, 0), A(127, 31, 255, 255), 12 },
		{ "192.0.2.25", A(192, 0, 2, 25), A(192, 0, 2, 25), 32 },
		{ "  192.0.2.25\t\r", A(192, 0, 2, 25), A(192, 0, 2, 25), 32 },
		{ "192.0.2.025", A(192, 0, 2, 25), A(192, 0, 2, 25), 32 },
		{ "192.0.2.25#x", A(192, 0, 2, 25), A(192, 0, 2, 25), 32 },
		{ "192.0.2.25 ; x", A(192, 0, 2, 25), A(192, 0, 2, 25), 32 },
		{ "10-12", A(10, 0, 0, 0), A(12, 255, 255, 255), RBLDNSD_DASH },
		{ "0.0.0.0/0", 0, UINT32_MAX, 0 },
		{ "255.255.255.255", UINT32_MAX, UINT32_MAX, 32 },
		{ "127", 0, 0, 1 }, { "192.0.2.1/24", 0, 0, 1 }, { "192.0.2.256", 0, 0, 1 },
		{ "192.0.2.25/33", 0, 0, 1 }, { "192.0.2.25/", 0, 0, 1 }, { "192.0.2.9-192.0.2.8", 0, 0, 1 },
		{ "192.0.2.9-192.0.3", 0, 0, 1 }, { "192.0.2.25x", 0, 0, 1 }, { "192.0.2.", 0, 0, 1 },
		{ "192.0.2.1.2", 0, 0, 1 }, { "-192.0.2.1", 0, 0, 1 }, { "x", 0, 0, 1 },
		{ "99999999999999999999.1.1.1", 0, 0, 1 }, { "!", 0, 0, 1 }, { "2001:db8::1", 0, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool want = cases[i].bits != 1;
		int err = take(RBLDNSD_IP4SET, cases[i].in);

		if ((err == 0) != want || (want && (line.kind != RBLDNSD_RANGE4 ||
		    line.first != cases[i].first || line.last != cases[i].last ||
		    line.bits != cases[i].bits || line.except)))
			fail_msg("%s: %d, %x to %x /%u", cases[i].in, err, line.first,
			    line.last, line.bits);
	}
}

static void
each_type_takes_its_own_forms(void **state)
{
	static const struct { enum rbldnsd_type type; const char *in; int want; } cases[] = {
		{ RBLDNSD_IP4TRIE, "192.0.2.0/25", 0 },
		{ RBLDNSD_IP4TRIE, "192.0.2.0-192.0.2.9", SEK_EPARSE },
		{ RBLDNSD_IP4TSET, "192.0.2.25", 0 },
		{ RBLDNSD_IP4TSET, "192.0.2.25 :9:its value is not looked at", 0 },
		{ RBLDNSD_IP4TSET, "192.0.2", SEK_EPARSE },
		{ RBLDNSD_IP4TSET, "192.0.2.0/24", SEK_EPARSE },
		{ RBLDNSD_IP4TSET, "!192.0.2.25", SEK_EPARSE },
		{ RBLDNSD_IP6TSET, "2001:db8:0:1", 0 },
		{ RBLDNSD_IP6TSET, "2001:db8::1", SEK_EPARSE },
		{ RBLDNSD_IP6TSET, "!2001:db8::1", 0 },
		{ RBLDNSD_IP6TSET, "!2001:db8:0:1", SEK_EPARSE },
		{ RBLDNSD_IP6TRIE, "192.0.2.1", SEK_EPARSE },
		{ RBLDNSD_COMBINED, "192.0.2.1", SEK_EPARSE },
		{ RBLDNSD_COMBINED, "# a comment", 0 },
		{ RBLDNSD_OTHER, "www.example A 192.0.2.1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (take(cases[i].type, cases[i].in) != cases[i].want)
			fail_msg("%d %s", cases[i].type, cases[i].in);
}

static void
ipv6_words_are_read(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "2001:21ab:c000/36", "2001:21ab:c000::/36" },
		{ "2001:21ab:def7:4242", "2001:21ab:def7:4242::/64" },
		{ "2605:6001:42::/52", "2605:6001:42::/52" },
		{ "::1", "::1" }, { "::", "::" }, { "2001:DB8::25", "2001:db8::25" },
		{ "!2605:6001:42::bead", "2605:6001:42::bead" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" }, { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "2001/16", "2001::/16" }, { "::/0", "::/0" },
		{ "2001", NULL }, { "2001:db8:", NULL }, { "::db8:", NULL }, { "12345::", NULL },
		{ "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8" },	/* :9 is its value */
		{ "2001:db8::1/32", NULL }, { "::1/129", NULL },
		{ "2001::db8::1", NULL }, { "1:2:3:4:5:6:7:8::", NULL },
	};
	char text[NET_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = take(RBLDNSD_IP6TRIE, cases[i].in);

		if ((err == 0) != (cases[i].want != NULL))
			fail_msg("%s: %d", cases[i].in, err);
		if (err != 0)
			continue;
		assert_int_equal(line.kind, RBLDNSD_RANGE6);
		assert_int_equal(line.except, cases[i].in[0] == '!');
		net_text(text, &line.net);
		assert_string_equal(text, cases[i].want);
	}
}

static void
values_are_told_apart(void **state)
{
	static const struct { const char *in; int a; const char *text; int want; } cases[] = {
		{ "192.0.2.4", -1, NULL, 0 },
		{ "192.0.2.5 :5", 5, NULL, 0 },
		{ "192.0.2.6 :6:", 6, "", 0 },
		{ "192.0.2.7 IP $ # is no comment", -1, "IP $ # is no comment", 0 },
		{ "192.0.2.8:127.0.0.8: told", 8, "told", 0 },
		{ "192.0.2.8:127.9", 9, NULL, 0 },
		{ ":127.0.0.3:Listed, $", 3, "Listed, $", 0 },
		{ ":2:", 2, "", 0 },
		{ "192.0.2.9 :x:", 0, NULL, SEK_EPARSE },
		{ "192.0.2.9 :2 text", 0, NULL, SEK_EPARSE },
		{ "192.0.2.9 :0.0.0.0:", 0, NULL, SEK_EPARSE },
		{ "!192.0.2.9 :x:", -1, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (take(RBLDNSD_IP4SET, cases[i].in) != cases[i].want)
			fail_msg("%s", cases[i].in);
		if (cases[i].want != 0)
			continue;
		assert_int_equal(line.value.has_a, cases[i].a >= 0);
		assert_int_equal(line.value.has_text, cases[i].text != NULL);
		if (cases[i].a >= 0 && (line.value.a[0] != 127 || line.value.a[3] != cases[i].a))
			fail_msg("%s: %u.%u.%u.%u", cases[i].in, line.value.a[0],
			    line.value.a[1], line.value.a[2], line.value.a[3]);
		if (cases[i].text != NULL)
			assert_true(str_eq(line.value.text, str_of(cases[i].text)));
	}
}

static void
special_lines_are_read(void **state)
{
	struct str rest;
	struct dns_name name;
	char text[DNS_NAME_TEXT];

	(void)state;
	assert_int_equal(take(RBLDNSD_IP4SET, "$SOA 1w ns1.example. admin\\046x.example 7 2h 30m 1w 300"), 0);
	assert_int_equal(line.kind, RBLDNSD_SOA);
	assert_int_equal(line.ttl_s, 604800);
	assert_int_equal(line.soa[0], 7);
	assert_int_equal(line.soa[1], 7200);
	assert_int_equal(line.soa[4], 300);
	dns_name_text(text, &line.rname);
	assert_string_equal(text, "admin\\046x.example");
	assert_int_equal(take(RBLDNSD_IP4SET, "#$NS 300 ns1.example -ns2.example  ns3.example."), 0);
	assert_int_equal(line.kind, RBLDNSD_NS);
	rest = line.rest;
	assert_int_equal(rbldnsd_ns(&name, &rest), 0);
	assert_int_equal(rbldnsd_ns(&name, &rest), 0);
	dns_name_text(text, &name);
	assert_string_equal(text, "ns3.example");
	assert_int_equal(rbldnsd_ns(&name, &rest), RBLDNSD_END);
	assert_int_equal(take(RBLDNSD_IP6TRIE, ":$TTL 35m"), 0);
	assert_int_equal(line.ttl_s, 2100);
	assert_int_equal(take(RBLDNSD_IP4SET, "$TIMESTAMP 2026:11:27:13:05 +2d"), 0);
	assert_int_equal(line.stamp_s, 1795784700);
	assert_int_equal(line.expires_s, 1795784700 + 2 * 86400);
	assert_int_equal(take(RBLDNSD_IP4SET, "$TIMESTAMP 20261127 2026-11-28"), 0);
	assert_int_equal(line.expires_s - line.stamp_s, 86400);
	assert_int_equal(take(RBLDNSD_IP4SET, "$TIMESTAMP - 0"), 0);
	assert_int_equal(line.expires_s, 0);
	assert_int_equal(take(RBLDNSD_IP4SET, "$MAXRANGE4 /24"), 0);
	assert_int_equal(line.most, 256);
	assert_int_equal(take(RBLDNSD_COMBINED, "$DATASET ip4set:relays relays @ # both"), 0);
	assert_int_equal(line.type, RBLDNSD_IP4SET);
	assert_true(str_eq(line.rest, STR("relays @")));
	assert_int_equal(take(RBLDNSD_IP4SET, "$1 See https://bl.example"), 0);
	assert_int_equal(line.variable, 1);
}

static void
special_nonsense_is_refused(void **state)
{
	static const char *const bad[] = {
		"$", "$BOGUS x", "$SOA 1w ns1.example", "$SOA 1w . . 7 2h 30m 1w 300 9", "$TTL", "$TTL 4x",
		"$NS 300", "$TIMESTAMP 2026", "$TIMESTAMP 2026:13:01", "$TIMESTAMP 0 +1d", "$MAXRANGE4 0",
		"$MAXRANGE4 /33", "$DATASET nonsense @", "$DATASET combined @", "$10 x", "$1", ":$BOGUS",
		"$TIMESTAMP 2026:11:27:13:05:01:02", "$SOA 1w a..b . 7 2h 30m 1w 300",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (take(RBLDNSD_IP4SET, bad[i]) == 0)
			fail_msg("%s", bad[i]);
	assert_int_equal(take(RBLDNSD_IP4SET, "#$100 were paid"), 0);
	assert_int_equal(line.kind, RBLDNSD_EMPTY);
}

/* The examples of rbldnsd(8), "Resulting A values and TXT templates". */
static void
templates_are_filled(void **state)
{
	static const struct { const char *in, *want; bool base; } cases[] = {
		{ "$1/spammer/$ $2", "See http://www.example.com/bl/spammer/192.0.2.3 for details", false },
		{ "wants some $$$$.  $1/$", "wants some $$.  See http://www.example.com/bl/192.0.2.3", false },
		{ "$7 is not set", "$7 is not set", false },
		{ "the last is $", "the last is 192.0.2.3", false },
		{ "r123", "http://www.example.com/bl?r123 (192.0.2.3) for details", true },
		{ "", "http://www.example.com/bl?192.0.2.3 (192.0.2.3) for details", true },
		{ "=See other blocklists for $", "See other blocklists for 192.0.2.3", true },
	};
	struct str vars[RBLDNSD_VARIABLES] = {
		[1] = STR("See http://www.example.com/bl"), [2] = STR("for details"),
	};
	char out[RBLDNSD_TEXT], deep[RBLDNSD_TEXT * 2];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str got = { out, 0 };

		vars[RBLDNSD_BASE] = cases[i].base ?
		    STR("http://www.example.com/bl?$= ($) for details") : STR("");
		got.n = rbldnsd_text(out, str_of(cases[i].in), STR("192.0.2.3"), vars);
		if (!str_eq(got, str_of(cases[i].want)))
			fail_msg("%s: %.*s", cases[i].in, (int)got.n, got.p);
	}
	memset(deep, '$', sizeof(deep));
	vars[RBLDNSD_BASE] = STR("");
	assert_int_equal(rbldnsd_text(out, (struct str){ deep, sizeof(deep) }, STR("192.0.2.3"), vars),
	    RBLDNSD_TEXT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_a_range_is_read),
		cmocka_unit_test(each_type_takes_its_own_forms),
		cmocka_unit_test(ipv6_words_are_read),
		cmocka_unit_test(values_are_told_apart),
		cmocka_unit_test(special_lines_are_read),
		cmocka_unit_test(special_nonsense_is_refused),
		cmocka_unit_test(templates_are_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
