#include <string.h>

#include "web/form.h"
#include "web/page.h"
#include "web/page_cache.h"
#include "web/page_state.h"
#include "web/query.h"

enum { REASON_OCTETS = 500 };	/* as the keeper takes it */

static json_t *
view_optout(const struct page *p)
{
	char *path = addr_is_none(&p->addr) ? arena_printf(p->r->arena, "/optout") :
	    arena_printf(p->r->arena, "/ip/%s/optout", p->text);
	json_t *view = path == NULL ? NULL :
	    page_view(p, addr_is_none(&p->addr) ? "optout" : NULL, path);

	if (view == NULL || addr_is_none(&p->addr))
		return view;
	json_object_set_new(view, "addr", json_string(p->text));
	return view;
}

/* /optout: explains, and leads to the address, or asks for the domain. */
void
page_optout_field(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	char text[ADDR_TEXT];
	struct query q = { .kind = QUERY_NONE };
	struct form form;
	struct str field = { 0 };
	json_t *view;

	if (p == NULL)
		return;
	if (form_parse(&form, r->arena, r->query) == 0)
		field = form_find(&form, "q");
	if (field.p != NULL)
		query_parse(&q, field, str_of(w->conf->zone));
	if (q.kind == QUERY_ADDR) {
		addr_text(text, &q.addr);
		page_see(p, NULL, "/%s/ip/%s/optout", lang_names[p->lang], text);
		return;
	}
	if (q.kind == QUERY_DOMAIN || q.kind == QUERY_HOST) {
		page_optout_of_domain(p, q.name);
		return;
	}
	view = view_optout(p);
	if (view != NULL && field.p != NULL) {
		json_object_set_new(view, "q", json_stringn(field.p, field.n));
		json_object_set_new(view, "q_wrong", json_string(q.why));
	}
	page_answer(p, field.p != NULL ? 400 : 200, "page-optout", view);
}

static void
look_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	json_t *view;

	if (!page_worked(answer)) {
		page_fail_answer(p, answer);
		return;
	}
	view = view_optout(p);
	if (view != NULL) {
		json_object_set_new(view, "done", json_boolean(page_true(answer, "optout")));
		json_object_set_new(view, "proved", json_boolean(page_inside(answer)));
	}
	page_answer(p, 200, "page-optout", view);
}

void
page_optout(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);

	if (p != NULL)
		page_ask(p, page_request(p, "check"), PAGE_WAIT_MS, NULL, look_done);
}

static void
optout_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;

	if (!page_worked(answer)) {
		page_fail_answer(p, answer);
		return;
	}
	page_cache_forget(p->w->pages->cache, &p->addr);
	page_see(p, NULL, "/%s/ip/%s/optout", lang_names[p->lang], p->text);
}

void
page_optout_post(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct form form;
	struct str reason;
	json_t *q;

	if (p == NULL)
		return;
	if (form_parse(&form, r->arena, r->body) != 0 ||
	    !str_eq(form_find(&form, "confirm"), STR("yes"))) {
		page_fail(p, 400, "bad-request", 0);
		return;
	}
	reason = str_trim(form_find(&form, "reason"));
	if (reason.n > REASON_OCTETS) {
		page_fail(p, 413, "too-large", 0);
		return;
	}
	if (reason.n == 0)
		reason = STR("asked for on the web page");
	q = page_request(p, "optout-owner");
	if (q != NULL)
		json_object_set_new(q, "reason", json_stringn(reason.p, reason.n));
	page_ask(p, q, PAGE_WAIT_MS, NULL, optout_done);
}
