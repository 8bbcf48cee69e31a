/* The table of keys.  A key is one row here; everything else reads it. */
#include "sys/conf.h"

#include <string.h>

#include "fact/special_use.h"

enum { HOUR = 3600, DAY = 86400, KB = 1024, MB = 1024 * 1024 };

#define F(f) offsetof(struct conf, f)

/* RFC 1035 2.3.1 with digits and _ where a label may begin (RFC 1123 2.1). */
static bool
is_name(struct str s)
{
	struct str label;

	if (s.n == 0 || s.n > 253 || s.p[s.n - 1] == '.')
		return false;
	while (s.n > 0) {
		label = str_cut(&s, '.');
		if (label.n == 0 || label.n > 63 || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-')
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!ascii_alnum(label.p[i]) && label.p[i] != '-' &&
			    label.p[i] != '_')
				return false;
	}
	return true;
}

static const char *
check_name(struct str s)
{
	return s.n == 0 || is_name(s) ? NULL :
	    "a domain name without a final dot, as bl.example";
}

static const char *
check_names(struct str s)
{
	while (s.n > 0) {
		struct str one = str_cut(&s, ' ');

		if (!is_name(one))
			return "host names with one space between";
	}
	return NULL;
}

static const char *
check_mail(struct str s)
{
	struct str local = str_cut(&s, '@');

	if (local.n == 0 && s.n == 0)
		return NULL;
	for (size_t i = 0; i < local.n; i++)
		if (!ascii_alnum(local.p[i]) &&
		    memchr(".-_+", local.p[i], 4) == NULL)
			return "a mail address, as postmaster@probe.example";
	return local.n > 0 && local.n <= 64 && is_name(s) ? NULL :
	    "a mail address, as postmaster@probe.example";
}

static const char *
check_url(struct str s)
{
	return s.n == 0 || str_istarts(s, STR("https://")) ||
	    str_istarts(s, STR("http://")) ? NULL : "an http or https URL";
}

static const char *
check_path(struct str s)
{
	return s.n == 0 || s.p[0] == '/' ? NULL : "a path that begins with /";
}

static const char *
check_user(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_alnum(s.p[i]) && memchr("-_.", s.p[i], 3) == NULL)
			return "a user name";
	return NULL;
}

static const char *
check_interface(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '/' || s.p[i] == ':')
			return "the name of a network interface";
	return NULL;
}

static const char *
check_store(struct str s)
{
	return s.n == 0 || str_istarts(s, STR("sqlite:/")) ||
	    str_eq(s, STR("memory:")) ? NULL : "sqlite:/PATH or memory:";
}

static const char *
check_lab(struct str s)
{
	struct net n;

	return net_parse(&n, s) == 0 && special_use_lab(&n) ? NULL :
	    "a range wholly inside 127.0.0.0/8, ::1, 10.0.0.0/8, "
	    "172.16.0.0/12, 192.168.0.0/16, 198.18.0.0/15, fc00::/7 or "
	    "documentation space (192.0.2.0/24, 198.51.100.0/24, "
	    "203.0.113.0/24, 2001:db8::/32, 3fff::/20)";
}

static const char *
check_v4(struct str s)
{
	return s.n == 0 || str_find(s, ':') < 0 ? NULL : "an IPv4 address";
}

static const char *
check_v6(struct str s)
{
	return s.n == 0 || str_find(s, ':') >= 0 ? NULL : "an IPv6 address";
}

static const char *
check_secret(struct str s)
{
	bool hex = s.n == 0 || s.n == 32;

	for (size_t i = 0; i < s.n && hex; i++)
		hex = ascii_digit(s.p[i]) ||
		    (ascii_lower(s.p[i]) >= 'a' && ascii_lower(s.p[i]) <= 'f');
	return hex ? NULL : "32 hexadecimal digits, as `openssl rand -hex 16` prints";
}

#define TEXT(n, max, def, f, check, help) \
	{ n, CONF_TEXT, 0, max, def, F(f), 0, help, check, false }
#define SECRET(n, max, f, check, help) \
	{ n, CONF_TEXT, 0, max, "", F(f), 0, help, check, true }
#define NUMBER(n, type, min, max, def, f, help) \
	{ n, CONF_##type, min, max, def, F(f), 0, help, NULL, false }
#define ADDRESS(n, f, check, help) \
	{ n, CONF_ADDR, 0, 0, "", F(f), 0, help, check, false }
#define LIST(n, type, max, def, f, count, check, help) \
	{ n, CONF_##type, 0, max, def, F(f), F(count), help, check, false }

const struct conf_key conf_keys[] = {
	TEXT("state.dir", 200, "/var/lib/sekimori", state, check_path,
	    "directory of all state; without root $XDG_STATE_HOME/sekimori or ~/.local/state/sekimori"),
	TEXT("store.url", 255, "", store, check_store,
	    "database: sqlite:/PATH, memory:, or empty for a file in state.dir"),
	TEXT("role.user", 32, "sekimori", user, check_user,
	    "user that the roles become when sekimorid is started by root; empty: stay root, without capabilities"),
	TEXT("control.socket", 107, "", control, check_path,
	    "socket on which the commands reach the keeper; empty: control in state.dir"),

	TEXT("dns.zone", 200, "bl.example", zone, check_name,
	    "zone of the list"),
	TEXT("dns.ns", 1024, "ns.bl.example", ns, check_names,
	    "names of the zone's name servers, with one space between"),
	TEXT("dns.hostmaster", 255, "hostmaster@bl.example", hostmaster, check_mail,
	    "mail address for the zone's SOA record"),
	NUMBER("dns.out", BOOL, 0, 1, "false", out_zone,
	    "also publish exits of multi-hop relays, in out.ZONE"),
	NUMBER("dns.ttl", SECONDS, 5, DAY, "5m", ttl_s,
	    "TTL of entries"),
	NUMBER("dns.negative_ttl", SECONDS, 5, DAY, "5m", negative_ttl_s,
	    "TTL of answers that an address is not listed"),
	NUMBER("dns.status_expiry", SECONDS, HOUR, 30 * DAY, "1d", status_s,
	    "time after which _status.ZONE counts as dead"),
	LIST("dns.listen", LISTEN, CONF_LISTENS, "127.0.0.1:5300", dns, n_dns, NULL,
	    "addresses and ports on which DNS is answered, UDP and TCP"),
	NUMBER("dns.workers", COUNT, 0, 64, "0", dns_workers,
	    "processes that answer UDP; 0: one for each processor"),
	LIST("dns.allow", NET, CONF_NETS, "", dns_allow, n_dns_allow, NULL,
	    "addresses that may ask for the zone; none: everybody"),
	LIST("dns.out_allow", NET, CONF_NETS, "", dns_out_allow, n_dns_out_allow, NULL,
	    "addresses that may ask for out.ZONE; none: everybody"),
	NUMBER("dns.rate", COUNT, 0, 1000000, "1000", dns_rate,
	    "answers a second by UDP to one /24, IPv6 /56, without a cookie; 0: no limit"),
	NUMBER("dns.slip", COUNT, 0, 10, "2", dns_slip,
	    "every how manieth answer above dns.rate goes out as \"ask by TCP\"; 0: none"),
	SECRET("dns.cookie_secret", 32, cookie_secret, check_secret,
	    "secret of DNS cookies, 32 hexadecimal digits, the same on all servers of one address; empty: drawn at the start"),
	NUMBER("dns.pin", BOOL, 0, 1, "false", dns_pin,
	    "keep each process that answers UDP on a processor of its own"),
	TEXT("dns.xdp", 15, "", dns_xdp, check_interface,
	    "interface whose DNS datagrams go to AF_XDP sockets; empty: ordinary sockets alone"),
	TEXT("dns.dnstap", 107, "", dnstap, check_path,
	    "socket of a dnstap collector that gets some of the answers; empty: none"),
	NUMBER("dns.dnstap_sample", COUNT, 1, 1000000, "100", dnstap_sample,
	    "one answer of so many goes to dns.dnstap"),
	NUMBER("dns.dnstap_clients", BOOL, 0, 1, "false", dnstap_clients,
	    "tell dns.dnstap the addresses and ports of those who ask"),
	LIST("dns.transfer_from", NET, CONF_NETS, "", transfer_from, n_transfer_from, NULL,
	    "addresses that may transfer the zones; none: nobody"),
	TEXT("dns.transfer_keys", 255, "", transfer_keys, check_path,
	    "file of TSIG keys; with it every transfer needs one of them"),
	NUMBER("dns.transfer_nokey", BOOL, 0, 1, "false", transfer_nokey,
	    "transfer to an address of dns.transfer_from without any key"),
	NUMBER("dns.transfers", COUNT, 1, 100, "10", transfers,
	    "transfers at once"),
	LIST("dns.secondaries", LISTEN, CONF_NETS, "", secondaries, n_secondaries, NULL,
	    "addresses and ports of secondaries, for NOTIFY (not sent yet)"),
	TEXT("dns.catalog", 200, "", catalog, check_name,
	    "name of a catalog zone (RFC 9432) for secondaries; empty: none"),

	TEXT("web.url", 200, "https://bl.example/", url, check_url,
	    "address of the public pages, for TXT records and letters"),
	LIST("web.listen", LISTEN, CONF_LISTENS, "127.0.0.1:8025", web, n_web, NULL,
	    "addresses and ports on which pages and API are served by HTTP; none: no pages"),
	LIST("web.proxies", NET, CONF_NETS, "", proxies, n_proxies, NULL,
	    "addresses of our own reverse proxies: their X-Forwarded-For and X-Forwarded-Proto are believed"),
	NUMBER("web.connections", COUNT, 1, 100000, "2000", web_connections,
	    "HTTP connections at once"),
	NUMBER("web.per_address", COUNT, 1, 100000, "64", web_per_addr,
	    "HTTP connections at once from one IPv4 address or IPv6 /64; proxies are exempt"),
	LIST("web.metrics", NET, CONF_NETS, "127.0.0.1/32 ::1/128", metrics, n_metrics, NULL,
	    "addresses that may read /metrics"),
	NUMBER("web.tests_per_asker", COUNT, 0, 10000, "6", tests_per_asker,
	    "tests that one visitor (a /24, IPv6 a /64) may start in a day"),
	NUMBER("web.tests_per_day", COUNT, 0, 100000, "500", tests_per_day,
	    "tests that all visitors together may start in a day"),
	NUMBER("web.codes_per_day", COUNT, 0, 10000, "100", codes_per_day,
	    "letters with a code for owners that are sent in a day"),

	TEXT("probe.domain", 200, "probe.example", probe_domain, check_name,
	    "domain whose MX is this receiver; probe mails are addressed there"),
	TEXT("probe.domain2", 200, "", probe_domain2, check_name,
	    "second such domain, not below the first; empty: forms that need it are skipped"),
	TEXT("probe.helo", 253, "probe.example", probe_helo, check_name,
	    "name for EHLO; must be the forward-confirmed name of the source address"),
	TEXT("probe.cert", 255, "", probe_cert, check_path,
	    "PEM file of a certificate chain for servers that ask us for one; empty: one that we sign ourselves"),
	TEXT("probe.key", 255, "", probe_key, check_path,
	    "PEM file of that certificate's key"),
	ADDRESS("probe.from", probe_from, check_v4,
	    "IPv4 source address of probes; empty: the kernel's choice"),
	ADDRESS("probe.from6", probe_from6, check_v6,
	    "IPv6 source address of probes; empty: the kernel's choice"),
	ADDRESS("probe.ptr_from", probe_ptr_from, check_v4,
	    "a second one, whose PTR says localhost or a name of a target, for form W01 in laboratory ranges; empty: it is skipped"),
	ADDRESS("probe.ptr_from6", probe_ptr_from6, check_v6,
	    "the same for IPv6 targets"),
	TEXT("probe.resolver", 255, "", resolver, NULL,
	    "DNS servers to ask, with commas between; empty: those of resolv.conf"),
	NUMBER("probe.public", BOOL, 0, 1, "false", probe_public,
	    "probe public addresses too, while the checklist of sekimori doctor holds; else only laboratory ranges"),
	NUMBER("probe.per_net", COUNT, 1, 2, "1", probe_per_net,
	    "dialogues open at once to one /24 or /48, pace class foreign"),
	NUMBER("probe.per_operator", COUNT, 1, 4, "2", probe_per_operator,
	    "dialogues open at once with hosts of one registrable domain, pace classes foreign and listed"),
	NUMBER("probe.processes", COUNT, 1, 16, "1", probe_processes,
	    "processes that hold the dialogues"),
	NUMBER("probe.sessions", COUNT, 1, 16384, "64", probe_sessions,
	    "dialogues open at once, all processes together"),
	NUMBER("probe.control_age", SECONDS, 60, 7 * DAY, "6h", control_age_s,
	    "time for which a positive control holds"),
	NUMBER("probe.control_wait", SECONDS, 5, DAY, "5m", control_wait_s,
	    "time to wait for a control letter"),
	ADDRESS("probe.canary", canary, NULL,
	    "address of an own relay known to be open, for the positive control"),

	TEXT("operator.name", 100, "", operator, NULL,
	    "who probes, in letters and on pages"),
	TEXT("operator.contact", 255, "", contact, check_mail,
	    "mail address of the operator"),
	NUMBER("operator.answer", SECONDS, HOUR, 30 * DAY, "3d", answer_s,
	    "time within which a person answers operator.contact: a promise that pages make"),

	LIST("receive.listen", LISTEN, CONF_LISTENS, "127.0.0.1:2525", smtp, n_smtp, NULL,
	    "addresses and ports on which mail is received"),
	TEXT("receive.cert", 255, "", smtp_cert, check_path,
	    "PEM file of the certificate chain; empty: no STARTTLS"),
	TEXT("receive.key", 255, "", smtp_key, check_path,
	    "PEM file of the certificate's key"),
	NUMBER("receive.size", OCTETS, 64 * KB, 32 * MB, "1m", smtp_size,
	    "octets of one mail"),
	NUMBER("receive.sessions", COUNT, 1, 10000, "200", smtp_sessions,
	    "connections at once"),
	NUMBER("receive.per_address", COUNT, 1, 1000, "20", smtp_per_addr,
	    "connections at once from one address"),

	LIST("mail.relay", LISTEN, 1, "", mail_relay, n_mail_relay, NULL,
	    "address and port of the operator's own mail server, which delivers the letters with codes for owners; empty: no such letters"),
	TEXT("mail.from", 255, "", mail_from, check_mail,
	    "sender of these letters; empty: postmaster at probe.domain"),

	LIST("lab.range", NET, CONF_NETS, "", lab, n_lab, check_lab,
	    "laboratory addresses: any basis counts as the owner's there, without pace; the zone says LAB"),

	NUMBER("recheck.after", SECONDS, HOUR, 90 * DAY, "1d", recheck_after_s,
	    "age of the last proof at which a listing is probed again"),
	TEXT("evidence.receivers", 1024, "", receivers, check_names,
	    "names, as in their Received lines, of the receivers whose record of a client counts as evidence"),
	NUMBER("evidence.transcript", OCTETS, 4 * KB, 16 * MB, "256k", transcript_octets,
	    "octets of transcript kept for one run"),
	NUMBER("evidence.megabytes", COUNT, 1, 1048576, "1024", evidence_mb,
	    "megabytes of all evidence and transcripts; the oldest goes first"),
};

const size_t conf_n_keys = sizeof(conf_keys) / sizeof(conf_keys[0]);
_Static_assert(sizeof(conf_keys) / sizeof(conf_keys[0]) <= CONF_KEYS_MAX,
    "struct conf has room for the given keys");
