#include "web/relay_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/json_put.h"
#include "web/allow.h"
#include "web/testdoc.h"

enum { KEY_TEXT = 128 };

struct viewer {
	struct viewer		*next;
	struct relay		*relay;
	struct http_stream	*stream;
};

struct relay {			/* one test as one kind of reader sees it */
	struct relay		*next;
	struct relays		*all;
	char			 key[KEY_TEXT];
	json_t			*request;
	struct ask		*ask;		/* NULL: between two tries */
	struct loop_timer	*again;
	unsigned		 tries;		/* since the last event */
	struct viewer		*viewers;
	char			*last;		/* what all of them have been told */
	bool			 sending;	/* viewers are being walked */
};

struct relays {
	struct loop	*loop;
	struct desk	*desk;
	const char	*url;
	struct relay	*relays;
	size_t		 viewers, follows;
};

int
relays_new(struct relays **out, struct loop *l, struct desk *d, const char *url)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return SEK_ENOMEM;
	**out = (struct relays){ .loop = l, .desk = d, .url = url };
	return 0;
}

size_t
relays_viewers(const struct relays *rs)
{
	return rs->viewers;
}

size_t
relays_follows(const struct relays *rs)
{
	return rs->follows;
}

/* --- the end --- */

static void
relay_free(struct relay *y)
{
	struct relay **at = &y->all->relays;

	while (*at != y)
		at = &(*at)->next;
	*at = y->next;
	y->all->follows--;
	desk_drop(y->ask);
	loop_timer_free(y->again);
	json_decref(y->request);
	free(y->last);
	free(y);
}

/* Ends all streams, and y. */
static void
relay_end(struct relay *y)
{
	struct viewer *v;

	while ((v = y->viewers) != NULL) {
		y->viewers = v->next;
		y->all->viewers--;
		http_stream_close(v->stream);
		free(v);
	}
	relay_free(y);
}

void
relays_free(struct relays *rs)
{
	if (rs == NULL)
		return;
	while (rs->relays != NULL)
		relay_end(rs->relays);
	free(rs);
}

/* A client left, or was too slow. */
static void
viewer_gone(void *ctx)
{
	struct viewer *v = ctx, **at = &v->relay->viewers;
	struct relay *y = v->relay;

	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	y->all->viewers--;
	free(v);
	if (y->viewers == NULL && !y->sending)
		relay_free(y);
}

/* --- states --- */

/* The text of a state for a kind of reader; NULL: out of memory. */
static char *
state_text(const struct relays *rs, const json_t *snapshot)
{
	json_t *doc = testdoc_make(snapshot, allow_role(snapshot), rs->url);
	char *text = json_put_text(doc);

	json_decref(doc);
	return text;
}

/* A stream that cannot take more goes by itself: viewer_gone() will come. */
static void
tell(const struct viewer *v, const char *text, bool over)
{
	int err = http_stream_send(v->stream, "state", over ? "end" : NULL, str_of(text));

	(void)err;
}

static void
tell_all(struct relay *y, char *text, bool over)
{
	struct viewer *v, *next;

	if (y->last != NULL && strcmp(y->last, text) == 0 && !over) {
		free(text);
		return;
	}
	free(y->last);
	y->last = text;
	y->sending = true;
	for (v = y->viewers; v != NULL; v = next) {
		next = v->next;
		tell(v, text, over);
	}
	y->sending = false;
}

/* Two snapshots for the same kind of reader have the same key. */
static int
key_of(char key[KEY_TEXT], const json_t *snapshot)
{
	const char *ticket = testdoc_ticket(snapshot);
	const char *role = json_string_value(json_object_get(snapshot, "role"));
	int n;

	if (ticket == NULL)
		return SEK_EPARSE;
	n = snprintf(key, KEY_TEXT, "%s %d %s", ticket,
	    json_is_true(json_object_get(snapshot, "mine")), role == NULL ? "" : role);
	return n > 0 && n < KEY_TEXT ? 0 : SEK_EPARSE;
}

/* Returns false when y is gone. */
static bool
state(struct relay *y, const json_t *snapshot)
{
	char key[KEY_TEXT], *text;
	bool over = testdoc_over(snapshot);

	/* a reader whose rights changed is to ask anew */
	if (key_of(key, snapshot) != 0 || strcmp(key, y->key) != 0) {
		relay_end(y);
		return false;
	}
	text = state_text(y->all, snapshot);
	if (text != NULL)
		tell_all(y, text, over);
	if (over)
		relay_end(y);
	else if (y->viewers == NULL)
		relay_free(y);
	else
		return true;
	return false;
}

static void
on_event(void *ctx, const json_t *ev)
{
	struct relay *y = ctx;
	const char *name = json_string_value(json_object_get(ev, "event"));

	y->tries = 0;
	if (name != NULL && strcmp(name, "state") == 0)
		state(y, ev);
}

static void
on_done(void *ctx, const json_t *answer)
{
	struct relay *y = ctx;

	y->ask = NULL;
	if (answer == NULL)
		loop_timer_set(y->again, RELAY_AGAIN_MS);
	else if (json_integer_value(json_object_get(answer, "exit")) != 0)
		relay_end(y);
	else if (state(y, answer))	/* an end that is none: ask on */
		loop_timer_set(y->again, RELAY_AGAIN_MS);
}

static void
ask_again(void *ctx)
{
	static const struct ask_events events = { on_event, on_done };
	struct relay *y = ctx;

	if (++y->tries > RELAY_TRIES)
		relay_end(y);
	else if (desk_ask(&y->ask, y->all->desk, y->request, &events, y, -1) != 0)
		loop_timer_set(y->again, RELAY_AGAIN_MS);
}

/* --- joining --- */

static struct relay *
relay_find(struct relays *rs, const char *key)
{
	struct relay *y = rs->relays;

	while (y != NULL && strcmp(y->key, key) != 0)
		y = y->next;
	return y;
}

static int
relay_new(struct relay **out, struct relays *rs, const char *key, const json_t *request)
{
	struct relay *y;

	if (rs->follows == RELAYS)
		return SEK_ELIMIT;
	y = calloc(1, sizeof(*y));
	if (y == NULL)
		return SEK_ENOMEM;
	y->all = rs;
	snprintf(y->key, sizeof(y->key), "%s", key);
	y->request = json_deep_copy(request);
	if (loop_timer(&y->again, rs->loop, ask_again, y) != 0 ||
	    json_object_set_new(y->request, "follow", json_true()) != 0) {
		loop_timer_free(y->again);
		json_decref(y->request);
		free(y);
		return SEK_ENOMEM;
	}
	y->next = rs->relays;
	rs->relays = y;
	rs->follows++;
	loop_timer_set(y->again, 0);
	*out = y;
	return 0;
}

static void
nobody_gone(void *ctx)
{
	(void)ctx;
}

/* A test that is over: one event, and the end. */
static int
tell_once(struct http_request *r, const char *text)
{
	struct http_stream *stream;
	struct viewer v = { 0 };

	if (http_stream_open(&stream, r, nobody_gone, NULL) != 0)
		return 0;	/* r was answered */
	v.stream = stream;
	tell(&v, text, true);
	http_stream_close(stream);
	return 0;
}

/* What the next event says is told to all, unless they all know it already. */
static void
known(struct relay *y, const char *text)
{
	if (y->viewers == NULL && y->last == NULL) {
		y->last = strdup(text);
	} else if (y->last != NULL && strcmp(y->last, text) != 0) {
		free(y->last);
		y->last = NULL;
	}
}

static int
join(struct relay *y, struct http_request *r, const char *text)
{
	struct viewer *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return SEK_ENOMEM;
	v->relay = y;
	if (http_stream_open(&v->stream, r, viewer_gone, v) != 0) {
		free(v);
		return 0;	/* r was answered */
	}
	known(y, text);
	v->next = y->viewers;
	y->viewers = v;
	y->all->viewers++;
	tell(v, text, false);
	return 0;
}

static int
join_relay(struct relays *rs, struct http_request *r, const json_t *request,
    const json_t *snapshot, const char *text)
{
	char key[KEY_TEXT];
	struct relay *y;
	int err = key_of(key, snapshot);

	if (err != 0 || rs->viewers == RELAY_VIEWERS)
		return SEK_ELIMIT;
	y = relay_find(rs, key);
	if (y == NULL)
		err = relay_new(&y, rs, key, request);
	if (err != 0)
		return err;
	err = join(y, r, text);
	if (y->viewers == NULL)
		relay_free(y);
	return err;
}

int
relays_join(struct relays *rs, struct http_request *r, const json_t *request,
    const json_t *snapshot)
{
	char *text = state_text(rs, snapshot);
	int err;

	if (text == NULL)
		return SEK_ENOMEM;
	err = testdoc_over(snapshot) ? tell_once(r, text) :
	    join_relay(rs, r, request, snapshot, text);
	free(text);
	return err;
}
