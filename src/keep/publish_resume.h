#pragma once
/* keep/publish_resume.h -- what the file of the last run says, before anything
 * is published.
 *
 * 1. Its serial is above the journal's: a backup was restored.  Serials up to
 *    RESUME_JUMP past it may have been served, so the next one lies beyond.
 * 2. Its settings of the zone are others than ours, or it cannot be read:
 *    records that no journal row speaks of may have changed.
 * In both cases a status row takes the new serial, with a gap before it, so
 * that no difference leads across (keep/publish_steps.h). */

#include "keep/keep.h"
#include "wire/snapshot_build.h"

/* An overlay is at most 100,000 commits ahead of its base file. */
enum { RESUME_JUMP = 100001 };

/* flags: enum snapshot_flag.  Does nothing without a state directory, and with
 * neither a file nor a journal.
 * Returns 0, SEK_ENOMEM, SEK_ESYS, SEK_ESTORE, STORE_FULL. */
int publish_resume(struct keep *k, const struct snapshot_zone *zone,
    uint32_t flags) MUST_CHECK;
