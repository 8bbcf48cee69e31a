/* Deadlines, places, answers that come late, streams. */
#include "rig.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* All deadlines far away, but for w. */
static void
only(struct rig *x, enum wait w, int64_t ms)
{
	int64_t times[WAITS];

	for (int i = 0; i < WAITS; i++)
		times[i] = 10 * RIG_PATIENCE_MS;
	times[w] = ms;
	http_times(x->http, times);
}

/* --- slow requests --- */

static const struct { const char *name, *begin, *drip; unsigned status; } slow[] = {
	{ "a head that drips", "GET /a HTTP/1.1\r\nHost: x\r\nA: ", "a", 408 },
	{ "fields without end", "GET /a HTTP/1.1\r\nHost: x\r\n", "A: b\r\n", 408 },
	{ "a body that drips", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", "a", 408 },
	{ "a body that is waited for", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\nExpect: 100-continue\r\n\r\n", "", 0 },
	{ "a request line that drips", "GET /", "a", 0 },
	{ "empty lines without end", "\r\n", "\r\n", 0 },
	{ "a client that says nothing", "", "", 0 },
};

static void
who_drips_is_cut_at_the_deadline(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		struct client c;
		struct rig x;

		rig_case = slow[i].name;
		rig_open(&x, NULL);
		only(&x, WAIT_REQUEST, 100);
		c = client_dial(&x, 1);
		(void)client_send(&x, &c, str_of(slow[i].begin));
		while (!client_ended(&c)) {
			(void)client_send(&x, &c, str_of(slow[i].drip));
			rig_turn(&x);
		}
		if (client_status(&c) != slow[i].status && !client_has(&c, "408 Request Timeout"))
			fail_msg("%s: status %u", slow[i].name, client_status(&c));
		assert_int_equal(x.handled, 0);
		RIG_UNTIL(&x, http_stats(x.http)->open == 0);
		client_close(&c);
		rig_close(&x);
	}
}

static void
each_request_has_the_whole_time(void **state)
{
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	only(&x, WAIT_REQUEST, 2000);
	c = client_dial(&x, 1);
	for (int64_t end = rig_now_ms() + 3000; rig_now_ms() < end; ) {
		gbuf_free(&c.in);
		assert_true(client_send(&x, &c, STR(GET("/a"))));
		RIG_UNTIL(&x, client_has(&c, "[1 /a"));
		for (int64_t pause = rig_now_ms() + 200; rig_now_ms() < pause; )
			rig_turn(&x);
	}
	RIG_UNTIL(&x, client_ended(&c));
	assert_int_equal(http_stats(x.http)->late, 0);
	client_close(&c);
	rig_close(&x);
}

static void
who_does_not_read_is_cut(void **state)
{
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	only(&x, WAIT_TAKEN, 200);
	c = client_dial(&x, 1);
	for (int i = 0; i < 8; i++)	/* more than all buffers between us take */
		(void)client_send(&x, &c, STR(GET("/big")));
	RIG_UNTIL(&x, http_stats(x.http)->open == 0);
	assert_true(x.handled < 8);
	client_close(&c);
	rig_close(&x);
}

/* --- late answers --- */

static void
a_handler_may_answer_later(void **state)
{
	struct http_answer a = { .code = 202, .type = "text/plain", .body = STR("late") };
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, STR("POST /later?a=b HTTP/1.1\r\nHost: x\r\nX-Test: v\r\n"
	    "Content-Length: 3\r\n\r\nx=1"));
	RIG_UNTIL(&x, x.n_later == 1);
	for (int i = 0; i < 20; i++)
		rig_turn(&x);
	assert_true(str_eq(x.later[0]->path, STR("/later")));
	assert_true(str_eq(x.later[0]->query, STR("a=b")));
	assert_true(str_eq(x.later[0]->body, STR("x=1")));
	assert_true(str_eq(http_header(x.later[0], "x-test"), STR("v")));
	http_answer(x.later[0], &a);
	RIG_UNTIL(&x, client_has(&c, "\r\n\r\nlate"));
	assert_int_equal(client_status(&c), 202);
	(void)client_send(&x, &c, STR(GET("/again")));
	RIG_UNTIL(&x, client_has(&c, "[1 /again"));
	client_close(&c);
	rig_close(&x);
}

static void
a_handler_that_takes_too_long_answers_nobody(void **state)
{
	struct http_answer a = { .code = 200, .type = "text/plain", .body = STR("late") };
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	only(&x, WAIT_HANDLER, 50);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, STR(GET("/later")));
	RIG_UNTIL(&x, client_has(&c, "503 Service Unavailable"));
	assert_true(client_has(&c, "Retry-After: "));
	(void)client_send(&x, &c, STR(GET("/again")));	/* the arena is another */
	RIG_UNTIL(&x, client_has(&c, "[1 /again"));
	assert_true(str_eq(x.later[0]->path, STR("/later")));
	http_answer(x.later[0], &a);
	(void)client_send(&x, &c, STR(GET("/third")));
	RIG_UNTIL(&x, client_has(&c, "[1 /third"));
	assert_false(client_has(&c, "late"));
	client_close(&c);
	rig_close(&x);
}

static void
a_client_may_leave_before_the_answer(void **state)
{
	struct http_answer a = { .code = 200, .type = "text/plain", .body = STR("late") };
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	for (size_t i = 0; i < 4; i++) {
		struct client c = client_dial(&x, 1);

		(void)client_send(&x, &c, STR(GET("/later")));
		RIG_UNTIL(&x, x.n_later == i + 1);
		if (i % 2 == 0) {	/* by a reset */
			struct linger hard = { 1, 0 };

			(void)setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		}
		client_close(&c);
	}
	http_answer(x.later[0], &a);
	http_answer(x.later[1], &a);
	RIG_UNTIL(&x, http_stats(x.http)->open == 2);
	rig_close(&x);		/* with two that nobody answers any more */
}

/* --- places --- */

static void
one_address_has_its_share(void **state)
{
	static const char *const few[] = { "web.per_address=2", NULL };
	struct client c[4];
	struct rig x;

	(void)state;
	rig_open(&x, few);
	for (size_t i = 0; i < 4; i++)
		c[i] = client_dial(&x, i < 3 ? 1 : 2);
	RIG_UNTIL(&x, client_ended(&c[2]));
	(void)client_send(&x, &c[0], STR(GET("/a")));
	(void)client_send(&x, &c[3], STR(GET("/a")));
	RIG_UNTIL(&x, client_has(&c[0], "[1 /a") && client_has(&c[3], "[1 /a"));
	assert_int_equal(http_stats(x.http)->turned_away, 1);
	client_close(&c[0]);
	RIG_UNTIL(&x, http_stats(x.http)->open == 2);
	c[0] = client_dial(&x, 1);
	(void)client_send(&x, &c[0], STR(GET("/b")));
	RIG_UNTIL(&x, client_has(&c[0], "[1 /b"));
	for (size_t i = 0; i < 4; i++)
		client_close(&c[i]);
	rig_close(&x);
}

static void
a_proxy_is_not_counted(void **state)
{
	static const char *const few[] = { "web.per_address=1", "web.proxies=127.0.0.1", NULL };
	struct client c[3];
	struct rig x;

	(void)state;
	rig_open(&x, few);
	for (size_t i = 0; i < 3; i++)
		c[i] = client_dial(&x, 1);
	for (size_t i = 0; i < 3; i++) {
		(void)client_send(&x, &c[i], STR(GET("/a")));
		RIG_UNTIL(&x, client_has(&c[i], "[1 /a"));
	}
	for (size_t i = 0; i < 3; i++)
		client_close(&c[i]);
	rig_close(&x);
}

/* Ten places, thirty half heads: an honest client is served all the same. */
static void
who_waits_longest_makes_room(void **state)
{
	static const char *const few[] = { "web.connections=10", "web.per_address=10", NULL };
	struct client half[30], honest;
	struct rig x;

	(void)state;
	rig_open(&x, few);
	for (size_t i = 0; i < 30; i++) {
		half[i] = client_dial(&x, (uint8_t)(2 + i / 5));
		(void)client_send(&x, &half[i], STR("GET /a HTTP/1.1\r\nA: "));
	}
	honest = client_dial(&x, 1);
	(void)client_send(&x, &honest, STR(GET("/a")));
	RIG_UNTIL(&x, client_has(&honest, "[1 /a"));
	RIG_UNTIL(&x, http_stats(x.http)->open == 10);
	assert_int_equal(http_stats(x.http)->pushed_out, 21);
	assert_true(client_ended(&half[0]));
	assert_false(client_ended(&half[29]));
	for (size_t i = 0; i < 30; i++)
		client_close(&half[i]);
	client_close(&honest);
	rig_close(&x);
}

/* Who has sent a request is not pushed out. */
static void
a_request_keeps_its_place(void **state)
{
	static const char *const few[] = { "web.connections=2", "web.per_address=2", NULL };
	struct http_answer a = { .code = 200, .type = "text/plain", .body = STR("late") };
	struct client c[3];
	struct rig x;

	(void)state;
	rig_open(&x, few);
	for (size_t i = 0; i < 2; i++) {
		c[i] = client_dial(&x, 1);
		(void)client_send(&x, &c[i], STR(GET("/later")));
		RIG_UNTIL(&x, x.n_later == i + 1);
	}
	c[2] = client_dial(&x, 2);
	RIG_UNTIL(&x, client_ended(&c[2]));
	assert_int_equal(http_stats(x.http)->turned_away, 1);
	for (size_t i = 0; i < 2; i++) {
		http_answer(x.later[i], &a);
		RIG_UNTIL(&x, client_has(&c[i], "late"));
	}
	for (size_t i = 0; i < 3; i++)
		client_close(&c[i]);
	rig_close(&x);
}

/* Without a descriptor left accepting rests, and goes on when there is one. */
static void
out_of_descriptors_is_no_end(void **state)
{
	struct rlimit before, few;
	struct client c[2];
	struct rig x;
	int hog[64], n = 0;

	(void)state;
	rig_open(&x, NULL);
	c[0] = client_dial(&x, 1);
	(void)client_send(&x, &c[0], STR(GET("/a")));
	RIG_UNTIL(&x, client_has(&c[0], "[1 /a"));
	c[1] = client_dial(&x, 1);	/* still in the queue of the kernel */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ 64, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (n < 64 && (hog[n] = dup(0)) >= 0)
		n++;
	RIG_UNTIL(&x, x.http->resting);
	while (n > 0)
		close(hog[--n]);
	(void)client_send(&x, &c[1], STR(GET("/b")));
	RIG_UNTIL(&x, client_has(&c[1], "[1 /b"));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	client_close(&c[0]);
	client_close(&c[1]);
	rig_close(&x);
}

/* --- streams --- */

static void
stream_begin(struct rig *x, struct client *c)
{
	size_t n = x->n_streams;

	*c = client_dial(x, 1);
	(void)client_send(x, c, STR(GET("/stream")));
	RIG_UNTIL(x, x->n_streams == n + 1 && client_has(c, "\r\n\r\n"));
	assert_true(client_has(c, "Content-Type: text/event-stream\r\n"));
	assert_true(client_has(c, "Cache-Control: no-store\r\n"));
}

static void
a_stream_carries_events_until_it_is_closed(void **state)
{
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	stream_begin(&x, &c);
	assert_int_equal(http_stream_send(x.streams[0], "state", NULL, STR("{}")), 0);
	RIG_UNTIL(&x, client_has(&c, "event: state\ndata: {}\n\n"));
	assert_int_equal(http_stream_send(x.streams[0], NULL, "7", STR("[]")), 0);
	assert_int_equal(http_stream_send(x.streams[0], NULL, NULL, STR("1")), 0);
	http_stream_close(x.streams[0]);
	RIG_UNTIL(&x, client_has(&c, "id: 7\ndata: []\n\ndata: 1\n\n\r\n0\r\n\r\n"));
	(void)client_send(&x, &c, STR(GET("/a")));	/* the connection is good still */
	RIG_UNTIL(&x, client_has(&c, "[1 /a"));
	assert_int_equal(x.gone, 0);
	assert_int_equal(http_stats(x.http)->streams, 0);
	client_close(&c);
	rig_close(&x);
}

static void
an_old_client_gets_a_stream_that_ends_with_the_connection(void **state)
{
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, STR("GET /stream HTTP/1.0\r\n\r\n"));
	RIG_UNTIL(&x, x.n_streams == 1);
	assert_int_equal(http_stream_send(x.streams[0], "a", NULL, STR("b")), 0);
	http_stream_close(x.streams[0]);
	RIG_UNTIL(&x, client_ended(&c));
	assert_true(client_has(&c, "\r\n\r\nevent: a\ndata: b\n\n"));
	client_close(&c);
	rig_close(&x);
}

static void
a_silent_stream_beats_and_sees_who_left(void **state)
{
	struct client c[2];
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	only(&x, WAIT_BEAT, 30);
	stream_begin(&x, &c[0]);
	stream_begin(&x, &c[1]);
	RIG_UNTIL(&x, client_has(&c[0], "\n:\n\n\r\n3\r\n:\n\n"));
	client_close(&c[0]);
	RIG_UNTIL(&x, x.gone == 1);
	assert_int_equal(http_stats(x.http)->streams, 1);
	assert_int_equal(http_stream_send(x.streams[1], NULL, NULL, STR("1")), 0);
	RIG_UNTIL(&x, client_has(&c[1], "data: 1"));
	client_close(&c[1]);
	RIG_UNTIL(&x, x.gone == 2 && http_stats(x.http)->open == 0);
	rig_close(&x);
}

static void
who_does_not_read_a_stream_loses_it(void **state)
{
	static char data[8000];
	struct client c;
	struct rig x;
	int err = 0;

	(void)state;
	memset(data, 'x', sizeof(data));
	rig_open(&x, NULL);
	stream_begin(&x, &c);
	for (int i = 0; err == 0 && i < 10000; i++) {
		err = http_stream_send(x.streams[0], NULL, NULL, (struct str){ data, sizeof(data) });
		rig_turn(&x);
	}
	assert_int_equal(err, SEK_ELIMIT);
	RIG_UNTIL(&x, x.gone == 1 && http_stats(x.http)->open == 0);
	client_close(&c);
	rig_close(&x);
}

static void
streams_leave_half_of_the_places(void **state)
{
	static const char *const few[] = { "web.connections=4", "web.per_address=4", NULL };
	struct client c[3];
	struct rig x;

	(void)state;
	rig_open(&x, few);
	stream_begin(&x, &c[0]);
	stream_begin(&x, &c[1]);
	c[2] = client_dial(&x, 1);
	(void)client_send(&x, &c[2], STR(GET("/stream")));
	RIG_UNTIL(&x, client_has(&c[2], "503 Service Unavailable"));
	assert_true(client_has(&c[2], "Retry-After: "));
	for (size_t i = 0; i < 3; i++)
		client_close(&c[i]);
	rig_close(&x);
	assert_int_equal(x.gone, 2);
}

/* Octets of memory that are ours and there. */
static size_t
resident(void)
{
	char text[100] = "";
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_int_equal(sscanf(text, "%*u %lu", &pages), 1);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Each with its share of events that nobody read yet. */
static void
five_hundred_streams_are_cheap(void **state)
{
	static const char *const many[] = { "web.connections=1100", "web.per_address=1100", NULL };
	enum { STREAMS = 500, MOST = 20 * 1024 * 1024 };
	static struct http_stream *streams[STREAMS];
	static struct client c[STREAMS];
	struct rlimit files = { 2048, 2048 };
	size_t before, cost;
	struct rig x;

	(void)state;
	(void)setrlimit(RLIMIT_NOFILE, &files);
	rig_open(&x, many);
	for (size_t i = 0; i < 10; i++) {	/* what the first ones bring */
		struct client warm = client_dial(&x, 1);

		(void)client_send(&x, &warm, STR(GET("/a")));
		RIG_UNTIL(&x, client_has(&warm, "[1 /a"));
		client_close(&warm);
	}
	before = resident();
	for (size_t i = 0; i < STREAMS; i++) {
		x.n_streams = 0;
		stream_begin(&x, &c[i]);
		streams[i] = x.streams[0];
		gbuf_free(&c[i].in);
	}
	for (size_t k = 0; k < 20; k++)
		for (size_t i = 0; i < STREAMS; i++)
			assert_int_equal(http_stream_send(streams[i], "state", NULL,
			    STR("{\"state\":\"testing\",\"forms_done\":7,\"forms_total\":31}")), 0);
	for (int i = 0; i < 50; i++)
		rig_turn(&x);
	cost = resident() - before;
	printf("# %zu KiB for %d streams\n", cost / 1024, STREAMS);
#ifndef SANITIZED
	assert_in_range(cost, 0, MOST);
#endif
	for (size_t i = 0; i < STREAMS; i++)
		client_close(&c[i]);
	rig_close(&x);
	assert_int_equal(x.gone, STREAMS);
}

static void
head_of_a_stream_is_no_stream(void **state)
{
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, STR("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n" GET("/a")));
	RIG_UNTIL(&x, client_has(&c, "[1 /a"));
	assert_int_equal(x.gone, 1);
	client_close(&c);
	rig_close(&x);
}

/* --- our own mistakes --- */

static void
field_with(const char *value)
{
	struct http_answer a = { .code = 303 };

	http_field(&a, "Location", value);
}

static int
how_ends(const char *value)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		field_with(value);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
a_line_end_never_gets_into_a_field(void **state)
{
	(void)state;
	assert_int_equal(how_ends("/ja/ip/192.0.2.25"), 0);
	assert_int_equal(how_ends("/ja/\r\nSet-Cookie: a=b"), SIGABRT);
	assert_int_equal(how_ends("/ja/\nSet-Cookie: a=b"), SIGABRT);
	assert_int_equal(how_ends("/ja/\r"), SIGABRT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_drips_is_cut_at_the_deadline),
		cmocka_unit_test(each_request_has_the_whole_time),
		cmocka_unit_test(who_does_not_read_is_cut),
		cmocka_unit_test(a_handler_may_answer_later),
		cmocka_unit_test(a_handler_that_takes_too_long_answers_nobody),
		cmocka_unit_test(a_client_may_leave_before_the_answer),
		cmocka_unit_test(one_address_has_its_share),
		cmocka_unit_test(a_proxy_is_not_counted),
		cmocka_unit_test(who_waits_longest_makes_room),
		cmocka_unit_test(a_request_keeps_its_place),
		cmocka_unit_test(out_of_descriptors_is_no_end),
		cmocka_unit_test(a_stream_carries_events_until_it_is_closed),
		cmocka_unit_test(an_old_client_gets_a_stream_that_ends_with_the_connection),
		cmocka_unit_test(a_silent_stream_beats_and_sees_who_left),
		cmocka_unit_test(who_does_not_read_a_stream_loses_it),
		cmocka_unit_test(streams_leave_half_of_the_places),
		cmocka_unit_test(five_hundred_streams_are_cheap),
		cmocka_unit_test(head_of_a_stream_is_no_stream),
		cmocka_unit_test(a_line_end_never_gets_into_a_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
