#include <arpa/inet.h>
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

/* inet_pton() reads the same; here all short texts, and numbers about 255. */
static void
same_as_the_library(const char *text)
{
	struct addr a;
	uint8_t want[4];
	bool ok = inet_pton(AF_INET, text, want) == 1;

	if ((addr_parse(&a, str_of(text)) == 0) != ok || (ok && memcmp(a.o + 12, want, 4) != 0))
		fail_msg("%s: the library says %s", text, ok ? "yes" : "no");
}

static void
quads_are_read_as_by_the_library(void **state)
{
	static const char octets[] = "0129.", *const numbers[] = { "", "0", "00", "9", "25", "099", "199", "255", "256", "1000" };
	char text[64] = "";

	(void)state;
	for (unsigned long v = 0; v < 390625; v++) {	/* 5^8 */
		unsigned long rest = v;

		for (int i = 0; i < 8; i++, rest /= 5)
			text[i] = octets[rest % 5];
		for (size_t n = 8; n >= 7; n--) {
			text[n] = '\0';
			same_as_the_library(text);
		}
	}
	for (size_t i = 0; i < 10000; i++) {
		snprintf(text, sizeof(text), "%s.%s.%s.%s", numbers[i % 10], numbers[i / 10 % 10], numbers[i / 100 % 10],
		    numbers[i / 1000]);
		same_as_the_library(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_round),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(nets_hold_what_they_should),
		cmocka_unit_test(quads_are_read_as_by_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
