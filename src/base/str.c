#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct str
str_of(const char *s)
{
	return (struct str){ s, s == NULL ? 0 : strlen(s) };
}

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_ieq(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

bool
str_istarts(struct str s, struct str prefix)
{
	return s.n >= prefix.n &&
	    str_ieq((struct str){ s.p, prefix.n }, prefix);
}

bool
str_iends(struct str s, struct str suffix)
{
	if (s.n < suffix.n)
		return false;
	return str_ieq((struct str){ s.p + (s.n - suffix.n), suffix.n }, suffix);
}

struct str
str_trim(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

ptrdiff_t
str_find(struct str s, char c)
{
	const char *at = s.n == 0 ? NULL : memchr(s.p, c, s.n);

	return at == NULL ? -1 : at - s.p;
}

ptrdiff_t
str_search(struct str s, struct str needle)
{
	const char *at;

	if (needle.n == 0)
		return 0;
	at = s.n == 0 ? NULL : memmem(s.p, s.n, needle.p, needle.n);
	return at == NULL ? -1 : at - s.p;
}

struct str
str_cut(struct str *s, char c)
{
	ptrdiff_t at = str_find(*s, c);
	struct str head = *s;

	if (at < 0) {
		*s = (struct str){ s->n > 0 ? s->p + s->n : s->p, 0 };
		return head;
	}
	head.n = (size_t)at;
	*s = (struct str){ s->p + at + 1, s->n - head.n - 1 };
	return head;
}

int
str_u64(uint64_t *out, struct str s, uint64_t max)
{
	uint64_t v = 0;

	if (s.n == 0 || s.n > 20)
		return SEK_EPARSE;
	for (size_t i = 0; i < s.n; i++) {
		uint64_t d = (uint64_t)(s.p[i] - '0');

		if (!ascii_digit(s.p[i]))
			return SEK_EPARSE;
		if (v > (UINT64_MAX - d) / 10)
			return SEK_ELIMIT;
		v = v * 10 + d;
	}
	if (v > max)
		return SEK_ELIMIT;
	*out = v;
	return 0;
}

/* Reads one sequence; returns its length, or 0. */
static size_t
utf8(uint32_t *out, const uint8_t *p, size_t n)
{
	size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t c;

	if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
		return 0;
	c = p[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if ((len == 3 && c < 0x800) || (len == 4 && c < 0x10000) ||
	    c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return len;
}

size_t
str_utf8(const uint8_t *p, size_t n)
{
	uint32_t c;

	return utf8(&c, p, n);
}

size_t
str_utf8_safe(const uint8_t *p, size_t n)
{
	uint32_t c;
	size_t len = utf8(&c, p, n);

	if (len == 0 || c < 0xa0 || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	    c == 0x61c || c == 0xfeff)
		return 0;	/* C1 controls, zero width, direction marks */
	return len;
}

/* Writes the harmless form of the octets at p into piece; returns its length
 * and sets *took. */
static size_t
clean_one(char piece[5], const uint8_t *p, size_t n, size_t *took)
{
	size_t len = str_utf8_safe(p, n);

	*took = 1;
	if (len > 0) {
		*took = len;
		memcpy(piece, p, len);
		return len;
	}
	if (p[0] == '\\' || p[0] == '"') {
		piece[0] = '\\';
		piece[1] = (char)p[0];
		return 2;
	}
	if (p[0] >= 0x20 && p[0] < 0x7f) {
		piece[0] = (char)p[0];
		return 1;
	}
	snprintf(piece, 5, "\\x%02x", p[0]);
	return 4;
}

size_t
str_clean(char *out, size_t cap, struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	size_t len = 0, safe = 0, took, add;
	char piece[5];

	assert(cap > 0);
	for (size_t i = 0; i < s.n; i += took) {
		add = clean_one(piece, p + i, s.n - i, &took);
		if (len + add >= cap) {
			len = safe;
			for (int d = 0; d < 3 && len + 1 < cap; d++)
				out[len++] = '.';
			break;
		}
		memcpy(out + len, piece, add);
		len += add;
		if (len + 3 < cap)
			safe = len;
	}
	out[len] = '\0';
	return len;
}

int
str_copy(char *out, size_t cap, struct str s)
{
	if (s.n >= cap) {
		if (cap > 0)
			out[0] = '\0';
		return SEK_ELIMIT;
	}
	if (s.n > 0)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return 0;
}

static const char base32_letters[] = "abcdefghijklmnopqrstuvwxyz234567";

void
str_base32(char *out, const void *in, size_t n)
{
	const uint8_t *p = in;
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 5; have -= 5)
			*out++ = base32_letters[bits >> (have - 5) & 31];
		bits &= 31;
	}
	if (have > 0)
		*out++ = base32_letters[bits << (5 - have) & 31];
	*out = '\0';
}

static int
base32_value(char c)
{
	c = ascii_lower(c);
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

int
str_unbase32(void *out, size_t n, struct str s)
{
	uint8_t *p = out;
	uint32_t bits = 0;
	unsigned have = 0;
	size_t len = 0;

	if (s.n != (n * 8 + 4) / 5)
		return SEK_EPARSE;
	for (size_t i = 0; i < s.n; i++) {
		int v = base32_value(s.p[i]);

		if (v < 0)
			return SEK_EPARSE;
		bits = (bits << 5 | (uint32_t)v) & 0xfff;
		have += 5;
		if (have >= 8) {
			have -= 8;
			p[len++] = (uint8_t)(bits >> have);
		}
	}
	return (bits & ((1u << have) - 1)) == 0 ? 0 : SEK_EPARSE;
}

void
str_hex(char *out, const void *in, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = in;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static int
hex_value(char c)
{
	c = ascii_lower(c);
	if (ascii_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
str_unhex(void *out, size_t n, struct str s)
{
	uint8_t *p = out;

	if (s.n != 2 * n)
		return SEK_EPARSE;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_value(s.p[2 * i]), lo = hex_value(s.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return SEK_EPARSE;
		p[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}
