#include "tool/batch_began.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/str.h"

enum { LINE = 32 };

static void
say(const char *path, const char *why, FILE *err)
{
	char shown[300];

	str_clean(shown, sizeof(shown), str_of(path));
	fprintf(err, "sekimori probe: %s: %s\n", shown, why);
}

static int
path_of(char out[PATH_MAX], const char *state, const char *end, FILE *err)
{
	if (snprintf(out, PATH_MAX, "%s/list-began%s", state, end) < PATH_MAX)
		return 0;
	say(state, strerror(ENAMETOOLONG), err);
	return EXIT_CANTCREAT;
}

static int
write_synced(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
	    fsync(fd) == 0;

	if (fd >= 0 && close(fd) != 0)
		ok = false;
	return ok ? 0 : SEK_ESYS;
}

/* Beside the old one, then in its place: a full disk leaves the old one. */
int
batch_began_write(const char *state, int64_t now_s, FILE *err)
{
	char path[PATH_MAX], new[PATH_MAX], text[LINE];
	int rc = path_of(path, state, "", err);

	if (rc == 0)
		rc = path_of(new, state, ".new", err);
	if (rc != 0)
		return rc;
	snprintf(text, sizeof(text), "%lld\n", (long long)now_s);
	if (write_synced(new, text) == 0 && rename(new, path) == 0)
		return 0;
	say(path, strerror(errno), err);
	return EXIT_CANTCREAT;
}

static int
read_line(struct str *out, char text[LINE], const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, text, LINE);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return SEK_ESYS;
	*out = (struct str){ text, (size_t)n };
	*out = str_cut(out, '\n');
	return 0;
}

int
batch_began_read(int64_t *out, const char *state, FILE *err)
{
	char path[PATH_MAX], text[LINE];
	struct str line;
	uint64_t v;
	int rc = path_of(path, state, "", err);

	if (rc != 0)
		return rc;
	if (read_line(&line, text, path) != 0) {
		say(path, errno == ENOENT ? _("no list was begun with this ledger; "
		    "leave --resume out") : strerror(errno), err);
		return EXIT_NOINPUT;
	}
	if (str_u64(&v, line, INT64_MAX) != 0 || v == 0) {
		say(path, _("not the moment at which a list was begun; leave --resume "
		    "out"), err);
		return EXIT_NOINPUT;
	}
	*out = (int64_t)v;
	return 0;
}
