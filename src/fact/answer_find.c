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
 *	*.c.b.a		A, TXT: an IPv4 range; so *.nibbles, 16 of them, for IPv6
 *	d.c.b.a		TXT: an exception inside a range; so 32 nibbles
 *
 * Names in between exist (NODATA) exactly when something that has a name lies
 * below.  An emptied list has its apexes, _status and name servers alone: who
 * looks for 127.0.0.2 sees that it is gone (RFC 6471 3.4).  "1.2" may lead to 2.1.0.0/16 and to 2100::/8 at once: both readings
 * count.
 *
 * Wildcards are those of RFC 4592: '*' is a name like any other; a name that does
 * not exist, in whatever form, is answered from the wildcard when the longest of
 * its ends that exists is the wildcard's parent.  All stand at one depth, three
 * labels or sixteen, and none where the two readings meet (snapshot_range_ok):
 * so the one question is whether the name's end one label longer exists. */

#include "fact/answer_body.h"

#include <string.h>

enum {
	LABELS = 127,
	V4_UNIT = (SNAPSHOT_RANGE_V4 - 96) / 8,	/* labels of a range */
	V6_UNIT = SNAPSHOT_RANGE_V6 / 4,
};

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

/* The n labels nearest to the root; the nearest is the first octet. */
static bool
read_v4(struct net *net, const struct labels *l, size_t n)
{
	if (n > 4)
		return false;
	*net = (struct net){ .addr = addr_v4(0, 0, 0, 0),
		.len = (uint8_t)(96 + 8 * n) };
	for (size_t i = 0; i < n; i++)
		if (!read_octet(&net->addr.o[12 + i], label(l, l->n - 1 - i)))
			return false;
	return true;
}

static bool
read_v6(struct net *net, const struct labels *l, size_t n)
{
	if (n > 32)
		return false;
	*net = (struct net){ .len = (uint8_t)(4 * n) };
	for (size_t i = 0; i < n; i++) {
		uint8_t v;

		if (!read_nibble(&v, label(l, l->n - 1 - i)))
			return false;
		net->addr.o[i / 2] |= (uint8_t)(i % 2 == 0 ? v << 4 : v);
	}
	return true;
}

/* Has the address a name of its own? */
static enum node
look_address(const struct place *p, const struct snapshot *s)
{
	if (snapshot_is(s, SNAPSHOT_RANGE, &p->addr, p->code))
		return snapshot_is(s, SNAPSHOT_EXCEPT, &p->addr, p->code) ?
		    NODE_EXCEPT : NODE_NONE;
	return snapshot_is(s, SNAPSHOT_ADDRESS, &p->addr, p->code) ?
	    NODE_ENTRY : NODE_NONE;
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
		return mapped || addr_eq(&net->addr, &never) ? NODE_NONE :
		    look_address(p, s);
	}
	if (net_has(net, &test))
		return NODE_EMPTY;
	return !mapped && snapshot_any(s, net, p->code) ? NODE_EMPTY : NODE_NONE;
}

/* The name of the n labels nearest to a root of entries. */
static enum node
find_entry(struct place *p, const struct snapshot *s, const struct labels *l,
    size_t n)
{
	enum node v4 = NODE_NONE, v6 = NODE_NONE;
	struct net net;

	if (n == 0)
		return NODE_EMPTY;
	if (read_v6(&net, l, n))
		v6 = look(p, s, &net, net.len >= 96 && addr_is_v4(&net.addr));
	if (v6 > NODE_EMPTY)
		return v6;
	if (read_v4(&net, l, n))
		v4 = look(p, s, &net, false);
	return v4 > v6 ? v4 : v6;
}

/* Name servers inside the zone, and the names between them and it. */
static enum node
find_host(struct place *p, const struct snapshot_zone *z,
    const struct dns_name *name)
{
	enum node node = NODE_NONE;
	size_t above;

	for (size_t i = 0; i < z->n_ns && node != NODE_HOST; i++) {
		if (!dns_name_below(&z->ns[i], name, &above))
			continue;
		p->ns = i;
		node = above == 0 ? NODE_HOST : NODE_EMPTY;
	}
	return node;
}

/* The end of name with the n labels nearest to the root of entries. */
static struct dns_name
end_of(const struct dns_name *name, const struct labels *l, size_t n)
{
	size_t at = l->at[l->n - n];
	struct dns_name end = { .len = (uint8_t)(name->len - at) };

	memcpy(end.o, name->o + at, end.len);
	return end;
}

/* Does the range that net is cover the name, or stands its wildcard there?
 * unit: labels of net; the name has more. */
static bool
covers(struct place *p, const struct snapshot *s, const struct dns_name *name,
    const struct labels *l, const struct net *net, size_t unit)
{
	bool star = str_eq(label(l, l->n - 1 - unit), STR("*"));
	struct place other = { .code = p->code };
	struct dns_name end;

	if (!snapshot_range_ok(net) ||
	    !snapshot_is(s, SNAPSHOT_RANGE, &net->addr, p->code))
		return false;
	end = end_of(name, l, unit + 1);
	if (star ? l->n > unit + 1 :
	    find_entry(&other, s, l, unit + 1) != NODE_NONE ||
	    find_host(&other, &s->base->zone, &end) != NODE_NONE)
		return false;	/* a nearer name exists */
	p->addr = net->addr;
	return true;
}

/* A name that does not exist, or a wildcard's own. */
static enum node
find_range(struct place *p, const struct snapshot *s,
    const struct dns_name *name, const struct labels *l)
{
	struct net net;

	if (l->n > V6_UNIT && read_v6(&net, l, V6_UNIT) &&
	    covers(p, s, name, l, &net, V6_UNIT))
		return NODE_RANGE;
	if (l->n > V4_UNIT && read_v4(&net, l, V4_UNIT) &&
	    covers(p, s, name, l, &net, V4_UNIT))
		return NODE_RANGE;
	return NODE_NONE;
}

/* Below a root of entries.  A host's name may be one of an entry, too; the
 * entry is what matters then. */
static enum node
find_below(struct place *p, const struct snapshot *s,
    const struct dns_name *name, const struct labels *l)
{
	enum node entry, host;

	if (snapshot_emptied(s))
		return find_host(p, &s->base->zone, name);
	entry = find_entry(p, s, l, l->n);
	if (entry > NODE_EMPTY)
		return entry;
	host = find_host(p, &s->base->zone, name);
	if (host != NODE_NONE)
		return host > entry ? host : entry;
	return entry != NODE_NONE ? entry : find_range(p, s, name, l);
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
		p->node = l.n == 1 ? NODE_STATUS :
		    find_host(p, &s->base->zone, name);
		return;
	}
	if (str_ieq(last, STR("out")) &&
	    (snapshot_now(s)->flags & SNAPSHOT_OUT) != 0) {
		p->code = RETURNCODE_EXIT;
		p->apex = l.at[--l.n];
		p->node = l.n == 0 ? NODE_APEX : find_below(p, s, name, &l);
		return;
	}
	if (str_ieq(last, STR("in")))
		l.n--;
	p->node = find_below(p, s, name, &l);
}
