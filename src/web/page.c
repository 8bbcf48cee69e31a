#include "web/web.h"

static void
get_robots(struct web *w, struct http_request *r, const struct route_words *words)
{
	(void)w;
	(void)words;
	http_answer(r, &(struct http_answer){
		.code = 200, .type = "text/plain; charset=utf-8", .is_static = true,
		.body = STR("User-agent: *\nDisallow: /\n"),
	});
}

const struct route page_routes[] = {
	{ HTTP_GET, "/robots.txt", get_robots },
	{ 0, NULL, NULL },
};

void
page_refuse(struct web *w, struct http_request *r, enum lang lang,
    struct http_answer *a, const char *tag)
{
	(void)w;
	(void)lang;
	a->type = "text/plain; charset=utf-8";
	a->body = str_of(arena_printf(r->arena, "%u %s\n", a->code, tag));
	http_answer(r, a);
}
