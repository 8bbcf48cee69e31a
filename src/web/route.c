#include "web/web.h"

enum { SEGMENTS = 8, ALLOW_TEXT = 64 };

struct path {
	struct str	segments[SEGMENTS];
	size_t		n;
};

/* A slash at the end counts for nothing.  Returns false past SEGMENTS. */
static bool
cut_path(struct path *out, struct str path)
{
	(void)str_cut(&path, '/');
	for (out->n = 0; path.n > 0; out->n++) {
		if (out->n == SEGMENTS)
			return false;
		out->segments[out->n] = str_cut(&path, '/');
	}
	return true;
}

/* --- words in braces --- */

static bool
take_lang(struct route_words *w, struct str s)
{
	for (int i = 0; i < LANG_N; i++)
		if (str_eq(s, str_of(lang_names[i]))) {
			w->lang = (enum lang)i;
			return true;
		}
	return false;
}

static bool
take_addr(struct route_words *w, struct str s)
{
	return addr_parse(&w->addr, s) == 0;
}

static bool
take_id(struct route_words *w, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'z'))
			return false;
	w->id = s;
	return s.n > 0 && s.n <= 64;
}

static const struct {
	const char	*name;
	bool		(*take)(struct route_words *w, struct str s);
} braces[] = {
	{ "{lang}", take_lang }, { "{addr}", take_addr }, { "{id}", take_id },
	{ "{digest}", take_id },
};

static bool
takes_segment(struct str want, struct str s, struct route_words *w)
{
	for (size_t i = 0; i < sizeof(braces) / sizeof(braces[0]); i++)
		if (str_eq(want, str_of(braces[i].name)))
			return braces[i].take(w, s);
	return str_eq(want, s);
}

static bool
takes_path(const char *pattern, const struct path *p, struct route_words *w)
{
	struct path want;

	if (!cut_path(&want, str_of(pattern)) || want.n != p->n)
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (!takes_segment(want.segments[i], p->segments[i], w))
			return false;
	return true;
}

/* --- who posts --- */

/* "https://bl.example" of "https://bl.example/list/" */
static struct str
origin_of(struct str url)
{
	ptrdiff_t colon = str_search(url, STR("://")), slash;
	struct str rest;

	if (colon < 0)
		return url;
	rest = (struct str){ url.p + colon + 3, url.n - (size_t)colon - 3 };
	slash = str_find(rest, '/');
	return (struct str){ url.p, slash < 0 ? url.n : (size_t)(colon + 3 + slash) };
}

/* An address, or a name that is never looked up (RFC 6761 6.3): no other site
 * can make its own name lead here (DNS rebinding). */
static bool
is_here(struct str host)
{
	struct str name = host, rest;
	struct addr a;

	if (host.n > 0 && host.p[0] == '[') {
		rest = (struct str){ host.p + 1, host.n - 1 };
		return addr_parse(&a, str_cut(&rest, ']')) == 0;
	}
	name = str_cut(&host, ':');
	return addr_parse(&a, name) == 0 || str_ieq(name, STR("localhost"));
}

static bool
is_our_origin(const struct web *w, const struct http_request *r, struct str origin)
{
	struct str host = http_header(r, "Host"), rest = origin;
	ptrdiff_t colon = str_search(origin, STR("://"));

	if (colon < 0)
		return false;	/* "null" too: a page in a sandbox, or of a file */
	if (str_ieq(origin, origin_of(str_of(w->conf->url))))
		return true;
	rest = (struct str){ origin.p + colon + 3, origin.n - (size_t)colon - 3 };
	return is_here(host) && str_ieq(rest, host);
}

/* What changes something comes from our own pages, or from no browser. */
static bool
may_post(const struct web *w, const struct http_request *r)
{
	struct str origin = http_header(r, "Origin");
	struct str site = http_header(r, "Sec-Fetch-Site");

	if (origin.p != NULL)
		return is_our_origin(w, r, origin);
	return site.p == NULL || str_eq(site, STR("same-origin")) ||
	    str_eq(site, STR("none"));
}

/* --- the tables --- */

static const struct {
	enum http_method	 is;
	const char		*name;
} methods[] = {
	{ HTTP_GET, "GET, HEAD" }, { HTTP_POST, "POST" }, { HTTP_PATCH, "PATCH" },
	{ HTTP_DELETE, "DELETE" },
};

static const struct route *const tables[] = { page_routes, api_routes };

struct found {
	const struct route	*route;		/* of path and method, or NULL */
	struct route_words	 words;
	unsigned		 others;	/* bits of methods that the path has */
};

static void
look(struct found *f, const struct path *p, enum http_method method,
    const struct route_words *begin)
{
	for (size_t t = 0; t < 2; t++)
		for (const struct route *row = tables[t]; row->pattern != NULL; row++) {
			struct route_words words = *begin;

			if (!takes_path(row->pattern, p, &words))
				continue;
			f->others |= 1u << row->method;
			if (row->method == method && f->route == NULL) {
				f->route = row;
				f->words = words;
			}
		}
}

static void
allow(char out[ALLOW_TEXT], unsigned others)
{
	struct wbuf w = wbuf_of(out, ALLOW_TEXT - 1);

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if ((others & 1u << methods[i].is) != 0) {
			wbuf_str(&w, methods[i].name);
			wbuf_str(&w, ", ");
		}
	wbuf_str(&w, "OPTIONS");
	out[w.len] = '\0';
}

static bool
is_api(const struct path *p)
{
	return p->n > 0 && (str_eq(p->segments[0], STR("v1")) ||
	    str_eq(p->segments[0], STR("metrics")));
}

static void
refuse(struct web *w, struct http_request *r, const struct path *p,
    const struct found *f, unsigned code, const char *tag)
{
	struct http_answer a = { .code = code };
	char methods_text[ALLOW_TEXT];

	if (code == 405) {
		allow(methods_text, f->others);
		http_field(&a, "Allow", methods_text);
	}
	(is_api(p) ? api_refuse : page_refuse)(w, r, f->words.lang, &a, tag);
}

static void
answer_options(struct http_request *r, unsigned others)
{
	struct http_answer a = { .code = 204 };
	char methods_text[ALLOW_TEXT];

	allow(methods_text, others);
	http_field(&a, "Allow", methods_text);
	http_answer(r, &a);
}

void
route_request(void *web, struct http_request *r)
{
	struct web *w = web;
	const struct route_words begin = {
		.lang = lang_of_accept(http_header(r, "Accept-Language")),
	};
	enum http_method method = r->method == HTTP_HEAD_ONLY ? HTTP_GET : r->method;
	struct found f = { .words = begin };
	struct path p;

	if (cut_path(&p, r->path))
		look(&f, &p, method, &begin);
	if (f.others == 0)
		refuse(w, r, &p, &f, 404, "no-such-page");
	else if (method == HTTP_OPTIONS)
		answer_options(r, f.others);
	else if (f.route == NULL)
		refuse(w, r, &p, &f, 405, "wrong-method");
	else if (method != HTTP_GET && !may_post(w, r))
		refuse(w, r, &p, &f, 403, "other-site");
	else
		f.route->handle(w, r, &f.words);
}
