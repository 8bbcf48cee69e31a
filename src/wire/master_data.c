#include "wire/master_body.h"

/* Names ------------------------------------------------------------------ */

static const struct dns_name *
origin_of(const struct master_entry *e)
{
	return e->state->origin.len > 0 ? &e->state->origin : NULL;
}

/* A name below an origin that nobody has said would be taken for a whole one. */
bool
master_word_name(struct dns_name *out, const struct master_entry *e,
    struct str s)
{
	bool whole = s.n > 0 && s.p[s.n - 1] == '.';

	return (whole || origin_of(e) != NULL) &&
	    dns_name_read_text(out, s, origin_of(e)) == 0;
}

static bool
next_name(struct dns_name *out, struct master_entry *e)
{
	struct master_word w;

	return master_word_next(&e->s, &w) && !w.quoted &&
	    master_word_name(out, e, w.is);
}

/* As the type writes it --------------------------------------------------- */

static bool
text_a(struct master_entry *e)
{
	struct master_word w;

	return master_word_next(&e->s, &w) && str_find(w.is, ':') < 0 &&
	    addr_parse(&e->out->r.addr, w.is) == 0;
}

static bool
text_aaaa(struct master_entry *e)
{
	struct master_word w;

	return master_word_next(&e->s, &w) && str_find(w.is, ':') >= 0 &&
	    addr_parse(&e->out->r.addr, w.is) == 0;
}

static bool
text_target(struct master_entry *e)
{
	return next_name(&e->out->r.name, e);
}

static bool
text_soa(struct master_entry *e)
{
	struct dns_record *r = &e->out->r;
	struct master_word w;
	uint64_t serial;

	if (!next_name(&r->name, e) || !next_name(&r->mbox, e) ||
	    !master_word_next(&e->s, &w) || str_u64(&serial, w.is, UINT32_MAX) != 0)
		return false;
	r->soa[0] = (uint32_t)serial;
	for (size_t i = 1; i < 5; i++)
		if (!master_word_next(&e->s, &w) || !master_word_ttl(&r->soa[i], w.is))
			return false;
	return true;
}

/* One string with its length octet in front (RFC 1035 3.3.14). */
static bool
text_string(struct wbuf *to, struct str s)
{
	size_t at = to->len;

	wbuf_u8(to, 0);
	while (s.n > 0) {
		uint8_t octet;
		size_t used = master_word_octet(&octet, s);

		if (used == 0 || to->len - at > 255)
			return false;
		wbuf_u8(to, octet);
		s = (struct str){ s.p + used, s.n - used };
	}
	if (to->err != 0)
		return false;
	to->p[at] = (uint8_t)(to->len - at - 1);
	return true;
}

static bool
text_txt(struct master_entry *e)
{
	struct wbuf to = wbuf_of(e->out->octets, sizeof(e->out->octets));
	struct master_word w;

	while (master_word_next(&e->s, &w))
		if (!text_string(&to, w.is))
			return false;
	e->out->r.data = e->out->octets;
	e->out->r.len = to.len;
	return to.len > 0;
}

/* As octets (RFC 3597 5) --------------------------------------------------- */

static bool
wire_a(struct dns_record *r, struct rbuf *b)
{
	const uint8_t *o = rbuf_bytes(b, 4);

	if (o != NULL)
		r->addr = addr_v4(o[0], o[1], o[2], o[3]);
	return o != NULL;
}

static bool
wire_aaaa(struct dns_record *r, struct rbuf *b)
{
	for (size_t i = 0; i < sizeof(r->addr.o); i++)
		r->addr.o[i] = rbuf_u8(b);
	return true;
}

static bool
wire_target(struct dns_record *r, struct rbuf *b)
{
	dns_name_read_plain(&r->name, b);
	return true;
}

static bool
wire_soa(struct dns_record *r, struct rbuf *b)
{
	dns_name_read_plain(&r->name, b);
	dns_name_read_plain(&r->mbox, b);
	for (size_t i = 0; i < 5; i++)
		r->soa[i] = rbuf_u32(b);
	return true;
}

static bool
wire_txt(struct dns_record *r, struct rbuf *b)
{
	r->data = b->p;
	r->len = b->n;
	while (b->err == 0 && rbuf_left(b) > 0)
		(void)rbuf_bytes(b, rbuf_u8(b));
	return b->n > 0;
}

/* Types ------------------------------------------------------------------ */

static const struct type {
	struct str	name;
	uint16_t	type;
	bool		(*text)(struct master_entry *e);
	bool		(*wire)(struct dns_record *r, struct rbuf *b);
} types[] = {
	{ STR("A"), DNS_A, text_a, wire_a },
	{ STR("TXT"), DNS_TXT, text_txt, wire_txt },
	{ STR("AAAA"), DNS_AAAA, text_aaaa, wire_aaaa },
	{ STR("NS"), DNS_NS, text_target, wire_target },
	{ STR("CNAME"), DNS_CNAME, text_target, wire_target },
	{ STR("PTR"), DNS_PTR, text_target, wire_target },
	{ STR("SOA"), DNS_SOA, text_soa, wire_soa },
};
enum { TYPES = sizeof(types) / sizeof(types[0]) };

/* NULL: a type that is not read here. */
static const struct type *
find_type(struct str name)
{
	static const struct str generic = STR("TYPE");
	uint64_t n = 0;
	bool number = str_istarts(name, generic) && str_u64(&n, (struct str){
	    name.p + generic.n, name.n - generic.n }, UINT16_MAX) == 0;

	for (size_t i = 0; i < TYPES; i++)
		if (number ? types[i].type == n : str_ieq(types[i].name, name))
			return &types[i];
	return NULL;
}

/* "\# LENGTH HEX...": the first word is taken if it is that mark. */
static bool
is_generic(struct master_entry *e)
{
	struct master_scan ahead = e->s;
	struct master_word w;

	if (!master_word_next(&ahead, &w) || w.quoted || !str_eq(w.is, STR("\\#")))
		return false;
	e->s = ahead;
	return true;
}

/* The octets behind that mark: digits in pairs, in as many words as they like.
 * Too many for us are counted and not kept. */
static bool
read_generic(struct rbuf *b, struct master_entry *e)
{
	struct wbuf to = wbuf_of(e->out->octets, sizeof(e->out->octets));
	struct master_word w;
	uint64_t want, got = 0;

	if (!master_word_next(&e->s, &w) || str_u64(&want, w.is, UINT16_MAX) != 0)
		return false;
	while (master_word_next(&e->s, &w)) {
		if (w.is.n % 2 != 0)
			return false;
		for (size_t i = 0; i < w.is.n; i += 2, got++) {
			uint8_t octet;

			if (str_unhex(&octet, 1, (struct str){ w.is.p + i, 2 }) != 0)
				return false;
			wbuf_u8(&to, octet);
		}
	}
	*b = rbuf_of(e->out->octets, to.len);
	return got == want;
}

static bool
pass_over(struct master_entry *e)
{
	struct master_word w;

	while (master_word_next(&e->s, &w))
		;
	return true;
}

bool
master_data_read(struct master_entry *e, struct str type)
{
	const struct type *t = find_type(type);
	struct master_word w;
	struct rbuf b;

	e->out->kind = t != NULL ? MASTER_RECORD : MASTER_OTHER;
	e->out->r.type = t != NULL ? t->type : 0;
	if (!is_generic(e))
		return (t == NULL ? pass_over(e) : t->text(e)) &&
		    !master_word_next(&e->s, &w) && !e->s.bad;
	if (!read_generic(&b, e) || e->s.bad)
		return false;
	return t == NULL || (t->wire(&e->out->r, &b) && b.err == 0 &&
	    rbuf_left(&b) == 0);
}
