#pragma once
/* serve/worker.h -- answers DNS over UDP from the published snapshot.
 *
 * One process, no loop library, nothing but libc: poll(2) over the parent's
 * channel and the sockets it sent, recvmmsg and sendmmsg in batches, the
 * pointer to the snapshot switched between two batches.  All datagrams are
 * hostile. */

#include "base/clock.h"
#include "base/err.h"
#include "serve/ratelimit.h"
#include "serve/signed.h"
#include "sys/counters.h"

enum {
	WORKER_SOCKETS = 16,
	WORKER_XDP = 16,	/* AF_XDP sockets: queues of one worker */
	WORKER_BATCH = 64,
	WORKER_STOP = 1,	/* told to stop, or the parent is gone */
};

struct worker_setup {
	struct answer_policy	policy;		/* its limit is the worker's to set */
	uint32_t		rate, slip;	/* serve/ratelimit.h; rate 0: no limit */
	size_t			n_signers;	/* whose signed queries xfer gets */
	struct net		signers[SIGNED_NETS];
};

struct worker;

/* control: the parent's channel (SEQPACKET, non-blocking); borrowed.
 * clock outlives the worker; setup is copied.  NULL: out of memory. */
struct worker *worker_new(int control, const struct clock *clock,
    const struct worker_setup *setup);
void worker_free(struct worker *w);	/* closes its sockets; w may be NULL */

/* Waits at most timeout_ms (-1: for ever) and handles what came: messages of
 * the parent first, then one batch of each socket.  Returns 0, WORKER_STOP,
 * SEK_ESYS, or SEK_EPARSE when the parent speaks nonsense. */
int worker_step(struct worker *w, int timeout_ms) MUST_CHECK;

/* Steps until the stop, then logs the counters (event dns-stop).
 * Returns 0 or the error. */
int worker_run(struct worker *w) MUST_CHECK;

/* What the worker counted; in shared memory: since the parent's start. */
uint64_t worker_count(const struct worker *w, enum counter c);
