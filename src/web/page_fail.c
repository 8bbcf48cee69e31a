#include <string.h>

#include "web/page.h"

/* What the keeper can answer, as HTTP says it (RFC 9110 15).  What is not here
 * goes by the exit code. */
static const struct { const char *tag; unsigned status; } statuses[] = {
	{ "asker-limit", 429 }, { "day-limit", 429 }, { "code-limit", 429 },
	{ "too-many", 503 }, { "no-such-test", 404 }, { "no-such-mail", 404 },
	{ "not-listed", 409 }, { "no-ptr", 409 }, { "no-mail-relay", 409 },
	{ "claim-used", 409 }, { "bad-claim", 409 }, { "claim-expired", 409 }, { "wrong-code", 403 },
	{ "proof-not-found", 403 }, { "special-use", 403 },
};

unsigned
page_status(const char *tag, int exit)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strcmp(statuses[i].tag, tag) == 0)
			return statuses[i].status;
	switch (exit) {
	case EXIT_USAGE:
	case EXIT_DATA:		return 400;
	case EXIT_NOHOST:	return 404;
	case EXIT_NOPERM:	return 403;
	default:		return 503;
	}
}

static const char *
headline(unsigned code)
{
	switch (code) {
	case 400: case 409: case 413:	return "refuse.400";
	case 403:			return "refuse.403";
	case 404:			return "refuse.404";
	case 405:			return "refuse.405";
	case 429:			return "refuse.429";
	default:			return "refuse.503";
	}
}

enum { RETRY_S = 30, RETRY_MAX_S = 7 * 86400 };

static json_t *
view_refusal(const struct page *p, unsigned code, const char *tag, int64_t retry_s)
{
	json_t *view = page_view(p, NULL, "/");
	char error[64], next[64];

	if (view == NULL)
		return NULL;
	page_tag(error, "error.", tag, code == 400 ? "error.bad-request" : "error.unavailable");
	page_tag(next, "next.", tag, code == 400 ? "next.bad-request" : "next.unavailable");
	json_object_set_new(view, "code", json_integer(code));
	json_object_set_new(view, "headline", json_string(headline(code)));
	json_object_set_new(view, "title", json_string(text_of(headline(code), p->lang)));
	json_object_set_new(view, "error", json_string(error));
	json_object_set_new(view, "next", json_string(next));
	json_object_set_new(view, "retry", json_integer(retry_s));
	if (!addr_is_none(&p->addr))
		json_object_set_new(view, "addr", json_string(p->text));
	return view;
}

int64_t
page_retry(struct page *p, unsigned code, int64_t retry_s)
{
	if (retry_s <= 0 && code == 503)
		retry_s = RETRY_S;
	if (retry_s > RETRY_MAX_S)
		retry_s = RETRY_MAX_S;
	if (retry_s <= 0)
		return RETRY_S;
	page_field(p, "Retry-After", arena_printf(p->r->arena, "%lld", (long long)retry_s));
	return retry_s;
}

void
page_fail(struct page *p, unsigned code, const char *tag, int64_t retry_s)
{
	retry_s = page_retry(p, code, retry_s);
	page_answer(p, code, "page-refuse", view_refusal(p, code, tag, retry_s));
}

void
page_fail_answer(struct page *p, const json_t *answer)
{
	const char *tag = page_text(answer, "error");
	int exit = (int)page_number(answer, "exit");

	if (answer == NULL)
		page_fail(p, 503, "unavailable", 0);
	else
		page_fail(p, page_status(tag, exit), tag, page_number(answer, "retry_after"));
}

/* For routes: the path or method is no page's. */
void
page_refuse(struct web *w, struct http_request *r, enum lang lang,
    struct http_answer *a, const char *tag)
{
	const struct route_words words = { .lang = lang };
	struct page *p = page_begin(w, r, &words);

	if (p == NULL)
		return;
	for (size_t i = 0; i < a->n_fields; i++)
		page_field(p, a->fields[i].name, a->fields[i].value);
	page_fail(p, a->code, tag, 0);
}
