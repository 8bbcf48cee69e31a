#include "fact/answer_cursor.h"

#include <string.h>

#include "fact/answer_body.h"

/* Records ----------------------------------------------------------------- */

static struct wbuf
begin(struct answer_record *out, const struct dns_name *owner, uint16_t type,
    uint32_t ttl_s)
{
	out->owner = *owner;
	out->type = type;
	out->ttl_s = ttl_s;
	return wbuf_of(out->data, sizeof(out->data));
}

static void
put_text(struct answer_record *out, const char *text, size_t n)
{
	out->data[0] = (uint8_t)n;
	memcpy(out->data + 1, text, n);
	out->len = (uint16_t)(n + 1);
}

int
answer_status_record(struct answer_record *out, const struct snapshot *s,
    const struct snapshot_head *h)
{
	const struct snapshot_zone *z = &s->base->zone;
	char text[ANSWER_STATUS_TEXT];

	out->type = DNS_TXT;
	out->ttl_s = z->ttl_s;
	put_text(out, text, answer_status_text(text, h));
	return dns_name_under(&out->owner, STR("_status"), &z->zone);
}

/* The records of one entry ------------------------------------------------ */

static void
put_octet(struct wbuf *w, uint8_t v)
{
	uint8_t digits = (uint8_t)(1 + (v > 9) + (v > 99));

	wbuf_u8(w, digits);
	if (digits > 2)
		wbuf_u8(w, (uint8_t)('0' + v / 100));
	if (digits > 1)
		wbuf_u8(w, (uint8_t)('0' + v / 10 % 10));
	wbuf_u8(w, (uint8_t)('0' + v % 10));
}

static void
put_nibble(struct wbuf *w, uint8_t v)
{
	wbuf_u8(w, 1);
	wbuf_u8(w, (uint8_t)"0123456789abcdef"[v & 15]);
}

/* The labels above a root, as in addr_labels(); of a range '*' and its own. */
static uint8_t
write_labels(uint8_t out[ADDR_LABELS + 1], const struct addr *a, bool range,
    bool v4)
{
	struct wbuf w = wbuf_of(out, ADDR_LABELS + 1);

	if (range)
		wbuf_bytes(&w, "\1*", 2);
	if (v4)
		for (size_t i = range ? 15 : 16; i > 12; i--)
			put_octet(&w, a->o[i - 1]);
	else
		for (size_t i = range ? 8 : 16; i > 0; i--) {
			put_nibble(&w, a->o[i - 1]);
			put_nibble(&w, a->o[i - 1] >> 4);
		}
	return (uint8_t)w.len;
}

static void
spread_start(struct answer_cursor *c, const struct place *p, bool v4)
{
	struct answer_spread *e = &c->spread;

	e->address = p->node != NODE_EXCEPT;
	e->n = (unsigned)c->n_roots * (e->address ? 2 : 1);
	e->at = 0;
	e->code = p->code;
	e->n_labels = write_labels(e->labels, &p->addr, p->node == NODE_RANGE, v4);
	e->n_text = (uint8_t)answer_text(e->text, c->s, p);
}

static void
spread_entry(struct answer_cursor *c, const struct snapshot_entry *e)
{
	static const enum node nodes[SNAPSHOT_FORMS] = {
		[SNAPSHOT_ADDRESS] = NODE_ENTRY, [SNAPSHOT_RANGE] = NODE_RANGE,
		[SNAPSHOT_EXCEPT] = NODE_EXCEPT,
	};
	const struct place p = { .node = nodes[e->form], .code = e->code,
		.addr = e->addr };

	spread_start(c, &p, addr_is_v4(&e->addr));
}

/* Returns 0, ANSWER_END or SEK_ELIMIT. */
static int
spread_next(struct answer_cursor *c, struct answer_record *out)
{
	struct answer_spread *e = &c->spread;
	const uint8_t address[4] = { 127, 0, 0, (uint8_t)e->code };
	const struct dns_name *root;
	bool is_address;

	if (e->at == e->n)
		return ANSWER_END;
	root = &c->roots[e->address ? e->at / 2 : e->at];
	is_address = e->address && e->at % 2 == 0;
	if ((size_t)e->n_labels + root->len > DNS_NAME_MAX)
		return SEK_ELIMIT;
	e->at++;
	out->owner.len = (uint8_t)(e->n_labels + root->len);
	memcpy(out->owner.o, e->labels, e->n_labels);
	memcpy(out->owner.o + e->n_labels, root->o, root->len);
	out->type = is_address ? DNS_A : DNS_TXT;
	out->ttl_s = c->s->base->zone.ttl_s;
	if (!is_address) {
		put_text(out, e->text, e->n_text);
		return 0;
	}
	memcpy(out->data, address, sizeof(address));
	out->len = sizeof(address);
	return 0;
}

/* The parts of a zone ----------------------------------------------------- */

static int
next_soa(struct answer_cursor *c, struct answer_record *out)
{
	const struct snapshot_zone *z = &c->s->base->zone;
	struct wbuf w;

	if (c->i++ > 0)
		return ANSWER_END;
	w = begin(out, &c->roots[0], DNS_SOA, z->ttl_s);
	dns_name_write(&w, &z->ns[0]);
	dns_name_write(&w, &z->hostmaster);
	wbuf_u32(&w, snapshot_now(c->s)->serial);
	wbuf_u32(&w, z->refresh_s);
	wbuf_u32(&w, z->retry_s);
	wbuf_u32(&w, z->expire_s);
	wbuf_u32(&w, z->negative_ttl_s);
	out->len = (uint16_t)w.len;
	return 0;
}

static int
next_ns(struct answer_cursor *c, struct answer_record *out)
{
	const struct snapshot_zone *z = &c->s->base->zone;
	struct wbuf w;

	if (c->i == z->n_ns)
		return ANSWER_END;
	w = begin(out, &c->roots[0], DNS_NS, z->ttl_s);
	dns_name_write(&w, &z->ns[c->i++]);
	out->len = (uint16_t)w.len;
	return 0;
}

static int
next_status(struct answer_cursor *c, struct answer_record *out)
{
	int err;

	if (c->i++ > 0 || c->which != ANSWER_ZONE)
		return ANSWER_END;
	err = answer_status_record(out, c->s, snapshot_now(c->s));
	out->ttl_s = answer_status_ttl_s(c->s, c->now);
	return err;
}

/* Is the name in this zone, and does it answer as a host there? */
static bool
is_host(const struct answer_cursor *c, const struct dns_name *name)
{
	const struct snapshot_zone *z = &c->s->base->zone;
	unsigned code = c->which == ANSWER_OUT ? RETURNCODE_EXIT : RETURNCODE_ENTRY;
	struct place p;
	size_t above;

	if (!dns_name_below(name, &z->zone, &above))
		return false;
	answer_find(&p, c->s, name, above);
	return p.node == NODE_HOST && p.code == code;
}

static int
next_host(struct answer_cursor *c, struct answer_record *out)
{
	const struct snapshot_zone *z = &c->s->base->zone;

	while (c->i < z->n_hosts) {
		const struct dns_name *name = &z->ns[z->hosts[c->i].ns];
		const struct addr *a = &z->hosts[c->i++].addr;
		bool v4 = addr_is_v4(a);
		struct wbuf w;

		if (!is_host(c, name))
			continue;
		w = begin(out, name, v4 ? DNS_A : DNS_AAAA, z->ttl_s);
		wbuf_bytes(&w, a->o + (v4 ? 12 : 0), v4 ? 4 : 16);
		out->len = (uint16_t)w.len;
		return 0;
	}
	return ANSWER_END;
}

/* 127.0.0.2, then the same in nibbles. */
static int
next_test(struct answer_cursor *c, struct answer_record *out)
{
	struct place p = { .node = NODE_TEST, .code = c->entries.code,
		.addr = addr_v4(127, 0, 0, 2) };

	for (;;) {
		int err = spread_next(c, out);

		if (err != ANSWER_END || c->i == 2)
			return err;
		spread_start(c, &p, c->i++ == 0);
	}
}

static int
next_entry(struct answer_cursor *c, struct answer_record *out)
{
	for (;;) {
		int err = spread_next(c, out);
		struct snapshot_entry e;

		if (err != ANSWER_END)
			return err;
		if (snapshot_cursor_next(&c->entries, &e) != 0)
			return ANSWER_END;
		spread_entry(c, &e);
	}
}

static int (*const parts[])(struct answer_cursor *c, struct answer_record *out) = {
	next_soa, next_ns, next_status, next_host, next_test, next_entry,
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]), PARTS_EMPTY = PARTS - 2 };

int
answer_cursor_start(struct answer_cursor *c, const struct snapshot *s,
    enum answer_zone which)
{
	const struct dns_name *zone = &s->base->zone.zone;
	bool out = which == ANSWER_OUT;

	*c = (struct answer_cursor){ .s = s, .which = which, .n_roots = 1 };
	snapshot_cursor_start(&c->entries, s, out ? RETURNCODE_EXIT : RETURNCODE_ENTRY);
	if (out) {
		if ((snapshot_now(s)->flags & SNAPSHOT_OUT) == 0)
			c->part = PARTS;
		return dns_name_under(&c->roots[0], STR("out"), zone);
	}
	c->n_roots = 2;
	c->roots[0] = *zone;
	return dns_name_under(&c->roots[1], STR("in"), zone);
}

int
answer_cursor_next(struct answer_cursor *c, struct answer_record *out)
{
	size_t end = snapshot_emptied(c->s) ? PARTS_EMPTY : PARTS;

	while (c->part < end) {
		int err = parts[c->part](c, out);

		if (err != ANSWER_END)
			return err;
		c->part++;
		c->i = 0;
	}
	return ANSWER_END;
}

int
answer_records(const struct snapshot *s, enum answer_zone which,
    const struct snapshot_entry *e,
    int (*fn)(void *ctx, const struct answer_record *r), void *ctx)
{
	struct answer_cursor c;
	struct answer_record r;
	int err = answer_cursor_start(&c, s, which);

	if (err != 0 || c.part == PARTS || e->code != c.entries.code)
		return err;
	spread_entry(&c, e);
	while (err == 0) {
		err = spread_next(&c, &r);
		if (err == 0)
			err = fn(ctx, &r);
		else if (err == ANSWER_END)
			return 0;
	}
	return err;
}
