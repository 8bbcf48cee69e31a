/* tests/bench/dns_data.c -- one list for every server of tests/bench/bench_dns.
 *
 *	dns_data ENTRIES DIRECTORY
 *
 * Writes base.snap (sekimori), list.rbldnsd (a data set of kind ip4set) and
 * list.zone (a master file for NSD and Knot), each with the same entries, A
 * and TXT of each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns_entries.h"
#include "need.h"
#include "wire/snapshot_build.h"

#define ZONE	"bl.example"
#define URL	"https://bl.example/"

struct entries { uint32_t n, next; };

static FILE *
create(const char *dir, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	need(f != NULL, path);
	need(setvbuf(f, NULL, _IOFBF, 1 << 20) == 0, path);
	return f;
}

static int
entries_rewind(void *ctx)
{
	((struct entries *)ctx)->next = 0;
	return 0;
}

static int
entries_next(void *ctx, struct snapshot_entry *out)
{
	struct entries *e = ctx;
	uint32_t a;

	if (e->next == e->n)
		return SNAPSHOT_END;
	a = dns_entries_at(e->next++, e->n);
	*out = (struct snapshot_entry){ .addr = addr_v4((uint8_t)(a >> 24),
		(uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a), .code = 2 };
	return 0;
}

static void
write_base(const char *dir, struct entries *e)
{
	const struct snapshot_source source = { entries_rewind, entries_next, e };
	const struct snapshot_head head = { .serial = 1, .base_serial = 1,
		.expiry_s = INT64_C(4102444800), .life = SNAPSHOT_ALIVE };
	struct snapshot_memory m = { .cap = (size_t)e->n * 2 + (1 << 20) };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_builder *room = malloc(snapshot_builder_size());
	FILE *f = create(dir, "base.snap");
	char url[SNAPSHOT_URL + 1];
	struct snapshot_zone zone;
	uint64_t octets;

	m.p = calloc(1, m.cap);
	need(room != NULL && m.p != NULL, "memory");
	need(snapshot_zone_set(&zone, url, STR(ZONE), STR("ns.example.net"),
	    STR("hostmaster@" ZONE), STR(URL)) == 0, "zone");
	zone.ttl_s = zone.negative_ttl_s = 300;
	need(snapshot_write_base(&sink, &head, &zone, &source, room,
	    &octets) == 0, "base");
	need(fwrite(m.p, 1, m.len, f) == m.len && fclose(f) == 0, "base.snap");
	free(m.p);
	free(room);
}

static void
write_rbldnsd(const char *dir, uint32_t n)
{
	FILE *f = create(dir, "list.rbldnsd");

	fprintf(f, "$SOA 300 ns.example.net hostmaster." ZONE " 1 3600 600 86400 300\n"
	    "$NS 300 ns.example.net\n$TTL 300\n"
	    ":127.0.0.2:Open relay, see " URL "$\n127.0.0.2\n");
	for (uint32_t i = 0; i < n; i++) {
		uint32_t a = dns_entries_at(i, n);

		fprintf(f, "%u.%u.%u.%u\n", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	}
	need(fclose(f) == 0, "list.rbldnsd");
}

static void
write_zone(const char *dir, uint32_t n)
{
	FILE *f = create(dir, "list.zone");

	fprintf(f, "$ORIGIN " ZONE ".\n$TTL 300\n"
	    "@ SOA ns.example.net. hostmaster 1 3600 600 86400 300\n"
	    "@ NS ns.example.net.\n2.0.0.127 A 127.0.0.2\n"
	    "2.0.0.127 TXT \"Test entry\"\n");
	for (uint32_t i = 0; i < n; i++) {
		uint32_t a = dns_entries_at(i, n);

		fprintf(f, "%u.%u.%u.%u A 127.0.0.2\n%u.%u.%u.%u TXT \"Open relay, see "
		    URL "%u.%u.%u.%u\"\n",
		    a & 255, a >> 8 & 255, a >> 16 & 255, a >> 24,
		    a & 255, a >> 8 & 255, a >> 16 & 255, a >> 24,
		    a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	}
	need(fclose(f) == 0, "list.zone");
}

int
main(int argc, char **argv)
{
	struct entries e = { 0 };

	if (argc == 3)
		e.n = (uint32_t)strtoul(argv[1], NULL, 10);
	if (e.n == 0 || e.n > DNS_ENTRIES_MAX) {
		fprintf(stderr, "usage: dns_data ENTRIES DIRECTORY\n");
		return EXIT_FAILURE;
	}
	write_base(argv[2], &e);
	write_rbldnsd(argv[2], e.n);
	write_zone(argv[2], e.n);
	return EXIT_SUCCESS;
}
