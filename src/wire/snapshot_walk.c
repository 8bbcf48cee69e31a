/* A run is one form of one code and family, base and overlay merged; a cursor
 * merges the runs of a code, snapshot_each() those of the whole file. */

#include "wire/snapshot.h"

#include <string.h>

#include "wire/snapshot_body.h"

/* Runs -------------------------------------------------------------------- */

static struct addr
addr_of(const uint8_t *key, size_t width, bool v6)
{
	struct addr a = v6 ? addr_none : addr_v4(0, 0, 0, 0);

	memcpy(v6 ? a.o : a.o + sizeof(a.o) - SNAP_V4, key, width);
	return a;
}

static struct addr
base_at(struct snapshot_run *r, size_t width, bool v6)
{
	const struct snapshot_set *set = r->base;
	const uint8_t *low;

	if (set->index == NULL)
		return addr_of(set->keys + r->in_base * width, width, v6);
	while (snap_u32(set->index + (r->bucket + 1) * 4) <= r->in_base)
		r->bucket++;
	low = set->keys + r->in_base * SNAP_LOW;
	return addr_v4((uint8_t)(r->bucket >> 8), (uint8_t)r->bucket, low[0], low[1]);
}

/* +1 or -1: what change i says. */
static int64_t
change_at(const struct snapshot_set *set, size_t i, size_t width)
{
	return snap_sum(set, i + 1, width) - snap_sum(set, i, width);
}

/* Moves to the next entry that is there now. */
static void
run_next(struct snapshot_run *r, enum snapshot_form form, bool v6)
{
	size_t width = snap_shapes[form][v6].width;

	for (;;) {
		bool base = r->base != NULL && r->in_base < r->base->n;
		bool change = r->change != NULL && r->in_change < r->change->n;
		struct addr b = addr_none, o = addr_none;
		int64_t what = 0;
		int order;

		r->ready = base || change;
		if (!r->ready)
			return;
		if (base)
			b = base_at(r, width, v6);
		if (change) {
			o = addr_of(r->change->keys + r->in_change * (width + SNAP_SUM), width, v6);
			what = change_at(r->change, r->in_change, width);
		}
		order = !change ? -1 : !base ? 1 : addr_cmp(&b, &o);
		r->in_base += order <= 0;
		r->in_change += order >= 0;
		r->at = order < 0 ? b : o;
		if (order < 0 || what > 0)
			return;
	}
}

/* A run from the first key that is not below first on. */
static void
run_start(struct snapshot_run *r, const struct snapshot *s, unsigned code,
    enum snapshot_form form, const struct addr *first)
{
	bool v6 = !addr_is_v4(first);
	const struct snapshot_list *base = snap_list(s->base, code, v6);
	const struct snapshot_list *over = snap_list(s->overlay, code, v6);
	size_t width = snap_shapes[form][v6].width;

	*r = (struct snapshot_run){ 0 };
	if (base != NULL && base->of[form].n > 0) {
		r->base = &base->of[form];
		r->in_base = snap_base_below(r->base, snap_key(first, v6), width, false);
		r->bucket = r->base->index == NULL ? 0 : snap_u16(snap_key(first, v6));
	}
	if (over != NULL && over->of[form].n > 0) {
		r->change = &over->of[form];
		r->in_change = snap_change_below(r->change, snap_key(first, v6), width, false);
	}
	run_next(r, form, v6);
}

/* Cursor ------------------------------------------------------------------ */

static void
start_at(struct snapshot_cursor *c, const struct addr *first)
{
	c->first = *first;
	c->v6 = !addr_is_v4(first);
	c->inside = false;
	for (unsigned form = 0; form < SNAPSHOT_FORMS; form++)
		run_start(&c->runs[form], c->s, c->code, (enum snapshot_form)form, first);
}

void
snapshot_cursor_start(struct snapshot_cursor *c, const struct snapshot *s,
    unsigned code)
{
	const struct addr zero = addr_v4(0, 0, 0, 0);

	*c = (struct snapshot_cursor){ .s = s, .code = (uint8_t)code, .more = true,
		.last = addr_v4(255, 255, 255, 255) };
	start_at(c, &zero);
}

/* Changes from IPv4, all of it, to IPv6. */
static void
start_v6(struct snapshot_cursor *c)
{
	c->more = false;
	memset(c->last.o, 0xff, sizeof(c->last.o));
	start_at(c, &addr_none);
}

void
snapshot_cursor_within(struct snapshot_cursor *c, const struct snapshot *s,
    unsigned code, const struct net *net, bool all)
{
	*c = (struct snapshot_cursor){ .s = s, .code = (uint8_t)code, .all = all,
		.last = net_last(net) };
	start_at(c, &net->addr);
	if (net->len > (c->v6 ? SNAPSHOT_RANGE_V6 : SNAPSHOT_RANGE_V4)) {
		/* a range that begins here goes beyond net, but still covers it */
		c->inside = snapshot_is(s, SNAPSHOT_RANGE, &net->addr, code);
		c->range = snapshot_range(&net->addr).addr;
		c->runs[SNAPSHOT_RANGE].ready = false;
	}
}

/* Whether a stands inside a listed range: the last one that was given, or the
 * one that comes next (an address equal to its start comes before it). */
static bool
covered(const struct snapshot_cursor *c, const struct addr *a)
{
	const struct snapshot_run *range = &c->runs[SNAPSHOT_RANGE];
	struct net around;

	if (!c->inside && !range->ready)
		return false;
	around = snapshot_range(a);
	return (c->inside && addr_eq(&around.addr, &c->range)) ||
	    (range->ready && addr_eq(&around.addr, &range->at));
}

/* The run whose entry comes first, SNAPSHOT_FORMS when all have ended. */
static unsigned
first_run(const struct snapshot_cursor *c)
{
	unsigned first = SNAPSHOT_FORMS;

	for (unsigned form = 0; form < SNAPSHOT_FORMS; form++)
		if (c->runs[form].ready && (first == SNAPSHOT_FORMS ||
		    addr_cmp(&c->runs[form].at, &c->runs[first].at) < 0))
			first = form;
	return first;
}

/* Takes the next entry of the family, with effect or without. */
static int
take(struct snapshot_cursor *c, struct snapshot_entry *out, bool *effect)
{
	unsigned form = first_run(c);

	if (form == SNAPSHOT_FORMS || addr_cmp(&c->runs[form].at, &c->last) > 0)
		return SNAPSHOT_END;
	*out = (struct snapshot_entry){ c->runs[form].at, c->code, (uint8_t)form };
	*effect = form == SNAPSHOT_RANGE ||
	    covered(c, &out->addr) == (form == SNAPSHOT_EXCEPT);
	if (form == SNAPSHOT_RANGE) {
		c->inside = true;
		c->range = out->addr;
	}
	run_next(&c->runs[form], (enum snapshot_form)form, c->v6);
	return 0;
}

int
snapshot_cursor_next(struct snapshot_cursor *c, struct snapshot_entry *out)
{
	bool effect;

	for (;;) {
		if (take(c, out, &effect) == 0) {
			if (effect || c->all)
				return 0;
		} else if (c->more) {
			start_v6(c);
		} else {
			return SNAPSHOT_END;
		}
	}
}

/* The whole file ---------------------------------------------------------- */

struct strand {			/* a run of snapshot_each() */
	struct snapshot_run	run;
	struct snapshot_entry	e;	/* its code and form; addr: where it is */
	bool			v6;
};

enum { STRANDS = 2 * SNAPSHOT_LISTS * SNAPSHOT_FORMS };

static size_t
add_strands(struct strand *all, size_t n, const struct snapshot *s,
    const struct snapshot_list *l)
{
	const struct addr first = l->v6 ? addr_none : addr_v4(0, 0, 0, 0);

	for (unsigned form = 0; form < SNAPSHOT_FORMS; form++) {
		struct strand *a = &all[n];

		a->e = (struct snapshot_entry){ .code = l->code, .form = (uint8_t)form };
		a->v6 = l->v6;
		run_start(&a->run, s, l->code, (enum snapshot_form)form, &first);
		n += a->run.ready;
	}
	return n;
}

static size_t
strands_open(struct strand all[STRANDS], const struct snapshot *s)
{
	const struct snapshot_view *views[2] = { s->base, s->overlay };
	size_t n = 0;

	for (size_t v = 0; v < 2; v++)
		for (size_t i = 0; views[v] != NULL && i < views[v]->n_lists; i++) {
			const struct snapshot_list *l = &views[v]->lists[i];

			/* one of both files was in the base's turn */
			if (v == 0 || snap_list(s->base, l->code, l->v6) == NULL)
				n = add_strands(all, n, s, l);
		}
	return n;
}

/* Does a come before b in the order of snapshot_each()? */
static bool
before(struct strand *a, struct strand *b)
{
	if (a->v6 != b->v6)
		return b->v6;
	a->e.addr = a->run.at;
	b->e.addr = b->run.at;
	return snapshot_entry_cmp(&a->e, &b->e) < 0;
}

int
snapshot_each(const struct snapshot *s,
    int (*fn)(void *ctx, const struct snapshot_entry *e), void *ctx)
{
	struct strand all[STRANDS];
	size_t n = strands_open(all, s);

	for (;;) {
		struct strand *first = NULL;
		int end;

		for (size_t i = 0; i < n; i++)
			if (all[i].run.ready && (first == NULL || before(&all[i], first)))
				first = &all[i];
		if (first == NULL)
			return 0;
		first->e.addr = first->run.at;
		end = fn(ctx, &first->e);
		if (end != 0)
			return end;
		run_next(&first->run, (enum snapshot_form)first->e.form, first->v6);
	}
}

static int
set_agrees(const struct snapshot_list *l, enum snapshot_form form,
    const struct snapshot *under)
{
	const struct snapshot_set *set = &l->of[form];
	size_t width = snap_shapes[form][l->v6].width;

	for (size_t i = 0; i < set->n; i++) {
		struct addr a = addr_of(set->keys + i * (width + SNAP_SUM), width, l->v6);

		if (snapshot_is(under, form, &a, l->code) == (change_at(set, i, width) > 0))
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
		for (unsigned form = 0; form < SNAPSHOT_FORMS; form++)
			if (set_agrees(&s->overlay->lists[i], (enum snapshot_form)form, &under) != 0)
				return SEK_EPARSE;
	return 0;
}
