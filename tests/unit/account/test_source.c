#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "account/source.h"

enum { OCTETS = 3 * 1000 * 1000 };	/* more than a block, packed or not */

static char *text;	/* of OCTETS, not easily packed */

/* Appends n octets of text, packed, to a memory file. */
static void
append(int fd, enum account_packing packing, const char *p, size_t n)
{
	static int (*const filters[])(struct archive *) = {
		[ACCOUNT_PLAIN] = archive_write_add_filter_none,
		[ACCOUNT_GZIP] = archive_write_add_filter_gzip,
		[ACCOUNT_XZ] = archive_write_add_filter_xz,
		[ACCOUNT_ZSTD] = archive_write_add_filter_zstd,
		[ACCOUNT_BZIP2] = archive_write_add_filter_bzip2,
	};
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	archive_write_set_format_raw(a);
	assert_int_equal(filters[packing](a), ARCHIVE_OK);
	archive_write_set_bytes_per_block(a, 0);	/* no padding */
	assert_int_equal(archive_write_open_fd(a, fd), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_pathname(e, "log");
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, p, n), (la_ssize_t)n);
	archive_entry_free(e);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static int
memory_file(void)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* How many octets come, all as in text; then the trouble. */
static size_t
read_all(int fd, const char **trouble, struct account_far *far)
{
	struct account_source *s;
	size_t n, got = 0;
	const char *p;

	assert_int_equal(account_source_open(&s, fd, far), 0);
	for (;;) {
		assert_int_equal(account_source_next(s, &p, &n), 0);
		if (n == 0)
			break;
		assert_true(got + n <= OCTETS);
		assert_memory_equal(p, text + got, n);
		got += n;
	}
	assert_int_equal(account_source_next(s, &p, &n), 0);	/* and stays at the end */
	assert_int_equal(n, 0);
	*trouble = account_source_trouble(s);
	account_source_free(s);
	return got;
}

static void
every_packing_gives_the_same_octets(void **state)
{
	(void)state;
	for (enum account_packing k = ACCOUNT_PLAIN; k < ACCOUNT_PACKING_N; k++) {
		struct account_far far = { 0 };
		const char *trouble;
		int fd = memory_file();

		append(fd, k, text, OCTETS);
		assert_int_equal(read_all(fd, &trouble, &far), OCTETS);
		if (trouble != NULL)
			fail_msg("packing %d: %s", k, trouble);
		assert_int_equal(far.passed, OCTETS);
		assert_int_equal(far.read, lseek(fd, 0, SEEK_END));
		close(fd);
	}
}

static void
members_that_follow_each_other_are_one_log(void **state)
{
	(void)state;
	for (enum account_packing k = ACCOUNT_GZIP; k < ACCOUNT_PACKING_N; k++) {
		const char *trouble;
		int fd = memory_file();

		append(fd, k, text, 1000);
		append(fd, k, text + 1000, OCTETS - 1000);
		if (read_all(fd, &trouble, NULL) != OCTETS || trouble != NULL)
			fail_msg("packing %d", k);
		close(fd);
	}
}

static void
what_came_before_the_cut_is_kept(void **state)
{
	(void)state;
	for (enum account_packing k = ACCOUNT_GZIP; k < ACCOUNT_PACKING_N; k++) {
		const char *trouble;
		int fd = memory_file();
		size_t got;

		append(fd, k, text, OCTETS);
		assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) * 2 / 3), 0);
		got = read_all(fd, &trouble, NULL);
		if (trouble == NULL || strcmp(trouble, "truncated") != 0)
			fail_msg("packing %d: %s", k, trouble != NULL ? trouble : "nothing said");
		if (k != ACCOUNT_XZ && got < OCTETS / 4)	/* an xz block is large */
			fail_msg("packing %d: only %zu octets", k, got);
		close(fd);
	}
}

static void
damage_is_told_and_ends_it(void **state)
{
	(void)state;
	for (enum account_packing k = ACCOUNT_GZIP; k < ACCOUNT_PACKING_N; k++) {
		struct account_source *s;
		int fd = memory_file();
		const char *p;
		size_t n;

		if (k == ACCOUNT_ZSTD)	/* written here without a checksum */
			continue;
		append(fd, k, text, OCTETS);
		/* behind the header, far before the end; of other octets, since
		 * libarchive does not look at gzip's checksums: damage that can be
		 * unpacked shows as lines that are none */
		assert_int_equal(pwrite(fd, text, 50000, 100000), 50000);
		assert_int_equal(account_source_open(&s, fd, NULL), 0);
		do {
			assert_int_equal(account_source_next(s, &p, &n), 0);
		} while (n > 0);
		if (account_source_trouble(s) == NULL ||
		    strcmp(account_source_trouble(s), "corrupt") != 0)
			fail_msg("packing %d: %s", k, account_source_trouble(s));
		account_source_free(s);
		close(fd);
	}
}

static void
a_file_that_shrinks_ends_early(void **state)
{
	struct account_source *s;
	int fd = memory_file();
	size_t n, got;
	const char *p;

	(void)state;
	append(fd, ACCOUNT_PLAIN, text, OCTETS);
	assert_int_equal(account_source_open(&s, fd, NULL), 0);
	assert_int_equal(account_source_next(s, &p, &n), 0);
	got = n;
	assert_int_equal(ftruncate(fd, 1000), 0);
	do {
		assert_int_equal(account_source_next(s, &p, &n), 0);
		got += n;
	} while (n > 0);
	assert_true(got < OCTETS);
	assert_string_equal(account_source_trouble(s), "shrank");
	account_source_free(s);
	close(fd);
}

static void
a_pipe_gives_its_octets_in_any_pieces(void **state)
{
	static const size_t pieces[] = { 1, 2, 3, 500 };

	(void)state;
	for (enum account_packing k = ACCOUNT_PLAIN; k <= ACCOUNT_GZIP; k++) {
		int fd = memory_file(), ends[2];
		char packed[4096];
		const char *trouble;
		ssize_t n;

		append(fd, k, text, 2000);
		n = pread(fd, packed, sizeof(packed), 0);
		assert_int_equal(pipe(ends), 0);
		for (size_t i = 0, at = 0; at < (size_t)n; i++) {
			size_t want = pieces[i % 4] < (size_t)n - at ? pieces[i % 4] : (size_t)n - at;

			assert_int_equal(write(ends[1], packed + at, want), want);
			at += want;
		}
		close(ends[1]);
		assert_int_equal(read_all(ends[0], &trouble, NULL), 2000);
		assert_null(trouble);
		close(ends[0]);
		close(fd);
	}
}

/* The pipe stays open and silent: reading it would wait for ever. */
static void
the_wish_to_stop_ends_a_silent_pipe(void **state)
{
	struct account_far far = { .stop = true };
	const char *trouble;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(read_all(ends[0], &trouble, &far), 0);
	assert_string_equal(trouble, "stopped");
	close(ends[0]);
	close(ends[1]);
}

static void
a_part_is_what_is_asked_for(void **state)
{
	struct account_source *s;
	int fd = memory_file();
	size_t n, got = 0;
	const char *p;

	(void)state;
	append(fd, ACCOUNT_PLAIN, text, OCTETS);
	assert_int_equal(account_source_part(&s, fd, 1000, 900000, NULL), 0);
	do {
		assert_int_equal(account_source_next(s, &p, &n), 0);
		assert_memory_equal(p, text + 1000 + got, n);
		got += n;
	} while (n > 0);
	assert_int_equal(got, 899000);
	assert_null(account_source_trouble(s));
	account_source_free(s);
	close(fd);
}

static void
what_is_no_file_is_refused(void **state)
{
	struct account_source *s;
	int dir = open("/", O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_int_equal(account_source_open(&s, dir, NULL), SEK_ESYS);
	assert_int_equal(errno, EISDIR);
	close(dir);
	assert_int_equal(account_source_open(&s, dir, NULL), SEK_ESYS);
	assert_int_equal(errno, EBADF);
}

static void
nothing_is_no_trouble(void **state)
{
	int fd = memory_file();
	const char *trouble;

	(void)state;
	assert_int_equal(read_all(fd, &trouble, NULL), 0);
	assert_null(trouble);
	close(fd);
}

static int
setup(void **state)
{
	uint32_t seed = 7;

	(void)state;
	text = malloc(OCTETS);
	for (size_t i = 0; text != NULL && i < OCTETS; i++) {
		seed = seed * 1664525 + 1013904223;
		text[i] = (char)(i % 61 == 60 ? '\n' : 'a' + (seed >> 24) % 26);
	}
	return text == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(text);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_packing_gives_the_same_octets),
		cmocka_unit_test(members_that_follow_each_other_are_one_log),
		cmocka_unit_test(what_came_before_the_cut_is_kept),
		cmocka_unit_test(damage_is_told_and_ends_it),
		cmocka_unit_test(a_file_that_shrinks_ends_early),
		cmocka_unit_test(a_pipe_gives_its_octets_in_any_pieces),
		cmocka_unit_test(the_wish_to_stop_ends_a_silent_pipe),
		cmocka_unit_test(a_part_is_what_is_asked_for),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(nothing_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
