#include "tool/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/str.h"

static int
refuse(int code, const char *path, const char *command, FILE *err,
    const char *why)
{
	char shown[160];

	str_clean(shown, sizeof(shown), str_of(path));
	fprintf(err, "sekimori %s: %s: %s\n", command, shown, why);
	return code;
}

static int
read_all(struct gbuf *g, int fd, size_t max)
{
	char part[16384];
	ssize_t n;
	int rc;

	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SEK_ESYS;
		if (g->len + (size_t)n > max)
			return SEK_ELIMIT;
		rc = gbuf_add(g, part, (size_t)n);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
file_read(struct gbuf *g, const char *path, size_t max, const char *command,
    FILE *err)
{
	bool in = strcmp(path, "-") == 0;
	int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char why[200] = "";
	int rc;

	if (fd < 0)
		return refuse(EXIT_NOINPUT, path, command, err, strerror(errno));
	rc = read_all(g, fd, max);
	if (rc == SEK_ESYS)
		snprintf(why, sizeof(why), "%s", strerror(errno));
	if (!in)
		close(fd);
	if (rc == SEK_ESYS)
		return refuse(EXIT_NOINPUT, path, command, err, why);
	if (rc == SEK_ENOMEM)
		return refuse(EXIT_OSERR, path, command, err, sek_strerror(rc));
	if (rc != 0) {
		snprintf(why, sizeof(why), _("more than %zu megabytes; cut it to "
		    "the one mail or line that matters"), max / (1024 * 1024));
		return refuse(EXIT_DATA, path, command, err, why);
	}
	if (g->len == 0)
		return refuse(EXIT_DATA, path, command, err, _("the file is empty"));
	return 0;
}
