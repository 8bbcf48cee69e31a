/* The file of TSIG keys: read by the parent while it may, checked there so that
 * a slip is told at the start, and handed on as what was checked. */
#include "sys/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/frame.h"
#include "wire/tsig_key.h"

enum {
	FIRST = 3,		/* what goes before all sockets */
	SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL,
	WAY_OCTETS = 64 * 1024,	/* the kernel's own included: about a hundred queries */
};

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
make_way(int way[2])
{
	const int octets = WAY_OCTETS;

	if (frame_pair(way) != 0)
		return SEK_ESYS;
	(void)setsockopt(way[1], SOL_SOCKET, SO_SNDBUF, &octets, sizeof(octets));
	return 0;
}

/* Keys go first, then the way: whoever gets sockets has them. */
static void
put_first(struct listeners *l, int keys, const int way[2])
{
	const struct listener first[] = {
		{ LISTEN_KEYS, keys, LISTEN_FOR_ALL },
		{ LISTEN_SIGNED_IN, way[0], LISTEN_FOR_ALL },
		{ LISTEN_SIGNED_OUT, way[1], LISTEN_FOR_ALL },
	};

	memmove(l->at + FIRST, l->at, l->n * sizeof(l->at[0]));
	memcpy(l->at, first, sizeof(first));
	l->n += FIRST;
}

static int
take(struct listeners *l, const char *text, size_t n, const char *path,
    struct listen_why *why)
{
	int fd, way[2], err = check(text, n, path, why);

	if (err == 0 && l->n > LISTENERS_MAX - FIRST)
		err = say(why, EXIT_OSERR, path, "too many sockets beside it");
	if (err != 0)
		return err;
	fd = copy(text, n);
	if (fd < 0)
		return say_errno(why, path);
	if (make_way(way) != 0) {
		(void)say_errno(why, path);
		close(fd);
		return SEK_ESYS;
	}
	put_first(l, fd, way);
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
