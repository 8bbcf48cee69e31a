#include "xfer/packet.h"

#include <string.h>

enum { POINTER = 0xc000 };

/* Cuts a name into labels.  Returns how many there are. */
static uint8_t
cut(uint8_t label[PACKET_LABELS], const struct dns_name *n)
{
	uint8_t k = 0;

	for (size_t at = 0; at + 1 < n->len; at += n->o[at] + 1u)
		label[k++] = (uint8_t)at;
	return k;
}

/* How many labels, counted from the root, n has in common with p->last. */
static uint8_t
common(const struct packet *p, const struct dns_name *n,
    const uint8_t label[PACKET_LABELS], uint8_t labels)
{
	uint8_t least = labels < p->n_labels ? labels : p->n_labels, k = 0;

	while (k < least) {
		const uint8_t *a = p->last.o + p->label[p->n_labels - 1 - k];
		const uint8_t *b = n->o + label[labels - 1 - k];

		if (a[0] != b[0] || memcmp(a + 1, b + 1, a[0]) != 0)
			break;
		k++;
	}
	return k;
}

static void
remember(struct packet *p, const struct dns_name *n,
    const uint8_t label[PACKET_LABELS], uint8_t labels)
{
	p->last.len = n->len;
	memcpy(p->last.o, n->o, n->len);
	p->n_labels = labels;
	memcpy(p->label, label, labels);
}

static void
put_owner(struct packet *p, const struct dns_name *n)
{
	uint8_t label[PACKET_LABELS], labels = cut(label, n);
	uint8_t shared = common(p, n, label, labels);

	while (shared > 0 && p->where[shared] == 0)
		shared--;
	for (uint8_t i = 0; i < labels - shared; i++) {
		size_t at = p->w.len;

		p->where[labels - i] = at <= PACKET_MAX ? (uint16_t)at : 0;
		wbuf_bytes(&p->w, n->o + label[i], n->o[label[i]] + 1u);
	}
	if (shared > 0)
		wbuf_u16(&p->w, (uint16_t)(POINTER | p->where[shared]));
	else
		wbuf_u8(&p->w, 0);
	if (p->w.err == 0)
		remember(p, n, label, labels);
}

static bool
put(struct packet *p, const struct answer_record *r, uint16_t *count)
{
	size_t len = p->w.len;

	p->w.cap = p->cap;
	put_owner(p, &r->owner);
	wbuf_u16(&p->w, r->type);
	wbuf_u16(&p->w, DNS_IN);
	wbuf_u32(&p->w, r->ttl_s);
	wbuf_u16(&p->w, r->len);
	wbuf_bytes(&p->w, r->data, r->len);
	if (p->w.err == 0) {
		++*count;
		return true;
	}
	p->w.err = 0;
	p->w.len = len;
	p->n_labels = 0;	/* part of p->where is gone with it */
	return false;
}

bool
packet_put(struct packet *p, const struct answer_record *r)
{
	return put(p, r, &p->an);
}

bool
packet_put_ns(struct packet *p, const struct answer_record *r)
{
	return put(p, r, &p->ns);
}

void
packet_begin(struct packet *p, const struct dns_query *q, bool question,
    unsigned rcode, uint8_t *out, size_t cap, size_t keep)
{
	const uint16_t kept = DNS_OPCODE_MASK | DNS_RD;

	memset(p, 0, sizeof(*p));
	p->w = wbuf_of(out, cap);
	p->w.len = DNS_HEAD;
	p->cap = cap - keep;
	p->id = q->head.id;
	p->flags = (uint16_t)(DNS_QR | (q->head.flags & kept) |
	    (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN ? DNS_AA : 0) | rcode);
	if (!question || q->name.len == 0)
		return;
	put_owner(p, &q->name);
	wbuf_u16(&p->w, q->type);
	wbuf_u16(&p->w, q->class);
	p->qd = 1;
}

size_t
packet_end(struct packet *p, bool opt)
{
	struct wbuf head = wbuf_of(p->w.p, DNS_HEAD);
	struct dns_head h = { .id = p->id, .flags = p->flags, .qd = p->qd,
		.an = p->an, .ns = p->ns, .ar = opt };

	p->w.cap = p->cap + PACKET_OPT;
	if (opt) {
		wbuf_u8(&p->w, 0);
		wbuf_u16(&p->w, DNS_OPT);
		wbuf_u16(&p->w, DNS_EDNS);
		wbuf_u32(&p->w, 0);
		wbuf_u16(&p->w, 0);
	}
	dns_head_write(&head, &h);
	return p->w.len;
}
