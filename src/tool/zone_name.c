#include "tool/zone_name.h"

#include <string.h>

enum { LABELS = 33 };		/* '*' and 32 nibbles at most */

static size_t
cut_labels(struct str out[LABELS], const struct dns_name *name, size_t above)
{
	size_t n = 0;

	for (size_t at = 0; at < above && n < LABELS; at += name->o[at] + 1u)
		out[n++] = (struct str){ (const char *)name->o + at + 1, name->o[at] };
	return n;
}

static bool
read_octet(uint8_t *out, struct str s)
{
	uint64_t v;

	if (s.n > 3 || (s.n > 1 && s.p[0] == '0') || str_u64(&v, s, UINT8_MAX) != 0)
		return false;
	*out = (uint8_t)v;
	return true;
}

/* l[n - 1] is the first octet. */
static bool
read_v4(struct net *net, const struct str *l, size_t n)
{
	*net = (struct net){ addr_v4(0, 0, 0, 0), (uint8_t)(96 + 8 * n) };
	for (size_t i = 0; i < n; i++)
		if (!read_octet(&net->addr.o[12 + i], l[n - 1 - i]))
			return false;
	return true;
}

static bool
read_v6(struct net *net, const struct str *l, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	*net = (struct net){ .len = (uint8_t)(4 * n) };
	for (size_t i = 0; i < n; i++) {
		const struct str s = l[n - 1 - i];
		const char *at = s.n != 1 ? NULL :
		    memchr(digits, ascii_lower(s.p[0]), sizeof(digits) - 1);

		if (at == NULL)
			return false;
		net->addr.o[i / 2] |= (uint8_t)((at - digits) << (i % 2 == 0 ? 4 : 0));
	}
	return true;
}

/* Up to three labels can be either; a wildcard of nibbles so short is wider
 * than anyone may import, so octets are meant. */
enum zone_name_is
zone_name_read(struct net *net, const struct dns_name *name, size_t above)
{
	struct str all[LABELS], *l = all;
	size_t n = cut_labels(all, name, above);
	bool star = n > 0 && str_eq(l[0], STR("*"));
	enum zone_name_is is = star ? ZONE_NAME_WILDCARD : ZONE_NAME_ADDRESS;

	l += star;
	n -= star;
	if ((star ? n < 4 : n == 4) && read_v4(net, l, n))
		return is;
	if ((star ? n < 32 : n == 32) && read_v6(net, l, n))
		return addr_is_v4(&net->addr) ? ZONE_NAME_MAPPED : is;
	return ZONE_NAME_OTHER;
}
