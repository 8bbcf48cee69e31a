#include "tool/account_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CAP = 16, PATH_OCTETS = 4096 };

static int
grow(struct account_files *f)
{
	size_t cap = f->cap == 0 ? CAP : f->cap * 2;
	struct account_seen *seen;

	if (f->n < f->cap)
		return 0;
	if (f->n >= ACCOUNT_FILES)
		return SEK_ELIMIT;
	seen = realloc(f->seen, cap * sizeof(*seen));
	if (seen == NULL)
		return SEK_ENOMEM;
	f->seen = seen;
	f->cap = cap;
	return 0;
}

/* Takes fd (or none, with the trouble). */
static int
add(struct account_files *f, const char *name, int fd, bool walked, const char *trouble)
{
	const int why = trouble != NULL ? errno : 0;
	char *copy = strdup(name);
	int rc = copy == NULL ? SEK_ENOMEM : grow(f);

	if (rc != 0) {
		free(copy);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	f->seen[f->n++] = (struct account_seen){ .name = copy, .fd = fd, .walked = walked,
	    .trouble = trouble, .why = why };
	return 0;
}

int
account_files_take(struct account_files *f, const char *name, int fd)
{
	return add(f, name, fd, false, NULL);
}

/* The same file by another name (a link, or named twice) is not read twice. */
static bool
is_known(const struct account_files *f, const struct stat *st)
{
	struct stat other;

	for (size_t i = 0; i < f->n; i++)
		if (f->seen[i].fd >= 0 && fstat(f->seen[i].fd, &other) == 0 &&
		    other.st_dev == st->st_dev && other.st_ino == st->st_ino)
			return true;
	return false;
}

static int walk(struct account_files *f, const char *path, int depth);

static int
add_path(struct account_files *f, const char *path, bool walked, int depth)
{
	struct stat st;
	int fd;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return walk(f, path, depth);
	if (walked && !S_ISREG(st.st_mode))	/* opening a pipe would wait */
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_known(f, &st)) {
		close(fd);
		return 0;
	}
	return add(f, path, fd, walked, fd < 0 ? "unreadable" : NULL);
}

static int
no_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);	/* octets, no locale */
}

/* A link to a directory may lead in a circle. */
static bool
is_linked_dir(const char *path)
{
	struct stat link, to;

	return lstat(path, &link) == 0 && S_ISLNK(link.st_mode) && stat(path, &to) == 0 &&
	    S_ISDIR(to.st_mode);
}

static int
walk(struct account_files *f, const char *path, int depth)
{
	struct dirent **entry;
	char below[PATH_OCTETS];
	int n, rc = 0;

	if (depth > ACCOUNT_DEPTH) {
		errno = 0;
		return add(f, path, -1, true, "too-deep");
	}
	n = scandir(path, &entry, no_dots, by_name);
	if (n < 0)
		return add(f, path, -1, true, "unreadable");
	for (int i = 0; i < n; i++) {
		int len = snprintf(below, sizeof(below), "%s%s%s", path,
		    path[strlen(path) - 1] == '/' ? "" : "/", entry[i]->d_name);

		if (rc == 0 && len < PATH_OCTETS && !is_linked_dir(below))
			rc = add_path(f, below, true, depth + 1);
		free(entry[i]);
	}
	free(entry);
	return rc;
}

int
account_files_add(struct account_files *f, const char *path)
{
	if (path[0] == '\0') {
		errno = ENOENT;
		return add(f, path, -1, false, "unreadable");
	}
	if (strcmp(path, "-") == 0)
		return add(f, path, fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), false, NULL);
	return add_path(f, path, false, 0);
}

void
account_files_free(struct account_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->seen[i].fd >= 0)
			close(f->seen[i].fd);
		if (f->seen[i].look_fd > 0)
			close(f->seen[i].look_fd);
		free((char *)(uintptr_t)f->seen[i].name);
	}
	free(f->seen);
	*f = (struct account_files){ 0 };
}

void
account_files_raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur == r.rlim_max)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);	/* what cannot be opened is said then */
}
