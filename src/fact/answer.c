#include "fact/answer_body.h"

#include <string.h>

#include "fact/returncode.h"

enum { OPT_LEN = 11, OPTION_HEAD = 4, EDE_LEN = OPTION_HEAD + 2 };

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

static bool
among(const struct net *nets, size_t n, const struct addr *a)
{
	bool is = n == 0;

	for (size_t i = 0; i < n && !is; i++)
		is = net_has(&nets[i], a);
	return is;
}

bool
answer_may_ask(const struct answer_asker *who, unsigned code)
{
	const struct answer_policy *p = who->policy;

	if (p == NULL)
		return true;
	return code == RETURNCODE_EXIT ?
	    among(p->out_allow, p->n_out_allow, &who->peer) :
	    among(p->allow, p->n_allow, &who->peer);
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
	if (!answer_may_ask(r->who, r->at.code)) {
		r->denied = true;
		refuse(r, DNS_REFUSED, EDE_PROHIBITED);
		return;
	}
	r->aa = true;
	if (r->at.node == NODE_NONE)
		r->rcode = DNS_NXDOMAIN;
	answer_put_data(r);
	ttl_s = z->negative_ttl_s < z->ttl_s ? z->negative_ttl_s : z->ttl_s;
	if (r->an == 0 && r->w.err == 0)
		answer_put_soa(r, ttl_s, &r->ns);	/* RFC 2308 3 */
}

/* Cookies ---------------------------------------------------------------- */

/* Judges the cookie that came.  Returns what the query is in its light: a
 * length that no cookie has is a FORMERR (RFC 7873 5.2.2). */
static int
read_cookie(struct reply *r, int is)
{
	const struct answer_policy *p = r->who->policy;
	size_t n = r->q->cookie_len;

	if (p == NULL || !p->cookies || r->q->cookie == NULL)
		return is == DNS_QUERY_COOKIE ? DNS_QUERY_FORMERR : is;
	if (n != COOKIE_MIN && (n < COOKIE_WHOLE_MIN || n > COOKIE_MAX))
		return DNS_QUERY_FORMERR;
	r->cookie = cookie_judge(r->q->cookie, n, p->secret, &r->who->peer, r->now);
	return is;
}

/* A young cookie goes back as it is. */
void
answer_cookie(uint8_t out[COOKIE_LEN], const uint8_t *octets, enum cookie is,
    const struct answer_asker *who)
{
	if (is == COOKIE_VALID && cookie_age_s(octets, who->now) <= COOKIE_RENEW_S)
		memcpy(out, octets, COOKIE_LEN);
	else
		cookie_make(out, octets, who->policy->secret, &who->peer, who->now);
}

static void
put_cookie(struct reply *r)
{
	uint8_t o[COOKIE_LEN];

	answer_cookie(o, r->q->cookie, r->cookie, r->who);
	wbuf_u16(&r->w, DNS_OPTION_COOKIE);
	wbuf_u16(&r->w, COOKIE_LEN);
	wbuf_bytes(&r->w, o, sizeof(o));
}

/* The message ------------------------------------------------------------ */

static size_t
options_len(const struct reply *r)
{
	size_t n = 0;

	if (r->cookie != COOKIE_NONE)
		n += OPTION_HEAD + COOKIE_LEN;
	if (r->ede != EDE_NONE)
		n += EDE_LEN;
	return n;
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
	wbuf_u16(&r->w, (uint16_t)options_len(r));
	if (r->cookie != COOKIE_NONE)
		put_cookie(r);
	if (r->ede == EDE_NONE)
		return;
	wbuf_u16(&r->w, DNS_OPTION_EDE);	/* the code alone, no text */
	wbuf_u16(&r->w, 2);
	wbuf_u16(&r->w, (uint16_t)r->ede);
}

/* The room for everything but the OPT record, which must always fit: an error
 * code in it comes without records. */
static size_t
room(const struct reply *r, size_t n, size_t cap)
{
	size_t most = DNS_PLAIN;

	if (r->who->tcp)
		most = ANSWER_TCP_MAX;
	else if (r->q->edns)
		most = r->q->size < DNS_EDNS ? r->q->size : DNS_EDNS;
	if (!r->who->tcp && r->cookie != COOKIE_VALID && most > ANSWER_TIMES * n)
		most = ANSWER_TIMES * n;
	if (most > cap)
		most = cap;
	return r->q->edns ? most - OPT_LEN - options_len(r) : most;
}

static void
put_head(struct reply *r, bool tc)
{
	const uint16_t kept = DNS_OPCODE_MASK | DNS_RD | DNS_CD;
	struct wbuf w = wbuf_of(r->w.p, DNS_HEAD);
	struct dns_head h = {
		.id = r->q->head.id,
		.flags = (uint16_t)(DNS_QR | (r->q->head.flags & kept) |
		    (r->aa ? DNS_AA : 0) | (tc ? DNS_TC : 0) |
		    (r->rcode & DNS_RCODE_MASK)),
		.qd = r->q->question > 0,
		.an = r->an, .ns = r->ns, .ar = r->q->edns,
	};

	dns_head_write(&w, &h);
}

/* Nothing but the question, to be asked again by another way: who has a client
 * cookie learns the server's (RFC 7873 5.2.3), everybody else that there is
 * TCP. */
static bool
answer_limited(struct reply *r)
{
	if (r->cookie == COOKIE_NONE)
		return true;
	refuse(r, DNS_BADCOOKIE, EDE_NONE);
	return false;
}

/* Chooses the answer for what dns_query_read() made of the query.  Returns
 * whether it must say TC. */
static bool
answer_kind(struct reply *r, int is)
{
	if (r->verdict == ANSWER_SLIP)
		return answer_limited(r);
	if (is == DNS_QUERY_FORMERR)
		refuse(r, DNS_FORMERR, EDE_NONE);
	else if (is == DNS_QUERY_NOTIMP)
		refuse(r, DNS_NOTIMP, EDE_NONE);
	else if (r->q->edns && r->q->version != 0)
		refuse(r, DNS_BADVERS, EDE_NONE);
	else if (is == DNS_QUERY_COOKIE)
		refuse(r, r->cookie == COOKIE_BAD ? DNS_BADCOOKIE : DNS_NOERROR,
		    EDE_NONE);
	else
		answer_question(r);
	return r->w.err != 0;
}

enum answer_verdict
answer_judge(const struct answer_asker *who, enum cookie cookie)
{
	const struct answer_policy *p = who->policy;

	if (who->tcp || cookie == COOKIE_VALID || p == NULL || p->limit == NULL)
		return ANSWER_PASS;
	return p->limit(p->limit_ctx, &who->peer);
}

static void
write_message(struct reply *r, const uint8_t *q, int is, size_t cap, bool *tc)
{
	r->w.len = DNS_HEAD;
	wbuf_bytes(&r->w, q + DNS_HEAD, r->q->question);	/* its case is kept */
	*tc = answer_kind(r, is);
	if (*tc) {
		r->w.err = 0;
		r->w.len = DNS_HEAD + r->q->question;
		r->an = r->ns = 0;
	}
	r->w.cap = cap;
	if (r->q->edns)
		put_opt(r);
	put_head(r, *tc);
}

/* given  the verdict, or NULL: to be asked for */
static size_t
make(const struct snapshot *s, const uint8_t *q, size_t n,
    const struct answer_asker *who, const enum answer_verdict *given,
    uint8_t *out, size_t cap, struct answer_info *info)
{
	struct dns_query query;
	int is = dns_query_read(&query, q, n);
	struct reply r = { .s = s, .q = &query, .now = who->now, .who = who,
		.ede = EDE_NONE };
	bool tc = false, listed;

	if (is != DNS_QUERY_DROP && cap >= DNS_PLAIN) {
		is = read_cookie(&r, is);
		r.verdict = given != NULL ? *given : answer_judge(who, r.cookie);
		r.w = wbuf_of(out, room(&r, n, cap));
		if (r.verdict != ANSWER_DROP)
			write_message(&r, q, is, cap, &tc);
	}
	listed = r.an > 0 &&
	    (r.at.node == NODE_ENTRY || r.at.node == NODE_RANGE);
	if (info != NULL)
		*info = (struct answer_info){ .rcode = r.rcode, .truncated = tc,
			.listed = listed,
			.denied = r.denied, .cookie = r.cookie, .verdict = r.verdict,
			.tsig = is == 0 && query.tsig };
	return r.w.len;
}

size_t
answer_make(const struct snapshot *s, const uint8_t *q, size_t n,
    const struct answer_asker *who, uint8_t *out, size_t cap,
    struct answer_info *info)
{
	return make(s, q, n, who, NULL, out, cap, info);
}

size_t
answer_judged(const struct snapshot *s, const uint8_t *q, size_t n,
    const struct answer_asker *who, enum answer_verdict verdict, uint8_t *out,
    size_t cap, struct answer_info *info)
{
	return make(s, q, n, who, &verdict, out, cap, info);
}
