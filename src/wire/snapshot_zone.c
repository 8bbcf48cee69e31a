#include "wire/snapshot_build.h"

#include <string.h>

enum {	/* RFC 1912 2.2, shortened: changes travel by NOTIFY within seconds */
	REFRESH_S = 900, RETRY_S = 300, EXPIRE_S = 7 * 86400, TTL_S = 300,
};

static int
set_ns(struct snapshot_zone *z, struct str ns)
{
	while (ns.n > 0) {
		struct str name = str_cut(&ns, ' ');

		if (name.n == 0)
			continue;
		if (z->n_ns == SNAPSHOT_NS ||
		    dns_name_parse(&z->ns[z->n_ns], name) != 0)
			return SEK_EPARSE;
		z->n_ns++;
	}
	return z->n_ns == 0 ? SEK_EPARSE : 0;
}

int
snapshot_zone_set(struct snapshot_zone *z, char url_room[SNAPSHOT_URL + 1],
    struct str zone, struct str ns, struct str hostmaster, struct str url)
{
	memset(z, 0, sizeof(*z));
	if (dns_name_parse(&z->zone, zone) != 0 || set_ns(z, ns) != 0 ||
	    dns_name_mailbox(&z->hostmaster, hostmaster) != 0 ||
	    url.n > SNAPSHOT_URL)
		return SEK_EPARSE;
	z->refresh_s = REFRESH_S;
	z->retry_s = RETRY_S;
	z->expire_s = EXPIRE_S;
	z->ttl_s = z->negative_ttl_s = TTL_S;
	if (url.n > 0)
		memcpy(url_room, url.p, url.n);
	if (url.n > 0 && url.p[url.n - 1] != '/') {
		if (url.n == SNAPSHOT_URL)
			return SEK_EPARSE;
		url_room[url.n++] = '/';
	}
	z->url = (struct str){ url_room, url.n };
	return 0;
}

int
snapshot_zone_host(struct snapshot_zone *z, size_t ns, const struct addr *a)
{
	if (ns >= z->n_ns)
		return SEK_EPARSE;
	if (z->n_hosts == SNAPSHOT_HOSTS)
		return SEK_ELIMIT;
	z->hosts[z->n_hosts].ns = (uint8_t)ns;
	z->hosts[z->n_hosts++].addr = *a;
	return 0;
}
