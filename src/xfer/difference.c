#include "xfer/difference.h"

#include <stdlib.h>
#include <string.h>

#include "fact/record.h"

struct touched {		/* an entry that steps are about */
	struct snapshot_entry	e;
	uint32_t		order;	/* of the step */
	bool			was;	/* it was there before the first of them */
};

struct past {			/* the snapshot as it was */
	const struct snapshot	*s;
	struct touched		*at;	/* one for each entry, in order */
	size_t			 n;
	unsigned		 code;
};

/* Steps ----------------------------------------------------------------------- */

/* The first step above a serial: they stand in order. */
static size_t
step_above(const struct snapshot_view *tail, uint32_t serial)
{
	size_t low = 0, high = tail->n_steps;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct snapshot_step step = snapshot_step(tail, middle);

		if ((int32_t)(step.serial - serial) > 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The entry that a step is about, and whether it was there before it.  False: none. */
static bool
read_step(struct touched *t, const struct snapshot_step *step, unsigned code)
{
	static const struct { bool entry, except, was; } kinds[] = {
		[JOURNAL_ADD] = { true, false, false },
		[JOURNAL_REMOVE] = { true, false, true },
		[JOURNAL_RETRACT] = { true, false, true },
		[JOURNAL_EXCEPT] = { true, true, false },
		[JOURNAL_UNEXCEPT] = { true, true, true },
	};

	if (step->code != code || step->kind >= sizeof(kinds) / sizeof(kinds[0]) ||
	    !kinds[step->kind].entry)
		return false;
	t->e = (struct snapshot_entry){ step->addr, step->code,
	    kinds[step->kind].except ? SNAPSHOT_EXCEPT :
	    step->len == 128 ? SNAPSHOT_ADDRESS : SNAPSHOT_RANGE };
	t->was = kinds[step->kind].was;
	return snapshot_is_data(&t->e);
}

static int
touched_cmp(const void *a, const void *b)
{
	const struct touched *x = a, *y = b;
	int order = snapshot_entry_cmp(&x->e, &y->e);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* Collects the entries that steps from first on are about, each with what its
 * first step says. */
static int
read_steps(struct past *p, const struct snapshot_view *tail, size_t first)
{
	size_t n = tail->n_steps - first, k = 0;

	p->at = malloc((n + 1) * sizeof(*p->at));
	if (p->at == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct snapshot_step step = snapshot_step(tail, first + i);
		struct touched *t = &p->at[k];

		t->order = (uint32_t)i;
		k += read_step(t, &step, p->code);
	}
	qsort(p->at, k, sizeof(*p->at), touched_cmp);
	for (size_t i = 0; i < k; i++)
		if (p->n == 0 ||
		    snapshot_entry_cmp(&p->at[p->n - 1].e, &p->at[i].e) != 0)
			p->at[p->n++] = p->at[i];
	return 0;
}

/* Names ----------------------------------------------------------------------- */

static int
entry_cmp(const void *key, const void *at)
{
	return snapshot_entry_cmp(key, &((const struct touched *)at)->e);
}

static bool
was_there(const struct past *p, const struct snapshot_entry *e)
{
	const struct touched *t = p->n == 0 ? NULL :
	    bsearch(e, p->at, p->n, sizeof(*p->at), entry_cmp);

	return t != NULL ? t->was :
	    snapshot_is(p->s, (enum snapshot_form)e->form, &e->addr, e->code);
}

static bool
is_there(const struct past *p, const struct snapshot_entry *e)
{
	return snapshot_is(p->s, (enum snapshot_form)e->form, &e->addr, e->code);
}

/* Does the entry have names: an address outside of a range, an exception inside,
 * a range always? */
static bool
shows(const struct past *p, const struct snapshot_entry *e,
    bool (*there)(const struct past *p, const struct snapshot_entry *e))
{
	struct net around = snapshot_range(&e->addr);
	const struct snapshot_entry range = { around.addr, e->code, SNAPSHOT_RANGE };

	if (!there(p, e) || e->form == SNAPSHOT_RANGE)
		return there(p, e);
	return there(p, &range) == (e->form == SNAPSHOT_EXCEPT);
}

/* The difference ---------------------------------------------------------------- */

struct making {
	const struct past	*past;
	struct difference	*d;
	size_t			 cap, most;
};

/* Adds the entry if its names came or went. */
static int
add(struct making *m, const struct snapshot_entry *e)
{
	struct difference *d = m->d;
	bool was = shows(m->past, e, was_there), now = shows(m->past, e, is_there);

	if (was == now)
		return 0;
	if (d->n == m->most)
		return DIFFERENCE_LONG;
	if (d->n == m->cap) {
		size_t cap = m->cap == 0 ? 64 : m->cap * 2;
		void *p = realloc(d->at, cap * sizeof(*d->at));

		if (p == NULL)
			return SEK_ENOMEM;
		d->at = p;
		m->cap = cap;
	}
	d->at[d->n++] = (struct difference_change){ *e, now };
	return 0;
}

/* What is inside a range now; what was there and is not was touched itself. */
static int
add_inside(struct making *m, const struct snapshot_entry *range)
{
	struct net net = snapshot_entry_net(range);
	struct snapshot_cursor c;
	struct snapshot_entry e;
	int err = 0;

	snapshot_cursor_within(&c, m->past->s, range->code, &net, true);
	while (err == 0 && snapshot_cursor_next(&c, &e) == 0)
		if (e.form != SNAPSHOT_RANGE)
			err = add(m, &e);
	return err;
}

static int
change_cmp(const void *a, const void *b)
{
	const struct difference_change *x = a, *y = b;

	return snapshot_entry_cmp(&x->e, &y->e);
}

/* One that was touched inside of a range that was touched came twice. */
static void
sort(struct difference *d)
{
	size_t n = 0;

	if (d->n > 0)
		qsort(d->at, d->n, sizeof(*d->at), change_cmp);
	for (size_t i = 0; i < d->n; i++)
		if (n == 0 || change_cmp(&d->at[n - 1], &d->at[i]) != 0)
			d->at[n++] = d->at[i];
	d->n = n;
}

static int
compare(struct difference *d, const struct past *p)
{
	struct making m = { .past = p, .d = d,
		.most = (size_t)snapshot_count(p->s) + DIFFERENCE_FREE };
	int err = 0;

	for (size_t i = 0; err == 0 && i < p->n; i++) {
		const struct touched *t = &p->at[i];

		err = add(&m, &t->e);
		if (err == 0 && t->e.form == SNAPSHOT_RANGE &&
		    t->was != is_there(p, &t->e))
			err = add_inside(&m, &t->e);
	}
	sort(d);
	return err;
}

/* Status ------------------------------------------------------------------------ */

static bool
has_status(const struct snapshot_view *tail, size_t from, size_t to, size_t *at)
{
	for (*at = to; *at > from; )
		if (snapshot_step(tail, --*at).kind == JOURNAL_STATUS)
			return true;
	return false;
}

/* What _status said before the step number first.  Returns 0, or DIFFERENCE_NONE
 * when it changed since and nothing says what it was, or the list was emptied
 * since, or is no longer: all entries came or went, and no step says so. */
static int
read_status(struct difference *d, const struct snapshot *s,
    const struct snapshot_view *tail, size_t first)
{
	const struct snapshot_head *now = snapshot_now(s);
	struct snapshot_step step;
	struct snapshot_status was;
	size_t at;

	d->before = *now;
	if (!has_status(tail, first, tail->n_steps, &at))
		return 0;
	if (!has_status(tail, 0, first, &at))
		return DIFFERENCE_NONE;
	step = snapshot_step(tail, at);
	was = snapshot_status_of(&step);
	d->before.life = was.life;
	d->before.empties = was.empties;
	d->before.expiry_s = was.expiry_s;
	d->status = was.life != now->life || was.empties != now->empties ||
	    was.expiry_s != now->expiry_s;
	return (step.code == SNAPSHOT_EMPTY) == snapshot_emptied(s) ? 0 :
	    DIFFERENCE_NONE;
}

static int
read_entries(struct difference *d, const struct snapshot *s,
    const struct snapshot_view *tail, size_t first, unsigned code)
{
	struct past past = { .s = s, .code = code };
	int err = read_steps(&past, tail, first);

	if (err == 0)
		err = compare(d, &past);
	free(past.at);
	return err;
}

int
difference_make(struct difference *d, const struct snapshot *s,
    const struct snapshot_view *tail, enum answer_zone which, uint32_t from)
{
	size_t first;
	int err;

	*d = (struct difference){ .n = 0 };
	if (tail == NULL || (int32_t)(from - tail->head.base_serial) < 0)
		return DIFFERENCE_NONE;
	first = step_above(tail, from);
	err = read_status(d, s, tail, first);
	d->status = d->status && which == ANSWER_ZONE;
	if (err == 0 && !snapshot_emptied(s))	/* then none has a name */
		err = read_entries(d, s, tail, first, which == ANSWER_OUT ?
		    RETURNCODE_EXIT : RETURNCODE_ENTRY);
	if (err != 0)
		difference_free(d);
	return err;
}

void
difference_free(struct difference *d)
{
	free(d->at);
	*d = (struct difference){ .n = 0 };
}
