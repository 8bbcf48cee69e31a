/* tests/bench/probe_slow.c -- thousands of slow servers in one process.
 *
 * probe_slow PORT REPLY_MS SILENT_MS [tls]: listens on all of 127/8.  What the
 * server at an address does is in its last octet, modulo 5: 0 refuses, 1 takes, 2
 * defers, 3 blocks with its greeting, 4 says nothing and hangs up after SILENT_MS
 * (0: never).  Each reply comes after REPLY_MS.  With tls it offers STARTTLS. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/probe/cert.h"
#include "base/buf.h"
#include "need.h"
#include "sys/stream.h"

enum { ACCEPT_TURN = 64, LINE_MAX_OCTETS = 2048 };
enum does { DOES_REFUSE, DOES_TAKE, DOES_DEFER, DOES_BLOCK, DOES_NOTHING };

struct guest {
	struct stream		*stream;
	struct loop_timer	*timer;
	enum does		 does;
	struct gbuf		 in;
	const char		*reply;		/* due */
	bool			 body, bye, shakes, secure;
};

static struct loop *loop;
static struct tls_ctx *tls;
static int64_t reply_ms, silent_ms;

static void
leave(struct guest *g, bool flush)
{
	stream_close(g->stream, flush);
	loop_timer_free(g->timer);
	gbuf_free(&g->in);
	free(g);
}

static void
say(struct guest *g, const char *text)
{
	g->reply = text;
	loop_timer_set(g->timer, reply_ms);
}

static const char *
to_rcpt(const struct guest *g)
{
	return g->does == DOES_TAKE ? "250 2.1.5 ok\r\n" :
	    g->does == DOES_DEFER ? "450 4.2.0 later\r\n" : "550 5.7.1 relaying denied\r\n";
}

static void
command(struct guest *g, const char *line)
{
	if (strncasecmp(line, "EHLO", 4) == 0)
		say(g, tls != NULL && !g->secure ?
		    "250-mail.target.example\r\n250-SIZE 10240000\r\n250 STARTTLS\r\n" :
		    "250-mail.target.example\r\n250 SIZE 10240000\r\n");
	else if (strncasecmp(line, "RCPT", 4) == 0)
		say(g, to_rcpt(g));
	else if (strncasecmp(line, "DATA", 4) == 0) {
		g->body = true;
		say(g, "354 go on\r\n");
	} else if (strncasecmp(line, "STARTTLS", 8) == 0) {
		g->shakes = true;
		say(g, "220 2.0.0 ready\r\n");
	} else if (strncasecmp(line, "QUIT", 4) == 0) {
		g->bye = true;
		say(g, "221 2.0.0 bye\r\n");
	} else
		say(g, "250 2.0.0 ok\r\n");
}

static void
take_line(struct guest *g)
{
	char line[LINE_MAX_OCTETS + 1];
	uint8_t *end = memchr(g->in.p, '\n', g->in.len);
	size_t n = end == NULL ? 0 : (size_t)(end + 1 - g->in.p);

	if (n == 0 || n > LINE_MAX_OCTETS)
		return;
	memcpy(line, g->in.p, n);
	line[n] = '\0';
	gbuf_drop(&g->in, n);
	if (!g->body)
		command(g, line);
	else if (strcmp(line, ".\r\n") == 0) {
		g->body = false;
		say(g, "250 2.0.0 taken\r\n");
	} else
		take_line(g);
}

static void
data(void *ctx, const uint8_t *p, size_t n)
{
	struct guest *g = ctx;

	if (gbuf_add(&g->in, p, n) != 0) {
		leave(g, false);
		return;
	}
	if (g->reply == NULL)
		take_line(g);
}

static void
secured(void *ctx, const struct stream_tls *about)
{
	struct guest *g = ctx;

	(void)about;
	g->secure = true;
}

static void
down(void *ctx, int why)
{
	(void)why;
	leave(ctx, false);
}

static void
due(void *ctx)
{
	struct guest *g = ctx;
	const char *text = g->reply;
	size_t injected;

	if (text == NULL) {		/* silence is over */
		leave(g, false);
		return;
	}
	g->reply = NULL;
	need(stream_write(g->stream, text, strlen(text)) == 0, "write");
	if (g->bye || g->does == DOES_BLOCK)
		leave(g, true);
	else if (g->shakes && !g->secure) {
		g->shakes = false;
		need(stream_tls(g->stream, tls, NULL, &injected) == 0, "TLS");
	} else if (g->in.len > 0)
		take_line(g);
}

static enum does
does(int fd)
{
	struct sockaddr_in at;
	socklen_t n = sizeof(at);

	need(getsockname(fd, (struct sockaddr *)&at, &n) == 0, "getsockname");
	return (enum does)((ntohl(at.sin_addr.s_addr) & 255) % 5);
}

static void
welcome(int fd)
{
	static const struct stream_events events = { .data = data, .secured = secured, .down = down };
	struct guest *g = calloc(1, sizeof(*g));

	need(g != NULL && loop_timer(&g->timer, loop, due, g) == 0, "guest");
	g->does = does(fd);
	g->in.max = 64 * 1024;
	need(stream_adopt(&g->stream, loop, fd, &events, g) == 0, "stream");
	if (g->does != DOES_NOTHING)
		say(g, g->does == DOES_BLOCK ? "554 5.7.1 go away\r\n" :
		    "220 mail.target.example ESMTP\r\n");
	else if (silent_ms > 0)
		loop_timer_set(g->timer, silent_ms);
}

static void
knock(void *ctx, unsigned ready)
{
	int *door = ctx;

	(void)ready;
	for (int i = 0; i < ACCEPT_TURN; i++) {
		int fd = accept4(*door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		welcome(fd);
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct loop_watch *watch;
	struct rlimit files;
	int door, on = 1;

	if (argc < 4) {
		fprintf(stderr, "usage: probe_slow PORT REPLY_MS SILENT_MS [tls]\n");
		return EXIT_FAILURE;
	}
	at.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	reply_ms = strtol(argv[2], NULL, 10);
	silent_ms = strtol(argv[3], NULL, 10);
	if (argc > 4)
		cert_server(&tls);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	at.sin_addr.s_addr = htonl(INADDR_ANY);
	loop = loop_new();
	door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	need(loop != NULL && door >= 0, "start");
	(void)setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	need(bind(door, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(door, 65535) == 0, "listen");
	need(loop_watch(&watch, loop, door, LOOP_READ, knock, &door) == 0, "watch");
	loop_run(loop, (struct mono){ -1 });
	return EXIT_SUCCESS;
}
