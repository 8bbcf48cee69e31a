#include "rig.h"

#define S(lit) { (lit), sizeof(lit) - 1 }
#define H "Host: x\r\n"

/* What comes in one piece.  status 0: closed without an answer; handled: how
 * many requests the handler saw; text: what stands in the answer. */
static const struct {
	const char	*name;
	struct str	 in;
	unsigned	 status, handled;
	bool		 stays;		/* the connection is good for another request */
	const char	*text;
} cases[] = {
	{ "a plain GET", S(GET("/a?b=c")), 200, 1, true, "[1 /a ?b=c {} 127.0.0.1 secure]" },
	{ "empty lines before it (RFC 9112 2.2)", S("\r\n\r\n" GET("/a")), 200, 1, true, "[1 /a" },
	{ "HTTP/1.0 without Host", S("GET /a HTTP/1.0\r\n\r\n"), 200, 1, false, "[1 /a" },
	{ "HTTP/1.9", S("GET /a HTTP/1.9\r\n" H "\r\n"), 200, 1, true, "[1 /a" },
	{ "absolute-form", S(GET("http://evil.example/a")), 200, 1, true, "[1 /a" },
	{ "a method that nobody knows", S("BREW /a HTTP/1.1\r\n" H "\r\n"), 200, 1, true, "[7 /a" },
	{ "a POST", S("POST /a HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nx=1"), 200, 1, true, "{x=1}" },
	{ "an empty POST", S("POST /a HTTP/1.1\r\n" H "\r\n"), 200, 1, true, "{}" },
	{ "spaces around a value", S("POST /a HTTP/1.1\r\n" H "Content-Length: \t 3 \r\n\r\nx=1"), 400, 0, false, "" },
	{ "a NUL in a body is for who reads it", S("POST /a HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nx\0y"), 200, 1, true, "{x" },
	{ "OPTIONS", S("OPTIONS /a HTTP/1.1\r\n" H "\r\n"), 200, 1, true, "[6 /a" },
	{ "bare LF everywhere", S("GET /a HTTP/1.1\nHost: x\n\n"), 400, 0, false, "" },
	{ "bare LF behind the request line", S("GET /a HTTP/1.1\n" H "\r\n"), 400, 0, false, "" },
	{ "bare LF behind a field", S("GET /a HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"), 400, 0, false, "" },
	{ "bare LF behind the last field", S("GET /a HTTP/1.1\r\nHost: x\n\r\n"), 400, 0, false, "" },
	{ "bare LF at the end", S("GET /a HTTP/1.1\r\nHost: x\r\n\n"), 400, 0, false, "" },
	{ "two bare LF at the end", S("GET /a HTTP/1.1\r\nHost: x\n\n"), 400, 0, false, "" },
	{ "a bare CR in a value", S("GET /a HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n"), 400, 0, false, "" },
	{ "a CR before the line end", S("GET /a HTTP/1.1\r\n" H "A: b\r\r\n\r\n"), 400, 0, false, "" },
	{ "a NUL in the target", S("GET /a\0b HTTP/1.1\r\n" H "\r\n"), 400, 0, false, "" },
	{ "a NUL in the method", S("G\0T /a HTTP/1.1\r\n" H "\r\n"), 400, 0, false, "" },
	{ "a NUL in a name", S("GET /a HTTP/1.1\r\n" H "A\0B: c\r\n\r\n"), 400, 0, false, "" },
	{ "a NUL for a colon", S("GET /a HTTP/1.1\r\n" H "A\0b\r\n\r\n"), 400, 0, false, "" },
	{ "a NUL in a value", S("GET /a HTTP/1.1\r\n" H "A: b\0c\r\n\r\n"), 400, 0, false, "" },
	{ "a NUL that ends a value", S("GET /a HTTP/1.1\r\n" H "A: b\0\r\n\r\n"), 400, 0, false, "" },
	{ "two NUL for a line end", S("GET /a HTTP/1.1\r\n" H "A: b\0\0C: d\r\n\r\n"), 400, 0, false, "" },
	{ "NUL in a hidden length", S("POST /a HTTP/1.1\r\n" H "Content-Length: 3\0" "0\r\n\r\nx=1"), 400, 0, false, "" },
	{ "a folded value", S("GET /a HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n"), 400, 0, false, "" },
	{ "a folded length", S("POST /a HTTP/1.1\r\n" H "Content-Length:\r\n 3\r\n\r\nx=1"), 400, 0, false, "" },
	{ "a fold before any field", S("GET /a HTTP/1.1\r\n Host: x\r\n\r\n"), 400, 0, false, "" },
	{ "a space before a colon", S("POST /a HTTP/1.1\r\n" H "Content-Length : 3\r\n\r\nx=1"), 400, 0, false, "" },
	{ "a field without a colon", S("GET /a HTTP/1.1\r\n" H "Abc\r\n\r\n"), 400, 0, false, "" },
	{ "an empty name", S("GET /a HTTP/1.1\r\n" H ": b\r\n\r\n"), 400, 0, false, "" },
	{ "no Host", S("GET /a HTTP/1.1\r\n\r\n"), 400, 0, false, "" },
	{ "two Hosts", S("GET /a HTTP/1.1\r\n" H H "\r\n"), 400, 0, false, "" },
	{ "two spaces", S("GET  /a HTTP/1.1\r\n" H "\r\n"), 400, 0, false, "" },
	{ "two spaces before the version", S("GET /a  HTTP/1.1\r\n" H "\r\n"), 400, 0, false, "" },
	{ "a space behind the version", S("GET /a HTTP/1.1 \r\n" H "\r\n"), 400, 0, false, "" },
	{ "a space in the target", S("GET /a b HTTP/1.1\r\n" H "\r\n"), 400, 0, false, "" },
	{ "a tab in the target", S("GET /a\tb HTTP/1.1\r\n" H "\r\n"), 400, 0, false, "" },
	{ "no version", S("GET /a\r\n\r\n"), 400, 0, false, "" },
	{ "another version", S("GET /a HTTP/2.0\r\n" H "\r\n"), 505, 0, false, "" },
	{ "a version that is none", S("GET /a HTTP/1.1x\r\n" H "\r\n"), 400, 0, false, "" },
	{ "another protocol", S("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"), 0, 0, false, "" },
	{ "no method", S(" /a HTTP/1.1\r\n" H "\r\n"), 0, 0, false, "" },
	{ "no target", S("GET HTTP/1.1\r\n" H "\r\n"), 400, 0, false, "" },
	{ "two dots", S(GET("/a/../b")), 400, 0, false, "" },
	{ "encoded dots", S(GET("/a/%2e%2e/b")), 400, 0, false, "" },
	{ "overlong dots", S(GET("/%c0%ae%c0%ae/")), 400, 0, false, "" },
	{ "an encoded NUL", S(GET("/a%00")), 400, 0, false, "" },
	{ "an encoded line end", S(GET("/%0d%0aA:b")), 400, 0, false, "" },
	{ "a line end in the query stays encoded", S(GET("/a?x=%0d%0aA:b")), 200, 1, true, "?x=%0d%0aA:b " },
	{ "a query that the library cannot cut", S(GET("/a?%&&==&%zz=&\"'<>")), 200, 1, true, "?%&&==&%zz=&\"'<> " },
	{ "two lengths", S("POST /a HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\nx=1"), 400, 0, false, "" },
	{ "length and chunked", S("POST /a HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET("/b")), 400, 0, false, "" },
	{ "chunked", S("POST /a HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nx=1\r\n0\r\n\r\n" GET("/b")), 411, 0, false, "" },
	{ "another coding", S("POST /a HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" GET("/b")), 501, 0, false, "" },
	{ "a body too long", S("POST /a HTTP/1.1\r\n" H "Content-Length: 16385\r\n\r\nx"), 413, 0, false, "" },
	{ "a length past 64 bits", S("POST /a HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\nx"), 413, 0, false, "" },
	{ "a negative length", S("POST /a HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\nx"), 400, 0, false, "" },
	{ "a GET with a body is not another request", S("GET /a HTTP/1.1\r\n" H "Content-Length: 33\r\n\r\n" GET("/b")), 400, 0, false, "" },
	{ "cookies of nothing but marks", S("GET /a HTTP/1.1\r\n" H "Cookie: =;,= ;\"\r\n\r\n"), 200, 1, true, "[1 /a" },
	{ "a cookie of one quote, on which the library chokes", S("GET /a HTTP/1.1\r\n" H "Cookie: a=\"\r\n\r\n"), 431, 0, false, "" },
	{ "header and cookie", S("GET /head HTTP/1.1\r\n" H "x-test:  v w \r\nCookie: a=b; owner=k\r\n\r\n"), 200, 1, true, "<v w|k>" },
	{ "an upgrade that is not offered", S("GET /a HTTP/1.1\r\n" H "Upgrade: h2c\r\nConnection: upgrade\r\n\r\n"), 200, 1, true, "[1 /a" },
};

static void
one_case(size_t i, struct str in, bool drip)
{
	const char *want = cases[i].text;
	struct client c;
	struct rig x;

	rig_case = cases[i].name;
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	for (size_t k = 0; drip && k + 1 < in.n; k++)
		if (!client_send(&x, &c, (struct str){ in.p + k, 1 }))
			break;
	(void)client_send(&x, &c, drip ? (struct str){ in.p + in.n - 1, 1 } : in);
	if (cases[i].stays)
		RIG_UNTIL(&x, client_has(&c, want));
	else
		RIG_UNTIL(&x, client_ended(&c));
	if (client_status(&c) != cases[i].status || x.handled != cases[i].handled ||
	    (*want != '\0' && !client_has(&c, want)))
		fail_msg("%s: status %u, handled %u, want %u and %u: %s", cases[i].name,
		    client_status(&c), x.handled, cases[i].status, cases[i].handled,
		    c.in.p == NULL ? "" : (const char *)c.in.p);
	if (cases[i].stays) {
		(void)client_send(&x, &c, STR(GET("/again")));
		RIG_UNTIL(&x, client_has(&c, "[1 /again"));
	}
	client_close(&c);
	rig_close(&x);
}

static void
requests_are_answered_or_refused_and_ended(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one_case(i, cases[i].in, false);
}

/* Octet by octet the same comes of it; those that end early see the rest cut. */
static void
it_does_not_matter_how_a_request_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i += 3)
		if (cases[i].stays)
			one_case(i, cases[i].in, true);
}

/* --- size --- */

static void
flood(struct str begin, char with, size_t n, unsigned want)
{
	static char part[65536];
	struct client c;
	struct rig x;

	memset(part, with, sizeof(part));
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, begin);
	for (size_t sent = 0; sent < n; sent += sizeof(part))
		if (!client_send(&x, &c, (struct str){ part, sizeof(part) }))
			break;
	RIG_UNTIL(&x, client_ended(&c));
	/* an answer may be lost to the reset that unread octets cause */
	assert_true(client_status(&c) == want || client_status(&c) == 0);
	assert_int_equal(x.handled, 0);
	client_close(&c);
	rig_close(&x);
}

static void
ten_megabytes_of_anything_are_not_read(void **state)
{
	(void)state;
	flood(STR("GET /"), 'a', 10 << 20, 414);
	flood(STR("GET / HTTP/1.1\r\nA: "), 'a', 10 << 20, 431);
	flood(STR("GET / HTTP/1.1\r\n"), 'a', 10 << 20, 431);
	flood(STR("GET /?"), '&', 10 << 20, 414);
	flood(STR(""), 'a', 10 << 20, 414);
	flood(STR("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n"), 'a', 10 << 20, 413);
	flood(STR("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), 'a', 10 << 20, 411);
}

static void
head_of_octets(size_t octets, size_t fields, unsigned want)
{
	static char text[2 * HTTP_HEAD];
	struct wbuf w = wbuf_of(text, sizeof(text));
	struct client c;
	struct rig x;

	wbuf_str(&w, "GET /a HTTP/1.1\r\nHost: x\r\n");
	for (size_t i = 1; i < fields; i++)
		wbuf_printf(&w, "F%zu: a\r\n", i);
	if (octets > 0) {
		wbuf_str(&w, "Long: ");
		while (w.len < octets - 4)
			wbuf_u8(&w, 'a');
		wbuf_str(&w, "\r\n");
	}
	wbuf_str(&w, "\r\n");
	assert_int_equal(w.err, 0);
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, (struct str){ text, w.len });
	RIG_UNTIL(&x, client_has(&c, "\r\n\r\n") || client_ended(&c));
	assert_int_equal(client_status(&c), want);
	client_close(&c);
	rig_close(&x);
}

static void
a_head_has_its_bounds(void **state)
{
	(void)state;
	head_of_octets(HTTP_HEAD, 1, 200);
	head_of_octets(HTTP_HEAD + 1, 1, 431);
	head_of_octets(0, HEAD_FIELDS, 200);
	head_of_octets(0, HEAD_FIELDS + 1, 431);
}

static void
the_longest_body_arrives_whole(void **state)
{
	static char body[HTTP_BODY];
	struct client c;
	struct rig x;

	(void)state;
	memset(body, 'y', sizeof(body));
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, STR("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 16384\r\n"
	    "Expect: 100-continue\r\n\r\n"));
	RIG_UNTIL(&x, client_has(&c, "HTTP/1.1 100 Continue\r\n\r\n"));
	assert_true(client_send(&x, &c, (struct str){ body, sizeof(body) }));
	RIG_UNTIL(&x, client_has(&c, "yyy} 127.0.0.1"));
	assert_true(c.in.len > sizeof(body));
	client_close(&c);
	rig_close(&x);
}

/* --- answers --- */

static void
pipelined_requests_are_answered_in_order(void **state)
{
	struct http_answer a = { .code = 200, .type = "text/plain", .body = STR("late") };
	const char *late, *second;
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, STR(GET("/later") GET("/b") GET("/c")));
	RIG_UNTIL(&x, x.n_later == 1);
	for (int i = 0; i < 20; i++)
		rig_turn(&x);
	assert_int_equal(x.handled, 1);
	http_answer(x.later[0], &a);
	RIG_UNTIL(&x, client_has(&c, "[1 /c"));
	late = strstr((char *)c.in.p, "late");
	second = strstr((char *)c.in.p, "[1 /b");
	assert_true(late != NULL && second > late);
	client_close(&c);
	rig_close(&x);
}

static void
head_has_the_fields_of_get_and_no_body(void **state)
{
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, STR("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"));
	RIG_UNTIL(&x, client_has(&c, "\r\n\r\n"));
	assert_true(client_has(&c, "Content-Length: "));
	assert_false(client_has(&c, "Content-Length: 0\r\n"));
	assert_memory_equal(c.in.p + c.in.len - 4, "\r\n\r\n", 4);
	client_close(&c);
	rig_close(&x);
}

static void
every_answer_has_the_security_fields(void **state)
{
	static const char *const fields[] = {
		"\r\nContent-Security-Policy: default-src 'none'; ",
		"; frame-ancestors 'none'\r\n", "\r\nX-Content-Type-Options: nosniff\r\n",
		"\r\nReferrer-Policy: same-origin\r\n", "\r\nX-Robots-Tag: noindex\r\n",
		"\r\nCross-Origin-Opener-Policy: same-origin\r\n",
		"\r\nPermissions-Policy: ", "\r\nCache-Control: no-store\r\n",
	};
	static const char *const requests[] = {
		GET("/a"), GET("/../"), GET("/stream"),
		"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct client c;
		struct rig x;

		rig_open(&x, NULL);
		c = client_dial(&x, 1);
		(void)client_send(&x, &c, str_of(requests[i]));
		RIG_UNTIL(&x, client_has(&c, "\r\n\r\n"));
		for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++)
			if (!client_has(&c, fields[f]))
				fail_msg("no %s in %s", fields[f], (char *)c.in.p);
		client_close(&c);
		rig_close(&x);
	}
}

static void
big_answers_arrive_whole_and_the_next_request_is_heard(void **state)
{
	struct client c;
	struct rig x;

	(void)state;
	rig_open(&x, NULL);
	c = client_dial(&x, 1);
	(void)client_send(&x, &c, STR(GET("/big") GET("/b")));
	RIG_UNTIL(&x, client_has(&c, "[1 /b"));
	assert_true(c.in.len > RIG_BIG);
	client_close(&c);
	rig_close(&x);
}

static void
what_our_proxy_says_is_believed_and_nobody_else(void **state)
{
	static const char *const ours[] = { "web.proxies=127.0.0.1", "web.url=http://x/", NULL };
	const struct str request = STR("GET /a HTTP/1.1\r\nHost: x\r\n"
	    "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\nX-Forwarded-Proto: https\r\n\r\n");
	struct client proxy, other;
	struct rig x;

	(void)state;
	rig_open(&x, ours);
	proxy = client_dial(&x, 1);
	other = client_dial(&x, 2);
	(void)client_send(&x, &proxy, request);
	(void)client_send(&x, &other, request);
	RIG_UNTIL(&x, client_has(&proxy, "{} 198.51.100.1 secure]"));
	RIG_UNTIL(&x, client_has(&other, "{} 127.0.0.2]"));
	client_close(&proxy);
	client_close(&other);
	rig_close(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_answered_or_refused_and_ended),
		cmocka_unit_test(it_does_not_matter_how_a_request_is_cut),
		cmocka_unit_test(ten_megabytes_of_anything_are_not_read),
		cmocka_unit_test(a_head_has_its_bounds),
		cmocka_unit_test(the_longest_body_arrives_whole),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(head_has_the_fields_of_get_and_no_body),
		cmocka_unit_test(every_answer_has_the_security_fields),
		cmocka_unit_test(big_answers_arrive_whole_and_the_next_request_is_heard),
		cmocka_unit_test(what_our_proxy_says_is_believed_and_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
