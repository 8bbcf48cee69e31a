#pragma once
/* keep/publish.h -- base, overlay and journal tail for those who answer.
 *
 * Called after each commit that wrote journal rows.  The base is a sealed
 * memfd plus a file under state.dir for restart (rename); small changes go
 * into an overlay at most every 10 ms; the base is rebuilt in a child process
 * when the overlay grows past PUBLISH_OVERLAY_MAX.  Descriptors go to the
 * parent (MSG_PUBLISH), which keeps the last ones and hands them on. */

#include "keep/keep.h"

enum { PUBLISH_OVERLAY_MAX = 100000 };

int publish_open(struct keep *k) MUST_CHECK;	/* publishes a first base */
void publish_close(struct keep *k);

/* Rows up to serial are committed. */
void publish_commit(struct keep *k, uint32_t serial);

/* Publishes a whole base now (zone export, tests). */
int publish_base(struct keep *k) MUST_CHECK;
