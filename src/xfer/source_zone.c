/* A whole zone as a source.
 *
 * Every record comes out of answer_make(), so a transferred zone says what a
 * live answer says.  The part that every list has is collected at once, from
 * the same snapshot without its lists; of the entries only the keys are (17
 * octets each), and their records made when it is their turn. */
#include "xfer/source.h"

#include <stdlib.h>
#include <string.h>

#include "fact/returncode.h"

enum { ASK_ROOM = 4096 };

struct zone {
	struct source		 source;
	const struct snapshot	*s;
	unsigned		 code;
	struct dns_name		 roots[2];	/* ZONE and in.ZONE, or out.ZONE */
	unsigned		 n_roots;
	struct snapshot_view	 bare;	/* the base without lists */
	struct packet_record	*head;	/* the SOA first */
	size_t			 n_head, cap_head, at_head;
	struct snapshot_entry	*entries;
	size_t			 n, cap, at;
	unsigned		 part;	/* of an entry: root and type */
	bool			 ended;
};

static void
to_record(struct packet_record *to, const struct dns_record *r)
{
	struct wbuf w = wbuf_of(to->data, sizeof(to->data));

	to->owner = r->owner;
	to->type = r->type;
	to->ttl_s = r->ttl_s;
	if (r->type == DNS_SOA || r->type == DNS_NS)
		dns_name_write(&w, &r->name);
	if (r->type == DNS_SOA) {
		dns_name_write(&w, &r->mbox);
		for (size_t i = 0; i < 5; i++)
			wbuf_u32(&w, r->soa[i]);
	}
	if (r->type == DNS_TXT)
		wbuf_bytes(&w, r->data, r->len);
	if (r->type == DNS_A)
		wbuf_bytes(&w, r->addr.o + 12, 4);
	if (r->type == DNS_AAAA)
		wbuf_bytes(&w, r->addr.o, 16);
	to->len = (uint16_t)w.len;
}

/* Room for one more of size octets.  Returns the array, or NULL: no memory. */
static void *
grow(void *p, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap == 0 ? 64 : *cap * 2;
	void *new;

	if (n < *cap)
		return p;
	new = realloc(p, more * size);
	if (new != NULL)
		*cap = more;
	return new;
}

static int
collect_head(void *ctx, const struct dns_record *r)
{
	struct zone *z = ctx;
	void *p = grow(z->head, z->n_head, &z->cap_head, sizeof(*z->head));

	if (p == NULL)
		return SEK_ENOMEM;
	z->head = p;
	to_record(&z->head[z->n_head++], r);
	return 0;
}

static int
collect_entry(void *ctx, const struct snapshot_entry *e)
{
	struct zone *z = ctx;
	void *p;

	if (e->code != z->code)
		return 0;
	p = grow(z->entries, z->n, &z->cap, sizeof(*z->entries));
	if (p == NULL)
		return SEK_ENOMEM;
	z->entries = p;
	z->entries[z->n++] = *e;
	return 0;
}

static int
owner_of(struct dns_name *out, const struct addr *a, const struct dns_name *root)
{
	struct wbuf w = wbuf_of(out->o, sizeof(out->o));
	char text[ADDR_LABELS];
	struct str labels;

	addr_labels(text, a);
	labels = str_of(text);
	while (labels.n > 0) {
		struct str label = str_cut(&labels, '.');

		wbuf_u8(&w, (uint8_t)label.n);
		wbuf_bytes(&w, label.p, label.n);
	}
	dns_name_write(&w, root);
	out->len = (uint8_t)w.len;
	return w.err;
}

/* The one record of that name and type. */
static int
ask(struct packet_record *out, const struct zone *z, const struct dns_name *name,
    uint16_t type)
{
	const struct answer_asker who = { .tcp = true };
	uint8_t q[DNS_QUERY_MAX], a[ASK_ROOM];
	size_t n = dns_query_build(q, 0, name, type);
	struct dns_reply reply;
	struct dns_record r;
	int err;

	n = answer_make(z->s, q, n, &who, a, sizeof(a), NULL);
	err = dns_reply_open(&reply, a, n, 0, name, type);
	if (err == 0)
		err = dns_reply_next(&r, &reply);
	if (err == 0)
		to_record(out, &r);
	return err == DNS_END ? SEK_EPARSE : err;
}

static int
entry_next(struct zone *z, struct packet_record *out)
{
	static const uint16_t types[] = { DNS_A, DNS_TXT };
	const struct snapshot_entry *e = &z->entries[z->at];
	struct dns_name name;
	int err = owner_of(&name, &e->addr, &z->roots[z->part / 2]);

	if (err == 0)
		err = ask(out, z, &name, types[z->part % 2]);
	if (++z->part == 2 * z->n_roots) {
		z->part = 0;
		z->at++;
	}
	return err;
}

static int
zone_next(struct source *source, struct packet_record *out)
{
	struct zone *z = (struct zone *)source;

	if (z->at_head < z->n_head) {
		*out = z->head[z->at_head++];
		return 0;
	}
	if (z->at < z->n)
		return entry_next(z, out);
	if (z->ended)
		return SOURCE_END;
	*out = z->head[0];
	z->ended = true;
	return 0;
}

static void
zone_free(struct source *source)
{
	struct zone *z = (struct zone *)source;

	free(z->head);
	free(z->entries);
	free(z);
}

static int
set_roots(struct zone *z, enum answer_zone which)
{
	const struct dns_name *zone = &z->s->base->zone.zone;

	if (which == ANSWER_OUT) {
		z->code = RETURNCODE_EXIT;
		z->n_roots = 1;
		return dns_name_under(&z->roots[0], STR("out"), zone);
	}
	z->code = RETURNCODE_ENTRY;
	z->n_roots = 2;
	z->roots[0] = *zone;
	return dns_name_under(&z->roots[1], STR("in"), zone);
}

static int
collect(struct zone *z, enum answer_zone which)
{
	const struct snapshot bare = { .base = &z->bare };
	int err = set_roots(z, which);

	z->bare = *z->s->base;
	z->bare.head = *snapshot_now(z->s);
	z->bare.n_lists = 0;
	if (err == 0)
		err = answer_each(&bare, which, (struct wall){ 0 }, collect_head, z);
	if (err == 0)
		err = snapshot_each(z->s, collect_entry, z);
	return err != 0 || z->n_head > 0 ? err : SEK_EPARSE;
}

int
source_zone(struct source **out, const struct snapshot *s, enum answer_zone which)
{
	struct zone *z = calloc(1, sizeof(*z));
	int err;

	if (z == NULL)
		return SEK_ENOMEM;
	z->source = (struct source){ zone_next, zone_free };
	z->s = s;
	err = collect(z, which);
	if (err == 0)
		*out = &z->source;
	else
		zone_free(&z->source);
	return err;
}
