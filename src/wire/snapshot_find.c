/* Each form is a set of its own; base and overlay are one set by subtraction.
 * All ranges of a family have one length, so they never lie in each other, and
 * whether a name exists needs no more than: a range around or below it?  Else:
 * any address?  Inside a range: any exception? */

#include "wire/snapshot.h"

#include <string.h>

#include "wire/snapshot_body.h"

/* As memcmp; in words, since a search compares twenty times. */
static int
key_cmp(const uint8_t *a, const uint8_t *b, size_t width)
{
	uint64_t x, y;

	switch (width) {
	case SNAP_V6:
		x = snap_u64(a);
		y = snap_u64(b);
		if (x != y)
			return x < y ? -1 : 1;
		x = snap_u64(a + 8);
		y = snap_u64(b + 8);
		break;
	case SNAP_R6:
		x = snap_u64(a);
		y = snap_u64(b);
		break;
	case SNAP_V4:
		x = snap_u32(a);
		y = snap_u32(b);
		break;
	default:
		return memcmp(a, b, width);
	}
	return x < y ? -1 : x > y;
}

/* How many of n sorted records of stride octets have a key below k; with
 * through also those equal. */
static size_t
below(const uint8_t *p, size_t n, size_t stride, const uint8_t *k,
    size_t width, bool through)
{
	size_t lo = 0;

	while (n > 0) {
		size_t half = n / 2;
		int c = key_cmp(p + (lo + half) * stride, k, width);

		if (c < 0 || (through && c == 0)) {
			lo += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return lo;
}

/* How many of the n lower halves are below k.  No jump depends on what is
 * compared: a hit or a miss costs the same, and nothing is mispredicted. */
static size_t
low_below(const uint8_t *p, size_t n, uint32_t k)
{
	const uint8_t *lo = p;

	while (n > 1) {
		size_t half = n / 2;

		lo += snap_u16(lo + (half - 1) * SNAP_LOW) < k ? half * SNAP_LOW : 0;
		n -= half;
	}
	return (size_t)(lo - p) / SNAP_LOW + (n == 1 && snap_u16(lo) < k);
}

/* The lower halves with k's upper half. */
static const uint8_t *
bucket(const struct snapshot_set *set, const uint8_t *k, size_t *from, size_t *n)
{
	const uint8_t *at = set->index + (size_t)snap_u16(k) * 4;

	*from = snap_u32(at);
	*n = snap_u32(at + 4) - *from;
	return set->keys + *from * SNAP_LOW;
}

size_t
snap_base_below(const struct snapshot_set *set, const uint8_t *k, size_t width,
    bool through)
{
	const uint8_t *low;
	size_t from, n;

	if (set->index == NULL)
		return below(set->keys, set->n, width, k, width, through);
	low = bucket(set, k, &from, &n);
	return from + low_below(low, n, snap_u16(k + 2) + (uint32_t)through);
}

size_t
snap_change_below(const struct snapshot_set *set, const uint8_t *k, size_t width,
    bool through)
{
	return below(set->keys, set->n, width + SNAP_SUM, k, width, through);
}

static bool
base_has(const struct snapshot_set *set, const uint8_t *k, size_t width)
{
	const uint8_t *p = set->keys;
	size_t n = set->n, i;

	if (n == 0)
		return false;
	if (set->index != NULL) {
		p = bucket(set, k, &i, &n);
		i = low_below(p, n, snap_u16(k + 2));
		return i < n && snap_u16(p + i * SNAP_LOW) == snap_u16(k + 2);
	}
	i = below(p, n, width, k, width, false);
	return i < n && key_cmp(p + i * width, k, width) == 0;
}

/* +1 or -1 when k itself is among the changes, else 0. */
static int64_t
change_at(const struct snapshot_set *set, const uint8_t *k, size_t width)
{
	size_t i = snap_change_below(set, k, width, false);

	if (i == set->n || key_cmp(set->keys + i * (width + SNAP_SUM), k, width) != 0)
		return 0;
	return snap_sum(set, i + 1, width) - snap_sum(set, i, width);
}

bool
snapshot_is(const struct snapshot *s, enum snapshot_form form,
    const struct addr *a, unsigned code)
{
	bool v6 = !addr_is_v4(a);
	const struct snapshot_list *base = snap_list(s->base, code, v6);
	const struct snapshot_list *over = snap_list(s->overlay, code, v6);
	size_t width = snap_shapes[form][v6].width;
	int64_t change = over == NULL ? 0 :
	    change_at(&over->of[form], snap_key(a, v6), width);

	if (change != 0)
		return change > 0;
	return base != NULL && base_has(&base->of[form], snap_key(a, v6), width);
}

bool
snapshot_has(const struct snapshot *s, const struct addr *a, unsigned code)
{
	if (snapshot_is(s, SNAPSHOT_RANGE, a, code))
		return !snapshot_is(s, SNAPSHOT_EXCEPT, a, code);
	return snapshot_is(s, SNAPSHOT_ADDRESS, a, code);
}

uint64_t
snapshot_find(const struct snapshot *s, const struct addr *a)
{
	const struct snapshot_view *views[2] = { s->base, s->overlay };
	uint64_t codes = 0;

	for (size_t v = 0; v < 2; v++)
		for (size_t i = 0; views[v] != NULL && i < views[v]->n_lists; i++)
			if (snapshot_has(s, a, views[v]->lists[i].code))
				codes |= (uint64_t)1 << views[v]->lists[i].code;
	return codes;
}

/* Does an entry of that form begin within net? */
static bool
any_of(const struct snapshot *s, enum snapshot_form form, const struct net *net,
    unsigned code, bool v6)
{
	const struct snapshot_list *base = snap_list(s->base, code, v6);
	const struct snapshot_list *over = snap_list(s->overlay, code, v6);
	size_t width = snap_shapes[form][v6].width;
	struct addr last = net_last(net);
	const uint8_t *from = snap_key(&net->addr, v6), *to = snap_key(&last, v6);
	const struct snapshot_set *set;
	int64_t n = 0;

	if (base != NULL && base->of[form].n > 0) {
		set = &base->of[form];
		n = (int64_t)snap_base_below(set, to, width, true) -
		    (int64_t)snap_base_below(set, from, width, false);
	}
	if (over != NULL && over->of[form].n > 0) {
		set = &over->of[form];
		n += snap_sum(set, snap_change_below(set, to, width, true), width) -
		    snap_sum(set, snap_change_below(set, from, width, false), width);
	}
	return n > 0;
}

bool
snapshot_any(const struct snapshot *s, const struct net *net, unsigned code)
{
	bool v6 = net->len < 96 || !addr_is_v4(&net->addr);
	unsigned unit = v6 ? SNAPSHOT_RANGE_V6 : SNAPSHOT_RANGE_V4;

	if (net->len < unit)
		return any_of(s, SNAPSHOT_RANGE, net, code, v6) ||
		    any_of(s, SNAPSHOT_ADDRESS, net, code, v6);
	if (snapshot_is(s, SNAPSHOT_RANGE, &net->addr, code))
		return net->len == unit ||
		    any_of(s, SNAPSHOT_EXCEPT, net, code, v6);
	return any_of(s, SNAPSHOT_ADDRESS, net, code, v6);
}

static int64_t
count_of(const struct snapshot_list *l, enum snapshot_form form, bool overlay)
{
	const struct snapshot_set *set = &l->of[form];

	return overlay ? snap_sum(set, set->n, snap_shapes[form][l->v6].width) :
	    (int64_t)set->n;
}

uint64_t
snapshot_count(const struct snapshot *s)
{
	const struct snapshot_view *views[2] = { s->base, s->overlay };
	int64_t n = 0;

	for (size_t v = 0; v < 2; v++)
		for (size_t i = 0; views[v] != NULL && i < views[v]->n_lists; i++)
			n += count_of(&views[v]->lists[i], SNAPSHOT_ADDRESS, v == 1) +
			    count_of(&views[v]->lists[i], SNAPSHOT_RANGE, v == 1);
	return n < 0 ? 0 : (uint64_t)n;
}
