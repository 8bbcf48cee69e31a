#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fact/cookie.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Hexadecimal to octets; returns how many. */
static size_t
unhex(uint8_t *out, const char *text)
{
	size_t n = strlen(text) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned v = 0;

		for (size_t k = 0; k < 2; k++) {
			char c = text[2 * i + k];

			v = v * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
		}
		out[i] = (uint8_t)v;
	}
	return n;
}

/* RFC 9018 appendix A: whoever has the secret makes the same octets. */
static void
the_same_octets_as_other_servers(void **state)
{
	static const struct { const char *name, *secret, *client, *addr; int64_t now; const char *want; } cases[] = {
		{ "A.1 a new one", "e5e973e5a6b2a43f48e7dc849e37bfcf", "2464c4abcf10c957",
		    "198.51.100.100", 1559731985, "2464c4abcf10c957010000005cf79f111f8130c3eee29480" },
		{ "A.2 the same client, renewed", "e5e973e5a6b2a43f48e7dc849e37bfcf", "2464c4abcf10c957",
		    "198.51.100.100", 1559734385, "2464c4abcf10c957010000005cf7a871d4a564a1442aca77" },
		{ "A.3 another client", "e5e973e5a6b2a43f48e7dc849e37bfcf", "fc93fc62807ddb86",
		    "203.0.113.203", 1559734700, "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e" },
		{ "A.4 IPv6, another secret", "445536bcd2513298075a5d379663c962", "22681ab97d52c298",
		    "2001:db8:220:1:59de:d0f4:8769:82b8", 1559741961, "22681ab97d52c298010000005cf7c609a6bb79d16625507a" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t secret[COOKIE_SECRET], client[8], want[COOKIE_LEN], got[COOKIE_LEN];
		struct wall now = { cases[i].now };
		struct addr a;

		unhex(secret, cases[i].secret);
		unhex(client, cases[i].client);
		assert_int_equal(unhex(want, cases[i].want), COOKIE_LEN);
		assert_int_equal(addr_parse(&a, str_of(cases[i].addr)), 0);
		cookie_make(got, client, secret, &a, now);
		if (memcmp(got, want, sizeof(got)) != 0)
			fail_msg("%s: other octets", cases[i].name);
		assert_int_equal(cookie_judge(got, sizeof(got), secret, &a, now), COOKIE_VALID);
		assert_int_equal(cookie_age_s(got, now), 0);
	}
}

/* A.3 again: reserved octets that are not zero are part of the hash. */
static void
reserved_octets_of_others_are_taken(void **state)
{
	uint8_t secret[COOKIE_SECRET], cookie[COOKIE_LEN];
	struct addr a = addr_v4(203, 0, 113, 203);

	(void)state;
	unhex(secret, "e5e973e5a6b2a43f48e7dc849e37bfcf");
	unhex(cookie, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5");
	assert_int_equal(cookie_judge(cookie, sizeof(cookie), secret, &a,
	    (struct wall){ 1559727985 + 10 }), COOKIE_VALID);
}

struct twist { const char *name; size_t len; int at; int64_t later; bool moved; enum cookie want; };

static void
what_is_taken_and_what_not(void **state)
{
	static const struct twist cases[] = {
		{ "as it was made", COOKIE_LEN, -1, 0, false, COOKIE_VALID },
		{ "an hour later", COOKIE_LEN, -1, COOKIE_PAST_S, false, COOKIE_VALID },
		{ "older than an hour", COOKIE_LEN, -1, COOKIE_PAST_S + 1, false, COOKIE_BAD },
		{ "a clock that is behind", COOKIE_LEN, -1, -COOKIE_AHEAD_S, false, COOKIE_VALID },
		{ "one from the future", COOKIE_LEN, -1, -COOKIE_AHEAD_S - 1, false, COOKIE_BAD },
		{ "from another address", COOKIE_LEN, -1, 0, true, COOKIE_BAD },
		{ "another client cookie", COOKIE_LEN, 0, 0, false, COOKIE_BAD },
		{ "another version", COOKIE_LEN, 8, 0, false, COOKIE_BAD },
		{ "another time", COOKIE_LEN, 15, 0, false, COOKIE_BAD },
		{ "first octet of the hash", COOKIE_LEN, 16, 0, false, COOKIE_BAD },
		{ "last octet of the hash", COOKIE_LEN, 23, 0, false, COOKIE_BAD },
		{ "shorter, of another server", 16, -1, 0, false, COOKIE_BAD },
		{ "longer, of another server", 40, -1, 0, false, COOKIE_BAD },
		{ "the client's alone", 8, -1, 0, false, COOKIE_NEW },
	};
	const uint8_t secret[COOKIE_SECRET] = "sixteen octets.";
	const struct wall made = { 1700000000 };
	const struct addr here = addr_v4(192, 0, 2, 25), there = addr_v4(192, 0, 2, 26);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct twist *c = &cases[i];
		uint8_t o[COOKIE_MAX] = { 0 };
		enum cookie got;

		cookie_make(o, (const uint8_t *)"clientco", secret, &here, made);
		if (c->at >= 0)
			o[c->at] ^= 1;
		got = cookie_judge(o, c->len, secret, c->moved ? &there : &here,
		    (struct wall){ made.s + c->later });
		if (got != c->want)
			fail_msg("%s: got %d, want %d", c->name, got, c->want);
	}
}

/* RFC 1982: the 32 bits turn over in 2106. */
static void
time_turns_over(void **state)
{
	const uint8_t secret[COOKIE_SECRET] = "sixteen octets.";
	const struct addr a = addr_v4(192, 0, 2, 25);
	const struct wall made = { INT64_C(0xffffffff) };
	uint8_t o[COOKIE_LEN];

	(void)state;
	cookie_make(o, (const uint8_t *)"clientco", secret, &a, made);
	assert_int_equal(cookie_age_s(o, (struct wall){ made.s + 10 }), 10);
	assert_int_equal(cookie_judge(o, sizeof(o), secret, &a,
	    (struct wall){ made.s + 10 }), COOKIE_VALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_octets_as_other_servers),
		cmocka_unit_test(reserved_octets_of_others_are_taken),
		cmocka_unit_test(what_is_taken_and_what_not),
		cmocka_unit_test(time_turns_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
