#include "keep/publish_steps.h"

#include <stdlib.h>
#include <string.h>

#include "keep/journal.h"
#include "wire/snapshot_build.h"

struct reading {
	struct publish_steps	*s;
	struct keep		*k;
	uint64_t		 from;	/* steps begin with this row */
	bool			 changes;	/* are wanted too */
};

/* --- rows --- */

bool
steps_entry(struct snapshot_entry *out, const struct addr *addr, unsigned len,
    uint8_t code)
{
	unsigned range = addr_is_v4(addr) ? SNAPSHOT_RANGE_V4 : SNAPSHOT_RANGE_V6;

	*out = (struct snapshot_entry){ *addr, code,
	    len == 128 ? SNAPSHOT_ADDRESS : SNAPSHOT_RANGE };
	return len == 128 || len == range;
}

/* What a row makes of an entry; *listed: it is there after it. */
static bool
about_entry(const struct journal_row *j, struct snapshot_entry *e, bool *listed)
{
	*listed = j->kind == JOURNAL_ADD || j->kind == JOURNAL_EXCEPT;
	switch (j->kind) {
	case JOURNAL_ADD:
	case JOURNAL_REMOVE:
	case JOURNAL_RETRACT:
		return steps_entry(e, &j->addr, j->len, j->code);
	case JOURNAL_EXCEPT:
	case JOURNAL_UNEXCEPT:
		*e = (struct snapshot_entry){ j->addr, j->code, SNAPSHOT_EXCEPT };
		return true;
	}
	return false;
}

/* An add of what was listed just before changes no name. */
static int
only_extends(struct keep *k, const struct journal_row *j, bool *extends)
{
	struct journal_row before;
	int err = j->kind != JOURNAL_ADD ? STORE_NONE : store_one(k->store,
	    Q_JOURNAL_ENTRY_BEFORE, ARGS(ARG_A(j->addr), ARG_I(j->seq),
	    ARG_I(j->len), ARG_I(j->code)), &before);

	*extends = err == 0 && before.kind == JOURNAL_ADD;
	return err == STORE_NONE ? 0 : err;
}

static int
step_room(struct publish_steps *s)
{
	size_t cap = s->cap_steps == 0 ? 64 : s->cap_steps * 2;
	struct snapshot_step *p;

	if (s->n_steps < s->cap_steps)
		return 0;
	p = realloc(s->steps, cap * sizeof(*p));
	if (p == NULL)
		return SEK_ENOMEM;
	s->steps = p;
	s->cap_steps = cap;
	return 0;
}

/* The day of a row is a moment; published is the day in which it lies. */
struct snapshot_status
steps_status(const struct journal_row *j)
{
	const struct snapshot_step row = { .code = j->code, .addr = j->addr };
	struct snapshot_status is = snapshot_status_of(&row);

	is.empties = 0;
	if (j->code == SNAPSHOT_CLOSING && j->until.s > 0 &&
	    j->until.s / SNAPSHOT_DAY_S <= SNAPSHOT_DAY_MAX)
		is.empties = (uint32_t)(j->until.s / SNAPSHOT_DAY_S);
	return is;
}

static struct snapshot_step
step_of(const struct journal_row *j)
{
	struct snapshot_status is;

	if (j->kind != JOURNAL_STATUS)
		return (struct snapshot_step){ .serial = j->serial, .kind = j->kind,
			.code = j->code, .len = j->len, .addr = j->addr };
	is = steps_status(j);
	return snapshot_status_step(j->serial, &is);
}

static int
add_step(struct publish_steps *s, struct keep *k, const struct journal_row *j)
{
	bool extends;
	int err = only_extends(k, j, &extends);

	if (err != 0 || extends)
		return err;
	err = step_room(s);
	if (err == 0)
		s->steps[s->n_steps++] = step_of(j);
	return err;
}

/* Does no difference lead to j from what was read before? */
static bool
breaks(const struct publish_steps *s, const struct journal_row *j)
{
	return j->serial != s->serial && j->serial != s->serial + 1;
}

/* No step leads to j: the rest of its serial is of no use either. */
static void
begin_after(struct publish_steps *s, const struct journal_row *j)
{
	s->before = j->serial;
	s->status_before = s->status;
	s->n_steps = 0;
}

static int
row_step(struct reading *r, const struct journal_row *j, bool entry)
{
	struct publish_steps *s = r->s;

	if (j->seq < r->from || breaks(s, j)) {
		begin_after(s, j);
		return 0;
	}
	if (j->serial == s->before) {
		s->status_before = s->status;
		return 0;
	}
	if (!entry && j->kind != JOURNAL_STATUS)
		return 0;
	return add_step(s, r->k, j);
}

static int
read_row(void *ctx, const void *row)
{
	const struct journal_row *j = row;
	struct reading *r = ctx;
	struct publish_steps *s = r->s;
	struct snapshot_entry e;
	bool listed, entry = about_entry(j, &e, &listed);
	int err = 0;

	/* The open group's rows are on this connection too: not ours yet. */
	if ((int32_t)(j->serial - journal_serial(r->k)) > 0)
		return STORE_STOP;
	if (j->kind == JOURNAL_STATUS)
		s->status = steps_status(j);
	if (entry && r->changes)
		err = changes_add(&s->changes, &e, listed, j->serial);
	if (err == 0)
		err = row_step(r, j, entry);
	if (err != 0)
		return err;
	s->seq = j->seq;
	s->serial = j->serial;
	return 0;
}

static void
trim(struct publish_steps *s, size_t max)
{
	size_t drop = s->n_steps > max ? s->n_steps - max : 0;

	if (drop == 0)
		return;
	while (drop < s->n_steps && s->steps[drop].serial == s->steps[drop - 1].serial)
		drop++;
	for (size_t i = 0; i < drop; i++)
		if (s->steps[i].kind == JOURNAL_STATUS)
			s->status_before = snapshot_status_of(&s->steps[i]);
	s->before = s->steps[drop - 1].serial;
	s->n_steps -= drop;
	memmove(s->steps, s->steps + drop, s->n_steps * sizeof(*s->steps));
}

/* --- reading --- */

static int
read_from(struct reading *r, uint64_t seq, size_t max)
{
	int err = store_each(r->k->store, Q_JOURNAL_FROM, ARGS(ARG_I(seq)),
	    read_row, r);

	trim(r->s, max);
	return err;
}

/* What held before a row. */
static int
status_open(struct publish_steps *s, struct keep *k, uint64_t seq)
{
	struct journal_row j;
	int err = store_one(k->store, Q_JOURNAL_STATUS_BEFORE, ARGS(ARG_I(seq)), &j);

	if (err == 0)
		s->status = s->status_before = steps_status(&j);
	return err == STORE_NONE ? 0 : err;
}

int
steps_open(struct publish_steps *s, struct keep *k, size_t max)
{
	struct reading r = { .s = s, .k = k };
	struct journal_row last;
	int err = store_one(k->store, Q_JOURNAL_LAST, NO_ARGS, &last);

	*s = (struct publish_steps){ .status.life = SNAPSHOT_ALIVE };
	if (err != 0)
		return err == STORE_NONE ? 0 : err;
	r.from = last.seq > max ? last.seq - max + 1 : 1;
	err = status_open(s, k, r.from - 1);
	return err == 0 ? read_from(&r, r.from - 1, max) : err;
}

int
steps_read(struct publish_steps *s, struct keep *k, size_t max,
    const struct snapshot_view *base)
{
	struct reading r = { .s = s, .k = k, .changes = true };
	int err = read_from(&r, s->seq + 1, max);
	int late = changes_settle(&s->changes, base);

	return err == 0 ? late : err;
}

size_t
steps_copy(const struct publish_steps *s, struct snapshot_step *out)
{
	size_t n = 0;

	if (s->status_before.expiry_s != 0)
		out[n++] = snapshot_status_step(s->before, &s->status_before);
	if (s->n_steps > 0)
		memcpy(out + n, s->steps, s->n_steps * sizeof(*out));
	return n + s->n_steps;
}

void
steps_free(struct publish_steps *s)
{
	changes_free(&s->changes);
	free(s->steps);
	*s = (struct publish_steps){ 0 };
}
