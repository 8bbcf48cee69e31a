#include "wire/snapshot_put.h"

#include <string.h>

void
snap_stream_open(struct snap_stream *s, enum snap_section type, uint16_t code)
{
	XXH3_64bits_reset(&s->hash);
	s->row = (struct snap_row){ .type = (uint16_t)type, .code = code };
	s->done = s->records = 0;
	s->n = 0;
}

static int
stream_flush(struct snap_stream *s, const struct snapshot_sink *sink)
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

int
snap_stream_add(struct snap_stream *s, const struct snapshot_sink *sink, const void *p,
    size_t n)
{
	if (n > SNAP_STREAM_BUFFER - s->n) {
		int err = stream_flush(s, sink);

		if (err != 0)
			return err;
	}
	memcpy(s->buffer + s->n, p, n);
	s->n += n;
	s->records++;
	return 0;
}

int
snap_stream_end(struct snap_stream *s, const struct snapshot_sink *sink)
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
	wbuf_u8(w, (uint8_t)(h->empties >> 16));
	wbuf_u16(w, (uint16_t)h->empties);
}

bool
snap_head_ok(const struct snapshot_head *h, enum snapshot_kind kind)
{
	return h->life >= SNAPSHOT_ALIVE && h->life <= SNAPSHOT_EMPTY &&
	    h->empties <= (h->life == SNAPSHOT_CLOSING ? SNAPSHOT_DAY_MAX : 0) &&
	    (h->flags & ~(uint32_t)(SNAPSHOT_LAB | SNAPSHOT_OUT)) == 0 &&
	    (kind == SNAPSHOT_BASE || h->base_serial <= h->serial);
}

int
snap_write_head(const struct snapshot_sink *sink, enum snapshot_kind kind,
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

int
snap_entry_ok(const struct snapshot_entry *e)
{
	const struct net net = snapshot_entry_net(e);

	if (e->code < SNAPSHOT_CODE_MIN || e->code > SNAPSHOT_CODE_MAX ||
	    e->form >= SNAPSHOT_FORMS || !addr_eq(&net.addr, &e->addr))
		return SEK_EPARSE;
	return snapshot_is_data(e) ? 0 : SNAPSHOT_END;
}
