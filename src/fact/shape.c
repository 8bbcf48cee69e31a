#include "fact/shape.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"

static void
put_text(struct wbuf *w, struct str s, uint32_t max)
{
	if (s.n > max) {
		w->err = SEK_ELIMIT;
		return;
	}
	wbuf_u32(w, (uint32_t)s.n);
	wbuf_bytes(w, s.p, s.n);
}

static void
put_field(struct wbuf *w, const struct field *f, const uint8_t *at)
{
	switch (f->type) {
	case FIELD_U8:
		wbuf_u8(w, *at);
		break;
	case FIELD_U16:
		wbuf_u16(w, *(const uint16_t *)(const void *)at);
		break;
	case FIELD_U32:
		wbuf_u32(w, *(const uint32_t *)(const void *)at);
		break;
	case FIELD_U64:
	case FIELD_I64:
	case FIELD_WALL:
		wbuf_u64(w, *(const uint64_t *)(const void *)at);
		break;
	case FIELD_ADDR:
		wbuf_bytes(w, at, sizeof(struct addr));
		break;
	case FIELD_DIGEST:
		wbuf_bytes(w, at, sizeof(struct digest));
		break;
	case FIELD_TEXT:
	case FIELD_OCTETS:
		put_text(w, *(const struct str *)(const void *)at, f->max);
		break;
	}
}

void
shape_encode(struct wbuf *w, const struct shape *s, const void *p)
{
	for (size_t i = 0; i < s->n; i++)
		put_field(w, &s->fields[i],
		    (const uint8_t *)p + s->fields[i].offset);
}

static void
get_octets(struct rbuf *r, uint8_t *at, size_t n)
{
	const uint8_t *p = rbuf_bytes(r, n);

	if (p != NULL)
		memcpy(at, p, n);
}

static void
get_text(struct rbuf *r, struct str *out, uint32_t max)
{
	uint32_t n = rbuf_u32(r);
	const uint8_t *p;

	if (n > max) {
		r->err = SEK_EPARSE;
		return;
	}
	p = rbuf_bytes(r, n);
	if (p != NULL)
		*out = (struct str){ (const char *)p, n };
}

static void
get_field(struct rbuf *r, const struct field *f, uint8_t *at)
{
	switch (f->type) {
	case FIELD_U8:
		*at = rbuf_u8(r);
		break;
	case FIELD_U16:
		*(uint16_t *)(void *)at = rbuf_u16(r);
		break;
	case FIELD_U32:
		*(uint32_t *)(void *)at = rbuf_u32(r);
		break;
	case FIELD_U64:
	case FIELD_I64:
	case FIELD_WALL:
		*(uint64_t *)(void *)at = rbuf_u64(r);
		break;
	case FIELD_ADDR:
		get_octets(r, at, sizeof(struct addr));
		break;
	case FIELD_DIGEST:
		get_octets(r, at, sizeof(struct digest));
		break;
	case FIELD_TEXT:
	case FIELD_OCTETS:
		get_text(r, (struct str *)(void *)at, f->max);
		break;
	}
}

static_assert(sizeof(struct wall) == sizeof(uint64_t), "wall is one i64");

int
shape_decode(void *p, const struct shape *s, struct rbuf r)
{
	memset(p, 0, s->size);
	for (size_t i = 0; i < s->n; i++)
		get_field(&r, &s->fields[i], (uint8_t *)p + s->fields[i].offset);
	return r.err != 0 || r.at != r.n ? SEK_EPARSE : 0;
}
