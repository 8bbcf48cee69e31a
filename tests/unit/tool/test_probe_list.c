#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tool/probe_list.h"

static char path[] = "/tmp/sekimori-list.XXXXXX";

struct heard {
	struct probe_list list;
	int	rc;
	char	*err;
};

static void
read_file(struct heard *h, const char *text, size_t len, bool skip_bad)
{
	FILE *f = fopen(path, "w"), *err;
	size_t n;

	*h = (struct heard){ .rc = -1 };
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
	err = open_memstream(&h->err, &n);
	h->rc = probe_list_read(&h->list, path, skip_bad, err);
	fclose(err);
}

static void
drop(struct heard *h)
{
	probe_list_free(&h->list);
	free(h->err);
}

static void
told(char *out, size_t cap, const struct probe_list *l)
{
	struct wbuf w = wbuf_of(out, cap - 1);

	for (size_t i = 0; i < l->n; i++)
		wbuf_printf(&w, "%u=%s:%u ", l->v[i].line, probe_list_name(l, i),
		    l->v[i].port);
	out[w.len] = '\0';
}

#define LONG50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG300 LONG50 LONG50 LONG50 LONG50 LONG50 LONG50

static void
lines_are_read(void **state)
{
	static const struct { const char *name, *text, *want, *err; } cases[] = {
		{ "addresses, hosts, ports", "192.0.2.25\n[2001:db8::25]:587\nMail.Example.:2525\n2001:DB8::1\n",
		  "1=192.0.2.25:25 2=2001:db8::25:587 3=mail.example:2525 4=2001:db8::1:25 ", "" },
		{ "no line end at the end", "192.0.2.25", "1=192.0.2.25:25 ", "" },
		{ "CRLF, blanks, comments", "\r\n \t\n# all\n\t192.0.2.25 \r\n192.0.2.26# near\n",
		  "4=192.0.2.25:25 5=192.0.2.26:25 ", "" },
		{ "mark at the beginning", "\xef\xbb\xbf" "192.0.2.25\n", "1=192.0.2.25:25 ", "" },
		{ "the same again, however written", "a.example\nA.example:25\na.example:26\na.example.\n",
		  "1=a.example:25 3=a.example:26 ", "" },
		{ "a comment may be long", "192.0.2.25 # " LONG300 LONG300 "\n", "1=192.0.2.25:25 ", "" },
		{ "a bad line is named", "192.0.2.25\nx y\n", "1=192.0.2.25:25 ", ":2: x y: neither" },
		{ "a prefix is no target", "192.0.2.0/24\n192.0.2.1\n", "2=192.0.2.1:25 ", ":1: 192.0.2.0/24: " },
		{ "a port that is none", "192.0.2.1:0\n192.0.2.1:65536\n192.0.2.1\n", "3=192.0.2.1:25 ",
		  ":2: 192.0.2.1:65536: the port" },
		{ "hostile octets are cleaned", "\x1b[2J\n192.0.2.1\n", "2=192.0.2.1:25 ", ":1: \\x1b[2J: " },
		{ "too long for any target", LONG300 LONG300 "\n192.0.2.1\n", "2=192.0.2.1:25 ",
		  ": the line is longer" },
	};
	char got[512];
	struct heard h;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool bad = cases[i].err[0] != '\0';

		read_file(&h, cases[i].text, strlen(cases[i].text), true);
		told(got, sizeof(got), &h.list);
		if (h.rc != 0 || strcmp(got, cases[i].want) != 0 ||
		    strstr(h.err, cases[i].err) == NULL || bad != (h.err[0] != '\0'))
			fail_msg("%s: %d \"%s\", err \"%s\"", cases[i].name, h.rc, got, h.err);
		drop(&h);
		read_file(&h, cases[i].text, strlen(cases[i].text), false);
		if (h.rc != (bad ? EXIT_DATA : 0) ||
		    bad != (strstr(h.err, "nothing was sent") != NULL))
			fail_msg("%s, to stop: %d, err \"%s\"", cases[i].name, h.rc, h.err);
		drop(&h);
	}
}

static void
a_nul_hides_nothing(void **state)
{
	struct heard h;

	(void)state;
	read_file(&h, "192.0.2.1\0.evil\n192.0.2.2\n", 26, true);
	assert_int_equal(h.list.n, 1);
	assert_int_equal(h.list.bad, 1);
	assert_non_null(strstr(h.err, ":1: "));
	drop(&h);
}

static void
nothing_in_it(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# nothing\n", "x y\n" };
	struct heard h;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		read_file(&h, texts[i], strlen(texts[i]), true);
		assert_int_equal(h.rc, EXIT_DATA);
		assert_non_null(strstr(h.err, "no target is in it"));
		drop(&h);
	}
	h.err = NULL;
	h.rc = probe_list_read(&h.list, "/nonexistent/list", false, stderr);
	assert_int_equal(h.rc, EXIT_NOINPUT);
}

/* A hundred bad lines: twenty are told, all are counted. */
static void
bad_lines_do_not_flood(void **state)
{
	char text[400] = "";
	struct heard h;
	size_t lines = 0;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		memcpy(text + 4 * i, "x y\n", 4);
	read_file(&h, text, sizeof(text), false);
	for (const char *p = h.err; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 21);
	assert_non_null(strstr(h.err, "no target: 100;"));
	drop(&h);
}

static void
a_hundred_thousand_lines(void **state)
{
	enum { N = 100000 };
	char *text = malloc(N * 20), *at = text;
	size_t octets;
	struct heard h;

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < N; i++)
		at += sprintf(at, "198.18.%u.%u:%u\n", i >> 8 & 255, i & 255, 25 + (i >> 16));
	read_file(&h, text, (size_t)(at - text), false);
	assert_int_equal(h.rc, 0);
	assert_int_equal(h.list.n, N);
	assert_string_equal(probe_list_name(&h.list, N - 1), "198.18.134.159");
	assert_int_equal(h.list.v[N - 1].line, N);
	octets = h.list.names.cap + h.list.cap * sizeof(*h.list.v) +
	    h.list.n_seen * sizeof(*h.list.seen);
	if (octets > 64 * N)
		fail_msg("%zu octets for %d lines", octets, N);
	drop(&h);
	free(text);
}

static int
make_path(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int
remove_path(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read),
		cmocka_unit_test(a_nul_hides_nothing),
		cmocka_unit_test(nothing_in_it),
		cmocka_unit_test(bad_lines_do_not_flood),
		cmocka_unit_test(a_hundred_thousand_lines),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
