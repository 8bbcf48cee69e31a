#pragma once
/* sys/tap.h -- some of the answers, handed from serve to who looks at them.
 *
 * libc only.  A ring for each worker in shared memory (dns-tap of sys/shared.h):
 * one process puts, one takes, neither ever waits; what finds a full ring is
 * lost and counted.  Whoever makes the memory calls tap_make() on it.
 *
 * The two sides trust each other as little as memory allows: places are taken
 * modulo the ring, lengths cut to the room there is.  Octets are hostile. */

#include <stdatomic.h>

#include "base/clock.h"
#include "sys/shared.h"
#include "wire/addr.h"

enum {
	TAP_ENTRIES = 128,	/* of a ring */
	TAP_QUERY = 512, TAP_ANSWER = 1232,	/* octets; a longer query is not taken */
	TAP_SAMPLE_MAX = 1000000,
};

struct tap_entry {
	struct wall	at;
	struct addr	peer;
	uint16_t	port;
	uint16_t	query_len, answer_len;
	uint8_t		query[TAP_QUERY];
	uint8_t		answer[TAP_ANSWER];
};

struct tap_ring {
	_Alignas(64) _Atomic uint32_t	sample;	/* every how manieth answer is put */
	_Alignas(64) _Atomic uint64_t	put, lost;	/* the worker's */
	_Alignas(64) _Atomic uint64_t	taken;		/* the taker's */
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

/* The place to fill for the next entry, or NULL: the ring is full, and that was
 * counted as lost.  tap_put() then shows it to the other side. */
struct tap_entry *tap_place(struct tap_ring *r);
void tap_put(struct tap_ring *r);

/* Copies the oldest entry.  Returns false when there is none. */
bool tap_take(struct tap_ring *r, struct tap_entry *out);

uint64_t tap_lost(const struct tap_ring *r);
