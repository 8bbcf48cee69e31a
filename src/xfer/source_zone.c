/* A whole zone as a source. */
#include "xfer/source.h"

#include <stdlib.h>
#include <string.h>

struct zone {
	struct source		source;
	size_t			n, cap, at;
	struct packet_record	*r;
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

static int
collect(void *ctx, const struct dns_record *r)
{
	struct zone *z = ctx;

	if (z->n == z->cap) {
		size_t cap = z->cap == 0 ? 64 : 2 * z->cap;
		void *p = realloc(z->r, cap * sizeof(*z->r));

		if (p == NULL)
			return SEK_ENOMEM;
		z->r = p;
		z->cap = cap;
	}
	to_record(&z->r[z->n++], r);
	return 0;
}

static int
zone_next(struct source *source, struct packet_record *out)
{
	struct zone *z = (struct zone *)source;

	if (z->at > z->n)
		return SOURCE_END;
	*out = z->r[z->at < z->n ? z->at : 0];
	z->at++;
	return 0;
}

static void
zone_free(struct source *source)
{
	struct zone *z = (struct zone *)source;

	free(z->r);
	free(z);
}

int
source_zone(struct source **out, const struct snapshot *s, enum answer_zone which)
{
	struct zone *z = calloc(1, sizeof(*z));
	int err;

	if (z == NULL)
		return SEK_ENOMEM;
	z->source = (struct source){ zone_next, zone_free };
	err = answer_each(s, which, (struct wall){ 0 }, collect, z);
	if (err == 0)
		*out = &z->source;
	else
		zone_free(&z->source);
	return err;
}
