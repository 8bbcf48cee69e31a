#include "keep/publish_changes.h"

#include <stdlib.h>
#include <string.h>

/* Makes room for n items in all.  Returns 0 or SEK_ENOMEM. */
static int
grow(struct publish_change **at, size_t *cap, size_t n)
{
	size_t more = *cap == 0 ? 64 : *cap;
	struct publish_change *p;

	if (n <= *cap)
		return 0;
	while (more < n)
		more *= 2;
	p = realloc(*at, more * sizeof(*p));
	if (p == NULL)
		return SEK_ENOMEM;
	*at = p;
	*cap = more;
	return 0;
}

int
changes_add(struct publish_changes *c, const struct snapshot_entry *e,
    bool listed, uint32_t serial)
{
	int err = grow(&c->fresh, &c->cap_fresh, c->n_fresh + 1);

	if (err == 0)
		c->fresh[c->n_fresh++] = (struct publish_change){
			.e = *e, .listed = listed, .serial = serial,
		};
	return err;
}

static int
fresh_cmp(const void *pa, const void *pb)
{
	const struct publish_change *a = pa, *b = pb;
	int c = snapshot_entry_cmp(&a->e, &b->e);

	return c != 0 ? c : a->nth < b->nth ? -1 : a->nth > b->nth;
}

/* Sorts what is fresh; of several about one entry the last one stays. */
static void
fresh_sort(struct publish_changes *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_fresh; i++)
		c->fresh[i].nth = (uint32_t)i;
	qsort(c->fresh, c->n_fresh, sizeof(*c->fresh), fresh_cmp);
	for (size_t i = 0; i < c->n_fresh; i++) {
		if (n > 0 && snapshot_entry_cmp(&c->fresh[n - 1].e, &c->fresh[i].e) == 0)
			n--;
		c->fresh[n++] = c->fresh[i];
	}
	c->n_fresh = n;
}

/* Index of the first row, from lo on, that is not below e. */
static size_t
place_of(const struct publish_changes *c, size_t lo, const struct snapshot_entry *e)
{
	size_t n = c->n - lo;

	while (n > 0) {
		size_t half = n / 2;

		if (snapshot_entry_cmp(&c->at[lo + half].e, e) < 0) {
			lo += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return lo;
}

static bool
in_base(const struct snapshot_view *base, const struct snapshot_entry *e)
{
	const struct snapshot s = { .base = base };

	return base != NULL && snapshot_is(&s, (enum snapshot_form)e->form,
	    &e->addr, e->code);
}

/* Takes over what is known already; what is new stays in fresh, with its place
 * in nth. */
static void
fresh_known(struct publish_changes *c, const struct snapshot_view *base)
{
	size_t n = 0, at = 0;

	for (size_t i = 0; i < c->n_fresh; i++) {
		struct publish_change *f = &c->fresh[i];

		at = place_of(c, at, &f->e);
		if (at < c->n && snapshot_entry_cmp(&c->at[at].e, &f->e) == 0) {
			c->at[at].listed = f->listed;
			c->at[at].serial = f->serial;
			continue;
		}
		f->below = in_base(base, &f->e);
		f->nth = (uint32_t)at;
		c->fresh[n++] = *f;
	}
	c->n_fresh = n;
}

/* From the end on: each stretch between two new rows moves once. */
static void
fresh_insert(struct publish_changes *c)
{
	size_t end = c->n;

	for (size_t i = c->n_fresh; i-- > 0; ) {
		size_t at = c->fresh[i].nth;

		memmove(&c->at[at + i + 1], &c->at[at], (end - at) * sizeof(*c->at));
		c->at[at + i] = c->fresh[i];
		end = at;
	}
	c->n += c->n_fresh;
	c->n_fresh = 0;
}

int
changes_settle(struct publish_changes *c, const struct snapshot_view *base)
{
	int err;

	if (c->n_fresh == 0)
		return 0;
	fresh_sort(c);
	err = grow(&c->at, &c->cap, c->n + c->n_fresh);
	if (err != 0)
		return err;
	fresh_known(c, base);
	fresh_insert(c);
	return 0;
}

void
changes_rebase(struct publish_changes *c, const struct snapshot_view *base)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (c->at[i].serial <= base->head.serial)
			continue;
		c->at[n] = c->at[i];
		c->at[n].below = in_base(base, &c->at[n].e);
		n++;
	}
	c->n = n;
}

size_t
changes_effective(const struct publish_changes *c, struct snapshot_change *out)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->at[i].listed != c->at[i].below)
			out[n++] = (struct snapshot_change){ c->at[i].e, c->at[i].listed };
	return n;
}

void
changes_free(struct publish_changes *c)
{
	free(c->at);
	free(c->fresh);
	*c = (struct publish_changes){ 0 };
}
