#include "fact/answer_cursor.h"

#include <string.h>

/* A record as a client reads it.  The octets are our own, whole. */
static int
to_client(struct dns_record *out, const struct answer_record *r)
{
	struct rbuf data = rbuf_of(r->data, r->len);

	*out = (struct dns_record){ .owner = r->owner, .type = r->type,
		.ttl_s = r->ttl_s, .data = r->data, .len = r->len };
	if (r->type == DNS_NS || r->type == DNS_SOA)
		dns_name_read_plain(&out->name, &data);
	if (r->type == DNS_SOA) {
		dns_name_read_plain(&out->mbox, &data);
		for (size_t i = 0; i < 5; i++)
			out->soa[i] = rbuf_u32(&data);
	}
	if (r->type == DNS_A)
		out->addr = addr_v4(r->data[0], r->data[1], r->data[2], r->data[3]);
	if (r->type == DNS_AAAA)
		memcpy(out->addr.o, r->data, sizeof(out->addr.o));
	return data.err;
}

int
answer_each(const struct snapshot *s, enum answer_zone which, struct wall now,
    int (*fn)(void *ctx, const struct dns_record *r), void *ctx)
{
	struct answer_cursor c;
	struct answer_record r;
	struct dns_record given;
	int err = answer_cursor_start(&c, s, which);

	c.now = now;
	while (err == 0) {
		err = answer_cursor_next(&c, &r);
		if (err == 0)
			err = to_client(&given, &r);
		if (err == 0)
			err = fn(ctx, &given);
		else if (err == ANSWER_END)
			return 0;
	}
	return err;
}
