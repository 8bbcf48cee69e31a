/* An overlay and a tail are small: their sections are written one after the
 * other, then the head. */

#include "wire/snapshot_build.h"

#include <string.h>

#include "wire/snapshot_put.h"

enum {
	CODES = SNAPSHOT_LISTS / 2,
	KINDS = 2 * SNAPSHOT_FORMS,	/* sets of one code: [form][v6] */
};

struct sections {		/* written one after the other */
	struct snap_row	rows[SNAP_SECTIONS];
	size_t		n;
	uint64_t	at;
};

/* Ends s, whatever its length came to be, and takes its row. */
static int
take_section(struct sections *all, struct snap_stream *s,
    const struct snapshot_sink *sink)
{
	int err;

	s->row.count = s->records;
	s->row.octets = s->done + s->n;
	err = snap_stream_end(s, sink);
	all->at = snap_align(s->row.at + s->row.octets);
	all->rows[all->n++] = s->row;
	return err;
}

/* Which set of its code does e belong to? */
static unsigned
kind_of(const struct snapshot_entry *e)
{
	return e->form * 2u + !addr_is_v4(&e->addr);
}

static int
write_change(struct snap_stream *s, const struct snapshot_sink *sink,
    const struct snapshot_entry *e, uint32_t sum)
{
	bool v6 = !addr_is_v4(&e->addr);
	uint8_t o[SNAP_V6 + SNAP_SUM];
	struct wbuf w = wbuf_of(o, sizeof(o));

	wbuf_bytes(&w, snap_key(&e->addr, v6), snap_shapes[e->form][v6].width);
	wbuf_u32(&w, sum);
	return snap_stream_add(s, sink, o, w.len);
}

/* base: NULL when every change is known to differ. */
static bool
differs(const struct snapshot *base, const struct snapshot_change *c)
{
	return base == NULL || c->present != snapshot_is(base,
	    (enum snapshot_form)c->e.form, &c->e.addr, c->e.code);
}

/* The changes of one code and kind that change something. */
static int
write_changes(struct snap_stream *s, const struct snapshot_sink *sink,
    const struct snapshot *base, const struct snapshot_change *changes,
    size_t n, unsigned kind)
{
	uint32_t sum = 0;
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++) {
		const struct snapshot_entry *e = &changes[i].e;

		if (e->code != s->row.code || kind_of(e) != kind ||
		    snap_entry_ok(e) != 0 || !differs(base, &changes[i]))
			continue;
		sum += changes[i].present ? 1u : (uint32_t)-1;
		err = write_change(s, sink, e, sum);
	}
	return err;
}

struct plan {
	uint8_t	kinds[SNAPSHOT_CODE_MAX + 1];	/* a bit for each kind that occurs */
	size_t	sections;
};

/* Collects which sets occur; checks the order on the way. */
static int
plan_changes(struct plan *p, const struct snapshot_change *changes, size_t n)
{
	size_t codes = 0;

	*p = (struct plan){ .sections = 0 };
	for (size_t i = 0; i < n; i++) {
		const struct snapshot_entry *e = &changes[i].e;
		unsigned bit;

		if (snap_entry_ok(e) < 0 ||
		    (i > 0 && snapshot_entry_cmp(&changes[i - 1].e, e) >= 0))
			return SEK_EPARSE;
		bit = 1u << kind_of(e);
		codes += p->kinds[e->code] == 0;
		p->sections += (p->kinds[e->code] & bit) == 0;
		p->kinds[e->code] |= (uint8_t)bit;
	}
	return codes > CODES ? SEK_ELIMIT : 0;
}

static int
write_set(struct sections *all, const struct snapshot_sink *sink,
    const struct snapshot *base, const struct snapshot_change *changes,
    size_t n, unsigned code, unsigned kind)
{
	struct snap_stream s;
	int err;

	snap_stream_open(&s, (enum snap_section)snap_shapes[kind / 2][kind % 2].change,
	    (uint16_t)code);
	s.row.at = all->at;
	err = write_changes(&s, sink, base, changes, n, kind);
	return err != 0 ? err : take_section(all, &s, sink);
}

static int
write_overlay(const struct snapshot_sink *sink, const struct snapshot_head *h,
    const struct snapshot *base, const struct snapshot_change *changes, size_t n,
    uint64_t *octets)
{
	struct sections all = { .n = 0 };
	struct plan plan;
	int err = plan_changes(&plan, changes, n);

	if (err == 0 && !snap_head_ok(h, SNAPSHOT_OVERLAY))
		err = SEK_EPARSE;
	all.at = SNAP_HEAD + plan.sections * SNAP_ROW;
	for (unsigned i = 0; err == 0 && i < KINDS * (SNAPSHOT_CODE_MAX + 1); i++)
		if ((plan.kinds[i / KINDS] >> i % KINDS & 1) != 0)
			err = write_set(&all, sink, base, changes, n, i / KINDS,
			    i % KINDS);
	*octets = all.at;
	if (err != 0)
		return err;
	return snap_write_head(sink, SNAPSHOT_OVERLAY, h, all.rows, all.n, all.at);
}

int
snapshot_write_overlay(const struct snapshot_sink *sink,
    const struct snapshot_head *head, const struct snapshot_view *base,
    const struct snapshot_change *changes, size_t n, uint64_t *octets)
{
	const struct snapshot under = { .base = base };
	struct snapshot_head h = *head;

	h.base_serial = base->head.serial;
	return write_overlay(sink, &h, &under, changes, n, octets);
}

int
snapshot_write_difference(const struct snapshot_sink *sink,
    const struct snapshot_head *head, uint32_t base_serial,
    const struct snapshot_change *changes, size_t n, uint64_t *octets)
{
	struct snapshot_head h = *head;

	h.base_serial = base_serial;
	return write_overlay(sink, &h, NULL, changes, n, octets);
}

static bool
steps_ok(const struct snapshot_head *head, const struct snapshot_step *steps,
    size_t n)
{
	uint64_t least = (uint64_t)head->base_serial + 1;

	for (size_t i = 0; i < n; i++) {
		bool before = i == 0 && steps[i].kind == SNAPSHOT_STEP_STATUS &&
		    steps[i].serial == head->base_serial;

		if ((steps[i].serial < least && !before) ||
		    steps[i].serial > head->serial || steps[i].len > 128)
			return false;
		if (!before)
			least = steps[i].serial;
	}
	return true;
}

static int
write_steps(struct snap_stream *s, const struct snapshot_sink *sink,
    const struct snapshot_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t o[SNAP_STEP];
		struct wbuf w = wbuf_of(o, sizeof(o));
		int err;

		wbuf_u32(&w, steps[i].serial);
		wbuf_u8(&w, steps[i].kind);
		wbuf_u8(&w, steps[i].code);
		wbuf_u8(&w, steps[i].len);
		wbuf_u8(&w, 0);
		wbuf_bytes(&w, steps[i].addr.o, sizeof(steps[i].addr.o));
		err = snap_stream_add(s, sink, o, w.len);
		if (err != 0)
			return err;
	}
	return 0;
}

int
snapshot_write_tail(const struct snapshot_sink *sink,
    const struct snapshot_head *head, const struct snapshot_step *steps,
    size_t n, uint64_t *octets)
{
	struct sections all = { .at = SNAP_HEAD + SNAP_ROW };
	struct snap_stream s;
	int err;

	if (!snap_head_ok(head, SNAPSHOT_TAIL) || !steps_ok(head, steps, n))
		return SEK_EPARSE;
	snap_stream_open(&s, SNAP_S_STEP, 0);
	s.row.at = all.at;
	err = write_steps(&s, sink, steps, n);
	if (err == 0)
		err = take_section(&all, &s, sink);
	*octets = all.at;
	if (err != 0)
		return err;
	return snap_write_head(sink, SNAPSHOT_TAIL, head, all.rows, all.n, all.at);
}

struct snapshot_step
snapshot_status_step(uint32_t serial, const struct snapshot_status *s)
{
	struct snapshot_step step = { .serial = serial, .len = 128,
		.kind = SNAPSHOT_STEP_STATUS, .code = s->life };
	struct wbuf w = wbuf_of(step.addr.o, sizeof(step.addr.o));

	wbuf_u32(&w, 0);
	wbuf_u32(&w, s->empties);
	wbuf_u64(&w, (uint64_t)s->expiry_s);
	return step;
}

int
snapshot_memory_put(void *ctx, uint64_t at, const void *p, size_t n)
{
	struct snapshot_memory *m = ctx;

	if (at > m->cap || n > m->cap - at)
		return SEK_ELIMIT;
	memcpy(m->p + at, p, n);
	if (at + n > m->len)
		m->len = (size_t)at + n;
	return 0;
}

size_t
snapshot_overlay_max(size_t n)
{
	return SNAP_HEAD + CODES * KINDS * (SNAP_ROW + SNAP_ALIGN) +
	    n * (SNAP_V6 + SNAP_SUM);
}

size_t
snapshot_tail_max(size_t n)
{
	return SNAP_HEAD + SNAP_ROW + n * SNAP_STEP;
}
