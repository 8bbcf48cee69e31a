/* Each allocation in turn is refused, ours and jansson's: whoever asked is
 * answered once, with the whole document or with none of it. */
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

#define N(a) (sizeof(a) / sizeof((a)[0]))

#include "../nomem.h"

#define CHECK "{\"exit\":0,\"serial\":42,\"as_of\":1795385196,\"lab\":true,\"life\":\"alive\"," \
	"\"zone\":\"bl.example\",\"ttl\":300,\"listed\":true,\"listings\":[{\"code\":2,\"kind\":\"entry\"," \
	"\"since\":1795209600,\"until\":1797886800}],\"history\":[{\"event\":\"add\",\"at\":1795209600}]," \
	"\"clean_by\":null,\"first_seen\":1795209600,\"last_seen\":1795294800,\"more\":true," \
	"\"test\":{\"test\":\"abc\",\"state\":\"queued\",\"place\":1},\"may\":{\"retest\":true}," \
	"\"role\":\"public\"}"
#define TEST(state) "{\"exit\":0,\"event\":\"state\",\"test\":\"abc\",\"addr\":\"192.0.2.25\",\"state\":\"" state "\"," \
	"\"role\":\"public\",\"mine\":true,\"made\":1795385196}"

static const struct {
	enum http_method	 method;
	const char		*path, *body;
	const char		*says[4];	/* each asked for once; events and the end */
} requests[] = {
	{ HTTP_GET, "/v1/ip/192.0.2.25", "", { CHECK } },
	{ HTTP_GET, "/v1/ip/10.0.0.1", "", { NULL } },
	{ HTTP_GET, "/v1/ip/x", "", { NULL } },
	{ HTTP_POST, "/v1/tests", "{\"addr\":\"192.0.2.25\",\"note\":\"fixed\"}", { TEST("queued") } },
	{ HTTP_POST, "/v1/tests", "{\"adr\":\"192.0.2.25\",\"b\":1}", { NULL } },
	{ HTTP_GET, "/v1/tests/abc/events", "", { TEST("queued") } },
	{ HTTP_PATCH, "/v1/tests/abc", "{\"state\":\"cancelled\"}", { TEST("queued") } },
	{ HTTP_GET, "/v1/evidence/192.0.2.25", "", {
	    "{\"event\":\"proof\",\"form\":\"P01\",\"chain\":[\"a\",\"b\"],\"mail\":\"ab12\"}",
	    "{\"event\":\"transcript\",\"session\":1,\"part\":1,\"text\":\"S: 220\"}",
	    "{\"exit\":0,\"cut\":false}" } },
	{ HTTP_GET, "/v1/evidence/192.0.2.25/ab12", "", {
	    "{\"event\":\"octets\",\"part\":1,\"base64\":\"UmVjZWl2ZWQ6\"}", "{\"exit\":0}" } },
	{ HTTP_GET, "/v1/health", "", { "{\"exit\":0,\"control\":true,\"roles\":{\"probe\":true}}" } },
};

static struct fake f;

static void
serve(struct rig *r, size_t i)
{
	char text[1024];

	route_request(&r->web, &f.r);
	rig_run(r);
	if (rig_asked(r, text, sizeof(text)))
		for (size_t k = 0; k < N(requests[i].says) && requests[i].says[k] != NULL; k++)
			rig_say(r, requests[i].says[k], k + 1 == N(requests[i].says) ||
			    requests[i].says[k + 1] == NULL);
	rig_pass(r, 9000);
}

/* One request with the n-th allocation refused.  Returns whether there was one. */
static bool
run(size_t i, long n, char *body, size_t cap)
{
	struct rig r;
	bool refused;

	rig_open(&r, true);
	rig_publish(&r);
	f = (struct fake){ .in = { { "Content-Type", "application/json" } } };
	f.r = (struct http_request){ .method = requests[i].method,
	    .path = str_of(requests[i].path), .body = str_of(requests[i].body),
	    .client = addr_v4(192, 0, 2, 9), .arena = arena_new(HTTP_ARENA) };
	fail_at = n;
	serve(&r, i);
	refused = n >= 0 && fail_at < 0;
	fail_at = -1;
	if (f.code == 0)
		fail_msg("%s: allocation %ld: not answered", requests[i].path, n);
	snprintf(body, cap, "%u %s", f.code, f.body == NULL ? "" : f.body);
	arena_free(f.r.arena);
	rig_close(&r);
	return refused;
}

/* What says that there is no memory, or no keeper (the frame that got lost), or
 * that jansson could not read what it had no room for. */
static bool
says_so(const char *body)
{
	return strncmp(body, "503", 3) == 0 || strstr(body, "\"history-away\"") != NULL ||
	    strstr(body, "keeper-away") != NULL || strstr(body, "\"bad-json\"") != NULL;
}

static void
each_allocation_may_fail(void **state)
{
	static char want[8192], got[8192];

	(void)state;
	json_set_alloc_funcs(__wrap_malloc, free);
	for (size_t i = 0; i < N(requests); i++) {
		long n = 0;

		assert_false(run(i, -1, want, sizeof(want)));
		for (; run(i, n, got, sizeof(got)); n++)
			if (strcmp(got, want) != 0 && !says_so(got))
				fail_msg("%s: allocation %ld: want %.3000s\nor 503, got %.3000s",
				    requests[i].path, n, want, got);
		assert_in_range(n, 1, 5000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("web/api_nomem", tests, NULL, NULL);
}
