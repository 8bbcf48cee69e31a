#include "wire/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const struct addr addr_none;

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

struct addr
addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct addr){ { [10] = 0xff, [11] = 0xff, [12] = a, b, c, d } };
}

bool
addr_is_v4(const struct addr *a)
{
	return memcmp(a->o, mapped, sizeof(mapped)) == 0;
}

bool
addr_is_none(const struct addr *a)
{
	return addr_eq(a, &addr_none);
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	return memcmp(a->o, b->o, sizeof(a->o));
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_cmp(a, b) == 0;
}

/* One to three digits at p, without a leading zero, at most 255.  Returns what is
 * behind them; NULL: they are none.  By hand, since logs hold millions. */
static const char *
octet_take(uint8_t *out, const char *p, const char *end)
{
	unsigned v, d;

	if (p == end || (v = (uint8_t)*p - (unsigned)'0') > 9)
		return NULL;
	p++;
	if (p < end && (d = (uint8_t)*p - (unsigned)'0') <= 9) {
		if (v == 0)
			return NULL;
		v = v * 10 + d;
		p++;
		if (p < end && (d = (uint8_t)*p - (unsigned)'0') <= 9) {
			v = v * 10 + d;
			p++;
		}
	}
	*out = (uint8_t)v;
	return v <= 255 ? p : NULL;
}

static int
quad_parse(struct addr *out, struct str s)
{
	const char *p = s.p, *end = s.n > 0 ? s.p + s.n : s.p;
	uint8_t o[4];

	for (int i = 0; i < 4; i++) {
		if (i > 0 && (p == end || *p++ != '.'))
			return SEK_EPARSE;
		if ((p = octet_take(&o[i], p, end)) == NULL)
			return SEK_EPARSE;
	}
	if (p != end)
		return SEK_EPARSE;
	*out = addr_v4(o[0], o[1], o[2], o[3]);
	return 0;
}

int
addr_parse(struct addr *out, struct str s)
{
	char text[ADDR_TEXT];
	struct addr a = { 0 };

	if (quad_parse(out, s) == 0)
		return 0;
	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, ':', s.n) == NULL)
		return SEK_EPARSE;
	if (memchr(s.p, '\0', s.n) != NULL || str_copy(text, sizeof(text), s) != 0 ||
	    inet_pton(AF_INET6, text, a.o) != 1)
		return SEK_EPARSE;
	*out = a;
	return 0;
}

int
net_parse(struct net *out, struct str s)
{
	bool has_len = str_find(s, '/') >= 0;
	struct str head = str_cut(&s, '/');
	struct net n = { .len = 128 };
	uint64_t len = 0;
	unsigned shift;

	if (addr_parse(&n.addr, head) != 0)
		return SEK_EPARSE;
	shift = str_find(head, ':') >= 0 ? 0 : 96;
	if (has_len) {
		if (str_u64(&len, s, 128 - shift) != 0)
			return SEK_EPARSE;
		n.len = (uint8_t)(len + shift);
	}
	struct addr masked = addr_mask(&n.addr, n.len);

	if (!addr_eq(&masked, &n.addr))
		return SEK_EPARSE;
	*out = n;
	return 0;
}

void
addr_text(char out[ADDR_TEXT], const struct addr *a)
{
	if (addr_is_v4(a))
		inet_ntop(AF_INET, a->o + 12, out, ADDR_TEXT);
	else
		inet_ntop(AF_INET6, a->o, out, ADDR_TEXT);
}

void
net_text(char out[NET_TEXT], const struct net *n)
{
	char text[ADDR_TEXT];
	bool v4 = addr_is_v4(&n->addr) && n->len >= 96;
	unsigned len = v4 ? n->len - 96u : n->len;

	addr_text(text, &n->addr);
	if (len == (v4 ? 32 : 128))
		snprintf(out, NET_TEXT, "%s", text);
	else
		snprintf(out, NET_TEXT, "%s/%u", text, len);
}

void
addr_labels(char out[ADDR_LABELS], const struct addr *a)
{
	static const char digits[] = "0123456789abcdef";

	if (addr_is_v4(a)) {
		snprintf(out, ADDR_LABELS, "%u.%u.%u.%u",
		    a->o[15], a->o[14], a->o[13], a->o[12]);
		return;
	}
	for (int i = 15; i >= 0; i--) {
		*out++ = digits[a->o[i] & 15];
		*out++ = '.';
		*out++ = digits[a->o[i] >> 4];
		*out++ = i > 0 ? '.' : '\0';
	}
}

struct addr
addr_mask(const struct addr *a, unsigned len)
{
	struct addr m = *a;

	for (unsigned i = 0; i < 16; i++) {
		unsigned keep = len > i * 8 ? len - i * 8 : 0;

		if (keep < 8)
			m.o[i] &= (uint8_t)(0xff00u >> keep);
	}
	return m;
}

struct addr
net_last(const struct net *n)
{
	struct addr last = n->addr;

	for (unsigned i = 0; i < sizeof(last.o); i++) {
		unsigned keep = n->len > i * 8 ? n->len - i * 8u : 0;

		if (keep < 8)
			last.o[i] |= (uint8_t)(0xff >> keep);
	}
	return last;
}

bool
net_has(const struct net *n, const struct addr *a)
{
	struct addr m = addr_mask(a, n->len);

	return addr_eq(&m, &n->addr);
}

bool
net_within(const struct net *inner, const struct net *outer)
{
	return inner->len >= outer->len && net_has(outer, &inner->addr);
}
