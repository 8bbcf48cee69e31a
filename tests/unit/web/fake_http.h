#pragma once
/* tests/unit/web/fake_http.h -- web/http.h without a network: requests are made
 * of texts, answers and streams are written down.  Include it in one file. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/http.h"

enum { FAKE_FIELDS = 8, FAKE_ANSWER = 2 * 1024 * 1024, FAKE_STREAMS = 600 };

struct fake {			/* one request and what came of it */
	struct http_request	 r;
	struct http_field	 in[FAKE_FIELDS];	/* header fields of the request */
	struct { const char *name, *value; } cookies[FAKE_FIELDS];
	unsigned		 code;		/* 0: not answered yet */
	char			 type[64];
	char			 fields[1024];	/* "Name: value\n" each */
	const char		*body;		/* until the next answer */
	size_t			 len;
};

static char fake_body[FAKE_ANSWER];

struct http_stream {
	void	(*gone)(void *ctx);
	void	*ctx;
	bool	 closed, full;
	size_t	 events;
	char	 text[8192];		/* all that was sent */
	size_t	 len;
};

static struct http_stream *fake_streams[FAKE_STREAMS];
static size_t fake_n_streams;
static struct http_stats fake_stats;
static bool fake_no_stream;		/* the next stream cannot be opened */

static struct fake *
fake_of(const struct http_request *r)
{
	return (struct fake *)(void *)(uintptr_t)r;
}

struct str
http_header(const struct http_request *r, const char *name)
{
	const struct fake *f = fake_of(r);

	for (size_t i = 0; i < FAKE_FIELDS; i++)
		if (f->in[i].name != NULL && str_ieq(str_of(f->in[i].name), str_of(name)))
			return str_of(f->in[i].value);
	return (struct str){ 0 };
}

struct str
http_cookie(const struct http_request *r, const char *name)
{
	const struct fake *f = fake_of(r);

	for (size_t i = 0; i < FAKE_FIELDS; i++)
		if (f->cookies[i].name != NULL && strcmp(f->cookies[i].name, name) == 0)
			return str_of(f->cookies[i].value);
	return (struct str){ 0 };
}

void
http_field(struct http_answer *a, const char *name, const char *value)
{
	if (a->n_fields == HTTP_FIELDS || strpbrk(value, "\r\n") != NULL)
		abort();
	a->fields[a->n_fields++] = (struct http_field){ name, value };
}

void
http_answer(struct http_request *r, const struct http_answer *a)
{
	struct fake *f = fake_of(r);

	if (f->code != 0 || a->body.n >= sizeof(fake_body))
		abort();	/* answered twice */
	f->code = a->code;
	f->len = a->type == NULL ? 0 : a->body.n;
	if (f->len > 0)
		memcpy(fake_body, a->body.p, f->len);
	fake_body[f->len] = '\0';
	f->body = fake_body;
	snprintf(f->type, sizeof(f->type), "%s", a->type == NULL ? "" : a->type);
	for (size_t i = 0; i < a->n_fields; i++)
		snprintf(f->fields + strlen(f->fields), sizeof(f->fields) - strlen(f->fields),
		    "%s: %s\n", a->fields[i].name, a->fields[i].value);
}

int
http_stream_open(struct http_stream **out, struct http_request *r,
    void (*gone)(void *ctx), void *ctx)
{
	struct http_stream *s = fake_no_stream ? NULL : calloc(1, sizeof(*s));
	struct http_answer a = { .code = s == NULL ? 503 : 200 };

	http_answer(r, &a);
	if (s == NULL)
		return SEK_ENOMEM;
	if (fake_n_streams == FAKE_STREAMS)
		abort();
	s->gone = gone;
	s->ctx = ctx;
	fake_streams[fake_n_streams++] = s;
	*out = s;
	return 0;
}

int
http_stream_send(struct http_stream *s, const char *event, const char *id, struct str data)
{
	if (s->closed || str_find(data, '\n') >= 0)
		abort();
	if (s->full)
		return SEK_ELIMIT;
	s->events++;
	s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len,
	    "%s%s%s%s%s%.*s\n", event == NULL ? "" : event, event == NULL ? "" : " ",
	    id == NULL ? "" : "id=", id == NULL ? "" : id, id == NULL ? "" : " ",
	    (int)data.n, data.p);
	return 0;
}

void
http_stream_close(struct http_stream *s)
{
	s->closed = true;
}

const struct http_stats *
http_stats(const struct http *h)
{
	(void)h;
	return &fake_stats;
}

/* The client of that stream leaves. */
static inline void
fake_leave(struct http_stream *s)
{
	if (s->closed)
		abort();
	s->closed = true;
	s->gone(s->ctx);
}

static inline void
fake_free_streams(void)
{
	while (fake_n_streams > 0)
		free(fake_streams[--fake_n_streams]);
}
