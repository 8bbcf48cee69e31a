#include "web/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/auth.h"
#include "web/embed.h"
#include "web/page_cache.h"
#include "web/page_state.h"
#include "web/template.h"
#include "web/text_rows.h"

enum { PAGE_ROOM = 64 * 1024 };	/* kept for the next page; few are larger */

static const char html[] = "text/html; charset=utf-8";

/* --- memory --- */

/* A view is put together by many small steps, and one that lacks a member for
 * want of memory must not look whole (no LAB, no "alone"): so the allocator
 * remembers.  One thread, one view at a time. */
static bool memory_failed;

static void *
view_malloc(size_t n)
{
	void *p = malloc(n);

	memory_failed |= p == NULL;
	return p;
}

/* --- what outlives a request --- */

/* The texts that script.js needs, as one JSON object. */
static char *
script_texts(enum lang lang)
{
	static const struct str families[] = { { "test.", 5 }, { "verdict.", 8 },
		{ "why.", 4 }, { "finding.", 8 }, { "class.", 6 }, { "depth.", 6 }, { "unit.", 5 } };
	json_t *all = json_object();
	char *dump;

	for (size_t i = 0; i < text_n_rows; i++)
		for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++)
			if (str_istarts(str_of(text_rows[i].tag), families[f]))
				json_object_set_new(all, text_rows[i].tag,
				    json_string(text_rows[i].text[lang]));
	dump = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	return dump;
}

int
page_new(struct page_state **out)
{
	struct page_state *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return SEK_ENOMEM;
	json_set_alloc_funcs(view_malloc, free);
	err = template_setup();
	if (err != 0) {
		free(s);
		return err;
	}
	s->cache = page_cache_new();
	for (int l = 0; l < LANG_N; l++)
		s->texts[l] = script_texts((enum lang)l);
	if (s->cache == NULL || s->texts[LANG_EN] == NULL || s->texts[LANG_JA] == NULL) {
		page_free(s);
		return SEK_ENOMEM;
	}
	*out = s;
	return 0;
}

void
page_free(struct page_state *s)
{
	if (s == NULL)
		return;
	page_cache_free(s->cache);
	for (int l = 0; l < LANG_N; l++)
		free(s->texts[l]);
	gbuf_free(&s->html);
	template_end();
	free(s);
}

/* --- one request --- */

void
page_plain(struct http_request *r, unsigned code, const char *words)
{
	struct http_answer a = { .code = code, .type = "text/plain; charset=utf-8",
	    .body = str_of(words), .is_static = true };

	http_answer(r, &a);
}

struct page *
page_begin(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = arena_alloc(r->arena, sizeof(*p));

	if (p == NULL) {
		page_plain(r, 503, "out of memory; try again\n");
		return NULL;
	}
	*p = (struct page){ .w = w, .r = r, .lang = words->lang,
	    .addr = words->addr, .id = words->id };
	addr_text(p->text, &p->addr);
	return p;
}

struct wall
page_now(const struct page *p)
{
	const struct clock *c = loop_clock(p->w->loop);

	return c->wall(c);
}

/* --- the frame --- */

/* A list that closes or is empty stays away from mail servers, expired or not. */
static const char *
life_tag(const struct snapshot *s, struct wall now)
{
	switch (snapshot_now(s)->life) {
	case SNAPSHOT_CLOSING:
		return snapshot_now(s)->empties > 0 ? "site.life-closing-on" :
		    "site.life-closing";
	case SNAPSHOT_EMPTY:
		return "site.life-empty";
	}
	if (snapshot_expired(s, now.s))
		return "site.life-expired";
	return snapshot_now(s)->life == SNAPSHOT_FROZEN ? "site.life-frozen" : NULL;
}

static void
view_life(json_t *view, const struct page *p)
{
	const struct snapshot *s = &p->w->published->s;
	const char *tag;

	if (s->base == NULL) {
		if (p->w->conf->n_lab > 0)
			json_object_set_new(view, "lab", json_true());
		return;
	}
	tag = life_tag(s, page_now(p));
	if (tag != NULL)
		json_object_set_new(view, "life", json_string(tag));
	if (snapshot_now(s)->empties > 0)
		json_object_set_new(view, "empties", json_integer((json_int_t)
		    snapshot_now(s)->empties * SNAPSHOT_DAY_S));
	if ((snapshot_now(s)->flags & SNAPSHOT_LAB) != 0)
		json_object_set_new(view, "lab", json_true());
}

const char *
page_url(const struct page *p)
{
	const char *url = p->w->conf->url;
	size_t n = strlen(url);

	return n > 0 && url[n - 1] == '/' ? url : arena_printf(p->r->arena, "%s/", url);
}

static const char *
digest(const char *file)
{
	return embed_find(embed_files, embed_files_n, file)->digest;
}

json_t *
page_view(const struct page *p, const char *at, const char *path)
{
	static const char *const own_names[LANG_N] = { "English", "日本語" };
	const struct conf *c = p->w->conf;
	enum lang other = p->lang == LANG_JA ? LANG_EN : LANG_JA;
	char client[ADDR_TEXT];
	json_t *view;

	memory_failed = false;
	addr_text(client, &p->r->client);
	view = json_pack("{ss ss ss ss ss ss ss* ss ss* ss ss ss sI sI}",
	    "lang", lang_names[p->lang], "other", lang_names[other],
	    "other_name", own_names[other], "path", path, "zone", c->zone,
	    "client", client, "url", page_url(p),
	    "operator", c->operator[0] != '\0' ? c->operator : c->zone,
	    "contact", c->contact[0] != '\0' ? c->contact : NULL,
	    "style", digest("style.css"), "script", digest("script.js"),
	    "icon", digest("favicon.svg"), "ttl", (json_int_t)c->ttl_s,
	    "answer", (json_int_t)c->answer_s);
	if (view == NULL)
		return NULL;
	if (at != NULL)
		json_object_set_new(view, "at", json_pack("{sb}", at, 1));
	view_life(view, p);
	return view;
}

void
page_field(struct page *p, const char *name, const char *value)
{
	if (value != NULL && p->n_fields < HTTP_FIELDS)
		p->fields[p->n_fields++] = (struct http_field){ name, value };
}

static void
answer(struct page *p, struct http_answer *a)
{
	for (size_t i = 0; i < p->n_fields; i++)
		http_field(a, p->fields[i].name, p->fields[i].value);
	http_answer(p->r, a);
}

void
page_html(struct page *p, unsigned code, struct str octets)
{
	struct http_answer a = { .code = code, .type = html, .body = octets };

	answer(p, &a);
}

int
page_render(const struct page *p, struct str *out, const char *template, json_t *view)
{
	struct gbuf *room = &p->w->pages->html;
	int err = SEK_ENOMEM;

	if (room->cap > PAGE_ROOM)
		gbuf_free(room);
	room->len = 0;
	room->max = PAGE_OCTETS;
	if (view != NULL && !memory_failed)
		err = template_render(room, template_of(template), view, p->lang);
	*out = (struct str){ (const char *)room->p, room->len };
	json_decref(view);
	return err;
}

void
page_answer(struct page *p, unsigned code, const char *template, json_t *view)
{
	struct str octets;

	if (page_render(p, &octets, template, view) != 0)
		page_plain(p->r, 503, "this page could not be made now; try again\n");
	else
		page_html(p, code, octets);
}

void
page_see(struct page *p, const char *cookie, const char *fmt, ...)
{
	struct http_answer a = { .code = 303 };
	char path[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		page_fail(p, 503, "internal", 0);
		return;
	}
	page_field(p, "Location", path);
	page_field(p, "Set-Cookie", cookie);
	answer(p, &a);
}

/* --- the keeper --- */

char *
page_grant_cookie(const struct page *p, const char *grant)
{
	char name[AUTH_COOKIE];

	auth_cookie(name, &p->addr);
	return arena_printf(p->r->arena, "%s=%s; HttpOnly; SameSite=Strict; Path=/; Max-Age=86400%s",
	    name, grant, p->r->secure ? "; Secure" : "");
}

json_t *
page_request(const struct page *p, const char *verb)
{
	json_t *q;

	memory_failed = false;
	q = json_pack("{ss}", "verb", verb);
	if (q != NULL && !addr_is_none(&p->addr))
		json_object_set_new(q, "addr", json_string(p->text));
	if (auth_add_asker(q, p->r) < 0 || auth_add_grant(q, p->r, &p->addr) < 0)
		memory_failed = true;
	return q;
}

static void
asked_event(void *ctx, const json_t *ev)
{
	struct page *p = ctx;

	if (p->event != NULL)
		p->event(p, ev);
}

static void
asked_done(void *ctx, const json_t *answer_of_keeper)
{
	struct page *p = ctx;

	p->done(p, answer_of_keeper);
}

void
page_ask(struct page *p, json_t *request, int64_t wait_ms,
    void (*event)(void *page, const json_t *ev),
    void (*done)(void *page, const json_t *answer))
{
	static const struct ask_events events = { asked_event, asked_done };
	int err = SEK_ENOMEM;

	p->event = event;
	p->done = done;
	if (request != NULL && !memory_failed)
		err = desk_ask(&p->ask, p->w->desk, request, &events, p, wait_ms);
	json_decref(request);
	if (err != 0)
		done(p, NULL);
}
