/* A request, from its first line to its end, in the library's callbacks.
 *
 * The library cuts the head where it stands: it puts NUL in the place of
 * spaces, colons and line ends, and gives out pointers into it.  It is lenient
 * (a bare LF ends a line, a NUL a value, a line that begins with a space goes
 * on), so on_field() measures that names and values lie exactly where a head
 * without such licences has them.  What lies elsewhere is 400, also if another
 * version of the library keeps them elsewhere.
 *
 * MHD_OPTION_STRICT_FOR_CLIENT stays off: 0.9.75 knows less than web/head.h,
 * and what it refuses of a head that it has read whole (a Content-Length that
 * is no number, a Cookie that it cannot hold) leaves with two status lines
 * before the connection ends.
 *
 * A client that closes its sending side while its request waits for a late
 * answer is taken for one that left. */
#include "web/http_body.h"

#include <string.h>

/* --- life --- */

static struct arena *
take_arena(struct http *h)
{
	return h->n_spare > 0 ? h->spare[--h->n_spare] : arena_new(HTTP_ARENA);
}

static void
give_arena(struct http *h, struct arena *a)
{
	if (h->n_spare == HTTP_SPARE_ARENAS) {
		arena_free(a);
		return;
	}
	arena_reset(a);
	h->spare[h->n_spare++] = a;
}

static struct http_call *
call_new(struct http_conn *c)
{
	struct http *h = c->h;
	struct arena *a = take_arena(h);
	struct http_call *call = a == NULL ? NULL : arena_alloc(a, sizeof(*call));

	if (call == NULL) {
		arena_free(a);
		return NULL;
	}
	*call = (struct http_call){ .h = h, .conn = c, .next = h->calls };
	call->r.arena = a;
	call->r.call = call;
	if (h->calls != NULL)
		h->calls->prev = call;
	h->calls = call;
	c->call = call;
	return call;
}

void
http_call_free(struct http_call *call)
{
	struct http *h = call->h;

	*(call->prev != NULL ? &call->prev->next : &h->calls) = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
	give_arena(h, call->r.arena);	/* call was in it */
}

static struct http_conn *
conn_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The request line is here; the library has not touched the target yet. */
void *
http_call_line(void *http, const char *uri, struct MHD_Connection *c)
{
	struct http_call *call = call_new(conn_of(c));

	(void)http;
	if (call != NULL)
		call->head.target = arena_str(call->r.arena, str_of(uri));
	return call;
}

/* The end of a request, in whatever way.  Its connection may go on. */
void
http_call_done(void *http, struct MHD_Connection *c, void **ctx,
    enum MHD_RequestTerminationCode why)
{
	struct http_conn *conn = conn_of(c);
	struct http_call *call = conn->call;

	(void)http;
	(void)ctx;
	(void)why;
	conn->call = NULL;
	if (conn->stream != NULL)
		http_stream_gone(conn->stream);
	if (call != NULL && call->state == CALL_HANDED)
		call->conn = NULL;	/* the handler's still */
	else if (call != NULL)
		http_call_free(call);
	conn_wait(conn, WAIT_REQUEST);
}

/* --- head --- */

struct layout {
	struct head	*head;
	const char	*from;	/* the library's */
	const char	*copy;	/* ours, of the same octets */
	struct rbuf	 at;	/* in the copy */
	bool		 broken;
};

/* The next n octets must be those at p, which is the library's. */
static struct str
expect(struct layout *l, const char *p, size_t n)
{
	const char *ours;

	l->broken |= p == NULL || p != l->from + l->at.at;
	ours = (const char *)rbuf_bytes(&l->at, n);
	return ours == NULL ? (struct str){ 0 } : (struct str){ ours, n };
}

static void
expect_nul(struct layout *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		l->broken |= rbuf_u8(&l->at) != 0;
}

static enum MHD_Result
on_field(void *ctx, enum MHD_ValueKind kind, const char *name, size_t n,
    const char *value, size_t value_n)
{
	struct layout *l = ctx;
	struct head_field f;

	(void)kind;
	f.name = expect(l, name, n);
	expect_nul(l, 1);	/* the colon */
	while (l->at.err == 0 && !l->broken && l->from + l->at.at < value) {
		uint8_t c = rbuf_u8(&l->at);

		l->broken |= c != ' ' && c != '\t';
	}
	f.value = expect(l, value, value_n);
	expect_nul(l, 2);	/* CRLF */
	if (l->broken || l->at.err != 0)
		return MHD_NO;
	f.value = str_trim(f.value);
	l->head->fields[l->head->n_fields++] = f;
	return MHD_YES;
}

/* Returns 0 or the status that refuses. */
static unsigned
take_head(struct http_call *call, struct MHD_Connection *c, const char *url,
    const char *method, const char *version)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c,
	    MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	int n = MHD_get_connection_values_n(c, MHD_HEADER_KIND, NULL, NULL);
	struct head *head = &call->head;
	struct layout l = { .head = head, .from = method };
	size_t len = info == NULL ? 0 : info->header_size;

	if (len > HTTP_HEAD || n > HEAD_FIELDS)
		return 431;
	l.copy = arena_str(call->r.arena, (struct str){ method, len }).p;
	head->fields = arena_alloc(call->r.arena,
	    (size_t)(n + 1) * sizeof(*head->fields));
	if (l.copy == NULL || head->fields == NULL)
		return 503;
	l.at = rbuf_of(l.copy, len);
	head->method = expect(&l, method, strlen(method));
	expect_nul(&l, 1);
	(void)expect(&l, url, head->target.n);
	expect_nul(&l, 1);
	head->old = str_eq(expect(&l, version, strlen("HTTP/1.1")), STR("HTTP/1.0"));
	expect_nul(&l, 2);
	(void)MHD_get_connection_values_n(c, MHD_HEADER_KIND, on_field, &l);
	expect_nul(&l, 2);
	return l.broken || l.at.err != 0 || rbuf_left(&l.at) != 0 ? 400 : 0;
}

static enum http_method
method_of(struct str s)
{
	static const struct { const char *name; enum http_method is; } methods[] = {
		{ "GET", HTTP_GET }, { "HEAD", HTTP_HEAD_ONLY }, { "POST", HTTP_POST },
		{ "PATCH", HTTP_PATCH }, { "DELETE", HTTP_DELETE },
		{ "OPTIONS", HTTP_OPTIONS },
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (str_eq(s, str_of(methods[i].name)))
			return methods[i].is;
	return HTTP_OTHER;
}

static bool
came_by_https(const struct http_call *call)
{
	const struct conf *conf = call->h->conf;

	return call->h->secure ||
	    (head_within(&call->conn->peer, conf->proxies, conf->n_proxies) &&
	    str_ieq(head_find(&call->head, "X-Forwarded-Proto"), STR("https")));
}

/* Returns 0 or the status that refuses. */
static unsigned
take_request(struct http_call *call)
{
	const struct conf *conf = call->h->conf;
	struct http_request *r = &call->r;
	unsigned status = head_judge(&call->head, HTTP_BODY, &call->body_len);
	int err;

	if (status != 0)
		return status;
	err = head_target(&r->path, &r->query, r->arena, call->head.target);
	if (err != 0)
		return err == SEK_ENOMEM ? 503 : 400;
	r->method = method_of(call->head.method);
	r->client = head_client(&call->head, &call->conn->peer, conf->proxies,
	    conf->n_proxies);
	r->secure = came_by_https(call);
	call->body = arena_alloc(r->arena, call->body_len + 1);
	r->body = (struct str){ call->body, 0 };
	return call->body == NULL ? 503 : 0;
}

/* --- the library's access handler --- */

static void
begin(struct http_call *call, struct MHD_Connection *c, const char *url,
    const char *method, const char *version)
{
	unsigned status = call->head.target.p == NULL ? 503 :
	    take_head(call, c, url, method, version);

	if (status == 0)
		status = take_request(call);
	if (status != 0)
		http_refuse(call, status);
	else
		call->state = CALL_BODY;
}

/* The library counts as well: more than was announced never comes. */
static bool
take_body(struct http_call *call, const char *data, size_t *n)
{
	if (*n > call->body_len - call->r.body.n)
		return false;
	memcpy(call->body + call->r.body.n, data, *n);
	call->r.body.n += *n;
	*n = 0;
	return true;
}

static void
hand(struct http_call *call, struct MHD_Connection *c)
{
	struct http_conn *conn = call->conn;

	call->state = CALL_HANDED;
	call->h->stats.requests++;
	call->inside = true;
	call->h->handle(call->h->ctx, &call->r);
	call->inside = false;
	if (call->state == CALL_ANSWERED)
		return;
	conn->suspended = true;
	MHD_suspend_connection(c);
	conn_wait(conn, WAIT_HANDLER);
}

enum MHD_Result
http_call_access(void *http, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *data, size_t *n, void **ctx)
{
	struct http_conn *conn = conn_of(c);
	struct http_call *call = conn->call;

	(void)http;
	(void)ctx;
	if (call == NULL)
		return MHD_NO;		/* no memory */
	if (call->state == CALL_HEAD)
		begin(call, c, url, method, version);
	else if (call->state != CALL_BODY)
		return MHD_NO;		/* it was cut while it waited */
	else if (*n > 0)
		return take_body(call, data, n) ? MHD_YES : MHD_NO;
	else
		hand(call, c);
	return conn->wait == WAIT_END ? MHD_NO : MHD_YES;
}

/* --- for the handler --- */

struct str
http_header(const struct http_request *r, const char *name)
{
	return head_find(&r->call->head, name);
}

struct str
http_cookie(const struct http_request *r, const char *name)
{
	return head_cookie(&r->call->head, name);
}
