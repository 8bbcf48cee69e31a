#pragma once
/* web/http_body.h -- what http*.c share; libmicrohttpd's types stay here.
 *
 * A connection (struct http_conn) is always in one of the lists of enum wait,
 * each of which gives every member the same time, so that its first one is due
 * first.  What is due is cut, answered or kept alive: conn_due().
 *
 * A request (struct http_call) lives in an arena of its own.  Its connection
 * may leave it: then the handler's answer comes to nothing. */

#include <microhttpd.h>

#include "base/buf.h"
#include "web/head.h"
#include "web/http.h"

enum wait {
	WAIT_REQUEST,		/* for the last octet of a request */
	WAIT_HANDLER,		/* for http_answer(); suspended */
	WAIT_TAKEN,		/* for the client to take an answer */
	WAIT_BEAT,		/* an open stream: for the next comment */
	WAIT_END,		/* was cut: the library ends it soon; never due */
	WAITS
};

enum {
	HTTP_LISTENERS = 16,
	HTTP_TAKEN_MS = 120 * 1000,	/* for a whole answer, however slowly it is read */
	HTTP_BEAT_MS = 15 * 1000,
	HTTP_SPARE_FDS = 128,	/* descriptors that are no client's */
	HTTP_SPARE_ARENAS = 64,
	HTTP_BUCKETS = 1024,
	HTTP_POOL = 2 * HTTP_HEAD,	/* the library's memory of one connection */
};

struct http_listener {
	struct http		*h;
	struct loop_watch	*watch;
	int			 fd;
};

struct http_conn {
	struct http		*h;
	struct MHD_Connection	*c;	/* NULL before the library has it */
	int			 fd;	/* the library's */
	struct addr		 peer;
	struct addr		 counted;	/* the peer; IPv6: its /64; addr_none for proxies */
	struct http_conn	*same;	/* next in its bucket; proxies are in none */

	enum wait		 wait;
	struct http_conn	*prev, *next;	/* in its list */
	int64_t			 due_ms;

	bool			 suspended;
	struct http_call	*call;	/* the request it is at, or NULL */
	struct http_stream	*stream;
};

enum call_state {
	CALL_HEAD,		/* the request line came */
	CALL_BODY,		/* the head was judged: the body comes */
	CALL_HANDED,		/* the handler has it */
	CALL_ANSWERED
};

struct http_call {
	struct http_request	 r;	/* first */
	struct http		*h;
	struct http_conn	*conn;	/* NULL: it left */
	struct head		 head;
	enum call_state		 state;
	bool			 inside;	/* the handler runs below the library */
	size_t			 body_len;	/* that is to come in all */
	char			*body;
	struct http_call	*prev, *next;
};

struct http {
	struct loop		*loop;
	const struct conf	*conf;
	void			(*handle)(void *ctx, struct http_request *r);
	void			*ctx;

	struct MHD_Daemon	*mhd;
	struct loop_watch	*watch;		/* the library's epoll descriptor */
	struct loop_timer	*again;		/* the library wants to run */
	int64_t			 again_ms;	/* when that is; INT64_MAX: not */
	struct loop_timer	*timer;		/* the first of all lists is due */
	int64_t			 timer_ms;

	struct http_listener	 listeners[HTTP_LISTENERS];
	size_t			 n_listeners;
	struct loop_timer	*relisten;
	bool			 resting;	/* out of descriptors: not accepting */

	struct { struct http_conn *first, *last; } lists[WAITS];
	int64_t			 wait_ms[WAITS];
	struct http_conn	*buckets[HTTP_BUCKETS];
	struct http_conn	*adding;	/* inside MHD_add_connection() */
	size_t			 n_conns;	/* that were not cut */
	size_t			 max_conns;

	struct http_call	*calls;
	struct arena		*spare[HTTP_SPARE_ARENAS];
	size_t			 n_spare;
	bool			 secure;	/* web.url is https */
	struct http_stats	 stats;
};

/* http.c: conn_wait() puts c into a list, anew. */
void conn_wait(struct http_conn *c, enum wait w);
void conn_cut(struct http_conn *c);	/* the library ends it; c lives until then */
void conn_resume(struct http_conn *c);
void http_run(struct http *h);
/* For tests: other times than those of the enums, before anything is accepted. */
void http_times(struct http *h, const int64_t wait_ms[WAITS]);

/* Connections that count as of that address. */
size_t http_same(struct http *h, const struct addr *counted);

/* http_accept.c */
void http_accept_again(void *http);	/* a timer's */
void http_unlisten(struct http *h);

/* http_call.c: the library's callbacks, and a request's life. */
void *http_call_line(void *http, const char *uri, struct MHD_Connection *c);
enum MHD_Result http_call_access(void *http, struct MHD_Connection *c,
    const char *url, const char *method, const char *version,
    const char *data, size_t *n, void **call);
void http_call_done(void *http, struct MHD_Connection *c, void **call,
    enum MHD_RequestTerminationCode why);
void http_call_free(struct http_call *call);

/* http_answer.c: all fields that every answer has; NULL: out of memory. */
struct MHD_Response *http_dress(struct MHD_Response *resp, const struct http_answer *a);
void http_refuse(struct http_call *call, unsigned status);	/* and end the connection */
void http_late(struct http_conn *c);	/* the handler took too long: 503 */

/* Gives resp (taken over) to the client of call, which may have left. */
void http_reply(struct http_call *call, unsigned status, struct MHD_Response *resp);

/* http_stream.c */
void http_stream_beat(struct http_stream *s);
void http_stream_gone(struct http_stream *s);	/* its connection ended */
