#include "account/config_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_OCTETS = 1024, LOOK_OCTETS = 4096 };

/* Left out by name: indexes, keys, what an editor or package left. */
static const char *const no_text[] = { ".db", ".dir", ".pag", ".cdb", ".lmdb", ".gz", ".pem",
	".key", ".crt", ".csr", "~", ".swp", ".bak", ".dpkg-old", ".dpkg-dist", ".rpmsave", ".rpmnew" };

static bool
is_left_out(struct str name)
{
	for (size_t i = 0; i < sizeof(no_text) / sizeof(no_text[0]); i++)
		if (str_iends(name, str_of(no_text[i])))
			return true;
	return false;
}

/* All of fd, at most size octets.  Returns how many, or SEK_ESYS. */
static ssize_t
read_all(int fd, char *p, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, p + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return SEK_ESYS;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static int
add(struct account_config_dir *d, const char *name, char *text, size_t n)
{
	struct mtaconf_file *file = realloc(d->file, (d->in.n + 1) * sizeof(*file));
	char *copy;

	if (file == NULL)
		return SEK_ENOMEM;
	d->file = file;
	d->in.file = file;
	copy = strdup(name);
	if (copy == NULL)
		return SEK_ENOMEM;
	file[d->in.n++] = (struct mtaconf_file){ str_of(copy), { text, n } };
	d->held += n;
	return 0;
}

/* Reads an open regular file.  Returns 0, SEK_ENOMEM; what cannot be read makes
 * d a part. */
static int
read_file(struct account_config_dir *d, int fd, size_t size, const char *name)
{
	char *text;
	ssize_t n;
	int err;

	if (size > ACCOUNT_CONFIG_FILE_MAX || d->held + size > ACCOUNT_CONFIG_MAX ||
	    d->in.n >= ACCOUNT_CONFIG_FILES) {
		d->part = true;
		return 0;
	}
	text = malloc(size + 1);
	if (text == NULL)
		return SEK_ENOMEM;
	n = read_all(fd, text, size);
	d->part |= n < 0;
	if (n < 0 || memchr(text, '\0', n > LOOK_OCTETS ? LOOK_OCTETS : (size_t)n) != NULL) {
		free(text);
		return 0;
	}
	err = add(d, name, text, (size_t)n);
	if (err != 0)
		free(text);
	return err;
}

static int walk(struct account_config_dir *d, int fd, const char *below, unsigned depth);

/* One name of a directory: a file, or a directory that is walked. */
static int
entry(struct account_config_dir *d, int dir, const char *below, const char *name, unsigned depth)
{
	char path[NAME_OCTETS];
	int len = snprintf(path, sizeof(path), "%s%s%s", below, below[0] ? "/" : "", name);
	struct stat st;
	int fd, err = 0;

	if (name[0] == '.' || is_left_out(str_of(name)) || fstatat(dir, name, &st, 0) != 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) || len < 0 || (size_t)len >= sizeof(path))
		return 0;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (S_ISDIR(st.st_mode) ? O_NOFOLLOW : 0));
	if (fd < 0) {
		d->part |= errno != ELOOP && errno != ENOTDIR;
		return 0;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return walk(d, fd, path, depth + 1);
	if (S_ISREG(st.st_mode))
		err = read_file(d, fd, (size_t)st.st_size, path);
	close(fd);
	return err;
}

/* Takes fd. */
static int
walk(struct account_config_dir *d, int fd, const char *below, unsigned depth)
{
	DIR *dir = depth > ACCOUNT_CONFIG_DEPTH ? NULL : fdopendir(fd);
	struct dirent *e;
	int err = 0;

	if (dir == NULL) {
		d->part = true;
		close(fd);
		return 0;
	}
	while (err == 0 && (e = readdir(dir)) != NULL)
		err = entry(d, dirfd(dir), below, e->d_name, depth);
	closedir(dir);
	return err;
}

static int
by_name(const void *a, const void *b)
{
	const struct mtaconf_file *x = a, *y = b;

	return strcmp(x->name.p, y->name.p);
}

int
account_config_dir_read(struct account_config_dir *d, const char *path)
{
	struct str name = str_of(path);
	struct stat st;
	int fd, err;

	*d = (struct account_config_dir){ 0 };
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return SEK_ESYS;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		for (ptrdiff_t at; (at = str_find(name, '/')) >= 0;)
			name = (struct str){ name.p + at + 1, name.n - (size_t)at - 1 };
		err = read_file(d, fd, (size_t)st.st_size, name.p);
		close(fd);
	} else {
		err = walk(d, fd, "", 1);
	}
	if (d->in.n > 1)
		qsort(d->file, d->in.n, sizeof(*d->file), by_name);
	return err;
}

void
account_config_dir_free(struct account_config_dir *d)
{
	for (size_t i = 0; i < d->in.n; i++) {
		free((char *)(uintptr_t)d->file[i].name.p);
		free((char *)(uintptr_t)d->file[i].text.p);
	}
	free(d->file);
	*d = (struct account_config_dir){ 0 };
}
