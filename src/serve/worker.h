#pragma once
/* serve/worker.h -- answers DNS over UDP from the published snapshot.
 *
 * One process, no loop library, nothing but libc: poll(2) over the parent's
 * channel and the sockets it sent, recvmmsg and sendmmsg in batches, the
 * pointer to the snapshot switched between two batches.  All datagrams are
 * hostile. */

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

enum {
	WORKER_SOCKETS = 16,
	WORKER_BATCH = 32,
	WORKER_RCODES = 24,	/* 0..23: all that answers carry */
	WORKER_STOP = 1,	/* told to stop, or the parent is gone */
};

struct worker_stats {		/* since the start; for the log and metrics */
	uint64_t	queries;	/* datagrams read */
	uint64_t	rcodes[WORKER_RCODES];	/* of what was sent */
	uint64_t	listed;		/* answers with an entry */
	uint64_t	truncated;	/* answers with TC */
	uint64_t	dropped;	/* no header, or a response */
	uint64_t	unsent;		/* the kernel refused the answer */
	uint64_t	published, refused;	/* files taken, and not */
};

struct worker;

/* control: the parent's channel (SEQPACKET, non-blocking); borrowed.
 * clock outlives the worker.  NULL: out of memory. */
struct worker *worker_new(int control, const struct clock *clock);
void worker_free(struct worker *w);	/* closes its sockets; w may be NULL */

/* Waits at most timeout_ms (-1: for ever) and handles what came: messages of
 * the parent first, then one batch of each socket.  Returns 0, WORKER_STOP,
 * SEK_ESYS, or SEK_EPARSE when the parent speaks nonsense. */
int worker_step(struct worker *w, int timeout_ms) MUST_CHECK;

/* Steps until the stop, then logs the counters (event dns-stop).
 * Returns 0 or the error. */
int worker_run(struct worker *w) MUST_CHECK;

const struct worker_stats *worker_stats(const struct worker *w);
