/* A base that comes from a file and not from a keeper. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/parent_kid.h"
#include "sys/served.h"
#include "sys/snapshot_file.h"

static void
refuse(const char *file, const char *why)
{
	log_event(LOG_LV_ERR, "base-refused", LOG_Z("file", file),
	    LOG_Z("why", why));
}

/* What is wrong is logged.  file: what people call path. */
static int
load(struct parent_first *out, const char *file, const char *path)
{
	int64_t began_ms = kid_now().ms;
	const char *why = "";
	int err = snapshot_file_load(&out->fd, &out->msg, path, &why);

	if (err == 0)
		log_event(LOG_LV_NOTICE, "base-read", LOG_Z("file", file),
		    LOG_N("serial", out->msg.serial),
		    LOG_N("octets", out->msg.octets),
		    LOG_N("took_ms", kid_now().ms - began_ms));
	else if (err != SEK_ESYS)
		refuse(file, why);
	else if (errno != ENOENT)
		refuse(file, strerror(errno));
	return err;
}

/* Nothing that is not synced can be trusted to be the last after a power cut. */
static bool
before_boot(const struct served *s)
{
	struct timespec up;

	if (clock_gettime(CLOCK_BOOTTIME, &up) != 0)
		return true;
	return s->at_s < (int64_t)time(NULL) - (int64_t)up.tv_sec;
}

/* Without what was served after it the base would take that back. */
static int
load_overlay(struct parent_first *first, const struct served *last, const char *dir)
{
	const char *why = "from before the machine started";
	char path[PATH_MAX];
	int err = SEK_EPARSE;

	if (!before_boot(last) && snprintf(path, sizeof(path), "%s/overlay.snap",
	    dir) < (int)sizeof(path))
		err = snapshot_file_overlay(&first->over, &first->over_msg, path,
		    first->msg.serial, last->serial, &why);
	if (err != 0)
		log_event(LOG_LV_WARN, "base-behind", LOG_Z("dir", dir),
		    LOG_N("serial", last->serial), LOG_Z("why", err == SEK_ESYS ?
		    strerror(errno) : why));
	return err;
}

void
parent_first_load(struct parent_first *first, const char *dir)
{
	char path[PATH_MAX];
	struct served last = { 0 };

	first->fd = first->over = -1;
	if (served_read(&last, dir) != 0)
		last.behind = false;
	if (snprintf(path, sizeof(path), "%s/base.snap", dir) >= (int)sizeof(path) ||
	    load(first, path, path) != 0)
		first->fd = -1;
	else if (last.behind && load_overlay(first, &last, dir) != 0) {
		close(first->fd);
		first->fd = -1;
	}
}

void
parent_file_read(struct family *f)
{
	const struct published *last = &f->last[PUBLISH_BASE - 1];
	const char *file = f->setup->snapshot;
	struct parent_first read;
	char path[PATH_MAX];

	if (realpath(file, path) == NULL) {
		refuse(file, strerror(errno));
		return;
	}
	if (load(&read, file, path) != 0)
		return;
	if (last->fd >= 0 && read.msg.serial < last->msg.serial) {
		close(read.fd);
		refuse(file, "older than what is served");
		return;
	}
	kid_publish(f, &read.msg, read.fd);
}

/* The directory is watched: a new file comes there by rename(2), under a name
 * that was watched before only by chance. */
int
parent_file_watch(const struct family *f)
{
	char path[PATH_MAX];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), err;

	if (fd < 0)
		return SEK_ESYS;
	snprintf(path, sizeof(path), "%s", f->setup->snapshot);
	if (inotify_add_watch(fd, dirname(path), IN_MOVED_TO) >= 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return SEK_ESYS;
}

/* One of n octets of events is about the file.  Too many events to be told
 * one by one may have been about it too. */
static bool
names_it(const char *octets, size_t n, const char *name)
{
	size_t at = 0;

	while (n - at >= sizeof(struct inotify_event)) {
		struct inotify_event e;

		memcpy(&e, octets + at, sizeof(e));
		at += sizeof(e);
		if ((e.mask & IN_Q_OVERFLOW) != 0 ||
		    (e.len > 0 && strcmp(octets + at, name) == 0))
			return true;
		at += e.len;
	}
	return false;
}

void
parent_file_event(struct family *f)
{
	_Alignas(struct inotify_event) char octets[4096];
	const char *slash = strrchr(f->setup->snapshot, '/');
	const char *name = slash != NULL ? slash + 1 : f->setup->snapshot;
	bool it = false;
	ssize_t n;

	while ((n = read(f->watch, octets, sizeof(octets))) > 0)
		it |= names_it(octets, (size_t)n, name);
	if (it)
		parent_file_read(f);
}
