#pragma once
/* sys/served.h -- what was served last, beside the base file that may be older.
 *
 * A base is written seconds after the changes that it holds, and not at all on
 * a full disk.  state.dir/served is one line of SERVED_OCTETS:
 *
 *	SERIAL SECONDS behind|level
 *
 * the last serial that went to those who answer, when that was (seconds since
 * 1970), and whether base.snap lacks some of it.  The keeper writes it before
 * it publishes: in place, so that it needs no space, and synced only where
 * level becomes behind; after a power cut the serial may be an older one, but
 * never the word.  libc only; the line may be hostile where the parent reads. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	SERVED_OCTETS = 48,
	SERVED_NONE = 1,	/* no file, or nothing that could be meant */
};

struct served {
	uint32_t	serial;
	int64_t		at_s;
	bool		behind;
};

/* The line, as octets of exactly SERVED_OCTETS, spaces before the newline. */
void served_text(char out[SERVED_OCTETS], const struct served *s);

/* Reads it.  Returns 0 or SERVED_NONE. */
int served_parse(struct served *out, const char *p, size_t n) MUST_CHECK;

/* Reads dir's, through no link.  Returns 0 or SERVED_NONE. */
int served_read(struct served *out, const char *dir) MUST_CHECK;

/* Opens dir's for writing; makes it where there is none, readable for all as
 * base.snap is.  Returns a descriptor, the caller's to close, or SEK_ESYS. */
int served_open(const char *dir) MUST_CHECK;

/* Writes it over what is there; sync: it is on the disk then.  Returns 0 or
 * SEK_ESYS. */
int served_write(int fd, const struct served *s, bool sync) MUST_CHECK;
