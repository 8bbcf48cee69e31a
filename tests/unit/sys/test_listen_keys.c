#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/listen.h"
#include "wire/tsig_key.h"

#define KEY "hmac-sha256:k.example:MDEyMzQ1Njc4OWFiY2RlZg==\n"
#define SECRET_LINE "hmac-sha256:k.example:c2VjcmV0*"

static const struct {
	const char	*name, *text;	/* NULL: no file */
	mode_t		 mode;
	int		 want;
	int		 exit;
	const char	*says;
} cases[] = {
	{ "a key", KEY, 0600, 0, 0, "" },
	{ "the group may read it", KEY, 0640, 0, 0, "" },
	{ "everybody may read it", KEY, 0644, SEK_EPARSE, EXIT_CONFIG, "chmod 0640" },
	{ "everybody may write it", KEY, 0602, SEK_EPARSE, EXIT_CONFIG, "chmod 0640" },
	{ "no key in it", "# none yet\n", 0600, SEK_EPARSE, EXIT_CONFIG, "no key" },
	{ "a slip in line 2", "\n" SECRET_LINE, 0600, SEK_EPARSE, EXIT_CONFIG, ":2 (dns.transfer_keys): " },
	{ "no file", NULL, 0, SEK_ESYS, EXIT_NOINPUT, "No such file" },
};

static char dir[] = "/tmp/sekimori-keys-XXXXXX";

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
files(void **state)
{
	char path[sizeof(dir) + 8];

	(void)state;
	snprintf(path, sizeof(path), "%s/keys", dir);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct listeners l;
		struct listen_why why = { .exit = 0 };
		int got;

		(void)unlink(path);
		if (cases[i].text != NULL)
			write_file(path, cases[i].text, cases[i].mode);
		got = listen_keys(&l, path, &why);
		if (got != cases[i].want || why.exit != cases[i].exit ||
		    strstr(why.text, cases[i].says) == NULL || l.n != (got == 0 ? 3 : 0))
			fail_msg("%s: %d, exit %d, \"%s\"", cases[i].name, got, why.exit, why.text);
		assert_null(strstr(why.text, "c2VjcmV0"));	/* never a secret */
		listen_close(&l);
	}
	(void)unlink(path);
}

/* What the role reads is what was checked, whatever becomes of the file. */
static void
a_sealed_copy_stands_first(void **state)
{
	static struct listeners l;
	struct listen_why why;
	char path[sizeof(dir) + 8], text[256] = "";
	unsigned sent = 0;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	snprintf(path, sizeof(path), "%s/keys", dir);
	write_file(path, KEY, 0600);
	l.at[l.n++] = (struct listener){ LISTEN_WEB, fd, LISTEN_FOR_ALL };
	assert_int_equal(listen_keys(&l, path, &why), 0);
	assert_int_equal(l.n, 4);
	assert_true(l.at[0].kind == LISTEN_KEYS && l.at[1].kind == LISTEN_SIGNED_IN &&
	    l.at[2].kind == LISTEN_SIGNED_OUT && l.at[3].kind == LISTEN_WEB);
	assert_int_equal(send(l.at[2].fd, "q", 1, 0), 1);	/* they are one way */
	assert_int_equal(recv(l.at[1].fd, text, sizeof(text), 0), 1);
	while (send(l.at[2].fd, text, sizeof(text), 0) > 0)	/* without end it is not */
		assert_true(++sent < 1000);
	write_file(path, "# gone\n", 0600);
	assert_int_equal(pread(l.at[0].fd, text, sizeof(text), 0), strlen(KEY));
	assert_memory_equal(text, KEY, strlen(KEY));
	assert_int_equal(write(l.at[0].fd, "x", 1), -1);
	listen_close(&l);
	(void)unlink(path);
}

static void
a_file_that_is_none(void **state)
{
	static struct listeners l;
	struct listen_why why;
	char path[sizeof(dir) + 8];

	(void)state;
	assert_int_equal(listen_keys(&l, "", &why), 0);
	assert_int_equal(listen_keys(&l, dir, &why), SEK_EPARSE);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);	/* nor does it wait for a writer */
	assert_int_equal(listen_keys(&l, path, &why), SEK_EPARSE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(l.n, 0);
}

static int
up(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int
down(void **state)
{
	(void)state;
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(a_sealed_copy_stands_first),
		cmocka_unit_test(a_file_that_is_none),
	};

	return cmocka_run_group_tests(tests, up, down);
}
