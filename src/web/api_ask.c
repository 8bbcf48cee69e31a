#include <stdlib.h>
#include <string.h>

#include "web/allow.h"
#include "web/api.h"
#include "web/auth.h"

static void
ask_free(struct api_ask *q)
{
	if (q->end != NULL)
		q->end(q);
	json_decref(q->request);
	free(q);
}

static void
on_event(void *ctx, const json_t *ev)
{
	struct api_ask *q = ctx;

	if (q->event != NULL)
		q->event(q, ev);
}

static void
on_done(void *ctx, const json_t *answer)
{
	struct api_ask *q = ctx;

	q->sent = false;
	q->inside = true;
	q->then(q, answer);
	q->inside = false;
	if (!q->sent)
		ask_free(q);
}

json_t *
api_ask_body(struct web *w, struct http_request *r, const struct body_row *rows)
{
	struct body_why why;
	json_t *body;
	int err;

	if (!body_is_json(http_header(r, "Content-Type"))) {
		problem_answer(w, r, &(struct problem){ .tag = "not-json" });
		return NULL;
	}
	err = body_read(&body, rows, r->body, &why);
	if (err == 0)
		return body;
	problem_answer(w, r, &(struct problem){
	    .tag = err == SEK_EPARSE ? why.tag : "memory",
	    .names = err == SEK_EPARSE ? why.names : NULL });
	json_decref(why.names);
	return NULL;
}

static struct api_ask *
ask_new(struct web *w, struct http_request *r, json_t *request)
{
	struct api_ask *q = request == NULL ? NULL : calloc(1, sizeof(*q));

	if (q == NULL) {
		json_decref(request);
		problem_answer(w, r, &(struct problem){ .tag = "memory" });
		return NULL;
	}
	*q = (struct api_ask){
		.web = w, .r = r, .request = request, .wait_ms = API_WAIT_MS,
	};
	return q;
}

struct api_ask *
api_ask_anybody(struct web *w, struct http_request *r, json_t *request)
{
	struct api_ask *q = ask_new(w, r, request);

	if (q == NULL || auth_add_asker(q->request, r) == 0)
		return q;
	api_ask_refuse(q, "memory");
	return NULL;
}

struct api_ask *
api_ask_new(struct web *w, struct http_request *r, json_t *request)
{
	struct api_ask *q = api_ask_anybody(w, r, request);
	int err = q == NULL ? 0 : auth_add_key(q->request, r);

	if (q == NULL)
		return NULL;
	q->has_key = err == 0;
	if (err >= 0)
		return q;
	api_ask_refuse(q, err == SEK_EPARSE ? "bad-authorization" : "memory");
	return NULL;
}

void
api_ask_grant(struct api_ask *q, const struct addr *a)
{
	q->has_grant = auth_add_grant(q->request, q->r, a) == 0;
}

bool
api_ask_again(struct api_ask *q, const json_t *answer,
    void (*then)(struct api_ask *q, const json_t *answer))
{
	struct str addr = str_of(json_string_value(json_object_get(answer, "addr")));

	if (q->has_grant || allow_role(answer) || addr_parse(&q->addr, addr) != 0)
		return false;
	api_ask_grant(q, &q->addr);
	if (!q->has_grant)
		return false;
	api_ask_send(q, then);
	return true;
}

void
api_ask_refuse(struct api_ask *q, const char *tag)
{
	problem_answer(q->web, q->r, &(struct problem){ .tag = tag });
	if (!q->inside)
		ask_free(q);
}

void
api_ask_send(struct api_ask *q, void (*then)(struct api_ask *q, const json_t *answer))
{
	static const struct ask_events events = { on_event, on_done };
	struct ask *ask;

	q->then = then;
	q->sent = desk_ask(&ask, q->web->desk, q->request, &events, q, q->wait_ms) == 0;
	if (q->sent)
		return;
	if (q->inside)		/* on_done() ends it */
		then(q, NULL);
	else
		on_done(q, NULL);
}

/* A key that is unknown, revoked or has ended gives no right, and a program
 * that sends one is to hear of it rather than get the public's view. */
static bool
key_is_worthless(const struct api_ask *q, const json_t *answer)
{
	const char *error = json_string_value(json_object_get(answer, "error"));

	if (!q->has_key)
		return false;
	if (error != NULL)
		return strcmp(error, "owner-not-proved") == 0;
	return json_object_get(answer, "role") != NULL && !allow_role(answer);
}

bool
api_failed(struct api_ask *q, const json_t *answer)
{
	if (key_is_worthless(q, answer))
		problem_answer(q->web, q->r, &(struct problem){ .tag = "bad-key" });
	else if (answer == NULL ||
	    json_integer_value(json_object_get(answer, "exit")) != 0)
		problem_keeper(q->web, q->r, answer);
	else
		return false;
	return true;
}
