#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "xfer/catalog.h"

struct world {
	uint8_t			*base;
	struct snapshot_view	 view;
	struct snapshot		 s;
};

static void
open_at(struct world *x, uint32_t serial, uint32_t flags)
{
	const struct snapshot_entry e = { addr_v4(192, 0, 2, 25), 2, SNAPSHOT_ADDRESS };
	const char *part;
	int64_t n;

	free(x->base);
	n = make_base(&x->base, serial, flags, &e, 1);
	assert_true(n > 0);
	assert_int_equal(snapshot_open(&x->view, x->base, (size_t)n, &part), 0);
	x->s = (struct snapshot){ .base = &x->view };
}

static struct catalog
named(const char *name)
{
	struct catalog c = { .n = 0 };

	assert_int_equal(dns_name_parse(&c.name, str_of(name)), 0);
	return c;
}

/* "owner type" of each record, as RFC 9432 4 has them. */
static void
records_are_those_of_rfc_9432(void **state)
{
	static const struct { const char *owner; uint16_t type; } want[] = {
		{ "cat.example", DNS_SOA }, { "cat.example", DNS_NS },
		{ "version.cat.example", DNS_TXT },
		{ NULL, DNS_PTR }, { NULL, DNS_PTR },
	};
	struct world x = { .base = NULL };
	struct answer_record r[CATALOG_RECORDS];
	struct catalog c = named("cat.example");
	struct dns_name zones, out;
	char text[DNS_NAME_TEXT];
	size_t above;

	(void)state;
	open_at(&x, 7, SNAPSHOT_OUT);
	assert_true(catalog_look(&c, &x.s));
	assert_int_equal(catalog_records(r, &c), CATALOG_RECORDS);
	assert_int_equal(dns_name_parse(&zones, STR("zones.cat.example")), 0);
	assert_int_equal(dns_name_parse(&out, STR("out.bl.example")), 0);
	for (size_t i = 0; i < CATALOG_RECORDS; i++) {
		assert_int_equal(r[i].type, want[i].type);
		dns_name_text(text, &r[i].owner);
		if (want[i].owner != NULL)
			assert_string_equal(text, want[i].owner);
		else
			assert_true(dns_name_below(&r[i].owner, &zones, &above) && above > 0);
	}
	assert_memory_equal(r[2].data, "\0012", 2);
	assert_int_equal(r[4].len, out.len);
	assert_memory_equal(r[4].data, out.o, out.len);
	assert_false(dns_name_eq(&r[3].owner, &r[4].owner));
	free(x.base);
}

/* A new serial of the list is none of the catalog; a new member is. */
static void
the_serial_rises_with_the_members(void **state)
{
	static const struct { uint32_t serial, flags; bool changed; uint32_t want; } rows[] = {
		{ 7, 0, true, 7 }, { 8, 0, false, 7 }, { 9, SNAPSHOT_OUT, true, 9 },
		{ 10, SNAPSHOT_OUT, false, 9 }, { 12, 0, true, 12 },
	};
	struct world x = { .base = NULL };
	struct catalog c = named("cat.example"), none = { .n = 0 };
	struct answer_record r[CATALOG_RECORDS];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_at(&x, rows[i].serial, rows[i].flags);
		assert_int_equal(catalog_look(&c, &x.s), rows[i].changed);
		assert_int_equal(c.serial, rows[i].want);
		assert_int_equal(catalog_records(r, &c), CATALOG_RECORDS - (rows[i].flags == 0));
	}
	assert_false(catalog_look(&none, &x.s));
	assert_false(catalog_has(&none, &c.name));
	free(x.base);
}

static const struct { const char *name, *q; uint16_t type; unsigned rcode, an, ns; } asked[] = {
	{ "the SOA", "cat.example", DNS_SOA, DNS_NOERROR, 1, 0 },
	{ "what is there with another type", "cat.example", DNS_A, DNS_NOERROR, 0, 1 },
	{ "all of a name", "cat.example", DNS_ANY, DNS_NOERROR, 2, 0 },
	{ "the version", "VERSION.cat.example", DNS_TXT, DNS_NOERROR, 1, 0 },
	{ "a name that is there for what is below", "zones.cat.example", DNS_PTR, DNS_NOERROR, 0, 1 },
	{ "nothing", "x.zones.cat.example", DNS_PTR, DNS_NXDOMAIN, 0, 1 },
};

static void
questions(void **state)
{
	struct world x = { .base = NULL };
	struct catalog c = named("cat.example");
	uint8_t msg[DNS_QUERY_MAX], out[1024];

	(void)state;
	open_at(&x, 7, SNAPSHOT_OUT);
	assert_true(catalog_look(&c, &x.s));
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct dns_name name;
		struct dns_query q;
		struct packet p;
		unsigned rcode;
		size_t n;

		assert_int_equal(dns_name_parse(&name, str_of(asked[i].q)), 0);
		n = dns_query_build(msg, 1, &name, asked[i].type);
		assert_int_equal(dns_query_read(&q, msg, n), 0);
		packet_begin(&p, &q, true, DNS_NOERROR, out, sizeof(out), 0);
		rcode = catalog_answer(&p, &c, &q);
		if (rcode != asked[i].rcode || p.an != asked[i].an || p.ns != asked[i].ns)
			fail_msg("%s: rcode %u, %u answers, %u in authority", asked[i].name,
			    rcode, p.an, p.ns);
	}
	free(x.base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_those_of_rfc_9432),
		cmocka_unit_test(the_serial_rises_with_the_members),
		cmocka_unit_test(questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
