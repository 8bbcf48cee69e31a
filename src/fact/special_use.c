#include "fact/special_use.h"

/* As of SPECIAL_USE_DATE.  Entries that the registries call globally reachable
 * (AS112, AMT) are in it as well: none of them is a mail server's.  The first
 * row that holds an address names it. */
static const struct { const char *net, *why; } table[] = {
	/* IPv4: RFC 6890 and updates; RFC 5771; RFC 1112 section 4 */
	{ "0.0.0.0/8", "this-network" },
	{ "10.0.0.0/8", "private" },
	{ "100.64.0.0/10", "shared" },
	{ "127.0.0.0/8", "loopback" },
	{ "169.254.0.0/16", "link-local" },
	{ "172.16.0.0/12", "private" },
	{ "192.0.0.0/24", "protocol" },
	{ "192.0.2.0/24", "documentation" },
	{ "192.31.196.0/24", "as112" },
	{ "192.52.193.0/24", "amt" },
	{ "192.88.99.0/24", "6to4" },
	{ "192.168.0.0/16", "private" },
	{ "192.175.48.0/24", "as112" },
	{ "198.18.0.0/15", "benchmarking" },
	{ "198.51.100.0/24", "documentation" },
	{ "203.0.113.0/24", "documentation" },
	{ "224.0.0.0/4", "multicast" },
	{ "240.0.0.0/4", "reserved" },
	/* IPv6 that carries IPv4: RFC 4291 2.5.5.1, 7915, 6052, 8215, 4380, 3056 */
	{ "::1", "loopback" },
	{ "::", "unspecified" },
	{ "::/96", "v4-compatible" },
	{ "::ffff:0:0:0/96", "v4-translated" },
	{ "64:ff9b::/96", "nat64" },
	{ "64:ff9b:1::/48", "nat64" },
	{ "2001::/32", "teredo" },
	{ "2002::/16", "6to4" },
	/* IPv6 */
	{ "100::/64", "discard" },
	{ "100:0:0:1::/64", "dummy" },
	{ "2001:2::/48", "benchmarking" },
	{ "2001:db8::/32", "documentation" },
	{ "2001::/23", "protocol" },
	{ "2620:4f:8000::/48", "as112" },
	{ "3fff::/20", "documentation" },
	{ "5f00::/16", "segment-routing" },
	{ "fc00::/7", "private" },
	{ "fe80::/10", "link-local" },
	{ "fec0::/10", "site-local" },
	{ "ff00::/8", "multicast" },
};

/* Architecture 1.1. */
static const char *const lab_space[] = {
	"127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
	"198.18.0.0/15", "fc00::/7", "192.0.2.0/24", "198.51.100.0/24",
	"203.0.113.0/24", "2001:db8::/32", "3fff::/20",
};

static bool
text_has(const char *text, const struct addr *a)
{
	struct net n;

	return net_parse(&n, str_of(text)) == 0 && net_has(&n, a);
}

bool
special_use_lab(const struct net *n)
{
	struct net space;

	for (size_t i = 0; i < sizeof(lab_space) / sizeof(lab_space[0]); i++)
		if (net_parse(&space, str_of(lab_space[i])) == 0 &&
		    net_within(n, &space))
			return true;
	return false;
}

static const char *
table_why(const struct addr *a)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (text_has(table[i].net, a))
			return table[i].why;
	return NULL;
}

/* ISATAP (RFC 5214 6.1): an IPv4 address in the last four octets, after
 * 0000:5efe or, when that is a public one, 0200:5efe. */
static const char *
isatap_why(const struct addr *a)
{
	const uint8_t *o = a->o;
	struct addr inner = addr_v4(o[12], o[13], o[14], o[15]);

	if ((o[8] & 0xfd) != 0 || o[9] != 0 || o[10] != 0x5e || o[11] != 0xfe)
		return NULL;
	return table_why(&inner);
}

static const char *
why_special(const struct addr *a)
{
	const char *why = table_why(a);

	if (why != NULL || addr_is_v4(a))
		return why;
	/* IANA has given out global unicast space from 2000::/3 alone. */
	return (a->o[0] & 0xe0) != 0x20 ? "unassigned" : isatap_why(a);
}

bool
special_use(const struct addr *a, const struct net *lab, size_t n_lab,
    const char **why)
{
	*why = why_special(a);
	if (*why == NULL)
		return false;
	for (size_t i = 0; i < n_lab; i++)
		if (special_use_lab(&lab[i]) && net_has(&lab[i], a))
			return false;
	return true;
}
