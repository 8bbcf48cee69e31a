/* The library in web's own sandbox, where any other system call kills. */
#include "rig.h"

#include <sys/wait.h>
#include <time.h>

#include "sys/sandbox.h"

struct box {
	struct loop		*loop;
	struct http_request	*later;
	struct loop_timer	*timer;
};

static void
answer_later(void *ctx)
{
	struct box *b = ctx;

	rig_echo(NULL, b->later);
}

static void
handle(void *ctx, struct http_request *r)
{
	struct box *b = ctx;
	struct http_stream *s;

	if (str_eq(r->path, STR("/later"))) {
		b->later = r;
		loop_timer_set(b->timer, 1);
	} else if (str_eq(r->path, STR("/stream"))) {
		if (http_stream_open(&s, r, NULL, NULL) == 0 &&
		    http_stream_send(s, "a", NULL, STR("b")) == 0)
			http_stream_close(s);
	} else if (str_eq(r->path, STR("/end"))) {
		rig_echo(NULL, r);
		loop_stop(b->loop);
	} else {
		rig_echo(NULL, r);
	}
}

/* As sys/role.c and cmd/role-web.c: the loop, then the sandbox, then the rest. */
static int
serve(int sock)
{
	const struct sandbox box = { .role = "web", .may = MAY_ACCEPT, .strict = true };
	struct box b = { .loop = loop_new() };
	struct http *h;
	struct conf *c;

	tzset();
	if (b.loop == NULL || conf_default(&c) != 0 || sandbox_enter(&box, NULL) != 0)
		return 1;
	if (loop_timer(&b.timer, b.loop, answer_later, &b) != 0 ||
	    http_new(&h, b.loop, c, handle, &b) != 0 || http_listen(h, sock) != 0)
		return 2;
	loop_run(b.loop, (struct mono){ -1 });
	http_free(h);
	loop_timer_free(b.timer);
	loop_free(b.loop);
	conf_free(c);
	return 0;
}

/* What comes until text is there. */
static void
expect_text(int fd, const char *request, const char *text)
{
	char in[65536];
	size_t len = 0;

	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	while (memmem(in, len, text, strlen(text)) == NULL) {
		ssize_t n = recv(fd, in + len, sizeof(in) - len, 0);

		if (n <= 0)
			fail_msg("no %s for %s", text, request);
		len += (size_t)n;
	}
}

static void
all_it_does_is_allowed(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd, status;
	pid_t pid;

	(void)state;
	assert_int_equal(bind(sock, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(sock, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(listen(sock, 8), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(serve(sock));
	close(sock);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	expect_text(fd, GET("/a"), "[1 /a");
	expect_text(fd, GET("/later"), "[1 /later");
	expect_text(fd, GET("/stream"), "event: a\ndata: b\n\n");
	expect_text(fd, GET("/%zz"), "400 Bad Request");
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	expect_text(fd, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b", "{a=b}");
	assert_int_equal(send(fd, GET("/end"), strlen(GET("/end")), MSG_NOSIGNAL),
	    strlen(GET("/end")));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the child ended with %#x (signal 31 is SIGSYS)", (unsigned)status);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_it_does_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
