#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "web/head.h"

#define S(lit) { (lit), sizeof(lit) - 1 }

enum { FIELDS = 6 };

static const struct {
	const char		*name;
	struct str		 method;
	bool			 old;
	struct head_field	 fields[FIELDS];
	unsigned		 want;
	size_t			 len;
} judged[] = {
	{ "a plain GET", S("GET"), false, { { S("Host"), S("x") } }, 0, 0 },
	{ "a body", S("POST"), false, { { S("Host"), S("x") }, { S("content-length"), S("7") } }, 0, 7 },
	{ "HTTP/1.0 needs no Host", S("GET"), true, { { S("Via"), S("x") } }, 0, 0 },
	{ "an empty value", S("GET"), false, { { S("Host"), S("x") }, { S("A"), S("") } }, 0, 0 },
	{ "Latin 1 in a value", S("GET"), false, { { S("Host"), S("x") }, { S("A"), S("\xe9") } }, 0, 0 },
	{ "a tab in a value", S("GET"), false, { { S("Host"), S("x") }, { S("A"), S("a\tb") } }, 0, 0 },
	{ "no Host", S("GET"), false, { { S("Via"), S("x") } }, 400, 0 },
	{ "two Hosts", S("GET"), true, { { S("Host"), S("x") }, { S("HOST"), S("x") } }, 400, 0 },
	{ "an empty method", S(""), false, { { S("Host"), S("x") } }, 400, 0 },
	{ "a method that is no token", S("G\x01T"), false, { { S("Host"), S("x") } }, 400, 0 },
	{ "a space before the colon", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length "), S("7") } }, 400, 0 },
	{ "a tab before a name", S("GET"), false, { { S("Host"), S("x") }, { S("\tA"), S("7") } }, 400, 0 },
	{ "an empty name", S("GET"), false, { { S("Host"), S("x") }, { S(""), S("7") } }, 400, 0 },
	{ "a NUL in a name", S("GET"), false, { { S("Host"), S("x") }, { S("A\0B"), S("7") } }, 400, 0 },
	{ "a name in Latin 1", S("GET"), false, { { S("Host"), S("x") }, { S("\xc4"), S("7") } }, 400, 0 },
	{ "a bare CR in a value", S("GET"), false, { { S("Host"), S("x") }, { S("A"), S("a\rb") } }, 400, 0 },
	{ "a NUL in a value", S("GET"), false, { { S("Host"), S("x") }, { S("A"), S("a\0b") } }, 400, 0 },
	{ "a DEL in a value", S("GET"), false, { { S("Host"), S("x") }, { S("A"), S("\x7f") } }, 400, 0 },
	{ "lengths that agree", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("7") }, { S("Content-Length"), S("7") } }, 400, 0 },
	{ "lengths that differ", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("7") }, { S("content-LENGTH"), S("8") } }, 400, 0 },
	{ "a list of lengths", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("7, 7") } }, 400, 0 },
	{ "a signed length", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("+7") } }, 400, 0 },
	{ "a negative length", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("-7") } }, 400, 0 },
	{ "a length in hex", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("0x7") } }, 400, 0 },
	{ "an empty length", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("") } }, 400, 0 },
	{ "the longest body", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("100") } }, 0, 100 },
	{ "one octet more", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("101") } }, 413, 0 },
	{ "a length past 64 bits", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("99999999999999999999") } }, 413, 0 },
	{ "length and coding", S("POST"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("7") }, { S("Transfer-Encoding"), S("chunked") } }, 400, 0 },
	{ "coding and length", S("POST"), false, { { S("Host"), S("x") }, { S("Transfer-Encoding"), S("chunked") }, { S("Content-Length"), S("7") } }, 400, 0 },
	{ "chunked", S("POST"), false, { { S("Host"), S("x") }, { S("Transfer-Encoding"), S("Chunked") } }, 411, 0 },
	{ "chunked in HTTP/1.0", S("POST"), true, { { S("Host"), S("x") }, { S("Transfer-Encoding"), S("chunked") } }, 400, 0 },
	{ "chunked twice", S("POST"), false, { { S("Host"), S("x") }, { S("Transfer-Encoding"), S("chunked") }, { S("Transfer-Encoding"), S("chunked") } }, 400, 0 },
	{ "another coding", S("POST"), false, { { S("Host"), S("x") }, { S("Transfer-Encoding"), S("gzip") } }, 501, 0 },
	{ "a coding that hides one", S("POST"), false, { { S("Host"), S("x") }, { S("Transfer-Encoding"), S("identity, chunked") } }, 501, 0 },
	{ "a coding in a vertical tab", S("POST"), false, { { S("Host"), S("x") }, { S("Transfer-Encoding"), S("\vchunked") } }, 400, 0 },
	{ "a GET with a body", S("GET"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("1") } }, 400, 0 },
	{ "a GET with an empty one", S("GET"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("0") } }, 0, 0 },
	{ "a HEAD with a body", S("HEAD"), false, { { S("Host"), S("x") }, { S("Content-Length"), S("1") } }, 400, 0 },
};

static struct head
head_of(struct str method, bool old, const struct head_field *fields, struct head_field copy[FIELDS])
{
	struct head h = { .method = method, .old = old, .fields = copy };

	for (; h.n_fields < FIELDS && fields[h.n_fields].name.p != NULL; h.n_fields++)
		copy[h.n_fields] = fields[h.n_fields];
	return h;
}

static void
heads_that_could_be_read_twice_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		struct head_field copy[FIELDS];
		struct head h = head_of(judged[i].method, judged[i].old, judged[i].fields, copy);
		size_t len = 0;
		unsigned got = head_judge(&h, 100, &len);

		if (got != judged[i].want || len != judged[i].len)
			fail_msg("%s: got %u and %zu octets, want %u and %zu",
			    judged[i].name, got, len, judged[i].want, judged[i].len);
	}
}

static const struct { const char *name; struct str in; int rc; const char *path, *query; } targets[] = {
	{ "the root", S("/"), 0, "/", "" },
	{ "path and query", S("/ja/check?q=1&x=%zz"), 0, "/ja/check", "q=1&x=%zz" },
	{ "a second question mark", S("/a?b?c"), 0, "/a", "b?c" },
	{ "an empty query", S("/a?"), 0, "/a", "" },
	{ "a slash at the end", S("/ja/"), 0, "/ja/", "" },
	{ "absolute-form", S("http://bl.example/a?b"), 0, "/a", "b" },
	{ "absolute-form with TLS, in capitals", S("HTTPS://bl.example:8/a"), 0, "/a", "" },
	{ "absolute-form without a path", S("http://bl.example"), 0, "/", "" },
	{ "percent in the path", S("/ip/2001%3Adb8::1"), 0, "/ip/2001:db8::1", "" },
	{ "decoded once", S("/%252e%252e/"), 0, "/%2e%2e/", "" },
	{ "UTF-8", S("/%e9%96%a2"), 0, "/\xe9\x96\xa2", "" },
	{ "three dots", S("/.../"), 0, "/.../", "" },
	{ "nothing", S(""), SEK_EPARSE, "", "" },
	{ "no slash", S("ja"), SEK_EPARSE, "", "" },
	{ "asterisk-form", S("*"), SEK_EPARSE, "", "" },
	{ "authority-form", S("bl.example:443"), SEK_EPARSE, "", "" },
	{ "another scheme", S("ftp://bl.example/"), SEK_EPARSE, "", "" },
	{ "a query alone", S("?q=1"), SEK_EPARSE, "", "" },
	{ "a fragment", S("/a#b"), SEK_EPARSE, "", "" },
	{ "two slashes", S("//evil.example/"), SEK_EPARSE, "", "" },
	{ "two slashes within", S("/a//b"), SEK_EPARSE, "", "" },
	{ "a dot", S("/a/./b"), SEK_EPARSE, "", "" },
	{ "two dots", S("/../etc/passwd"), SEK_EPARSE, "", "" },
	{ "two dots at the end", S("/a/.."), SEK_EPARSE, "", "" },
	{ "encoded dots", S("/a/%2e%2E/b"), SEK_EPARSE, "", "" },
	{ "half encoded dots", S("/a/.%2e"), SEK_EPARSE, "", "" },
	{ "an encoded slash", S("/a%2fb"), SEK_EPARSE, "", "" },
	{ "dots behind an encoded slash", S("/a%2f..%2f"), SEK_EPARSE, "", "" },
	{ "overlong dots", S("/%c0%ae%c0%ae/"), SEK_EPARSE, "", "" },
	{ "an encoded NUL", S("/a%00.png"), SEK_EPARSE, "", "" },
	{ "a raw NUL", S("/a\0b"), SEK_EPARSE, "", "" },
	{ "an encoded line end", S("/%0d%0aSet-Cookie:%20a=b"), SEK_EPARSE, "", "" },
	{ "a bad percent", S("/%zz"), SEK_EPARSE, "", "" },
	{ "raw UTF-8", S("/\xe9\x96\xa2"), SEK_EPARSE, "", "" },
	{ "a raw octet in the query", S("/a?\xff"), SEK_EPARSE, "", "" },
	{ "a space", S("/a b"), SEK_EPARSE, "", "" },
	{ "a tab", S("/a\tb"), SEK_EPARSE, "", "" },
	{ "a DEL, encoded", S("/%7f"), SEK_EPARSE, "", "" },
};

static void
targets_become_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct arena *a = arena_new(4096);
		struct str path = { 0 }, query = { 0 };
		int rc = head_target(&path, &query, a, targets[i].in);

		if (rc != targets[i].rc || (rc == 0 &&
		    (!str_eq(path, str_of(targets[i].path)) ||
		    !str_eq(query, str_of(targets[i].query)))))
			fail_msg("%s: got %d \"%.*s\" \"%.*s\"", targets[i].name, rc,
			    (int)path.n, path.p, (int)query.n, query.p);
		arena_free(a);
	}
}

static const struct {
	const char		*name;
	const char		*peer;
	struct head_field	 fields[FIELDS];
	const char		*want;
} clients[] = {
	{ "no proxy", "192.0.2.1", { { S("X-Forwarded-For"), S("198.51.100.1") } }, "192.0.2.1" },
	{ "a proxy that says nothing", "10.0.0.1", { { S("Host"), S("x") } }, "10.0.0.1" },
	{ "a proxy", "10.0.0.1", { { S("X-Forwarded-For"), S("198.51.100.1") } }, "198.51.100.1" },
	{ "in any case", "10.0.0.1", { { S("x-FORWARDED-for"), S("198.51.100.1") } }, "198.51.100.1" },
	{ "what the visitor wrote before", "10.0.0.1", { { S("X-Forwarded-For"), S("203.0.113.9, 198.51.100.1") } }, "198.51.100.1" },
	{ "two proxies", "10.0.0.1", { { S("X-Forwarded-For"), S("198.51.100.1, 10.0.0.2") } }, "198.51.100.1" },
	{ "two fields", "10.0.0.1", { { S("X-Forwarded-For"), S("203.0.113.9") }, { S("X-Forwarded-For"), S("198.51.100.1") } }, "198.51.100.1" },
	{ "two fields, the last one ours", "10.0.0.1", { { S("X-Forwarded-For"), S("203.0.113.9") }, { S("X-Forwarded-For"), S("10.0.0.3") } }, "203.0.113.9" },
	{ "all are proxies", "10.0.0.1", { { S("X-Forwarded-For"), S("10.0.0.3,10.0.0.2") } }, "10.0.0.3" },
	{ "with a port", "10.0.0.1", { { S("X-Forwarded-For"), S("198.51.100.1:4711") } }, "198.51.100.1" },
	{ "IPv6", "10.0.0.1", { { S("X-Forwarded-For"), S("2001:db8::1") } }, "2001:db8::1" },
	{ "IPv6 in brackets", "10.0.0.1", { { S("X-Forwarded-For"), S("[2001:db8::1]:4711") } }, "2001:db8::1" },
	{ "a mapped address", "10.0.0.1", { { S("X-Forwarded-For"), S("::ffff:198.51.100.1") } }, "198.51.100.1" },
	{ "a word", "10.0.0.1", { { S("X-Forwarded-For"), S("198.51.100.1, unknown") } }, "::" },
	{ "an empty item", "10.0.0.1", { { S("X-Forwarded-For"), S("198.51.100.1,") } }, "::" },
	{ "an empty field", "10.0.0.1", { { S("X-Forwarded-For"), S("") } }, "10.0.0.1" },
	{ "an address with a tail", "10.0.0.1", { { S("X-Forwarded-For"), S("198.51.100.1;x") } }, "::" },
	{ "a bracket that stays open", "10.0.0.1", { { S("X-Forwarded-For"), S("[2001:db8::1") } }, "::" },
};

static void
visitors_are_whom_our_proxies_name(void **state)
{
	const struct net proxies[] = { { addr_v4(10, 0, 0, 0), 120 } };

	(void)state;
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		struct head_field copy[FIELDS];
		struct head h = head_of((struct str)S("GET"), false, clients[i].fields, copy);
		char text[ADDR_TEXT];
		struct addr peer, got;

		assert_int_equal(addr_parse(&peer, str_of(clients[i].peer)), 0);
		got = head_client(&h, &peer, proxies, 1);
		addr_text(text, &got);
		if (strcmp(text, clients[i].want) != 0)
			fail_msg("%s: got %s, want %s", clients[i].name, text, clients[i].want);
	}
}

static const struct { const char *name; struct head_field fields[FIELDS]; const char *want; } cookies[] = {
	{ "none", { { S("Host"), S("x") } }, NULL },
	{ "one", { { S("Cookie"), S("owner=abc") } }, "abc" },
	{ "the second", { { S("Cookie"), S("a=b; owner=abc; c=d") } }, "abc" },
	{ "without spaces", { { S("Cookie"), S("a=b;owner=abc;c=d") } }, "abc" },
	{ "the first of two", { { S("Cookie"), S("owner=1; owner=2") } }, "1" },
	{ "in a second field", { { S("Cookie"), S("a=b") }, { S("cookie"), S("owner=2") } }, "2" },
	{ "an equals sign in it", { { S("Cookie"), S("owner=a=b") } }, "a=b" },
	{ "no value", { { S("Cookie"), S("owner") } }, "" },
	{ "a name in another case is another", { { S("Cookie"), S("Owner=1") } }, NULL },
	{ "a name that ends alike", { { S("Cookie"), S("xowner=1; ownerx=2") } }, NULL },
	{ "nothing but marks", { { S("Cookie"), S(";=;;==;") } }, NULL },
};

static void
cookies_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
		struct head_field copy[FIELDS];
		struct head h = head_of((struct str)S("GET"), false, cookies[i].fields, copy);
		struct str got = head_cookie(&h, "owner");

		if (!str_eq(got, str_of(cookies[i].want)) ||
		    (got.p == NULL) != (cookies[i].want == NULL))
			fail_msg("%s: got \"%.*s\"", cookies[i].name, (int)got.n,
			    got.p == NULL ? "" : got.p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_that_could_be_read_twice_are_refused),
		cmocka_unit_test(targets_become_paths),
		cmocka_unit_test(visitors_are_whom_our_proxies_name),
		cmocka_unit_test(cookies_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
