#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_http.h"
#include "desk_rig.h"
#include "web/problem.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define GRANT "owner_00000000000000000000ffffc0000219"
#define AWAY NULL	/* instead of a request: there is no keeper */

enum { EXCHANGES = 3, LINES = 6 };

/* One request to us, what is to go to the keeper for it and what that one says
 * (events, the end last; NULL: nothing ever), and what we answer. */
static const struct api_case {
	const char		*name;
	enum http_method	 method;
	const char		*target;	/* path and query */
	struct http_field	 in[3];
	const char		*cookie;	/* value of GRANT */
	const char		*body;
	bool			 away, unpublished;
	struct {
		const char	*want;
		const char	*says[LINES];
	} keeper[EXCHANGES];
	unsigned		 code;
	const char		*fields;	/* among them, in this order */
	const char		*has, *has2;	/* in the body */
	const char		*hasnt;
} cases[] = {
#include "api_cases.h"
};

static void
split(struct fake *f, const char *target)
{
	struct str path = str_of(target), query = path;

	path = str_cut(&query, '?');
	f->r.path = path;
	f->r.query = query;
}

static void
fill(struct fake *f, const struct api_case *c)
{
	f->r = (struct http_request){ .method = c->method, .body = str_of(c->body),
	    .client = addr_v4(192, 0, 2, 9), .arena = arena_new(HTTP_ARENA) };
	split(f, c->target);
	for (size_t i = 0; i < N(c->in); i++)
		f->in[i] = c->in[i];
	if (c->cookie != NULL) {
		f->cookies[0].name = GRANT;
		f->cookies[0].value = c->cookie;
	}
}

static void
talk(struct rig *r, const struct api_case *c)
{
	char text[4096];

	for (size_t i = 0; i < EXCHANGES && c->keeper[i].want != NULL; i++) {
		if (!rig_asked(r, text, sizeof(text)))
			fail_msg("%s: want request %s, got none", c->name, c->keeper[i].want);
		if (strcmp(text, c->keeper[i].want) != 0)
			fail_msg("%s: want request\n%s, got\n%s", c->name,
			    c->keeper[i].want, text);
		for (size_t k = 0; k < LINES && c->keeper[i].says[k] != NULL; k++)
			rig_say(r, c->keeper[i].says[k],
			    k + 1 == LINES || c->keeper[i].says[k + 1] == NULL);
	}
	rig_pass(r, 9000);
	if (rig_asked(r, text, sizeof(text)))
		fail_msg("%s: one request too many: %s", c->name, text);
}

static bool
in_order(const char *text, const char *lines)
{
	struct str left = str_of(lines), all = str_of(text);

	while (left.n > 0) {
		struct str line = str_cut(&left, '\n');
		ptrdiff_t at = str_search(all, line);

		if (at < 0)
			return false;
		all.p += at;
		all.n -= (size_t)at;
	}
	return true;
}

static void
judge(const struct api_case *c, const struct fake *f)
{
	if (f->code == c->code && (c->fields == NULL || in_order(f->fields, c->fields)) &&
	    (c->has == NULL || strstr(f->body, c->has) != NULL) &&
	    (c->has2 == NULL || strstr(f->body, c->has2) != NULL) &&
	    (c->hasnt == NULL || strstr(f->body, c->hasnt) == NULL))
		return;
	fail_msg("%s: %s\nwant %u %s\n%s\n%s\nnot %s\ngot %u %s\n%s", c->name, c->target,
	    c->code, c->fields == NULL ? "" : c->fields, c->has == NULL ? "" : c->has,
	    c->has2 == NULL ? "" : c->has2, c->hasnt == NULL ? "" : c->hasnt,
	    f->code, f->fields, f->body);
}

static void
run_case(const struct api_case *c, struct fake *f)
{
	struct rig r;

	*f = (struct fake){ 0 };
	rig_open(&r, !c->away);
	if (!c->unpublished)
		rig_publish(&r);
	fill(f, c);
	route_request(&r.web, &f->r);
	rig_run(&r);
	talk(&r, c);
	judge(c, f);
	arena_free(f->r.arena);
	rig_close(&r);
}

static void
requests_are_answered(void **state)
{
	static struct fake f;

	(void)state;
	for (size_t i = 0; i < N(cases); i++)
		run_case(&cases[i], &f);
}

/* Every row of the table of problems that the keeper can cause, by each way to
 * ask it. */
static void
every_refusal_of_the_keeper_is_its_problem(void **state)
{
	static const struct { enum http_method method; const char *target, *body; } ways[] = {
		{ HTTP_GET, "/v1/ip/192.0.2.25", "" },
		{ HTTP_POST, "/v1/tests", "{\"addr\":\"192.0.2.25\"}" },
		{ HTTP_GET, "/v1/tests/abc", "" },
		{ HTTP_PATCH, "/v1/tests/abc", "{\"state\":\"cancelled\"}" },
		{ HTTP_GET, "/v1/tests/abc/events", "" },
		{ HTTP_GET, "/v1/evidence/192.0.2.25", "" },
		{ HTTP_GET, "/v1/evidence/192.0.2.25/aa", "" },
	};
	static struct fake f;

	(void)state;
	for (const struct problem_row *row = problem_rows; row->tag != NULL; row++)
		for (size_t i = 0; i < N(ways); i++) {
			char refusal[128], text[1024], tag[64];
			struct rig r;

			rig_open(&r, true);
			f = (struct fake){ .in = { { "Content-Type", "application/json" } } };
			f.r = (struct http_request){ .method = ways[i].method,
			    .body = str_of(ways[i].body), .client = addr_v4(192, 0, 2, 9),
			    .arena = arena_new(HTTP_ARENA) };
			split(&f, ways[i].target);
			route_request(&r.web, &f.r);
			rig_run(&r);
			assert_true(rig_asked(&r, text, sizeof(text)));
			snprintf(refusal, sizeof(refusal), "{\"exit\":77,\"error\":\"%s\"}", row->tag);
			rig_say(&r, refusal, true);
			snprintf(tag, sizeof(tag), "\"tag\":\"%s\"", row->tag);
			if (f.code != row->status || strstr(f.body, tag) == NULL ||
			    strcmp(f.type, "application/problem+json") != 0)
				fail_msg("%s %s: got %u %s", ways[i].target, row->tag, f.code, f.body);
			arena_free(f.r.arena);
			rig_close(&r);
		}
}

static void
get_ip(struct rig *r, struct fake *f, const char *tag, const char *check)
{
	char text[1024];

	*f = (struct fake){ .in = { { tag == NULL ? NULL : "If-None-Match", tag } } };
	f->r = (struct http_request){ .method = HTTP_GET, .path = STR("/v1/ip/192.0.2.25"),
	    .client = addr_v4(192, 0, 2, 9), .arena = arena_new(HTTP_ARENA) };
	route_request(&r->web, &f->r);
	rig_run(r);
	assert_true(rig_asked(r, text, sizeof(text)));
	rig_say(r, check, true);
	arena_free(f->r.arena);
}

#define CHECK(at, listed, role) "{\"exit\":0,\"serial\":42,\"as_of\":" at ",\"listed\":" listed \
	",\"role\":\"" role "\",\"zone\":\"bl.example\"}"

static void
tags_name_what_is_said_and_not_the_moment(void **state)
{
	static struct fake f;
	char tag[64], list[128];
	struct rig r;

	(void)state;
	rig_open(&r, true);
	get_ip(&r, &f, NULL, CHECK("1795385196", "true", "public"));
	assert_int_equal(f.code, 200);
	assert_int_equal(sscanf(f.fields, "ETag: %63[^\n]", tag), 1);
	assert_non_null(strstr(f.fields, "Cache-Control: max-age=0, must-revalidate\n"));
	assert_int_equal(strncmp(tag, "W/\"42-", 6), 0);
	/* a second later */
	get_ip(&r, &f, tag, CHECK("1795385197", "true", "public"));
	assert_int_equal(f.code, 304);
	assert_int_equal(f.len, 0);
	assert_non_null(strstr(f.fields, tag));
	assert_non_null(strstr(f.fields, "Vary: Accept-Language"));
	/* among others, and without the W/ */
	snprintf(list, sizeof(list), "\"x\", %s", tag + 2);
	get_ip(&r, &f, list, CHECK("1795385197", "true", "public"));
	assert_int_equal(f.code, 304);
	get_ip(&r, &f, "*", CHECK("1795385197", "true", "public"));
	assert_int_equal(f.code, 304);
	/* another one, or something else to say */
	get_ip(&r, &f, "W/\"42-0000000000000000\"", CHECK("1795385197", "true", "public"));
	assert_int_equal(f.code, 200);
	get_ip(&r, &f, tag, CHECK("1795385197", "false", "public"));
	assert_int_equal(f.code, 200);
	/* what is private is kept by nobody */
	get_ip(&r, &f, "*", CHECK("1795385197", "true", "owner"));
	assert_int_equal(f.code, 200);
	assert_null(strstr(f.fields, "ETag"));
	assert_null(strstr(f.fields, "Cache-Control"));	/* http adds no-store */
	rig_close(&r);
}

/* n events of 14 KiB each: is anything cut? */
static bool
is_cut(int n)
{
	static char event[15000];
	static struct fake f;
	char text[1024];
	struct rig r;
	int head = snprintf(event, sizeof(event), "{\"event\":\"transcript\","
	    "\"session\":1,\"part\":1,\"text\":\"%014000d\"}", 0);

	assert_in_range(head, 14000, sizeof(event) - 1);
	rig_open(&r, true);
	f = (struct fake){ 0 };
	f.r = (struct http_request){ .method = HTTP_GET, .arena = arena_new(HTTP_ARENA),
	    .path = STR("/v1/evidence/192.0.2.25"), .client = addr_v4(192, 0, 2, 9) };
	route_request(&r.web, &f.r);
	rig_run(&r);
	assert_true(rig_asked(&r, text, sizeof(text)));
	for (int i = 0; i < n; i++)
		rig_say(&r, event, false);
	rig_say(&r, "{\"exit\":0,\"cut\":false}", true);
	assert_int_equal(f.code, 200);
	assert_true(f.len < 1200 * 1024);
	arena_free(f.r.arena);
	rig_close(&r);
	return strstr(f.body, "\"cut\":true") != NULL;
}

static void
evidence_is_cut_at_its_bound(void **state)
{
	(void)state;
	assert_false(is_cut(70));
	assert_true(is_cut(80));
	assert_true(is_cut(200));
}

/* A keeper that dies while many wait: each is answered, once. */
static void
a_dying_keeper_leaves_nobody_waiting(void **state)
{
	static struct fake f[64];
	struct rig r;

	(void)state;
	rig_open(&r, true);
	rig_publish(&r);
	for (size_t i = 0; i < N(f); i++) {
		f[i] = (struct fake){ .in = { { "Content-Type", "application/json" } } };
		f[i].r = (struct http_request){ .method = i % 2 == 0 ? HTTP_GET : HTTP_POST,
		    .arena = arena_new(HTTP_ARENA), .client = addr_v4(192, 0, 2, 9),
		    .path = i % 2 == 0 ? STR("/v1/ip/192.0.2.25") : STR("/v1/tests"),
		    .body = STR("{\"addr\":\"192.0.2.25\"}") };
		route_request(&r.web, &f[i].r);
	}
	rig_run(&r);
	rig_keeper_dies(&r);
	for (size_t i = 0; i < N(f); i++) {
		assert_int_equal(f[i].code, i % 2 == 0 ? 200 : 503);
		arena_free(f[i].r.arena);
	}
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_answered),
		cmocka_unit_test(every_refusal_of_the_keeper_is_its_problem),
		cmocka_unit_test(tags_name_what_is_said_and_not_the_moment),
		cmocka_unit_test(evidence_is_cut_at_its_bound),
		cmocka_unit_test(a_dying_keeper_leaves_nobody_waiting),
	};

	return cmocka_run_group_tests_name("web/api", tests, NULL, NULL);
}
