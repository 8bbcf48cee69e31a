#pragma once
/* xfer/transfer.h -- one transfer: records of one version, cut into messages.
 *
 * RFC 5936 2.2: the question and OPT stand in the first message alone, all have
 * the query's ID, and each is signed when the query was.  How many run at
 * once, and for how long, is bounded: what a transfer holds is memory that the
 * daemon would have given back. */

#include "xfer/ask.h"
#include "xfer/source.h"
#include "xfer/tsig.h"
#include "xfer/version.h"

enum {
	TRANSFER_END = 1,
	TRANSFER_ROOM = PACKET_MAX + TSIG_ROOM,	/* octets of a message, at most */
	TRANSFER_IDLE_MS = 30 * 1000,	/* with a client that takes nothing */
	TRANSFER_MAX_MS = 3600 * 1000,	/* in all */
};

struct transfer;

struct transfer_about {		/* for limits and the log */
	struct addr		 client;
	const char		*what;	/* "axfr", "ixfr", "axfr-ixfr" (asked for IXFR), "soa" */
	uint32_t		 serial, from;	/* from: of IXFR, else 0 */
	unsigned		*running;	/* one more while it lives; may be NULL */
	const struct clock	*clock;
};

/* All of version (may be NULL), source and tsig (may be NULL) are taken over,
 * also on failure.  Returns 0 or SEK_ENOMEM. */
int transfer_new(struct transfer **out, const struct transfer_about *about,
    const struct ask *ask, struct version *version, struct source *source,
    struct tsig *tsig) MUST_CHECK;

/* Writes the next message; cap >= TRANSFER_ROOM.  Returns 0 with *n octets;
 * TRANSFER_END; SEK_ELIMIT after TRANSFER_MAX_MS; or a negative sek_err: the
 * connection must end, since a client takes what it has for the whole. */
int transfer_next(struct transfer *t, uint8_t *out, size_t cap, size_t *n) MUST_CHECK;

/* Ends it and logs how it went.  why: English, why it did not end well; NULL: it
 * did.  t may be NULL. */
void transfer_free(struct transfer *t, const char *why);
