#include "xfer/source.h"

#include <stdlib.h>
#include <string.h>

struct list {
	struct source		source;
	size_t			n, at;
	struct answer_record	r[];
};

static int
list_next(struct source *source, struct answer_record *out)
{
	struct list *l = (struct list *)source;

	if (l->at == l->n)
		return SOURCE_END;
	*out = l->r[l->at++];
	return 0;
}

static void
plain_free(struct source *source)
{
	free(source);
}

int
source_list(struct source **out, const struct answer_record *r, size_t n)
{
	struct list *l = malloc(sizeof(*l) + n * sizeof(*r));

	if (l == NULL)
		return SEK_ENOMEM;
	l->source = (struct source){ list_next, plain_free };
	l->n = n;
	l->at = 0;
	memcpy(l->r, r, n * sizeof(*r));
	*out = &l->source;
	return 0;
}

void
source_soa(struct answer_record *out, const struct snapshot *s,
    enum answer_zone which, uint32_t serial)
{
	const struct snapshot_zone *z = &s->base->zone;
	struct wbuf w = wbuf_of(out->data, sizeof(out->data));

	out->owner = z->zone;
	if (which == ANSWER_OUT && dns_name_under(&out->owner, STR("out"), &z->zone) != 0)
		out->owner = z->zone;	/* such a zone was never published */
	out->type = DNS_SOA;
	out->ttl_s = z->ttl_s;
	dns_name_write(&w, &z->ns[0]);
	dns_name_write(&w, &z->hostmaster);
	wbuf_u32(&w, serial);
	wbuf_u32(&w, z->refresh_s);
	wbuf_u32(&w, z->retry_s);
	wbuf_u32(&w, z->expire_s);
	wbuf_u32(&w, z->negative_ttl_s);
	out->len = (uint16_t)w.len;
}
