#include "web/percent.h"

/* Octets of the sequence that begins with first, its least value and the bits
 * of first that count; 0: none begins so. */
static size_t
sequence(uint8_t first, uint32_t *bits, uint32_t *least)
{
	static const struct { uint8_t from, to, mask; uint32_t least; } heads[] = {
		{ 0x01, 0x7f, 0x7f, 0x01 }, { 0xc2, 0xdf, 0x1f, 0x80 },
		{ 0xe0, 0xef, 0x0f, 0x800 }, { 0xf0, 0xf4, 0x07, 0x10000 },
	};

	for (size_t i = 0; i < 4; i++)
		if (first >= heads[i].from && first <= heads[i].to) {
			*bits = first & heads[i].mask;
			*least = heads[i].least;
			return i + 1;
		}
	return 0;
}

bool
percent_utf8(struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	uint32_t c, least;
	size_t len;

	for (size_t at = 0; at < s.n; at += len) {
		len = sequence(p[at], &c, &least);
		if (len == 0 || len > s.n - at)
			return false;
		for (size_t i = 1; i < len; i++) {
			if ((p[at + i] & 0xc0) != 0x80)
				return false;
			c = c << 6 | (p[at + i] & 0x3f);
		}
		if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
	}
	return true;
}

static int
hex(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
percent_decode(struct str *out, struct arena *a, struct str s, bool plus)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (p == NULL)
		return SEK_ENOMEM;
	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '%') {
			p[n++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
			continue;
		}
		if (s.n - i < 3 || (high = hex(s.p[i + 1])) < 0 ||
		    (low = hex(s.p[i + 2])) < 0)
			return SEK_EPARSE;
		p[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*out = (struct str){ p, n };
	return percent_utf8(*out) ? 0 : SEK_EPARSE;
}
