#pragma once
/* web/http.h -- HTTP on the loop: libmicrohttpd behind one small interface.
 *
 * Connections are accepted here and handed to the library, whose epoll
 * descriptor the loop watches; no thread, no type of it crosses this header.
 * Everything a client sends is hostile and bounded: HTTP_HEAD octets of request
 * head, HTTP_BODY of body, HTTP_REQUEST_MS for both together (so that a client
 * that drips octets is cut), connections in all and of one address (web.* keys).
 * What breaks these rules, or HTTP (RFC 9110, 9112; web/head.h), is answered 400,
 * 408, 411, 413, 414, 431, 501, 503 or 505 here, or cut, and never reaches the
 * handler.  A body comes with Content-Length, never chunked.
 *
 * A handler answers at once or later, exactly once.  Until then the request and
 * all of its text stay.  After HTTP_WAIT_MS the client is told 503; the handler
 * still answers, to nobody. */

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "wire/addr.h"
#include "sys/conf.h"
#include "sys/loop.h"

enum {
	HTTP_HEAD = 16 * 1024,
	HTTP_BODY = 16 * 1024,
	HTTP_REQUEST_MS = 15 * 1000,	/* from the accept, or the request before, to its last octet */
	HTTP_IDLE_MS = 15 * 1000,	/* between requests of one connection, and of a client that does not read */
	HTTP_WAIT_MS = 10 * 1000,
	HTTP_FIELDS = 8,		/* own header fields of one answer */
	HTTP_ARENA = 1024 * 1024,	/* octets for one request and its answer */
	HTTP_STREAM_QUEUE = 32 * 1024,	/* octets that a slow reader of a stream may leave */
};

enum http_method {
	HTTP_GET = 1, HTTP_HEAD_ONLY, HTTP_POST, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS,
	HTTP_OTHER
};

struct http;
struct http_call;	/* the library's side of a request */

struct http_request {		/* the handler's until it answers */
	enum http_method	 method;
	struct str		 path;	/* hostile; percent-decoded once: begins with /, valid UTF-8, no
					 * control octet, no empty, . or .. segment */
	struct str		 query;	/* hostile; as sent, without the ? */
	struct str		 body;	/* hostile; whole */
	struct addr		 client;	/* who asks: the peer, or what a web.proxies peer says of it */
	bool			 secure;	/* came by https, says that proxy, or web.url is https */
	struct arena		*arena;	/* for all that the answer needs; goes with it */
	struct http_call	*call;	/* not for the handler */
};

/* The first field of that name, in any case; hostile; empty when there is none. */
struct str http_header(const struct http_request *r, const char *name);

/* The value of a cookie; hostile; empty when there is none. */
struct str http_cookie(const struct http_request *r, const char *name);

struct http_field {
	const char	*name;
	const char	*value;	/* no CR, LF or NUL (asserted) */
};

struct http_answer {
	unsigned		code;		/* 200 ... 599 */
	const char		*type;		/* "text/html; charset=utf-8", or NULL: no body */
	struct str		body;		/* borrowed until http_answer() returns, or static */
	bool			is_static;	/* body lives as long as the process: not copied */
	struct http_field	fields[HTTP_FIELDS];
	size_t			n_fields;
};

/* Answers, and ends r.  Every answer gets the security fields (CSP, nosniff,
 * no referrer to others, no framing; but what the library itself refuses) and, unless a field says otherwise, Cache-Control:
 * no-store.  Without memory the connection is closed. */
void http_answer(struct http_request *r, const struct http_answer *a);

/* Adds a field to a; more than HTTP_FIELDS is asserted. */
void http_field(struct http_answer *a, const char *name, const char *value);

/* A text/event-stream (WHATWG HTML 9.2) as the answer. */
struct http_stream;

/* Answers r with an open stream, and ends r.  gone(ctx) comes once when the
 * client left or was too slow; the stream is freed after it.  A comment goes
 * out each 15 s so that proxies keep it.  Streams may take half of
 * web.connections.  Returns 0; SEK_ENOMEM, SEK_ELIMIT (r was answered 503). */
int http_stream_open(struct http_stream **out, struct http_request *r,
    void (*gone)(void *ctx), void *ctx) MUST_CHECK;

/* Queues one event.  data, id: one line.  event, id: NULL for none.
 * Returns 0, or SEK_ELIMIT / SEK_ENOMEM: the client is too slow and will go. */
int http_stream_send(struct http_stream *s, const char *event, const char *id,
    struct str data) MUST_CHECK;

/* Ends s after what is queued; gone does not come.  s may be NULL. */
void http_stream_close(struct http_stream *s);

struct http_stats {
	uint64_t	accepted, turned_away;	/* connections */
	uint64_t	pushed_out;		/* cut for a newer one, since all places were taken */
	uint64_t	requests, refused;	/* refused: by http itself */
	uint64_t	late;			/* cut by HTTP_REQUEST_MS */
	uint64_t	answers[6];		/* by code / 100 */
	size_t		open, streams;		/* now */
};

/* handle gets every request that is one.  conf is borrowed.
 * Returns 0, SEK_ENOMEM, SEK_ELIB. */
int http_new(struct http **out, struct loop *l, const struct conf *conf,
    void (*handle)(void *ctx, struct http_request *r), void *ctx) MUST_CHECK;

/* Accepts on fd, which is owned.  Returns 0, SEK_ELIMIT, SEK_ESYS, SEK_ENOMEM. */
int http_listen(struct http *h, int fd) MUST_CHECK;
const struct http_stats *http_stats(const struct http *h);

/* Closes all, gone() of streams comes; requests that the handler has not
 * answered are gone with it.  Not from a handler.  h may be NULL. */
void http_free(struct http *h);
