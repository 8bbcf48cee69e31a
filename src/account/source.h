#pragma once
/* account/source.h -- the octets of one log, however it is stored.
 *
 * Plain, gzip, xz, zstd or bzip2, told by content, never by name; members that
 * follow each other are one log.  A plain file is read with pread(2), so that
 * one which shrinks meanwhile ends early instead of killing us; the rest by
 * libarchive, whose filters are the named four (never those that run
 * programs).  What came before an error is kept, and the error told. */

#include <stddef.h>

#include "account/far.h"
#include "base/err.h"

enum account_packing {
	ACCOUNT_PLAIN, ACCOUNT_GZIP, ACCOUNT_XZ, ACCOUNT_ZSTD, ACCOUNT_BZIP2,
	ACCOUNT_PACKING_N
};

struct account_source;

/* What n octets at the beginning of a file say (6 are enough). */
enum account_packing account_source_packing(const char *p, size_t n);

/* Reads the log in fd from its beginning.  fd stays the caller's, and its
 * offset untouched when it can be asked for a place (a regular file).
 * far  is added to as octets come, and asked whether to stop; NULL: neither
 * Returns 0, SEK_ENOMEM or SEK_ESYS (fd is closed, or a directory). */
int account_source_open(struct account_source **out, int fd, struct account_far *far) MUST_CHECK;

/* The part [from, to) of a plain regular file; ACCOUNT_SOURCE_END: as it is now. */
#define ACCOUNT_SOURCE_END UINT64_MAX
int account_source_part(struct account_source **out, int fd, uint64_t from, uint64_t to,
    struct account_far *far) MUST_CHECK;
void account_source_free(struct account_source *s);	/* s may be NULL */

/* The next octets, valid until the next call; *n is 0 at the end, whatever the
 * reason.  Returns 0 or SEK_ENOMEM. */
int account_source_next(struct account_source *s, const char **p, size_t *n) MUST_CHECK;

/* After the end: the tag of what was wrong (account_file.trouble: "truncated",
 * "corrupt", "shrank", "unreadable", "stopped"), NULL: nothing; and what the
 * system or the library says of it, "" : nothing (English, not hostile). */
const char *account_source_trouble(const struct account_source *s);
const char *account_source_why(const struct account_source *s);
