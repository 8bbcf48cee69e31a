#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_http.h"
#include "web/problem.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static char url[] = "https://bl.example/";
static struct conf conf = { .url = url };
static const struct web web = { .conf = &conf };

static void
every_tag_has_its_sentence_in_both_languages(void **state)
{
	(void)state;
	for (const struct problem_row *row = problem_rows; row->tag != NULL; row++)
		for (int lang = 0; lang < LANG_N; lang++) {
			char name[64];

			snprintf(name, sizeof(name), "error.%s", row->tag);
			if (text_of(name, (enum lang)lang) == NULL)
				fail_msg("%s has no text (%s)", name, lang_names[lang]);
		}
}

static const struct {
	const char *name, *language;
	struct problem p;
	unsigned code;
	const char *fields, *body;
} cases[] = {
	{ "a plain one", NULL, { .tag = "not-listed" }, 409,
	    "Content-Language: en\nVary: Accept-Language, Authorization, Cookie\n",
	    "{\"v\":1,\"type\":\"https://bl.example/v1/openapi.json#/x-problems/not-listed\","
	    "\"title\":\"Conflict\",\"status\":409,\"detail\":\"The address is not listed, so there is nothing to test again.\"," },
	{ "in Japanese", "ja, en;q=0.5", { .tag = "not-listed" }, 409,
	    "Content-Language: ja\nVary: Accept-Language, Authorization, Cookie\n",
	    "{\"v\":1,\"type\":\"https://bl.example/v1/openapi.json#/x-problems/not-listed\","
	    "\"title\":\"Conflict\",\"status\":409,\"detail\":\"このアドレスは登録されていないため" },
	{ "with a time to wait, ours", NULL, { .tag = "unavailable" }, 503, "Retry-After: 10\nContent-Language: en\n", "{" },
	{ "with a time to wait, the keeper's", NULL, { .tag = "asker-limit", .retry_s = 4711 }, 429,
	    "Retry-After: 4711\nContent-Language: en\n", "{" },
	{ "no more than a day", NULL, { .tag = "asker-limit", .retry_s = INT64_MAX }, 429,
	    "Retry-After: 86400\nContent-Language: en\n", "{" },
	{ "less than nothing is nothing", NULL, { .tag = "not-listed", .retry_s = -5 }, 409, "Content-Language: en\n", "{" },
	{ "a key that is worth nothing", NULL, { .tag = "bad-key" }, 401,
	    "WWW-Authenticate: Bearer error=\"invalid_token\"\n", "{" },
	{ "methods that are allowed", NULL, { .tag = "wrong-method", .allow = "GET, HEAD, OPTIONS" }, 405,
	    "Allow: GET, HEAD, OPTIONS\n", "{" },
	{ "what is accepted", NULL, { .tag = "not-json" }, 415, "Accept-Post: application/json\n", "{" },
	{ "a tag that is none", NULL, { .tag = "no-such-tag\r\nX: y" }, 500, "Content-Language: en\n",
	    "{\"v\":1,\"type\":\"https://bl.example/v1/openapi.json#/x-problems/internal\"," },
	{ "no tag", NULL, { .tag = NULL }, 500, "Content-Language: en\n", "{" },
};

static void
problems_are_answered(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		static struct fake f;

		f = (struct fake){ .in = { { cases[i].language == NULL ? NULL :
		    "Accept-Language", cases[i].language } } };
		problem_answer(&web, &f.r, &cases[i].p);
		if (f.code != cases[i].code ||
		    strcmp(f.type, "application/problem+json") != 0 ||
		    strncmp(f.fields, cases[i].fields, strlen(cases[i].fields)) != 0 ||
		    strncmp(f.body, cases[i].body, strlen(cases[i].body)) != 0)
			fail_msg("%s: want %u\n%s%s\ngot %u %s\n%s%s", cases[i].name,
			    cases[i].code, cases[i].fields, cases[i].body,
			    f.code, f.type, f.fields, f.body);
	}
}

static const struct { const char *name, *answer; unsigned code; const char *tag; int retry; } keeper[] = {
	{ "the keeper is away", NULL, 503, "unavailable", 10 },
	{ "a tag of the table", "{\"exit\":77,\"error\":\"opted-out\",\"text\":\"x\"}", 403, "opted-out", 0 },
	{ "a limit with its time", "{\"exit\":75,\"error\":\"day-limit\",\"retry_after\":90}", 503, "day-limit", 90 },
	{ "a limit without", "{\"exit\":75,\"error\":\"day-limit\"}", 503, "day-limit", 3600 },
	{ "a tag that nobody knows here", "{\"exit\":64,\"error\":\"bad-request\"}", 500, "internal", 0 },
	{ "no tag", "{\"exit\":70}", 500, "internal", 0 },
	{ "no text", "{\"exit\":70,\"error\":7}", 500, "internal", 0 },
};

static void
what_the_keeper_refuses_is_a_problem(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(keeper); i++) {
		static struct fake f;
		json_t *answer = keeper[i].answer == NULL ? NULL :
		    json_loads(keeper[i].answer, 0, NULL), *doc;

		f = (struct fake){ 0 };
		problem_keeper(&web, &f.r, answer);
		doc = json_loads(f.body, 0, NULL);
		if (f.code != keeper[i].code ||
		    strcmp(json_string_value(json_object_get(doc, "tag")), keeper[i].tag) != 0 ||
		    json_integer_value(json_object_get(doc, "status")) != keeper[i].code ||
		    json_integer_value(json_object_get(doc, "retry_after")) != keeper[i].retry)
			fail_msg("%s: got %u %s", keeper[i].name, f.code, f.body);
		json_decref(doc);
		json_decref(answer);
	}
}

static void
names_and_a_list_without_an_url(void **state)
{
	json_t *names = json_pack("[ss]", "adress", "\"><script>");
	json_t *doc = problem_json(&(struct problem){ .tag = "unknown-member",
	    .names = names }, LANG_EN, "");
	char *text = json_dumps(doc, JSON_COMPACT);

	(void)state;
	assert_non_null(strstr(text, "\"names\":[\"adress\",\"\\\"><script>\"]"));
	assert_non_null(strstr(text, "\"type\":\"/v1/openapi.json#/x-problems/unknown-member\""));
	free(text);
	json_decref(doc);
	json_decref(names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tag_has_its_sentence_in_both_languages),
		cmocka_unit_test(problems_are_answered),
		cmocka_unit_test(what_the_keeper_refuses_is_a_problem),
		cmocka_unit_test(names_and_a_list_without_an_url),
	};

	return cmocka_run_group_tests_name("web/problem", tests, NULL, NULL);
}
