/* tests/bench/bench_tap.c -- nanoseconds that an answer costs which is shown by
 * dnstap: the worker's, then xfer's.
 *
 * Not a test: it prints what it measured and judges nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "xfer/dnstap_encode.h"

enum { ROUNDS = 20000, QUERY = 49, ANSWER = 110 };

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Fills the ring as serve/worker.c does.  Returns seconds. */
static double
fill(struct tap_ring *r)
{
	static const uint8_t query[QUERY], answer[ANSWER];
	double start = now_s();

	for (int i = 0; i < TAP_ENTRIES; i++) {
		const struct tap_answer a = {
			.at = clock_real.wall_ns(&clock_real),
			.peer = addr_v4(192, 0, 2, 53), .port = 53,
			.query = query, .query_len = QUERY,
			.answer = answer, .answer_len = ANSWER,
		};

		if (!tap_put(r, &a))
			abort();
	}
	return now_s() - start;
}

/* Empties it as xfer/dnstap.c does, but for the system calls. */
static double
drain(struct tap_ring *r)
{
	const struct dnstap_about about = { STR("host"), STR("sekimori"), true };
	static uint8_t out[DNSTAP_FRAME_MAX];
	double start = now_s();
	struct tap_entry e;

	while (tap_take(r, &e)) {
		const struct tap_answer a = tap_shown(&e);

		if (dnstap_encode(out, &a, DNSTAP_QUERY, &about) == 0 ||
		    dnstap_encode(out, &a, DNSTAP_ANSWER, &about) == 0)
			abort();
	}
	return now_s() - start;
}

int
main(void)
{
	struct tap_ring *r = aligned_alloc(_Alignof(struct tap_ring), sizeof(*r));
	struct shared s = { r, sizeof(*r) };
	double put_s = 0, taken_s = 0;

	if (r == NULL)
		return EXIT_FAILURE;
	memset(r, 0, sizeof(*r));
	tap_make(&s, 1);
	for (int i = 0; i < ROUNDS; i++) {
		put_s += fill(r);
		taken_s += drain(r);
	}
	printf("put: %.0f ns, taken and encoded: %.0f ns\n",
	    put_s / ROUNDS / TAP_ENTRIES * 1e9, taken_s / ROUNDS / TAP_ENTRIES * 1e9);
	free(r);
	return 0;
}
