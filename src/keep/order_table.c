#include "keep/order_body.h"

#include "fact/relaytest.h"

/* --- buckets --- */

/* Ids are random, but those of runs and addresses stand in a row. */
static size_t
bucket_of(uint64_t key)
{
	return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 52) % ORDER_BUCKETS;
}

static uint64_t
addr_key(const struct addr *a)
{
	uint64_t hi = 0, lo = 0;

	for (size_t i = 0; i < 8; i++) {
		hi = hi << 8 | a->o[i];
		lo = lo << 8 | a->o[8 + i];
	}
	return hi * 31 + lo;
}

/* The network whose dialogues are counted together: /24, /48. */
static struct net
net_of(const struct addr *a)
{
	unsigned len = addr_is_v4(a) ? 96 + 24 : 48;

	return (struct net){ addr_mask(a, len), (uint8_t)len };
}

static size_t
bucket_by(const struct order *o, enum order_key key)
{
	struct net net;

	switch (key) {
	case ORDER_BY_ID:
		return bucket_of(o->id);
	case ORDER_BY_RUN:
		return bucket_of(o->run);
	case ORDER_BY_ADDR:
		return bucket_of(addr_key(&o->to));
	default:
		net = net_of(&o->to);
		return bucket_of(addr_key(&net.addr));
	}
}

void
order_link(struct keep_order *t, struct order *o)
{
	o->next = t->all;
	o->link = &t->all;
	if (o->next != NULL)
		o->next->link = &o->next;
	t->all = o;
	for (enum order_key i = ORDER_BY_ID; i < ORDER_KEYS; i++) {
		struct order **first = &t->bucket[i][bucket_by(o, i)];

		o->same[i].next = *first;
		o->same[i].link = first;
		if (*first != NULL)
			(*first)->same[i].link = &o->same[i].next;
		*first = o;
	}
	t->n++;
	t->n_asked += o->asked;
}

void
order_unlink(struct keep_order *t, struct order *o)
{
	*o->link = o->next;
	if (o->next != NULL)
		o->next->link = o->link;
	for (enum order_key i = ORDER_BY_ID; i < ORDER_KEYS; i++) {
		*o->same[i].link = o->same[i].next;
		if (o->same[i].next != NULL)
			o->same[i].next->same[i].link = o->same[i].link;
	}
	t->n--;
	t->n_asked -= o->asked;
}

/* --- questions --- */

struct order *
order_find(const struct keep_order *t, uint64_t id)
{
	struct order *o = t->bucket[ORDER_BY_ID][bucket_of(id)];

	while (o != NULL && o->id != id)
		o = o->same[ORDER_BY_ID].next;
	return o;
}

struct order *
order_of_run(const struct keep_order *t, uint64_t run)
{
	struct order *o = t->bucket[ORDER_BY_RUN][bucket_of(run)];

	while (o != NULL && o->run != run)
		o = o->same[ORDER_BY_RUN].next;
	return o;
}

bool
order_busy(const struct keep *k, const struct addr *a)
{
	struct order *o = k->order->bucket[ORDER_BY_ADDR][bucket_of(addr_key(a))];

	while (o != NULL && !addr_eq(&o->to, a))
		o = o->same[ORDER_BY_ADDR].next;
	return o != NULL;
}

unsigned
order_in_net(const struct keep *k, const struct addr *a)
{
	struct net net = net_of(a);
	struct order *o = k->order->bucket[ORDER_BY_NET][bucket_of(addr_key(&net.addr))];
	unsigned n = 0;

	for (; o != NULL; o = o->same[ORDER_BY_NET].next)
		n += net_has(&net, &o->to);
	return n;
}

unsigned
order_count(const struct keep *k)
{
	return k->order->n;
}

unsigned
order_count_asked(const struct keep *k)
{
	return k->order->n_asked;
}

bool
order_now(const struct keep *k, uint64_t run, struct order_now *out)
{
	const struct order *o = order_of_run(k->order, run);

	if (o == NULL)
		return false;
	*out = (struct order_now){
		.session = o->session, .port = o->port, .n = o->n,
		.found = o->found, .heard = o->heard,
		.form = o->found < o->n ? o->forms[o->found] : RELAYTEST_NONE,
	};
	return true;
}
