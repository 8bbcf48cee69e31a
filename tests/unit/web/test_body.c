#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "web/body.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct body_row rows[] = {
	{ "addr", BODY_ADDR, true, 0, NULL },
	{ "kind", BODY_WORD, false, 0, "retest probe" },
	{ "port", BODY_INT, false, 65535, NULL },
	{ "note", BODY_TEXT, false, 8, NULL },
	{ 0 },
};

#define A "\"addr\":\"192.0.2.25\""

/* want: the members as they go on, or the tag and the names it is about */
static const struct { const char *name, *in; int err; const char *want; } cases[] = {
	{ "an address alone", "{" A "}", 0, "{" A "}" },
	{ "all of them", "{" A ",\"kind\":\"probe\",\"port\":587,\"note\":\"fixed\"}", 0,
	    "{" A ",\"kind\":\"probe\",\"port\":587,\"note\":\"fixed\"}" },
	{ "any spelling of an address", "{\"addr\":\"2001:DB8:0:0::0025\"}", 0, "{\"addr\":\"2001:db8::25\"}" },
	{ "a mapped address is the IPv4 one", "{\"addr\":\"::ffff:192.0.2.25\"}", 0, "{" A "}" },
	{ "Japanese in a note", "{" A ",\"note\":\"直した\"}", SEK_EPARSE, "bad-member note" },
	{ "octets count", "{" A ",\"note\":\"直し\"}", 0, "{" A ",\"note\":\"直し\"}" },
	{ "white space around", " \n{ " A " }\r\n", 0, "{" A "}" },
	{ "one unknown", "{" A ",\"adress\":1}", SEK_EPARSE, "unknown-member adress" },
	{ "two unknown", "{" A ",\"b\":1,\"a\":2}", SEK_EPARSE, "unknown-member b a" },
	{ "unknown is told before missing", "{\"address\":\"192.0.2.25\"}", SEK_EPARSE, "unknown-member address" },
	{ "case counts", "{\"Addr\":\"192.0.2.25\"}", SEK_EPARSE, "unknown-member Addr" },
	{ "a prefix of a name is none", "{" A ",\"kin\":\"probe\"}", SEK_EPARSE, "unknown-member kin" },
	{ "a name goes on", "{" A ",\"kinds\":\"probe\"}", SEK_EPARSE, "unknown-member kinds" },
	{ "missing", "{\"kind\":\"probe\"}", SEK_EPARSE, "missing-member addr" },
	{ "empty object", "{}", SEK_EPARSE, "missing-member addr" },
	{ "null is no address", "{\"addr\":null}", SEK_EPARSE, "bad-member addr" },
	{ "a name is no address", "{\"addr\":\"mx.example\"}", SEK_EPARSE, "bad-member addr" },
	{ "a prefix is no address", "{\"addr\":\"192.0.2.0/24\"}", SEK_EPARSE, "bad-member addr" },
	{ "a list is no address", "{\"addr\":[\"192.0.2.25\"]}", SEK_EPARSE, "bad-member addr" },
	{ "no such word", "{" A ",\"kind\":\"prob\"}", SEK_EPARSE, "bad-member kind" },
	{ "two words", "{" A ",\"kind\":\"retest probe\"}", SEK_EPARSE, "bad-member kind" },
	{ "an empty word", "{" A ",\"kind\":\"\"}", SEK_EPARSE, "bad-member kind" },
	{ "two bad ones", "{" A ",\"kind\":1,\"port\":\"25\"}", SEK_EPARSE, "bad-member kind port" },
	{ "port 0", "{" A ",\"port\":0}", SEK_EPARSE, "bad-member port" },
	{ "port 1", "{" A ",\"port\":1}", 0, "{" A ",\"port\":1}" },
	{ "port 65535", "{" A ",\"port\":65535}", 0, "{" A ",\"port\":65535}" },
	{ "port 65536", "{" A ",\"port\":65536}", SEK_EPARSE, "bad-member port" },
	{ "a port with a fraction", "{" A ",\"port\":25.0}", SEK_EPARSE, "bad-member port" },
	{ "a number past 64 bits", "{" A ",\"port\":99999999999999999999}", SEK_EPARSE, "bad-json" },
	{ "a note of 9 octets", "{" A ",\"note\":\"123456789\"}", SEK_EPARSE, "bad-member note" },
	{ "a member twice", "{" A "," A "}", SEK_EPARSE, "bad-json" },
	{ "a list", "[" A "]", SEK_EPARSE, "bad-json" },
	{ "a list of an object", "[{" A "}]", SEK_EPARSE, "bad-json" },
	{ "a text", A, SEK_EPARSE, "bad-json" },
	{ "half an object", "{" A, SEK_EPARSE, "bad-json" },
	{ "more behind it", "{" A "}x", SEK_EPARSE, "bad-json" },
	{ "a NUL inside", "{\"addr\":\"192.0.2.25\\u0000\"}", SEK_EPARSE, "bad-json" },
	{ "not UTF-8", "{" A ",\"note\":\"\xff\"}", SEK_EPARSE, "bad-json" },
	{ "nothing", "", SEK_EPARSE, "bad-json" },
};

static void
said(char *out, size_t cap, const struct body_why *why)
{
	struct wbuf w = wbuf_of(out, cap - 1);

	wbuf_str(&w, why->tag);
	for (size_t i = 0; i < json_array_size(why->names); i++) {
		wbuf_str(&w, " ");
		wbuf_str(&w, json_string_value(json_array_get(why->names, i)));
	}
	out[w.len] = '\0';
}

static void
bodies_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct body_why why;
		char got[512];
		json_t *out;
		int err = body_read(&out, rows, str_of(cases[i].in), &why);

		if (err == 0) {
			got[json_dumpb(out, got, sizeof(got) - 1, JSON_COMPACT)] = '\0';
			json_decref(out);
		} else {
			said(got, sizeof(got), &why);
		}
		json_decref(why.names);
		if (err != cases[i].err || strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s: want %d %s, got %d %s", cases[i].name,
			    cases[i].in, cases[i].err, cases[i].want, err, got);
	}
}

static void
json_is_known_by_its_type(void **state)
{
	static const struct { const char *in; bool want; } types[] = {
		{ "application/json", true },
		{ "Application/JSON; charset=utf-8", true },
		{ " application/json ;x", true },
		{ "application/json-patch+json", false },
		{ "application/x-www-form-urlencoded", false },
		{ "text/plain", false },
		{ "text/plain; application/json", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < N(types); i++)
		if (body_is_json(str_of(types[i].in)) != types[i].want)
			fail_msg("%s: want %d", types[i].in, types[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_read),
		cmocka_unit_test(json_is_known_by_its_type),
	};

	return cmocka_run_group_tests_name("web/body", tests, NULL, NULL);
}
