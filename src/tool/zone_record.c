#include "tool/zone_record.h"

#include <string.h>

static void
put_name(struct wbuf *w, const struct dns_name *n)
{
	for (size_t i = 0; i < n->len; i++)
		wbuf_u8(w, (uint8_t)ascii_lower((char)n->o[i]));
}

static void
put_addr(struct wbuf *w, const struct dns_record *r)
{
	wbuf_bytes(w, r->addr.o, sizeof(r->addr.o));
}

static void
put_target(struct wbuf *w, const struct dns_record *r)
{
	put_name(w, &r->name);
}

static void
put_soa(struct wbuf *w, const struct dns_record *r)
{
	put_name(w, &r->name);
	put_name(w, &r->mbox);
	for (size_t i = 0; i < sizeof(r->soa) / sizeof(r->soa[0]); i++)
		wbuf_u32(w, r->soa[i]);
}

static void
put_data(struct wbuf *w, const struct dns_record *r)
{
	wbuf_bytes(w, r->data, r->len);
}

static const struct {
	uint16_t	 type;
	const char	*name;
	void		(*put)(struct wbuf *w, const struct dns_record *r);
} types[] = {
	{ DNS_A, "A", put_addr }, { DNS_AAAA, "AAAA", put_addr },
	{ DNS_NS, "NS", put_target }, { DNS_CNAME, "CNAME", put_target },
	{ DNS_PTR, "PTR", put_target }, { DNS_SOA, "SOA", put_soa },
	{ DNS_TXT, "TXT", put_data },
};
enum { TYPES = sizeof(types) / sizeof(types[0]) };

static bool
is_status(const struct dns_name *owner)
{
	static const uint8_t label[] = "\7_status";

	return owner->len > sizeof(label) - 1 &&
	    memcmp(owner->o, label, sizeof(label) - 1) == 0;
}

size_t
zone_record_octets(uint8_t out[ZONE_RECORD], const struct dns_record *r)
{
	struct wbuf w = wbuf_of(out, ZONE_RECORD);

	for (size_t i = 0; i < TYPES; i++) {
		if (types[i].type != r->type)
			continue;
		put_name(&w, &r->owner);
		wbuf_u16(&w, r->type);
		wbuf_u32(&w, is_status(&r->owner) ? 0 : r->ttl_s);
		types[i].put(&w, r);
		return w.err == 0 ? w.len : 0;
	}
	return 0;
}

const char *
zone_record_type(uint16_t type)
{
	for (size_t i = 0; i < TYPES; i++)
		if (types[i].type == type)
			return types[i].name;
	return "?";
}
