#include "tool/reach_http.h"

#include "base/buf.h"

enum { REQUEST = 1024, LINE = 256, CONNECT_MS = 10 * 1000 };

struct get {
	struct reach_http	*out;
	struct loop		*loop;
	struct gbuf		 in;	/* of the first line */
};

/* "HTTP/1.1 200 OK" (RFC 9112 4); else 0. */
static uint16_t
status_of(struct str line)
{
	struct str version = str_cut(&line, ' ');
	uint64_t code;

	if (!str_istarts(version, STR("HTTP/")) ||
	    str_u64(&code, str_cut(&line, ' '), 999) != 0)
		return 0;
	return (uint16_t)code;
}

static void
get_data(void *ctx, const uint8_t *p, size_t n)
{
	struct get *g = ctx;
	size_t room = g->in.max - g->in.len;
	struct str line;

	if (gbuf_add(&g->in, p, n < room ? n : room) != 0) {
		loop_stop(g->loop);
		return;
	}
	line = (struct str){ (const char *)g->in.p, g->in.len };
	if (str_find(line, '\r') >= 0)
		g->out->code = status_of(str_cut(&line, '\r'));
	else if (g->in.len < g->in.max)
		return;
	loop_stop(g->loop);
}

static void
get_up(void *ctx)
{
	((struct get *)ctx)->out->connected = true;
}

static void
get_down(void *ctx, int why)
{
	(void)why;
	loop_stop(((struct get *)ctx)->loop);
}

static void
get_late(void *ctx)
{
	loop_stop(((struct get *)ctx)->loop);
}

/* What is written before the connection stands goes out after it. */
static int
get_run(struct get *g, struct stream *s, const char *host, const char *path)
{
	char request[REQUEST];
	struct wbuf w = wbuf_of(request, sizeof(request));
	int err;

	wbuf_printf(&w, "GET %s HTTP/1.0\r\nHost: %s\r\n"
	    "User-Agent: sekimori-doctor\r\n\r\n", path, host);
	err = w.err != 0 ? w.err : stream_write(s, request, w.len);
	if (err == 0)
		loop_run(g->loop, (struct mono){ -1 });
	return err;
}

int
reach_http(struct reach_http *out, struct loop *l, struct dialer *d,
    const struct addr *to, uint16_t port, const char *host, const char *path)
{
	static const struct stream_events events = {
		.up = get_up, .data = get_data, .down = get_down,
	};
	struct get g = { .out = out, .loop = l, .in = { .max = LINE } };
	struct loop_timer *late;
	struct stream *s;
	int err = loop_timer(&late, l, get_late, &g);

	if (err != 0)
		return err;
	out->asked = true;
	loop_timer_set(late, REACH_HTTP_MS);
	err = stream_dial(&s, l, d, to, port, &addr_none, CONNECT_MS, &events, &g);
	if (err == 0) {
		err = get_run(&g, s, host, path);
		stream_close(s, false);
	}
	loop_timer_free(late);
	gbuf_free(&g.in);
	return err == SEK_ESYS ? 0 : err;	/* this machine has no way there */
}
