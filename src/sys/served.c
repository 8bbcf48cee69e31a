#include "sys/served.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

static const char behind[] = "behind", level[] = "level";

void
served_text(char out[SERVED_OCTETS], const struct served *s)
{
	char text[SERVED_OCTETS];
	int64_t at_s = s->at_s > 0 ? s->at_s : 0;
	int n = snprintf(text, sizeof(text), "%" PRIu32 " %" PRId64 " %s", s->serial,
	    at_s, s->behind ? behind : level);

	memset(out, ' ', SERVED_OCTETS);
	memcpy(out, text, (size_t)n);	/* 10 + 1 + 19 + 1 + 6 octets at most */
	out[SERVED_OCTETS - 1] = '\n';
}

int
served_parse(struct served *out, const char *p, size_t n)
{
	struct str line, word;
	uint64_t serial, at;

	if (n != SERVED_OCTETS || p[SERVED_OCTETS - 1] != '\n')
		return SERVED_NONE;
	line = str_trim((struct str){ p, n - 1 });
	word = str_cut(&line, ' ');
	if (str_u64(&serial, word, UINT32_MAX) != 0)
		return SERVED_NONE;
	word = str_cut(&line, ' ');
	if (str_u64(&at, word, INT64_MAX) != 0)
		return SERVED_NONE;
	if (!str_eq(line, str_of(behind)) && !str_eq(line, str_of(level)))
		return SERVED_NONE;
	*out = (struct served){ (uint32_t)serial, (int64_t)at,
		str_eq(line, str_of(behind)) };
	return 0;
}

static int
open_in(const char *dir, int flags)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/served", dir) >= (int)sizeof(path))
		return SEK_ESYS;
	/* not blocking: what stands there may be a pipe */
	return open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
}

int
served_read(struct served *out, const char *dir)
{
	char text[SERVED_OCTETS + 1];
	int fd = open_in(dir, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return SERVED_NONE;
	n = pread(fd, text, sizeof(text), 0);
	close(fd);
	return n < 0 ? SERVED_NONE : served_parse(out, text, (size_t)n);
}

int
served_open(const char *dir)
{
	int fd = open_in(dir, O_RDWR | O_CREAT);

	return fd < 0 ? SEK_ESYS : fd;
}

int
served_write(int fd, const struct served *s, bool sync)
{
	char text[SERVED_OCTETS];

	served_text(text, s);
	if (pwrite(fd, text, sizeof(text), 0) != sizeof(text))
		return SEK_ESYS;
	return sync && fdatasync(fd) != 0 ? SEK_ESYS : 0;
}
