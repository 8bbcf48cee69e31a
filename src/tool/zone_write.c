#include "tool/zone_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/i18n.h"
#include "tool/zone.h"

int
zone_write_begin(struct zone_write *w, const char *path, FILE *err)
{
	int n = snprintf(w->temp, sizeof(w->temp), "%s.new", path);

	w->path = path;
	w->f = NULL;
	if (n < 0 || (size_t)n >= sizeof(w->temp)) {
		w->temp[0] = '\0';
		return zone_refuse(err, EXIT_USAGE, path, strerror(ENAMETOOLONG));
	}
	w->f = fopen(w->temp, "w+xe");
	return w->f != NULL ? 0 :
	    zone_refuse(err, EXIT_CANTCREAT, w->temp, strerror(errno));
}

/* The name lives in the directory, which must be on the disk too. */
static int
sync_directory(const char *path)
{
	char dir[ZONE_PATH];
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);
	int fd, rc;

	if (str_copy(dir, sizeof(dir), slash == NULL ? STR(".") :
	    n == 0 ? STR("/") : (struct str){ path, n }) != 0)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

int
zone_write_end(struct zone_write *w, int rc, FILE *err)
{
	if (w->f == NULL)
		return rc;
	if (rc == 0 && (fflush(w->f) != 0 || fsync(fileno(w->f)) != 0))
		rc = zone_refuse(err, EXIT_IOERR, w->temp, strerror(errno));
	if (fclose(w->f) != 0 && rc == 0)
		rc = zone_refuse(err, EXIT_IOERR, w->temp, strerror(errno));
	if (rc == 0 && rename(w->temp, w->path) != 0)
		rc = zone_refuse(err, EXIT_CANTCREAT, w->path, strerror(errno));
	if (rc != 0)
		unlink(w->temp);
	else if (sync_directory(w->path) != 0)
		rc = zone_refuse(err, EXIT_IOERR, w->path, strerror(errno));
	w->f = NULL;
	return rc;
}

static int
sink_put(void *ctx, uint64_t at, const void *p, size_t n)
{
	const uint8_t *o = p;
	int fd = *(const int *)ctx;

	while (n > 0) {
		ssize_t put = pwrite(fd, o, n, (off_t)at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return SEK_ESYS;
		o += put;
		at += (uint64_t)put;
		n -= (size_t)put;
	}
	return 0;
}

static int
check(int fd, uint64_t octets)
{
	struct snapshot_view *v = malloc(sizeof(*v));
	void *p = mmap(NULL, (size_t)octets, PROT_READ, MAP_PRIVATE, fd, 0);
	const char *part;
	int err = v == NULL || p == MAP_FAILED ? SEK_ENOMEM :
	    snapshot_open(v, p, (size_t)octets, &part);

	if (p != MAP_FAILED)
		munmap(p, (size_t)octets);
	free(v);
	return err;
}

static int
exit_of(int err)
{
	return err == SEK_ENOMEM ? EXIT_OSERR : err == SEK_ESYS ? EXIT_IOERR :
	    EXIT_DATA;
}

static int
write_octets(struct zone_write *w, const struct snapshot_head *head,
    const struct snapshot_zone *zone, const struct snapshot_source *source,
    FILE *err)
{
	struct snapshot_builder *room = malloc(snapshot_builder_size());
	int fd = fileno(w->f), failed;
	const struct snapshot_sink sink = { sink_put, &fd };
	uint64_t octets = 0;

	if (room == NULL)
		return zone_refuse(err, EXIT_OSERR, w->temp, sek_strerror(SEK_ENOMEM));
	failed = snapshot_write_base(&sink, head, zone, source, room, &octets);
	free(room);
	if (failed == SEK_ELIMIT)
		return zone_refuse(err, EXIT_DATA, w->temp, _("more than a snapshot "
		    "holds: 8 codes, 2^32 - 1 entries of one"));
	if (failed == 0)
		failed = check(fd, octets);
	return failed == 0 ? 0 :
	    zone_refuse(err, exit_of(failed), w->temp, sek_strerror(failed));
}

int
zone_write_snapshot(const char *path, const struct snapshot_head *head,
    const struct snapshot_zone *zone, const struct snapshot_source *source,
    FILE *err)
{
	struct zone_write w;
	int rc = zone_write_begin(&w, path, err);

	if (rc == 0)
		rc = write_octets(&w, head, zone, source, err);
	return zone_write_end(&w, rc, err);
}
