#pragma once
/* wire/csv_line.h -- one record of a CSV file, cut into fields.
 *
 * Pure: no allocation; safe on hostile bytes.
 * Source: RFC 4180 2. */

#include "base/str.h"

enum {
	CSV_MORE = 1,		/* a quoted field goes on in the next line */
	CSV_FIELDS = 64,
	CSV_ROOM = 4096,	/* octets of all fields that had doubled quotes */
};

struct csv_line {
	size_t		n;
	struct str	field[CSV_FIELDS];	/* hostile; borrowed from the line or in room */
	char		room[CSV_ROOM];
};

/* Reads what stands in one line without its line feed, or in several with line
 * feeds between; a final CR is passed over.  An empty line is one empty field.
 * why  set on failure: one English phrase, marked for translation
 * Returns 0, CSV_MORE, or SEK_EPARSE: a quote in the wrong place, more than
 * CSV_FIELDS fields, or no room. */
int csv_line_read(struct csv_line *out, struct str line, const char **why) MUST_CHECK;
