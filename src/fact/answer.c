#include "fact/answer_body.h"

enum { OPT_LEN = 11, EDE_LEN = 6 };

enum ede {			/* RFC 8914 5.2 */
	EDE_NONE = -1, EDE_NOT_READY = 14, EDE_PROHIBITED = 18,
	EDE_NOT_AUTHORITATIVE = 20, EDE_NOT_SUPPORTED = 21,
};

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
	answer_find(&r->at, r->s, &r->q->name, above);
	r->aa = true;
	if (r->at.node == NODE_NONE)
		r->rcode = DNS_NXDOMAIN;
	answer_put_data(r);
	ttl_s = z->negative_ttl_s < z->ttl_s ? z->negative_ttl_s : z->ttl_s;
	if (r->an == 0 && r->w.err == 0)
		answer_put_soa(r, ttl_s, &r->ns);	/* RFC 2308 3 */
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
answer_make(const struct snapshot *s, const uint8_t *q, size_t n,
    const struct answer_asker *who, uint8_t *out, size_t cap,
    struct answer_info *info)
{
	struct dns_query query;
	int is = dns_query_read(&query, q, n);
	struct reply r = { .s = s, .q = &query, .now = who->now, .ede = EDE_NONE };
	bool tc;

	if (is == DNS_QUERY_DROP || cap < DNS_PLAIN)
		return 0;
	r.w = wbuf_of(out, room(&query, who->tcp, cap));
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
