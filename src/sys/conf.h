#pragma once
/* sys/conf.h -- the one table of keys, and the values.
 *
 * A key is one row (name, type, range, default, field, help); the parser, the
 * range check, `sekimorid -n`, the sample file and the manual lint read it.
 * Only sekimorid parses a file (libconfuse); roles get the same table as text
 * over their parent's channel (MSG_CONF) and read it with conf_from_text().
 * Values live in one const struct conf that is handed down. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/buf.h"
#include "wire/addr.h"

enum {
	CONF_NETS = 16, CONF_LISTENS = 8, CONF_KEYS_MAX = 128,
	CONF_TEXT_MAX = 32768,	/* octets of conf_to_text(), what MSG_CONF carries */
	CONF_FILE_MAX = 1024 * 1024,
};

struct conf_listen { struct addr addr; uint16_t port; };

struct conf {
	/* every text is owned by the conf and NUL-terminated; "" when unset */
	char		*state;			/* state.dir */
	char		*store;			/* store.url: "sqlite:" or a path */
	char		*user;			/* roles drop to it; "" stays */
	char		*control;		/* control.socket; "" = state.dir/control */

	char		*zone;			/* dns.zone: bl.example */
	char		*ns;			/* dns.ns: names, space between */
	char		*hostmaster;		/* dns.hostmaster: SOA RNAME as mail address */
	bool		 out_zone;		/* dns.out */
	uint32_t	 ttl_s;			/* dns.ttl */
	uint32_t	 negative_ttl_s;	/* dns.negative_ttl */
	uint32_t	 status_s;		/* dns.status_expiry: life of _status */
	struct conf_listen dns[CONF_LISTENS];	/* dns.listen */
	size_t		 n_dns;
	uint32_t	 dns_workers;		/* dns.workers; 0 = cores */
	struct net	 dns_allow[CONF_NETS];	/* dns.allow: who may ask; none: everybody */
	size_t		 n_dns_allow;
	struct net	 dns_out_allow[CONF_NETS];	/* dns.out_allow: for out.ZONE */
	size_t		 n_dns_out_allow;
	uint32_t	 dns_rate;		/* dns.rate: answers a second to one prefix; 0 = no limit */
	uint32_t	 dns_slip;		/* dns.slip: every n-th limited one is answered; 0 = none */
	char		*cookie_secret;		/* dns.cookie_secret: 32 hex digits; in roles never "" */
	bool		 dns_pin;		/* dns.pin: each worker on a processor of its own */
	char		*dns_xdp;		/* dns.xdp: interface with AF_XDP sockets; "" = none */
	char		*dnstap;		/* dns.dnstap: socket of a collector; "" = none */
	uint32_t	 dnstap_sample;		/* dns.dnstap_sample: one answer of so many */
	bool		 dnstap_clients;	/* dns.dnstap_clients: with their addresses */
	struct net	 transfer_from[CONF_NETS];	/* dns.transfer_from */
	size_t		 n_transfer_from;
	char		*transfer_keys;		/* dns.transfer_keys: path; "" = none */
	bool		 transfer_nokey;	/* dns.transfer_nokey */
	uint32_t	 transfers;		/* dns.transfers: at once */
	struct conf_listen secondaries[CONF_NETS];	/* dns.secondaries */
	size_t		 n_secondaries;
	char		*catalog;		/* dns.catalog; "" = none */

	char		*url;			/* web.url: https://bl.example/ */
	struct conf_listen web[CONF_LISTENS];	/* web.listen */
	size_t		 n_web;
	struct net	 proxies[CONF_NETS];	/* web.proxies */
	size_t		 n_proxies;
	uint32_t	 web_connections;	/* web.connections */
	uint32_t	 web_per_addr;		/* web.per_address */
	struct net	 metrics[CONF_NETS];	/* web.metrics */
	size_t		 n_metrics;
	uint32_t	 tests_per_asker, tests_per_day, codes_per_day;	/* web.*: in 24 hours */

	char		*probe_domain;		/* probe.domain */
	char		*probe_domain2;		/* probe.domain2: {pd2}; "" = forms that need it are skipped */
	char		*probe_helo;		/* probe.helo: forward-confirmed EHLO name */
	char		*probe_cert, *probe_key;	/* probe.cert, probe.key: PEM files; "" = self-signed */
	struct addr	 probe_from;		/* probe.from: source address v4; :: any */
	struct addr	 probe_from6;
	struct addr	 probe_ptr_from;	/* probe.ptr_from: source of W01; :: none */
	struct addr	 probe_ptr_from6;
	char		*resolver;		/* probe.resolver */
	char		*operator;		/* operator.name: who probes */
	char		*contact;		/* operator.contact: mail address */
	uint32_t	 answer_s;		/* operator.answer: promised on pages */
	bool		 probe_public;		/* probe.public: wanted; whether it may be says keep/doctor */
	uint32_t	 probe_per_net;		/* probe.per_net */
	uint32_t	 probe_per_operator;	/* probe.per_operator */
	uint32_t	 probe_processes;	/* probe.processes: of the probe role */
	uint32_t	 probe_sessions;	/* probe.sessions: dialogues at once */
	uint32_t	 control_age_s;		/* probe.control_age: how long a positive control holds */
	uint32_t	 control_wait_s;	/* probe.control_wait: for the control letter */
	struct addr	 canary;		/* probe.canary: a relay known to be open; :: none */

	struct conf_listen smtp[CONF_LISTENS];	/* receive.listen */
	size_t		 n_smtp;
	char		*smtp_cert, *smtp_key;	/* receive.cert, receive.key: PEM files; "" = no STARTTLS */
	uint32_t	 smtp_size;		/* receive.size: octets of a mail */
	uint32_t	 smtp_sessions;		/* receive.sessions */
	uint32_t	 smtp_per_addr;		/* receive.per_address */

	struct conf_listen mail_relay[1];	/* mail.relay: takes our letters for delivery */
	size_t		 n_mail_relay;		/* 0: no letters */
	char		*mail_from;		/* mail.from; "" = postmaster@probe.domain */

	struct net	 lab[CONF_NETS];	/* lab.range */
	size_t		 n_lab;

	uint32_t	 recheck_after_s;	/* recheck.after */
	uint32_t	 transcript_octets;	/* evidence.transcript: budget per run */
	char		*receivers;		/* evidence.receivers: names, space between */
	uint32_t	 evidence_mb;		/* evidence.megabytes: budget of the whole */

	bool		 given[CONF_KEYS_MAX];	/* [i]: conf_keys[i] was set, not a default */
};

/* Times are written 90, 90s, 10m, 1h, 1d, 2w, octets 100, 64k, 10m, 1g, in
 * powers of 1,024; addresses plain, with a port as 192.0.2.1:53 or
 * [2001:db8::1]:53. */
enum conf_type { CONF_TEXT, CONF_COUNT, CONF_SECONDS, CONF_OCTETS, CONF_BOOL, CONF_ADDR, CONF_LISTEN, CONF_NET };

struct conf_key {
	const char	*name;		/* "probe.per_net" */
	enum conf_type	 type;
	int64_t		 min, max;	/* of numbers; of texts the octets */
	const char	*def;		/* default, as text; of lists: with a space between */
	size_t		 offset;	/* of the field */
	size_t		 count;		/* of the count field for lists, else 0 */
	const char	*help;		/* one line, English; msgid for ja */
	/* NULL, or NULL when value may stand here, else what is allowed */
	const char	*(*check)(struct str value);
	bool		 secret;	/* a text that nobody is to see printed */
};

extern const struct conf_key conf_keys[];
extern const size_t conf_n_keys;

/* Where and why a configuration is wrong, for a person. */
struct conf_why {
	char	text[512];	/* "/etc/x.conf:12: probe.per_net: 9 is not within 1..2" */
};

/* Reads a file by libconfuse (only cmd/sekimorid links it).
 * Returns 0, SEK_ENOMEM, SEK_ESYS (unreadable) or SEK_EPARSE; why is set. */
int conf_load(struct conf **out, const char *path, struct conf_why *why) MUST_CHECK;

/* All defaults.  state.dir is /var/lib/sekimori for root, else below
 * $XDG_STATE_HOME or ~/.local/state.  Returns 0 or SEK_ENOMEM. */
int conf_default(struct conf **out) MUST_CHECK;

/* Sets one key from text with every check of the table.  Used by both
 * readers and by command lines.  Lists: each call adds one, the first drops
 * the defaults, an empty value empties the list.  Returns 0, SEK_ENOMEM,
 * SEK_ELIMIT (a full list) or SEK_EPARSE; why is set on the last two. */
int conf_set(struct conf *c, const char *name, struct str value, struct conf_why *why) MUST_CHECK;

/* The table as "name value" lines (lists repeat, an empty one has one line
 * without a value), and back.  to_text returns 0 or SEK_ELIMIT. */
int conf_to_text(struct wbuf *out, const struct conf *c) MUST_CHECK;
int conf_from_text(struct conf **out, struct str text, struct conf_why *why) MUST_CHECK;

/* Rules over more than one key (probe.domain is not below dns.zone, a
 * certificate needs its key ...), and the laboratory ranges once more.
 * Returns 0 or SEK_EPARSE; why is set. */
int conf_check(const struct conf *c, struct conf_why *why) MUST_CHECK;

/* The key of that name, or NULL. */
const struct conf_key *conf_key(struct str name);

/* What conf_load() accepts, one key a line with its value, for people.  Of a
 * secret that is set only a comment says so. */
void conf_print(FILE *out, const struct conf *c);

/* The sample file with every key, its help and default, commented out. */
void conf_sample(FILE *out);
void conf_free(struct conf *c);
