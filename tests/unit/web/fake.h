#pragma once
/* tests/unit/web/fake.h -- pages without HTTP and without a keeper.
 *
 * The real handlers run on this file's http_* and desk_*: what a handler asks
 * the keeper is kept, what it answers too; the keeper's answer is the test's. */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../snapshot_make.h"
#include "web/page.h"

enum { FAKE_NOW_S = 1795775400 };	/* 2026-11-27T10:30:00Z */

struct fake {
	struct clock_fake	 clock;
	struct web		 web;
	struct published	 published;
	struct snapshot_view	 base;
	/* the request in hand */
	struct http_request	 r;
	struct addr		 client;
	const char		*cookie_name, *cookie, *none_match;
	/* what the keeper was asked, and who waits */
	json_t			*asked;		/* NULL: nothing */
	struct ask_events	 events;
	void			*ctx;
	/* what was answered */
	unsigned		 code;		/* 0: nothing yet */
	char			*body;		/* owned, with a NUL */
	size_t			 n;
	char			 fields[HTTP_FIELDS][2][512];
	size_t			 n_fields;
};

static struct fake *fake_here;	/* one at a time */

/* Memory is refused (../nomem.h) to the code under test alone. */
static long *fake_fail_at;	/* nomem.h's; NULL: never */
static long fake_left = -1;	/* what it is while that code runs */

static inline void
fake_enter(void)
{
	if (fake_fail_at != NULL)
		*fake_fail_at = fake_left;
}

static inline void
fake_leave(void)
{
	if (fake_fail_at == NULL)
		return;
	fake_left = *fake_fail_at;
	*fake_fail_at = -1;
}

/* --- http.h --- */

struct str
http_header(const struct http_request *r, const char *name)
{
	(void)r;
	if (strcmp(name, "If-None-Match") == 0 && fake_here->none_match != NULL)
		return str_of(fake_here->none_match);
	return (struct str){ 0 };
}

struct str
http_cookie(const struct http_request *r, const char *name)
{
	(void)r;
	if (fake_here->cookie_name != NULL && strcmp(name, fake_here->cookie_name) == 0)
		return str_of(fake_here->cookie);
	return (struct str){ 0 };
}

void
http_field(struct http_answer *a, const char *name, const char *value)
{
	assert(a->n_fields < HTTP_FIELDS && strpbrk(value, "\r\n") == NULL);
	a->fields[a->n_fields++] = (struct http_field){ name, value };
}

void
http_answer(struct http_request *r, const struct http_answer *a)
{
	struct fake *f = fake_here;

	fake_leave();
	assert(f->code == 0);		/* exactly once */
	f->code = a->code;
	f->n = a->type == NULL ? 0 : a->body.n;
	f->body = calloc(1, f->n + 1);
	if (f->n > 0)
		memcpy(f->body, a->body.p, f->n);
	for (f->n_fields = 0; f->n_fields < a->n_fields; f->n_fields++) {
		snprintf(f->fields[f->n_fields][0], 512, "%s", a->fields[f->n_fields].name);
		snprintf(f->fields[f->n_fields][1], 512, "%s", a->fields[f->n_fields].value);
	}
	arena_free(r->arena);		/* the request is gone: ASan sees who looks back */
	r->arena = NULL;
	fake_enter();
}

static inline const char *
fake_field(const struct fake *f, const char *name)
{
	for (size_t i = 0; i < f->n_fields; i++)
		if (strcmp(f->fields[i][0], name) == 0)
			return f->fields[i][1];
	return "";
}

/* --- desk.h --- */

int
desk_ask(struct ask **out, struct desk *d, const json_t *request,
    const struct ask_events *ev, void *ctx, int64_t wait_ms)
{
	(void)d;
	assert(wait_ms < HTTP_WAIT_MS);
	fake_leave();
	json_decref(fake_here->asked);		/* a second question follows on the first */
	*out = NULL;
	fake_here->asked = json_deep_copy(request);
	fake_here->events = *ev;
	fake_here->ctx = ctx;
	fake_enter();
	return 0;
}

/* The keeper's answer: events (an array or NULL), then the end. */
static inline void
fake_reply(struct fake *f, const json_t *events, const json_t *answer)
{
	const json_t *ev;
	size_t i;

	fake_enter();
	json_array_foreach(events, i, ev)
		f->events.event(f->ctx, ev);
	f->events.done(f->ctx, answer);
	fake_leave();
}

/* --- the rest --- */

static inline void
fake_set(struct fake *f, const char *key, const char *value)
{
	struct conf_why why;

	if (conf_set((struct conf *)(uintptr_t)f->web.conf, key, str_of(value), &why) != 0) {
		fprintf(stderr, "%s\n", why.text);
		abort();
	}
}

/* 192.0.2.25 is an entry, 192.0.2.26 an exit; made once. */
static inline void
fake_publish(struct fake *f, uint32_t flags)
{
	static const struct snapshot_entry e[] = {
		{ { { [10] = 0xff, [11] = 0xff, 192, 0, 2, 25 } }, 2, 0 },
		{ { { [10] = 0xff, [11] = 0xff, 192, 0, 2, 26 } }, 3, 0 },
	};
	static uint8_t *octets;
	static int64_t n;
	const char *part;

	if (octets == NULL)
		n = make_base(&octets, 41, 0, e, 2);
	if (n <= 0 || snapshot_open(&f->base, octets, (size_t)n, &part) != 0)
		abort();
	f->base.head.flags = flags;
	f->base.head.expiry_s = f->clock.wall.s + 86400;
	f->published.s.base = &f->base;
}

static inline void
fake_new(struct fake *f)
{
	struct conf *c;

	memset(f, 0, sizeof(*f));
	fake_here = f;
	clock_fake_init(&f->clock, (struct wall){ FAKE_NOW_S });
	if (conf_default(&c) != 0)
		abort();
	f->web = (struct web){ .loop = loop_new_fake(&f->clock), .conf = c,
	    .published = &f->published };
	if (f->web.loop == NULL || page_new(&f->web.pages) != 0)
		abort();
	/* documentation addresses stand for public ones; the list itself is no laboratory */
	fake_set(f, "lab.range", "192.0.2.0/24");
	fake_set(f, "lab.range", "198.51.100.0/24");
	fake_set(f, "lab.range", "2001:db8::/32");
	fake_set(f, "operator.name", "Example List Office");
	fake_set(f, "operator.contact", "postmaster@bl.example");
	fake_set(f, "probe.helo", "relaytest.probe.example");
	fake_publish(f, 0);
	f->client = addr_v4(203, 0, 113, 9);
}

static inline void
fake_forget(struct fake *f)
{
	json_decref(f->asked);
	f->asked = NULL;
	free(f->body);
	f->body = NULL;
	f->code = 0;
	f->n_fields = 0;
}

static inline void
fake_free(struct fake *f)
{
	fake_forget(f);
	page_free(f->web.pages);
	loop_free(f->web.loop);
	conf_free((struct conf *)(uintptr_t)f->web.conf);
}

/* Calls the handler of a row of page_routes.  path: as it would have come. */
static inline void
fake_call(struct fake *f, enum http_method method, const char *pattern,
    const struct route_words *words, const char *path, const char *query, const char *body)
{
	const struct route *row = page_routes;

	while (row->pattern != NULL && (row->method != method || strcmp(row->pattern, pattern) != 0))
		row++;
	if (row->pattern == NULL) {
		fprintf(stderr, "no route %s\n", pattern);
		abort();
	}
	fake_forget(f);
	f->r = (struct http_request){ .method = method, .path = str_of(path),
	    .query = str_of(query), .body = str_of(body), .client = f->client,
	    .secure = true, .arena = arena_new(HTTP_ARENA) };
	fake_enter();
	row->handle(&f->web, &f->r, words);
	fake_leave();
}
