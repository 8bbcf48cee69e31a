#pragma once
/* tests/unit/web/rig.h -- http on the real loop, and clients in the same
 * process: the loop runs for a moment whenever a client waits.
 *
 * The library keeps its own clock, so this one is real; what is waited for is
 * a condition with a generous end, never a time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web/http_body.h"

enum { RIG_LATER = 8, RIG_STREAMS = 8, RIG_PATIENCE_MS = 20000, RIG_BIG = 900 * 1024 };

struct rig {
	struct loop		*loop;
	struct loop_timer	*tick;
	struct conf		*conf;
	struct http		*http;
	uint16_t		 port;
	/* what the handler saw */
	unsigned		 handled;
	struct http_request	*later[RIG_LATER];	/* of /later */
	size_t			 n_later;
	struct http_stream	*streams[RIG_STREAMS];	/* of /stream */
	size_t			 n_streams;
	unsigned		 gone;
};

struct client {
	int		 fd;
	bool		 ended;		/* the server closed */
	struct gbuf	 in;		/* with a NUL after it */
};

static void
rig_tick(void *ctx)
{
	struct rig *x = ctx;

	loop_stop(x->loop);
}

/* Lets the loop run for a moment. */
static inline void
rig_turn(struct rig *x)
{
	loop_timer_set(x->tick, 1);
	loop_run(x->loop, (struct mono){ -1 });
}

static inline int64_t
rig_now_ms(void)
{
	return clock_real.mono(&clock_real).ms;
}

/* For messages. */
static const char *rig_case __attribute__((unused)) = "";

#define RIG_UNTIL(x, condition) do { \
	int64_t until_ = rig_now_ms() + RIG_PATIENCE_MS; \
	while (!(condition)) { \
		if (rig_now_ms() > until_) \
			fail_msg("%s: never: %s", rig_case, #condition); \
		rig_turn(x); \
	} \
} while (0)

static void
rig_gone(void *ctx)
{
	struct rig *x = ctx;

	x->gone++;
}

static void
rig_echo(struct rig *x, struct http_request *r)
{
	char client[ADDR_TEXT];
	struct http_answer a = { .code = 200, .type = "text/plain" };

	(void)x;
	addr_text(client, &r->client);
	a.body = str_of(arena_printf(r->arena, "[%d %.*s ?%.*s {%.*s} %s%s]", r->method,
	    (int)r->path.n, r->path.p, (int)r->query.n, r->query.p,
	    (int)r->body.n, r->body.p, client, r->secure ? " secure" : ""));
	http_answer(r, &a);
}

static char rig_big[RIG_BIG];

static void
rig_handle(void *ctx, struct http_request *r)
{
	struct rig *x = ctx;
	struct http_answer a = { .code = 200, .type = "text/plain" };

	x->handled++;
	if (str_eq(r->path, STR("/later")) && x->n_later < RIG_LATER) {
		x->later[x->n_later++] = r;
	} else if (str_eq(r->path, STR("/stream"))) {
		if (http_stream_open(&x->streams[x->n_streams], r, rig_gone, x) == 0)
			x->n_streams++;
	} else if (str_eq(r->path, STR("/big"))) {
		memset(rig_big, 'b', sizeof(rig_big));
		a.body = (struct str){ rig_big, sizeof(rig_big) };
		http_answer(r, &a);
	} else if (str_eq(r->path, STR("/head"))) {
		struct str v = http_header(r, "X-Test"), c = http_cookie(r, "owner");

		a.body = str_of(arena_printf(r->arena, "<%.*s|%.*s>", (int)v.n, v.p,
		    (int)c.n, c.p));
		http_answer(r, &a);
	} else {
		rig_echo(x, r);
	}
}

/* Settings: "key=value", NULL at the end. */
static inline void
rig_open(struct rig *x, const char *const *settings)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	struct conf_why why;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(x, 0, sizeof(*x));
	assert_int_equal(conf_default(&x->conf), 0);
	for (; settings != NULL && *settings != NULL; settings++) {
		struct str value = str_of(*settings), key = str_cut(&value, '=');
		char name[64];

		assert_int_equal(str_copy(name, sizeof(name), key), 0);
		if (conf_set(x->conf, name, value, &why) != 0)
			fail_msg("%s", why.text);
	}
	x->loop = loop_new();
	assert_non_null(x->loop);
	assert_int_equal(loop_timer(&x->tick, x->loop, rig_tick, x), 0);
	assert_int_equal(http_new(&x->http, x->loop, x->conf, rig_handle, x), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(listen(fd, 128), 0);
	assert_int_equal(http_listen(x->http, fd), 0);
	x->port = ntohs(at.sin_port);
}

static inline void
rig_close(struct rig *x)
{
	http_free(x->http);
	loop_timer_free(x->tick);
	loop_free(x->loop);
	conf_free(x->conf);
}

/* From 127.0.0.HOST; the loop accepts it when it runs. */
static inline struct client
client_dial(struct rig *x, uint8_t host)
{
	struct sockaddr_in from = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f000000u | host) };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(x->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct client c = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
		.in.max = 64 << 20 };
	int small = 4096;

	(void)setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(bind(c.fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(c.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(fcntl(c.fd, F_SETFL, O_NONBLOCK), 0);
	return c;
}

static inline void
client_close(struct client *c)
{
	close(c->fd);
	gbuf_free(&c->in);
}

/* Sends what the server takes; false when it has closed. */
static inline bool
client_send(struct rig *x, struct client *c, struct str s)
{
	while (s.n > 0) {
		ssize_t n = send(c->fd, s.p, s.n, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return false;
		if (n > 0) {
			s.p += n;
			s.n -= (size_t)n;
		}
		rig_turn(x);
	}
	return true;
}

/* Takes what is there. */
static inline void
client_read(struct client *c)
{
	char part[65536];
	ssize_t n = c->ended ? -1 : recv(c->fd, part, sizeof(part), 0);

	if (n == 0 || (n < 0 && !c->ended && errno != EAGAIN))
		c->ended = true;
	if (n <= 0)
		return;
	assert_int_equal(gbuf_add(&c->in, part, (size_t)n), 0);
	assert_int_equal(gbuf_add(&c->in, "", 1), 0);
	c->in.len--;
}

static inline bool
client_has(struct client *c, const char *text)
{
	client_read(c);
	return c->in.p != NULL && memmem(c->in.p, c->in.len, text, strlen(text)) != NULL;
}

static inline bool
client_ended(struct client *c)
{
	client_read(c);
	return c->ended;
}

/* The status of the first answer; 0: none. */
static inline unsigned
client_status(const struct client *c)
{
	unsigned status = 0;

	if (c->in.len >= 12 && memcmp(c->in.p, "HTTP/1.1 ", 9) == 0)
		(void)sscanf((const char *)c->in.p + 9, "%3u", &status);
	return status;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"
