#pragma once
/* sys/snapshot_file.h -- a snapshot file (base or overlay), taken into memory for those who
 * answer from it.
 *
 * libc only.  The file is copied into a memory file that nobody can change any
 * more, and the copy is verified whole (wire/snapshot.h): what becomes of the
 * file later does not matter.  The file may be hostile; what its path leads to
 * is opened only where it is a plain file, never through a symbolic link in
 * its last part. */

#include "fact/message.h"

enum { SNAPSHOT_FILE_MAX_MB = 4096 };

/* Loads the base at path.
 * fd   a sealed memory file, close-on-exec, the caller's to close; set on 0 only
 * m    what MSG_PUBLISH says of it; set on 0 only
 * why  set on failure: what was wrong, static English; for SEK_EPARSE it may be
 *      the name of the part of the snapshot that is damaged
 * Returns 0; SEK_ESYS with errno (also ENOENT, and ELOOP for a link);
 * SEK_ELIMIT: larger than SNAPSHOT_FILE_MAX_MB; SEK_EPARSE: not a plain file,
 * no snapshot, damaged, cut short while it was read, or not a base. */
int snapshot_file_load(int *fd, struct msg_publish *m, const char *path,
    const char **why) MUST_CHECK;

/* The same for an overlay, which must be over the base of serial base, and of
 * serial or a later one. */
int snapshot_file_overlay(int *fd, struct msg_publish *m, const char *path,
    uint32_t base, uint32_t serial, const char **why) MUST_CHECK;
