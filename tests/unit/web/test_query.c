#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "web/query.h"

#define NIBBLES "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

static const struct { const char *name, *in; enum query_kind kind; const char *want; } cases[] = {
	{ "an address",				"192.0.2.25", QUERY_ADDR, "192.0.2.25" },
	{ "spaces and a line's end",		" 192.0.2.25\r\n", QUERY_ADDR, "192.0.2.25" },
	{ "a port",				"192.0.2.25:25", QUERY_ADDR, "192.0.2.25" },
	{ "brackets",				"[192.0.2.25]", QUERY_ADDR, "192.0.2.25" },
	{ "brackets of a bounce's sentence",	"([192.0.2.25]).", QUERY_ADDR, "192.0.2.25" },
	{ "full-width digits",			"192.0.2.25", QUERY_ADDR, "192.0.2.25" },
	{ "an ideographic full stop",		"192。0。2。25", QUERY_ADDR, "192.0.2.25" },
	{ "an ideographic space",		"\xe3\x80\x80" "192.0.2.25", QUERY_ADDR, "192.0.2.25" },
	{ "IPv6",				"2001:DB8:0::25", QUERY_ADDR, "2001:db8::25" },
	{ "IPv6 with a port",			"[2001:db8::25]:25", QUERY_ADDR, "2001:db8::25" },
	{ "IPv6 of a mail address",		"user@[IPv6:2001:db8::25]", QUERY_ADDR, "2001:db8::25" },
	{ "IPv4 of a mail address",		"user@[192.0.2.25]", QUERY_ADDR, "192.0.2.25" },
	{ "a mapped address is the v4 one",	"::ffff:192.0.2.25", QUERY_ADDR, "192.0.2.25" },
	{ "a name of our zone",			"25.2.0.192.bl.example", QUERY_ADDR, "192.0.2.25" },
	{ "the same with a final dot",		"25.2.0.192.BL.example.", QUERY_ADDR, "192.0.2.25" },
	{ "a v6 name of our zone",		NIBBLES ".bl.example", QUERY_ADDR, "2001:db8::25" },
	{ "a reverse name",			"25.2.0.192.in-addr.arpa", QUERY_ADDR, "192.0.2.25" },
	{ "a v6 reverse name",			NIBBLES ".ip6.arpa", QUERY_ADDR, "2001:db8::25" },
	{ "a URL with an address",		"http://192.0.2.25:8080/x?y=z", QUERY_ADDR, "192.0.2.25" },
	{ "a URL with IPv6",			"https://[2001:db8::25]/", QUERY_ADDR, "2001:db8::25" },
	{ "a host or domain",			"MX.Example.JP", QUERY_DOMAIN, "mx.example.jp" },
	{ "a final dot",			"example.jp.", QUERY_DOMAIN, "example.jp" },
	{ "a mail address",			"postmaster@example.jp", QUERY_DOMAIN, "example.jp" },
	{ "one with name and brackets",		"<postmaster@example.jp>", QUERY_DOMAIN, "example.jp" },
	{ "two @",				"a@b@example.jp", QUERY_DOMAIN, "example.jp" },
	{ "mailto",				"mailto:postmaster@example.jp?subject=x", QUERY_DOMAIN, "example.jp" },
	{ "a full-width @",			"postmaster@example.jp", QUERY_DOMAIN, "example.jp" },
	{ "an underscore",			"_dmarc.example.jp", QUERY_DOMAIN, "_dmarc.example.jp" },
	{ "a URL's host",			"https://user:pw@www.example.jp:8443/a/b#c", QUERY_HOST, "www.example.jp" },
	{ "a URL without a path",		"smtp://mx.example.jp", QUERY_HOST, "mx.example.jp" },
	{ "a host with a port",			"mx.example.jp:25", QUERY_DOMAIN, "mx.example.jp" },
	{ "a host with a path",			"www.example.jp/index.html", QUERY_DOMAIN, "www.example.jp" },
	{ "a name below our zone that is no address", "www.bl.example", QUERY_DOMAIN, "www.bl.example" },
	{ "a reversed name with a number too large", "256.2.0.192.bl.example", QUERY_DOMAIN, "256.2.0.192.bl.example" },
	{ "three of four numbers",		"2.0.192.bl.example", QUERY_DOMAIN, "2.0.192.bl.example" },
	{ "nothing",				"", QUERY_NONE, "query.empty" },
	{ "spaces alone",			" \t\r\n", QUERY_NONE, "query.empty" },
	{ "punctuation alone",			"<>().,;", QUERY_NONE, "query.empty" },
	{ "a network",				"192.0.2.0/24", QUERY_NONE, "query.network" },
	{ "a v6 network",			"2001:db8::/32", QUERY_NONE, "query.network" },
	{ "a zone id",				"fe80::1%eth0", QUERY_NONE, "query.zone-id" },
	{ "a zone id in brackets",		"[fe80::1%25eth0]:25", QUERY_NONE, "query.zone-id" },
	{ "a slip of an address",		"192.0.2.256", QUERY_NONE, "query.bad-name" },
	{ "leading zeros are not guessed at",	"192.0.02.25", QUERY_NONE, "query.bad-name" },
	{ "three numbers",			"192.0.2", QUERY_NONE, "query.bad-name" },
	{ "one word",				"localhost", QUERY_NONE, "query.bad-name" },
	{ "a port that is none",		"192.0.2.25:99999", QUERY_NONE, "query.bad-name" },
	{ "half a bracket",			"[192.0.2.25", QUERY_ADDR, "192.0.2.25" },
	{ "a bracket and more",			"[192.0.2.25]x", QUERY_NONE, "query.bad-name" },
	{ "an empty label",			"a..example", QUERY_NONE, "query.bad-name" },
	{ "a label that begins with -",		"-a.example", QUERY_NONE, "query.bad-name" },
	{ "a label of 64",			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", QUERY_NONE, "query.bad-name" },
	{ "other letters",			"例え.jp", QUERY_NONE, "query.idn" },
	{ "markup",				"\"><script>", QUERY_NONE, "query.bad-name" },
	{ "a URL without a host",		"https:///x", QUERY_NONE, "query.bad-name" },
	{ "a CR in the middle",			"192.0.2.25\r\nSet-Cookie: a=b", QUERY_NONE, "query.bad-name" },
};

static const char *
said(char text[ADDR_TEXT], const struct query *q)
{
	if (q->kind == QUERY_NONE)
		return q->why;
	if (q->kind != QUERY_ADDR)
		return q->name;
	addr_text(text, &q->addr);
	return text;
}

static void
what_people_type(void **state)
{
	char text[ADDR_TEXT];
	struct query q;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* an exact copy, so that ASan sees one octet too far */
		size_t n = strlen(cases[i].in);
		char *in = malloc(n == 0 ? 1 : n);

		memcpy(in, cases[i].in, n);
		query_parse(&q, (struct str){ in, n }, STR("bl.example"));
		free(in);
		if (q.kind != cases[i].kind || strcmp(said(text, &q), cases[i].want) != 0)
			fail_msg("%s: \"%s\": want %d %s, got %d %s", cases[i].name, cases[i].in,
			    cases[i].kind, cases[i].want, q.kind, said(text, &q));
	}
}

static void
what_is_too_long(void **state)
{
	char in[2000];
	struct query q;

	(void)state;
	memset(in, 'a', sizeof(in));
	query_parse(&q, (struct str){ in, sizeof(in) }, STR("bl.example"));
	assert_int_equal(q.kind, QUERY_NONE);
	assert_string_equal(q.why, "query.too-long");
	for (size_t i = 0; i < 300; i++)
		in[i] = i % 10 == 9 ? '.' : 'a';
	query_parse(&q, (struct str){ in, 300 - 1 }, (struct str){ 0 });
	assert_string_equal(q.why, "query.bad-name");
	query_parse(&q, (struct str){ in, 253 }, (struct str){ 0 });
	assert_int_equal(q.kind, QUERY_DOMAIN);
	assert_int_equal(strlen(q.name), 253);
}

static const struct { const char *name, *in; int64_t east_s; int64_t want; } times[] = {
	{ "a moment",			"2026-11-27T10:30:00Z", 0, 1795775400 },
	{ "a moment does not move with the zone", "2026-11-27T10:30:00Z", 32400, 1795775400 },
	{ "seconds",			"1795775400", 32400, 1795775400 },
	{ "a day is its last second",	"2026-11-27", 0, 1795823999 },
	{ "a day in Japan ends sooner",	"2026-11-27", 32400, 1795823999 - 32400 },
	{ "the first day",		"1970-01-01", 0, 86399 },
	{ "a leap day",			"2024-02-29", 0, 1709251199 },
	{ "a leap day of a century",	"2000-02-29", 0, 951868799 },
	{ "no leap day",		"2026-02-29", 0, -1 },
	{ "no leap day of a century",	"2100-02-29", 0, -1 },
	{ "no such month",		"2026-13-01", 0, -1 },
	{ "no such day",		"2026-11-31", 0, -1 },
	{ "day nought",			"2026-11-00", 0, -1 },
	{ "no such hour",		"2026-11-27T24:00:00Z", 0, -1 },
	{ "another zone",		"2026-11-27T19:30:00+09:00", 0, 1795775400 },
	{ "without its Z",		"2026-11-27T10:30:00", 0, -1 },
	{ "half a moment",		"2026-11-27T", 0, -1 },
	{ "before there was time",	"1969-12-31", 0, -1 },
	{ "short",			"2026-1-1", 0, -1 },
	{ "ten letters that are no day", "2026-1x-27", 0, -1 },
	{ "ten digits are seconds",	"1795775400", 0, 1795775400 },
	{ "more",			"2026-11-27x", 0, -1 },
	{ "nothing",			"", 0, -1 },
	{ "a minus",			"-5", 0, -1 },
	{ "too many seconds",		"999999999999999", 0, -1 },
};

static void
moments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct wall got = { -1 };
		int err = query_time(&got, str_of(times[i].in), times[i].east_s);

		if (err != (times[i].want < 0 ? SEK_EPARSE : 0) ||
		    (err == 0 && got.s != times[i].want))
			fail_msg("%s: \"%s\": want %lld, got %lld (%d)", times[i].name, times[i].in,
			    (long long)times[i].want, (long long)got.s, err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_type),
		cmocka_unit_test(what_is_too_long),
		cmocka_unit_test(moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
