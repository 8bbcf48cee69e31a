/* web/route.c with tables, header fields and answers of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "web/web.h"

#define ROW(name) \
	static void name(struct web *w, struct http_request *r, const struct route_words *words) \
	{ took(w, r, words, #name); }

static struct {
	const char		*row;		/* that took it, or the tag of a refusal */
	struct route_words	 words;
	unsigned		 code;
	char			 allow[80];
	bool			 api;
} got;

static const char *fields[8];	/* name, value, ..., NULL */

struct str
http_header(const struct http_request *r, const char *name)
{
	(void)r;
	for (size_t i = 0; fields[i] != NULL; i += 2)
		if (str_ieq(str_of(fields[i]), str_of(name)))
			return str_of(fields[i + 1]);
	return (struct str){ 0 };
}

static void
keep_allow(const struct http_answer *a)
{
	got.code = a->code;
	for (size_t i = 0; i < a->n_fields; i++)
		if (strcmp(a->fields[i].name, "Allow") == 0)
			snprintf(got.allow, sizeof(got.allow), "%s", a->fields[i].value);
}

void
http_answer(struct http_request *r, const struct http_answer *a)
{
	(void)r;
	keep_allow(a);
}

void
http_field(struct http_answer *a, const char *name, const char *value)
{
	a->fields[a->n_fields++] = (struct http_field){ name, value };
}

void
page_refuse(struct web *w, struct http_request *r, enum lang lang,
    struct http_answer *a, const char *tag)
{
	(void)w;
	(void)r;
	got.row = tag;
	got.words.lang = lang;
	keep_allow(a);
}

void
api_refuse(struct web *w, struct http_request *r, enum lang lang,
    struct http_answer *a, const char *tag)
{
	page_refuse(w, r, lang, a, tag);
	got.api = true;
}

static void
took(struct web *w, struct http_request *r, const struct route_words *words, const char *row)
{
	(void)w;
	(void)r;
	got.row = row;
	got.words = *words;
	got.code = 200;
}

ROW(root)
ROW(home)
ROW(check)
ROW(check_post)
ROW(digest)
ROW(about)
ROW(api_ip)
ROW(api_test)
ROW(api_cancel)
ROW(metrics)

const struct route page_routes[] = {
	{ HTTP_GET, "/", root },
	{ HTTP_GET, "/{lang}/", home },
	{ HTTP_GET, "/{lang}/ip/{addr}", check },
	{ HTTP_POST, "/{lang}/ip/{addr}", check_post },
	{ HTTP_GET, "/{lang}/ip/{addr}/evidence/{digest}", digest },
	{ HTTP_GET, "/{lang}/about", about },
	{ 0, NULL, NULL },
};

const struct route api_routes[] = {
	{ HTTP_GET, "/v1/ip/{addr}", api_ip },
	{ HTTP_GET, "/v1/tests/{id}", api_test },
	{ HTTP_PATCH, "/v1/tests/{id}", api_cancel },
	{ HTTP_GET, "/metrics", metrics },
	{ 0, NULL, NULL },
};

static void
ask(enum http_method method, const char *path, const char *url)
{
	struct conf conf = { .url = (char *)(uintptr_t)url };
	struct web w = { .conf = &conf };
	struct http_request r = { .method = method, .path = str_of(path) };

	memset(&got, 0, sizeof(got));
	route_request(&w, &r);
}

#define A64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	enum http_method	 method;
	const char		*path;
	unsigned		 code;
	const char		*row;
	const char		*word;	/* language, address or id */
} paths[] = {
	{ HTTP_GET, "/", 200, "root", "" },
	{ HTTP_HEAD_ONLY, "/", 200, "root", "" },
	{ HTTP_GET, "/ja/", 200, "home", "ja" },
	{ HTTP_GET, "/ja", 200, "home", "ja" },
	{ HTTP_GET, "/en/", 200, "home", "en" },
	{ HTTP_GET, "/JA/", 404, "no-such-page", "" },
	{ HTTP_GET, "/fr/", 404, "no-such-page", "" },
	{ HTTP_GET, "/ja/about", 200, "about", "ja" },
	{ HTTP_GET, "/ja/about/", 200, "about", "ja" },
	{ HTTP_GET, "/ja/about/x", 404, "no-such-page", "" },
	{ HTTP_GET, "/ja/ip/192.0.2.25", 200, "check", "192.0.2.25" },
	{ HTTP_GET, "/ja/ip/2001:DB8:0::25", 200, "check", "2001:db8::25" },
	{ HTTP_GET, "/ja/ip/::ffff:192.0.2.25", 200, "check", "192.0.2.25" },
	{ HTTP_GET, "/ja/ip/192.0.2.025", 404, "no-such-page", "" },
	{ HTTP_GET, "/ja/ip/192.0.2.25 ", 404, "no-such-page", "" },
	{ HTTP_GET, "/ja/ip/mx.example", 404, "no-such-page", "" },
	{ HTTP_GET, "/ja/ip/192.0.2.25/evidence/" A64, 200, "digest", A64 },
	{ HTTP_GET, "/ja/ip/192.0.2.25/evidence/" A64 "0", 404, "no-such-page", "" },
	{ HTTP_POST, "/ja/ip/192.0.2.25", 200, "check_post", "192.0.2.25" },
	{ HTTP_DELETE, "/ja/ip/192.0.2.25", 405, "wrong-method", "" },
	{ HTTP_POST, "/ja/about", 405, "wrong-method", "" },
	{ HTTP_OTHER, "/ja/about", 405, "wrong-method", "" },
	{ HTTP_OTHER, "/nowhere", 404, "no-such-page", "" },
	{ HTTP_OPTIONS, "/nowhere", 404, "no-such-page", "" },
	{ HTTP_GET, "/v1/tests/abc234", 200, "api_test", "abc234" },
	{ HTTP_GET, "/v1/tests/ABC234", 404, "no-such-page", "" },
	{ HTTP_GET, "/v1/tests/a-b", 404, "no-such-page", "" },
	{ HTTP_GET, "/v1/tests/a\xe3\x81\x82", 404, "no-such-page", "" },
	{ HTTP_PATCH, "/v1/tests/abc234", 200, "api_cancel", "abc234" },
	{ HTTP_GET, "/v1/ip/192.0.2.25", 200, "api_ip", "192.0.2.25" },
	{ HTTP_POST, "/metrics", 405, "wrong-method", "" },
	{ HTTP_GET, "/a/b/c/d/e/f/g/h", 404, "no-such-page", "" },
	{ HTTP_GET, "/ja/b/c/d/e/f/g/h/i/j/k", 404, "no-such-page", "" },
	{ HTTP_GET, "/{lang}/about", 404, "no-such-page", "" },
};

static bool
word_fits(const char *want)
{
	char addr[ADDR_TEXT];

	addr_text(addr, &got.words.addr);
	return *want == '\0' || strcmp(want, addr) == 0 ||
	    str_eq(got.words.id, str_of(want)) ||
	    strcmp(want, lang_names[got.words.lang]) == 0;
}

static void
paths_find_their_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ask(paths[i].method, paths[i].path, "https://bl.example/");
		if (got.code != paths[i].code || got.row == NULL ||
		    strcmp(got.row, paths[i].row) != 0 || !word_fits(paths[i].word))
			fail_msg("%d %s: got %u %s", paths[i].method, paths[i].path,
			    got.code, got.row == NULL ? "nothing" : got.row);
	}
}

static void
the_api_refuses_in_its_own_words(void **state)
{
	(void)state;
	ask(HTTP_GET, "/v1/nothing", "");
	assert_true(got.api);
	ask(HTTP_POST, "/metrics", "");
	assert_true(got.api);
	ask(HTTP_GET, "/ja/nothing", "");
	assert_false(got.api);
}

static void
methods_are_named(void **state)
{
	(void)state;
	ask(HTTP_DELETE, "/ja/ip/192.0.2.25", "");
	assert_string_equal(got.allow, "GET, HEAD, POST, OPTIONS");
	ask(HTTP_OPTIONS, "/v1/tests/abc", "");
	assert_int_equal(got.code, 204);
	assert_string_equal(got.allow, "GET, HEAD, PATCH, OPTIONS");
}

static void
the_language_of_a_path_wins(void **state)
{
	(void)state;
	fields[0] = "Accept-Language";
	fields[1] = "ja";
	fields[2] = NULL;
	ask(HTTP_GET, "/", "");
	assert_int_equal(got.words.lang, LANG_JA);
	ask(HTTP_GET, "/en/about", "");
	assert_int_equal(got.words.lang, LANG_EN);
	ask(HTTP_GET, "/nowhere", "");
	assert_int_equal(got.words.lang, LANG_JA);
	fields[0] = NULL;
}

static const struct { const char *name, *url; const char *with[8]; unsigned code; } posts[] = {
	{ "no browser", "https://bl.example/", { NULL }, 200 },
	{ "our own form", "https://bl.example/", { "Origin", "https://bl.example", "Sec-Fetch-Site", "same-origin" }, 200 },
	{ "our own form below a path", "https://bl.example/list/", { "Origin", "https://bl.example" }, 200 },
	{ "in capitals", "https://BL.example", { "Origin", "https://bl.example" }, 200 },
	{ "with a port", "https://bl.example:8443/", { "Origin", "https://bl.example:8443" }, 200 },
	{ "without Origin, by Sec-Fetch-Site", "https://bl.example/", { "Sec-Fetch-Site", "same-origin" }, 200 },
	{ "typed in", "https://bl.example/", { "Sec-Fetch-Site", "none" }, 200 },
	{ "another site", "https://bl.example/", { "Origin", "https://evil.example" }, 403 },
	{ "another site that says so", "https://bl.example/", { "Sec-Fetch-Site", "cross-site" }, 403 },
	{ "a neighbour", "https://bl.example/", { "Sec-Fetch-Site", "same-site" }, 403 },
	{ "another scheme", "https://bl.example/", { "Origin", "http://bl.example" }, 403 },
	{ "another port", "https://bl.example/", { "Origin", "https://bl.example:8443" }, 403 },
	{ "a name that begins alike", "https://bl.example/", { "Origin", "https://bl.example.evil.example" }, 403 },
	{ "a name that ends alike", "https://bl.example/", { "Origin", "https://xbl.example" }, 403 },
	{ "a sandboxed page", "https://bl.example/", { "Origin", "null", "Sec-Fetch-Site", "same-origin" }, 403 },
	{ "an empty Origin", "https://bl.example/", { "Origin", "" }, 403 },
	{ "by address", "https://bl.example/", { "Origin", "http://127.0.0.1:8025", "Host", "127.0.0.1:8025" }, 200 },
	{ "by IPv6 address", "https://bl.example/", { "Origin", "http://[::1]:8025", "Host", "[::1]:8025" }, 200 },
	{ "as localhost", "https://bl.example/", { "Origin", "http://localhost:8025", "Host", "localhost:8025" }, 200 },
	{ "from elsewhere to an address", "https://bl.example/", { "Origin", "http://evil.example", "Host", "127.0.0.1:8025" }, 403 },
	{ "a name made to lead here", "https://bl.example/", { "Origin", "http://evil.example", "Host", "evil.example", "Sec-Fetch-Site", "same-origin" }, 403 },
	{ "an address with a tail", "https://bl.example/", { "Origin", "http://127.0.0.1.evil.example", "Host", "127.0.0.1.evil.example" }, 403 },
	{ "no web.url", "", { "Origin", "https://evil.example" }, 403 },
	{ "no web.url and an empty Origin", "", { "Origin", "" }, 403 },
};

static void
only_our_own_pages_may_post(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(posts) / sizeof(posts[0]); i++) {
		memcpy(fields, posts[i].with, sizeof(fields));
		ask(HTTP_POST, "/ja/ip/192.0.2.25", posts[i].url);
		if (got.code != posts[i].code)
			fail_msg("%s: got %u", posts[i].name, got.code);
		ask(HTTP_PATCH, "/v1/tests/abc", posts[i].url);
		assert_int_equal(got.code, posts[i].code);
		ask(HTTP_GET, "/ja/ip/192.0.2.25", posts[i].url);
		assert_int_equal(got.code, 200);
	}
	fields[0] = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_find_their_rows),
		cmocka_unit_test(the_api_refuses_in_its_own_words),
		cmocka_unit_test(methods_are_named),
		cmocka_unit_test(the_language_of_a_path_wins),
		cmocka_unit_test(only_our_own_pages_may_post),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
