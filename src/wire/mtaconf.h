#pragma once
/* wire/mtaconf.h -- what a mail server's configuration says of itself: its
 * networks, its domains, and the settings that decide about relaying.
 *
 * Pure: no file, no allocation.  The files are given as names and octets; all
 * of it is hostile (a copy from somewhere).  What the files cannot say -- a
 * map in a database, a command's output, this host's interfaces -- is said as
 * "depends" and never guessed (forensics.md 4.29 to 4.38).
 *
 * Sources: postconf(5), postmap(1), virtual(5), cidr_table(5), master(5);
 * Exim's specification chapters 6, 9 to 11 and 43, Debian's
 * update-exim4.conf(8); Sendmail's cf/README; smtpd.conf(5), table(5) of
 * OpenSMTPD 5.7 to 7.x. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/addr.h"

enum {
	MTACONF_NONE = 1,	/* no configuration of this server among the files */
	MTACONF_ROOM = 65536,	/* octets of one value with everything put in */
};

struct mtaconf_file {
	struct str	name;	/* below the directory: "main.cf", "conf.d/main/01_x" */
	struct str	text;
};

struct mtaconf_in {
	const struct mtaconf_file	*file;
	size_t				 n;
};

enum mtaconf_kind {
	MTACONF_NET,		/* net may relay (by its address alone) */
	MTACONF_NET_ANY,	/* every client may */
	MTACONF_DOMAIN,		/* text is delivered here */
	MTACONF_RELAY_DOMAIN,	/* text is taken, for a host behind this one */
	MTACONF_DOMAIN_ANY,	/* every domain is taken */
	MTACONF_NETS_DEPEND,	/* text decides which networks: not in the files */
	MTACONF_DOMAINS_DEPEND,	/* text decides which domains */
	MTACONF_SELF,		/* text: this host's own names or addresses, which the files do not say */
	MTACONF_SETTING,	/* text is set to value: decides about relaying */
	MTACONF_KIND_N
};

struct mtaconf_fact {
	enum mtaconf_kind		 kind;
	struct net			 net;
	struct str			 text, value;	/* hostile, borrowed until the call returns */
	bool				 below;		/* of a domain: all below it too */
	const struct mtaconf_file	*file;		/* where it is said; NULL: a default */
	uint32_t			 line;		/* from 1; 0 with NULL */
};

/* Returns 0, or negative: stop, and give that back. */
typedef int mtaconf_fn(void *ctx, const struct mtaconf_fact *fact);

/* Each reads one server's files and says every fact, some perhaps twice.
 * room   scratch, nothing is kept there
 * Return 0, MTACONF_NONE, or what fn returned. */
int mtaconf_postfix(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn,
    void *ctx);
int mtaconf_exim(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn,
    void *ctx);
int mtaconf_sendmail(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn,
    void *ctx);
int mtaconf_opensmtpd(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn,
    void *ctx);

/* All of them, each with the name of its server; name NULL at the end. */
extern const struct mtaconf_server {
	const char	*name;
	int		(*read)(const struct mtaconf_in *in, char room[MTACONF_ROOM], mtaconf_fn *fn, void *ctx);
} mtaconf_servers[];
