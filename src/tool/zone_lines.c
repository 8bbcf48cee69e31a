#include "tool/zone_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

int
zone_lines_open(struct zone_lines *l, const char *path)
{
	bool input = strcmp(path, "-") == 0;

	*l = (struct zone_lines){ .fd = -1, .name = path };
	l->block = malloc(BLOCK);
	if (l->block == NULL)
		return SEK_ENOMEM;
	l->fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (l->fd < 0)
		return SEK_ESYS;
	if (input)
		l->name = "stdin";
	/* no harm where it is refused */
	(void)posix_fadvise(l->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

void
zone_lines_close(struct zone_lines *l)
{
	if (l->fd > STDIN_FILENO)
		close(l->fd);
	free(l->block);
	l->block = NULL;
	l->fd = -1;
}

/* Moves what is left to the front and reads behind it. */
static int
fill(struct zone_lines *l)
{
	ssize_t got;

	if (l->n > 0)
		memmove(l->block, l->block + l->at, l->n);
	l->at = 0;
	do
		got = read(l->fd, l->block + l->n, BLOCK - l->n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return SEK_ESYS;
	l->n += (size_t)got;
	l->end = got == 0;
	return 0;
}

static void
take(struct zone_lines *l, size_t n)
{
	l->at += n;
	l->n -= n;
}

/* Passes over the rest of a line that is too long. */
static int
skip(struct zone_lines *l)
{
	for (;;) {
		const char *end = l->n == 0 ? NULL : memchr(l->block + l->at, '\n', l->n);
		int err;

		if (end != NULL) {
			take(l, (size_t)(end + 1 - (l->block + l->at)));
			return ZONE_LINES_LONG;
		}
		take(l, l->n);
		if (l->end)
			return ZONE_LINES_LONG;
		err = fill(l);
		if (err != 0)
			return err;
	}
}

int
zone_lines_next(struct zone_lines *l, struct str *out)
{
	for (;;) {
		const char *from = l->block + l->at;
		const char *end = l->n == 0 ? NULL : memchr(from, '\n', l->n);
		size_t len = end != NULL ? (size_t)(end - from) : l->n;
		int err;

		if (end == NULL && l->end && l->n == 0)
			return ZONE_LINES_END;
		if (len > ZONE_LINE_MAX) {
			l->line++;
			return skip(l);
		}
		if (end != NULL || l->end) {
			l->line++;
			*out = (struct str){ from, len };
			take(l, end != NULL ? len + 1 : len);
			return 0;
		}
		err = fill(l);
		if (err != 0)
			return err;
	}
}
