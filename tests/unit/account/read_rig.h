#pragma once
/* tests/unit/account/read_rig.h -- files in memory, as account_read is given them. */
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "account/read.h"

static inline int
memory_file(const char *octets, size_t n)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	if (fd < 0 || write(fd, octets, n) != (ssize_t)n)
		abort();
	return fd;
}

static inline struct account_seen
file_of(const char *name, const char *octets, size_t n)
{
	return (struct account_seen){ .name = name, .fd = memory_file(octets, n) };
}

static inline struct account_read_rules
rules_of(const struct account_own *own, unsigned jobs)
{
	static const struct account_limits limits;

	return (struct account_read_rules){ .own = own, .limits = &limits, .now_s = time(NULL),
	    .jobs = jobs };
}
