#pragma once
/* tool/zone_block.h -- the configuration of a secondary, as NSD, Knot and BIND
 * read it.
 *
 * Every text is harmless: names are letters, digits, '-', '_' and dots, the
 * secret is base64.  Sources: nsd.conf(5) of NSD 4.6, knot.conf of Knot DNS
 * 3.2, the reference manual of BIND 9.18 (those of Debian 12). */

#include <stdbool.h>
#include <stdio.h>

#include "sys/conf.h"

enum { ZONE_BLOCK_ZONES = 2, ZONE_BLOCK_READERS = 16 };

struct zone_block {	/* texts are borrowed, names without a final dot */
	const char		*zones[ZONE_BLOCK_ZONES];
	size_t			 n_zones;
	const char		*catalog;	/* take the zones from it; NULL: one by one */
	struct conf_listen	 primaries[CONF_LISTENS];	/* us; one at least */
	size_t			 n_primaries;
	const char		*key, *algorithm, *secret;	/* TSIG; all NULL: without */
	struct net		 readers[ZONE_BLOCK_READERS];	/* who may transfer from it */
	size_t			 n_readers;			/* 0: nobody */
	bool			 sign;		/* Knot: sign what was transferred */
	bool			 digest;	/* with a ZONEMD of what is signed */
};

/* One server: what it can, and its writer. */
struct zone_block_server {
	const char	*name;			/* "nsd" */
	bool		 catalogs, signs;
	void		(*put)(FILE *out, const struct zone_block *b);
	/* what has to stand inside BIND's own options { }; NULL: nothing has */
	void		(*put_options)(FILE *out, const struct zone_block *b);
};

/* NULL-terminated in name. */
extern const struct zone_block_server zone_block_servers[];

/* The server of that name, or NULL. */
const struct zone_block_server *zone_block_server(const char *name);
