/* Rules over more than one key. */
#include "sys/conf.h"

#include <string.h>
#include <sys/un.h>

#include "fact/special_use.h"

/* Is name parent itself or a name below it? */
static bool
at_or_below(const char *name, const char *parent)
{
	struct str n = str_of(name), p = str_of(parent);

	if (!str_iends(n, p))
		return false;
	return n.n == p.n || n.p[n.n - p.n - 1] == '.';
}

static const char *
rule_lab(const struct conf *c)
{
	for (size_t i = 0; i < c->n_lab; i++)
		if (!special_use_lab(&c->lab[i]))
			return "lab.range: only 127.0.0.0/8, ::1, RFC 1918, "
			    "198.18.0.0/15, fc00::/7 and documentation space "
			    "may be a laboratory";
	return NULL;
}

static const char *
rule_zone(const struct conf *c)
{
	if (c->zone[0] == '\0')
		return "dns.zone: must be set";
	if (c->ns[0] == '\0')
		return "dns.ns: must be set: a zone needs a name server";
	if (c->hostmaster[0] == '\0')
		return "dns.hostmaster: must be set: it is in the zone's SOA";
	return NULL;
}

/* A relay that rejects by our own list must still be able to send us the
 * probe back, and a wildcard of one must not answer for the other. */
static const char *
rule_domains(const struct conf *c)
{
	if (c->probe_domain[0] == '\0')
		return "probe.domain: must be set";
	if (at_or_below(c->probe_domain, c->zone) ||
	    at_or_below(c->zone, c->probe_domain))
		return "probe.domain: must be neither dns.zone nor above or below it";
	if (c->probe_domain2[0] == '\0')
		return NULL;
	if (at_or_below(c->probe_domain2, c->probe_domain) ||
	    at_or_below(c->probe_domain, c->probe_domain2) ||
	    at_or_below(c->probe_domain2, c->zone) ||
	    at_or_below(c->zone, c->probe_domain2))
		return "probe.domain2: must be neither probe.domain nor dns.zone "
		    "nor above or below one of them";
	return NULL;
}

static const char *
rule_tls(const struct conf *c)
{
	if ((c->smtp_cert[0] == '\0') != (c->smtp_key[0] == '\0'))
		return "receive.cert: needs receive.key, and the other way round";
	if ((c->probe_cert[0] == '\0') != (c->probe_key[0] == '\0'))
		return "probe.cert: needs probe.key, and the other way round";
	return NULL;
}

static const char *
rule_paths(const struct conf *c)
{
	struct sockaddr_un sun;

	if (c->state[0] == '\0')
		return "state.dir: must be set";
	if (c->control[0] == '\0' &&
	    strlen(c->state) + sizeof("/control") > sizeof(sun.sun_path))
		return "state.dir: too long for a socket's name in it; set control.socket";
	return NULL;
}

static const char *
rule_public(const struct conf *c)
{
	if (!c->probe_public)
		return NULL;
	if (c->contact[0] == '\0')
		return "probe.public: needs operator.contact: who is probed must be able to answer";
	if (c->operator[0] == '\0')
		return "probe.public: needs operator.name: who is probed must know by whom";
	return NULL;
}

static const char *
rule_sessions(const struct conf *c)
{
	if (c->smtp_per_addr > c->smtp_sessions)
		return "receive.per_address: is more than receive.sessions";
	return NULL;
}

static const char *
rule_connections(const struct conf *c)
{
	if (c->web_per_addr > c->web_connections)
		return "web.per_address: is more than web.connections";
	return NULL;
}

/* An address can be borrowed, so who wants no key must say so. */
static const char *
rule_transfer(const struct conf *c)
{
	bool keys = c->transfer_keys[0] != '\0';

	if (keys && c->transfer_nokey)
		return "dns.transfer_nokey: contradicts dns.transfer_keys: with "
		    "keys every transfer needs one";
	if (c->n_transfer_from > 0 && !keys && !c->transfer_nokey)
		return "dns.transfer_from: needs dns.transfer_keys; where an "
		    "address alone is to be enough, say dns.transfer_nokey = true";
	for (size_t i = 0; i < c->n_secondaries; i++)
		if (c->secondaries[i].port == 0)
			return "dns.secondaries: port 0 is nobody's";
	return NULL;
}

static const char *
rule_catalog(const struct conf *c)
{
	return c->catalog[0] == '\0' || (!at_or_below(c->catalog, c->zone) &&
	    !at_or_below(c->zone, c->catalog)) ? NULL :
	    "dns.catalog: must be neither dns.zone nor above or below it";
}

int
conf_check(const struct conf *c, struct conf_why *why)
{
	static const char *(*const rules[])(const struct conf *) = {
		rule_paths, rule_zone, rule_domains, rule_tls, rule_lab,
		rule_public, rule_sessions, rule_connections,
		rule_transfer, rule_catalog,
	};
	const char *broken;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((broken = rules[i](c)) != NULL) {
			snprintf(why->text, sizeof(why->text), "%s", broken);
			return SEK_EPARSE;
		}
	why->text[0] = '\0';
	return 0;
}
