/* web/api_test.c -- tests by the API: ask for one, look, cancel, follow. */

#include <stdio.h>

#include "web/allow.h"
#include "web/api_one.h"
#include "web/relay_events.h"
#include "web/reply.h"
#include "web/testdoc.h"

enum { NOTE_TEXT = 500 };	/* as TEXT_REASON of fact/record.h */

static const struct body_row test_body[] = {
	{ "addr", BODY_ADDR, true, 0, NULL },
	{ "kind", BODY_WORD, false, 0, "retest probe" },
	{ "port", BODY_INT, false, 65535, NULL },
	{ "note", BODY_TEXT, false, NOTE_TEXT, NULL },
	{ 0 },
};

static void
reply_test(struct api_ask *q, struct http_answer *a, const json_t *answer)
{
	if (testdoc_ticket(answer) == NULL)
		api_ask_refuse(q, "internal");
	else
		reply_json(q->r, a, testdoc_make(answer, allow_role(answer),
		    q->web->conf->url));
}

/* --- POST /v1/tests --- */

static void
started(struct api_ask *q, const json_t *answer)
{
	struct http_answer a = { .code = testdoc_over(answer) ? 200 : 202 };
	const char *ticket = testdoc_ticket(answer);
	char location[sizeof("/v1/tests/") + TESTDOC_TICKET];

	if (api_failed(q, answer))
		return;
	snprintf(location, sizeof(location), "/v1/tests/%s", ticket == NULL ? "" : ticket);
	http_field(&a, "Location", location);
	reply_test(q, &a, answer);
}

void
api_tests_post(struct web *w, struct http_request *r, const struct route_words *words)
{
	json_t *body = api_ask_body(w, r, test_body);
	struct api_ask *q;
	struct addr a;

	(void)words;
	if (body == NULL)
		return;
	if (addr_parse(&a, str_of(json_string_value(json_object_get(body, "addr")))) != 0 ||
	    json_object_set_new(body, "verb", json_string("test")) != 0 ||
	    (json_object_get(body, "kind") == NULL &&
	    json_object_set_new(body, "kind", json_string("retest")) != 0)) {
		json_decref(body);
		problem_answer(w, r, &(struct problem){ .tag = "memory" });
		return;
	}
	q = api_ask_new(w, r, body);
	if (q == NULL)
		return;
	api_ask_grant(q, &a);
	api_ask_send(q, started);
}

/* --- one test --- */

static const struct api_one one_test = { "test", "test-show", "test-cancel", reply_test };

void
api_tests_get(struct web *w, struct http_request *r, const struct route_words *words)
{
	api_one_get(w, r, words, &one_test);
}

void
api_tests_patch(struct web *w, struct http_request *r, const struct route_words *words)
{
	api_one_patch(w, r, words, &one_test);
}

/* --- events --- */

static void
to_follow(struct api_ask *q, const json_t *answer)
{
	int err;

	if (api_failed(q, answer) || api_ask_again(q, answer, to_follow))
		return;
	if (q->r->method == HTTP_HEAD_ONLY) {	/* a stream that nobody reads */
		http_answer(q->r, &(struct http_answer){ .code = 200,
		    .type = "text/event-stream" });
		return;
	}
	err = relays_join(q->web->relays, q->r, q->request, answer);
	if (err != 0)
		api_ask_refuse(q, err == SEK_ELIMIT ? "too-many" : "memory");
}

void
api_tests_events(struct web *w, struct http_request *r, const struct route_words *words)
{
	if (str_eq(http_header(r, "Last-Event-ID"), STR("end")))
		http_answer(r, &(struct http_answer){ .code = 204 });
	else
		api_one_ask(w, r, words, &one_test, to_follow);
}
