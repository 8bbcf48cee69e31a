#pragma once
/* base/buf.h -- cursors over octets, with an error that sticks.
 *
 * Read or write many fields, check err once at the end: after the first
 * overrun every call does nothing and reads give zeros.  Integers are in
 * network byte order.  No allocation. */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct rbuf {
	const uint8_t	*p;	/* borrowed */
	size_t		 n;	/* octets at p */
	size_t		 at;	/* octets consumed, <= n */
	int		 err;	/* 0 or SEK_EPARSE, sticky */
};

struct wbuf {
	uint8_t	*p;	/* borrowed */
	size_t	 cap;	/* octets at p */
	size_t	 len;	/* octets written, <= cap */
	int	 err;	/* 0 or SEK_ELIMIT, sticky */
};

static inline struct rbuf
rbuf_of(const void *p, size_t n)
{
	return (struct rbuf){ .p = p, .n = n };
}

static inline struct wbuf
wbuf_of(void *p, size_t cap)
{
	return (struct wbuf){ .p = p, .cap = cap };
}

static inline size_t
rbuf_left(const struct rbuf *b)
{
	return b->err != 0 ? 0 : b->n - b->at;
}

uint8_t rbuf_u8(struct rbuf *b);
uint16_t rbuf_u16(struct rbuf *b);
uint32_t rbuf_u32(struct rbuf *b);
uint64_t rbuf_u64(struct rbuf *b);

/* Returns n octets in place (borrowed from b), or NULL past the end. */
const uint8_t *rbuf_bytes(struct rbuf *b, size_t n);

void wbuf_u8(struct wbuf *b, uint8_t v);
void wbuf_u16(struct wbuf *b, uint16_t v);
void wbuf_u32(struct wbuf *b, uint32_t v);
void wbuf_u64(struct wbuf *b, uint64_t v);
void wbuf_bytes(struct wbuf *b, const void *p, size_t n);
void wbuf_str(struct wbuf *b, const char *s);	/* without the NUL */

/* Appends formatted text without a NUL. */
void wbuf_printf(struct wbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A growing buffer of octets, for what has no small fixed bound. */
struct gbuf {
	uint8_t	*p;	/* owned; NULL while empty */
	size_t	 len;
	size_t	 cap;
	size_t	 max;	/* never holds more than this many octets; set by the owner */
};

/* Appends n octets.  Returns 0, SEK_ENOMEM, or SEK_ELIMIT past g->max; on
 * failure g is as before. */
int gbuf_add(struct gbuf *g, const void *p, size_t n) MUST_CHECK;

/* Drops the first n octets (n <= len). */
void gbuf_drop(struct gbuf *g, size_t n);
void gbuf_free(struct gbuf *g);
