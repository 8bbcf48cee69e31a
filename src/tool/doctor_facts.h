#pragma once
/* tool/doctor_facts.h -- what the keeper says of itself (request doctor-facts),
 * as plain data.
 *
 * Texts are the configuration's, borrowed from the JSON object. */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sys/conf.h"
#include "wire/addr.h"

enum { FACTS_NS = 8 };

struct facts {
	const char	*conf;		/* digest, to be handed back with the results */
	const char	*zone, *url, *helo, *resolver, *operator, *contact, *state;
	const char	*domain[2];	/* the second may be "" */
	struct str	 ns[FACTS_NS];
	size_t		 n_ns;
	struct addr	 from[2];	/* v4, v6; :: the kernel's choice */
	struct addr	 canary;	/* :: none */
	struct conf_listen dns[CONF_LISTENS], smtp[CONF_LISTENS], web[CONF_LISTENS];
	size_t		 n_dns, n_smtp, n_web;
	struct net	 lab[CONF_NETS];
	size_t		 n_lab;
	int64_t		 free, inodes;	/* of the disk below state; -1 unknown, or no bound */
	int64_t		 files;		/* descriptors a role may have */
	int64_t		 sessions;	/* of one role at once */
	int64_t		 budget, held;	/* octets of evidence: allowed, there */
	int64_t		 serial;
	int64_t		 now, last;	/* keeper's clock; time of the journal's last row, 0 none */
	int64_t		 control_wait_s;
};

/* Returns 0, or SEK_EPARSE: something is missing, the daemon is of another
 * version. */
int doctor_facts_read(struct facts *out, const json_t *o) MUST_CHECK;

/* May a packet be sent there?  In a laboratory only to it and to ourselves,
 * else to nothing of special use but ourselves.
 * own, n_own  this machine's addresses */
bool doctor_facts_reach(const struct facts *f, const struct addr *own, size_t n_own,
    const struct addr *to);

/* "192.0.2.1:53", "[2001:db8::1]:53" */
enum { FACTS_LISTEN = ADDR_TEXT + 8 };
void doctor_facts_listen(char out[FACTS_LISTEN], const struct conf_listen *l);
