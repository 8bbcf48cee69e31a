#pragma once
/* wire/log_cut.h -- words off the left end of a mail log's line.
 *
 * Pure; shared by syslog and the servers' grammars.  Each takes what
 * the servers write in one way and leaves *s behind it.  Nothing is searched:
 * what a quote or an angle bracket holds never ends it, but its own mark.
 * Small and inline, since a log has many lines. */

#include <endian.h>
#include <string.h>

#include "base/str.h"
#include "wire/addr.h"

/* s without its first n octets, n <= s.n. */
static inline struct str
log_cut_off(struct str s, size_t n)
{
	return n == 0 ? s : (struct str){ s.p + n, s.n - n };
}

static inline bool
log_cut_begins(struct str s, struct str with)
{
	return s.n >= with.n && memcmp(s.p, with.p, with.n) == 0;
}

static inline bool
log_cut_ends(struct str s, struct str with)
{
	return s.n >= with.n && memcmp(s.p + s.n - with.n, with.p, with.n) == 0;
}

/* memcmp(a, b, n) == 0, for words: eight octets at a time, no call; the last
 * eight overlap those before. */
static inline bool
log_cut_same(const char *a, const char *b, size_t n)
{
	if (n >= 8) {
		for (size_t i = 0; n - i > 8; i += 8)
			if (memcmp(a + i, b + i, 8) != 0)
				return false;
		return memcmp(a + n - 8, b + n - 8, 8) == 0;
	}
	if (n >= 4)
		return memcmp(a, b, 4) == 0 && memcmp(a + n - 4, b + n - 4, 4) == 0;
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* Offset of the first octet c of p[0..n); n: none.  For words: eight octets at a
 * time, where a call of memchr() costs more than it saves. */
static inline size_t
log_cut_seek(const char *p, size_t n, char c)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), sought = ones * (uint8_t)c;
	size_t i = 0;

	for (; n - i >= 8; i += 8) {
		uint64_t v;

		memcpy(&v, p + i, sizeof(v));
		v = le64toh(v) ^ sought;	/* zero where c stands */
		v = (v - ones) & ~v & ones << 7;	/* its lowest bit: the first such octet */
		if (v != 0)
			return i + (size_t)__builtin_ctzll(v) / 8;
	}
	while (i < n && p[i] != c)
		i++;
	return i;
}

/* Takes lit if *s begins with it (case counts). */
static inline bool
log_cut_lit(struct str *s, struct str lit)
{
	if (!log_cut_begins(*s, lit))
		return false;
	*s = log_cut_off(*s, lit.n);
	return true;
}

/* Up to the first octet c, which is taken too; all of *s without one. */
static inline struct str
log_cut_to(struct str *s, char c)
{
	const char *at = s->n == 0 ? NULL : memchr(s->p, c, s->n);
	struct str head = { s->p, at == NULL ? s->n : (size_t)(at - s->p) };

	*s = log_cut_off(*s, at == NULL ? s->n : head.n + 1);
	return head;
}

/* Up to a blank, which stays. */
static inline struct str
log_cut_word(struct str *s)
{
	const char *at = s->n == 0 ? NULL : memchr(s->p, ' ', s->n);
	struct str head = { s->p, at == NULL ? s->n : (size_t)(at - s->p) };

	*s = log_cut_off(*s, head.n);
	return head;
}

static inline void
log_cut_blanks(struct str *s)
{
	while (s->n > 0 && s->p[0] == ' ')
		*s = log_cut_off(*s, 1);
}

/* n zero octets.  A function of its own, since gcc fills a struct whose size it
 * knows with "rep stos", which takes three times as long as the C library. */
void log_cut_zero(void *p, size_t n);

/* "..." with \ before a " or \ inside: what is between, escapes as written.
 * Without its end (a cut line): all there is. */
struct str log_cut_quoted(struct str *s);

/* An address without <>: up to a blank, a comma or > outside quotes; a quote
 * that never ends is none. */
struct str log_cut_mailbox(struct str *s);

/* An address with or without <>. */
struct str log_cut_address(struct str *s);

/* "<address>": what is between; without its > up to a blank; "" when *s does
 * not begin so. */
struct str log_cut_path(struct str *s);

/* Behind the next ": " that is outside <>; to the end without one. */
void log_cut_behind_colon(struct str *s);

/* "[192.0.2.1]", "[IPv6:2001:db8::1]", "[192.0.2.1]:25": taken, and true. */
bool log_cut_addr(struct addr *out, uint16_t *port, struct str *s);

/* Decimal digits; at least one, below 2^32: taken, and true. */
bool log_cut_u32(uint32_t *out, struct str *s);
