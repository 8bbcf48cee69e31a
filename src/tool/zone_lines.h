#pragma once
/* tool/zone_lines.h -- the lines of large files, one after the other.
 *
 * Reads blocks of a megabyte, so that memory does not grow with the file and a
 * line costs a search for its end.  All octets are hostile. */

#include "base/str.h"

enum {
	ZONE_LINE_MAX = 65536,	/* octets of a line */
	/* what zone_lines_next() returns besides 0 */
	ZONE_LINES_END = 1,
	ZONE_LINES_LONG = 2,	/* a longer line was passed over */
};

struct zone_lines {
	int		 fd;	/* owned but for standard input's */
	const char	*name;	/* borrowed; as it is shown */
	uint64_t	 line;	/* number of the last one given */
	char		*block;	/* owned */
	size_t		 at, n;
	bool		 end;
};

/* Opens path, borrowed; "-" is standard input.
 * Returns 0, SEK_ENOMEM, or SEK_ESYS (errno). */
int zone_lines_open(struct zone_lines *l, const char *path) MUST_CHECK;
void zone_lines_close(struct zone_lines *l);	/* also after a failure */

/* The next line without its line feed, borrowed until the next call; a last
 * line needs none.
 * Returns 0, ZONE_LINES_END, ZONE_LINES_LONG, or SEK_ESYS (errno). */
int zone_lines_next(struct zone_lines *l, struct str *out) MUST_CHECK;
