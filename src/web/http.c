#include "web/http_body.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

static int64_t
now_ms(const struct http *h)
{
	const struct clock *clock = loop_clock(h->loop);

	return clock->mono(clock).ms;
}

/* --- lists and times --- */

static void
unlist(struct http_conn *c)
{
	struct http *h = c->h;

	*(c->prev != NULL ? &c->prev->next : &h->lists[c->wait].first) = c->next;
	*(c->next != NULL ? &c->next->prev : &h->lists[c->wait].last) = c->prev;
	c->prev = c->next = NULL;
}

static void
enlist(struct http_conn *c, enum wait w)
{
	struct http *h = c->h;

	c->wait = w;
	c->prev = h->lists[w].last;
	*(c->prev != NULL ? &c->prev->next : &h->lists[w].first) = c;
	h->lists[w].last = c;
}

/* The timer is set back when it fires, not each time a connection goes on. */
static void
arm(struct http *h, int64_t due_ms)
{
	if (due_ms >= h->timer_ms)
		return;
	h->timer_ms = due_ms;
	loop_timer_set(h->timer, due_ms - now_ms(h));
}

void
conn_wait(struct http_conn *c, enum wait w)
{
	if (c->wait == WAIT_END)
		return;
	unlist(c);
	enlist(c, w);
	c->due_ms = now_ms(c->h) + c->h->wait_ms[w];
	arm(c->h, c->due_ms);
}

/* Makes the library run by then, if it would not before. */
static void
run_by(struct http *h, int64_t due_ms)
{
	int64_t wait_ms = due_ms - now_ms(h);

	if (due_ms >= h->again_ms)
		return;		/* it runs before that, and looks again */
	h->again_ms = due_ms;
	loop_timer_set(h->again, wait_ms > 0 ? wait_ms : 0);
}

/* The library takes note of it when it runs, and does not ask to. */
void
conn_resume(struct http_conn *c)
{
	if (!c->suspended)
		return;
	c->suspended = false;
	MHD_resume_connection(c->c);
	run_by(c->h, now_ms(c->h));
}

/* The library sees the hang-up and cleans up. */
void
conn_cut(struct http_conn *c)
{
	if (c->wait == WAIT_END)
		return;
	c->h->n_conns--;
	unlist(c);
	enlist(c, WAIT_END);
	c->due_ms = INT64_MAX;
	(void)shutdown(c->fd, SHUT_RDWR);
	conn_resume(c);
}

/* 408 is for who began a request, not for who kept a connection in hand
 * (RFC 9110 15.5.9), nor where the library has begun to refuse it. */
static void
request_late(struct http_conn *c)
{
	static const char text[] = "HTTP/1.1 408 Request Timeout\r\n"
	    "Connection: close\r\nContent-Length: 0\r\n\r\n";

	if (c->call != NULL && MHD_get_connection_info(c->c,
	    MHD_CONNECTION_INFO_HTTP_STATUS) == NULL) {
		c->h->stats.late++;
		(void)send(c->fd, text, sizeof(text) - 1,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	conn_cut(c);
}

static void
conn_due(struct http_conn *c)
{
	switch (c->wait) {
	case WAIT_REQUEST:
		request_late(c);
		break;
	case WAIT_HANDLER:
		http_late(c);
		break;
	case WAIT_TAKEN:
		conn_cut(c);
		break;
	case WAIT_BEAT:
		http_stream_beat(c->stream);
		break;
	case WAIT_END:
	case WAITS:
		break;
	}
}

static void
on_time(void *ctx)
{
	struct http *h = ctx;
	int64_t now = now_ms(h), next = INT64_MAX;
	struct http_conn *c;

	h->timer_ms = INT64_MAX;
	for (int w = 0; w < WAITS; w++) {
		while ((c = h->lists[w].first) != NULL && c->due_ms <= now)
			conn_due(c);
		if (c != NULL && c->due_ms < next)
			next = c->due_ms;
	}
	if (next != INT64_MAX)
		arm(h, next);
}

void
http_times(struct http *h, const int64_t wait_ms[WAITS])
{
	memcpy(h->wait_ms, wait_ms, sizeof(h->wait_ms));
}

/* --- the library --- */

/* It also has work to do without an event: what it read ahead, and its own
 * timeouts. */
void
http_run(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG wait;

	if (MHD_run(h->mhd) != MHD_YES)
		return;
	if (MHD_get_timeout(h->mhd, &wait) == MHD_YES)
		run_by(h, now_ms(h) + (wait < INT32_MAX ? (int64_t)wait : INT32_MAX));
}

static void
on_epoll(void *ctx, unsigned ready)
{
	(void)ready;
	http_run(ctx);
}

static void
on_again(void *ctx)
{
	struct http *h = ctx;

	h->again_ms = INT64_MAX;
	http_run(h);
}

/* What it complains of is what clients send: theirs to flood a log with. */
static void
no_log(void *ctx, const char *fmt, va_list ap)
{
	(void)ctx;
	(void)fmt;
	(void)ap;
}

/* Its own inner checks. */
static _Noreturn void
on_panic(void *ctx, const char *file, unsigned line, const char *reason)
{
	(void)ctx;
	log_event(LOG_LV_ERR, "library-failed", LOG_Z("file", file),
	    LOG_N("line", line), LOG_Z("why", reason));
	abort();
}

/* The target is decoded by head_target(), and only once. */
static size_t
no_unescape(void *ctx, struct MHD_Connection *c, char *s)
{
	(void)ctx;
	(void)c;
	return strlen(s);
}

static struct http_conn **
bucket(struct http *h, const struct addr *a)
{
	uint32_t sum = 2166136261u;	/* FNV-1a */

	for (size_t i = 0; i < sizeof(a->o); i++)
		sum = (sum ^ a->o[i]) * 16777619u;
	return &h->buckets[sum % HTTP_BUCKETS];
}

size_t
http_same(struct http *h, const struct addr *counted)
{
	size_t n = 0;

	for (struct http_conn *c = *bucket(h, counted); c != NULL; c = c->same)
		n += addr_eq(&c->counted, counted);
	return n;
}

static void
conn_begin(struct http_conn *c)
{
	struct http_conn **b = bucket(c->h, &c->counted);

	if (!addr_is_none(&c->counted)) {
		c->same = *b;
		*b = c;
	}
	c->h->n_conns++;
	c->h->stats.open++;
	enlist(c, WAIT_REQUEST);
	conn_wait(c, WAIT_REQUEST);
}

static void
conn_end(struct http_conn *c)
{
	struct http *h = c->h;
	struct http_conn **at = bucket(h, &c->counted);

	while (*at != NULL && *at != c)
		at = &(*at)->same;
	if (*at == c)
		*at = c->same;
	h->stats.open--;
	h->n_conns -= c->wait != WAIT_END;
	unlist(c);
	free(c);
}

static void
on_conn(void *ctx, struct MHD_Connection *mc, void **socket_ctx,
    enum MHD_ConnectionNotificationCode code)
{
	struct http *h = ctx;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		h->adding->c = mc;
		*socket_ctx = h->adding;
		conn_begin(h->adding);
		h->adding = NULL;
	} else {
		conn_end(*socket_ctx);
	}
}

static int
start_library(struct http *h)
{
	const unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
	    MHD_USE_NO_LISTEN_SOCKET;
	const union MHD_DaemonInfo *info;

	MHD_set_panic_func(on_panic, NULL);
	h->mhd = MHD_start_daemon(flags, 0, NULL, NULL, http_call_access, h,
	    MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, on_conn, h,
	    MHD_OPTION_NOTIFY_COMPLETED, http_call_done, h,
	    MHD_OPTION_URI_LOG_CALLBACK, http_call_line, h,
	    MHD_OPTION_UNESCAPE_CALLBACK, no_unescape, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)(h->max_conns + HTTP_SPARE_FDS),
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_POOL,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(HTTP_IDLE_MS / 1000),
	    MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
	    MHD_OPTION_END);
	if (h->mhd == NULL)
		return SEK_ELIB;
	info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL)
		return SEK_ELIB;
	return loop_watch(&h->watch, h->loop, info->epoll_fd, LOOP_READ, on_epoll, h);
}

/* As many as are configured and as descriptors allow. */
static size_t
most_connections(const struct conf *conf)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 ||
	    files.rlim_cur >= conf->web_connections + HTTP_SPARE_FDS)
		return conf->web_connections;
	log_event(LOG_LV_WARN, "descriptors-short",
	    LOG_N("wanted", conf->web_connections + HTTP_SPARE_FDS),
	    LOG_N("has", files.rlim_cur));
	return files.rlim_cur > 2 * HTTP_SPARE_FDS ?
	    files.rlim_cur - HTTP_SPARE_FDS : HTTP_SPARE_FDS;
}

int
http_new(struct http **out, struct loop *l, const struct conf *conf,
    void (*handle)(void *ctx, struct http_request *r), void *ctx)
{
	struct http *h = calloc(1, sizeof(*h));
	int err = SEK_ENOMEM;

	if (h == NULL)
		return SEK_ENOMEM;
	*h = (struct http){
		.loop = l, .conf = conf, .handle = handle, .ctx = ctx,
		.again_ms = INT64_MAX, .timer_ms = INT64_MAX,
		.max_conns = most_connections(conf),
		.secure = str_istarts(str_of(conf->url), STR("https://")),
		.wait_ms = {
			[WAIT_REQUEST] = HTTP_REQUEST_MS, [WAIT_HANDLER] = HTTP_WAIT_MS,
			[WAIT_TAKEN] = HTTP_TAKEN_MS, [WAIT_BEAT] = HTTP_BEAT_MS,
		},
	};
	if (loop_timer(&h->again, l, on_again, h) == 0 &&
	    loop_timer(&h->timer, l, on_time, h) == 0 &&
	    loop_timer(&h->relisten, l, http_accept_again, h) == 0)
		err = start_library(h);
	if (err != 0) {
		http_free(h);
		return err;
	}
	*out = h;
	return 0;
}

const struct http_stats *
http_stats(const struct http *h)
{
	return &h->stats;
}

static void
log_end(const struct http_stats *s)
{
	log_event(LOG_LV_INFO, "http-stop", LOG_N("accepted", s->accepted),
	    LOG_N("turned_away", s->turned_away), LOG_N("pushed_out", s->pushed_out),
	    LOG_N("requests", s->requests),
	    LOG_N("refused", s->refused), LOG_N("late", s->late));
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	http_unlisten(h);
	loop_unwatch(h->watch);
	for (int w = 0; w < WAITS; w++)		/* none may be suspended at the end */
		for (struct http_conn *c = h->lists[w].first; c != NULL; c = c->next)
			conn_resume(c);
	if (h->mhd != NULL)
		MHD_stop_daemon(h->mhd);
	while (h->calls != NULL)
		http_call_free(h->calls);
	while (h->n_spare > 0)
		arena_free(h->spare[--h->n_spare]);
	loop_timer_free(h->again);
	loop_timer_free(h->timer);
	loop_timer_free(h->relisten);
	log_end(&h->stats);
	free(h);
}
