#include "keep/quota.h"

#include <stdlib.h>

enum { SLOTS = 4096, NEAR = 8 };	/* a network stands in one of NEAR slots */

struct slot {
	struct addr	net;
	struct mono	since;
	unsigned	n;		/* 0: free */
};

struct keep_quota {
	struct slot	at[SLOTS];
	struct slot	all;
	uint64_t	seed;
};

int
quota_open(struct keep *k)
{
	k->quota = calloc(1, sizeof(*k->quota));
	if (k->quota == NULL)
		return SEK_ENOMEM;
	k->quota->seed = rand_u64(k->rand);
	return 0;
}

void
quota_close(struct keep *k)
{
	free(k->quota);
	k->quota = NULL;
}

static bool
is_old(const struct slot *s, struct mono now)
{
	return s->n == 0 || now.ms - s->since.ms >= (int64_t)QUOTA_S * 1000;
}

/* FNV-1a, begun with a secret: nobody can aim at a neighbour's slot. */
static size_t
first_slot(const struct keep_quota *q, const struct addr *net)
{
	uint64_t h = q->seed ^ 0xcbf29ce484222325u;

	for (size_t i = 0; i < sizeof(net->o); i++)
		h = (h ^ net->o[i]) * 0x100000001b3u;
	return (size_t)(h >> 32) % SLOTS;
}

static struct slot *
slot_of(struct keep_quota *q, const struct addr *net, struct mono now)
{
	size_t first = first_slot(q, net);
	struct slot *least = &q->at[first];

	for (size_t i = 0; i < NEAR; i++) {
		struct slot *s = &q->at[(first + i) % SLOTS];

		if (s->n > 0 && addr_eq(&s->net, net))
			return s;
		if (is_old(s, now))
			s->n = 0;
		if (s->n < least->n)
			least = s;
	}
	*least = (struct slot){ .net = *net };
	return least;
}

/* Seconds until the slot has room; 0: it has. */
static int64_t
wait_of(struct slot *s, unsigned most, struct mono now)
{
	if (is_old(s, now)) {
		s->since = now;
		s->n = 0;
	}
	if (s->n < most)
		return 0;
	return QUOTA_S - (now.ms - s->since.ms) / 1000;
}

int64_t
quota_take(struct keep *k, const struct addr *net)
{
	struct mono now = k->clock->mono(k->clock);
	struct slot *s = slot_of(k->quota, net, now);
	int64_t wait = wait_of(&k->quota->all, QUOTA_ALL, now);

	if (wait == 0)
		wait = wait_of(s, QUOTA_NAMES, now);
	if (wait > 0)
		return wait;
	s->n++;
	k->quota->all.n++;
	return 0;
}
