#pragma once
/* keep/publish_resume.h -- what the files of the last run say, before anything
 * is published.
 *
 * 1. base.snap or `served` have a serial above the journal's: the database was
 *    restored.  Serials up to RESUME_JUMP past it may have been served, so the
 *    next one lies beyond.
 * 2. The state was alive last more than RESUME_OLD_S ago (`served`, or else the
 *    last journal row): we were down, or a copy of all of it was put back, which
 *    looks the same.  The next serial lies beyond what can have been served
 *    since: a commit takes 10 ms at least, and no list makes more of them than
 *    RESUME_JUMP_MAX between two backups.
 * 3. The settings of the zone in base.snap are others than ours, or it cannot be
 *    read: records that no journal row speaks of may have changed.
 * In all cases a status row takes the new serial, with a gap before it, so
 * that no difference leads across (keep/publish_steps.h). */

#include "keep/keep.h"
#include "wire/snapshot_build.h"

/* An overlay is at most 100,000 commits ahead of its base file. */
enum {
	RESUME_JUMP = 100001,
	RESUME_JUMP_MAX = 10000000,
	RESUME_PER_S = 100,	/* serials at most: keep/commit.h groups for 10 ms */
	RESUME_OLD_S = 600,	/* a restart, also of the machine, is over by then */
};

/* flags: enum snapshot_flag.  Does nothing without a state directory, and with
 * neither a file nor a journal.
 * Returns 0, SEK_ENOMEM, SEK_ESYS, SEK_ESTORE, STORE_FULL. */
int publish_resume(struct keep *k, const struct snapshot_zone *zone,
    uint32_t flags) MUST_CHECK;
