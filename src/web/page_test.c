#include <string.h>

#include "web/auth.h"
#include "web/form.h"
#include "web/page.h"
#include "web/page_cache.h"
#include "web/page_state.h"
#include "web/test_view.h"

/* --- asking for one --- */

static void
retest_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	const char *ticket = page_word(answer, "test");

	if (!page_worked(answer) || ticket[0] == '\0') {
		page_fail_answer(p, page_worked(answer) ? NULL : answer);
		return;
	}
	page_cache_forget(p->w->pages->cache, &p->addr);
	page_see(p, NULL, "/%s/test/%s", lang_names[p->lang], ticket);
}

void
page_retest(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct form form;
	json_t *q;

	if (p == NULL)
		return;
	if (form_parse(&form, r->arena, r->body) != 0) {
		page_fail(p, 400, "bad-request", 0);
		return;
	}
	q = page_request(p, "test");
	if (q != NULL)
		json_object_set_new(q, "kind", json_string(
		    str_eq(form_find(&form, "kind"), STR("probe")) ? "probe" : "retest"));
	page_ask(p, q, PAGE_WAIT_MS, NULL, retest_done);
}

/* --- watching it --- */

/* Seconds between two looks without a script: by how soon something can change. */
static int64_t
refresh_s(const json_t *snapshot)
{
	static const struct { const char *state; int64_t s; } often[] = {
		{ "queued", 10 }, { "connecting", 3 }, { "testing", 3 }, { "waiting", 10 },
	};

	if (strcmp(page_text(snapshot, "why"), "deadline") == 0)
		return 600;
	for (size_t i = 0; i < sizeof(often) / sizeof(often[0]); i++)
		if (strcmp(page_text(snapshot, "state"), often[i].state) == 0)
			return often[i].s;
	return 30;
}

static void show(struct page *p);

/* A ticket does not tell its address to us, so the owner's grant, which is kept
 * by address, can only come with a second question. */
static bool
asked_again(struct page *p, const json_t *answer)
{
	struct addr a;

	if (!addr_is_none(&p->addr) || page_inside(answer) ||
	    addr_parse(&a, str_of(page_text(answer, "addr"))) != 0)
		return false;
	p->addr = a;
	addr_text(p->text, &a);
	if (auth_grant(p->r, &p->addr).n == 0)
		return false;
	show(p);
	return true;
}

static void
test_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	char *path;
	json_t *view;

	if (!page_worked(answer)) {
		page_fail_answer(p, answer);
		return;
	}
	if (asked_again(p, answer))
		return;
	path = arena_printf(p->r->arena, "/test/%.*s", (int)p->id.n, p->id.p);
	view = path == NULL ? NULL : page_view(p, NULL, path);
	if (view != NULL) {
		test_view(view, answer, page_now(p), p->lang);
		json_object_set_new(view, "test", json_stringn(p->id.p, p->id.n));
			json_object_set_new(view, "texts", json_string(p->w->pages->texts[p->lang]));
		json_object_set_new(view, "prober", json_string(p->w->conf->probe_helo[0] != '\0' ?
		    p->w->conf->probe_helo : p->w->conf->zone));
		if (json_is_false(json_object_get(view, "done")))
			json_object_set_new(view, "refresh", json_integer(refresh_s(answer)));
	}
	page_answer(p, 200, "page-test", view);
}

static void
ask_test(struct page *p, const char *verb,
    void (*done)(void *page, const json_t *answer))
{
	json_t *q = page_request(p, verb);

	if (q != NULL)
		json_object_set_new(q, "test", json_stringn(p->id.p, p->id.n));
	page_ask(p, q, PAGE_WAIT_MS, NULL, done);
}

static void
show(struct page *p)
{
	ask_test(p, "test-show", test_done);
}

void
page_test(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);

	if (p != NULL)
		show(p);
}

static void
cancel_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;

	if (page_worked(answer))
		page_see(p, NULL, "/%s/test/%.*s", lang_names[p->lang], (int)p->id.n, p->id.p);
	else
		page_fail_answer(p, answer);
}

/* The form says whose test it is, for the owner's grant. */
void
page_test_cancel(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct form form;

	if (p == NULL)
		return;
	if (form_parse(&form, r->arena, r->body) != 0) {
		page_fail(p, 400, "bad-request", 0);
		return;
	}
	if (addr_parse(&p->addr, form_find(&form, "addr")) == 0)
		addr_text(p->text, &p->addr);
	ask_test(p, "test-cancel", cancel_done);
}
