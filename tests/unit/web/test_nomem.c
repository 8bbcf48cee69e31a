/* Each allocation of ours in turn is refused; the library's own are not. */
#include "rig.h"

#include "web/desk.h"
#include "web/form.h"

#include "../nomem.h"

/* The answer of one request on a connection of its own: its status, 0 when it
 * was closed without one. */
static unsigned
status_of(struct rig *x, const char *request, bool to_the_end)
{
	static char in[RIG_BIG + 4096];
	struct client c = client_dial(x, 1);
	size_t len = 0, streams = x->n_streams;
	unsigned status = 0;
	ssize_t n = -1;
	int err = 0;

	(void)client_send(x, &c, str_of(request));
	while (n != 0 && (n < 0 || memmem(in, len, "\r\n\r\n", 4) == NULL || to_the_end)) {
		rig_turn(x);
		n = recv(c.fd, in + len, sizeof(in) - 1 - len, 0);
		len += n > 0 ? (size_t)n : 0;
		if (n < 0 && errno != EAGAIN)
			break;
		if (x->n_streams > streams && err == 0)
			err = http_stream_send(x->streams[streams], "a", NULL, STR("b"));
		if (to_the_end && memmem(in, len, "[1 /a", 5) != NULL)
			break;
	}
	in[len] = '\0';
	if (sscanf(in, "HTTP/1.1 %3u", &status) != 1)
		status = 0;
	client_close(&c);
	return status;
}

static const struct { const char *name, *request; } requests[] = {
	{ "a GET", GET("/a?b=c") },
	{ "a POST", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nx=1" },
	{ "a stream", GET("/stream") },
	{ "one that is refused", GET("/%zz") },
};

static void
a_request_without_memory_harms_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		bool hit = true;
		long at;

		rig_case = requests[i].name;
		for (at = 0; hit; at++) {
			struct rig x;
			unsigned status;

			assert_true(at < 100);
			rig_open(&x, NULL);
			fail_at = at;
			status = status_of(&x, requests[i].request, false);
			hit = fail_at < 0;
			fail_at = -1;
			if (hit && status != 0 && status != 200 && status != 503 && status != 400)
				fail_msg("%s: allocation %ld: status %u", requests[i].name, at, status);
			assert_int_equal(status_of(&x, GET("/a"), true), 200);
			rig_close(&x);
		}
		printf("# %s: %ld allocations\n", requests[i].name, at - 1);
		assert_true(at > 3);
	}
}

static void
nothing(void *ctx, struct http_request *r)
{
	(void)ctx;
	(void)r;
}

static void
no_event(void *ctx, const json_t *ev)
{
	(void)ctx;
	(void)ev;
}

static void
count_done(void *ctx, const json_t *answer)
{
	(void)answer;
	++*(unsigned *)ctx;
}

static int
try_http(struct loop *l, struct conf *c)
{
	struct http *h;
	int err = http_new(&h, l, c, nothing, NULL);

	if (err == 0)
		http_free(h);
	return err;
}

static int
try_desk(struct loop *l, struct conf *c)
{
	static const struct ask_events ev = { no_event, count_done };
	json_t *request = json_pack("{ss}", "verb", "status");
	struct desk *d;
	struct ask *a;
	unsigned done = 0;
	int err = desk_new(&d, l);

	(void)c;
	if (err == 0) {
		err = desk_ask(&a, d, request, &ev, &done, 1000);
		assert_int_equal(done, 0);
		desk_free(d);
		assert_int_equal(done, err == 0);
	}
	json_decref(request);
	return err;
}

static int
try_form(struct loop *l, struct conf *c)
{
	struct arena *a = arena_new(4096);
	struct form f;
	int err = a == NULL ? SEK_ENOMEM : form_parse(&f, a, STR("a=b&c=d"));

	(void)l;
	(void)c;
	arena_free(a);
	return err;
}

static const struct { const char *name; int (*fn)(struct loop *l, struct conf *c); } tries[] = {
	{ "http", try_http }, { "desk", try_desk }, { "form", try_form },
};

static void
what_cannot_be_made_says_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		bool hit = true;

		for (long at = 0; hit; at++) {
			struct loop *l = loop_new();
			struct conf *c;
			int err;

			assert_int_equal(conf_default(&c), 0);
			fail_at = at;
			err = tries[i].fn(l, c);
			hit = fail_at < 0;
			fail_at = -1;
			if (hit != (err == SEK_ENOMEM))
				fail_msg("%s: allocation %ld: got %d", tries[i].name, at, err);
			loop_free(l);
			conf_free(c);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_without_memory_harms_no_other),
		cmocka_unit_test(what_cannot_be_made_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
