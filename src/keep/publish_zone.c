#include "keep/publish_zone.h"

#include <string.h>

/* Does an address of dns.listen lead others here?  A resolver that learned
 * 127.0.0.1 as the name server's address would lose the whole zone: what the
 * zone says counts more to it than the glue of the delegation. */
static bool
leads_here(const struct addr *a)
{
	const struct addr any4 = addr_v4(0, 0, 0, 0);
	const struct addr loop6 = { .o = { [15] = 1 } };

	if (addr_is_v4(a))
		return a->o[12] != 127 && !addr_eq(a, &any4);
	return !addr_is_none(a) && !addr_eq(a, &loop6);
}

/* Is an earlier socket on the same address?  An RRset has no duplicates (RFC
 * 2181 5). */
static bool
listened_before(const struct conf *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (addr_eq(&c->dns[i].addr, &c->dns[n].addr))
			return true;
	return false;
}

/* Gives a name server inside the zone the addresses that DNS listens on. */
static int
zone_hosts(struct snapshot_zone *z, const struct conf *c, size_t ns)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < c->n_dns; i++)
		if (leads_here(&c->dns[i].addr) && !listened_before(c, i))
			err = snapshot_zone_host(z, ns, &c->dns[i].addr);
	return err;
}

int
publish_zone(struct snapshot_zone *z, char url[SNAPSHOT_URL + 1], const struct conf *c)
{
	size_t above;
	int err = snapshot_zone_set(z, url, str_of(c->zone), str_of(c->ns),
	    str_of(c->hostmaster), str_of(c->url));

	if (err != 0)
		return err;
	z->ttl_s = c->ttl_s;
	z->negative_ttl_s = c->negative_ttl_s;
	for (size_t ns = 0; err == 0 && ns < z->n_ns; ns++)
		if (dns_name_below(&z->ns[ns], &z->zone, &above))
			err = zone_hosts(z, c, ns);
	return err;
}

/* --- comparing --- */

static bool
name_same(const struct dns_name *a, const struct dns_name *b)
{
	return a->len == b->len && memcmp(a->o, b->o, a->len) == 0;
}

static bool
servers_same(const struct snapshot_zone *a, const struct snapshot_zone *b)
{
	if (a->n_ns != b->n_ns || a->n_hosts != b->n_hosts)
		return false;
	for (size_t i = 0; i < a->n_ns; i++)
		if (!name_same(&a->ns[i], &b->ns[i]))
			return false;
	for (size_t i = 0; i < a->n_hosts; i++)
		if (a->hosts[i].ns != b->hosts[i].ns ||
		    !addr_eq(&a->hosts[i].addr, &b->hosts[i].addr))
			return false;
	return true;
}

bool
publish_zone_same(const struct snapshot_zone *a, const struct snapshot_zone *b)
{
	return name_same(&a->zone, &b->zone) &&
	    name_same(&a->hostmaster, &b->hostmaster) && servers_same(a, b) &&
	    a->ttl_s == b->ttl_s && a->negative_ttl_s == b->negative_ttl_s &&
	    a->refresh_s == b->refresh_s && a->retry_s == b->retry_s &&
	    a->expire_s == b->expire_s && str_eq(a->url, b->url);
}
