/* web/api_ip.c -- GET /v1/ip/{addr}: what is said of an address. */

#include <stdio.h>
#include <stdlib.h>

#include "fact/special_use.h"
#include "sys/json_put.h"
#include "web/allow.h"
#include "web/api.h"
#include "web/etag.h"
#include "web/form.h"
#include "web/rdap.h"
#include "web/reply.h"
#include "web/when.h"

/* Reads ?at=; left at 0 without one.  Anything else in the query is a mistake
 * that would be answered with another moment than was meant.
 * Returns false when r was answered. */
static bool
read_at(struct web *w, struct http_request *r, struct wall *at)
{
	const struct clock *clock = loop_clock(w->loop);
	struct form form;
	const char *tag = NULL;
	int err = form_parse(&form, r->arena, r->query);

	*at = (struct wall){ 0 };
	if (err == SEK_ENOMEM)
		tag = "memory";
	else if (err != 0 || form.n > 1 ||
	    (form.n == 1 && !str_eq(form.fields[0].name, STR("at"))))
		tag = "bad-query";
	else if (form.n == 1 && (when_parse(at, form.fields[0].value) != 0 ||
	    at->s == 0 || at->s > clock->wall(clock).s))
		tag = "bad-time";
	if (tag != NULL)
		problem_answer(w, r, &(struct problem){ .tag = tag });
	return tag == NULL;
}

/* The tag of a document: that of all it says but the moment.  Returns 0 or
 * SEK_ENOMEM. */
static int
tag_of(char etag[ETAG_TEXT], json_t *doc)
{
	json_t *said = json_object_get(doc, "sekimori");
	json_t *as_of = json_incref(json_object_get(said, "as_of"));
	char *text;
	int err = 0;

	json_object_del(said, "as_of");
	text = json_put_text(doc);
	if (as_of != NULL)
		json_put(said, "as_of", as_of, &err);
	if (text == NULL || err != 0) {
		free(text);
		return SEK_ENOMEM;
	}
	etag_of(etag, (uint32_t)json_integer_value(json_object_get(said, "serial")),
	    str_of(text));
	free(text);
	return 0;
}

static void
reply(struct http_request *r, const struct rdap_in *in)
{
	struct http_answer a = { .code = 200 };
	json_t *doc = rdap_make(in);
	char etag[ETAG_TEXT];

	if (doc != NULL && !allow_role(in->check) && tag_of(etag, doc) != 0)
		doc = json_put_end(doc, SEK_ENOMEM);
	if (allow_role(in->check) || doc == NULL) {	/* private: no-store, as ever */
		reply_json(r, &a, doc);
		return;
	}
	http_field(&a, "ETag", etag);
	http_field(&a, "Cache-Control", "max-age=0, must-revalidate");
	if (etag_match(http_header(r, "If-None-Match"), etag)) {
		a.code = 304;
		http_field(&a, "Vary", REPLY_VARY);
		json_decref(doc);
		http_answer(r, &a);
	} else {
		reply_json(r, &a, doc);
	}
}

static struct rdap_in
about(const struct web *w, const struct http_request *r, const struct addr *a)
{
	const struct clock *c = loop_clock(w->loop);

	return (struct rdap_in){ .addr = *a, .lang = reply_lang(r),
	    .url = w->conf->url, .own = addr_eq(a, &r->client),
	    .expired = snapshot_expired(&w->published->s, c->wall(c).s) };
}

/* What the snapshot knows, without the keeper. */
static void
reply_published(struct web *w, struct http_request *r, struct rdap_in *in)
{
	json_t *check;

	if (w->published->s.base == NULL) {
		problem_answer(w, r, &(struct problem){ .tag = "starting" });
		return;
	}
	check = rdap_snapshot(&w->published->s, &in->addr);
	in->check = check;
	if (check == NULL)
		problem_answer(w, r, &(struct problem){ .tag = "memory" });
	else
		reply(r, in);
	json_decref(check);
}

static void
checked(struct api_ask *q, const json_t *answer)
{
	struct rdap_in in = about(q->web, q->r, &q->addr);

	in.past = json_object_get(q->request, "at") != NULL;
	if (answer == NULL && in.past) {
		api_ask_refuse(q, "history-away");
	} else if (answer == NULL) {
		in.away = true;
		reply_published(q->web, q->r, &in);
	} else if (!api_failed(q, answer)) {
		in.check = answer;
		reply(q->r, &in);
	}
}

static void
ask_check(struct web *w, struct http_request *r, const struct addr *a, struct wall at)
{
	char addr[ADDR_TEXT];
	struct api_ask *q;
	json_t *request;
	int err = 0;

	addr_text(addr, a);
	request = json_pack("{ss ss}", "verb", "check", "addr", addr);
	if (at.s != 0)
		json_put(request, "at", json_integer(at.s), &err);
	q = api_ask_new(w, r, json_put_end(request, err));
	if (q == NULL)
		return;
	q->addr = *a;
	api_ask_grant(q, a);
	api_ask_send(q, checked);
}

void
api_ip_get(struct web *w, struct http_request *r, const struct route_words *words)
{
	struct rdap_in in = about(w, r, &words->addr);
	const char *why;
	struct wall at;

	if (!read_at(w, r, &at))
		return;
	in.special = special_use(&in.addr, w->conf->lab, w->conf->n_lab, &why);
	if (in.special)
		reply_published(w, r, &in);
	else
		ask_check(w, r, &in.addr, at);
}
