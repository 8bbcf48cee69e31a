#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "web/rdap.h"
#include "web/testdoc.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* An answer of a keeper that says more than it should, to anybody: SECRET is
 * for those who may see it, NEVER for nobody. */
static const char check_text[] = "{\"exit\":0,\"addr\":\"192.0.2.25\",\"serial\":417,"
    "\"as_of\":1795385196,\"lab\":false,\"life\":\"alive\",\"zone\":\"bl.example\","
    "\"ttl\":300,\"listed\":%s,\"listings\":[{\"code\":2,\"kind\":\"entry\","
    "\"since\":1795209600,\"until\":1797886800,\"proof\":1795294800,\"proofs\":2,"
    "\"form\":\"NEVER1\",\"evidence\":\"NEVER2\"}],\"clean_by\":null,"
    "\"history\":[{\"event\":\"add\",\"at\":1795209600,\"until\":1795296000,"
    "\"code\":2,\"proofs\":1,\"serial\":398,\"reason\":\"NEVER3\"},\"NEVER4\",7],"
    "\"more\":false,\"first_seen\":1795209600,\"last_seen\":1795294800,"
    "\"last_test\":1795294740,\"test\":{\"test\":\"abc234\",\"state\":\"queued\","
    "\"place\":1,\"who\":\"NEVER5\"},\"may\":{\"retest\":true,\"why\":null,"
    "\"probe\":false,\"why_probe\":\"owner-not-proved\",\"note\":\"NEVER6\"},"
    "\"optout\":true,\"own\":false,\"role\":\"%s\",\"proved_until\":1795470000,"
    "\"verdict\":{\"verdict\":\"open\",\"provisional\":false,\"done\":3,\"total\":31,"
    "\"ports\":\"25\",\"why\":\"SECRET-why\",\"at\":1795294740,\"form\":\"SECRET-form\","
    "\"catalogue\":86,\"depth\":\"normal\",\"cause\":\"SECRET-cause\",\"cause_sure\":true,"
    "\"fix\":[\"SECRET-fix\"],\"seen_name\":\"SECRET-name\",\"run\":\"NEVER7\"},"
    "\"transcript\":\"NEVER8\",\"nominees\":[{\"who\":\"NEVER9\"}]}";

static json_t *
check_of(const char *listed, const char *role)
{
	char text[4096];
	json_t *o;

	snprintf(text, sizeof(text), check_text, listed, role);
	o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	return o;
}

static char *
said(const json_t *check, bool own)
{
	struct rdap_in in = { .addr = addr_v4(192, 0, 2, 25), .check = check,
	    .url = "https://bl.example/", .own = own };
	json_t *doc = rdap_make(&in);
	char *text = json_dumps(doc, JSON_COMPACT);

	assert_non_null(text);
	json_decref(doc);
	return text;
}

static const struct {
	const char *role, *listed;
	bool own;
	bool secret, optout, last_test;
} sides[] = {
	{ "public", "true", false, false, false, true },
	{ "public", "false", false, false, false, false },
	{ "public", "true", true, false, true, true },	/* the address itself asks */
	{ "owner", "true", true, true, true, true },
	{ "owner", "false", false, true, true, true },
	{ "csirt", "true", false, true, true, true },
	{ "csirt", "false", false, true, true, true },
	{ "operator", "true", false, true, true, true },
	/* what is no role of ours is the public */
	{ "", "true", false, false, false, true },
	{ "OWNER", "true", false, false, false, true },
	{ "owner ", "true", false, false, false, true },
	{ "ownership", "true", false, false, false, true },
};

static void
each_role_sees_its_side_of_the_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(sides); i++) {
		json_t *check = check_of(sides[i].listed, sides[i].role);
		char *text = said(check, sides[i].own);
		bool secret = strstr(text, "SECRET-why") != NULL &&
		    strstr(text, "SECRET-form") != NULL && strstr(text, "SECRET-cause") != NULL &&
		    strstr(text, "SECRET-fix") != NULL && strstr(text, "SECRET-name") != NULL &&
		    strstr(text, "\"proved_until\":\"2026-11-23T21:40:00Z\"") != NULL &&
		    strstr(text, "/v1/evidence/") != NULL;
		bool none = strstr(text, "SECRET") == NULL &&
		    strstr(text, "\"verdict\"") == NULL &&
		    strstr(text, "proved_until") == NULL &&
		    strstr(text, "/v1/evidence/") == NULL;
		bool optout = strstr(text, "\"optout\":true") != NULL &&
		    strstr(text, "\"opted out\"") != NULL;
		bool test = strstr(text, "\"last_test\":\"2026-11-21T20:59:00Z\"") != NULL &&
		    strstr(text, "last retest") != NULL;

		if (!(sides[i].secret ? secret : none) || optout != sides[i].optout ||
		    test != sides[i].last_test || strstr(text, "NEVER") != NULL)
			fail_msg("role '%s' listed %s own %d: %s", sides[i].role,
			    sides[i].listed, sides[i].own, text);
		free(text);
		json_decref(check);
	}
}

static const char whole[] = "{\"v\":1,\"objectClassName\":\"ip network\","
    "\"handle\":\"192.0.2.25\",\"startAddress\":\"192.0.2.25\","
    "\"endAddress\":\"192.0.2.25\",\"ipVersion\":\"v4\",\"lang\":\"en\","
    "\"status\":[\"listed\",\"test in progress\"],\"events\":["
    "{\"eventAction\":\"first seen\",\"eventDate\":\"2026-11-20T21:20:00Z\"},"
    "{\"eventAction\":\"last seen\",\"eventDate\":\"2026-11-21T21:00:00Z\"},"
    "{\"eventAction\":\"last retest\",\"eventDate\":\"2026-11-21T20:59:00Z\"},"
    "{\"eventAction\":\"registration\",\"eventDate\":\"2026-11-20T21:20:00Z\"},"
    "{\"eventAction\":\"expiration\",\"eventDate\":\"2026-12-21T21:00:00Z\"}],";

static void
the_shape_is_that_of_rdap(void **state)
{
	json_t *check = check_of("true", "public");
	char *text = said(check, false);

	(void)state;
	if (strncmp(text, whole, sizeof(whole) - 1) != 0)
		fail_msg("want %s\ngot  %s", whole, text);
	assert_non_null(strstr(text, "{\"rel\":\"self\",\"href\":\"https://bl.example/v1/ip/192.0.2.25\","
	    "\"type\":\"application/json\",\"value\":\"https://bl.example/v1/ip/192.0.2.25\"}"));
	assert_non_null(strstr(text, "{\"rel\":\"alternate\",\"href\":\"https://bl.example/ja/ip/192.0.2.25\","
	    "\"type\":\"text/html\",\"hreflang\":[\"ja\"],"));
	assert_non_null(strstr(text, "\"rel\":\"monitor\",\"href\":\"https://bl.example/v1/tests/abc234\""));
	assert_non_null(strstr(text, "\"dns_name\":\"25.2.0.192.bl.example\""));
	free(text);
	json_decref(check);
}

static json_t *
notices_of(const struct rdap_in *in)
{
	json_t *doc = rdap_make(in), *tags = json_array(), *notice;
	size_t i;

	json_array_foreach(json_object_get(doc, "notices"), i, notice) {
		const json_t *text = json_array_get(json_object_get(notice, "description"), 0);

		/* a sentence, not the tag for want of one */
		assert_non_null(strchr(json_string_value(text), in->lang == LANG_EN ? '.' : '\xe3'));
		json_array_append(tags, json_object_get(notice, "tag"));
	}
	json_decref(doc);
	return tags;
}

static const struct {
	const char *name, *life, *want;
	bool lab, past, away, special, more, expired;
} notes[] = {
	{ "none but the criteria", "alive", "[\"criteria\"]", false, false, false, false, false, false },
	{ "LAB", "alive", "[\"lab\",\"criteria\"]", true, false, false, false, false, false },
	{ "frozen", "frozen", "[\"frozen\",\"criteria\"]", false, false, false, false, false, false },
	{ "closing", "closing", "[\"closing\",\"criteria\"]", false, false, false, false, false, false },
	{ "empty", "empty", "[\"empty\",\"criteria\"]", false, false, false, false, false, false },
	{ "as of", "alive", "[\"as-of\",\"criteria\"]", false, true, false, false, false, false },
	{ "keeper away", "alive", "[\"history-away\",\"criteria\"]", false, false, true, false, false, false },
	{ "special use", "alive", "[\"special-use\",\"criteria\"]", false, false, false, true, false, false },
	{ "more history", "alive", "[\"more-history\",\"criteria\"]", false, false, false, false, true, false },
	{ "expired", "alive", "[\"expired\",\"criteria\"]", false, false, false, false, false, true },
	{ "all", "frozen", "[\"lab\",\"frozen\",\"expired\",\"special-use\",\"history-away\",\"as-of\",\"more-history\",\"criteria\"]",
	    true, true, true, true, true, true },
};

static void
notices_say_what_is_special(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(notes); i++)
		for (int lang = 0; lang < LANG_N; lang++) {
			json_t *check = json_pack("{ss sb sb sb ss}", "life", notes[i].life,
			    "lab", notes[i].lab, "more", notes[i].more, "listed", 0,
			    "zone", "bl.example");
			struct rdap_in in = { .addr = addr_v4(192, 0, 2, 25),
			    .check = check, .lang = (enum lang)lang, .url = "",
			    .past = notes[i].past, .away = notes[i].away,
			    .special = notes[i].special, .expired = notes[i].expired };
			json_t *got = notices_of(&in);
			char *text = json_dumps(got, JSON_COMPACT);

			if (strcmp(text, notes[i].want) != 0)
				fail_msg("%s: want %s, got %s", notes[i].name,
				    notes[i].want, text);
			free(text);
			json_decref(got);
			json_decref(check);
		}
}

static const struct {
	const char *name;
	const char *addr, *want;
	uint32_t flags;
	const char *life, *empties;
} published[] = {
	{ "listed", "192.0.2.25", "\"listed\":true,\"listings\":[{\"code\":2,\"kind\":\"entry\"}]", 0, "alive", NULL },
	{ "not listed", "192.0.2.26", "\"listed\":false,\"listings\":[]", 0, "alive", NULL },
	{ "IPv6", "2001:db8::25", "\"listed\":true,\"listings\":[{\"code\":2,\"kind\":\"entry\"}]", 0, "alive", NULL },
	{ "an exit that is published", "192.0.2.30", "\"listed\":true,\"listings\":[{\"code\":3,\"kind\":\"exit\"}]", SNAPSHOT_OUT, "alive", NULL },
	{ "a list that will end", "192.0.2.25", "\"listed\":true", 0, "closing", "1811894400" },
	{ "an exit that is not", "192.0.2.30", "\"listed\":false,\"listings\":[]", 0, "alive", NULL },
	{ "an emptied list", "192.0.2.25", "\"listed\":false,\"listings\":[]", 0, "empty", NULL },
};

static void
the_snapshot_speaks_for_the_keeper(void **state)
{
	struct snapshot_entry entries[] = {
		{ addr_v4(192, 0, 2, 25), 2, 0 }, { addr_v4(192, 0, 2, 30), 3, 0 }, { .code = 2 },
	};

	(void)state;
	assert_int_equal(addr_parse(&entries[2].addr, STR("2001:db8::25")), 0);
	for (size_t i = 0; i < N(published); i++) {
		struct snapshot_view base;
		struct snapshot s = { .base = &base };
		const char *part;
		uint8_t *octets;
		int64_t n = make_base(&octets, 42, published[i].flags, entries,
		    make_sort(entries, N(entries)));
		struct addr a;
		json_t *check;
		char head[128], *text;

		assert_true(n > 0);
		assert_int_equal(snapshot_open(&base, octets, (size_t)n, &part), 0);
		if (strcmp(published[i].life, "empty") == 0)
			base.head.life = SNAPSHOT_EMPTY;
		if (published[i].empties != NULL) {
			base.head.life = SNAPSHOT_CLOSING;
			base.head.empties = 20971;
		}
		assert_int_equal(addr_parse(&a, str_of(published[i].addr)), 0);
		check = rdap_snapshot(&s, &a);
		text = json_dumps(check, JSON_COMPACT);
		snprintf(head, sizeof(head), "{\"serial\":42,\"as_of\":1700000000,\"lab\":false,"
		    "\"life\":\"%s\",\"empties\":%s,\"zone\":\"bl.example\",\"ttl\":300,",
		    published[i].life, published[i].empties != NULL ? published[i].empties : "0");
		if (strstr(text, published[i].want) == NULL || strstr(text, head) == NULL)
			fail_msg("%s: want %s, got %s", published[i].name,
			    published[i].want, text);
		free(text);
		json_decref(check);
		free(octets);
	}
}

static const char snapshot_text[] = "{\"test\":\"%s\",\"addr\":\"192.0.2.25\","
    "\"kind\":\"retest\",\"state\":\"%s\",\"place\":null,\"made\":1795385196,"
    "\"until\":0,\"why\":null,\"verdict\":{\"verdict\":\"closed\",\"provisional\":false,"
    "\"done\":31,\"total\":31,\"at\":1795385196,\"why\":\"SECRET1\",\"form\":\"SECRET2\","
    "\"catalogue\":86,\"depth\":\"normal\",\"cause\":\"SECRET7\",\"fix\":[\"SECRET8\"]},"
    "\"listed\":false,\"removed\":true,\"role\":\"public\",\"mine\":true,"
    "\"form\":\"SECRET3\",\"forms_done\":7,\"forms_total\":31,\"class\":\"SECRET4\","
    "\"steps\":[{\"form\":\"SECRET5\",\"said\":\"SECRET6\",\"at\":1795385196,"
    "\"variant\":2,\"host\":\"SECRET9\","
    "\"token\":\"NEVER1\"}],\"transcript\":\"NEVER2\"}";

static void
tests_have_two_sides_too(void **state)
{
	(void)state;
	for (int may = 0; may < 2; may++) {
		char text[2048], *got;
		json_t *snapshot, *doc;

		snprintf(text, sizeof(text), snapshot_text, "abc234", "done");
		snapshot = json_loads(text, 0, NULL);
		doc = testdoc_make(snapshot, may, "https://bl.example/");
		got = json_dumps(doc, JSON_COMPACT);
		assert_null(strstr(got, "NEVER"));
		for (int i = 1; i <= 9; i++) {
			char secret[16];

			snprintf(secret, sizeof(secret), "SECRET%d", i);
			if ((strstr(got, secret) != NULL) != (may == 1))
				fail_msg("%s for %s: %s", secret, may ? "owner" : "public", got);
		}
		assert_non_null(strstr(got, "\"catalogue\":86,\"depth\":\"normal\""));
		assert_int_equal(strstr(got, "forms_done") != NULL, may);
		assert_non_null(strstr(got, "\"made\":\"2026-11-22T22:06:36Z\",\"until\":null,"));
		assert_non_null(strstr(got, "\"href\":\"https://bl.example/v1/tests/abc234/events\""));
		free(got);
		json_decref(doc);
		json_decref(snapshot);
	}
}

static void
a_ticket_cannot_break_out_of_a_field(void **state)
{
	static const struct { const char *ticket; bool good; } tickets[] = {
		{ "abc234", true }, { "ABC", false }, { "a/b", false }, { "", false },
		{ "a b", false }, { "a.b", false },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false },
	};

	(void)state;
	for (size_t i = 0; i < N(tickets); i++) {
		json_t *o = json_pack("{ss ss}", "test", tickets[i].ticket, "state", "queued");
		json_t *doc = testdoc_make(o, true, "");

		if ((testdoc_ticket(o) != NULL) != tickets[i].good ||
		    (doc != NULL) != tickets[i].good)
			fail_msg("%s", tickets[i].ticket);
		json_decref(doc);
		json_decref(o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_role_sees_its_side_of_the_line),
		cmocka_unit_test(the_shape_is_that_of_rdap),
		cmocka_unit_test(notices_say_what_is_special),
		cmocka_unit_test(the_snapshot_speaks_for_the_keeper),
		cmocka_unit_test(tests_have_two_sides_too),
		cmocka_unit_test(a_ticket_cannot_break_out_of_a_field),
	};

	return cmocka_run_group_tests_name("web/rdap", tests, NULL, NULL);
}
