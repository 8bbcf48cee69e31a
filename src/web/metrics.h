#pragma once
/* web/metrics.h -- numbers for Prometheus: text exposition format 0.0.4.
 *
 * Pure but for memory.  Names and label sets are fixed (sekimori.api(7)): no
 * address, name or text of a request ever becomes a label.  What is not known,
 * because the keeper is away or nothing is published, is left out, so that an
 * alert on its absence works. */

#include <jansson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "sys/shared.h"
#include "web/http.h"
#include "wire/snapshot.h"

enum { METRICS_OCTETS = 32 * 1024 };

struct metrics_in {
	const struct http_stats	*http;
	const struct snapshot	*published;	/* base NULL: nothing yet */
	const json_t		*status;	/* the keeper's answer to "status"; NULL: away */
	const struct shared	*counters;	/* of DNS (sys/counters.h); p NULL: none yet */
	size_t			 viewers, follows;	/* web/relay_events.h */
	bool			 lab;
};

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends all of them to out, whose max is METRICS_OCTETS.
 * Returns 0, SEK_ENOMEM, SEK_ELIMIT. */
int metrics_write(struct gbuf *out, const struct metrics_in *in) MUST_CHECK;
