#include <string.h>

#include "web/auth.h"
#include "web/form.h"
#include "web/page.h"
#include "web/page_cache.h"
#include "web/page_state.h"

enum prove_method { PROVE_LOOK, PROVE_SOURCE, PROVE_TXT, PROVE_MAIL, PROVE_N };

static const char *const methods[PROVE_N] = { [PROVE_SOURCE] = "source",
	[PROVE_TXT] = "txt", [PROVE_MAIL] = "mail" };

struct proving {		/* a step of a proof */
	enum prove_method method;
	bool		begin;
	struct str	claim, code;	/* hostile; claim is letters and digits */
};

/* The page itself; answer: what the keeper said of a step, or NULL. */
static json_t *
view_prove(const struct page *p)
{
	char *path = arena_printf(p->r->arena, "/ip/%s/prove", p->text);
	json_t *view = path == NULL ? NULL : page_view(p, NULL, path);

	if (view == NULL)
		return NULL;
	json_object_set_new(view, "addr", json_string(p->text));
	json_object_set_new(view, "own", json_boolean(addr_eq(&p->addr, &p->r->client)));
	return view;
}

/* The method in hand: its claim, and what is to be done with it. */
static void
view_claim(json_t *view, const struct proving *s, const json_t *answer)
{
	const json_t *names = json_object_get(answer, "names");
	json_t *way = json_object(), *list = json_array();
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		if (json_is_string(name))
			json_array_append(list, (json_t *)name);
	if (json_array_size(list) > 0)
		json_object_set_new(way, "names", json_pack("{sO sO}", "list", list,
		    "first", json_array_get(list, 0)));
	json_decref(list);
	json_object_set_new(way, "claim", s->claim.n > 0 ?
	    json_stringn(s->claim.p, s->claim.n) : json_string(page_word(answer, "claim")));
	page_copy(way, answer, "value");
	page_copy(way, answer, "to");
	page_copy(way, answer, "until");
	json_object_set_new(view, s->method == PROVE_MAIL ? "mail" : "txt", way);
}

static void
begun(struct page *p, const json_t *answer)
{
	json_t *view = view_prove(p);

	if (view != NULL)
		view_claim(view, p->more, answer);
	page_answer(p, 200, "page-prove", view);
}

static void
granted(struct page *p, const json_t *answer)
{
	const char *grant = page_word(answer, "grant");
	char *cookie;

	if (grant[0] == '\0') {
		page_fail(p, 503, "internal", 0);
		return;
	}
	cookie = page_grant_cookie(p, grant);
	if (cookie == NULL) {
		page_fail(p, 503, "unavailable", 0);
		return;
	}
	page_cache_forget(p->w->pages->cache, &p->addr);
	page_see(p, cookie, "/%s/ip/%s", lang_names[p->lang], p->text);
}

/* A step that failed is shown on the page, with the claim that can be tried
 * again where that helps. */
static void
refused(struct page *p, const json_t *answer)
{
	static const char *const again[] = { "wrong-code", "proof-not-found" };
	const char *tag = page_text(answer, "error");
	const struct proving *s = p->more;
	unsigned code = page_status(tag, (int)page_number(answer, "exit"));
	char wrong[64], next[64];
	json_t *view = view_prove(p);

	if (view != NULL) {
		json_object_set_new(view, "wrong", json_string(
		    page_tag(wrong, "error.", tag, "error.unavailable")));
		json_object_set_new(view, "next", json_string(
		    page_tag(next, "next.", tag, "next.unavailable")));
		json_object_set_new(view, "retry", json_integer(page_retry(p, code,
		    page_number(answer, "retry_after"))));
		for (size_t i = 0; i < 2; i++)
			if (strcmp(tag, again[i]) == 0)
				view_claim(view, s, NULL);
	}
	page_answer(p, code, "page-prove", view);
}

static void
step_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	const struct proving *s = p->more;

	if (answer == NULL)
		page_fail(p, 503, "unavailable", 0);
	else if (!page_worked(answer))
		refused(p, answer);
	else if (s->begin)
		begun(p, answer);
	else
		granted(p, answer);
}

static struct str
word_field(const struct form *f, const char *name)
{
	struct str s = str_trim(form_find(f, name));

	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]))
			return (struct str){ 0 };
	return s.n <= PAGE_WORD ? s : (struct str){ 0 };
}

static int
step_of(struct proving *s, struct page *p)
{
	struct form form;
	int err = form_parse(&form, p->r->arena, p->r->body);

	if (err != 0)
		return err;
	for (unsigned m = PROVE_SOURCE; m < PROVE_N; m++)
		if (str_eq(form_find(&form, "method"), str_of(methods[m])))
			s->method = (enum prove_method)m;
	s->begin = s->method != PROVE_SOURCE &&
	    str_eq(form_find(&form, "step"), STR("begin"));
	s->claim = word_field(&form, "claim");
	s->code = word_field(&form, "code");
	return s->method == PROVE_LOOK ? SEK_EPARSE : 0;
}

static json_t *
step_request(struct page *p, const struct proving *s)
{
	json_t *q = page_request(p, "prove");

	if (q == NULL)
		return NULL;
	json_object_set_new(q, "method", json_string(methods[s->method]));
	if (s->method == PROVE_SOURCE)
		return q;
	json_object_set_new(q, "step", json_string(s->begin ? "begin" : "check"));
	if (!s->begin)
		json_object_set_new(q, "claim", json_stringn(s->claim.p, s->claim.n));
	if (s->method == PROVE_MAIL && !s->begin)
		json_object_set_new(q, "code", json_stringn(s->code.p, s->code.n));
	return q;
}

void
page_prove_post(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct proving *s;

	if (p == NULL)
		return;
	s = p->more = arena_alloc(r->arena, sizeof(*s));
	if (s == NULL || step_of(s, p) != 0)
		page_fail(p, 400, "bad-request", 0);
	else
		page_ask(p, step_request(p, s), PAGE_WAIT_DNS_MS, NULL, step_done);
}

/* --- looking at the page --- */

static void
look_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	json_t *view = view_prove(p);

	if (view != NULL && page_inside(answer))
		json_object_set_new(view, "proved", json_true());
	page_answer(p, 200, "page-prove", view);
}

void
page_prove(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);

	if (p == NULL)
		return;
	if (auth_grant(p->r, &p->addr).n > 0)	/* without one there is nothing to ask */
		page_ask(p, page_request(p, "check"), PAGE_WAIT_MS, NULL, look_done);
	else
		look_done(p, NULL);
}
