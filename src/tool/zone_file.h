#pragma once
/* tool/zone_file.h -- a snapshot to read: a file, or the daemon's own. */

#include <stdio.h>

#include "wire/snapshot.h"

enum { ZONE_PATH = 4096 };

struct zone_file {
	char			 path[ZONE_PATH];	/* of the snapshot */
	uint8_t			*octets;	/* owned: our own copy, nobody can change it while we walk it */
	size_t			 n;
	struct snapshot_view	 base;
};

/* Reads the base snapshot at path, whole and verified; path NULL: asks the
 * daemon at socket (NULL: the usual place) to write its own, and reads that.
 * Returns 0, or the exit code after one message on err: EXIT_NOINPUT,
 * EXIT_NOPERM, EXIT_DATA (damaged, no base), EXIT_OSERR, those of once_ask(). */
int zone_file_open(struct zone_file *z, const char *path, const char *socket,
    FILE *err) MUST_CHECK;
void zone_file_close(struct zone_file *z);	/* also after a failure */
