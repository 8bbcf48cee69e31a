#pragma once
/* tool/zone_write.h -- files that are whole under their name or not there. */

#include <stdio.h>

#include "tool/zone_file.h"
#include "wire/snapshot_build.h"

struct zone_write {
	const char	*path;	/* borrowed */
	char		 temp[ZONE_PATH];	/* PATH.new while it is written */
	FILE		*f;
};

/* Makes PATH.new, which must not be there yet.
 * Returns 0, or the exit code after one message on err. */
int zone_write_begin(struct zone_write *w, const char *path, FILE *err) MUST_CHECK;

/* rc 0: makes it durable and gives it its name; else takes it away.
 * Returns rc, or the exit code after one message on err. */
int zone_write_end(struct zone_write *w, int rc, FILE *err) MUST_CHECK;

/* Writes a base snapshot to path, and reads it again before it gets its name.
 * Returns 0, or the exit code after one message on err. */
int zone_write_snapshot(const char *path, const struct snapshot_head *head,
    const struct snapshot_zone *zone, const struct snapshot_source *source,
    FILE *err) MUST_CHECK;
