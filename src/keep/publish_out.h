#pragma once
/* keep/publish_out.h -- the octets of a publication: memory files and the
 * file for restart.  No policy, no store. */

#include <stdint.h>

#include "wire/snapshot_build.h"

struct publish_map {		/* a sealed memory file, open for reading */
	int			fd;	/* -1: none */
	const uint8_t		*p;
	size_t			n;
	struct snapshot_view	view;
};

/* An empty memory file that can be sealed.  Returns the descriptor or SEK_ESYS. */
int publish_memfd(const char *name) MUST_CHECK;

/* Allows no change any more.  Returns 0 or SEK_ESYS. */
int publish_seal(int fd) MUST_CHECK;

/* Writes octets into a new memory file and seals it.  Returns it or an error. */
int publish_octets(const char *name, const void *p, size_t n) MUST_CHECK;

/* Writes a base into fd.  room: snapshot_builder_size() octets.
 * Returns as snapshot_write_base. */
int publish_write_base(int fd, const struct snapshot_head *head,
    const struct snapshot_zone *zone, const struct snapshot_source *source,
    void *room) MUST_CHECK;

/* Copies fd's octets to dir/base.snap: whole under another name, synced, then
 * renamed.  Returns 0 or SEK_ESYS (the old file stays). */
int publish_file(int fd, const char *dir) MUST_CHECK;

/* Takes a copy of dir/base.snap into memory and verifies it.  Returns 0; SEK_ESYS
 * with errno, ENOENT: there is none; SEK_EPARSE: damaged, or no base. */
int publish_file_read(struct publish_map *out, const char *dir) MUST_CHECK;

/* Seals fd, maps and verifies it.  fd is taken over on 0.
 * Returns 0, SEK_ESYS, SEK_EPARSE (our own mistake). */
int publish_map(struct publish_map *out, int fd) MUST_CHECK;
void publish_unmap(struct publish_map *m);
