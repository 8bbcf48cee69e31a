#include "sys/tap.h"

#include <string.h>

size_t
tap_octets(uint32_t rings)
{
	return (size_t)rings * sizeof(struct tap_ring);
}

struct tap_ring *
tap_ring(const struct shared *s, uint32_t index)
{
	return index < s->n / sizeof(struct tap_ring) ?
	    (struct tap_ring *)s->p + index : NULL;
}

void
tap_make(const struct shared *s, uint32_t sample)
{
	struct tap_ring *r;

	for (uint32_t i = 0; (r = tap_ring(s, i)) != NULL; i++)
		atomic_store(&r->sample, sample);
}

uint32_t
tap_sample(const struct tap_ring *r)
{
	uint32_t n = atomic_load_explicit(&r->sample, memory_order_relaxed);

	return n < 1 ? 1 : n > TAP_SAMPLE_MAX ? TAP_SAMPLE_MAX : n;
}

struct tap_entry *
tap_place(struct tap_ring *r)
{
	uint64_t put = atomic_load_explicit(&r->put, memory_order_relaxed);
	uint64_t taken = atomic_load_explicit(&r->taken, memory_order_acquire);

	if (put - taken < TAP_ENTRIES)
		return &r->at[put % TAP_ENTRIES];
	atomic_fetch_add_explicit(&r->lost, 1, memory_order_relaxed);
	return NULL;
}

/* The entry is whole before its place is seen. */
void
tap_put(struct tap_ring *r)
{
	uint64_t put = atomic_load_explicit(&r->put, memory_order_relaxed);

	atomic_store_explicit(&r->put, put + 1, memory_order_release);
}

bool
tap_take(struct tap_ring *r, struct tap_entry *out)
{
	uint64_t taken = atomic_load_explicit(&r->taken, memory_order_relaxed);

	if (atomic_load_explicit(&r->put, memory_order_acquire) == taken)
		return false;
	memcpy(out, &r->at[taken % TAP_ENTRIES], sizeof(*out));
	atomic_store_explicit(&r->taken, taken + 1, memory_order_release);
	if (out->query_len > TAP_QUERY)
		out->query_len = TAP_QUERY;
	if (out->answer_len > TAP_ANSWER)
		out->answer_len = TAP_ANSWER;
	return true;
}

uint64_t
tap_lost(const struct tap_ring *r)
{
	return atomic_load_explicit(&r->lost, memory_order_relaxed);
}
