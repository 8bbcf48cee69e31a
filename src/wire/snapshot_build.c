/* A base is planned first (how many entries has each set?), which gives every
 * section its place; then all sections are filled side by side, each through a
 * small buffer and a running hash; the head comes last, so that a file whose
 * writing broke off has none. */

#include "wire/snapshot_build.h"

#include "wire/snapshot_put.h"

enum {
	CODES = SNAPSHOT_LISTS / 2,
	STREAMS = 1 + CODES * (1 + 2 * SNAPSHOT_FORMS),	/* zone; per code: index, sets */
	STATE_ALIGN = 64,	/* of XXH3_state_t */
};

struct set {			/* one form, family and code */
	uint64_t		n;	/* planned */
	struct snap_stream	*stream;	/* NULL when none is planned */
};

struct list {			/* one code */
	uint8_t			code;
	struct set		sets[SNAPSHOT_FORMS][2];	/* [form][v6] */
	bool			any[2];		/* last is set */
	struct snapshot_entry	last[2];
	struct snap_stream	*index;
	uint32_t		bucket;		/* index entries written */
	uint32_t		seen4;
};

struct snapshot_builder {
	struct snap_stream	streams[STREAMS];
	size_t			n_streams;
	struct list		lists[CODES];
	size_t			n_lists;
};

size_t
snapshot_builder_size(void)
{
	return sizeof(struct snapshot_builder) + STATE_ALIGN;
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
	bool ok = !l->any[v6] || snapshot_entry_cmp(&l->last[v6], e) < 0;

	l->last[v6] = *e;
	l->any[v6] = true;
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
	return ++l->sets[e->form][v6].n > UINT32_MAX ? SEK_ELIMIT : 0;
}

static int
put_index(struct list *l, const struct snapshot_sink *sink, uint32_t upto)
{
	uint8_t o[4];
	int err = 0;

	for (; l->bucket <= upto && err == 0; l->bucket++) {
		struct wbuf w = wbuf_of(o, sizeof(o));

		wbuf_u32(&w, l->seen4);
		err = snap_stream_add(l->index, sink, o, sizeof(o));
	}
	return err;
}

/* An IPv4 address: the index says its upper half. */
static int
fill_v4(struct list *l, const struct snapshot_sink *sink, const struct addr *a)
{
	struct set *set = &l->sets[SNAPSHOT_ADDRESS][0];
	int err;

	if (l->seen4 == set->n)
		return SEK_EPARSE;
	err = put_index(l, sink, snap_u16(a->o + 12));
	if (err == 0)
		err = snap_stream_add(set->stream, sink, a->o + 14, SNAP_LOW);
	l->seen4++;
	return err;
}

static int
fill_entry(struct snapshot_builder *b, const struct snapshot_sink *sink,
    const struct snapshot_entry *e)
{
	bool v6 = !addr_is_v4(&e->addr);
	struct list *l = list_for(b, e->code);

	/* A source that says something else now than at the first reading. */
	if (l == NULL || !rises(l, e, v6) || l->sets[e->form][v6].stream == NULL)
		return SEK_EPARSE;
	if (e->form == SNAPSHOT_ADDRESS && !v6)
		return fill_v4(l, sink, &e->addr);
	return snap_stream_add(l->sets[e->form][v6].stream, sink,
	    snap_key(&e->addr, v6), snap_shapes[e->form][v6].width);
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
		int ok;

		err = source->next(source->ctx, &e);
		if (err != 0)
			break;
		ok = snap_entry_ok(&e);
		if (ok < 0)
			return ok;
		if (ok == 0)
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

static struct snap_stream *
planned(struct snapshot_builder *b, enum snap_section type, uint16_t code,
    uint64_t count, uint64_t octets)
{
	struct snap_stream *s = &b->streams[b->n_streams++];

	snap_stream_open(s, type, code);
	s->row.count = count;
	s->row.octets = octets;
	return s;
}

/* The streams of one code's sets that are not empty. */
static void
plan_list(struct snapshot_builder *b, struct list *l)
{
	l->any[0] = l->any[1] = false;
	for (unsigned i = 0; i < 2 * SNAPSHOT_FORMS; i++) {
		unsigned form = i / 2, v6 = i % 2;
		struct set *set = &l->sets[form][v6];
		bool indexed = form == SNAPSHOT_ADDRESS && v6 == 0;
		uint64_t width = indexed ? SNAP_LOW : snap_shapes[form][v6].width;

		if (set->n == 0)
			continue;
		if (indexed)
			l->index = planned(b, SNAP_S_V4_INDEX, l->code,
			    SNAP_BUCKETS + 1, SNAP_INDEX);
		set->stream = planned(b, (enum snap_section)snap_shapes[form][v6].base,
		    l->code, set->n, set->n * width);
	}
}

/* Gives every section its stream and place.  Returns the file's length. */
static uint64_t
place(struct snapshot_builder *b, size_t zone_len)
{
	uint64_t at;

	planned(b, SNAP_S_ZONE, 0, 1, zone_len);
	for (size_t i = 0; i < b->n_lists; i++)
		plan_list(b, &b->lists[i]);
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
		err = snap_stream_end(&b->streams[i], sink);
		rows[i] = b->streams[i].row;
	}
	if (err != 0)
		return err;
	return snap_write_head(sink, SNAPSHOT_BASE, head, rows, b->n_streams, octets);
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
	if (!snap_head_ok(head, SNAPSHOT_BASE))
		return SEK_EPARSE;
	b->n_streams = b->n_lists = 0;
	err = each_entry(b, source, sink, plan_entry);
	if (err != 0)
		return err;
	*octets = place(b, zone_len);
	err = snap_stream_add(&b->streams[0], sink, text, zone_len);
	if (err == 0)
		err = each_entry(b, source, sink, fill_entry);
	if (err == 0)
		err = finish(b, sink, head, *octets);
	return err;
}
