#include <jansson.h>
#include <stdlib.h>

#include "web/web.h"

/* Answers with doc, which is taken over. */
static void
answer_json(struct http_request *r, struct http_answer *a, json_t *doc)
{
	char *text = json_dumps(doc, JSON_COMPACT);

	json_decref(doc);
	a->body = str_of(text);
	if (text == NULL)
		a->code = 503;
	http_answer(r, a);
	free(text);
}

static void
get_health(struct web *w, struct http_request *r, const struct route_words *words)
{
	static const char *const lives[] = {
		[SNAPSHOT_ALIVE] = "alive", [SNAPSHOT_FROZEN] = "frozen",
		[SNAPSHOT_CLOSING] = "closing",
	};
	struct http_answer a = { .code = 200, .type = "application/json" };
	const struct snapshot_head *now;
	json_t *doc;

	(void)words;
	if (w->published->s.base == NULL) {
		a.code = 503;
		http_field(&a, "Retry-After", "5");
		answer_json(r, &a, json_pack("{ss}", "status", "starting"));
		return;
	}
	now = snapshot_now(&w->published->s);
	doc = json_pack("{ss sI ss sb sb}", "status", desk_open(w->desk) ? "ok" : "keeper-down",
	    "serial", (json_int_t)now->serial, "life", lives[now->life], "lab",
	    (now->flags & SNAPSHOT_LAB) != 0, "keeper", desk_open(w->desk));
	answer_json(r, &a, doc);
}

const struct route api_routes[] = {
	{ HTTP_GET, "/v1/health", get_health },
	{ 0, NULL, NULL },
};

void
api_refuse(struct web *w, struct http_request *r, enum lang lang,
    struct http_answer *a, const char *tag)
{
	(void)w;
	(void)lang;
	a->type = "application/problem+json";
	answer_json(r, a, json_pack("{sI ss}", "status", (json_int_t)a->code, "tag", tag));
}
