#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "base/rand.h"
#include "tool/zone_pile.h"

enum { DASH = 255, SPAN = 1024 };

static uint8_t *octets;
static struct snapshot_view view;

static void
build(struct zone_pile *p)
{
	struct snapshot_memory m = { malloc(MAKE_MAX), MAKE_MAX, 0 };
	const struct snapshot_sink sink = { snapshot_memory_put, &m };
	struct snapshot_source source;
	struct snapshot_builder *room = malloc(snapshot_builder_size());
	struct snapshot_head h = make_head(1, 1, 0);
	struct snapshot_zone z;
	char url[SNAPSHOT_URL + 1];
	const char *part;
	uint64_t n = 0;

	zone_pile_sort(p);
	source = zone_pile_source(p);
	make_zone(&z, url);
	assert_int_equal(snapshot_write_base(&sink, &h, &z, &source, room, &n), 0);
	assert_int_equal(snapshot_open(&view, m.p, (size_t)n, &part), 0);
	free(room);
	free(octets);
	octets = m.p;
}

static char *
entries(struct zone_pile *p)
{
	struct snapshot s = { &view, NULL };
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	build(p);
	assert_int_equal(snapshot_each(&s, make_words, f), 0);
	fclose(f);
	return text;
}

struct row { const char *net; unsigned set, code; };	/* code 0: excepted */

static int
add(struct zone_pile *p, const struct row *r)
{
	struct net net;

	assert_int_equal(net_parse(&net, str_of(r->net)), 0);
	return zone_pile_add(p, r->set, r->code, &net);
}

static void
what_is_said_becomes_what_a_snapshot_holds(void **state)
{
	static const struct { const char *name; struct row rows[5]; const char *want; } cases[] = {
		{ "any order, doubles", { { "198.51.100.7", 0, 2 }, { "192.0.2.25", 0, 2 }, { "198.51.100.7", 0, 2 } },
		  "+192.0.2.25=2 +198.51.100.7=2 " },
		{ "two codes of one address", { { "192.0.2.25", 0, 3 }, { "192.0.2.25", 0, 2 } },
		  "+192.0.2.25=2 +192.0.2.25=3 " },
		{ "/31 is two addresses", { { "192.0.2.24/31", 0, 2 } }, "+192.0.2.24=2 +192.0.2.25=2 " },
		{ "/24 is a range", { { "192.0.2.0/24", 0, 2 } }, "*192.0.2.0/24=2 " },
		{ "/23 is two", { { "198.51.100.0/23", 0, 2 } }, "*198.51.100.0/24=2 *198.51.101.0/24=2 " },
		{ "/64 is a range", { { "2001:db8:1::/64", 0, 2 } }, "*2001:db8:1::/64=2 " },
		{ "/63 is two", { { "2001:db8::/63", 0, 2 } }, "*2001:db8::/64=2 *2001:db8:0:1::/64=2 " },
		{ "/127 is two addresses", { { "2001:db8::24/127", 0, 2 } }, "+2001:db8::24=2 +2001:db8::25=2 " },
		{ "an exception of a range", { { "192.0.2.0/24", 0, 2 }, { "192.0.2.25", 0, 0 } },
		  "*192.0.2.0/24=2 -192.0.2.25=2 " },
		{ "at its first address", { { "192.0.2.0/24", 0, 2 }, { "192.0.2.0", 0, 0 } },
		  "*192.0.2.0/24=2 -192.0.2.0=2 " },
		{ "of two codes", { { "192.0.2.0/24", 0, 2 }, { "192.0.2.0/24", 0, 3 }, { "192.0.2.9", 0, 0 } },
		  "*192.0.2.0/24=2 *192.0.2.0/24=3 -192.0.2.9=2 -192.0.2.9=3 " },
		{ "of nothing", { { "192.0.2.25", 0, 0 }, { "192.0.2.26", 0, 2 } }, "+192.0.2.26=2 " },
		{ "the longer one decides", { { "192.0.2.0/24", 0, 2 }, { "192.0.2.24/31", 0, 0 }, { "192.0.2.24", 0, 2 } },
		  "*192.0.2.0/24=2 +192.0.2.24=2 -192.0.2.25=2 " },
		{ "a /24 taken out of a /23", { { "198.51.100.0/23", 0, 2 }, { "198.51.101.0/24", 0, 0 } },
		  "*198.51.100.0/24=2 " },
		{ "equal length: the exception", { { "192.0.2.25", 0, 2 }, { "192.0.2.25", 0, 0 } }, "" },
		{ "an exception of another set is none here", { { "192.0.2.0/24", 0, 2 }, { "192.0.2.25", 1, 0 } },
		  "*192.0.2.0/24=2 " },
		{ "one set excepts, another lists", { { "192.0.2.0/24", 0, 2 }, { "192.0.2.25", 0, 0 }, { "192.0.2.25", 1, 2 } },
		  "*192.0.2.0/24=2 +192.0.2.25=2 " },
		{ "both except", { { "192.0.2.0/24", 0, 2 }, { "192.0.2.0/24", 1, 2 }, { "192.0.2.9", 0, 0 }, { "192.0.2.9", 1, 0 } },
		  "*192.0.2.0/24=2 -192.0.2.9=2 " },
		{ "an exception in a /64", { { "2001:db8::/64", 0, 2 }, { "2001:db8::25", 0, 0 } },
		  "*2001:db8::/64=2 -2001:db8::25=2 " },
		{ "test addresses are no data", { { "127.0.0.1", 0, 2 }, { "127.0.0.2", 0, 2 }, { "127.0.0.3", 0, 2 } },
		  "+127.0.0.3=2 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct zone_pile *p = zone_pile_new();
		char *got;

		for (const struct row *r = cases[i].rows; r->net != NULL; r++)
			assert_int_equal(add(p, r), 0);
		got = entries(p);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].want);
		free(got);
		zone_pile_free(p);
	}
}

static void
a_range_is_of_so_many_pieces_at_most(void **state)
{
	static const struct { const char *net; int want; uint64_t n; } cases[] = {
		{ "198.0.0.0/8", 0, 65536 }, { "198.0.0.0/7", SEK_ELIMIT, 0 }, { "0.0.0.0/0", SEK_ELIMIT, 0 },
		{ "2001:db8::/48", 0, 65536 }, { "2001:db8::/47", SEK_ELIMIT, 0 }, { "::/0", SEK_ELIMIT, 0 },
		{ "2001:db8::/112", 0, 65536 }, { "2001:db8::/111", SEK_ELIMIT, 0 },
		{ "::/64", SEK_ELIMIT, 0 },	/* would hold all IPv4 addresses */
		{ "1.2.3.0/24", 0, 256 },	/* its wildcard would be an IPv6 name */
		{ "127.0.0.0/24", 0, 254 },	/* 127.0.0.1 is never listed */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct zone_pile *p = zone_pile_new();
		struct snapshot s = { &view, NULL };
		const struct row row = { cases[i].net, 0, 2 };
		int err = add(p, &row);

		build(p);
		if (err != cases[i].want || snapshot_count(&s) != cases[i].n)
			fail_msg("%s: %d, %llu entries", cases[i].net, err,
			    (unsigned long long)snapshot_count(&s));
		zone_pile_free(p);
	}
}

/* The same list, one address at a time: by set and code 1 + the length of the
 * longest prefix; code 0 is the exceptions'. */
static uint8_t model[2][4][SPAN];

static bool
model_lists(unsigned code, size_t i)
{
	for (size_t set = 0; set < 2; set++)
		if (model[set][code][i] > model[set][0][i])
			return true;
	return false;
}

static void
add_random(struct zone_pile *p, struct rand *r, uint32_t base)
{
	uint64_t x = rand_u64(r);
	unsigned set = x & 1, code = x >> 1 & 3, len = 22 + (unsigned)(x >> 8) % 11;
	uint32_t size = (uint32_t)1 << (32 - len), first = (uint32_t)(x >> 32) % SPAN & ~(size - 1);

	code = code == 1 ? 0 : code;
	assert_int_equal(zone_pile_add4(p, set, code, base + first, base + first + size - 1, len), 0);
	for (uint32_t i = first; i < first + size; i++)
		if (model[set][code][i] < len + 1)
			model[set][code][i] = (uint8_t)(len + 1);
}

static void
any_list_agrees_with_itself_address_by_address(void **state)
{
	static const uint32_t bases[] = { 0xc6336400, 0x01020400 };	/* ranges; never a range */
	struct rand r;

	(void)state;
	rand_seeded(&r, 20261127);
	for (size_t round = 0; round < 60; round++) {
		uint32_t base = bases[round % 2];
		struct zone_pile *p = zone_pile_new();
		struct snapshot s = { &view, NULL };

		memset(model, 0, sizeof(model));
		for (size_t i = 0; i < round / 2 + 1; i++)
			add_random(p, &r, base);
		build(p);
		for (uint32_t i = 0; i < SPAN; i++)
			for (unsigned code = 2; code <= 3; code++) {
				uint32_t a = base + i;
				struct addr at = addr_v4((uint8_t)(a >> 24), (uint8_t)(a >> 16),
				    (uint8_t)(a >> 8), (uint8_t)a);

				if (snapshot_has(&s, &at, code) != model_lists(code, i))
					fail_msg("round %zu: address %u, code %u", round, i, code);
			}
		zone_pile_free(p);
	}
}

/* rbldnsd counts a range a-b by whole octets. */
static void
a_dash_range_has_the_length_of_its_octets(void **state)
{
	struct zone_pile *p = zone_pile_new();
	char *got;

	(void)state;
	assert_int_equal(zone_pile_add4(p, 0, 2, 0xc63364fe, 0xc6336601, DASH), 0);	/* 198.51.100.254 to .102.1 */
	assert_int_equal(zone_pile_add4(p, 0, 0, 0xc6336500, 0xc63365ff, 23), 0);	/* shorter than its /24 */
	assert_int_equal(zone_pile_add4(p, 0, 0, 0xc63364ff, 0xc63364ff, 32), 0);
	got = entries(p);
	assert_string_equal(got, "+198.51.100.254=2 *198.51.101.0/24=2 "
	    "+198.51.102.0=2 +198.51.102.1=2 ");
	free(got);
	zone_pile_free(p);
}

static int
teardown(void **state)
{
	(void)state;
	free(octets);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_becomes_what_a_snapshot_holds),
		cmocka_unit_test(a_range_is_of_so_many_pieces_at_most),
		cmocka_unit_test(any_list_agrees_with_itself_address_by_address),
		cmocka_unit_test(a_dash_range_has_the_length_of_its_octets),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
