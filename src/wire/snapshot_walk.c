#include "wire/snapshot.h"

#include <string.h>

#include "wire/snapshot_body.h"

struct cursor {			/* one family and code, base and overlay merged */
	const struct snapshot_list *base, *change;
	uint8_t		code;
	bool		v6, ready;	/* ready: at holds the next entry */
	size_t		in_base, in_change, bucket;
	struct addr	at;
};

static struct addr
addr_of(const uint8_t *key, bool v6)
{
	struct addr a = addr_v4(0, 0, 0, 0);

	memcpy(v6 ? a.o : a.o + 12, key, v6 ? SNAP_V6 : SNAP_V4);
	return a;
}

static struct addr
base_at(struct cursor *c)
{
	const struct snapshot_list *l = c->base;
	const uint8_t *low;

	if (c->v6)
		return addr_of(l->keys + c->in_base * SNAP_V6, true);
	while (snap_u32(l->index + (c->bucket + 1) * 4) <= c->in_base)
		c->bucket++;
	low = l->keys + c->in_base * SNAP_LOW;
	return addr_v4((uint8_t)(c->bucket >> 8), (uint8_t)c->bucket, low[0], low[1]);
}

static size_t
stride_of(const struct snapshot_list *l)
{
	return (l->v6 ? SNAP_V6 : SNAP_V4) + SNAP_SUM;
}

/* +1 or -1: what change i says. */
static int32_t
change_at(const struct snapshot_list *l, size_t i, struct addr *a)
{
	const uint8_t *p = l->keys + i * stride_of(l);
	uint32_t sum = snap_u32(p + stride_of(l) - SNAP_SUM);

	*a = addr_of(p, l->v6);
	return (int32_t)(i == 0 ? sum : sum - snap_u32(p - SNAP_SUM));
}

/* Moves to the next entry that is listed now. */
static void
cursor_next(struct cursor *c)
{
	for (;;) {
		bool base = c->base != NULL && c->in_base < c->base->n;
		bool change = c->change != NULL && c->in_change < c->change->n;
		struct addr b = addr_none, o = addr_none;
		int32_t what = 0;
		int order;

		c->ready = base || change;
		if (!c->ready)
			return;
		if (base)
			b = base_at(c);
		if (change)
			what = change_at(c->change, c->in_change, &o);
		order = !change ? -1 : !base ? 1 : addr_cmp(&b, &o);
		c->in_base += order <= 0;
		c->in_change += order >= 0;
		c->at = order < 0 ? b : o;
		if (order < 0 || what > 0)
			return;
	}
}

static struct cursor *
cursor_for(struct cursor *all, size_t *n, const struct snapshot_list *l)
{
	for (size_t i = 0; i < *n; i++)
		if (all[i].code == l->code && all[i].v6 == l->v6)
			return &all[i];
	all[*n] = (struct cursor){ .code = l->code, .v6 = l->v6 };
	return &all[(*n)++];
}

static size_t
cursors_open(struct cursor all[2 * SNAPSHOT_LISTS], const struct snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; s->base != NULL && i < s->base->n_lists; i++)
		cursor_for(all, &n, &s->base->lists[i])->base = &s->base->lists[i];
	for (size_t i = 0; s->overlay != NULL && i < s->overlay->n_lists; i++)
		cursor_for(all, &n, &s->overlay->lists[i])->change =
		    &s->overlay->lists[i];
	for (size_t i = 0; i < n; i++)
		cursor_next(&all[i]);
	return n;
}

/* Does a come before b in the order of snapshot_each()? */
static bool
before(const struct cursor *a, const struct cursor *b)
{
	int order;

	if (a->v6 != b->v6)
		return b->v6;
	order = addr_cmp(&a->at, &b->at);
	return order < 0 || (order == 0 && a->code < b->code);
}

int
snapshot_each(const struct snapshot *s,
    int (*fn)(void *ctx, const struct snapshot_entry *e), void *ctx)
{
	struct cursor all[2 * SNAPSHOT_LISTS];
	size_t n = cursors_open(all, s);

	for (;;) {
		struct cursor *first = NULL;
		struct snapshot_entry e;
		int end;

		for (size_t i = 0; i < n; i++)
			if (all[i].ready && (first == NULL || before(&all[i], first)))
				first = &all[i];
		if (first == NULL)
			return 0;
		e = (struct snapshot_entry){ first->at, first->code };
		end = fn(ctx, &e);
		if (end != 0)
			return end;
		cursor_next(first);
	}
}

uint64_t
snapshot_count(const struct snapshot *s)
{
	int64_t n = 0;

	for (size_t i = 0; s->base != NULL && i < s->base->n_lists; i++)
		n += (int64_t)s->base->lists[i].n;
	for (size_t i = 0; s->overlay != NULL && i < s->overlay->n_lists; i++) {
		const struct snapshot_list *l = &s->overlay->lists[i];

		if (l->n > 0)
			n += (int32_t)snap_u32(l->keys + l->n * stride_of(l) - SNAP_SUM);
	}
	return n < 0 ? 0 : (uint64_t)n;
}

static int
list_agrees(const struct snapshot_list *l, const struct snapshot *under)
{
	for (size_t i = 0; i < l->n; i++) {
		struct addr a;
		bool listed = change_at(l, i, &a) > 0;

		if (snapshot_has(under, &a, l->code) == listed)
			return SEK_EPARSE;
	}
	return 0;
}

int
snapshot_agree(const struct snapshot *s)
{
	const struct snapshot under = { .base = s->base };

	if (s->overlay == NULL)
		return 0;
	if (!snapshot_fits(s->base, s->overlay))
		return SEK_EPARSE;
	for (size_t i = 0; i < s->overlay->n_lists; i++)
		if (list_agrees(&s->overlay->lists[i], &under) != 0)
			return SEK_EPARSE;
	return 0;
}
