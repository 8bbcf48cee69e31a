#include "sys/parent_shared.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/rand.h"
#include "sys/counters.h"
#include "sys/frame.h"
#include "sys/shared.h"
#include "sys/tap.h"

static size_t
counters_octets(const struct family *f)
{
	return (f->setup->workers + COUNTERS_XFER) * sizeof(struct counters_slot);
}

/* Nobody looks: no memory. */
static size_t
tap_memory(const struct family *f)
{
	return f->setup->conf->dnstap[0] != '\0' ?
	    tap_octets(f->setup->workers) : 0;
}

static size_t
limit_octets(const struct family *f)
{
	(void)f;
	return SHARED_LIMIT;
}

/* So that nobody can choose addresses that share a place. */
static int
limit_fill(const struct family *f, int fd)
{
	uint8_t key[16];
	struct rand chance;

	(void)f;
	rand_real(&chance);
	rand_fill(&chance, key, sizeof(key));
	return pwrite(fd, key, sizeof(key), 0) == (ssize_t)sizeof(key) ? 0 : SEK_ESYS;
}

static int
tap_fill(const struct family *f, int fd)
{
	struct shared s = { .n = tap_memory(f) };

	s.p = mmap(NULL, s.n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s.p == MAP_FAILED)
		return SEK_ESYS;
	tap_make(&s, f->setup->conf->dnstap_sample);
	munmap(s.p, s.n);
	return 0;
}

static const struct {
	const char	*name;
	size_t		(*octets)(const struct family *f);	/* 0: there is none */
	int		(*fill)(const struct family *f, int fd);	/* or NULL: zeroes */
} files[SHARED_FILES] = {
	{ "dns-counters", counters_octets, NULL },
	{ "dns-limit", limit_octets, limit_fill },
	{ "dns-tap", tap_memory, tap_fill },
};

static const struct {
	const char	*role;
	size_t		file;
	bool		write;
} given[] = {
	{ "serve", 0, true }, { "serve", 1, true }, { "xfer", 0, true },
	{ "web", 0, false }, { "serve", 2, true }, { "xfer", 2, true },
};
enum { GIVEN = sizeof(given) / sizeof(given[0]) };

/* A second opening of the same memory, which cannot be written through. */
static int
open_to_read(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int
make(struct family *f, size_t i)
{
	struct shared_file *s = &f->shared[i];
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	s->octets = files[i].octets(f);
	if (s->octets == 0)
		return 0;
	s->fd = memfd_create(files[i].name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (s->fd < 0 || ftruncate(s->fd, (off_t)s->octets) != 0 ||
	    fcntl(s->fd, F_ADD_SEALS, seals) != 0 ||
	    (files[i].fill != NULL && files[i].fill(f, s->fd) != 0))
		return SEK_ESYS;
	s->read_fd = open_to_read(s->fd);
	return s->read_fd < 0 ? SEK_ESYS : 0;
}

int
parent_shared_make(struct family *f)
{
	int err = 0;

	for (size_t i = 0; i < SHARED_FILES; i++)
		f->shared[i].fd = f->shared[i].read_fd = -1;
	for (size_t i = 0; i < SHARED_FILES && err == 0; i++)
		err = make(f, i);
	return err;
}

void
parent_shared_free(struct family *f)
{
	for (size_t i = 0; i < SHARED_FILES; i++) {
		if (f->shared[i].fd >= 0)
			close(f->shared[i].fd);
		if (f->shared[i].read_fd >= 0)
			close(f->shared[i].read_fd);
	}
}

static bool
is_for(const struct family *f, size_t i, const struct kid *k)
{
	return strcmp(given[i].role, k->kind->name) == 0 &&
	    f->shared[given[i].file].fd >= 0;
}

/* Which part of the memory is that role's: xfer stands after the workers. */
static uint32_t
part_of(const struct family *f, const struct kid *k)
{
	return strcmp(k->kind->name, "xfer") == 0 ? f->setup->workers :
	    (uint32_t)k->worker;
}

int
parent_shared_send(struct family *f, struct kid *k)
{
	for (; k->next_shared < GIVEN; k->next_shared++) {
		const struct shared_file *s = &f->shared[given[k->next_shared].file];
		struct msg_shared m = { .octets = s->octets, .index = part_of(f, k),
			.name = str_of(files[given[k->next_shared].file].name) };
		int rc;

		if (!is_for(f, k->next_shared, k))
			continue;
		rc = frame_write(k->sock, MSG_SHARED, &m,
		    given[k->next_shared].write ? s->fd : s->read_fd);
		if (rc != 0)
			return rc;
	}
	return 0;
}

bool
parent_shared_due(const struct family *f, const struct kid *k)
{
	for (size_t i = k->next_shared; i < GIVEN; i++)
		if (is_for(f, i, k))
			return true;
	return false;
}
