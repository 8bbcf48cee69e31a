/* What may stand under the path of a snapshot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../snapshot_make.h"
#include "sys/snapshot_file.h"

static const struct snapshot_entry one[] = { { .addr = { { [10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 25 } }, .code = 2 } };
static const struct snapshot_change two[] = { { .e = { .addr = { { [10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 26 } }, .code = 2 }, .present = true } };

static char dir[64], path[96], other[96];
static uint8_t *base, *overlay;
static size_t base_n, overlay_n;

static void
put(const char *to, const void *p, size_t n)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

static void whole(void) { put(path, base, base_n); }
static void nothing(void) { }
static void empty(void) { put(path, "", 0); }
static void cut(void) { put(path, base, base_n - 1); }
static void longer(void) { put(path, base, base_n); assert_int_equal(truncate(path, (off_t)base_n + 8), 0); }
static void text(void) { put(path, "$SOA 300\n192.0.2.1\n", 19); }
static void an_overlay(void) { put(path, overlay, overlay_n); }
static void a_directory(void) { assert_int_equal(mkdir(path, 0700), 0); }
static void a_fifo(void) { assert_int_equal(mkfifo(path, 0600), 0); }

static void
damaged(void)
{
	base[base_n / 2] ^= 1;
	put(path, base, base_n);
	base[base_n / 2] ^= 1;
}

static void
a_link(void)
{
	put(other, base, base_n);
	assert_int_equal(symlink(other, path), 0);
}

static void
too_large(void)
{
	put(path, base, base_n);
	assert_int_equal(truncate(path, ((off_t)SNAPSHOT_FILE_MAX_MB << 20) + 1), 0);
}

static const struct {
	const char	*name;
	void		(*make)(void);
	int		 want, want_errno;
	const char	*why;		/* NULL: any */
} cases[] = {
	{ "a base", whole, 0, 0, NULL },
	{ "nothing there", nothing, SEK_ESYS, ENOENT, NULL },
	{ "a link, which whoever owns the directory could point anywhere", a_link, SEK_ESYS, ELOOP, NULL },
	{ "a directory", a_directory, SEK_EPARSE, 0, "not a plain file" },
	{ "a FIFO that nobody writes holds nobody", a_fifo, SEK_EPARSE, 0, "not a plain file" },
	{ "an empty file", empty, SEK_EPARSE, 0, "head" },
	{ "a file of something else", text, SEK_EPARSE, 0, NULL },
	{ "one octet is missing", cut, SEK_EPARSE, 0, NULL },
	{ "octets after the end", longer, SEK_EPARSE, 0, NULL },
	{ "one bit is wrong", damaged, SEK_EPARSE, 0, NULL },
	{ "an overlay", an_overlay, SEK_EPARSE, 0, "not a base" },
	{ "a file larger than memory is copied by nobody", too_large, SEK_ELIMIT, 0, "too large" },
};

static void
only_a_whole_base_is_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct msg_publish m;
		const char *why = NULL;
		int fd = -1, err;

		cases[i].make();
		errno = 0;
		err = snapshot_file_load(&fd, &m, path, &why);
		if (err != cases[i].want || (cases[i].want_errno != 0 && errno != cases[i].want_errno))
			fail_msg("%s: %d, errno %d, %s", cases[i].name, err, errno, why);
		if (cases[i].why != NULL && strcmp(why, cases[i].why) != 0)
			fail_msg("%s: why \"%s\", want \"%s\"", cases[i].name, why, cases[i].why);
		if (err == 0)
			close(fd);
		if (unlink(path) != 0)
			rmdir(path);
	}
	unlink(other);
}

/* Serial 6 over the base of serial 5. */
static void
an_overlay_is_taken_where_it_fits(void **state)
{
	static const struct { const char *name; uint32_t base, serial; const char *why; } rows[] = {
		{ "the last one", 5, 6, NULL },
		{ "one that did not go out before the crash", 5, 5, NULL },
		{ "an old one", 5, 7, "of another serial" },
		{ "of another base", 4, 6, "of another serial" },
	};
	struct msg_publish m;
	const char *why;
	int fd;

	(void)state;
	an_overlay();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int err = snapshot_file_overlay(&fd, &m, path, rows[i].base, rows[i].serial, &why);

		if (err != (rows[i].why == NULL ? 0 : SEK_EPARSE) ||
		    (err != 0 && strcmp(why, rows[i].why) != 0))
			fail_msg("%s: %d, %s", rows[i].name, err, why);
		if (err != 0)
			continue;
		assert_int_equal(m.kind, PUBLISH_OVERLAY);
		assert_int_equal(m.serial, 6);
		close(fd);
	}
	whole();
	assert_int_equal(snapshot_file_overlay(&fd, &m, path, 5, 5, &why), SEK_EPARSE);
	assert_string_equal(why, "not an overlay");
	put(path, overlay, overlay_n - 1);
	assert_int_equal(snapshot_file_overlay(&fd, &m, path, 5, 6, &why), SEK_EPARSE);
	unlink(path);
}

static void
what_was_taken_is_sealed_and_its_own(void **state)
{
	const int want = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	struct msg_publish m;
	const char *why;
	uint8_t *got;
	int fd;

	(void)state;
	whole();
	assert_int_equal(snapshot_file_load(&fd, &m, path, &why), 0);
	put(path, "x", 1);	/* a careless writer, afterwards */
	assert_int_equal(m.kind, PUBLISH_BASE);
	assert_int_equal(m.serial, 5);
	assert_int_equal(m.octets, base_n);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & want, want);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	got = mmap(NULL, base_n, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_memory_equal(got, base, base_n);
	munmap(got, base_n);
	close(fd);
	unlink(path);
}

static int
setup(void **state)
{
	struct snapshot_view v;
	const char *part;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sekimori-file.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/base.snap", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	base_n = (size_t)make_base(&base, 5, 0, one, 1);
	if (snapshot_open(&v, base, base_n, &part) != 0)
		return -1;
	overlay_n = (size_t)make_overlay(&overlay, 6, 0, &v, two, 1);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(base);
	free(overlay);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_whole_base_is_taken),
		cmocka_unit_test(an_overlay_is_taken_where_it_fits),
		cmocka_unit_test(what_was_taken_is_sealed_and_its_own),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
