#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_http.h"
#include "web/auth.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define K "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz234567" \
	"abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz234567" \
	"abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz234567" \
	"abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwxyz234567"

static const struct { const char *name, *in; int want; const char *key; } cases[] = {
	{ "none", "", AUTH_NONE, NULL },
	{ "only space", "  ", AUTH_NONE, NULL },
	{ "a key", "Bearer abc234", 0, "abc234" },
	{ "the scheme in any case", "bEARER abc234", 0, "abc234" },
	{ "all letters of RFC 6750", "Bearer aZ0-._~+/==", 0, "aZ0-._~+/==" },
	{ "space around", "  Bearer   abc  ", 0, "abc" },
	{ "256 octets", "Bearer " K, 0, K },
	{ "257 octets", "Bearer " K "a", SEK_EPARSE, NULL },
	{ "no key", "Bearer", SEK_EPARSE, NULL },
	{ "no key but a space", "Bearer ", SEK_EPARSE, NULL },
	{ "another scheme", "Basic dTpw", SEK_EPARSE, NULL },
	{ "a longer word", "Bearers abc", SEK_EPARSE, NULL },
	{ "no space", "Bearerabc", SEK_EPARSE, NULL },
	{ "two keys", "Bearer abc def", SEK_EPARSE, NULL },
	{ "a list", "Bearer abc, Bearer def", SEK_EPARSE, NULL },
	{ "a quote", "Bearer \"abc\"", SEK_EPARSE, NULL },
	{ "a control octet", "Bearer ab\x01", SEK_EPARSE, NULL },
	{ "not ASCII", "Bearer \xc3\xa9", SEK_EPARSE, NULL },
	{ "a tab", "Bearer\tabc", SEK_EPARSE, NULL },
};

static void
keys_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct str key = { 0 };
		int got = auth_bearer(&key, str_of(cases[i].in));

		if (got != cases[i].want ||
		    (got == 0 && !str_eq(key, str_of(cases[i].key))))
			fail_msg("%s: %s: want %d, got %d %.*s", cases[i].name,
			    cases[i].in, cases[i].want, got, (int)key.n, key.p);
	}
}

static const struct {
	const char *name, *authorization, *cookie, *value, *addr, *want;
	int err;
} asks[] = {
	{ "nothing", NULL, NULL, NULL, "192.0.2.25", "{\"asker\":\"192.0.2.9\"}", AUTH_NONE },
	{ "a key", "Bearer k1", NULL, NULL, "192.0.2.25", "{\"asker\":\"192.0.2.9\",\"key\":\"k1\"}", 0 },
	{ "a grant", NULL, "owner_00000000000000000000ffffc0000219", "g1", "192.0.2.25",
	    "{\"asker\":\"192.0.2.9\",\"grant\":\"g1\"}", AUTH_NONE },
	{ "a grant for IPv6", NULL, "owner_20010db8000000000000000000000025", "g1", "2001:db8::25",
	    "{\"asker\":\"192.0.2.9\",\"grant\":\"g1\"}", AUTH_NONE },
	{ "both", "Bearer k1", "owner_00000000000000000000ffffc0000219", "g1", "192.0.2.25",
	    "{\"asker\":\"192.0.2.9\",\"key\":\"k1\",\"grant\":\"g1\"}", 0 },
	{ "a grant for another address", NULL, "owner_00000000000000000000ffffc000021a", "g1", "192.0.2.25",
	    "{\"asker\":\"192.0.2.9\"}", AUTH_NONE },
	{ "a grant that is none", NULL, "owner_00000000000000000000ffffc0000219", "g\"1", "192.0.2.25",
	    "{\"asker\":\"192.0.2.9\"}", AUTH_NONE },
	{ "an empty grant", NULL, "owner_00000000000000000000ffffc0000219", "", "192.0.2.25",
	    "{\"asker\":\"192.0.2.9\"}", AUTH_NONE },
	{ "a broken key", "Basic x", NULL, NULL, "192.0.2.25", "{\"asker\":\"192.0.2.9\"}", SEK_EPARSE },
};

static void
who_asks_is_added(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(asks); i++) {
		struct fake f = { .in = { { "Authorization", asks[i].authorization } },
		    .cookies = { { asks[i].cookie, asks[i].value } } };
		json_t *request = json_object();
		struct addr a;
		char *text;
		int err;

		if (asks[i].authorization == NULL)
			f.in[0].name = NULL;
		f.r.client = addr_v4(192, 0, 2, 9);
		assert_int_equal(addr_parse(&a, str_of(asks[i].addr)), 0);
		assert_int_equal(auth_add_asker(request, &f.r), 0);
		err = auth_add_key(request, &f.r);
		assert_true(auth_add_grant(request, &f.r, &a) >= 0);
		text = json_dumps(request, JSON_COMPACT);
		if (err != asks[i].err || strcmp(text, asks[i].want) != 0)
			fail_msg("%s: want %d %s, got %d %s", asks[i].name,
			    asks[i].err, asks[i].want, err, text);
		free(text);
		json_decref(request);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_read),
		cmocka_unit_test(who_asks_is_added),
	};

	return cmocka_run_group_tests_name("web/auth", tests, NULL, NULL);
}
