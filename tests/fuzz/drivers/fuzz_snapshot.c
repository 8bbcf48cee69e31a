/* One octet: whether to set all hashes right (else nothing gets past them),
 * then the file; an opened one is walked and looked up. */
#include <stdlib.h>

#include "../../unit/snapshot_sign.h"

enum { ENTRIES = 4096 };	/* looked at, of each walk */

struct walk { const struct snapshot *s; uint64_t n; struct snapshot_entry last; };

static int
each(void *ctx, const struct snapshot_entry *e)
{
	struct walk *w = ctx;

	if (w->n > 0 && addr_is_v4(&w->last.addr) == addr_is_v4(&e->addr) &&
	    snapshot_entry_cmp(&w->last, e) >= 0)
		abort();
	w->last = *e;
	w->n += e->form != SNAPSHOT_EXCEPT;
	if (!snapshot_is(w->s, (enum snapshot_form)e->form, &e->addr, e->code) ||
	    (snapshot_find(w->s, &e->addr) >> e->code & 1) !=
	    snapshot_has(w->s, &e->addr, e->code))
		abort();
	return w->n < ENTRIES ? 0 : 1;
}

/* Every name of a code is one of an entry that has an effect. */
static void
names(const struct snapshot *s, unsigned code)
{
	struct snapshot_cursor c;
	struct snapshot_entry e;

	snapshot_cursor_start(&c, s, code);
	for (size_t i = 0; i < ENTRIES && snapshot_cursor_next(&c, &e) == 0; i++) {
		struct net net = snapshot_entry_net(&e);

		if (!snapshot_any(s, &net, code) || (e.form != SNAPSHOT_RANGE &&
		    snapshot_has(s, &e.addr, code) != (e.form == SNAPSHOT_ADDRESS)))
			abort();
	}
}

static void
use(const struct snapshot_view *v)
{
	struct snapshot s = { .base = v };
	struct walk w = { .s = &s };
	struct net all = { .len = 0 };

	for (size_t i = 0; i < v->n_steps; i++)
		if (snapshot_step(v, i).serial > v->head.serial)
			abort();
	if (v->kind == SNAPSHOT_OVERLAY)
		s = (struct snapshot){ .overlay = v };
	(void)snapshot_any(&s, &all, 2);
	for (size_t i = 0; i < v->n_lists; i++)
		names(&s, v->lists[i].code);
	if (snapshot_each(&s, each, &w) == 0 && v->kind == SNAPSHOT_BASE &&
	    w.n != snapshot_count(&s))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct snapshot_view v;
	const char *part;
	uint8_t *f;

	if (n == 0)
		return 0;
	f = malloc(n);
	if (f == NULL)
		abort();
	memcpy(f, p + 1, n - 1);
	if (p[0] & 1)
		sign(f, n - 1);
	if (snapshot_open(&v, f, n - 1, &part) == 0)
		use(&v);
	free(f);
	return 0;
}
