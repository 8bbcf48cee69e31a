/* The line that says what was served last, and what else may stand there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/served.h"

#define PAD "                                                "

static char dir[64], path[96];

static void
what_is_written_is_read(void **state)
{
	static const struct served rows[] = {
		{ 0, 0, false }, { 1, 1700000000, true }, { UINT32_MAX, INT64_MAX, true },
	};
	int fd = served_open(dir);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < 3; i++) {
		struct served got;
		struct stat st;

		assert_int_equal(served_write(fd, &rows[i], i == 1), 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_size, SERVED_OCTETS);
		assert_int_equal(served_read(&got, dir), 0);
		assert_int_equal(got.serial, rows[i].serial);
		assert_true(got.at_s == rows[i].at_s);
		assert_int_equal(got.behind, rows[i].behind);
	}
	close(fd);
}

static void
else_nothing_is_known(void **state)
{
	static const struct { const char *name, *line; } rows[] = {
		{ "empty", "" }, { "no number", "x 1 level" }, { "one number", "7 level" },
		{ "a serial past 32 bits", "4294967296 1 level" }, { "a sign", "-7 1 level" },
		{ "a time past 63 bits", "7 9223372036854775808 level" },
		{ "another word", "7 1 even" }, { "two words", "7 1 level behind" },
		{ "two spaces", "7  1 level" },
	};
	struct served got;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[SERVED_OCTETS + 1];

		snprintf(text, sizeof(text), "%s" PAD, rows[i].line);
		text[SERVED_OCTETS - 1] = '\n';
		if (served_parse(&got, text, SERVED_OCTETS) != SERVED_NONE)
			fail_msg("%s: was read", rows[i].name);
	}
	assert_int_equal(served_parse(&got, "7 1 level" PAD, SERVED_OCTETS), SERVED_NONE);
	assert_int_equal(served_parse(&got, "7 1 level\n", 10), SERVED_NONE);
	assert_int_equal(served_parse(&got, NULL, 0), SERVED_NONE);
}

static void
neither_links_nor_pipes_are_followed(void **state)
{
	struct served got;

	(void)state;
	unlink(path);
	assert_int_equal(served_read(&got, dir), SERVED_NONE);	/* none there */
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(served_open(dir), SEK_ESYS);
	assert_int_equal(served_read(&got, dir), SERVED_NONE);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(served_read(&got, dir), SERVED_NONE);	/* does not wait */
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(else_nothing_is_known),
		cmocka_unit_test(neither_links_nor_pipes_are_followed),
	};
	int failed;

	snprintf(dir, sizeof(dir), "/tmp/sekimori-served-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/served", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(dir);
	return failed;
}
