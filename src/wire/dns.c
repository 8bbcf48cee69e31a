#include "wire/dns.h"

#include <string.h>

enum { TTL_MAX = 0x7fffffff };	/* RFC 2181 8 */

void
dns_head_read(struct dns_head *h, struct rbuf *m)
{
	h->id = rbuf_u16(m);
	h->flags = rbuf_u16(m);
	h->qd = rbuf_u16(m);
	h->an = rbuf_u16(m);
	h->ns = rbuf_u16(m);
	h->ar = rbuf_u16(m);
}

void
dns_head_write(struct wbuf *w, const struct dns_head *h)
{
	wbuf_u16(w, h->id);
	wbuf_u16(w, h->flags);
	wbuf_u16(w, h->qd);
	wbuf_u16(w, h->an);
	wbuf_u16(w, h->ns);
	wbuf_u16(w, h->ar);
}

void
dns_rr_read(struct dns_rr *rr, struct rbuf *m)
{
	dns_name_read(&rr->owner, m);
	rr->type = rbuf_u16(m);
	rr->class = rbuf_u16(m);
	rr->ttl_s = rbuf_u32(m);
	rr->len = rbuf_u16(m);
	rr->at = m->at;
	(void)rbuf_bytes(m, rr->len);
}

/* The rdata of rr alone: names in it may point back, not read past it. */
static struct rbuf
rdata_of(const struct rbuf *m, const struct dns_rr *rr)
{
	struct rbuf d = rbuf_of(m->p, rr->at + rr->len);

	d.at = rr->at;
	return d;
}

/* Client ----------------------------------------------------------------- */

size_t
dns_query_build(uint8_t out[DNS_QUERY_MAX], uint16_t id,
    const struct dns_name *name, uint16_t type)
{
	struct wbuf w = wbuf_of(out, DNS_QUERY_MAX);
	struct dns_head h = { .id = id, .flags = DNS_RD | DNS_AD, .qd = 1, .ar = 1 };

	dns_head_write(&w, &h);
	dns_name_write(&w, name);
	wbuf_u16(&w, type);
	wbuf_u16(&w, DNS_IN);
	wbuf_u8(&w, 0);		/* OPT: owner, type, size, flags, no options */
	wbuf_u16(&w, DNS_OPT);
	wbuf_u16(&w, DNS_EDNS);
	wbuf_u32(&w, 0);
	wbuf_u16(&w, 0);
	return w.len;
}

static int
rdata_name(struct dns_name *out, const struct rbuf *m, const struct dns_rr *rr)
{
	struct rbuf d = rdata_of(m, rr);

	dns_name_read(out, &d);
	return d.err != 0 || rbuf_left(&d) != 0 ? SEK_EPARSE : 0;
}

/* RFC 2181 8: a TTL with the top bit set is 0. */
static uint32_t
ttl_of(const struct dns_rr *rr)
{
	return rr->ttl_s > TTL_MAX ? 0 : rr->ttl_s;
}

/* Reads the whole answer section and, with follow, takes the CNAME at
 * r->owner.  Returns 0 and moves r->owner, DNS_END without one, or
 * SEK_EPARSE. */
static int
chain_step(struct dns_reply *r, bool follow)
{
	struct rbuf m = r->m;
	struct dns_name to = { 0 };
	struct dns_rr rr;

	for (uint16_t i = 0; i < r->left; i++) {
		dns_rr_read(&rr, &m);
		if (m.err != 0)
			return m.err;
		if (!follow || to.len != 0 || rr.type != DNS_CNAME ||
		    rr.class != DNS_IN || !dns_name_eq(&rr.owner, &r->owner))
			continue;
		if (rdata_name(&to, &m, &rr) != 0)
			return SEK_EPARSE;
		if (ttl_of(&rr) < r->ttl_s)
			r->ttl_s = ttl_of(&rr);
	}
	if (to.len == 0)
		return DNS_END;
	r->owner = to;
	return 0;
}

static int
chain_follow(struct dns_reply *r)
{
	bool follow = r->type != DNS_CNAME && r->type != DNS_ANY;
	int err;

	while ((err = chain_step(r, follow)) == 0)
		if (++r->chain > DNS_CHAIN_MAX)
			return SEK_ELIMIT;
	return err == DNS_END ? 0 : err;
}

/* Takes the upper bits of the rcode out of the OPT record, when there is one.
 * What follows the answer section may be cut or broken: it is not used. */
static void
read_opt(struct dns_reply *r, unsigned skip, unsigned ar)
{
	struct rbuf m = r->m;
	struct dns_rr rr;

	while (skip-- > 0 && m.err == 0)
		dns_rr_read(&rr, &m);
	while (ar-- > 0) {
		dns_rr_read(&rr, &m);
		if (m.err != 0)
			return;
		if (rr.type == DNS_OPT) {
			r->rcode |= (rr.ttl_s >> 24) << 4;
			return;
		}
	}
}

/* Is the question of the reply ours? */
static bool
question_is(struct rbuf *m, const struct dns_name *name, uint16_t type)
{
	struct dns_name q;
	uint16_t qtype, class;

	dns_name_read_plain(&q, m);
	qtype = rbuf_u16(m);
	class = rbuf_u16(m);
	return m->err == 0 && qtype == type && class == DNS_IN &&
	    dns_name_eq(&q, name);
}

int
dns_reply_open(struct dns_reply *r, const void *msg, size_t n, int id,
    const struct dns_name *name, uint16_t type)
{
	struct dns_head h;
	int err;

	*r = (struct dns_reply){ .m = rbuf_of(msg, n), .type = type,
		.owner = *name, .ttl_s = TTL_MAX };
	dns_head_read(&h, &r->m);
	if (r->m.err != 0 || (h.flags & DNS_QR) == 0 ||
	    (h.flags & DNS_OPCODE_MASK) != 0 || h.qd != 1 ||
	    (id >= 0 && h.id != id) || !question_is(&r->m, name, type))
		return SEK_EPARSE;
	if (h.an > DNS_RECORDS_MAX)
		return SEK_ELIMIT;
	r->rcode = h.flags & DNS_RCODE_MASK;
	r->ad = (h.flags & DNS_AD) != 0;
	r->tc = (h.flags & DNS_TC) != 0;
	r->left = h.an;
	err = chain_follow(r);
	if (err == 0)
		read_opt(r, (unsigned)h.an + h.ns, h.ar);
	return err;
}

static void
read_target(struct dns_record *out, struct rbuf *d)
{
	dns_name_read(&out->name, d);
}

static void
read_mx(struct dns_record *out, struct rbuf *d)
{
	out->pref = rbuf_u16(d);
	dns_name_read(&out->name, d);
}

static void
read_soa(struct dns_record *out, struct rbuf *d)
{
	dns_name_read(&out->name, d);
	dns_name_read(&out->mbox, d);
	for (size_t i = 0; i < 5; i++)
		out->soa[i] = rbuf_u32(d);
}

static void
read_a(struct dns_record *out, struct rbuf *d)
{
	const uint8_t *p = rbuf_bytes(d, 4);

	if (p != NULL)
		out->addr = addr_v4(p[0], p[1], p[2], p[3]);
}

static void
read_aaaa(struct dns_record *out, struct rbuf *d)
{
	const uint8_t *p = rbuf_bytes(d, sizeof(out->addr.o));

	if (p != NULL)
		memcpy(out->addr.o, p, sizeof(out->addr.o));
}

/* One or more strings, RFC 1035 3.3.14. */
static void
read_txt(struct dns_record *out, struct rbuf *d)
{
	out->data = d->p + d->at;
	out->len = rbuf_left(d);
	do
		(void)rbuf_bytes(d, rbuf_u8(d));
	while (rbuf_left(d) > 0);
}

static void
read_tlsa(struct dns_record *out, struct rbuf *d)
{
	for (size_t i = 0; i < 3; i++)
		out->tlsa[i] = rbuf_u8(d);
	out->len = rbuf_left(d);
	out->data = rbuf_bytes(d, out->len);
}

static const struct {
	uint16_t	type;
	void		(*read)(struct dns_record *out, struct rbuf *d);
} readers[] = {
	{ DNS_A, read_a }, { DNS_AAAA, read_aaaa }, { DNS_MX, read_mx },
	{ DNS_NS, read_target }, { DNS_CNAME, read_target },
	{ DNS_PTR, read_target }, { DNS_SOA, read_soa }, { DNS_TXT, read_txt },
	{ DNS_TLSA, read_tlsa },
};

static int
record_of(struct dns_record *out, const struct rbuf *m, const struct dns_rr *rr)
{
	struct rbuf d = rdata_of(m, rr);

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (readers[i].type != rr->type)
			continue;
		readers[i].read(out, &d);
		return d.err != 0 || rbuf_left(&d) != 0 ? SEK_EPARSE : 0;
	}
	out->data = m->p + rr->at;	/* a type we do not read: as it lies */
	out->len = rr->len;
	return 0;
}

int
dns_reply_next(struct dns_record *out, struct dns_reply *r)
{
	struct dns_rr rr;

	while (r->left > 0) {
		r->left--;
		dns_rr_read(&rr, &r->m);
		if (r->m.err != 0)
			return r->m.err;
		if ((rr.type != r->type && r->type != DNS_ANY) ||
		    rr.class != DNS_IN || !dns_name_eq(&rr.owner, &r->owner))
			continue;
		*out = (struct dns_record){ .owner = rr.owner, .type = rr.type,
			.ttl_s = ttl_of(&rr) };
		if (out->ttl_s > r->ttl_s)
			out->ttl_s = r->ttl_s;
		return record_of(out, &r->m, &rr);
	}
	return DNS_END;
}

int
dns_txt_join(char *out, size_t cap, size_t *len, const struct dns_record *txt)
{
	struct rbuf d = rbuf_of(txt->data, txt->len);
	struct wbuf w = wbuf_of(out, cap);

	while (rbuf_left(&d) > 0) {
		size_t n = rbuf_u8(&d);
		const uint8_t *p = rbuf_bytes(&d, n);

		if (p != NULL)
			wbuf_bytes(&w, p, n);
	}
	*len = w.len;
	return w.err;
}

/* Server ----------------------------------------------------------------- */

/* Options of EDNS version 0: but for the first COOKIE (RFC 7873 5.2) they are
 * not used, but must be well-formed. */
static bool
take_options(struct dns_query *q, struct rbuf d)
{
	while (rbuf_left(&d) > 0) {
		uint16_t code = rbuf_u16(&d);
		uint16_t len = rbuf_u16(&d);
		const uint8_t *p = rbuf_bytes(&d, len);

		if (code != DNS_OPTION_COOKIE || q->cookie != NULL)
			continue;
		q->cookie = p;
		q->cookie_len = len;
	}
	return d.err == 0;
}

static bool
take_opt(struct dns_query *q, const struct rbuf *m, const struct dns_rr *rr)
{
	uint8_t version = (uint8_t)(rr->ttl_s >> 16);

	if (q->edns || rr->owner.len != 1 ||
	    (version == 0 && !take_options(q, rdata_of(m, rr))))
		return false;
	q->edns = true;
	q->version = version;
	q->dnssec_ok = (rr->ttl_s & 0x8000) != 0;
	q->size = rr->class < DNS_PLAIN ? DNS_PLAIN : rr->class;
	return true;
}

/* Reads what follows the question.  An authority section is IXFR's way to say
 * what it has (RFC 1995 3); an answer section has no sense in a query. */
static bool
read_rest(struct dns_query *q, struct rbuf *m)
{
	unsigned rest = (unsigned)q->head.ns + q->head.ar;
	struct dns_rr rr;

	if (q->head.an != 0)
		return false;
	for (unsigned i = 0; i < rest; i++) {
		dns_rr_read(&rr, m);
		if (m->err != 0)
			return false;
		if (rr.type == DNS_OPT &&
		    (i < q->head.ns || !take_opt(q, m, &rr)))
			return false;
		q->tsig = i >= q->head.ns && rr.type == DNS_TSIG;
	}
	return rbuf_left(m) == 0;
}

int
dns_query_read(struct dns_query *q, const void *msg, size_t n)
{
	struct rbuf m = rbuf_of(msg, n);

	q->name.len = 0;	/* the other 255 octets need no clearing */
	q->type = q->class = 0;
	q->question = 0;
	q->edns = q->dnssec_ok = q->tsig = false;
	q->version = 0;
	q->size = DNS_PLAIN;
	q->cookie = NULL;
	q->cookie_len = 0;
	dns_head_read(&q->head, &m);
	if (m.err != 0 || (q->head.flags & DNS_QR) != 0)
		return DNS_QUERY_DROP;
	if ((q->head.flags & DNS_OPCODE_MASK) != 0)
		return DNS_QUERY_NOTIMP;
	if (q->head.qd == 0)
		return read_rest(q, &m) && q->cookie != NULL ?
		    DNS_QUERY_COOKIE : DNS_QUERY_FORMERR;
	if (q->head.qd != 1)		/* RFC 9619 */
		return DNS_QUERY_FORMERR;
	dns_name_read_plain(&q->name, &m);
	q->type = rbuf_u16(&m);
	q->class = rbuf_u16(&m);
	if (m.err != 0) {
		q->name.len = 0;
		return DNS_QUERY_FORMERR;
	}
	q->question = m.at - DNS_HEAD;
	return read_rest(q, &m) ? 0 : DNS_QUERY_FORMERR;
}
