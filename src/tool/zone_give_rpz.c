/* A response policy zone, rpz.ZONE or rpz.out.ZONE: one CNAME an entry, and
 * what is excepted passes.  The resolver takes the longest prefix, so order
 * does not matter.  _status is at the apex, where no resolver looks for policy. */

#include <string.h>

#include "fact/answer_cursor.h"
#include "tool/master.h"
#include "tool/zone_give.h"

static int
put(struct zone_give *g, const struct dns_record *r)
{
	g->records++;
	return master_put(g->out, r);
}

static int
find_apex(struct dns_name *apex, const struct zone_give *g)
{
	struct dns_name of = g->s.base->zone.zone, out;

	if (g->which == ANSWER_OUT) {
		if (dns_name_under(&out, STR("out"), &of) != 0)
			return SEK_ELIMIT;
		of = out;
	}
	return dns_name_under(apex, STR("rpz"), &of);
}

static int
put_soa(struct zone_give *g, struct dns_record *r)
{
	const struct snapshot_zone *z = &g->s.base->zone;
	const uint32_t soa[5] = { snapshot_now(&g->s)->serial, z->refresh_s,
		z->retry_s, z->expire_s, z->negative_ttl_s };

	r->type = DNS_SOA;
	r->name = z->ns[0];
	r->mbox = z->hostmaster;
	memcpy(r->soa, soa, sizeof(r->soa));
	return put(g, r);
}

static int
put_head(struct zone_give *g, const struct dns_name *apex)
{
	const struct snapshot_zone *z = &g->s.base->zone;
	struct dns_record r = { .owner = *apex, .ttl_s = z->ttl_s };
	struct answer_record status;
	int err = put_soa(g, &r);

	r.type = DNS_NS;
	for (size_t i = 0; i < z->n_ns && err == 0; i++) {
		r.name = z->ns[i];
		err = put(g, &r);
	}
	if (err == 0)
		err = answer_status_record(&status, &g->s, snapshot_now(&g->s));
	if (err != 0)
		return err;
	r.type = DNS_TXT;
	r.data = status.data;
	r.len = status.len;
	return put(g, &r);
}

static int
put_entry(struct zone_give *g, struct dns_record *r, const struct dns_name *apex,
    const struct snapshot_entry *e)
{
	const char *target = e->form == SNAPSHOT_EXCEPT ? "rpz-passthru." : g->target;
	struct net net = snapshot_entry_net(e);
	char text[RPZ_TEXT];
	struct str labels = { text, rpz_write(text, &net, g->trigger) };
	int err = dns_name_read_text(&r->owner, labels, apex);

	if (err != 0)
		return SEK_ELIMIT;	/* under so long a zone */
	err = dns_name_parse(&r->name, str_of(target));
	return err == 0 ? put(g, r) : err;
}

int
zone_give_rpz(struct zone_give *g)
{
	struct dns_record r = { .type = DNS_CNAME, .ttl_s = g->s.base->zone.ttl_s };
	struct snapshot_cursor c;
	struct snapshot_entry e;
	struct dns_name apex;
	int err = find_apex(&apex, g);

	if (err == 0)
		err = put_head(g, &apex);
	zone_give_start(&c, g, zone_give_code(g->which));
	while (err == 0 && snapshot_cursor_next(&c, &e) == 0)
		err = put_entry(g, &r, &apex, &e);
	return err == 0 && fflush(g->out) != 0 ? SEK_ESYS : err;
}
