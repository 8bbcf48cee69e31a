#include "xfer/catalog.h"

#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CATALOG_TTL_S = 300 };

static bool
same_members(const struct catalog *a, const struct catalog *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = dns_name_eq(&a->member[i], &b->member[i]);
	return same;
}

bool
catalog_look(struct catalog *c, const struct snapshot *s)
{
	const struct snapshot_zone *z = &s->base->zone;
	struct catalog new = { .name = c->name, .n = 1,
		.serial = snapshot_now(s)->serial, .refresh_s = z->refresh_s,
		.retry_s = z->retry_s, .expire_s = z->expire_s };

	if (c->name.len == 0)
		return false;
	new.member[0] = z->zone;
	if ((snapshot_now(s)->flags & SNAPSHOT_OUT) != 0 &&
	    dns_name_under(&new.member[1], STR("out"), &z->zone) == 0)
		new.n = 2;
	if (c->n != 0 && same_members(c, &new))
		return false;
	*c = new;
	return true;
}

static struct answer_record *
add(struct answer_record *r, const struct dns_name *owner, uint16_t type,
    struct wbuf *w)
{
	r->owner = *owner;
	r->type = type;
	r->ttl_s = CATALOG_TTL_S;
	*w = wbuf_of(r->data, sizeof(r->data));
	return r;
}

/* "invalid.": nobody asks a catalog for its name servers (RFC 9432 4.1). */
static void
put_invalid(struct wbuf *w)
{
	wbuf_u8(w, 7);
	wbuf_bytes(w, "invalid", 8);
}

static void
put_soa(struct answer_record *r, const struct catalog *c)
{
	struct wbuf w;

	add(r, &c->name, DNS_SOA, &w);
	put_invalid(&w);
	put_invalid(&w);
	wbuf_u32(&w, c->serial);
	wbuf_u32(&w, c->refresh_s);
	wbuf_u32(&w, c->retry_s);
	wbuf_u32(&w, c->expire_s);
	wbuf_u32(&w, CATALOG_TTL_S);
	r->len = (uint16_t)w.len;
}

/* HASH.zones.CATALOG PTR member.  False: so long a name cannot be made. */
static bool
put_member(struct answer_record *r, const struct catalog *c,
    const struct dns_name *member)
{
	uint64_t hash = XXH3_64bits(member->o, member->len);
	struct dns_name zones, name;
	uint8_t o[8];
	struct wbuf w = wbuf_of(o, sizeof(o));
	char label[17];

	wbuf_u64(&w, hash);
	str_hex(label, o, sizeof(o));
	if (dns_name_under(&zones, STR("zones"), &c->name) != 0 ||
	    dns_name_under(&name, str_of(label), &zones) != 0)
		return false;
	add(r, &name, DNS_PTR, &w);
	dns_name_write(&w, member);
	r->len = (uint16_t)w.len;
	return true;
}

size_t
catalog_records(struct answer_record out[CATALOG_RECORDS], const struct catalog *c)
{
	struct dns_name version;
	struct wbuf w;
	size_t n = 2;

	put_soa(&out[0], c);
	add(&out[1], &c->name, DNS_NS, &w);
	put_invalid(&w);
	out[1].len = (uint16_t)w.len;
	if (dns_name_under(&version, STR("version"), &c->name) == 0) {
		add(&out[n], &version, DNS_TXT, &w);
		wbuf_bytes(&w, "\0012", 2);
		out[n++].len = (uint16_t)w.len;
	}
	for (size_t i = 0; i < c->n; i++)
		n += put_member(&out[n], c, &c->member[i]);
	return n;
}

bool
catalog_has(const struct catalog *c, const struct dns_name *name)
{
	size_t above;

	return c->n != 0 && dns_name_below(name, &c->name, &above);
}

unsigned
catalog_answer(struct packet *p, const struct catalog *c, const struct dns_query *q)
{
	struct answer_record r[CATALOG_RECORDS];
	size_t n = catalog_records(r, c), above, found = 0;
	unsigned rcode = DNS_NXDOMAIN;

	for (size_t i = 0; i < n; i++) {
		if (dns_name_below(&r[i].owner, &q->name, &above))
			rcode = DNS_NOERROR;	/* it, or what stands below */
		if (dns_name_eq(&r[i].owner, &q->name) &&
		    (q->type == r[i].type || q->type == DNS_ANY))
			found += packet_put(p, &r[i]);
	}
	if (found == 0)
		(void)packet_put_ns(p, &r[0]);
	return rcode;
}
