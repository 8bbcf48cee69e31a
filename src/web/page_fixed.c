#include <stdio.h>
#include <string.h>

#include "web/embed.h"
#include "web/form.h"
#include "web/page.h"

enum { CRITERIA_VERSION = 1 };	/* of the rules on the page; raise it when they change */

/* --- pages that say the same to everybody --- */

static const struct { struct str segment; const char *at, *path, *template; } fixed[] = {
	{ { "", 0 }, "home", "/", "page-home" },
	{ { "about", 5 }, "about", "/about", "page-about" },
	{ { "api", 3 }, "api", "/api", "page-api" },
	{ { "criteria", 8 }, "criteria", "/criteria", "page-criteria" },
	{ { "help", 4 }, "help", "/help", "page-help" },
	{ { "privacy", 7 }, "privacy", "/privacy", "page-privacy" },
};

void
page_fixed(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct str rest = r->path, segment;
	size_t i = 0;
	json_t *view;

	if (p == NULL)
		return;
	(void)str_cut(&rest, '/');
	(void)str_cut(&rest, '/');	/* the language */
	segment = str_cut(&rest, '/');
	while (i < sizeof(fixed) / sizeof(fixed[0]) - 1 && !str_eq(fixed[i].segment, segment))
		i++;
	view = page_view(p, fixed[i].at, fixed[i].path);
	if (view != NULL)
		json_object_set_new(view, "version", json_integer(CRITERIA_VERSION));
	page_answer(p, 200, fixed[i].template, view);
}

/* --- paths without a language: those of TXT records and of people who type --- */

void
page_root(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct http_answer a = { .code = 302 };
	char *path;

	if (p == NULL)
		return;
	path = addr_is_none(&p->addr) ? arena_printf(r->arena, "/%s/", lang_names[p->lang]) :
	    arena_printf(r->arena, "/%s/ip/%s", lang_names[p->lang], p->text);
	if (path == NULL) {
		page_plain(r, 503, "out of memory; try again\n");
		return;
	}
	http_field(&a, "Location", path);
	http_field(&a, "Vary", "Accept-Language");
	http_answer(r, &a);
}

/* --- files --- */

/* Kept for good under the digest that pages name; else asked after each time. */
void
page_file(struct web *w, struct http_request *r, const struct route_words *words)
{
	char name[32] = "", etag[32];
	const struct embedded *e = NULL;
	struct http_answer a = { .code = 200, .is_static = true };
	struct str version = r->query;

	(void)w;
	(void)words;
	if (str_copy(name, sizeof(name), (struct str){ r->path.p + 1, r->path.n - 1 }) == 0)
		e = embed_find(embed_files, embed_files_n, name);
	if (e == NULL) {
		page_plain(r, 404, "there is no such file\n");
		return;
	}
	if (str_istarts(version, STR("v=")))
		version = (struct str){ version.p + 2, version.n - 2 };
	snprintf(etag, sizeof(etag), "\"%s\"", e->digest);
	http_field(&a, "ETag", etag);
	http_field(&a, "Cache-Control", str_eq(version, str_of(e->digest)) ?
	    "public, max-age=31536000, immutable" : "no-cache");
	if (str_eq(http_header(r, "If-None-Match"), str_of(etag))) {
		a.code = 304;
	} else {
		a.type = e->type;
		a.body = e->octets;
	}
	http_answer(r, &a);
}

/* Pages of addresses say noindex themselves, which a crawler that may not fetch
 * them would not see; only what has no page is closed here. */
void
page_robots(struct web *w, struct http_request *r, const struct route_words *words)
{
	(void)w;
	(void)words;
	page_plain(r, 200, "User-agent: *\nDisallow: /v1/\nDisallow: /metrics\n");
}

/* RFC 9116 */
void
page_security(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	struct http_answer a = { .code = 200, .type = "text/plain; charset=utf-8" };
	char expires[WALL_TEXT], *text;

	if (p == NULL)
		return;
	if (w->conf->contact[0] == '\0') {
		page_fail(p, 404, "not-found", 0);
		return;
	}
	wall_text(expires, (struct wall){ page_now(p).s + 90 * 86400 });
	text = arena_printf(r->arena, "Contact: mailto:%s\nExpires: %s\n"
	    "Preferred-Languages: ja, en\nCanonical: %s.well-known/security.txt\n",
	    w->conf->contact, expires, page_url(p));
	if (text == NULL) {
		page_plain(r, 503, "out of memory; try again\n");
		return;
	}
	a.body = str_of(text);
	http_answer(r, &a);
}

/* --- the table of paths --- */

const struct route page_routes[] = {
	{ HTTP_GET, "/", page_root },
	{ HTTP_GET, "/ip/{addr}", page_root },
	{ HTTP_GET, "/style.css", page_file },
	{ HTTP_GET, "/script.js", page_file },
	{ HTTP_GET, "/favicon.svg", page_file },
	{ HTTP_GET, "/robots.txt", page_robots },
	{ HTTP_GET, "/.well-known/security.txt", page_security },
	{ HTTP_GET, "/{lang}", page_fixed },
	{ HTTP_GET, "/{lang}/check", page_lookup },
	{ HTTP_GET, "/{lang}/ip/{addr}", page_ip },
	{ HTTP_POST, "/{lang}/ip/{addr}/test", page_retest },
	{ HTTP_GET, "/{lang}/test/{id}", page_test },
	{ HTTP_POST, "/{lang}/test/{id}/cancel", page_test_cancel },
	{ HTTP_GET, "/{lang}/ip/{addr}/prove", page_prove },
	{ HTTP_POST, "/{lang}/ip/{addr}/prove", page_prove_post },
	{ HTTP_GET, "/{lang}/ip/{addr}/evidence", page_evidence },
	{ HTTP_GET, "/{lang}/ip/{addr}/evidence/{digest}", page_evidence_mail },
	{ HTTP_GET, "/{lang}/ip/{addr}/optout", page_optout },
	{ HTTP_POST, "/{lang}/ip/{addr}/optout", page_optout_post },
	{ HTTP_GET, "/{lang}/optout", page_optout_field },
	{ HTTP_POST, "/{lang}/optout", page_optout_domain },
	{ HTTP_GET, "/{lang}/about", page_fixed },
	{ HTTP_GET, "/{lang}/criteria", page_fixed },
	{ HTTP_GET, "/{lang}/help", page_fixed },
	{ HTTP_GET, "/{lang}/api", page_fixed },
	{ HTTP_GET, "/{lang}/privacy", page_fixed },
	{ 0, NULL, NULL },
};
