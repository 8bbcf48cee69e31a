#pragma once
/* keep/publish.h -- base, overlay and journal tail for those who answer.
 *
 * Called after each commit that wrote journal rows.  The base is a sealed
 * memfd plus a file under state.dir for restart (rename); small changes go
 * into an overlay at most every 10 ms; the base is rebuilt in a child process
 * when the overlay grows past PUBLISH_OVERLAY_MAX, and some seconds after the
 * last change.  Descriptors go to the parent (MSG_PUBLISH), which keeps the
 * last ones and hands them on.  Without k->parent every function does nothing. */

#include "keep/keep.h"

enum {
	PUBLISH_OVERLAY_MAX = 100000,	/* changes since the base */
	PUBLISH_TAIL_MAX = 10000,	/* steps for IXFR */
	PUBLISH_EVERY_MS = 10,
	PUBLISH_QUIET_MS = 5000,	/* after the last change: a new base */
};

/* Publishes a first base, tail and status.  Returns 0, SEK_ENOMEM, SEK_ESYS,
 * SEK_ESTORE, SEK_EPARSE (the zone of the configuration). */
int publish_open(struct keep *k) MUST_CHECK;
void publish_close(struct keep *k);	/* leaves a file of the last state */

/* Rows up to serial are committed. */
void publish_commit(struct keep *k, uint32_t serial);

/* Who waits for base.snap to be of this moment. */
struct publish_wait {
	void	(*done)(struct publish_wait *w, int err);	/* set by the caller */
	/* not for the caller: */
	uint32_t		 serial;
	struct publish_wait	*next;
};

/* Calls w->done(w, err) once base.snap holds what is committed now, or more: at
 * once where it does, else from the loop, after a child has written it.  err: 0;
 * SEK_ESYS with errno, also when it is out but no file of it; or another error.
 * w is the caller's, and must stay until then, or until publish_wait_drop().
 * Returns 0; SEK_ELIMIT: there is no base yet, or nobody to publish to; or an
 * error: done is not called. */
int publish_wait(struct keep *k, struct publish_wait *w) MUST_CHECK;
void publish_wait_drop(struct keep *k, struct publish_wait *w);	/* also when it is over */

/* What _status says of the list: "alive", "frozen", "closing" or "empty". */
const char *publish_life(const struct keep *k);

/* The first second of the day on which it will be emptied; 0: none. */
int64_t publish_empties(const struct keep *k);

/* For tests: another PUBLISH_OVERLAY_MAX. */
void publish_overlay_max(struct keep *k, size_t changes);
