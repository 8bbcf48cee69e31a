#pragma once
/* tool/zone_asker.h -- many questions to one server by UDP, some under way at
 * once.
 *
 * Takes the server's cookie (RFC 7873) from its first answer and sends it with
 * what follows, so that no limit for addresses that may be forged applies. */

#include "wire/dns.h"

enum {
	ZONE_ASKER_WINDOW = 64,		/* power of two */
	ZONE_ASKER_TRIES = 4,
	ZONE_ASKER_WAIT_MS = 2000,	/* for each */
	ZONE_ASKER_STOP = 1,		/* a signal came (tool/stop) */
};

struct zone_asker;

/* Called for each question, in any order.
 * tag    as it was given
 * reply  NULL: no whole answer after ZONE_ASKER_TRIES; borrowed for the call */
typedef void zone_asker_fn(void *ctx, size_t tag, const struct dns_name *owner,
    uint16_t type, struct dns_reply *reply);

/* Returns 0, SEK_ENOMEM or SEK_ESYS (errno). */
int zone_asker_open(struct zone_asker **out, const struct addr *to,
    uint16_t port, zone_asker_fn *fn, void *ctx) MUST_CHECK;
void zone_asker_close(struct zone_asker *a);	/* a may be NULL */

/* Waits for room, calls fn meanwhile, and sends.  *tag is the question's, below
 * ZONE_ASKER_WINDOW: what was kept under it is done with.
 * Returns 0, ZONE_ASKER_STOP, or SEK_ESYS (errno). */
int zone_asker_room(struct zone_asker *a, size_t *tag) MUST_CHECK;
int zone_asker_send(struct zone_asker *a, size_t tag,
    const struct dns_name *owner, uint16_t type) MUST_CHECK;

/* Waits for all answers.  Returns as zone_asker_room(). */
int zone_asker_finish(struct zone_asker *a) MUST_CHECK;
