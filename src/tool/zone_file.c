#include "tool/zone_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/once.h"
#include "tool/zone.h"

static int
find_path(struct zone_file *z, const char *path, const char *socket, FILE *err)
{
	json_t *done = NULL;
	int rc;

	if (path != NULL) {
		if (str_copy(z->path, sizeof(z->path), str_of(path)) != 0)
			return zone_refuse(err, EXIT_USAGE, "--snapshot",
			    strerror(ENAMETOOLONG));
		return 0;
	}
	rc = once_ask(&done, socket, "base", "zone", err);
	if (rc == 0 && str_copy(z->path, sizeof(z->path),
	    str_of(tool_json_text(done, "path"))) != 0)
		rc = zone_refuse(err, EXIT_SOFTWARE, "path", strerror(ENAMETOOLONG));
	json_decref(done);
	return rc;
}

/* Reads n octets or what is there. */
static int
read_octets(struct zone_file *z, int fd, size_t n)
{
	z->octets = malloc(n > 0 ? n : 1);
	if (z->octets == NULL)
		return SEK_ENOMEM;
	while (z->n < n) {
		ssize_t got = read(fd, z->octets + z->n, n - z->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return SEK_ESYS;
		if (got == 0)
			break;
		z->n += (size_t)got;
	}
	return 0;
}

static int
read_file(struct zone_file *z, FILE *err)
{
	int fd = open(z->path, O_RDONLY | O_CLOEXEC), failed;
	struct stat st;
	int rc = 0;

	if (fd < 0 || fstat(fd, &st) != 0)
		rc = zone_refuse(err, errno == EACCES ? EXIT_NOPERM : EXIT_NOINPUT,
		    z->path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		rc = zone_refuse(err, EXIT_NOINPUT, z->path, _("not a plain file"));
	else if ((failed = read_octets(z, fd, (size_t)st.st_size)) != 0)
		rc = zone_refuse(err, failed == SEK_ENOMEM ? EXIT_OSERR :
		    EXIT_NOINPUT, z->path, sek_strerror(failed));
	if (fd >= 0)
		close(fd);
	return rc;
}

int
zone_file_open(struct zone_file *z, const char *path, const char *socket,
    FILE *err)
{
	const char *part = "";
	char why[200];
	int rc;

	z->octets = NULL;
	z->n = 0;
	rc = find_path(z, path, socket, err);
	if (rc == 0)
		rc = read_file(z, err);
	if (rc != 0)
		return rc;
	if (snapshot_open(&z->base, z->octets, z->n, &part) != 0) {
		snprintf(why, sizeof(why), _("not a snapshot, or damaged (%s)"), part);
		return zone_refuse(err, EXIT_DATA, z->path, why);
	}
	if (z->base.kind != SNAPSHOT_BASE)
		return zone_refuse(err, EXIT_DATA, z->path, _("not a base: give "
		    "base.snap, not an overlay or a tail"));
	return 0;
}

void
zone_file_close(struct zone_file *z)
{
	free(z->octets);
	z->octets = NULL;
}
