#include "web/http_body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BLOCK = 1024 };

struct http_stream {
	struct http_conn	*conn;
	void			(*gone)(void *ctx);
	void			*ctx;
	struct gbuf		 queue;
	bool			 closing;	/* the owner has left it */
};

/* The library wants up to max octets. */
static ssize_t
read_queue(void *ctx, uint64_t pos, char *buf, size_t max)
{
	struct http_stream *s = ctx;
	struct http_conn *c = s->conn;
	size_t n = s->queue.len < max ? s->queue.len : max;

	(void)pos;
	if (c->wait == WAIT_END)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n > 0) {
		memcpy(buf, s->queue.p, n);
		gbuf_drop(&s->queue, n);
		return (ssize_t)n;
	}
	if (s->closing)
		return MHD_CONTENT_READER_END_OF_STREAM;
	gbuf_free(&s->queue);	/* most streams are silent for most of their time */
	c->suspended = true;
	MHD_suspend_connection(c->c);
	return 0;
}

static void
stream_free(struct http_stream *s)
{
	s->conn->stream = NULL;
	s->conn->h->stats.streams--;
	gbuf_free(&s->queue);
	free(s);
}

void
http_stream_gone(struct http_stream *s)
{
	void (*gone)(void *ctx) = s->closing ? NULL : s->gone;
	void *ctx = s->ctx;

	stream_free(s);
	if (gone != NULL)
		gone(ctx);
}

/* Streams stay for hours: half of all places are for those that do not. */
static bool
may_stream(const struct http *h)
{
	return h->stats.streams < (h->max_conns + 1) / 2;
}

static struct MHD_Response *
make(struct http_stream *s)
{
	struct http_answer a = { .code = 200, .type = "text/event-stream" };

	http_field(&a, "X-Accel-Buffering", "no");	/* for nginx */
	return http_dress(MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
	    BLOCK, read_queue, s, NULL), &a);
}

static int
refuse(struct http_call *call, int err)
{
	struct http_answer a = { .code = 503 };

	http_field(&a, "Retry-After", "30");
	http_answer(&call->r, &a);
	return err;
}

int
http_stream_open(struct http_stream **out, struct http_request *r,
    void (*gone)(void *ctx), void *ctx)
{
	struct http_call *call = r->call;
	struct http_conn *c = call->conn;
	struct MHD_Response *resp;
	struct http_stream *s;

	if (c == NULL || !may_stream(call->h))
		return refuse(call, SEK_ELIMIT);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return refuse(call, SEK_ENOMEM);
	*s = (struct http_stream){
		.conn = c, .gone = gone, .ctx = ctx,
		.queue = { .max = HTTP_STREAM_QUEUE },
	};
	resp = make(s);
	if (resp == NULL) {
		free(s);
		return refuse(call, SEK_ENOMEM);
	}
	c->stream = s;
	c->h->stats.streams++;
	http_reply(call, 200, resp);
	conn_wait(c, WAIT_BEAT);
	*out = s;
	return 0;
}

/* Queues parts; what does not fit ends the stream. */
static int
put(struct http_stream *s, const struct str *parts, size_t n)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < n; i++)
		err = gbuf_add(&s->queue, parts[i].p, parts[i].n);
	if (err != 0)
		conn_cut(s->conn);
	else
		conn_resume(s->conn);
	return err;
}

int
http_stream_send(struct http_stream *s, const char *event, const char *id,
    struct str data)
{
	struct str parts[10];
	size_t n = 0;

	assert(str_find(data, '\n') < 0 && str_find(data, '\r') < 0);
	if (event != NULL) {
		parts[n++] = STR("event: ");
		parts[n++] = str_of(event);
		parts[n++] = STR("\n");
	}
	if (id != NULL) {
		assert(strpbrk(id, "\r\n") == NULL);
		parts[n++] = STR("id: ");
		parts[n++] = str_of(id);
		parts[n++] = STR("\n");
	}
	parts[n++] = STR("data: ");
	parts[n++] = data;
	parts[n++] = STR("\n\n");
	return put(s, parts, n);
}

/* A client that left is not seen while its connection is suspended. */
static bool
has_left(const struct http_conn *c)
{
	char octet;

	return recv(c->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void
http_stream_beat(struct http_stream *s)
{
	const struct str comment = STR(":\n\n");

	if (has_left(s->conn)) {
		conn_cut(s->conn);
		return;
	}
	conn_wait(s->conn, WAIT_BEAT);
	(void)put(s, &comment, 1);
}

void
http_stream_close(struct http_stream *s)
{
	if (s == NULL)
		return;
	s->closing = true;
	conn_wait(s->conn, WAIT_TAKEN);
	conn_resume(s->conn);
}
