#pragma once
/* tests/unit/web/state.h -- one state of one page, out of states/NAME.json:
 *
 *	page	pattern of page_routes		method	"POST", else GET
 *	addr, id, query, body	of the request	client	who asks
 *	cookie	an owner's grant		at	seconds: the time of the clock
 *	lab	true: a laboratory		conf	{key: value} besides
 *	life	number: of the list		empties	its day, since 1970
 *	events, answer	of the keeper; an answer of null: it is down
 *	(no answer: the page asks nothing) */

#include "fake.h"

static inline const char *
state_text(const json_t *s, const char *key)
{
	const char *v = json_string_value(json_object_get(s, key));

	return v != NULL ? v : "";
}

static inline struct addr
state_addr(const json_t *s, const char *key, struct addr otherwise)
{
	struct addr a = otherwise;

	if (state_text(s, key)[0] != '\0' && addr_parse(&a, str_of(state_text(s, key))) != 0)
		abort();
	return a;
}

/* What stays while the state is shown: once before state_show(). */
static inline void
state_begin(struct fake *f, const json_t *s)
{
	const json_t *at = json_object_get(s, "at"), *value;
	const char *key;

	json_object_foreach(json_object_get((json_t *)(uintptr_t)s, "conf"), key, value)
		fake_set(f, key, json_string_value(value));
	if (at != NULL)
		f->clock.wall.s = json_integer_value(at);
	fake_publish(f, json_is_true(json_object_get(s, "lab")) ? SNAPSHOT_LAB : 0);
	if (json_object_get(s, "life") != NULL)
		f->base.head.life = (uint8_t)json_integer_value(json_object_get(s, "life"));
	f->base.head.empties = (uint32_t)json_integer_value(json_object_get(s, "empties"));
	f->client = state_addr(s, "client", addr_v4(203, 0, 113, 9));
}

/* Calls the page in that language; what came of it is in f. */
static inline void
state_show(struct fake *f, const json_t *s, enum lang lang)
{
	char cookie[64] = "owner_", path[64];
	struct route_words words = { .lang = lang, .addr = state_addr(s, "addr", addr_none),
	    .id = str_of(state_text(s, "id")) };
	const json_t *answer = json_object_get(s, "answer");

	str_hex(cookie + 6, words.addr.o, sizeof(words.addr.o));
	f->cookie_name = cookie;
	f->cookie = state_text(s, "cookie");
	/* of use where the pattern has no other word than the language */
	snprintf(path, sizeof(path), "/%s%s", lang_names[lang],
	    state_text(s, "page") + strlen("/{lang}"));
	fake_call(f, strcmp(state_text(s, "method"), "POST") == 0 ? HTTP_POST : HTTP_GET,
	    state_text(s, "page"), &words, path, state_text(s, "query"), state_text(s, "body"));
	if (f->asked != NULL)
		fake_reply(f, json_object_get(s, "events"), json_is_null(answer) ? NULL : answer);
	f->cookie_name = NULL;
}
