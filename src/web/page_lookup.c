#include <string.h>

#include "web/form.h"
#include "web/page.h"
#include "web/query.h"

/* The page of a field that could not be understood. */
static void
answer_again(struct page *p, struct str q, const char *why)
{
	json_t *view = page_view(p, NULL, "/");

	if (view != NULL) {
		json_object_set_new(view, "q", json_stringn(q.p, q.n));
		json_object_set_new(view, "q_wrong", json_string(why));
		}
	page_answer(p, 400, "page-search", view);
}

/* --- a name's mail servers --- */

struct counts { json_int_t listed, total; };

static json_t *
address_row(const json_t *answer, const char *addr, struct counts *n)
{
	bool listed = page_true(json_object_get(answer, "listed"), addr);

	n->total++;
	n->listed += listed;
	return json_pack("{ss ss ss}", "addr", addr, "tone", listed ? "listed" : "clear",
	    "state", listed ? "state.listed" : "state.not-listed");
}

static void
add_rows(json_t *rows, const json_t *answer, const json_t *mx, struct counts *n)
{
	const json_t *addrs = json_object_get(mx, "addrs"), *a;
	char tag[64];
	json_t *row;
	size_t i;

	json_array_foreach(addrs, i, a) {
		row = address_row(answer, json_string_value(a) != NULL ? json_string_value(a) : "", n);
		page_copy(row, mx, "host");
		page_copy(row, mx, "pref");
		json_array_append_new(rows, row);
	}
	if (json_array_size(addrs) == 0) {
		row = json_pack("{ss}", "fault", page_tag(tag, "resolve.fault-",
		    page_text(mx, "fault"), "resolve.fault-no-address"));
		page_copy(row, mx, "host");
		page_copy(row, mx, "pref");
		json_array_append_new(rows, row);
	}
}

/* An alias is told of beside its addresses, which work for some. */
static void
add_faults(json_t *view, const json_t *answer)
{
	const json_t *mx;
	char tag[64] = "";
	size_t i;

	page_tag(tag, "resolve.fault-", page_text(answer, "fault"), "");
	json_array_foreach(json_object_get(answer, "mx"), i, mx)
		if (tag[0] == '\0' && strcmp(page_text(mx, "fault"), "cname") == 0)
			page_tag(tag, "resolve.fault-", "cname", "");
	if (tag[0] != '\0')
		json_object_set_new(view, "fault", json_string(tag));
}

static void
set_rows(json_t *view, const char *key, json_t *rows)
{
	if (json_array_size(rows) > 0)
		json_object_set_new(view, key, json_pack("{so}", "rows", rows));
	else
		json_decref(rows);
}

static void
view_names(json_t *view, const json_t *answer)
{
	const json_t *mx, *a;
	json_t *rows = json_array(), *own = json_array();
	struct counts n = { 0, 0 };
	size_t i;

	json_array_foreach(json_object_get(answer, "mx"), i, mx)
		add_rows(rows, answer, mx, &n);
	json_array_foreach(json_object_get(answer, "addrs"), i, a)
		if (json_is_string(a))
			json_array_append_new(own, address_row(answer, json_string_value(a), &n));
	set_rows(view, "mx", rows);
	set_rows(view, "addrs", own);
	add_faults(view, answer);
	if (n.total == 0 && json_object_get(view, "fault") == NULL)
		json_object_set_new(view, "fault", json_string("resolve.none"));
	json_object_set_new(view, "any", json_boolean(n.total > 0));
	json_object_set_new(view, "listed", json_integer(n.listed));
	json_object_set_new(view, "total", json_integer(n.total));
}

static void
names_done(void *ctx, const json_t *answer)
{
	struct page *p = ctx;
	const char *name = p->more;
	json_t *view;

	if (!page_worked(answer)) {
		page_fail_answer(p, answer);
		return;
	}
	view = page_view(p, NULL, "/");
	if (view != NULL) {
		json_object_set_new(view, "name", json_string(name));
		json_object_set_new(view, "q", json_string(name));
			view_names(view, answer);
	}
	page_answer(p, 200, "page-resolve", view);
}

static void
ask_names(struct page *p, const struct query *q)
{
	char *name = arena_printf(p->r->arena, "%s", q->name);
	json_t *request;

	if (name == NULL) {
		page_fail(p, 503, "memory", 0);
		return;
	}
	p->more = name;
	request = page_request(p, "resolve");
	if (request != NULL) {
		json_object_set_new(request, "name", json_string(name));
		json_object_set_new(request, "kind",
		    json_string(q->kind == QUERY_HOST ? "host" : "domain"));
	}
	page_ask(p, request, PAGE_WAIT_DNS_MS, NULL, names_done);
}

void
page_lookup(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct page *p = page_begin(w, r, words);
	char text[ADDR_TEXT];
	struct form form;
	struct query q;
	struct str field;

	if (p == NULL)
		return;
	if (form_parse(&form, r->arena, r->query) != 0) {
		page_fail(p, 400, "bad-request", 0);
		return;
	}
	field = form_find(&form, "q");
	query_parse(&q, field, str_of(w->conf->zone));
	switch (q.kind) {
	case QUERY_ADDR:
		addr_text(text, &q.addr);
		page_see(p, NULL, "/%s/ip/%s", lang_names[p->lang], text);
		break;
	case QUERY_HOST:
	case QUERY_DOMAIN:
		ask_names(p, &q);
		break;
	case QUERY_NONE:
		answer_again(p, field, q.why);
		break;
	}
}
