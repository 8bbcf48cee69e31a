/* The file of TSIG keys: read by the parent while it may, checked there so that
 * a slip is told at the start, and handed on as what was checked. */
#include "sys/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/tsig_key.h"

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };

static int
say(struct listen_why *why, int code, const char *path, const char *what)
{
	why->exit = code;
	snprintf(why->text, sizeof(why->text), "%s (dns.transfer_keys): %s", path,
	    what);
	return SEK_EPARSE;
}

static int
say_errno(struct listen_why *why, const char *path)
{
	(void)say(why, errno == EACCES ? EXIT_NOPERM : EXIT_NOINPUT, path,
	    strerror(errno));
	return SEK_ESYS;
}

/* Reads the whole of fd.  Returns 0, or a negative sek_err with why. */
static int
read_file(char *text, size_t *n, int fd, const char *path, struct listen_why *why)
{
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) != 0)
		return say_errno(why, path);
	if (!S_ISREG(st.st_mode))
		return say(why, EXIT_CONFIG, path, "is not a file");
	if ((st.st_mode & 07) != 0)
		return say(why, EXIT_CONFIG, path,
		    "can be read or written by everybody; keep it secret: chmod 0640");
	if (st.st_size > TSIG_KEY_FILE)
		return say(why, EXIT_CONFIG, path, "is longer than 32,768 octets");
	for (*n = 0; *n < TSIG_KEY_FILE; *n += (size_t)got) {
		got = read(fd, text + *n, TSIG_KEY_FILE - *n);
		if (got < 0)
			return say_errno(why, path);
		if (got == 0)
			break;
	}
	return 0;
}

static int
check(const char *text, size_t n, const char *path, struct listen_why *why)
{
	struct tsig_keys *k = malloc(sizeof(*k));
	struct tsig_key_why wrong;
	int err;

	if (k == NULL)
		return say(why, EXIT_OSERR, path, "out of memory");
	err = tsig_keys_parse(k, (struct str){ text, n }, &wrong);
	if (err != 0) {
		why->exit = EXIT_CONFIG;
		snprintf(why->text, sizeof(why->text),
		    "%s:%u (dns.transfer_keys): %s", path, wrong.line, wrong.text);
	} else if (k->n == 0) {
		err = say(why, EXIT_CONFIG, path, "holds no key");
	}
	explicit_bzero(k, sizeof(*k));
	free(k);
	return err;
}

/* A sealed copy, or -1 with errno. */
static int
copy(const char *text, size_t n)
{
	int fd = memfd_create("transfer-keys", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write(fd, text, n) != (ssize_t)n ||
	    fcntl(fd, F_ADD_SEALS, SEALS) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
take(struct listeners *l, const char *text, size_t n, const char *path,
    struct listen_why *why)
{
	int fd = -1, err = check(text, n, path, why);

	if (err == 0 && l->n == LISTENERS_MAX)
		err = say(why, EXIT_OSERR, path, "too many sockets beside it");
	if (err == 0 && (fd = copy(text, n)) < 0)
		err = say_errno(why, path);
	if (err != 0)
		return err;
	memmove(l->at + 1, l->at, l->n * sizeof(l->at[0]));	/* it goes first */
	l->at[0] = (struct listener){ LISTEN_KEYS, fd, LISTEN_FOR_ALL };
	l->n++;
	return 0;
}

int
listen_keys(struct listeners *l, const char *path, struct listen_why *why)
{
	static char text[TSIG_KEY_FILE];
	size_t n;
	int fd, err;

	if (path[0] == '\0')
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return say_errno(why, path);
	err = read_file(text, &n, fd, path, why);
	if (err == 0)
		err = take(l, text, n, path, why);
	explicit_bzero(text, sizeof(text));
	close(fd);
	return err;
}
