#include "keep/publish_steps.h"

#include <stdlib.h>
#include <string.h>

#include "keep/journal.h"

struct reading {
	struct publish_steps	*s;
	struct keep		*k;
	uint64_t		 from;	/* steps begin with this row */
	bool			 changes, steps;	/* what is wanted */
};

/* Makes room for one more item of size octets.  Returns 0 or SEK_ENOMEM. */
static int
grow(void **at, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap == 0 ? 64 : *cap * 2;
	void *p;

	if (n < *cap)
		return 0;
	p = realloc(*at, more * size);
	if (p == NULL)
		return SEK_ENOMEM;
	*at = p;
	*cap = more;
	return 0;
}

static int
add_change(struct publish_steps *s, const struct journal_row *j)
{
	void *at = s->changes;
	int err = grow(&at, s->n_changes, &s->cap_changes, sizeof(*s->changes));

	s->changes = at;
	if (err == 0)
		s->changes[s->n_changes++] = (struct publish_change){
			{ { j->addr, j->code }, j->kind == JOURNAL_ADD }, j->seq,
		};
	return err;
}

struct before {		/* was this entry listed before a row? */
	const struct journal_row *row;
	bool		 listed;
};

static int
before_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct before *b = ctx;

	if (j->seq >= b->row->seq)
		return STORE_STOP;
	if (j->code == b->row->code && j->len == b->row->len)
		b->listed = j->kind == JOURNAL_ADD;
	return 0;
}

static int
add_step(struct publish_steps *s, struct keep *k, const struct journal_row *j)
{
	struct before b = { j, false };
	void *at = s->steps;
	int err = 0;

	if (j->kind == JOURNAL_ADD)
		err = store_each(k->store, Q_JOURNAL_BY_ADDR,
		    ARGS(ARG_A(j->addr)), before_row, &b);
	if (err != 0 || b.listed)
		return err;
	err = grow(&at, s->n_steps, &s->cap_steps, sizeof(*s->steps));
	s->steps = at;
	if (err == 0)
		s->steps[s->n_steps++] = (struct snapshot_step){
			.serial = j->serial, .kind = j->kind, .code = j->code,
			.len = j->len, .addr = j->addr,
		};
	return err;
}

static bool
about_entry(const struct journal_row *j)
{
	return j->len == 128 && (j->kind == JOURNAL_ADD ||
	    j->kind == JOURNAL_REMOVE || j->kind == JOURNAL_RETRACT);
}

static int
read_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	const struct reading *r = ctx;
	struct publish_steps *s = r->s;
	int err = 0;

	/* The open group's rows are on this connection too: not ours yet. */
	if ((int32_t)(j->serial - journal_serial(r->k)) > 0)
		return STORE_STOP;
	if (j->kind == JOURNAL_STATUS)
		s->life = j->code;
	if (about_entry(j) && r->changes)
		err = add_change(s, j);
	if (r->steps && j->seq < r->from)
		s->before = j->serial;	/* the rest of this serial is of no use */
	else if (err == 0 && r->steps && about_entry(j) && j->serial != s->before)
		err = add_step(s, r->k, j);
	if (err == 0 && r->steps) {
		s->seq = j->seq;
		s->serial = j->serial;
	}
	return err;
}

static void
trim(struct publish_steps *s, size_t max)
{
	size_t drop = s->n_steps > max ? s->n_steps - max : 0;

	if (drop == 0)
		return;
	while (drop < s->n_steps && s->steps[drop].serial == s->steps[drop - 1].serial)
		drop++;
	s->before = s->steps[drop - 1].serial;
	s->n_steps -= drop;
	memmove(s->steps, s->steps + drop, s->n_steps * sizeof(*s->steps));
}

static int
key_cmp(const struct snapshot_entry *a, const struct snapshot_entry *b)
{
	int c = addr_cmp(&a->addr, &b->addr);

	return c != 0 ? c : a->code - b->code;
}

static int
change_cmp(const void *pa, const void *pb)
{
	const struct publish_change *a = pa, *b = pb;
	int c = key_cmp(&a->c.e, &b->c.e);

	return c != 0 ? c : a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* Only the last change of each entry stays. */
static void
settle(struct publish_steps *s)
{
	struct publish_change *c = s->changes;
	size_t n = 0;

	if (s->n_changes == 0)
		return;
	qsort(c, s->n_changes, sizeof(*c), change_cmp);
	for (size_t i = 0; i < s->n_changes; i++) {
		if (n > 0 && key_cmp(&c[n - 1].c.e, &c[i].c.e) == 0)
			n--;
		c[n++] = c[i];
	}
	s->n_changes = n;
}

int
steps_open(struct publish_steps *s, struct keep *k, size_t max)
{
	struct reading r = { .s = s, .k = k, .steps = true };
	struct journal_row last;
	int err = store_one(k->store, Q_JOURNAL_LAST, NO_ARGS, &last);

	*s = (struct publish_steps){ .life = SNAPSHOT_ALIVE };
	if (err != 0)
		return err == STORE_NONE ? 0 : err;
	r.from = last.seq > max ? last.seq - max + 1 : 1;
	err = store_each(k->store, Q_JOURNAL_FROM, ARGS(ARG_I(0)), read_row, &r);
	trim(s, max);
	return err;
}

int
steps_read(struct publish_steps *s, struct keep *k, size_t max)
{
	struct reading r = { .s = s, .k = k, .changes = true, .steps = true };
	int err = store_each(k->store, Q_JOURNAL_FROM, ARGS(ARG_I(s->seq + 1)),
	    read_row, &r);

	trim(s, max);
	settle(s);
	return err;
}

int
steps_rebase(struct publish_steps *s, struct keep *k, uint32_t serial)
{
	struct reading r = { .s = s, .k = k, .changes = true };
	int err;

	s->n_changes = 0;
	err = store_each(k->store, Q_JOURNAL_AFTER_SERIAL, ARGS(ARG_I(serial)),
	    read_row, &r);
	settle(s);
	return err;
}

void
steps_free(struct publish_steps *s)
{
	free(s->changes);
	free(s->steps);
	*s = (struct publish_steps){ 0 };
}
