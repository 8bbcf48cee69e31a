#include "wire/snapshot.h"

int
snapshot_entry_cmp(const struct snapshot_entry *a, const struct snapshot_entry *b)
{
	int order = addr_cmp(&a->addr, &b->addr);

	if (order == 0)
		order = (int)a->code - b->code;
	return order != 0 ? order : (int)a->form - b->form;
}

struct net
snapshot_range(const struct addr *a)
{
	unsigned len = addr_is_v4(a) ? SNAPSHOT_RANGE_V4 : SNAPSHOT_RANGE_V6;

	return (struct net){ addr_mask(a, len), (uint8_t)len };
}

struct net
snapshot_entry_net(const struct snapshot_entry *e)
{
	if (e->form == SNAPSHOT_RANGE)
		return snapshot_range(&e->addr);
	return (struct net){ e->addr, 128 };
}

/* 2.0.0.0/24 is *.0.0.2: below that name lie the IPv6 addresses of 2000::/12,
 * too. */
static bool
looks_like_nibbles(const struct net *net)
{
	const uint8_t *o = net->addr.o + 12;

	return addr_is_v4(&net->addr) && o[0] < 10 && o[1] < 10 && o[2] < 10;
}

bool
snapshot_range_ok(const struct net *net)
{
	const struct addr never = addr_v4(127, 0, 0, 1);
	struct addr start = addr_mask(&net->addr, net->len);

	return net->len == (addr_is_v4(&net->addr) ? SNAPSHOT_RANGE_V4 :
	    SNAPSHOT_RANGE_V6) && addr_eq(&start, &net->addr) &&
	    !net_has(net, &never) && !looks_like_nibbles(net);
}

/* RFC 5782 5: 127.0.0.1 is never listed, 127.0.0.2 always; answers know it. */
bool
snapshot_is_data(const struct snapshot_entry *e)
{
	const struct addr never = addr_v4(127, 0, 0, 1);
	const struct addr always = addr_v4(127, 0, 0, 2);
	const struct net net = snapshot_entry_net(e);

	if (e->form == SNAPSHOT_RANGE)
		return snapshot_range_ok(&net);
	return !addr_eq(&e->addr, &never) && !addr_eq(&e->addr, &always);
}
