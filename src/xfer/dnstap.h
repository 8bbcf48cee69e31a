#pragma once
/* xfer/dnstap.h -- some of the answers, on their way to a collector.
 *
 * Workers of serve put theirs into rings (sys/tap.h) and never wait; those of
 * xfer are put here.  A few times a second what is there is encoded and put
 * before the collector's socket, which the parent connected; what does not fit is
 * dropped and counted.  Without a collector the rings fill up and the workers
 * count.  What stands in the rings is hostile. */

#include "sys/counters.h"
#include "sys/loop.h"
#include "sys/shared.h"
#include "xfer/dnstap_encode.h"

enum {
	DNSTAP_DRAIN_MS = 100,
	DNSTAP_BUSY_MS = 10,	/* after a ring was found half full */
};

struct dnstap;

/* about: what it borrows outlives d.
 * sample: of the answers of xfer one in so many is shown, > 0
 * Returns 0 or SEK_ENOMEM. */
int dnstap_new(struct dnstap **out, struct loop *l,
    const struct dnstap_about *about, uint32_t sample) MUST_CHECK;

/* The rings, and where to count written and dropped (NULL: nowhere).  Both
 * borrowed until dnstap_free(). */
void dnstap_rings(struct dnstap *d, const struct shared *rings);
void dnstap_counters(struct dnstap *d, struct counters_slot *c);

/* A connected socket, owned, its connection ended also when this fails; one
 * before it is ended.  Returns 0, SEK_ENOMEM or SEK_ESYS. */
int dnstap_socket(struct dnstap *d, int fd) MUST_CHECK;

/* An answer was made just now (the time of a is not looked at): shows it when
 * its turn has come.  d may be NULL: never. */
void dnstap_answer(struct dnstap *d, const struct tap_answer *a);

/* What is in the rings goes out once more, then STOP.  d may be NULL. */
void dnstap_free(struct dnstap *d);
