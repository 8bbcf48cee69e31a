/* A file is planned first (how many entries has each list?), which gives every
 * section its place; then all sections are filled side by side, each through a
 * small buffer and a running hash; the head comes last, so that a file whose
 * writing broke off has none. */

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "wire/snapshot_build.h"

#include <string.h>

#include "wire/snapshot_body.h"

enum {
	CODES = SNAPSHOT_LISTS / 2,
	STREAMS = 1 + 3 * CODES,
	STREAM_BUFFER = 4096,
	STATE_ALIGN = 64,	/* of XXH3_state_t */
};

struct stream {			/* one section being written */
	XXH3_state_t	hash;
	struct snap_row	row;
	uint64_t	done;	/* octets given to the sink */
	uint64_t	records;
	size_t		n;
	uint8_t		buffer[STREAM_BUFFER];
};

struct list {			/* one code */
	uint8_t		code;
	uint64_t	n4, n6;		/* planned */
	bool		any4, any6;	/* last4, last6 are set */
	struct addr	last4, last6;
	uint32_t	bucket;		/* index entries written */
	uint32_t	seen4;
	struct stream	*index, *low, *v6;
};

struct snapshot_builder {
	struct stream	streams[STREAMS];
	size_t		n_streams;
	struct list	lists[CODES];
	size_t		n_lists;
};

size_t
snapshot_builder_size(void)
{
	return sizeof(struct snapshot_builder) + STATE_ALIGN;
}

/* Streams ---------------------------------------------------------------- */

static void
stream_open(struct stream *s, enum snap_section type, uint16_t code)
{
	XXH3_64bits_reset(&s->hash);
	s->row = (struct snap_row){ .type = (uint16_t)type, .code = code };
	s->done = s->records = 0;
	s->n = 0;
}

static int
stream_flush(struct stream *s, const struct snapshot_sink *sink)
{
	int err;

	if (s->n == 0)
		return 0;
	XXH3_64bits_update(&s->hash, s->buffer, s->n);
	err = sink->put(sink->ctx, s->row.at + s->done, s->buffer, s->n);
	s->done += s->n;
	s->n = 0;
	return err;
}

static int
stream_add(struct stream *s, const struct snapshot_sink *sink, const void *p,
    size_t n)
{
	if (n > STREAM_BUFFER - s->n) {
		int err = stream_flush(s, sink);

		if (err != 0)
			return err;
	}
	memcpy(s->buffer + s->n, p, n);
	s->n += n;
	s->records++;
	return 0;
}

/* Ends a section: what was promised must be there; pads to the next one. */
static int
stream_end(struct stream *s, const struct snapshot_sink *sink)
{
	static const uint8_t zero[SNAP_ALIGN];
	uint64_t end;
	int err = stream_flush(s, sink);

	if (err != 0)
		return err;
	if (s->done != s->row.octets || s->records != s->row.count)
		return SEK_EPARSE;
	s->row.hash = XXH3_64bits_digest(&s->hash);
	end = s->row.at + s->done;
	if (snap_align(end) == end)
		return 0;
	return sink->put(sink->ctx, end, zero, (size_t)(snap_align(end) - end));
}

/* Head and table --------------------------------------------------------- */

static void
put_row(struct wbuf *w, const struct snap_row *r)
{
	wbuf_u16(w, r->type);
	wbuf_u16(w, r->code);
	wbuf_u32(w, 0);
	wbuf_u64(w, r->at);
	wbuf_u64(w, r->octets);
	wbuf_u64(w, r->count);
	wbuf_u64(w, r->hash);
}

static void
put_head(struct wbuf *w, enum snapshot_kind kind, const struct snapshot_head *h,
    size_t sections, uint64_t octets)
{
	wbuf_bytes(w, SNAP_MAGIC, SNAP_MAGIC_LEN);
	wbuf_u16(w, SNAP_VERSION);
	wbuf_u16(w, (uint16_t)kind);
	wbuf_u32(w, (uint32_t)sections);
	wbuf_u64(w, octets);
	wbuf_u32(w, h->serial);
	wbuf_u32(w, kind == SNAPSHOT_BASE ? h->serial : h->base_serial);
	wbuf_u64(w, (uint64_t)h->made_s);
	wbuf_u64(w, (uint64_t)h->expiry_s);
	wbuf_u32(w, h->flags);
	wbuf_u8(w, h->life);
	wbuf_bytes(w, "\0\0\0", 3);
}

static bool
head_ok(const struct snapshot_head *h, enum snapshot_kind kind)
{
	return h->life >= SNAPSHOT_ALIVE && h->life <= SNAPSHOT_CLOSING &&
	    (h->flags & ~(uint32_t)(SNAPSHOT_LAB | SNAPSHOT_OUT)) == 0 &&
	    (kind == SNAPSHOT_BASE || h->base_serial <= h->serial);
}

static int
write_head(const struct snapshot_sink *sink, enum snapshot_kind kind,
    const struct snapshot_head *h, const struct snap_row *rows, size_t n,
    uint64_t octets)
{
	uint8_t hashed[SNAP_HASHED_HEAD + SNAP_SECTIONS * SNAP_ROW];
	uint8_t sum[8];
	struct wbuf w = wbuf_of(hashed, sizeof(hashed));
	struct wbuf s = wbuf_of(sum, sizeof(sum));
	int err;

	put_head(&w, kind, h, n, octets);
	for (size_t i = 0; i < n; i++)
		put_row(&w, &rows[i]);
	if (w.err != 0)
		return w.err;
	wbuf_u64(&s, XXH3_64bits(hashed, w.len));
	err = sink->put(sink->ctx, 0, hashed, SNAP_HASHED_HEAD);
	if (err == 0)
		err = sink->put(sink->ctx, SNAP_HASHED_HEAD, sum, sizeof(sum));
	if (err == 0 && n > 0)
		err = sink->put(sink->ctx, SNAP_HEAD, hashed + SNAP_HASHED_HEAD,
		    w.len - SNAP_HASHED_HEAD);
	return err;
}

/* Base ------------------------------------------------------------------- */

/* RFC 5782 5: 127.0.0.1 is never listed, 127.0.0.2 always; answers know it. */
static bool
is_data(const struct addr *a)
{
	const struct addr never = addr_v4(127, 0, 0, 1);
	const struct addr always = addr_v4(127, 0, 0, 2);

	return !addr_eq(a, &never) && !addr_eq(a, &always);
}

static struct list *
list_for(struct snapshot_builder *b, uint8_t code)
{
	for (size_t i = 0; i < b->n_lists; i++)
		if (b->lists[i].code == code)
			return &b->lists[i];
	if (b->n_lists == CODES)
		return NULL;
	b->lists[b->n_lists] = (struct list){ .code = code };
	return &b->lists[b->n_lists++];
}

/* Remembers e as the last of its list; false when it does not rise. */
static bool
rises(struct list *l, const struct snapshot_entry *e, bool v6)
{
	struct addr *last = v6 ? &l->last6 : &l->last4;
	bool *any = v6 ? &l->any6 : &l->any4;
	bool ok = !*any || addr_cmp(last, &e->addr) < 0;

	*last = e->addr;
	*any = true;
	return ok;
}

static int
plan_entry(struct snapshot_builder *b, const struct snapshot_sink *sink,
    const struct snapshot_entry *e)
{
	bool v6 = !addr_is_v4(&e->addr);
	struct list *l = list_for(b, e->code);

	(void)sink;
	if (l == NULL)
		return SEK_ELIMIT;
	if (!rises(l, e, v6))
		return SEK_EPARSE;
	return ++*(v6 ? &l->n6 : &l->n4) > UINT32_MAX ? SEK_ELIMIT : 0;
}

static int
put_index(struct list *l, const struct snapshot_sink *sink, uint32_t upto)
{
	uint8_t o[4];
	int err = 0;

	for (; l->bucket <= upto && err == 0; l->bucket++) {
		struct wbuf w = wbuf_of(o, sizeof(o));

		wbuf_u32(&w, l->seen4);
		err = stream_add(l->index, sink, o, sizeof(o));
	}
	return err;
}

static int
fill_entry(struct snapshot_builder *b, const struct snapshot_sink *sink,
    const struct snapshot_entry *e)
{
	bool v6 = !addr_is_v4(&e->addr);
	struct list *l = list_for(b, e->code);
	int err;

	/* A source that says something else now than at the first reading. */
	if (l == NULL || !rises(l, e, v6) || (v6 ? l->v6 == NULL : l->low == NULL))
		return SEK_EPARSE;
	if (v6)
		return stream_add(l->v6, sink, e->addr.o, SNAP_V6);
	if (l->seen4 == l->n4)
		return SEK_EPARSE;
	err = put_index(l, sink, (uint32_t)(e->addr.o[12] << 8 | e->addr.o[13]));
	if (err == 0)
		err = stream_add(l->low, sink, e->addr.o + 14, SNAP_LOW);
	l->seen4++;
	return err;
}

static int
each_entry(struct snapshot_builder *b, const struct snapshot_source *source,
    const struct snapshot_sink *sink,
    int (*fn)(struct snapshot_builder *b, const struct snapshot_sink *sink,
    const struct snapshot_entry *e))
{
	struct snapshot_entry e;
	int err = source->rewind(source->ctx);

	while (err == 0) {
		err = source->next(source->ctx, &e);
		if (err != 0)
			break;
		if (e.code < SNAPSHOT_CODE_MIN || e.code > SNAPSHOT_CODE_MAX)
			return SEK_EPARSE;
		if (is_data(&e.addr))
			err = fn(b, sink, &e);
	}
	return err == SNAPSHOT_END ? 0 : err;
}

static size_t
put_zone(uint8_t out[SNAP_ZONE_MAX], const struct snapshot_zone *z)
{
	struct wbuf w = wbuf_of(out, SNAP_ZONE_MAX);

	if (z->n_ns == 0 || z->n_ns > SNAPSHOT_NS || z->n_hosts > SNAPSHOT_HOSTS ||
	    z->url.n > SNAPSHOT_URL)
		return 0;
	dns_name_write(&w, &z->zone);
	dns_name_write(&w, &z->hostmaster);
	wbuf_u8(&w, (uint8_t)z->n_ns);
	for (size_t i = 0; i < z->n_ns; i++)
		dns_name_write(&w, &z->ns[i]);
	wbuf_u8(&w, (uint8_t)z->n_hosts);
	for (size_t i = 0; i < z->n_hosts; i++) {
		wbuf_u8(&w, z->hosts[i].ns);
		wbuf_bytes(&w, z->hosts[i].addr.o, sizeof(z->hosts[i].addr.o));
	}
	wbuf_u32(&w, z->ttl_s);
	wbuf_u32(&w, z->negative_ttl_s);
	wbuf_u32(&w, z->refresh_s);
	wbuf_u32(&w, z->retry_s);
	wbuf_u32(&w, z->expire_s);
	wbuf_u16(&w, (uint16_t)z->url.n);
	wbuf_bytes(&w, z->url.p, z->url.n);
	return w.err != 0 ? 0 : w.len;
}

static struct stream *
planned(struct snapshot_builder *b, enum snap_section type, uint16_t code,
    uint64_t count, uint64_t octets)
{
	struct stream *s = &b->streams[b->n_streams++];

	stream_open(s, type, code);
	s->row.count = count;
	s->row.octets = octets;
	return s;
}

/* Gives every section its stream and place.  Returns the file's length. */
static uint64_t
place(struct snapshot_builder *b, size_t zone_len)
{
	uint64_t at;

	planned(b, SNAP_S_ZONE, 0, 1, zone_len);
	for (size_t i = 0; i < b->n_lists; i++) {
		struct list *l = &b->lists[i];

		l->any4 = l->any6 = false;
		if (l->n4 > 0) {
			l->index = planned(b, SNAP_S_V4_INDEX, l->code,
			    SNAP_BUCKETS + 1, SNAP_INDEX);
			l->low = planned(b, SNAP_S_V4_LOW, l->code, l->n4,
			    l->n4 * SNAP_LOW);
		}
		if (l->n6 > 0)
			l->v6 = planned(b, SNAP_S_V6, l->code, l->n6,
			    l->n6 * SNAP_V6);
	}
	at = SNAP_HEAD + b->n_streams * SNAP_ROW;
	for (size_t i = 0; i < b->n_streams; i++) {
		b->streams[i].row.at = at;
		at = snap_align(at + b->streams[i].row.octets);
	}
	return at;
}

static int
finish(struct snapshot_builder *b, const struct snapshot_sink *sink,
    const struct snapshot_head *head, uint64_t octets)
{
	struct snap_row rows[STREAMS];
	int err = 0;

	for (size_t i = 0; i < b->n_lists && err == 0; i++)
		if (b->lists[i].index != NULL)
			err = put_index(&b->lists[i], sink, SNAP_BUCKETS);
	for (size_t i = 0; i < b->n_streams && err == 0; i++) {
		err = stream_end(&b->streams[i], sink);
		rows[i] = b->streams[i].row;
	}
	if (err != 0)
		return err;
	return write_head(sink, SNAPSHOT_BASE, head, rows, b->n_streams, octets);
}

int
snapshot_write_base(const struct snapshot_sink *sink,
    const struct snapshot_head *head, const struct snapshot_zone *zone,
    const struct snapshot_source *source, struct snapshot_builder *room,
    uint64_t *octets)
{
	uintptr_t aligned = ((uintptr_t)room + STATE_ALIGN - 1) &
	    ~(uintptr_t)(STATE_ALIGN - 1);
	struct snapshot_builder *b = (struct snapshot_builder *)aligned;
	uint8_t text[SNAP_ZONE_MAX];
	size_t zone_len = put_zone(text, zone);
	int err;

	if (zone_len == 0)
		return SEK_ELIMIT;
	if (!head_ok(head, SNAPSHOT_BASE))
		return SEK_EPARSE;
	b->n_streams = b->n_lists = 0;
	err = each_entry(b, source, sink, plan_entry);
	if (err != 0)
		return err;
	*octets = place(b, zone_len);
	err = stream_add(&b->streams[0], sink, text, zone_len);
	if (err == 0)
		err = each_entry(b, source, sink, fill_entry);
	if (err == 0)
		err = finish(b, sink, head, *octets);
	return err;
}

/* Overlay and tail ------------------------------------------------------- */

struct sections {		/* written one after the other */
	struct snap_row	rows[SNAP_SECTIONS];
	size_t		n;
	uint64_t	at;
};

/* Ends s, whatever its length came to be, and takes its row. */
static int
take_section(struct sections *all, struct stream *s,
    const struct snapshot_sink *sink)
{
	int err;

	s->row.count = s->records;
	s->row.octets = s->done + s->n;
	err = stream_end(s, sink);
	all->at = snap_align(s->row.at + s->row.octets);
	all->rows[all->n++] = s->row;
	return err;
}

static bool
changes_something(const struct snapshot *base, const struct snapshot_change *c)
{
	return is_data(&c->e.addr) && (base == NULL ||
	    snapshot_has(base, &c->e.addr, c->e.code) != c->present);
}

static int
write_changes(struct stream *s, const struct snapshot_sink *sink,
    const struct snapshot *base, const struct snapshot_change *changes,
    size_t n, bool v6)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct snapshot_change *c = &changes[i];
		uint8_t o[SNAP_V6 + SNAP_SUM];
		struct wbuf w = wbuf_of(o, sizeof(o));
		int err;

		if (c->e.code != s->row.code || addr_is_v4(&c->e.addr) == v6 ||
		    !changes_something(base, c))
			continue;
		sum += c->present ? 1u : (uint32_t)-1;
		wbuf_bytes(&w, v6 ? c->e.addr.o : c->e.addr.o + 12,
		    v6 ? SNAP_V6 : SNAP_V4);
		wbuf_u32(&w, sum);
		err = stream_add(s, sink, o, w.len);
		if (err != 0)
			return err;
	}
	return 0;
}

/* Collects which codes occur; checks the order on the way. */
static int
codes_of(uint64_t *codes, size_t *n_codes, const struct snapshot_change *changes,
    size_t n)
{
	*codes = 0;
	*n_codes = 0;
	for (size_t i = 0; i < n; i++) {
		const struct snapshot_entry *e = &changes[i].e;
		int order = i == 0 ? -1 : addr_cmp(&changes[i - 1].e.addr, &e->addr);

		if (e->code < SNAPSHOT_CODE_MIN || e->code > SNAPSHOT_CODE_MAX ||
		    order > 0 || (order == 0 && changes[i - 1].e.code >= e->code))
			return SEK_EPARSE;
		if ((*codes & (uint64_t)1 << e->code) == 0)
			++*n_codes;
		*codes |= (uint64_t)1 << e->code;
	}
	return *n_codes > CODES ? SEK_ELIMIT : 0;
}

/* under: NULL when every change is known to differ. */
static int
write_overlay(const struct snapshot_sink *sink, struct snapshot_head h,
    const struct snapshot *under, const struct snapshot_change *changes, size_t n,
    uint64_t *octets)
{
	struct sections all = { .n = 0 };
	struct stream s;
	uint64_t codes;
	size_t n_codes;
	int err = codes_of(&codes, &n_codes, changes, n);

	if (err == 0 && !head_ok(&h, SNAPSHOT_OVERLAY))
		err = SEK_EPARSE;
	all.at = SNAP_HEAD + 2 * n_codes * SNAP_ROW;
	for (uint16_t i = 0; err == 0 && i <= 2 * SNAPSHOT_CODE_MAX + 1; i++) {
		uint16_t code = i / 2;
		bool v6 = i % 2 != 0;

		if ((codes >> code & 1) == 0)
			continue;
		stream_open(&s, v6 ? SNAP_S_V6_CHANGE : SNAP_S_V4_CHANGE, code);
		s.row.at = all.at;
		err = write_changes(&s, sink, under, changes, n, v6);
		if (err == 0)
			err = take_section(&all, &s, sink);
	}
	*octets = all.at;
	if (err != 0)
		return err;
	return write_head(sink, SNAPSHOT_OVERLAY, &h, all.rows, all.n, all.at);
}

int
snapshot_write_overlay(const struct snapshot_sink *sink,
    const struct snapshot_head *head, const struct snapshot_view *base,
    const struct snapshot_change *changes, size_t n, uint64_t *octets)
{
	const struct snapshot under = { .base = base };
	struct snapshot_head h = *head;

	h.base_serial = base->head.serial;
	return write_overlay(sink, h, &under, changes, n, octets);
}

int
snapshot_write_difference(const struct snapshot_sink *sink,
    const struct snapshot_head *head, uint32_t base_serial,
    const struct snapshot_change *changes, size_t n, uint64_t *octets)
{
	struct snapshot_head h = *head;

	h.base_serial = base_serial;
	return write_overlay(sink, h, NULL, changes, n, octets);
}

static int
write_steps(struct stream *s, const struct snapshot_sink *sink,
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
		err = stream_add(s, sink, o, w.len);
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
	uint64_t least = (uint64_t)head->base_serial + 1;
	struct stream s;
	int err;

	if (!head_ok(head, SNAPSHOT_TAIL))
		return SEK_EPARSE;
	for (size_t i = 0; i < n; i++) {
		if (steps[i].serial < least || steps[i].serial > head->serial ||
		    steps[i].len > 128)
			return SEK_EPARSE;
		least = steps[i].serial;
	}
	stream_open(&s, SNAP_S_STEP, 0);
	s.row.at = all.at;
	err = write_steps(&s, sink, steps, n);
	if (err == 0)
		err = take_section(&all, &s, sink);
	*octets = all.at;
	if (err != 0)
		return err;
	return write_head(sink, SNAPSHOT_TAIL, head, all.rows, all.n, all.at);
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
	return SNAP_HEAD + 2 * CODES * (SNAP_ROW + SNAP_ALIGN) +
	    n * (SNAP_V6 + SNAP_SUM);
}

size_t
snapshot_tail_max(size_t n)
{
	return SNAP_HEAD + SNAP_ROW + n * SNAP_STEP;
}
