#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t *
rbuf_bytes(struct rbuf *b, size_t n)
{
	const uint8_t *p;

	if (b->err != 0 || n > b->n - b->at) {
		b->err = SEK_EPARSE;
		return NULL;
	}
	p = b->p + b->at;
	b->at += n;
	return p;
}

uint8_t
rbuf_u8(struct rbuf *b)
{
	const uint8_t *p = rbuf_bytes(b, 1);

	if (p == NULL)
		return 0;
	return p[0];
}

uint16_t
rbuf_u16(struct rbuf *b)
{
	const uint8_t *p = rbuf_bytes(b, 2);

	if (p == NULL)
		return 0;
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
rbuf_u32(struct rbuf *b)
{
	uint32_t hi = rbuf_u16(b);

	return hi << 16 | rbuf_u16(b);
}

uint64_t
rbuf_u64(struct rbuf *b)
{
	uint64_t hi = rbuf_u32(b);

	return hi << 32 | rbuf_u32(b);
}

void
wbuf_bytes(struct wbuf *b, const void *p, size_t n)
{
	if (b->err != 0 || n > b->cap - b->len) {
		b->err = SEK_ELIMIT;
		return;
	}
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
}

void
wbuf_u8(struct wbuf *b, uint8_t v)
{
	wbuf_bytes(b, &v, 1);
}

void
wbuf_u16(struct wbuf *b, uint16_t v)
{
	uint8_t o[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	wbuf_bytes(b, o, sizeof(o));
}

void
wbuf_u32(struct wbuf *b, uint32_t v)
{
	wbuf_u16(b, (uint16_t)(v >> 16));
	wbuf_u16(b, (uint16_t)v);
}

void
wbuf_u64(struct wbuf *b, uint64_t v)
{
	wbuf_u32(b, (uint32_t)(v >> 32));
	wbuf_u32(b, (uint32_t)v);
}

void
wbuf_str(struct wbuf *b, const char *s)
{
	wbuf_bytes(b, s, strlen(s));
}

void
wbuf_printf(struct wbuf *b, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		b->err = SEK_ELIMIT;
	else
		wbuf_bytes(b, text, (size_t)n);
}

int
gbuf_add(struct gbuf *g, const void *p, size_t n)
{
	size_t cap = g->cap == 0 ? 512 : g->cap;
	uint8_t *grown;

	if (n > g->max - g->len)
		return SEK_ELIMIT;
	while (cap < g->len + n)
		cap *= 2;
	if (cap != g->cap) {
		grown = realloc(g->p, cap);
		if (grown == NULL)
			return SEK_ENOMEM;
		g->p = grown;
		g->cap = cap;
	}
	if (n > 0)
		memcpy(g->p + g->len, p, n);
	g->len += n;
	return 0;
}

void
gbuf_drop(struct gbuf *g, size_t n)
{
	assert(n <= g->len);
	if (n == 0)
		return;
	g->len -= n;
	memmove(g->p, g->p + n, g->len);
}

void
gbuf_free(struct gbuf *g)
{
	free(g->p);
	g->p = NULL;
	g->len = g->cap = 0;
}
