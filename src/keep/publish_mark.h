#pragma once
/* keep/publish_mark.h -- state.dir/served and overlay.snap as the keeper writes
 * them.
 *
 * They tell the next start two things.  What was served last, which base.snap
 * may lack: sekimorid answers from that and the overlay, or not at all, for
 * entries that were removed would be there again and the serial would go
 * backwards.  And when the state was alive: a copy that is put back is old.
 * The overlay is written in place and not synced: its hash tells whether it is
 * whole, its serial whether it is the last.
 * What cannot be written is logged once; publishing goes on. */

#include "keep/keep.h"
#include "sys/served.h"

struct publish_mark {		/* zeroed: as closed */
	int		 fd, over;	/* -1, or 0 when zeroed: none */
	struct served	 is;
	uint32_t	 file;	/* serial of base.snap; 0: not known, or none */
	bool		 failed;
};

enum { MARK_BEAT_MS = 60 * 1000 };

/* Nothing without a state directory. */
void mark_open(struct publish_mark *m, const struct keep *k);
void mark_close(struct publish_mark *m, const struct keep *k);	/* writes it once more */

/* serial goes out next. */
void mark_serial(struct publish_mark *m, const struct keep *k, uint32_t serial);

/* These octets go out next, as an overlay; before mark_serial(). */
void mark_overlay(struct publish_mark *m, const void *p, size_t n);

/* base.snap has this one. */
void mark_file(struct publish_mark *m, const struct keep *k, uint32_t serial);

/* Every MARK_BEAT_MS. */
void mark_beat(struct publish_mark *m, const struct keep *k);
