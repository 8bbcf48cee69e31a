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

#include "fact/answer.h"

#include <string.h>

#include "fact/returncode.h"

enum {
	LABELS = 127,
	OPT_LEN = 11, EDE_LEN = 6,
	POINTER = 0xc000,
};

enum ede {			/* RFC 8914 5.2 */
	EDE_NONE = -1, EDE_NOT_READY = 14, EDE_PROHIBITED = 18,
	EDE_NOT_AUTHORITATIVE = 20, EDE_NOT_SUPPORTED = 21,
};

enum node {
	NODE_NONE,		/* NXDOMAIN */
	NODE_EMPTY,		/* something below: NODATA */
	NODE_APEX, NODE_STATUS, NODE_HOST, NODE_ENTRY, NODE_TEST,
};

struct place {			/* a name, found in the tree */
	enum node	node;
	unsigned	code;	/* which of the lists */
	size_t		apex;	/* where its zone begins in the question's name */
	size_t		ns;	/* of a host */
	struct addr	addr;	/* of an entry */
};

struct reply {
	const struct snapshot	*s;
	const struct dns_query	*q;
	struct wbuf		w;
	struct wall		now;
	struct place		at;
	unsigned		rcode;
	uint16_t		an, ns;
	int			ede;
	bool			aa;
};

struct labels {			/* offsets of the labels above a root */
	const uint8_t	*o;
	size_t		n;	/* labels */
	uint8_t		at[LABELS];
};

/* Finding a name --------------------------------------------------------- */

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

/* Sets *p for a name at or below ZONE, above octets of it in front. */
static void
find(struct place *p, const struct snapshot *s, const struct dns_name *name,
    size_t above)
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

/* Writing ---------------------------------------------------------------- */

/* A name, its end in ZONE replaced by a pointer into the question. */
static void
put_name(struct reply *r, const struct dns_name *name)
{
	const struct dns_name *zone = &r->s->base->zone.zone;
	size_t above;

	if (zone->len < 2 || !dns_name_below(name, zone, &above)) {
		dns_name_write(&r->w, name);
		return;
	}
	wbuf_bytes(&r->w, name->o, above);
	wbuf_u16(&r->w, (uint16_t)(POINTER | (DNS_HEAD + r->q->name.len - zone->len)));
}

/* Owner (a pointer to offset at of the question's name), type, class, TTL and
 * a length to be filled in; returns where. */
static size_t
rr_begin(struct reply *r, size_t at, uint16_t type, uint32_t ttl_s)
{
	if (r->q->name.len == 1)
		wbuf_u8(&r->w, 0);	/* the root has no use for a pointer */
	else
		wbuf_u16(&r->w, (uint16_t)(POINTER | (DNS_HEAD + at)));
	wbuf_u16(&r->w, type);
	wbuf_u16(&r->w, DNS_IN);
	wbuf_u32(&r->w, ttl_s);
	wbuf_u16(&r->w, 0);
	return r->w.len;
}

static void
rr_end(struct reply *r, size_t begin, uint16_t *count)
{
	size_t n = r->w.len - begin;

	if (r->w.err != 0)
		return;
	r->w.p[begin - 2] = (uint8_t)(n >> 8);
	r->w.p[begin - 1] = (uint8_t)n;
	++*count;
}

static void
put_soa(struct reply *r, uint32_t ttl_s, uint16_t *count)
{
	const struct snapshot_zone *z = &r->s->base->zone;
	size_t begin = rr_begin(r, r->at.apex, DNS_SOA, ttl_s);

	put_name(r, &z->ns[0]);
	put_name(r, &z->hostmaster);
	wbuf_u32(&r->w, snapshot_now(r->s)->serial);
	wbuf_u32(&r->w, z->refresh_s);
	wbuf_u32(&r->w, z->retry_s);
	wbuf_u32(&r->w, z->expire_s);
	wbuf_u32(&r->w, z->negative_ttl_s);
	rr_end(r, begin, count);
}

static void
put_ns(struct reply *r)
{
	const struct snapshot_zone *z = &r->s->base->zone;

	for (size_t i = 0; i < z->n_ns; i++) {
		size_t begin = rr_begin(r, r->at.apex, DNS_NS, z->ttl_s);

		put_name(r, &z->ns[i]);
		rr_end(r, begin, &r->an);
	}
}

static void
put_txt(struct reply *r, const char *text, size_t n, uint32_t ttl_s)
{
	size_t begin = rr_begin(r, 0, DNS_TXT, ttl_s);

	wbuf_u8(&r->w, (uint8_t)n);
	wbuf_bytes(&r->w, text, n);
	rr_end(r, begin, &r->an);
}

static bool
is_lab(const struct snapshot *s)
{
	return (snapshot_now(s)->flags & SNAPSHOT_LAB) != 0;
}

static void
put_entry_a(struct reply *r)
{
	uint8_t o[4] = { 127, 0, 0, (uint8_t)r->at.code };
	size_t begin = rr_begin(r, 0, DNS_A, r->s->base->zone.ttl_s);

	wbuf_bytes(&r->w, o, sizeof(o));
	rr_end(r, begin, &r->an);
}

static void
put_entry_txt(struct reply *r)
{
	const struct snapshot_zone *z = &r->s->base->zone;
	char text[RETURNCODE_TEXT];
	size_t n = r->at.node == NODE_TEST ?
	    returncode_write_test(text, is_lab(r->s)) :
	    returncode_write(text, r->at.code, &r->at.addr, z->url, is_lab(r->s));

	put_txt(r, text, n, z->ttl_s);
}

size_t
answer_status(char out[ANSWER_STATUS_TEXT], const struct snapshot *s)
{
	static const char *const lives[] = {
		[SNAPSHOT_ALIVE] = "alive", [SNAPSHOT_FROZEN] = "frozen",
		[SNAPSHOT_CLOSING] = "closing",
	};
	const struct snapshot_head *h = snapshot_now(s);
	struct wbuf w = wbuf_of(out, ANSWER_STATUS_TEXT);
	char made[WALL_TEXT], until[WALL_TEXT];

	wall_text(made, (struct wall){ h->made_s });
	wall_text(until, (struct wall){ h->expiry_s });
	wbuf_printf(&w, "%s serial=%lu made=%s expires=%s%s", lives[h->life],
	    (unsigned long)h->serial, made, until, is_lab(s) ? " LAB" : "");
	return w.len;
}

/* A cached "alive" must not outlive the expiry that it states. */
static void
put_status(struct reply *r)
{
	uint32_t ttl_s = r->s->base->zone.ttl_s;
	int64_t left = snapshot_now(r->s)->expiry_s - r->now.s;
	char text[ANSWER_STATUS_TEXT];

	if (left < ttl_s)
		ttl_s = left < 0 ? 0 : (uint32_t)left;
	put_txt(r, text, answer_status(text, r->s), ttl_s);
}

static void
put_host(struct reply *r, uint16_t type)
{
	const struct snapshot_zone *z = &r->s->base->zone;

	for (size_t i = 0; i < z->n_hosts; i++) {
		bool v4 = addr_is_v4(&z->hosts[i].addr);
		size_t begin;

		if (!dns_name_eq(&z->ns[z->hosts[i].ns], &z->ns[r->at.ns]) ||
		    v4 != (type == DNS_A))
			continue;
		begin = rr_begin(r, 0, type, z->ttl_s);
		wbuf_bytes(&r->w, z->hosts[i].addr.o + (v4 ? 12 : 0), v4 ? 4 : 16);
		rr_end(r, begin, &r->an);
	}
}

/* The records of the place for the question's type; of ANY one set (RFC 8482
 * 4.1). */
static void
put_data(struct reply *r)
{
	uint16_t type = r->q->type;

	switch (r->at.node) {
	case NODE_APEX:
		if (type == DNS_SOA || type == DNS_ANY)
			put_soa(r, r->s->base->zone.ttl_s, &r->an);
		else if (type == DNS_NS)
			put_ns(r);
		break;
	case NODE_STATUS:
		if (type == DNS_TXT || type == DNS_ANY)
			put_status(r);
		break;
	case NODE_HOST:
		if (type == DNS_A || type == DNS_ANY)
			put_host(r, DNS_A);
		if (type == DNS_AAAA || (type == DNS_ANY && r->an == 0))
			put_host(r, DNS_AAAA);
		break;
	case NODE_ENTRY:
	case NODE_TEST:
		if (type == DNS_A || type == DNS_ANY)
			put_entry_a(r);
		else if (type == DNS_TXT)
			put_entry_txt(r);
		break;
	case NODE_NONE:
	case NODE_EMPTY:
		break;
	}
}

/* Answering -------------------------------------------------------------- */

static void
refuse(struct reply *r, unsigned rcode, int ede)
{
	r->rcode = rcode;
	r->ede = ede;
}

/* Types that are no data: the query alone is wrong, or wants a transfer. */
static bool
is_meta(struct reply *r)
{
	uint16_t type = r->q->type;

	if (type == DNS_AXFR || type == DNS_IXFR)
		refuse(r, DNS_REFUSED, EDE_PROHIBITED);
	else if (type == DNS_OPT || type == 0 || type == DNS_TKEY ||
	    type == DNS_TSIG)
		refuse(r, DNS_FORMERR, EDE_NONE);
	else if (type >= 128 && type < DNS_ANY)
		refuse(r, DNS_NOTIMP, EDE_NOT_SUPPORTED);	/* MAILA, MAILB ... */
	else
		return false;
	return true;
}

/* A whole, understood question. */
static void
answer_question(struct reply *r)
{
	const struct snapshot_zone *z;
	uint32_t ttl_s;
	size_t above;

	if (r->s->base == NULL) {
		refuse(r, DNS_SERVFAIL, EDE_NOT_READY);
		return;
	}
	z = &r->s->base->zone;
	if (r->q->class != DNS_IN || !dns_name_below(&r->q->name, &z->zone, &above)) {
		refuse(r, DNS_REFUSED, EDE_NOT_AUTHORITATIVE);
		return;
	}
	if (is_meta(r))
		return;
	find(&r->at, r->s, &r->q->name, above);
	r->aa = true;
	if (r->at.node == NODE_NONE)
		r->rcode = DNS_NXDOMAIN;
	put_data(r);
	ttl_s = z->negative_ttl_s < z->ttl_s ? z->negative_ttl_s : z->ttl_s;
	if (r->an == 0 && r->w.err == 0)
		put_soa(r, ttl_s, &r->ns);	/* RFC 2308 3 */
}

static void
put_opt(struct reply *r)
{
	wbuf_u8(&r->w, 0);
	wbuf_u16(&r->w, DNS_OPT);
	wbuf_u16(&r->w, DNS_EDNS);
	wbuf_u8(&r->w, (uint8_t)(r->rcode >> 4));
	wbuf_u8(&r->w, 0);
	wbuf_u16(&r->w, r->q->dnssec_ok ? 0x8000 : 0);
	wbuf_u16(&r->w, r->ede == EDE_NONE ? 0 : EDE_LEN);
	if (r->ede == EDE_NONE)
		return;
	wbuf_u16(&r->w, 15);		/* option EDE: code alone, no text */
	wbuf_u16(&r->w, 2);
	wbuf_u16(&r->w, (uint16_t)r->ede);
}

/* The room for everything but the OPT record, which must always fit. */
static size_t
room(const struct dns_query *q, bool tcp, size_t cap)
{
	size_t most = DNS_PLAIN;

	if (tcp)
		most = ANSWER_TCP_MAX;
	else if (q->edns)
		most = q->size < DNS_EDNS ? q->size : DNS_EDNS;
	if (most > cap)
		most = cap;
	return q->edns ? most - OPT_LEN - EDE_LEN : most;
}

static void
put_head(struct reply *r, bool tc, bool opt)
{
	const uint16_t kept = DNS_OPCODE_MASK | DNS_RD | DNS_CD;
	struct wbuf w = wbuf_of(r->w.p, DNS_HEAD);
	struct dns_head h = {
		.id = r->q->head.id,
		.flags = (uint16_t)(DNS_QR | (r->q->head.flags & kept) |
		    (r->aa ? DNS_AA : 0) | (tc ? DNS_TC : 0) |
		    (r->rcode & DNS_RCODE_MASK)),
		.qd = r->q->question > 0,
		.an = r->an, .ns = r->ns, .ar = opt,
	};

	dns_head_write(&w, &h);
}

/* Chooses the answer for what dns_query_read() made of the query. */
static void
answer_kind(struct reply *r, int is)
{
	if (is == DNS_QUERY_FORMERR)
		refuse(r, DNS_FORMERR, EDE_NONE);
	else if (is == DNS_QUERY_NOTIMP)
		refuse(r, DNS_NOTIMP, EDE_NONE);
	else if (r->q->edns && r->q->version != 0)
		refuse(r, DNS_BADVERS, EDE_NONE);
	else
		answer_question(r);
}

size_t
answer_make(const struct snapshot *s, const uint8_t *q, size_t n, bool tcp,
    struct wall now, uint8_t *out, size_t cap, struct answer_info *info)
{
	struct dns_query query;
	int is = dns_query_read(&query, q, n);
	struct reply r = { .s = s, .q = &query, .now = now, .ede = EDE_NONE };
	bool tc;

	if (is == DNS_QUERY_DROP || cap < DNS_PLAIN)
		return 0;
	r.w = wbuf_of(out, room(&query, tcp, cap));
	r.w.len = DNS_HEAD;
	wbuf_bytes(&r.w, q + DNS_HEAD, query.question);	/* its case is kept */
	answer_kind(&r, is);
	tc = r.w.err != 0;
	if (tc) {
		r.w.err = 0;
		r.w.len = DNS_HEAD + query.question;
		r.an = r.ns = 0;
	}
	r.w.cap = cap;
	if (query.edns)
		put_opt(&r);
	put_head(&r, tc, query.edns);
	if (info != NULL)
		*info = (struct answer_info){ .rcode = r.rcode, .truncated = tc,
			.listed = r.at.node == NODE_ENTRY && r.an > 0 };
	return r.w.len;
}
