/* The tree under ZONE:
 *
 *	ZONE		SOA, NS
 *	_status		TXT
 *	in		a second root of the entries, no zone of its own
 *	out		SOA, NS: a zone of its own with the exits, when switched on
 *	ns...		A, AAAA of name servers that stand inside ZONE
 *	127.0.0.2	and ::ffff:127.0.0.2 in nibbles: test entries, below each root
 *	d.c.b.a		A, TXT: IPv4, decimal without leading zeros
 *	nibbles		A, TXT: IPv6, 32 of them
 *
 * Names in between exist (NODATA) exactly when something listed lies below.
 * "1.2" may lead to 2.1.0.0/16 and to 2100::/8 at once: both readings count. */

#include "fact/answer_body.h"

#include "fact/returncode.h"

enum { LABELS = 127 };

struct labels {			/* offsets of the labels above a root */
	const uint8_t	*o;
	size_t		n;	/* labels */
	uint8_t		at[LABELS];
};

static struct str
label(const struct labels *l, size_t i)
{
	const uint8_t *p = l->o + l->at[i];

	return (struct str){ (const char *)p + 1, p[0] };
}

static void
cut_labels(struct labels *l, const struct dns_name *name, size_t above)
{
	l->o = name->o;
	l->n = 0;
	for (size_t at = 0; at < above; at += name->o[at] + 1u)
		l->at[l->n++] = (uint8_t)at;
}

/* A decimal octet as it is written in reverse names: no leading zero. */
static bool
read_octet(uint8_t *out, struct str s)
{
	unsigned v = 0;

	if (s.n == 0 || s.n > 3 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_digit(s.p[i]))
			return false;
		v = v * 10 + (unsigned)(s.p[i] - '0');
	}
	*out = (uint8_t)v;
	return v <= 255;
}

static bool
read_nibble(uint8_t *out, struct str s)
{
	char c = s.n == 1 ? ascii_lower(s.p[0]) : ' ';

	if (ascii_digit(c))
		*out = (uint8_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*out = (uint8_t)(c - 'a' + 10);
	else
		return false;
	return true;
}

/* The labels nearest to the root are the first octets. */
static bool
read_v4(struct net *net, const struct labels *l)
{
	if (l->n > 4)
		return false;
	*net = (struct net){ .addr = addr_v4(0, 0, 0, 0),
		.len = (uint8_t)(96 + 8 * l->n) };
	for (size_t i = 0; i < l->n; i++)
		if (!read_octet(&net->addr.o[12 + i], label(l, l->n - 1 - i)))
			return false;
	return true;
}

static bool
read_v6(struct net *net, const struct labels *l)
{
	if (l->n > 32)
		return false;
	*net = (struct net){ .len = (uint8_t)(4 * l->n) };
	for (size_t i = 0; i < l->n; i++) {
		uint8_t v;

		if (!read_nibble(&v, label(l, l->n - 1 - i)))
			return false;
		net->addr.o[i / 2] |= (uint8_t)(i % 2 == 0 ? v << 4 : v);
	}
	return true;
}

/* What stands at one reading of the name.  mapped: these are nibbles of
 * ::ffff:0:0/96, where the test entry lives and nothing else: an IPv4 address
 * has one name only. */
static enum node
look(struct place *p, const struct snapshot *s, const struct net *net,
    bool mapped)
{
	const struct addr test = addr_v4(127, 0, 0, 2);
	const struct addr never = addr_v4(127, 0, 0, 1);

	if (net->len == 128) {
		p->addr = net->addr;
		if (addr_eq(&net->addr, &test))
			return NODE_TEST;
		return !mapped && !addr_eq(&net->addr, &never) &&
		    snapshot_has(s, &net->addr, p->code) ? NODE_ENTRY : NODE_NONE;
	}
	if (net_has(net, &test))
		return NODE_EMPTY;
	return !mapped && snapshot_any(s, net, p->code) ? NODE_EMPTY : NODE_NONE;
}

/* Below a root of entries. */
static enum node
find_entry(struct place *p, const struct snapshot *s, const struct labels *l)
{
	enum node v4 = NODE_NONE, v6 = NODE_NONE;
	struct net net;

	if (l->n == 0)
		return NODE_EMPTY;
	if (read_v6(&net, l))
		v6 = look(p, s, &net, net.len >= 96 && addr_is_v4(&net.addr));
	if (v6 > NODE_EMPTY)
		return v6;
	if (read_v4(&net, l))
		v4 = look(p, s, &net, false);
	return v4 > v6 ? v4 : v6;
}

/* Name servers inside the zone, and the names between them and it. */
static enum node
find_host(struct place *p, const struct snapshot_zone *z,
    const struct dns_name *name)
{
	size_t above;

	for (size_t i = 0; i < z->n_ns; i++) {
		if (!dns_name_below(&z->ns[i], name, &above))
			continue;
		p->ns = i;
		return above == 0 ? NODE_HOST : NODE_EMPTY;
	}
	return NODE_NONE;
}

void
answer_find(struct place *p, const struct snapshot *s,
    const struct dns_name *name, size_t above)
{
	struct labels l;
	struct str last;

	*p = (struct place){ .node = NODE_APEX, .code = RETURNCODE_ENTRY, .apex = above };
	if (above == 0)
		return;
	cut_labels(&l, name, above);
	last = label(&l, l.n - 1);
	if (str_ieq(last, STR("_status"))) {
		p->node = l.n == 1 ? NODE_STATUS : NODE_NONE;
		return;
	}
	if (str_ieq(last, STR("out")) &&
	    (snapshot_now(s)->flags & SNAPSHOT_OUT) != 0) {
		p->code = RETURNCODE_EXIT;
		p->apex = l.at[--l.n];
		p->node = l.n == 0 ? NODE_APEX : find_entry(p, s, &l);
		return;
	}
	if (str_ieq(last, STR("in")))
		l.n--;
	p->node = find_entry(p, s, &l);
	if (p->node == NODE_NONE)
		p->node = find_host(p, &s->base->zone, name);
}
