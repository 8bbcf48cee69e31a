#include "keep/publish_out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

enum { COPY_OCTETS = 64 * 1024 };

int
publish_memfd(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 ? SEK_ESYS : fd;
}

int
publish_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE) == 0 ? 0 : SEK_ESYS;
}

static int
fd_put(void *ctx, uint64_t at, const void *p, size_t n)
{
	const uint8_t *from = p;

	while (n > 0) {
		ssize_t wrote = pwrite(*(const int *)ctx, from, n, (off_t)at);

		if (wrote <= 0)
			return SEK_ESYS;
		from += wrote;
		at += (uint64_t)wrote;
		n -= (size_t)wrote;
	}
	return 0;
}

int
publish_octets(const char *name, const void *p, size_t n)
{
	int fd = publish_memfd(name), err;

	if (fd < 0)
		return fd;
	err = fd_put(&fd, 0, p, n);
	if (err == 0)
		err = publish_seal(fd);
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

int
publish_write_base(int fd, const struct snapshot_head *head,
    const struct snapshot_zone *zone, const struct snapshot_source *source,
    void *room)
{
	struct snapshot_sink sink = { fd_put, &fd };
	uint64_t octets;

	return snapshot_write_base(&sink, head, zone, source, room, &octets);
}

static int
copy(int to, int from)
{
	static uint8_t octets[COPY_OCTETS];
	uint64_t at = 0;
	ssize_t n;

	while ((n = pread(from, octets, sizeof(octets), (off_t)at)) > 0) {
		if (fd_put(&to, at, octets, (size_t)n) != 0)
			return SEK_ESYS;
		at += (uint64_t)n;
	}
	return n < 0 || fsync(to) != 0 ? SEK_ESYS : 0;
}

static int
sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0)
		return SEK_ESYS;
	err = fsync(fd) == 0 ? 0 : SEK_ESYS;
	close(fd);
	return err;
}

int
publish_file(int fd, const char *dir)
{
	char path[PATH_MAX], temp[PATH_MAX];
	int to, err;

	if (snprintf(path, sizeof(path), "%s/base.snap", dir) >= (int)sizeof(path) ||
	    snprintf(temp, sizeof(temp), "%s/base.snap.new", dir) >= (int)sizeof(temp))
		return SEK_ESYS;
	to = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (to < 0)
		return SEK_ESYS;
	err = copy(to, fd);
	if (close(to) != 0 || err != 0 || rename(temp, path) != 0) {
		unlink(temp);
		return SEK_ESYS;
	}
	return sync_dir(dir);
}

int
publish_map(struct publish_map *out, int fd)
{
	struct publish_map m = { .fd = fd };
	const char *part;
	struct stat st;
	void *p;

	if (publish_seal(fd) != 0 || fstat(fd, &st) != 0)
		return SEK_ESYS;
	m.n = (size_t)st.st_size;
	/* MAP_PRIVATE: before Linux 6.7 a sealed file cannot be mapped shared. */
	p = mmap(NULL, m.n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return SEK_ESYS;
	m.p = p;
	if (snapshot_open(&m.view, p, m.n, &part) != 0) {
		munmap(p, m.n);
		return SEK_EPARSE;
	}
	*out = m;
	return 0;
}

void
publish_unmap(struct publish_map *m)
{
	if (m->fd < 0)
		return;
	munmap((void *)(uintptr_t)m->p, m->n);
	close(m->fd);
	*m = (struct publish_map){ .fd = -1 };
}

/* The file belongs to us alone, but the copy cannot be cut under our feet. */
static int
copy_in(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), to, kept;

	if (from < 0)
		return SEK_ESYS;
	to = publish_memfd("sekimori-base");
	if (to >= 0 && copy(to, from) != 0) {
		close(to);
		to = SEK_ESYS;
	}
	kept = errno;
	close(from);
	errno = kept;
	return to;
}

int
publish_file_read(struct publish_map *out, const char *dir)
{
	char path[PATH_MAX];
	int fd, err;

	if (snprintf(path, sizeof(path), "%s/base.snap", dir) >= (int)sizeof(path))
		return SEK_ESYS;
	fd = copy_in(path);
	if (fd < 0)
		return fd;
	err = publish_map(out, fd);
	if (err != 0)
		close(fd);
	else if (out->view.kind != SNAPSHOT_BASE) {
		publish_unmap(out);
		err = SEK_EPARSE;
	}
	return err;
}
