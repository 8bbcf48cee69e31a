#include "sys/shared.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_whole(int fd, uint64_t octets)
{
	const int want = F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return seals >= 0 && (seals & want) == want && fstat(fd, &st) == 0 &&
	    st.st_size > 0 && (uint64_t)st.st_size == octets;
}

static int
map(struct shared *s, const struct msg_shared *m, int fd, size_t least, bool write)
{
	if (m->octets < least || m->octets > SIZE_MAX || !is_whole(fd, m->octets))
		return SEK_EPARSE;
	s->n = (size_t)m->octets;
	s->p = mmap(NULL, s->n, write ? PROT_READ | PROT_WRITE : PROT_READ,
	    MAP_SHARED, fd, 0);
	if (s->p == MAP_FAILED) {
		s->p = NULL;
		return SEK_ESYS;
	}
	return 0;
}

int
shared_take(struct shared *s, const struct msg_shared *m, int fd, size_t least,
    bool write)
{
	int err = SEK_EPARSE;

	shared_close(s);
	if (fd < 0)
		return err;
	err = map(s, m, fd, least, write);
	close(fd);
	return err;
}

void
shared_close(struct shared *s)
{
	if (s->p != NULL)
		munmap(s->p, s->n);
	s->p = NULL;
	s->n = 0;
}
