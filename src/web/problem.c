#include "web/problem.h"

#include <stdio.h>
#include <string.h>

#include "web/allow.h"
#include "web/reply.h"

enum { TAG_TEXT = 64, RETRY_TEXT = 24, RETRY_MAX_S = 86400 };

const struct problem_row problem_rows[] = {	/* tag, status, Retry-After, who */
	{ "internal", 500, 0, PROBLEM_WEB },	/* first: for a tag that is none */
	{ "bad-address", 400, 0, PROBLEM_WEB },
	{ "bad-authorization", 400, 0, PROBLEM_WEB },
	{ "bad-json", 400, 0, PROBLEM_WEB },
	{ "bad-member", 400, 0, PROBLEM_WEB },
	{ "bad-query", 400, 0, PROBLEM_WEB },
	{ "bad-time", 400, 0, PROBLEM_WEB },
	{ "missing-member", 400, 0, PROBLEM_WEB },
	{ "unknown-member", 400, 0, PROBLEM_WEB },
	{ "bad-key", 401, 0, PROBLEM_KEEPER },
	{ "other-site", 403, 0, PROBLEM_WEB },
	{ "not-for-you", 403, 0, PROBLEM_WEB },
	{ "no-such-page", 404, 0, PROBLEM_WEB },
	{ "wrong-method", 405, 0, PROBLEM_WEB },
	{ "not-json", 415, 0, PROBLEM_WEB },
	{ "history-away", 503, 10, PROBLEM_WEB },
	{ "unavailable", 503, 10, PROBLEM_WEB },
	{ "starting", 503, 10, PROBLEM_WEB },

	{ "gate-day", 400, 0, PROBLEM_KEEPER },
	{ "gate-every", 400, 0, PROBLEM_KEEPER },
	{ "gate-rounds", 400, 0, PROBLEM_KEEPER },
	{ "list-empty", 403, 0, PROBLEM_KEEPER },
	{ "list-frozen", 403, 0, PROBLEM_KEEPER },
	{ "not-yours", 403, 0, PROBLEM_KEEPER },
	{ "no-basis", 403, 0, PROBLEM_KEEPER },
	{ "opted-out", 403, 0, PROBLEM_KEEPER },
	{ "own-receiver", 403, 0, PROBLEM_KEEPER },
	{ "owner-not-proved", 403, 0, PROBLEM_KEEPER },
	{ "public-off", 403, 0, PROBLEM_KEEPER },
	{ "public-unchecked", 403, 0, PROBLEM_KEEPER },
	{ "special-use", 403, 0, PROBLEM_KEEPER },
	{ "too-deep", 403, 0, PROBLEM_KEEPER },
	{ "no-such-gate", 404, 0, PROBLEM_KEEPER },
	{ "no-such-mail", 404, 0, PROBLEM_KEEPER },
	{ "no-such-test", 404, 0, PROBLEM_KEEPER },
	{ "gate-busy", 409, 0, PROBLEM_KEEPER },
	{ "not-listed", 409, 0, PROBLEM_KEEPER },
	{ "asker-limit", 429, 3600, PROBLEM_KEEPER },
	{ "gate-day-over", 429, 3600, PROBLEM_KEEPER },
	{ "day-limit", 503, 3600, PROBLEM_KEEPER },
	{ "gate-many", 503, 600, PROBLEM_KEEPER },
	{ "memory", 503, 10, PROBLEM_KEEPER },
	{ "no-space", 503, 300, PROBLEM_KEEPER },
	{ "store", 503, 60, PROBLEM_KEEPER },
	{ "too-many", 503, 10, PROBLEM_KEEPER },
	{ 0 },
};

static const struct { unsigned status; const char *title; } titles[] = {
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 415, "Unsupported Media Type" },
	{ 429, "Too Many Requests" },
	{ 503, "Service Unavailable" },
};

static const char *
title_of(unsigned status)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Internal Server Error";
}

const struct problem_row *
problem_of(const char *tag)
{
	const struct problem_row *row;

	for (row = problem_rows; tag != NULL && row->tag != NULL; row++)
		if (strcmp(row->tag, tag) == 0)
			return row;
	return &problem_rows[0];
}

static const char *
detail(const char *tag, enum lang lang)
{
	char name[TAG_TEXT];
	const char *text;

	snprintf(name, sizeof(name), "%s%s", "error.", tag);
	text = text_of(name, lang);
	return text == NULL ? tag : text;
}

static int64_t
retry(const struct problem *p, const struct problem_row *row)
{
	if (p->retry_s > RETRY_MAX_S)
		return RETRY_MAX_S;
	return p->retry_s > 0 ? p->retry_s : row->retry_s;
}

/* What would be possible instead, in numbers. */
static const struct allow_row plan_rows[] = {
	{ "least_s", ALLOW_INT, false, NULL },
	{ "every_s", ALLOW_INT, false, NULL },
	{ "fits_s", ALLOW_INT, false, NULL },
	{ "rounds", ALLOW_INT, false, NULL },
	{ "sessions", ALLOW_INT, false, NULL },
	{ "left", ALLOW_INT, false, NULL },
	{ 0 },
};

json_t *
problem_json(const struct problem *p, enum lang lang, const char *url)
{
	const struct problem_row *row = problem_of(p->tag);
	int64_t retry_s = retry(p, row);
	json_t *doc = json_pack("{si so ss si ss ss ss ss}", "v", 1,
	    "type", json_sprintf("%sv1/openapi.json#/x-problems/%s",
	    url[0] == '\0' ? "/" : url, row->tag),
	    "title", title_of(row->status), "status", (int)row->status,
	    "detail", detail(row->tag, lang), "detail_en", detail(row->tag, LANG_EN),
	    "detail_ja", detail(row->tag, LANG_JA), "tag", row->tag);

	if (doc == NULL ||
	    (retry_s > 0 &&
	    json_object_set_new(doc, "retry_after", json_integer(retry_s)) != 0) ||
	    (p->names != NULL &&
	    json_object_set_new(doc, "names", json_deep_copy(p->names)) != 0) ||
	    (p->plan != NULL &&
	    json_object_set_new(doc, "plan", allow_copy(plan_rows, p->plan, true)) != 0)) {
		json_decref(doc);
		return NULL;
	}
	return doc;
}

void
problem_answer(const struct web *w, struct http_request *r, const struct problem *p)
{
	const struct problem_row *row = problem_of(p->tag);
	struct http_answer a = { .code = row->status, .type = "application/problem+json" };
	char text[RETRY_TEXT];

	if (retry(p, row) > 0) {
		snprintf(text, sizeof(text), "%lld", (long long)retry(p, row));
		http_field(&a, "Retry-After", text);
	}
	if (row->status == 401)
		http_field(&a, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
	if (row->status == 405 && p->allow != NULL)
		http_field(&a, "Allow", p->allow);
	if (row->status == 415)
		http_field(&a, "Accept-Post", "application/json");
	reply_json(r, &a, problem_json(p, reply_lang(r), w->conf->url));
}

void
problem_keeper(const struct web *w, struct http_request *r, const json_t *answer)
{
	struct problem p = { .tag = "unavailable" };

	if (answer != NULL) {
		p.tag = json_string_value(json_object_get(answer, "error"));
		p.retry_s = json_integer_value(json_object_get(answer, "retry_after"));
		p.plan = json_object_get(answer, "plan");
	}
	problem_answer(w, r, &p);
}
