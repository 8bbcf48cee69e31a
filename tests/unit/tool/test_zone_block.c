#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tool/zone_block.h"

/* What the real servers say of such blocks: tests/system/test_blocks.py. */

#define KEY "xfer.example"
#define SECRET "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I="

struct block_case {
	const char	*name, *server;
	bool		 key, out, catalog, readers, sign, digest, options;
	const char	*want[6];	/* each is in the text */
	const char	*never;		/* is not; NULL: nothing */
};

static const struct block_case cases[] = {
	{ "NSD: one zone, the key, nobody may read", "nsd", .key = true, .want = {
	    "key:\n\tname: \"" KEY "\"\n\talgorithm: hmac-sha256\n\tsecret: \"" SECRET "\"\n",
	    "zone:\n\tname: \"bl.example\"\n\tzonefile: \"bl.example.zone\"\n"
	    "\tallow-notify: 192.0.2.53 " KEY "\n\trequest-xfr: 192.0.2.53@53 " KEY "\n"
	    "\tallow-notify: 2001:db8::53 " KEY "\n\trequest-xfr: 2001:db8::53@5300 " KEY "\n" },
	    .never = "provide-xfr" },
	{ "NSD: without a key it must be said", "nsd", .want = {
	    "request-xfr: 192.0.2.53@53 NOKEY\n", "allow-notify: 192.0.2.53 NOKEY\n" },
	    .never = "key:" },
	{ "NSD: the zone of exits is a zone of its own", "nsd", .key = true, .out = true,
	    .readers = true, .want = { "name: \"out.bl.example\"\n",
	    "provide-xfr: 198.51.100.0/24 " KEY "\n" } },
	{ "Knot: closed for transfers", "knot", .key = true, .want = {
	    "key:\n  - id: " KEY "\n    algorithm: hmac-sha256\n    secret: " SECRET "\n",
	    "address: [ 192.0.2.53@53, 2001:db8::53@5300 ]\n    key: " KEY "\n",
	    "address: [ 192.0.2.53, 2001:db8::53 ]\n    key: " KEY "\n    action: notify\n",
	    "  - domain: bl.example\n    master: sekimori\n    acl: [ sekimori_notify ]\n" },
	    .never = "transfer" },
	{ "Knot: without a key no line names one", "knot", .readers = true, .want = {
	    "    address: [ 198.51.100.0/24, 2001:db8:1::/48 ]\n    action: transfer\n",
	    "acl: [ sekimori_notify, sekimori_readers ]\n" }, .never = "key" },
	{ "Knot: a catalog's members need no line", "knot", .key = true, .catalog = true,
	    .want = { "  - domain: cat.example\n", "catalog-role: interpret\n",
	    "catalog-template: sekimori_member\n" }, .never = "bl.example" },
	{ "Knot: signing hides the names", "knot", .key = true, .sign = true, .want = {
	    "nsec3: on\n", "    dnssec-signing: on\n    dnssec-policy: sekimori\n" } },
	{ "Knot: a digest of each serial is asked for", "knot", .key = true, .sign = true,
	    .digest = true, .want = { "    dnssec-policy: sekimori\n    zonemd-generate: zonemd-sha384\n" } },
	{ "Knot: else there is none", "knot", .key = true, .sign = true, .never = "zonemd" },
	{ "Knot: the catalog itself is not signed", "knot", .key = true, .sign = true,
	    .catalog = true, .want = {
	    "  - domain: cat.example\n    master: sekimori\n"
	    "    acl: [ sekimori_notify ]\n    catalog-role: interpret\n" } },
	{ "BIND: its default is to give the zone to everybody", "bind", .key = true, .want = {
	    "key \"" KEY "\" {\n\talgorithm hmac-sha256;\n\tsecret \"" SECRET "\";\n};\n",
	    "\t192.0.2.53 port 53 key \"" KEY "\";\n\t2001:db8::53 port 5300 key \"" KEY "\";\n",
	    "zone \"bl.example\" {\n\ttype secondary;\n", "allow-transfer { none; };" } },
	{ "BIND: address and key, not or", "bind", .key = true, .readers = true, .want = {
	    "allow-transfer { !{ !198.51.100.0/24; !2001:db8:1::/48; any; }; key \"" KEY "\"; };" } },
	{ "BIND: addresses alone", "bind", .readers = true, .want = {
	    "allow-transfer { 198.51.100.0/24; 2001:db8:1::/48; };" }, .never = "key" },
	{ "BIND: the catalog is a zone like others", "bind", .key = true, .catalog = true,
	    .want = { "zone \"cat.example\" {" }, .never = "bl.example" },
	{ "BIND: what stands inside options", "bind", .key = true, .catalog = true,
	    .options = true, .want = { "catalog-zones {\n\t\tzone \"cat.example\" "
	    "default-primaries { 192.0.2.53 port 53 key \"" KEY "\"; ",
	    "allow-transfer { none; };" }, .never = "secret" },
};

static void
fill(struct zone_block *b, const struct block_case *c)
{
	*b = (struct zone_block){ .zones = { "bl.example", "out.bl.example" },
	    .n_zones = c->out ? 2 : 1, .n_primaries = 2, .sign = c->sign, .digest = c->digest };
	assert_int_equal(addr_parse(&b->primaries[0].addr, STR("192.0.2.53")), 0);
	assert_int_equal(addr_parse(&b->primaries[1].addr, STR("2001:db8::53")), 0);
	b->primaries[0].port = 53;
	b->primaries[1].port = 5300;
	if (c->key) {
		b->key = KEY;
		b->algorithm = "hmac-sha256";
		b->secret = SECRET;
	}
	if (c->catalog)
		b->catalog = "cat.example";
	if (c->readers) {
		assert_int_equal(net_parse(&b->readers[0], STR("198.51.100.0/24")), 0);
		assert_int_equal(net_parse(&b->readers[1], STR("2001:db8:1::/48")), 0);
		b->n_readers = 2;
	}
}

static void
check(const struct block_case *c, const char *text)
{
	for (size_t i = 0; i < 6 && c->want[i] != NULL; i++)
		if (strstr(text, c->want[i]) == NULL)
			fail_msg("%s: want\n%s\nin\n%s", c->name, c->want[i], text);
	if (c->never != NULL && strstr(text, c->never) != NULL)
		fail_msg("%s: \"%s\" is in\n%s", c->name, c->never, text);
}

static void
test_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct zone_block_server *s = zone_block_server(cases[i].server);
		struct zone_block b;
		char *text = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&text, &n);

		assert_non_null(f);
		assert_non_null(s);
		fill(&b, &cases[i]);
		(cases[i].options ? s->put_options : s->put)(f, &b);
		assert_int_equal(fclose(f), 0);
		check(&cases[i], text);
		free(text);
	}
}

static void
test_unknown(void **state)
{
	(void)state;
	assert_null(zone_block_server(""));
	assert_null(zone_block_server("powerdns"));
	assert_null(zone_block_server("nsd "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
