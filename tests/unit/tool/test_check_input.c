#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tool/check_input.h"

static char path[] = "/tmp/sekimori-input.XXXXXX";

struct heard {
	char	said[2048];	/* names, and "!" for each bad line */
	int	end;		/* what ended it */
	char	*err;
};

static void
read_all(struct heard *h, struct check_input *in)
{
	struct check_name name;
	int rc;

	h->said[0] = '\0';
	while ((rc = check_input_next(in, &name)) == 0 || rc == CHECK_BAD_LINE) {
		size_t n = strlen(h->said);

		snprintf(h->said + n, sizeof(h->said) - n, "%s ",
		    rc == 0 ? name.name : "!");
	}
	h->end = rc;
}

static void
read_file(struct heard *h, const char *text, size_t len)
{
	struct option_list files = { { path }, 1 };
	FILE *f = fopen(path, "w"), *err;
	struct check_input *in;
	size_t n;

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
	err = open_memstream(&h->err, &n);
	assert_int_equal(check_input_open(&in, NULL, 0, &files, false, err), 0);
	read_all(h, in);
	check_input_close(in);
	fclose(err);
}

static void
lines_are_read(void **state)
{
	static const struct { const char *name, *text, *want, *err; } cases[] = {
		{ "one a line", "a.example\nb.example\n", "a.example b.example ", "" },
		{ "without a final line end", "a.example\nb.example", "a.example b.example ", "" },
		{ "comments and empty lines", "# all of them\n\n  \na.example # the first\n#b.example\n",
		  "a.example ", "" },
		{ "# inside a URL is no comment", "http://a.example/#x\n", "a.example ", "" },
		{ "CRLF", "a.example\r\nb.example\r\n", "a.example b.example ", "" },
		{ "mark at the beginning", "\xef\xbb\xbf" "a.example\n", "a.example ", "" },
		{ "a bad line is named and skipped", "a.example\nx y\nb.example\n", "a.example ! b.example ",
		  ":2: x y: " },
		{ "what is hostile in it is cleaned", "\x1b[2J\n", "! ", ":1: \\x1b[2J: " },
		{ "everything that can be checked", "192.0.2.1\nx@a.example\nhttps://b.example/\n",
		  "192.0.2.1 a.example b.example ", "" },
		{ "empty", "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct heard h;

		read_file(&h, cases[i].text, strlen(cases[i].text));
		if (h.end != CHECK_END || strcmp(h.said, cases[i].want) != 0 ||
		    strstr(h.err, cases[i].err) == NULL ||
		    (cases[i].err[0] == '\0') != (h.err[0] == '\0'))
			fail_msg("%s: end %d, \"%s\", err \"%s\"", cases[i].name, h.end,
			    h.said, h.err);
		free(h.err);
	}
}

static void
odd_octets_harm_nothing(void **state)
{
	enum { LONG = 200000 };
	char *text = malloc(LONG + 40);
	struct heard h;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', LONG);	/* several buffers of one line */
	strcpy(text + LONG, "\nb.example\n");
	read_file(&h, text, strlen(text));
	assert_string_equal(h.said, "! b.example ");
	assert_non_null(strstr(h.err, ":1: "));
	free(h.err);
	read_file(&h, text, LONG);
	assert_string_equal(h.said, "! ");
	free(h.err);
	read_file(&h, "a\0b.example\nc.example\n", 22);
	assert_string_equal(h.said, "! c.example ");
	free(h.err);
	free(text);
}

/* A line that lies across the end of a buffer, at every place. */
static void
lines_are_whole_across_buffers(void **state)
{
	enum { BUFFER = 65536 };
	char *text = malloc(BUFFER + 100);

	(void)state;
	assert_non_null(text);
	for (int back = 0; back < 24; back++) {
		struct heard h;
		size_t at = (size_t)(BUFFER - back);

		memset(text, '\n', at);
		strcpy(text + at, "across.example\nafter.example\n");
		read_file(&h, text, strlen(text));
		assert_string_equal(h.said, "across.example after.example ");
		free(h.err);
	}
	free(text);
}

static void
operands_come_first_then_files_in_order(void **state)
{
	char one[] = "one.example", two[] = "192.0.2.2", *operands[] = { one, two };
	struct option_list files = { { path, path }, 2 };
	FILE *f = fopen(path, "w"), *err;
	struct check_input *in;
	struct heard h;
	uint64_t read, all;
	size_t n;

	(void)state;
	fputs("three.example\n", f);
	fclose(f);
	err = open_memstream(&h.err, &n);
	assert_int_equal(check_input_open(&in, operands, 2, &files, false, err), 0);
	check_input_far(in, &read, &all);
	assert_true(read == 0 && all == 28);
	read_all(&h, in);
	assert_string_equal(h.said, "one.example 192.0.2.2 three.example three.example ");
	check_input_far(in, &read, &all);
	assert_true(read == 28 && all == 28);
	check_input_close(in);
	fclose(err);
	free(h.err);
}

static void
a_missing_file_is_named(void **state)
{
	struct option_list files = { { "/nonexistent/list" }, 1 };
	struct check_input *in;
	struct heard h;
	size_t n;
	FILE *err = open_memstream(&h.err, &n);

	(void)state;
	assert_int_equal(check_input_open(&in, NULL, 0, &files, false, err), 0);
	read_all(&h, in);
	check_input_close(in);
	fclose(err);
	assert_int_equal(h.end, EXIT_NOINPUT);
	assert_string_equal(h.err, "sekimori check: /nonexistent/list: No such file or directory\n");
	free(h.err);
}

static void
a_pipe_is_not_waited_for(void **state)
{
	struct option_list files = { { "-" }, 1 };
	struct check_input *in;
	struct check_name name;
	int pair[2], saved = dup(STDIN_FILENO);
	uint64_t read, all;

	(void)state;
	assert_int_equal(pipe(pair), 0);
	assert_int_equal(dup2(pair[0], STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(check_input_open(&in, NULL, 0, &files, false, stderr), 0);
	check_input_far(in, &read, &all);
	assert_true(read == 0 && all == 0);
	assert_int_equal(check_input_next(in, &name), CHECK_LATER);
	assert_int_equal(write(pair[1], "a.exa", 5), 5);
	assert_int_equal(check_input_next(in, &name), CHECK_LATER);
	assert_int_equal(write(pair[1], "mple\n", 5), 5);
	assert_int_equal(check_input_next(in, &name), 0);
	assert_string_equal(name.name, "a.example");
	close(pair[1]);
	assert_int_equal(check_input_next(in, &name), CHECK_END);
	check_input_close(in);
	close(pair[0]);
	dup2(saved, STDIN_FILENO);
	close(saved);
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
		cmocka_unit_test(odd_octets_harm_nothing),
		cmocka_unit_test(lines_are_whole_across_buffers),
		cmocka_unit_test(operands_come_first_then_files_in_order),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(a_pipe_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
