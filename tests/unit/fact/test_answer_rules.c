/* What operators and resolvers may rely on, one test a rule: RFC 5782 and the
 * DNS's own.  doc/dns-checklist.md has the rules and where else they are
 * tested. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "answer_rig.h"
#include "fact/answer_cursor.h"
#include "fact/answer_quick.h"
#include "fact/returncode.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ENTRY "25.2.0.192.bl.example"
#define ENTRY6 RIG_LISTED6 ".bl.example"

/* The only record of the answer, and its owner's name as text. */
static void
only_record(const struct rig *r, struct dns_rr *rr)
{
	struct rbuf m = rbuf_of(r->a, r->len);
	struct dns_name name;

	assert_int_equal(r->head.an, 1);
	(void)rbuf_bytes(&m, DNS_HEAD);
	dns_name_read_plain(&name, &m);
	(void)rbuf_bytes(&m, 4);
	dns_rr_read(rr, &m);
	assert_int_equal(m.err, 0);
	assert_true(dns_name_eq(&name, &rr->owner));
}

/* The last octet of 127.0.0.N that name has, 0 for NODATA, -1 for NXDOMAIN. */
static int
code_of(struct rig *r, const char *name)
{
	struct dns_rr rr;

	rig_ask(r, name, DNS_A);
	if (r->info.rcode == DNS_NXDOMAIN)
		return -1;
	assert_int_equal(r->info.rcode, DNS_NOERROR);
	if (r->head.an == 0)
		return 0;
	only_record(r, &rr);
	assert_int_equal(rr.len, 4);
	assert_memory_equal(r->a + rr.at, "\177\0\0", 3);
	return r->a[rr.at + 3];
}

struct golden { const char *name; int code; };

static void
check(struct rig *r, const struct golden *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int got = code_of(r, rows[i].name);

		if (got != rows[i].code)
			fail_msg("%s: got %d, want %d", rows[i].name, got, rows[i].code);
	}
	rig_close(r);
}

static void
d01_reversed_names(void **state)
{
	static const struct golden rows[] = {
		{ ENTRY, 2 }, { "192.0.2.25.bl.example", -1 }, { ENTRY6, 2 },
		{ "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.bl.example", -1 },
		{ "25.2.0.192.bl.example", 2 }, { "24.2.0.192.bl.example", -1 },
	};

	(void)state;
	check(rig_open(0), rows, COUNT(rows));
}

static int
judge_record(void *ctx, const struct dns_record *rec)
{
	static const uint8_t loop[12] = { [10] = 0xff, [11] = 0xff };
	size_t *n = ctx;
	char name[DNS_NAME_TEXT];

	dns_name_text(name, &rec->owner);
	if (rec->type != DNS_A || strcmp(name, "ns.bl.example") == 0)
		return 0;
	assert_memory_equal(rec->addr.o, loop, sizeof(loop));
	assert_int_equal(rec->addr.o[12], 127);
	assert_int_not_equal(rec->addr.o[15], 1);
	assert_non_null(returncode_of(rec->addr.o[15]));
	++*n;
	return 0;
}

static void
d02_codes_are_in_127_and_never_1(void **state)
{
	struct rig *r = rig_open(SNAPSHOT_OUT);
	size_t n = 0;

	(void)state;
	assert_int_equal(answer_each(&r->s, ANSWER_ZONE, r->who.now, judge_record, &n), 0);
	assert_int_equal(answer_each(&r->s, ANSWER_OUT, r->who.now, judge_record, &n), 0);
	assert_int_equal(n, 2 * (2 + 2 + 2) + 1 + 2);	/* entries, ranges, tests, twice; exits */
	rig_close(r);
}

static void
d03_test_entries_of_ipv4(void **state)
{
	static const struct golden rows[] = {
		{ "2.0.0.127.bl.example", 2 }, { "1.0.0.127.bl.example", -1 },
		{ "2.0.0.127.in.bl.example", 2 }, { "1.0.0.127.in.bl.example", -1 },
		{ "2.0.0.127.out.bl.example", 3 }, { "1.0.0.127.out.bl.example", -1 },
	};

	(void)state;
	check(rig_open(SNAPSHOT_OUT), rows, COUNT(rows));
}

static void
d04_test_entries_of_ipv6(void **state)
{
	static const struct golden rows[] = {
		{ RIG_TEST6 ".bl.example", 2 },
		{ "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.example", -1 },
	};

	(void)state;
	check(rig_open(0), rows, COUNT(rows));
}

/* No domain is listed: neither TEST, which a list of domains has, nor INVALID. */
static void
d05_no_list_of_domains(void **state)
{
	static const struct golden rows[] = {
		{ "test.bl.example", -1 }, { "invalid.bl.example", -1 }, { "mail.example.net.bl.example", -1 },
	};

	(void)state;
	check(rig_open(0), rows, COUNT(rows));
}

static void
d06_text_is_short_and_names_the_page(void **state)
{
	static const struct { const char *name, *page; } rows[] = {
		{ ENTRY, "https://bl.example/ip/192.0.2.25" },
		{ ENTRY6, "https://bl.example/ip/2001:db8::9" },
	};

	(void)state;
	for (uint32_t flags = 0; flags <= SNAPSHOT_LAB; flags++) {
		struct rig *r = rig_open(flags);

		for (size_t i = 0; i < COUNT(rows); i++) {
			size_t page = strlen(rows[i].page);
			struct dns_rr rr;

			rig_ask(r, rows[i].name, DNS_TXT);
			only_record(r, &rr);
			assert_in_range(rr.len, page + 2, 71);
			assert_int_equal(r->a[rr.at], rr.len - 1);	/* one string */
			assert_memory_equal(r->a + rr.at + rr.len - page, rows[i].page, page);
		}
		rig_close(r);
	}
}

/* Each zone has one code, so that who reads only the first A misses nothing. */
static void
d07_one_code_a_kind_and_a_zone_each(void **state)
{
	static const struct golden rows[] = {
		{ ENTRY, 2 }, { "25.2.0.192.out.bl.example", -1 },
		{ "77.2.0.192.bl.example", -1 }, { "77.2.0.192.out.bl.example", 3 },
	};

	(void)state;
	assert_string_equal(returncode_of(2)->name, "entry");
	assert_string_equal(returncode_of(3)->name, "exit");
	for (unsigned code = 0; code <= 255; code++)
		assert_int_equal(returncode_of(code) != NULL, code == 2 || code == 3);
	check(rig_open(SNAPSHOT_OUT), rows, COUNT(rows));
}

static void
d08_every_label_above_a_listed_name_is_nodata(void **state)
{
	static const char *const names[] = { ENTRY, ENTRY6, "2.0.0.127.bl.example", RIG_TEST6 ".bl.example" };
	struct rig *r = rig_open(0);
	char below[128];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *at = names[i];

		assert_int_equal(code_of(r, at), 2);
		snprintf(below, sizeof(below), "7.%s", at);
		assert_int_equal(code_of(r, below), -1);	/* RFC 8020 the other way */
		while (strcmp(at = strchr(at, '.') + 1, "bl.example") != 0) {
			if (code_of(r, at) != 0)
				fail_msg("%s is no NODATA", at);
			assert_int_equal(r->head.ns, 1);
		}
	}
	rig_close(r);
}

/* What a resolver with QNAME minimisation (RFC 9156) asks until it knows. */
static unsigned
asks_until_known(struct rig *r, const char *name)
{
	const char *at = name + strlen(name) - strlen("bl.example");
	unsigned n = 0;

	while (at > name) {
		for (at -= 2; at > name && at[-1] != '.'; at--)
			;
		n++;
		if (code_of(r, at) < 0)
			break;
	}
	return n;
}

static void
d09_nothing_below_is_nxdomain_high_up(void **state)
{
	struct rig *r = rig_open(0);

	(void)state;
	/* nothing listed begins with 3; one thing with 2001:db8 */
	assert_int_equal(asks_until_known(r,
	    "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.3.bl.example"), 1);
	assert_int_equal(asks_until_known(r,
	    "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.8.b.d.0.1.0.0.2.bl.example"), 9);
	assert_int_equal(asks_until_known(r, "25.2.0.193.bl.example"), 1);
	assert_int_equal(asks_until_known(r, ENTRY6), 32);
	rig_close(r);
}

static void
d10_lives_are_short_and_those_of_the_zone(void **state)
{
	struct rig *r = rig_open(0);
	struct dns_rr rr;

	(void)state;
	rig_ask(r, ENTRY, DNS_A);
	only_record(r, &rr);
	assert_int_equal(rr.ttl_s, MAKE_TTL);
	rig_ask(r, "26.2.0.192.bl.example", DNS_A);	/* RFC 2308 5: the SOA's own */
	assert_int_equal(r->head.ns, 1);
	assert_memory_equal(r->a + r->n - 11 + 6, "\0\0\0\170", 4);
	assert_int_equal(MAKE_NEGATIVE, 0170);
	rig_close(r);
}

static void
d12_edns_as_rfc_6891_wants_it(void **state)
{
	struct rig *r = rig_open(0);
	size_t n;

	(void)state;
	rig_question(r, ENTRY, DNS_A);
	rig_option(r, 65001, "hello", 5);	/* unknown: as if it were not there */
	rig_send(r);
	assert_int_equal(r->info.rcode, DNS_NOERROR);
	assert_int_equal(r->head.ar, 1);
	assert_null(rig_answer_option(r, 65001, &n));
	assert_memory_equal(r->a + r->len - 11, "\0\0\51\4\320\0\0\0\0\0\0", 11);	/* 1232 */
	rig_question(r, ENTRY, DNS_A);
	r->q[r->n - 5] = 1;			/* version 1 */
	rig_send(r);
	assert_int_equal(r->info.rcode, DNS_BADVERS);
	assert_memory_equal(r->a + r->len - 11, "\0\0\51\4\320\1\0\0\0\0\0", 11);
	rig_plain(r, ENTRY, DNS_A);
	rig_send(r);
	assert_int_equal(r->head.ar, 0);	/* who does not speak it hears none */
	rig_question(r, ENTRY, DNS_A);
	memcpy(r->q + r->n, r->q + r->n - 11, 11);	/* a second OPT */
	r->n += 11;
	r->q[11] = 2;
	rig_send(r);
	assert_int_equal(r->info.rcode, DNS_FORMERR);
	rig_close(r);
}

static enum answer_verdict
no_more(void *ctx, const struct addr *peer)
{
	(void)ctx;
	(void)peer;
	return ANSWER_DROP;
}

static void
d13_holders_of_a_cookie_are_not_limited(void **state)
{
	struct rig *r = rig_open(0);

	(void)state;
	rig_cookies(r);
	r->policy.limit = no_more;
	rig_ask(r, ENTRY, DNS_A);
	assert_int_equal(r->len, 0);
	rig_question(r, ENTRY, DNS_A);
	rig_valid_cookie(r, 60);
	rig_send(r);
	assert_true(r->info.listed);
	r->who.peer.o[15] ^= 1;			/* the same from elsewhere: forged */
	rig_send(r);
	assert_int_equal(r->len, 0);
	rig_close(r);
}

/* RFC 8482 4.1: one set is enough. */
static void
d14_any_is_answered_with_one_set(void **state)
{
	static const struct { const char *name; uint16_t type; } rows[] = {
		{ ENTRY, DNS_A }, { "bl.example", DNS_SOA }, { "_status.bl.example", DNS_TXT },
		{ "ns.bl.example", DNS_A },
	};
	struct rig *r = rig_open(0);
	struct dns_rr rr;

	(void)state;
	r->who.tcp = true;
	for (size_t i = 0; i < COUNT(rows); i++) {
		rig_ask(r, rows[i].name, DNS_ANY);
		only_record(r, &rr);
		assert_int_equal(rr.type, rows[i].type);
	}
	rig_close(r);
}

static void
d15_no_recursion_no_transfer_nothing_outside(void **state)
{
	static const struct { const char *name; uint16_t type; int ede; } rows[] = {
		{ "www.example.net", DNS_A, 20 }, { "example", DNS_NS, 20 }, { ".", DNS_NS, 20 },
		{ "bl.example", DNS_AXFR, 18 }, { "bl.example", DNS_IXFR, 18 },
		{ "xbl.example", DNS_A, 20 },
	};
	struct rig *r = rig_open(0);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		rig_question(r, rows[i].name, rows[i].type);
		r->q[2] = DNS_RD >> 8;
		rig_send(r);
		assert_int_equal(r->info.rcode, DNS_REFUSED);
		assert_int_equal(r->head.flags & (DNS_RA | DNS_AA), 0);
		assert_int_equal(r->head.an + r->head.ns, 0);
		assert_int_equal(rig_ede(r), rows[i].ede);
	}
	rig_close(r);
}

/* Never with an address: mail servers would take it for a listing. */
static void
d19_a_refusal_is_no_listing(void **state)
{
	struct rig *r = rig_open(0);

	(void)state;
	r->policy.n_allow = 1;
	r->policy.allow[0] = (struct net){ addr_v4(203, 0, 113, 0), 120 };
	rig_ask(r, ENTRY, DNS_A);
	assert_int_equal(r->info.rcode, DNS_REFUSED);
	assert_int_equal(r->head.an, 0);
	assert_int_equal(rig_ede(r), 18);
	r->s.base = NULL;
	rig_ask(r, ENTRY, DNS_A);
	assert_int_equal(r->info.rcode, DNS_SERVFAIL);
	assert_int_equal(r->head.an, 0);
	assert_int_equal(rig_ede(r), 14);
	rig_close(r);
}

static size_t
count_records(const struct snapshot *s, enum answer_zone which)
{
	struct answer_cursor c;
	struct answer_record r;
	size_t n = 0;

	assert_int_equal(answer_cursor_start(&c, s, which), 0);
	while (answer_cursor_next(&c, &r) == 0)
		n++;
	return n;
}

/* P11 (RFC 6471 3.4): who looks for the test entry leaves; nothing is listed,
 * nothing above it exists, and a transfer has no more than that. */
static void
p11_an_emptied_list_has_neither_entries_nor_test_entries(void **state)
{
	static const struct golden rows[] = {
		{ ENTRY, -1 }, { ENTRY6, -1 }, { "77.2.0.192.out.bl.example", -1 },
		{ "25.2.0.192.in.bl.example", -1 }, { "2.0.192.bl.example", -1 },
		{ "2.0.0.127.bl.example", -1 }, { "0.0.127.bl.example", -1 },
		{ RIG_TEST6 ".bl.example", -1 }, { "2.0.0.127.in.bl.example", -1 },
		{ "1.113.0.203.bl.example", -1 }, { "*.113.0.203.bl.example", -1 },
		{ "9.113.0.203.bl.example", -1 }, { "8." RIG_RANGE6 ".bl.example", -1 },
		{ "in.bl.example", -1 }, { "bl.example", 0 }, { "out.bl.example", 0 },
		{ "_status.bl.example", 0 },
	};
	struct rig *r = rig_open(SNAPSHOT_OUT);
	struct answer_quick quick;
	struct dns_rr rr;

	(void)state;
	r->view.head.life = SNAPSHOT_EMPTY;
	rig_ask(r, "_status.bl.example", DNS_TXT);
	only_record(r, &rr);
	assert_memory_equal(r->a + rr.at + 1, "empty expires=", 14);
	assert_int_equal(count_records(&r->s, ANSWER_ZONE), 5);	/* SOA, NS twice, _status, A */
	assert_int_equal(count_records(&r->s, ANSWER_OUT), 3);
	rig_ask(r, "ns.bl.example", DNS_A);
	assert_int_equal(r->head.an, 1);
	answer_quick_set(&quick, &r->s);
	rig_question(r, ENTRY, DNS_A);
	r->len = answer_quick_make(&quick, r->q, r->n, &r->who, r->a, DNS_EDNS, &r->info);
	assert_int_equal(r->info.rcode, DNS_NXDOMAIN);
	check(r, rows, COUNT(rows));
}

/* RFC 9619: no reading of two questions makes sense. */
static void
rfc9619_more_than_one_question_is_formerr(void **state)
{
	struct rig *r = rig_open(0);

	(void)state;
	rig_cookies(r);
	for (uint8_t n = 0; n <= 3; n++) {
		rig_plain(r, ENTRY, DNS_A);
		for (size_t i = 1, len = r->n - DNS_HEAD; i < n; i++, r->n += len)
			memcpy(r->q + r->n, r->q + DNS_HEAD, len);
		r->q[5] = n;
		if (n == 0)
			r->n = DNS_HEAD;
		rig_send(r);
		assert_int_equal(r->info.rcode, n == 1 ? DNS_NOERROR : DNS_FORMERR);
		assert_int_equal(r->head.qd, n == 1);
	}
	rig_close(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(d01_reversed_names),
		cmocka_unit_test(d02_codes_are_in_127_and_never_1),
		cmocka_unit_test(d03_test_entries_of_ipv4),
		cmocka_unit_test(d04_test_entries_of_ipv6),
		cmocka_unit_test(d05_no_list_of_domains),
		cmocka_unit_test(d06_text_is_short_and_names_the_page),
		cmocka_unit_test(d07_one_code_a_kind_and_a_zone_each),
		cmocka_unit_test(d08_every_label_above_a_listed_name_is_nodata),
		cmocka_unit_test(d09_nothing_below_is_nxdomain_high_up),
		cmocka_unit_test(d10_lives_are_short_and_those_of_the_zone),
		cmocka_unit_test(d12_edns_as_rfc_6891_wants_it),
		cmocka_unit_test(d13_holders_of_a_cookie_are_not_limited),
		cmocka_unit_test(d14_any_is_answered_with_one_set),
		cmocka_unit_test(d15_no_recursion_no_transfer_nothing_outside),
		cmocka_unit_test(d19_a_refusal_is_no_listing),
		cmocka_unit_test(p11_an_emptied_list_has_neither_entries_nor_test_entries),
		cmocka_unit_test(rfc9619_more_than_one_question_is_formerr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
