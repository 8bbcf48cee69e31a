#pragma once
/* sys/tap.h -- some of the answers, handed from serve to who looks at them.
 *
 * libc only.  A ring for each worker in shared memory (dns-tap of sys/shared.h):
 * one process puts, one takes, neither ever waits; what finds no room is the
 * putter's to count.  Whoever makes the memory calls tap_make() on it.
 *
 * The two sides trust each other as little as memory allows: places are taken
 * modulo the ring, lengths cut to the room there is, a time that is none is made
 * the first second of 1970.  Octets are hostile. */

#include <stdatomic.h>

#include "base/clock.h"
#include "sys/shared.h"
#include "wire/addr.h"

enum {
	TAP_ENTRIES = 128,	/* of a ring */
	TAP_QUERY = 512, TAP_ANSWER = 1232,	/* octets; what is longer is not taken */
	TAP_SAMPLE_MAX = 1000000,
};

/* An answer and what it answers, as who has it shows it. */
struct tap_answer {
	struct wall_ns	 at;
	struct addr	 peer;
	uint16_t	 port;
	bool		 tcp;
	const uint8_t	*query, *answer;	/* borrowed */
	size_t		 query_len, answer_len;
};

struct tap_entry {		/* the same in a ring; by UDP, all of them */
	struct wall_ns	at;
	struct addr	peer;
	uint16_t	port;
	uint16_t	query_len, answer_len;
	uint8_t		query[TAP_QUERY];
	uint8_t		answer[TAP_ANSWER];
};

struct tap_ring {
	_Alignas(64) _Atomic uint32_t	sample;	/* one answer of so many is put */
	_Alignas(64) _Atomic uint64_t	put;	/* the worker's */
	_Alignas(64) _Atomic uint64_t	taken;	/* the taker's */
	struct tap_entry		at[TAP_ENTRIES];
};

/* Octets of memory for so many rings. */
size_t tap_octets(uint32_t rings);

/* Sets the sample (1..TAP_SAMPLE_MAX) of all rings in fresh, zeroed memory. */
void tap_make(const struct shared *s, uint32_t sample);

/* The ring with that index, or NULL: there is none. */
struct tap_ring *tap_ring(const struct shared *s, uint32_t index);

/* 1..TAP_SAMPLE_MAX, whatever stands there. */
uint32_t tap_sample(const struct tap_ring *r);

/* Copies a into the ring.  Returns false when there is no room: the ring is
 * full, or query or answer is too long. */
bool tap_put(struct tap_ring *r, const struct tap_answer *a);

/* Copies the oldest entry out.  Returns false when there is none. */
bool tap_take(struct tap_ring *r, struct tap_entry *out);

/* e as tap_take() gave it, borrowed. */
struct tap_answer tap_shown(const struct tap_entry *e);
