#pragma once
/* wire/snapshot_put.h -- sections and head of a file being written; for the two
 * writers alone (snapshot_build.c, snapshot_overlay.c). */

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "wire/snapshot_body.h"
#include "wire/snapshot_build.h"

enum { SNAP_STREAM_BUFFER = 4096 };

struct snap_stream {		/* one section */
	XXH3_state_t	hash;
	struct snap_row	row;	/* at: set by the writer */
	uint64_t	done;	/* octets given to the sink */
	uint64_t	records;
	size_t		n;
	uint8_t		buffer[SNAP_STREAM_BUFFER];
};

void snap_stream_open(struct snap_stream *s, enum snap_section type,
    uint16_t code);

/* Adds one record.  Returns 0 or what the sink refused. */
int snap_stream_add(struct snap_stream *s, const struct snapshot_sink *sink,
    const void *p, size_t n) MUST_CHECK;

/* Ends a section, whose row says what was promised, and pads it.  Returns 0,
 * SEK_EPARSE when something else was added, or what the sink refused. */
int snap_stream_end(struct snap_stream *s,
    const struct snapshot_sink *sink) MUST_CHECK;

/* The head and its table; written last. */
int snap_write_head(const struct snapshot_sink *sink, enum snapshot_kind kind,
    const struct snapshot_head *h, const struct snap_row *rows, size_t n,
    uint64_t octets) MUST_CHECK;

bool snap_head_ok(const struct snapshot_head *h, enum snapshot_kind kind);

/* Has e a place in a file?  Returns 0; SEK_EPARSE: a wrong code or form, or a
 * range with host bits; SNAPSHOT_END: it is left out (test addresses). */
int snap_entry_ok(const struct snapshot_entry *e) MUST_CHECK;
