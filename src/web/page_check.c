#include <string.h>

#include "fact/special_use.h"
#include "web/auth.h"
#include "web/check_view.h"
#include "web/form.h"
#include "web/page.h"
#include "web/page_cache.h"
#include "web/page_state.h"
#include "web/query.h"

enum { JST_S = 9 * 3600 };

struct checking {	/* a page of an address that is being made */
	bool		then;
	struct wall	at;
	bool		shared;		/* the same for every stranger */
	uint32_t	serial;		/* served when it was asked for */
};

static uint32_t
serial_now(const struct web *w)
{
	return w->published->s.base == NULL ? 0 : snapshot_now(&w->published->s)->serial;
}

static struct mono
mono_now(const struct web *w)
{
	const struct clock *c = loop_clock(w->loop);

	return c->mono(c);
}

/* The view of an address without what is known of it. */
static json_t *
view_begin(const struct page *p)
{
	char labels[ADDR_LABELS], *path = arena_printf(p->r->arena, "/ip/%s", p->text);
	json_t *view = path == NULL ? NULL : page_view(p, NULL, path);

	if (view == NULL)
		return NULL;
	addr_labels(labels, &p->addr);
	json_object_set_new(view, "addr", json_string(p->text));
	json_object_set_new(view, "q", json_string(p->text));
	json_object_set_new(view, "labels", json_string(labels));
	return view;
}

/* An address that is nobody's mail server: mostly one from inside, mistaken for
 * that under which the server sends.  Nothing can be proved or tested of it. */
static void
view_special(json_t *view, const struct page *p)
{
	const struct conf *c = p->w->conf;
	const char *why;

	if (!special_use(&p->addr, c->lab, c->n_lab, &why) ||
	    json_is_true(json_object_get(view, "listed")))
		return;
	json_object_set_new(view, "special", json_true());
	json_object_del(view, "now");
	json_object_del(view, "owner");
	json_object_del(view, "cause");
}

static void
answer_alone(struct page *p)
{
	json_t *view;

	if (p->w->published->s.base == NULL) {
		page_fail(p, 503, "starting", 0);
		return;
	}
	view = view_begin(p);
	if (view != NULL) {
		check_view_alone(view, &p->w->published->s, &p->addr, p->lang);
		view_special(view, p);
	}
	page_answer(p, 200, "page-check", view);
}

/* The day that the date field shows: that of the page, in its language's zone. */
static void
view_day(json_t *view, const struct page *p, const struct checking *c)
{
	struct wall day = c->then ? c->at : page_now(p);
	char text[WALL_TEXT];

	day.s += p->lang == LANG_JA ? JST_S : 0;
	wall_text(text, day);
	json_object_set_new(view, "day", json_stringn(text, 10));
	if (c->then)
		json_object_set_new(view, "was", json_true());
}

/* What a stranger may be shown of a cached page: nothing of anybody else. */
static bool
is_shared(const struct checking *c, const json_t *answer)
{
	return c->shared && !page_inside(answer) && !page_true(answer, "own") &&
	    !json_is_object(json_object_get(answer, "test"));
}

/* Is there no keeper to say more, or one that cannot now? */
static bool
is_alone(const json_t *answer)
{
	return answer == NULL || (!page_worked(answer) &&
	    page_status(page_text(answer, "error"), (int)page_number(answer, "exit")) >= 500);
}

static void
answer_known(struct page *p, const json_t *answer)
{
	const struct checking c = *(struct checking *)p->more;
	const struct addr a = p->addr;
	const enum lang lang = p->lang;
	struct web *w = p->w;
	json_t *view = view_begin(p);
	struct str html;

	if (view != NULL) {
		check_view(view, answer, c.then, lang);
		view_special(view, p);
		view_day(view, p, &c);
	}
	if (page_render(p, &html, "page-check", view) != 0) {
		answer_alone(p);
		return;
	}
	page_html(p, 200, html);
	/* p is gone */
	if (is_shared(&c, answer))
		page_cache_keep(w->pages->cache, &a, lang, c.serial, mono_now(w), html);
}

static void
check_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	const struct checking *c = p->more;

	if (page_worked(answer))
		answer_known(p, answer);
	else if (is_alone(answer) && !c->then)
		answer_alone(p);
	else
		page_fail_answer(p, answer);
}

static void
check(struct page *p, struct checking *c)
{
	struct str kept = { 0 };
	json_t *q;

	c->serial = serial_now(p->w);
	c->shared = !c->then && auth_grant(p->r, &p->addr).n == 0 && !addr_eq(&p->addr, &p->r->client);
	if (c->shared)
		kept = page_cache_find(p->w->pages->cache, &p->addr, p->lang, c->serial,
		    mono_now(p->w));
	if (kept.n > 0) {
		page_html(p, 200, kept);
		return;
	}
	p->more = c;
	q = page_request(p, "check");
	if (q != NULL && c->then)
		json_object_set_new(q, "at", json_integer(c->at.s));
	page_ask(p, q, PAGE_WAIT_MS, NULL, check_done);
}

/* ?at= : empty, a moment, or one that is none. */
static int
at_of(struct checking *c, struct page *p)
{
	struct form form;
	struct str at;
	int err = form_parse(&form, p->r->arena, p->r->query);

	if (err != 0)
		return err;
	at = form_find(&form, "at");
	c->then = at.n > 0;
	if (at.n == 0)
		return 0;
	err = query_time(&c->at, at, p->lang == LANG_JA ? JST_S : 0);
	if (err == 0 && c->at.s >= page_now(p).s)
		c->then = false;	/* today's end is still to come: now */
	return err;
}

void
page_ip(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct checking *c;

	if (p == NULL)
		return;
	c = arena_alloc(r->arena, sizeof(*c));
	if (c == NULL || at_of(c, p) != 0)
		page_fail(p, 400, "bad-request", 0);
	else
		check(p, c);
}
