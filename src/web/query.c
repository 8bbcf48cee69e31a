#include "web/query.h"

#include <string.h>

#include "web/when.h"

enum { LABEL_OCTETS = 63 };

static const char network[] = "query.network", bad_name[] = "query.bad-name";

/* Full-width ASCII (U+FF01..FF5E), the ideographic space and full stop as what
 * an input method meant by them; the rest as it is. */
static struct str
narrow(char out[QUERY_OCTETS], struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++, n++) {
		uint32_t c = i + 2 < s.n && p[i] >= 0xe0 && p[i] < 0xf0 ?
		    (uint32_t)(p[i] & 0xf) << 12 | (uint32_t)(p[i + 1] & 0x3f) << 6 |
		    (uint32_t)(p[i + 2] & 0x3f) : 0;

		if (c >= 0xff01 && c <= 0xff5e)
			out[n] = (char)(c - 0xfee0);
		else if (c == 0x3000 || c == 0x3002 || c == 0xff61)
			out[n] = c == 0x3000 ? ' ' : '.';
		else {
			out[n] = s.p[i];
			continue;
		}
		i += 2;
	}
	return (struct str){ out, n };
}

static struct str
after(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.n - n };
}

/* Quotes and brackets of a pasted text, commas and full stops of its sentence. */
static struct str
bare(struct str s)
{
	static const char around[] = "<>()\"'`,;. \t\r\n";

	while (s.n > 0 && memchr(around, s.p[0], sizeof(around) - 1) != NULL)
		s = after(s, 1);
	while (s.n > 0 && memchr(around, s.p[s.n - 1], sizeof(around) - 1) != NULL)
		s.n--;
	return s;
}

/* Off with ":25" and what else can follow a host; false: it is no port. */
static bool
is_port(struct str s)
{
	uint64_t port;

	return s.n == 0 || (s.p[0] == ':' && str_u64(&port, after(s, 1), 65535) == 0);
}

static void
none(struct query *out, const char *why)
{
	out->kind = QUERY_NONE;
	out->why = why;
}

static bool
is_addr(struct query *out, struct str s)
{
	if (str_istarts(s, STR("ipv6:")))
		s = after(s, 5);
	if (addr_parse(&out->addr, s) != 0)
		return false;
	out->kind = QUERY_ADDR;
	return true;
}

/* "[ADDRESS]" and "[ADDRESS]:25" */
static void
bracketed(struct query *out, struct str s)
{
	struct str inside = after(s, 1), rest;

	rest = inside;
	inside = str_cut(&rest, ']');
	if (!is_port(rest) || !is_addr(out, inside))
		none(out, str_find(inside, '%') >= 0 ? "query.zone-id" : bad_name);
}

/* --- names --- */

static bool
is_label(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= LABEL_OCTETS && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

static bool
all_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* A name of two labels or more, whose last one is not a number: 192.0.2.256 is
 * a slip of an address and no name. */
static bool
is_name(struct str s)
{
	struct str label = { 0 };
	size_t labels = 0;

	if (s.n >= QUERY_NAME)
		return false;
	do {
		bool last = str_find(s, '.') < 0;

		label = str_cut(&s, '.');
		if (!is_label(label) || (!last && s.n == 0))
			return false;
		labels++;
	} while (s.n > 0);
	return labels >= 2 && !all_digits(label);
}

static bool
is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] & 0x80) != 0)
			return false;
	return true;
}

/* The octets of "25.2.0.192" in their own order. */
static bool
reversed_v4(struct addr *out, struct str s)
{
	uint64_t o[4];

	for (size_t i = 0; i < 4; i++)
		if (str_u64(&o[3 - i], str_cut(&s, '.'), 255) != 0)
			return false;
	*out = addr_v4((uint8_t)o[0], (uint8_t)o[1], (uint8_t)o[2], (uint8_t)o[3]);
	return s.n == 0;
}

/* 32 nibbles, the last one first. */
static bool
reversed_v6(struct addr *out, struct str s)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;

	if (s.n != 63)
		return false;
	*out = addr_none;
	for (size_t i = 0; i < 32; i++) {
		size_t nibble = 31 - i;

		at = memchr(digits, ascii_lower(s.p[2 * i]), 16);
		if (at == NULL || (i < 31 && s.p[2 * i + 1] != '.'))
			return false;
		out->o[nibble / 2] |= (uint8_t)((at - digits) << (nibble % 2 ? 0 : 4));
	}
	return true;
}

/* A name of the list's own zone or of the reverse tree asks for an address. */
static bool
is_reversed(struct query *out, struct str s, struct str zone)
{
	const struct str trees[] = { zone, STR("in-addr.arpa"), STR("ip6.arpa") };

	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		struct str head = s;

		if (trees[i].n == 0 || s.n <= trees[i].n + 1 || !str_iends(s, trees[i]) ||
		    s.p[s.n - trees[i].n - 1] != '.')
			continue;
		head.n -= trees[i].n + 1;
		if (reversed_v4(&out->addr, head) || reversed_v6(&out->addr, head)) {
			out->kind = QUERY_ADDR;
			return true;
		}
	}
	return false;
}

static void
named(struct query *out, struct str s, enum query_kind kind, struct str zone)
{
	if (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	if (!is_name(s)) {
		none(out, is_ascii(s) ? bad_name : "query.idn");
		return;
	}
	if (is_reversed(out, s, zone))
		return;
	for (size_t i = 0; i < s.n; i++)
		out->name[i] = ascii_lower(s.p[i]);
	out->name[s.n] = '\0';
	out->kind = kind;
}

/* --- what it may be --- */

/* A host, maybe with a port: of a URL, behind an @, or alone. */
static void
host(struct query *out, struct str s, enum query_kind kind, struct str zone)
{
	struct str rest = s, first = str_cut(&rest, ':');

	if (s.n > 0 && s.p[0] == '[')
		bracketed(out, s);
	else if (is_addr(out, s))
		return;
	else if (str_find(s, '%') >= 0 && str_find(s, ':') >= 0)
		none(out, "query.zone-id");
	else if (first.n < s.n && !is_port((struct str){ s.p + first.n, s.n - first.n }))
		none(out, bad_name);
	else if (!is_addr(out, first))
		named(out, first, kind, zone);
}

static bool
is_network(struct str s)
{
	struct str rest = s, head = str_cut(&rest, '/');
	struct addr a;
	uint64_t len;

	return addr_parse(&a, head) == 0 && str_u64(&len, rest, 128) == 0;
}

/* "scheme://user@host:port/path?query" to host and port */
static struct str
authority(struct str s)
{
	static const char ends[] = "/?#\\";
	ptrdiff_t at;

	for (size_t i = 0; i < sizeof(ends) - 1; i++)
		s = str_cut(&(struct str){ s.p, s.n }, ends[i]);
	while ((at = str_find(s, '@')) >= 0)
		s = after(s, (size_t)at + 1);
	return s;
}

void
query_parse(struct query *out, struct str text, struct str zone)
{
	char room[QUERY_OCTETS];
	struct str s;
	ptrdiff_t at;

	*out = (struct query){ 0 };
	if (text.n > sizeof(room)) {
		none(out, "query.too-long");
		return;
	}
	s = bare(narrow(room, text));
	if (str_istarts(s, STR("mailto:")))
		s = authority(after(s, 7));
	if (s.n == 0)
		none(out, "query.empty");
	else if (is_network(s))
		none(out, network);
	else if ((at = str_search(s, STR("://"))) >= 0)
		host(out, authority(after(s, (size_t)at + 3)), QUERY_HOST, zone);
	else {
		while ((at = str_find(s, '@')) >= 0)
			s = after(s, (size_t)at + 1);
		host(out, str_find(s, '/') >= 0 ? authority(s) : s, QUERY_DOMAIN, zone);
	}
}

/* --- moments --- */

enum { DAY_LEN = 10 };

int
query_time(struct wall *out, struct str text, int64_t east_s)
{
	char last[] = "2026-11-27T23:59:59Z";
	int err;

	if (text.n != DAY_LEN || str_find(text, '-') < 0)
		return when_parse(out, text);
	memcpy(last, text.p, DAY_LEN);
	err = when_parse(out, (struct str){ last, sizeof(last) - 1 });
	if (err == 0)
		out->s -= east_s;
	return err;
}
