#include "tool/zone_meta.h"

#include <string.h>

#include "base/clock.h"
#include "tool/life.h"

static void
set(uint32_t *field, uint32_t v)
{
	if (*field == 0)
		*field = v;
}

void
zone_meta_soa(struct zone_meta *m, const struct dns_name *rname,
    const uint32_t soa[5], uint32_t ttl_s)
{
	set(&m->head.serial, soa[0]);
	set(&m->zone.refresh_s, soa[1]);
	set(&m->zone.retry_s, soa[2]);
	set(&m->zone.expire_s, soa[3]);
	set(&m->zone.negative_ttl_s, soa[4]);
	set(&m->zone.ttl_s, ttl_s);
	if (m->zone.hostmaster.len == 0)
		m->zone.hostmaster = *rname;
}

void
zone_meta_ns(struct zone_meta *m, const struct dns_name *name)
{
	for (size_t i = 0; i < m->zone.n_ns; i++)
		if (dns_name_eq(&m->zone.ns[i], name))
			return;
	if (!m->ns_closed && m->zone.n_ns < SNAPSHOT_NS)
		m->zone.ns[m->zone.n_ns++] = *name;
}

void
zone_meta_primary(struct zone_meta *m, const struct dns_name *name)
{
	size_t at = 0;

	if (m->ns_closed)
		return;
	if (m->zone.n_ns == 0)
		zone_meta_ns(m, name);
	while (at < m->zone.n_ns && !dns_name_eq(&m->zone.ns[at], name))
		at++;
	if (at == m->zone.n_ns)
		return;
	memmove(m->zone.ns + 1, m->zone.ns, at * sizeof(m->zone.ns[0]));
	m->zone.ns[0] = *name;
}

void
zone_meta_host(struct zone_meta *m, const struct dns_name *name,
    const struct addr *a)
{
	if (m->n_hosts == ZONE_META_HOSTS)
		return;
	m->hosts[m->n_hosts].name = *name;
	m->hosts[m->n_hosts++].addr = *a;
}

void
zone_meta_status(struct zone_meta *m, struct str text)
{
	struct life l;

	life_read(&l, text);
	if (m->head.life == 0)
		m->head.life = l.is;
	if (m->head.expiry_s == 0)
		m->head.expiry_s = l.expires.s;
	if (l.empties.s > 0 && l.empties.s / SNAPSHOT_DAY_S <= SNAPSHOT_DAY_MAX)
		set(&m->head.empties, (uint32_t)(l.empties.s / SNAPSHOT_DAY_S));
	if (l.lab)
		m->head.flags |= SNAPSHOT_LAB;
}

bool
zone_meta_url(struct zone_meta *m, struct str url)
{
	if (url.n >= SNAPSHOT_URL || (!str_istarts(url, STR("https://")) &&
	    !str_istarts(url, STR("http://"))))
		return false;
	memcpy(m->url, url.p, url.n);
	if (m->url[url.n - 1] != '/')
		m->url[url.n++] = '/';
	m->zone.url = (struct str){ m->url, url.n };
	return true;
}

/* The text ends in URL ip/ADDR; the URL begins after the last blank. */
void
zone_meta_text(struct zone_meta *m, struct str text, struct str addr)
{
	static const struct str ip = STR("ip/");

	if (str_eq((struct str){ text.p, text.n < 4 ? text.n : 4 }, STR("LAB ")))
		m->head.flags |= SNAPSHOT_LAB;
	if (m->zone.url.n > 0 || addr.n == 0 || text.n <= addr.n + ip.n ||
	    !str_iends(text, addr))
		return;
	text.n -= addr.n;
	if (!str_iends(text, ip))
		return;
	text.n -= ip.n;
	while (str_find(text, ' ') >= 0)
		str_cut(&text, ' ');
	if (text.n > 0 && text.p[text.n - 1] == '/')
		(void)zone_meta_url(m, text);
}

/* Which name server name is; n_ns when none. */
static size_t
find_ns(const struct snapshot_zone *z, const struct dns_name *name)
{
	size_t n = 0;

	while (n < z->n_ns && !dns_name_eq(&z->ns[n], name))
		n++;
	return n;
}

static void
take_hosts(struct zone_meta *m)
{
	for (size_t i = 0; i < m->n_hosts; i++) {
		size_t n = find_ns(&m->zone, &m->hosts[i].name);

		if (n < m->zone.n_ns && snapshot_zone_host(&m->zone, n,
		    &m->hosts[i].addr) != 0)
			return;		/* no room: served without the rest */
	}
}

int
zone_meta_end(struct zone_meta *m, int64_t now_s, uint32_t life_s)
{
	struct snapshot_zone usual;
	char none[SNAPSHOT_URL + 1];

	if (m->zone.zone.len == 0 || snapshot_zone_set(&usual, none, STR("example"),
	    STR("localhost"), STR("hostmaster@example"), STR("")) != 0)
		return SEK_EPARSE;
	set(&m->zone.ttl_s, usual.ttl_s);
	set(&m->zone.negative_ttl_s, usual.negative_ttl_s);
	set(&m->zone.refresh_s, usual.refresh_s);
	set(&m->zone.retry_s, usual.retry_s);
	set(&m->zone.expire_s, usual.expire_s);
	if (m->zone.n_ns == 0)
		m->zone.ns[m->zone.n_ns++] = usual.ns[0];
	if (m->zone.hostmaster.len == 0 &&
	    dns_name_under(&m->zone.hostmaster, STR("hostmaster"), &m->zone.zone) != 0)
		return SEK_EPARSE;
	take_hosts(m);
	if (m->head.made_s == 0)
		m->head.made_s = now_s;
	if (m->head.expiry_s == 0)
		m->head.expiry_s = now_s + life_s;
	set(&m->head.serial, (uint32_t)now_s);
	if (m->head.life == 0)
		m->head.life = SNAPSHOT_ALIVE;
	if (m->head.life != SNAPSHOT_CLOSING)
		m->head.empties = 0;
	m->head.base_serial = m->head.serial;
	return 0;
}
