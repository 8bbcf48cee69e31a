#include "serve/ratelimit.h"

#include <stdatomic.h>
#include <string.h>

#include "wire/siphash.h"

enum { PLACES = SHARED_LINE / 8, TAG_BITS = 12, TICKS_S = 16000000 };

static const uint64_t tag_mask = (UINT64_C(1) << TAG_BITS) - 1;

void
ratelimit_set(struct ratelimit *r, const struct shared *memory, uint32_t rate,
    uint32_t slip)
{
	uint8_t *p = memory->p;

	*r = (struct ratelimit){ .key = p,
		.places = (_Atomic uint64_t *)(void *)(p + SHARED_LINE),
		.lines = memory->n / SHARED_LINE - 1, .cost = TICKS_S / rate,
		.burst = (uint64_t)TICKS_S * RATELIMIT_BURST_S, .slip = slip };
}

/* Who counts as one, hashed. */
static uint64_t
hash(const struct ratelimit *r, const struct addr *peer)
{
	if (addr_is_v4(peer))
		return siphash(r->key, peer->o + 12, (RATELIMIT_V4 - 96) / 8);
	return siphash(r->key, peer->o, RATELIMIT_V6 / 8);
}

/* The place of that tag in the line, or the one to take over. */
static _Atomic uint64_t *
find(_Atomic uint64_t *line, uint64_t tag)
{
	_Atomic uint64_t *least = NULL;
	uint64_t owes = UINT64_MAX;

	for (size_t i = 0; i < PLACES; i++) {
		uint64_t is = atomic_load_explicit(&line[i], memory_order_relaxed);

		if ((is & tag_mask) == tag && is != 0)
			return &line[i];
		if (is >> TAG_BITS < owes) {
			owes = is >> TAG_BITS;
			least = &line[i];
		}
	}
	atomic_store_explicit(least, tag, memory_order_relaxed);
	return least;
}

static enum answer_verdict
too_many(struct ratelimit *r)
{
	if (r->slip == 0)
		return ANSWER_DROP;
	if (r->until_slip == 0)
		r->until_slip = r->slip;
	return --r->until_slip == 0 ? ANSWER_SLIP : ANSWER_DROP;
}

enum answer_verdict
ratelimit_ask(void *ctx, const struct addr *peer)
{
	struct ratelimit *r = ctx;
	uint64_t h = hash(r, peer), tag = h >> (64 - TAG_BITS), paid;
	_Atomic uint64_t *at = find(r->places + h % r->lines * PLACES, tag);

	paid = atomic_load_explicit(at, memory_order_relaxed) >> TAG_BITS;
	if (paid < r->now)
		paid = r->now;
	/* what is far ahead was written by a worker gone wild: forgiven */
	else if (paid > r->now + 2 * r->burst)
		paid = r->now;
	if (paid + r->cost > r->now + r->burst)
		return too_many(r);
	atomic_store_explicit(at, (paid + r->cost) << TAG_BITS | tag, memory_order_relaxed);
	return ANSWER_PASS;
}
