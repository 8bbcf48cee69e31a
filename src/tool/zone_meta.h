#pragma once
/* tool/zone_meta.h -- what files and options of an import say of the zone.
 *
 * Options are set before the files are read; of the files the first one that
 * says a thing decides; zone_meta_end() fills in the rest. */

#include "wire/snapshot_build.h"

enum { ZONE_META_HOSTS = 64 };

struct zone_meta {
	struct snapshot_zone	zone;	/* zone.zone.len, n_ns, hostmaster.len, url.n, times 0: not known */
	char			url[SNAPSHOT_URL + 1];	/* zone.url is in here */
	bool			ns_closed;	/* an option or a file has named the servers */
	struct snapshot_head	head;	/* serial, made_s, expiry_s, life 0: not known */
	size_t			n_hosts;
	struct { struct dns_name name; struct addr addr; } hosts[ZONE_META_HOSTS];
};

/* Takes an SOA: serial, refresh, retry, expire, minimum. */
void zone_meta_soa(struct zone_meta *m, const struct dns_name *rname,
    const uint32_t soa[5], uint32_t ttl_s);
void zone_meta_ns(struct zone_meta *m, const struct dns_name *name);

/* MNAME of the SOA: the first one of those that are named, or the only one. */
void zone_meta_primary(struct zone_meta *m, const struct dns_name *name);

/* An address of a name that may be a name server's. */
void zone_meta_host(struct zone_meta *m, const struct dns_name *name,
    const struct addr *a);

/* The text of _status: life, expiry, LAB.  Hostile; nothing in it is a must. */
void zone_meta_status(struct zone_meta *m, struct str text);

/* The TXT text of an entry, which names the page of addr ("…/ip/192.0.2.25")
 * and so the URL; LAB in front.  Hostile. */
void zone_meta_text(struct zone_meta *m, struct str text, struct str addr);

/* Sets the URL; false: not http or https, or too long. */
bool zone_meta_url(struct zone_meta *m, struct str url);

/* Fills in what nobody said: ns localhost, hostmaster@ZONE, TTLs 300 s, SOA
 * timers ours, serial and made now, expiry life_s later, alive.
 * Returns 0, or SEK_EPARSE: the zone's name is not known. */
int zone_meta_end(struct zone_meta *m, int64_t now_s, uint32_t life_s) MUST_CHECK;
