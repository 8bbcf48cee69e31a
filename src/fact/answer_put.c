#include "fact/answer_body.h"

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
	wbuf_u16(&r->w, (uint16_t)(ANSWER_POINTER | (DNS_HEAD + r->q->name.len - zone->len)));
}

/* Owner (a pointer to offset at of the question's name), type, class, TTL and
 * a length to be filled in; returns where. */
static size_t
rr_begin(struct reply *r, size_t at, uint16_t type, uint32_t ttl_s)
{
	if (r->q->name.len == 1)
		wbuf_u8(&r->w, 0);	/* the root has no use for a pointer */
	else
		wbuf_u16(&r->w, (uint16_t)(ANSWER_POINTER | (DNS_HEAD + at)));
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

void
answer_put_soa(struct reply *r, uint32_t ttl_s, uint16_t *count)
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

static void
put_entry_a(struct reply *r)
{
	uint8_t o[4] = { 127, 0, 0, (uint8_t)r->at.code };
	size_t begin = rr_begin(r, 0, DNS_A, r->s->base->zone.ttl_s);

	wbuf_bytes(&r->w, o, sizeof(o));
	rr_end(r, begin, &r->an);
}

size_t
answer_text(char out[RETURNCODE_TEXT], const struct snapshot *s,
    const struct place *p)
{
	struct str url = s->base->zone.url;
	struct net range = snapshot_range(&p->addr);
	bool lab = (snapshot_now(s)->flags & SNAPSHOT_LAB) != 0;

	switch (p->node) {
	case NODE_TEST:
		return returncode_write_test(out, lab);
	case NODE_EXCEPT:
		return returncode_write_except(out, &range, lab);
	case NODE_RANGE:
		return returncode_write_range(out, p->code, &range, url, lab);
	default:
		return returncode_write(out, p->code, &p->addr, url, lab);
	}
}

static void
put_entry_txt(struct reply *r)
{
	char text[RETURNCODE_TEXT];

	put_txt(r, text, answer_text(text, r->s, &r->at), r->s->base->zone.ttl_s);
}

size_t
answer_status_text(char out[ANSWER_STATUS_TEXT], const struct snapshot_head *h)
{
	static const char *const lives[] = {
		[SNAPSHOT_ALIVE] = "alive", [SNAPSHOT_FROZEN] = "frozen",
		[SNAPSHOT_CLOSING] = "closing", [SNAPSHOT_EMPTY] = "empty",
	};
	struct wbuf w = wbuf_of(out, ANSWER_STATUS_TEXT);
	char until[WALL_TEXT], day[WALL_TEXT];

	wall_text(until, (struct wall){ h->expiry_s });
	wall_text(day, (struct wall){ (int64_t)h->empties * SNAPSHOT_DAY_S });
	wbuf_printf(&w, "%s expires=%s", lives[h->life], until);
	if (h->empties > 0)
		wbuf_printf(&w, " empties=%.10s", day);
	wbuf_str(&w, (h->flags & SNAPSHOT_LAB) != 0 ? " LAB" : "");
	return w.len;
}

size_t
answer_status(char out[ANSWER_STATUS_TEXT], const struct snapshot *s)
{
	return answer_status_text(out, snapshot_now(s));
}

uint32_t
answer_status_ttl_s(const struct snapshot *s, struct wall now)
{
	uint32_t ttl_s = s->base->zone.ttl_s;
	int64_t left = snapshot_now(s)->expiry_s - now.s;

	if (now.s == 0 || left >= ttl_s)
		return ttl_s;
	return left < 0 ? 0 : (uint32_t)left;
}

static void
put_status(struct reply *r)
{
	char text[ANSWER_STATUS_TEXT];

	put_txt(r, text, answer_status(text, r->s), answer_status_ttl_s(r->s, r->now));
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

void
answer_put_data(struct reply *r)
{
	uint16_t type = r->q->type;

	switch (r->at.node) {
	case NODE_APEX:
		if (type == DNS_SOA || type == DNS_ANY)
			answer_put_soa(r, r->s->base->zone.ttl_s, &r->an);
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
	case NODE_RANGE:
		if (type == DNS_A || type == DNS_ANY)
			put_entry_a(r);
		else if (type == DNS_TXT)
			put_entry_txt(r);
		break;
	case NODE_EXCEPT:
		if (type == DNS_TXT || type == DNS_ANY)
			put_entry_txt(r);
		break;
	case NODE_NONE:
	case NODE_EMPTY:
		break;
	}
}
