#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tool/check_codes.h"

#define CODE(b, c, d) (127u << 24 | (b) << 16 | (c) << 8 | (d))

static void
specs_are_read(void **state)
{
	static const struct { const char *name, *in, *zone; size_t ranges; } cases[] = {
		{ "zone alone", "bl.example", "bl.example", 0 },
		{ "in lower case without final dot", "BL.Example.", "bl.example", 0 },
		{ "A-labels", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.example", "xn--wgv71a119e.example", 0 },
		{ "last octets", "bl.example=2,4-11", "bl.example", 2 },
		{ "whole codes", "bl.example=127.0.0.2,127.0.0.4-127.0.0.11", "bl.example", 2 },
		{ "mixed, with blanks", "bl.example= 2 , 127.0.1.4 - 127.0.1.9", "bl.example", 2 },
		{ "the whole space", "bl.example=127.0.0.2-127.255.254.255", "bl.example", 1 },
		{ "no zone", "", NULL, 0 },
		{ "no zone but codes", "=2", NULL, 0 },
		{ "an address", "192.0.2.1", NULL, 0 },
		{ "a URL", "https://bl.example/", NULL, 0 },
		{ "with a port", "bl.example:53", NULL, 0 },
		{ "a mail address", "x@bl.example", NULL, 0 },
		{ "no codes", "bl.example=", NULL, 0 },
		{ "an empty code", "bl.example=2,,3", NULL, 0 },
		{ "a comma at the end", "bl.example=2,", NULL, 0 },
		{ "half a range", "bl.example=2-", NULL, 0 },
		{ "the other half", "bl.example=-2", NULL, 0 },
		{ "backwards", "bl.example=11-4", NULL, 0 },
		{ "127.0.0.1 never lists", "bl.example=1-4", NULL, 0 },
		{ "nor does 0", "bl.example=0", NULL, 0 },
		{ "error codes never list", "bl.example=127.255.255.254", NULL, 0 },
		{ "nor within a range", "bl.example=127.0.0.2-127.255.255.255", NULL, 0 },
		{ "outside 127/8", "bl.example=192.0.2.1", NULL, 0 },
		{ "IPv6", "bl.example=::2", NULL, 0 },
		{ "too big", "bl.example=256", NULL, 0 },
		{ "three", "bl.example=2-3-4", NULL, 0 },
		{ "words", "bl.example=all", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char zone[CHECK_ZONE] = "";
		struct check_codes c;
		const char *why = NULL;
		int rc = check_codes_list(zone, &c, str_of(cases[i].in), &why);

		if (cases[i].zone == NULL) {
			if (rc != SEK_EPARSE || why == NULL)
				fail_msg("%s: taken", cases[i].name);
		} else if (rc != 0 || strcmp(zone, cases[i].zone) != 0 ||
		    c.n != cases[i].ranges) {
			fail_msg("%s: %d \"%s\" %zu (%s)", cases[i].name, rc, zone, c.n, why);
		}
	}
}

static void
bounds_hold(void **state)
{
	char text[600] = "2", zone[400], *p;
	struct check_codes c;
	const char *why;

	(void)state;
	p = text + 1;
	for (int i = 1; i < CHECK_RANGES; i++)
		p += sprintf(p, ",%d", 2 + i);
	assert_int_equal(check_codes_read(&c, str_of(text), &why), 0);
	strcpy(p, ",200");
	assert_int_equal(check_codes_read(&c, str_of(text), &why), SEK_EPARSE);
	memset(zone, 'a', sizeof(zone));
	for (size_t i = 60; i < sizeof(zone); i += 61)
		zone[i] = '.';
	assert_int_equal(check_codes_list(text, &c, (struct str){ zone, CHECK_ZONE }, &why),
	    SEK_EPARSE);
	assert_int_equal(check_codes_list(text, &c, (struct str){ zone, CHECK_ZONE - 1 }, &why), 0);
}

static void
codes_are_found(void **state)
{
	struct check_codes c, all = { 0 };
	const char *why;

	(void)state;
	assert_int_equal(check_codes_read(&c, STR("2,4-11,127.0.1.1"), &why), 0);
	assert_true(check_codes_has(&c, CODE(0, 0, 2)));
	assert_false(check_codes_has(&c, CODE(0, 0, 3)));
	assert_true(check_codes_has(&c, CODE(0, 0, 4)));
	assert_true(check_codes_has(&c, CODE(0, 0, 11)));
	assert_false(check_codes_has(&c, CODE(0, 0, 12)));
	assert_true(check_codes_has(&c, CODE(0, 1, 1)));
	assert_false(check_codes_has(&c, CODE(1, 0, 2)));
	assert_true(check_codes_has(&all, CODE(0, 0, 99)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specs_are_read),
		cmocka_unit_test(bounds_hold),
		cmocka_unit_test(codes_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
