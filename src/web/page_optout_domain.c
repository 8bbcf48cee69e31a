/* web/page_optout_domain.c -- opting out a domain: its own DNS shows who asks. */

#include <string.h>

#include "web/form.h"
#include "web/page.h"
#include "web/query.h"

enum { REASON_OCTETS = 500 };	/* as the keeper takes it */

struct asking {			/* a step of it */
	bool		begin;
	struct query	domain;
	struct str	claim, reason;	/* hostile; claim is letters and digits */
};

static json_t *
view_domain(const struct page *p, const char *domain)
{
	json_t *view = page_view(p, "optout", "/optout");

	if (view != NULL)
		json_object_set_new(view, "domain", json_string(domain));
	return view;
}

void
page_optout_of_domain(struct page *p, const char *domain)
{
	json_t *view = view_domain(p, domain);

	if (view != NULL)
		json_object_set_new(view, "ask", json_true());
	page_answer(p, 200, "page-optout", view);
}

/* The record to be set, and what goes with the next step. */
static void
view_claim(json_t *view, const struct asking *s, const json_t *answer)
{
	json_t *way = json_pack("{ss#}", "reason", s->reason.p, (int)s->reason.n);

	json_object_set_new(way, "claim", s->claim.n > 0 ?
	    json_stringn(s->claim.p, s->claim.n) : json_string(page_word(answer, "claim")));
	if (page_text(answer, "value")[0] != '\0')
		json_object_set_new(way, "record", json_pack("{ss ss sI}",
		    "name", page_text(answer, "name"), "value", page_text(answer, "value"),
		    "until", (json_int_t)page_number(answer, "until")));
	json_object_set_new(view, "txt", way);
}

/* A record that is not seen yet can be looked for again; else it begins anew. */
static void
refused(struct page *p, const json_t *answer)
{
	const struct asking *s = p->more;
	const char *tag = page_text(answer, "error");
	unsigned code = page_status(tag, (int)page_number(answer, "exit"));
	char wrong[64], next[64];
	json_t *view = view_domain(p, s->domain.name);

	if (view != NULL) {
		json_object_set_new(view, "wrong", json_string(
		    page_tag(wrong, "error.", tag, "error.unavailable")));
		json_object_set_new(view, "next", json_string(
		    page_tag(next, "next.", tag, "next.unavailable")));
		json_object_set_new(view, "retry", json_integer(page_retry(p, code,
		    page_number(answer, "retry_after"))));
		if (!s->begin && (strcmp(tag, "proof-not-found") == 0 ||
		    strcmp(tag, "resolver") == 0))
			view_claim(view, s, NULL);
		else
			json_object_set_new(view, "ask", json_true());
	}
	page_answer(p, code, "page-optout", view);
}

static void
step_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	const struct asking *s = p->more;
	json_t *view;

	if (answer == NULL) {
		page_fail(p, 503, "unavailable", 0);
		return;
	}
	if (!page_worked(answer)) {
		refused(p, answer);
		return;
	}
	view = view_domain(p, s->domain.name);
	if (view != NULL && s->begin)
		view_claim(view, s, answer);
	else if (view != NULL)
		json_object_set_new(view, "done", json_true());
	page_answer(p, 200, "page-optout", view);
}

static int
step_of(struct asking *s, struct page *p)
{
	struct form form;
	int err = form_parse(&form, p->r->arena, p->r->body);

	if (err != 0)
		return err;
	s->begin = str_eq(form_find(&form, "step"), STR("begin"));
	query_parse(&s->domain, form_find(&form, "domain"), (struct str){ 0 });
	s->claim = str_trim(form_find(&form, "claim"));
	for (size_t i = 0; i < s->claim.n; i++)
		if (!ascii_alnum(s->claim.p[i]))
			return SEK_EPARSE;
	s->reason = str_trim(form_find(&form, "reason"));
	if (s->reason.n == 0)
		s->reason = STR("asked for on the web page");
	if (s->reason.n > REASON_OCTETS || s->claim.n > PAGE_WORD ||
	    (s->begin && !str_eq(form_find(&form, "confirm"), STR("yes"))))
		return SEK_ELIMIT;
	return s->domain.kind == QUERY_HOST || s->domain.kind == QUERY_DOMAIN ?
	    0 : SEK_EPARSE;
}

void
page_optout_domain(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct asking *s;
	json_t *q;

	if (p == NULL)
		return;
	s = p->more = arena_alloc(r->arena, sizeof(*s));
	if (s == NULL || step_of(s, p) != 0) {
		page_fail(p, 400, "bad-request", 0);
		return;
	}
	q = page_request(p, "optout-domain");
	if (q != NULL) {
		json_object_set_new(q, "domain", json_string(s->domain.name));
		json_object_set_new(q, "reason", json_stringn(s->reason.p, s->reason.n));
		json_object_set_new(q, "step", json_string(s->begin ? "begin" : "check"));
		if (!s->begin)
			json_object_set_new(q, "claim", json_stringn(s->claim.p, s->claim.n));
	}
	page_ask(p, q, PAGE_WAIT_DNS_MS, NULL, step_done);
}
