/* The input is what a worker that went wild left in its ring, from its first octet on,
 * and for the rest the entries: whatever is taken is inside its bounds, and its
 * frames, too; the taking ends. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/dnstap_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static _Alignas(struct tap_ring) uint8_t memory[sizeof(struct tap_ring)];

static void
check(const struct tap_entry *e)
{
	const struct dnstap_about about = { STR("host"), STR("version"), true };
	const struct tap_answer a = tap_shown(e);
	uint8_t out[DNSTAP_FRAME_MAX];

	if (a.query_len > TAP_QUERY || a.answer_len > TAP_ANSWER ||
	    a.at.s < 0 || a.at.ns > 999999999)
		abort();
	for (int side = DNSTAP_QUERY; side <= DNSTAP_ANSWER; side++) {
		size_t n = dnstap_encode(out, &a, (enum dnstap_side)side, &about);
		size_t least = side == DNSTAP_QUERY ? a.query_len : a.answer_len;

		if (n < least || n > DNSTAP_FRAME_MAX)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const size_t head = offsetof(struct tap_ring, at);
	const struct shared s = { memory, sizeof(memory) };
	struct tap_ring *r = tap_ring(&s, 0);
	struct tap_entry e;

	memset(memory, 0, sizeof(memory));
	memcpy(memory, p, n < head ? n : head);
	for (size_t i = 0; n > head && i < TAP_ENTRIES; i++)
		memcpy(&r->at[i], p + head,
		    n - head < sizeof(r->at[i]) ? n - head : sizeof(r->at[i]));
	for (int i = 0; i < TAP_ENTRIES && tap_take(r, &e); i++)
		check(&e);
	return 0;
}
