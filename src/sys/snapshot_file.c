#include "sys/snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/snapshot.h"

static void
close_keeping_errno(int fd)
{
	int err = errno;

	close(fd);
	errno = err;
}

/* O_NONBLOCK: a FIFO must not hold us; it is refused below. */
static int
file_open(int *fd, uint64_t *octets, const char *path, const char **why)
{
	struct stat st;
	int err = 0;

	*why = "open";
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 || fstat(*fd, &st) != 0) {
		err = SEK_ESYS;
	} else if (!S_ISREG(st.st_mode)) {
		*why = "not a plain file";
		err = SEK_EPARSE;
	} else if (st.st_size > ((off_t)SNAPSHOT_FILE_MAX_MB << 20)) {
		*why = "too large";
		err = SEK_ELIMIT;
	} else {
		*octets = (uint64_t)st.st_size;
		return 0;
	}
	if (*fd >= 0)
		close_keeping_errno(*fd);
	return err;
}

/* Copies no more than the file had when it was opened. */
static int
copy(int to, int from, uint64_t octets, const char **why)
{
	while (octets > 0) {
		ssize_t n = sendfile(to, from, NULL, (size_t)octets);

		*why = "read";
		if (n < 0 && errno != EINTR)
			return SEK_ESYS;
		*why = "cut short";
		if (n == 0)
			return SEK_EPARSE;
		octets -= n > 0 ? (uint64_t)n : 0;
	}
	*why = "seal";
	return fcntl(to, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE) == 0 ? 0 : SEK_ESYS;
}

struct wanted {
	enum publish_kind	kind;
	uint32_t		base, serial;	/* of an overlay */
};

static const char *
misfit(const struct snapshot_view *v, const struct wanted *w)
{
	if (w->kind == PUBLISH_BASE)
		return v->kind == SNAPSHOT_BASE ? NULL : "not a base";
	if (v->kind != SNAPSHOT_OVERLAY)
		return "not an overlay";
	return v->head.base_serial == w->base &&
	    (int32_t)(v->head.serial - w->serial) >= 0 ? NULL : "of another serial";
}

static int
verify(struct msg_publish *m, int fd, size_t octets, const struct wanted *w,
    const char **why)
{
	struct snapshot_view v;
	const char *odd;
	void *map;
	int err;

	*why = "head";
	if (octets == 0)
		return SEK_EPARSE;
	/* private: before Linux 6.7 a sealed file cannot be mapped shared */
	*why = "map";
	map = mmap(NULL, octets, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return SEK_ESYS;
	err = snapshot_open(&v, map, octets, why);
	munmap(map, octets);
	if (err != 0)
		return err;
	odd = misfit(&v, w);
	if (odd != NULL) {
		*why = odd;
		return SEK_EPARSE;
	}
	*m = (struct msg_publish){ .kind = (uint8_t)w->kind,
		.serial = v.head.serial, .octets = octets };
	return 0;
}

static int
load(int *fd, struct msg_publish *m, const char *path, const struct wanted *w,
    const char **why)
{
	uint64_t octets;
	int file, memory, err = file_open(&file, &octets, path, why);

	if (err != 0)
		return err;
	memory = memfd_create("sekimori-base", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory < 0) {
		*why = "memory";
		close_keeping_errno(file);
		return SEK_ESYS;
	}
	err = copy(memory, file, octets, why);
	if (err == 0)
		err = verify(m, memory, (size_t)octets, w, why);
	close_keeping_errno(file);
	if (err == 0)
		*fd = memory;
	else
		close_keeping_errno(memory);
	return err;
}

int
snapshot_file_load(int *fd, struct msg_publish *m, const char *path,
    const char **why)
{
	const struct wanted w = { .kind = PUBLISH_BASE };

	return load(fd, m, path, &w, why);
}

int
snapshot_file_overlay(int *fd, struct msg_publish *m, const char *path,
    uint32_t base, uint32_t serial, const char **why)
{
	const struct wanted w = { PUBLISH_OVERLAY, base, serial };

	return load(fd, m, path, &w, why);
}
