#include "tool/zone_block.h"

#include <string.h>

/* "192.0.2.1@53": NSD's and Knot's way to write an address with its port. */
static void
put_at(FILE *out, const struct conf_listen *l)
{
	char text[ADDR_TEXT];

	addr_text(text, &l->addr);
	fprintf(out, "%s@%u", text, (unsigned)l->port);
}

static void
put_addr(FILE *out, const struct conf_listen *l)
{
	char text[ADDR_TEXT];

	addr_text(text, &l->addr);
	fputs(text, out);
}

static void
put_net(FILE *out, const struct net *n)
{
	char text[NET_TEXT];

	net_text(text, n);
	fputs(text, out);
}

/* --- NSD: a clause for each zone --- */

static void
put_nsd_zone(FILE *out, const struct zone_block *b, const char *zone)
{
	const char *key = b->key != NULL ? b->key : "NOKEY";

	fprintf(out, "\nzone:\n\tname: \"%s\"\n\tzonefile: \"%s.zone\"\n", zone, zone);
	for (size_t i = 0; i < b->n_primaries; i++) {
		fputs("\tallow-notify: ", out);
		put_addr(out, &b->primaries[i]);
		fprintf(out, " %s\n\trequest-xfr: ", key);
		put_at(out, &b->primaries[i]);
		fprintf(out, " %s\n", key);
	}
	for (size_t i = 0; i < b->n_readers; i++) {
		fputs("\tprovide-xfr: ", out);
		put_net(out, &b->readers[i]);
		fprintf(out, " %s\n", key);
	}
}

static void
put_nsd(FILE *out, const struct zone_block *b)
{
	if (b->key != NULL)
		fprintf(out, "key:\n\tname: \"%s\"\n\talgorithm: %s\n\tsecret: \"%s\"\n",
		    b->key, b->algorithm, b->secret);
	for (size_t i = 0; i < b->n_zones; i++)
		put_nsd_zone(out, b, b->zones[i]);
}

/* --- Knot: key, remote, acl, and zones that name them --- */

static void
put_knot_key(FILE *out, const struct zone_block *b)
{
	if (b->key != NULL)
		fprintf(out, "    key: %s\n", b->key);
}

static void
put_knot_remote(FILE *out, const struct zone_block *b)
{
	fputs("remote:\n  - id: sekimori\n    address: [ ", out);
	for (size_t i = 0; i < b->n_primaries; i++) {
		fputs(i > 0 ? ", " : "", out);
		put_at(out, &b->primaries[i]);
	}
	fputs(" ]\n", out);
	put_knot_key(out, b);
}

static void
put_knot_acl(FILE *out, const struct zone_block *b)
{
	fputs("\nacl:\n  - id: sekimori_notify\n    address: [ ", out);
	for (size_t i = 0; i < b->n_primaries; i++) {
		fputs(i > 0 ? ", " : "", out);
		put_addr(out, &b->primaries[i]);
	}
	fputs(" ]\n", out);
	put_knot_key(out, b);
	fputs("    action: notify\n", out);
	if (b->n_readers == 0)
		return;
	fputs("  - id: sekimori_readers\n    address: [ ", out);
	for (size_t i = 0; i < b->n_readers; i++) {
		fputs(i > 0 ? ", " : "", out);
		put_net(out, &b->readers[i]);
	}
	fputs(" ]\n", out);
	put_knot_key(out, b);
	fputs("    action: transfer\n", out);
}

/* NSEC would let anyone walk the list from name to name.  RFC 9276: no
 * iterations, no salt. */
static void
put_knot_policy(FILE *out)
{
	fputs("\npolicy:\n  - id: sekimori\n    algorithm: ecdsap256sha256\n"
	    "    single-type-signing: on\n    nsec3: on\n    nsec3-iterations: 0\n"
	    "    nsec3-salt-length: 0\n", out);
}

static void
put_knot_source(FILE *out, const struct zone_block *b, bool sign)
{
	fprintf(out, "    master: sekimori\n    acl: [ sekimori_notify%s ]\n",
	    b->n_readers > 0 ? ", sekimori_readers" : "");
	if (sign)
		fprintf(out, "    dnssec-signing: on\n    dnssec-policy: sekimori\n%s",
		    b->digest ? "    zonemd-generate: zonemd-sha384\n" : "");
}

static void
put_knot_catalog(FILE *out, const struct zone_block *b)
{
	fputs("\ntemplate:\n  - id: sekimori_member\n", out);
	put_knot_source(out, b, b->sign);
	fprintf(out, "\nzone:\n  - domain: %s\n", b->catalog);
	put_knot_source(out, b, false);
	fputs("    catalog-role: interpret\n"
	    "    catalog-template: sekimori_member\n", out);
}

static void
put_knot(FILE *out, const struct zone_block *b)
{
	if (b->key != NULL)
		fprintf(out, "key:\n  - id: %s\n    algorithm: %s\n    secret: %s\n\n",
		    b->key, b->algorithm, b->secret);
	put_knot_remote(out, b);
	put_knot_acl(out, b);
	if (b->sign)
		put_knot_policy(out);
	if (b->catalog != NULL) {
		put_knot_catalog(out, b);
		return;
	}
	fputs("\nzone:\n", out);
	for (size_t i = 0; i < b->n_zones; i++) {
		fprintf(out, "  - domain: %s\n", b->zones[i]);
		put_knot_source(out, b, b->sign);
	}
}

/* --- BIND: key, list of primaries, zones; a catalog stands in its options --- */

static void
put_bind_primary(FILE *out, const struct zone_block *b, const struct conf_listen *l)
{
	put_addr(out, l);
	fprintf(out, " port %u", (unsigned)l->port);
	if (b->key != NULL)
		fprintf(out, " key \"%s\"", b->key);
	fputs(";", out);
}

/* An address of the list AND the key: "not (not the list)", then the key.
 * BIND's own default is everybody. */
static void
put_bind_readers(FILE *out, const struct zone_block *b)
{
	fputs("\tallow-transfer { ", out);
	if (b->n_readers == 0)
		fputs("none; ", out);
	else if (b->key != NULL)
		fputs("!{ ", out);
	for (size_t i = 0; i < b->n_readers; i++) {
		fputs(b->key != NULL ? "!" : "", out);
		put_net(out, &b->readers[i]);
		fputs("; ", out);
	}
	if (b->n_readers > 0 && b->key != NULL)
		fprintf(out, "any; }; key \"%s\"; ", b->key);
	fputs("};\n", out);
}

static void
put_bind_zone(FILE *out, const struct zone_block *b, const char *zone)
{
	fprintf(out, "\nzone \"%s\" {\n\ttype secondary;\n\tfile \"%s.db\";\n"
	    "\tprimaries { \"sekimori\"; };\n\tnotify no;\n", zone, zone);
	put_bind_readers(out, b);
	fputs("};\n", out);
}

static void
put_bind(FILE *out, const struct zone_block *b)
{
	if (b->key != NULL)
		fprintf(out, "key \"%s\" {\n\talgorithm %s;\n\tsecret \"%s\";\n};\n\n",
		    b->key, b->algorithm, b->secret);
	fputs("primaries \"sekimori\" {\n", out);
	for (size_t i = 0; i < b->n_primaries; i++) {
		fputs("\t", out);
		put_bind_primary(out, b, &b->primaries[i]);
		fputs("\n", out);
	}
	fputs("};\n", out);
	if (b->catalog != NULL) {
		put_bind_zone(out, b, b->catalog);
		return;
	}
	for (size_t i = 0; i < b->n_zones; i++)
		put_bind_zone(out, b, b->zones[i]);
}

/* The zones that a catalog makes have the options' own allow-transfer. */
static void
put_bind_options(FILE *out, const struct zone_block *b)
{
	put_bind_readers(out, b);
	fprintf(out, "\tcatalog-zones {\n\t\tzone \"%s\" default-primaries { ",
	    b->catalog);
	for (size_t i = 0; i < b->n_primaries; i++) {
		put_bind_primary(out, b, &b->primaries[i]);
		fputs(" ", out);
	}
	fputs("} min-update-interval 1;\n\t};\n", out);
}

const struct zone_block_server zone_block_servers[] = {
	{ "nsd", false, false, put_nsd, NULL },
	{ "knot", true, true, put_knot, NULL },
	{ "bind", true, false, put_bind, put_bind_options },
	{ .name = NULL }
};

const struct zone_block_server *
zone_block_server(const char *name)
{
	const struct zone_block_server *s = zone_block_servers;

	while (s->name != NULL && strcmp(s->name, name) != 0)
		s++;
	return s->name != NULL ? s : NULL;
}
