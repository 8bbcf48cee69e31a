#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/rpz.h"

/* Both ways, by draft-vixie-dnsop-dns-rpz 4.1.1. */
static const struct { const char *net, *labels; } pairs[] = {
	{ "192.0.2.25", "32.25.2.0.192" },
	{ "192.0.2.0/24", "24.0.2.0.192" },
	{ "128.0.0.0/1", "1.0.0.0.128" },
	{ "2001:db8::25", "128.25.zz.db8.2001" },
	{ "2001:db8:1::/64", "64.zz.1.db8.2001" },
	{ "2001:db8::/32", "32.zz.db8.2001" },
	{ "2001:db8:0:1:0:0:0:25", "128.25.zz.1.0.db8.2001" },
	{ "2001:db8:0:0:1:0:0:25", "128.25.0.0.1.zz.db8.2001" },
	{ "2001:0:1:2:3:4:5:6", "128.6.5.4.3.2.1.0.2001" },
	{ "::1", "128.1.zz" },
	{ "::/64", "64.zz" },
	{ "fd00::", "128.zz.fd00" },
};

static const struct { const char *name, *labels; enum rpz_trigger want; } cases[] = {
	{ "case does not matter", "128.25.ZZ.DB8.2001.RPZ-Client-IP", RPZ_CLIENT_IP },
	{ "what an answer says", "32.25.2.0.192.rpz-ip", RPZ_IP },
	{ "zeros written out", "64.0.0.0.0.1.0.db8.2001.rpz-ip", RPZ_IP },
	{ "a name", "www.example.com", RPZ_NONE },
	{ "a name of a server", "ns.example.com.rpz-nsdname", RPZ_NONE },
	{ "the address of a server", "32.53.2.0.192.rpz-nsip", RPZ_NONE },
	{ "no prefix", "rpz-ip", RPZ_BROKEN },
	{ "no length", "25.2.0.192.rpz-ip", RPZ_BROKEN },
	{ "length 0", "0.0.0.0.0.rpz-ip", RPZ_BROKEN },
	{ "length 33", "33.25.2.0.192.rpz-ip", RPZ_BROKEN },
	{ "length 129", "129.25.zz.db8.2001.rpz-ip", RPZ_BROKEN },
	{ "host bits", "24.25.2.0.192.rpz-ip", RPZ_BROKEN },
	{ "an octet of 256", "32.256.2.0.192.rpz-ip", RPZ_BROKEN },
	{ "a leading zero", "32.025.2.0.192.rpz-ip", RPZ_BROKEN },
	{ "zz twice", "128.zz.1.zz.2001.rpz-ip", RPZ_BROKEN },
	{ "seven words", "128.7.6.5.4.3.2.1.rpz-ip", RPZ_BROKEN },
	{ "nine words", "128.9.8.7.6.5.4.3.2.1.rpz-ip", RPZ_NONE },
	{ "a word of five digits", "128.12345.zz.rpz-ip", RPZ_BROKEN },
	{ "no digits", "128.g.zz.rpz-ip", RPZ_BROKEN },
};

static struct dns_name
under_apex(const char *labels, size_t *above)
{
	struct dns_name apex, name;

	assert_int_equal(dns_name_parse(&apex, STR("rpz.bl.example")), 0);
	assert_int_equal(dns_name_read_text(&name, str_of(labels), &apex), 0);
	assert_true(dns_name_below(&name, &apex, above));
	return name;
}

static void
a_prefix_is_written_and_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char text[RPZ_TEXT + 1], want[RPZ_TEXT + 20];
		struct net net, back;
		struct dns_name name;
		size_t above;

		assert_int_equal(net_parse(&net, str_of(pairs[i].net)), 0);
		text[rpz_write(text, &net, RPZ_CLIENT_IP)] = '\0';
		snprintf(want, sizeof(want), "%s.rpz-client-ip", pairs[i].labels);
		if (strcmp(text, want) != 0)
			fail_msg("%s: got %s, want %s", pairs[i].net, text, want);
		name = under_apex(text, &above);
		assert_int_equal(rpz_read(&back, &name, above), RPZ_CLIENT_IP);
		if (back.len != net.len || !addr_eq(&back.addr, &net.addr))
			fail_msg("%s: read back as another", pairs[i].net);
	}
}

static void
the_longest_one_fits(void **state)
{
	char text[RPZ_TEXT + 1];
	struct net net;

	(void)state;
	assert_int_equal(net_parse(&net, STR("1111:2222:3333:4444:5555:6666:7777:8888")), 0);
	text[rpz_write(text, &net, RPZ_CLIENT_IP)] = '\0';
	assert_string_equal(text, "128.8888.7777.6666.5555.4444.3333.2222.1111.rpz-client-ip");
}

static void
other_names_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t above;
		struct dns_name name = under_apex(cases[i].labels, &above);
		struct net net;
		enum rpz_trigger got = rpz_read(&net, &name, above);

		if (got != cases[i].want)
			fail_msg("%s: got %d, want %d", cases[i].name, got, cases[i].want);
	}
}

static void
a_target_is_an_action(void **state)
{
	static const struct { const char *name; enum rpz_action want; } targets[] = {
		{ ".", RPZ_BLOCK }, { "*.", RPZ_BLOCK }, { "rpz-drop.", RPZ_BLOCK },
		{ "RPZ-passthru.", RPZ_PASS }, { "rpz-tcp-only.", RPZ_OTHER }, { "walled.example.", RPZ_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct dns_name name;

		assert_int_equal(dns_name_parse(&name, str_of(targets[i].name)), 0);
		assert_int_equal(rpz_action(&name), targets[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prefix_is_written_and_read_back),
		cmocka_unit_test(the_longest_one_fits),
		cmocka_unit_test(other_names_are_told_apart),
		cmocka_unit_test(a_target_is_an_action),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
