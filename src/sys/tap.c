#include "sys/tap.h"

#include <string.h>

enum { NS = 1000000000 };
#define SECOND_MAX INT64_C(253402300799)	/* the last of year 9999 */

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

/* The entry is whole before its place is seen. */
bool
tap_put(struct tap_ring *r, const struct tap_answer *a)
{
	uint64_t put = atomic_load_explicit(&r->put, memory_order_relaxed);
	uint64_t taken = atomic_load_explicit(&r->taken, memory_order_acquire);
	struct tap_entry *e = &r->at[put % TAP_ENTRIES];

	if (put - taken >= TAP_ENTRIES || a->query_len > TAP_QUERY ||
	    a->answer_len > TAP_ANSWER)
		return false;
	e->at = a->at;
	e->peer = a->peer;
	e->port = a->port;
	e->query_len = (uint16_t)a->query_len;
	e->answer_len = (uint16_t)a->answer_len;
	memcpy(e->query, a->query, a->query_len);
	memcpy(e->answer, a->answer, a->answer_len);
	atomic_store_explicit(&r->put, put + 1, memory_order_release);
	return true;
}

/* Only the copy is looked at: the ring may change meanwhile. */
static void
mend(struct tap_entry *e)
{
	if (e->query_len > TAP_QUERY)
		e->query_len = TAP_QUERY;
	if (e->answer_len > TAP_ANSWER)
		e->answer_len = TAP_ANSWER;
	if (e->at.s < 0 || e->at.s > SECOND_MAX || e->at.ns >= NS)
		e->at = (struct wall_ns){ 0, 0 };
}

bool
tap_take(struct tap_ring *r, struct tap_entry *out)
{
	uint64_t taken = atomic_load_explicit(&r->taken, memory_order_relaxed);

	if (atomic_load_explicit(&r->put, memory_order_acquire) == taken)
		return false;
	memcpy(out, &r->at[taken % TAP_ENTRIES], sizeof(*out));
	atomic_store_explicit(&r->taken, taken + 1, memory_order_release);
	mend(out);
	return true;
}

struct tap_answer
tap_shown(const struct tap_entry *e)
{
	return (struct tap_answer){
		.at = e->at, .peer = e->peer, .port = e->port,
		.query = e->query, .query_len = e->query_len,
		.answer = e->answer, .answer_len = e->answer_len,
	};
}
