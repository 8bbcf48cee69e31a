/* web/api_gate.c -- gates by the API: have one's own server watched through a
 * change, look, cancel. */

#include <stdio.h>
#include <string.h>

#include "sys/json_put.h"
#include "web/allow.h"
#include "web/api_one.h"
#include "web/link.h"
#include "web/reply.h"

enum { NOTE_TEXT = 500, DAY_S = 86400, NAME_TEXT = 64 };	/* as TEXT_REASON; a gate's name */

static const struct body_row gate_body[] = {
	{ "addr", BODY_ADDR, true, 0, NULL },
	{ "for_s", BODY_INT, false, DAY_S, NULL },
	{ "every_s", BODY_INT, false, DAY_S, NULL },
	{ "depth", BODY_WORD, false, 0, "gentle normal full owner" },
	{ "port", BODY_INT, false, 65535, NULL },
	{ "note", BODY_TEXT, false, NOTE_TEXT, NULL },
	{ 0 },
};

/* --- what goes out: all but name, address and state is for the owner --- */

static const struct allow_row plan_rows[] = {
	{ "depth", ALLOW_TEXT, true, NULL },
	{ "pace", ALLOW_TEXT, true, NULL },
	{ "port", ALLOW_INT, true, NULL },
	{ "for_s", ALLOW_INT, true, NULL },
	{ "every_s", ALLOW_INT, true, NULL },
	{ "least_s", ALLOW_INT, true, NULL },
	{ "rounds", ALLOW_INT, true, NULL },
	{ "sessions", ALLOW_INT, true, NULL },
	{ "left", ALLOW_INT, true, NULL },
	{ "between_s", ALLOW_INT, true, NULL },
	{ "per_day", ALLOW_INT, true, NULL },
	{ 0 },
};

static const struct allow_row round_rows[] = {
	{ "began", ALLOW_TIME, true, NULL },
	{ "ended", ALLOW_TIME, true, NULL },
	{ "verdict", ALLOW_TEXT, true, NULL },
	{ "why", ALLOW_TEXT, true, NULL },
	{ "done", ALLOW_INT, true, NULL },
	{ "total", ALLOW_INT, true, NULL },
	{ "rounds", ALLOW_INT, true, NULL },	/* of a span */
	{ 0 },
};

static const struct allow_row opening_rows[] = {
	{ "taken", ALLOW_TIME, true, NULL },
	{ "form", ALLOW_TEXT, true, NULL },
	{ "class", ALLOW_TEXT, true, NULL },
	{ "port", ALLOW_INT, true, NULL },
	{ 0 },
};

static const struct allow_row fact_rows[] = {
	{ "what", ALLOW_TEXT, true, NULL },
	{ "port", ALLOW_INT, true, NULL },
	{ "form", ALLOW_TEXT, true, NULL },
	{ "variant", ALLOW_INT, true, NULL },
	{ "was", ALLOW_TEXT, true, NULL },	/* of a change, as all below */
	{ "is", ALLOW_TEXT, true, NULL },
	{ "back", ALLOW_BOOL, true, NULL },
	{ "first", ALLOW_TIME, true, NULL },
	{ "last", ALLOW_TIME, true, NULL },
	{ "rounds", ALLOW_INT, true, NULL },
	{ 0 },
};

static const struct allow_row gate_rows[] = {
	{ "gate", ALLOW_TEXT, false, NULL },
	{ "addr", ALLOW_TEXT, false, NULL },
	{ "state", ALLOW_TEXT, false, NULL },
	{ "role", ALLOW_TEXT, false, NULL },
	{ "why", ALLOW_TEXT, true, NULL },
	{ "result", ALLOW_TEXT, true, NULL },
	{ "began", ALLOW_TIME, true, NULL },
	{ "until", ALLOW_TIME, true, NULL },
	{ "ended", ALLOW_TIME, true, NULL },
	{ "plan", ALLOW_OBJECT, true, plan_rows },
	{ "baseline", ALLOW_OBJECT, true, round_rows },
	{ "rounds", ALLOW_INT, true, NULL },
	{ "closed", ALLOW_INT, true, NULL },
	{ "open", ALLOW_INT, true, NULL },
	{ "undecided", ALLOW_INT, true, NULL },
	{ "openings", ALLOW_INT, true, NULL },
	{ "first", ALLOW_OBJECT, true, opening_rows },
	{ "last", ALLOW_OBJECT, true, opening_rows },
	{ "closed_before", ALLOW_TIME, true, NULL },
	{ "closed_after", ALLOW_TIME, true, NULL },
	{ "spans", ALLOW_LIST, true, round_rows },
	{ "changes", ALLOW_LIST, true, fact_rows },
	{ "facts", ALLOW_LIST, true, fact_rows },
	{ "cut", ALLOW_BOOL, true, NULL },
	{ 0 },
};

/* The name in the keeper's answer; NULL when it is none: 1..64 of a-z 0-9. */
static const char *
name_of(const json_t *answer)
{
	const char *name = json_string_value(json_object_get(answer, "gate"));
	size_t n = name == NULL ? 0 : strlen(name);

	for (size_t i = 0; i < n; i++)
		if (!ascii_alnum(name[i]) || ascii_lower(name[i]) != name[i])
			return NULL;
	return n > 0 && n <= NAME_TEXT ? name : NULL;
}

static json_t *
links(const char *name, const char *addr, const char *url, int *err)
{
	static const struct link_to self = { "self", "application/json", NULL },
	    about = { "about", "application/json", NULL };
	json_t *list = json_array();

	link_add(list, err, &self, url, "v1/gates/%s", name);
	if (addr != NULL)
		link_add(list, err, &about, url, "v1/ip/%s", addr);
	return list;
}

static json_t *
document(const json_t *answer, const char *url)
{
	json_t *doc = allow_copy(gate_rows, answer, allow_role(answer));
	const char *addr = json_string_value(json_object_get(doc, "addr"));
	int err = 0;

	if (doc == NULL)
		return NULL;
	json_put(doc, "v", json_integer(1), &err);
	json_put(doc, "links", links(name_of(answer), addr, url, &err), &err);
	return json_put_end(doc, err);
}

static void
reply_gate(struct api_ask *q, struct http_answer *a, const json_t *answer)
{
	if (name_of(answer) == NULL)
		api_ask_refuse(q, "internal");
	else
		reply_json(q->r, a, document(answer, q->web->conf->url));
}

/* --- POST /v1/gates --- */

static void
begun(struct api_ask *q, const json_t *answer)
{
	struct http_answer a = { .code = 202 };
	const char *name = name_of(answer);
	char location[sizeof("/v1/gates/") + NAME_TEXT];

	if (api_failed(q, answer))
		return;
	snprintf(location, sizeof(location), "/v1/gates/%s", name == NULL ? "" : name);
	http_field(&a, "Location", location);
	reply_gate(q, &a, answer);
}

void
api_gates_post(struct web *w, struct http_request *r, const struct route_words *words)
{
	json_t *body = api_ask_body(w, r, gate_body);
	struct api_ask *q;
	struct addr a;

	(void)words;
	if (body == NULL)
		return;
	if (addr_parse(&a, str_of(json_string_value(json_object_get(body, "addr")))) != 0 ||
	    json_object_set_new(body, "verb", json_string("gate-start")) != 0) {
		json_decref(body);
		problem_answer(w, r, &(struct problem){ .tag = "memory" });
		return;
	}
	q = api_ask_anybody(w, r, body);	/* a key begins none */
	if (q == NULL)
		return;
	api_ask_grant(q, &a);
	api_ask_send(q, begun);
}

/* --- one gate --- */

static const struct api_one one_gate = { "gate", "gate-show", "gate-cancel", reply_gate };

void
api_gates_get(struct web *w, struct http_request *r, const struct route_words *words)
{
	api_one_get(w, r, words, &one_gate);
}

void
api_gates_patch(struct web *w, struct http_request *r, const struct route_words *words)
{
	api_one_patch(w, r, words, &one_gate);
}
