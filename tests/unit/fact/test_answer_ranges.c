/* Ranges and exceptions, case by case; test_answer_walk.c does it at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../snapshot_make.h"
#include "fact/answer_cursor.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NET6 "1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
#define EXCEPT6 "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.f."
#define HOST6 ".0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."

static const struct wall now = { 1700000100 };

struct world { uint8_t *base; struct snapshot_view view; struct snapshot s; char url[SNAPSHOT_URL + 1]; };

static struct world *
world_open(uint32_t flags, struct str ns)
{
	struct snapshot_entry e[] = {
		{ addr_v4(192, 0, 2, 0), 2, SNAPSHOT_RANGE },
		{ addr_v4(192, 0, 2, 25), 2, SNAPSHOT_ADDRESS },	/* hidden */
		{ addr_v4(192, 0, 2, 9), 2, SNAPSHOT_EXCEPT },
		{ addr_v4(198, 51, 100, 1), 2, SNAPSHOT_ADDRESS },
		{ addr_v4(198, 51, 100, 7), 2, SNAPSHOT_EXCEPT },	/* of no range */
		{ addr_v4(2, 0, 0, 0), 2, SNAPSHOT_RANGE },		/* dropped: 2000::/12 */
		{ addr_v4(127, 0, 0, 0), 2, SNAPSHOT_RANGE },		/* dropped: test entry */
		{ { { 0x20, 1, 0xd, 0xb8, [7] = 1 } }, 2, SNAPSHOT_RANGE },
		{ { { 0x20, 1, 0xd, 0xb8, [7] = 1, 0xf0, [15] = 9 } }, 2, SNAPSHOT_EXCEPT },
		{ addr_v4(203, 0, 113, 0), 3, SNAPSHOT_RANGE },
		{ addr_v4(203, 0, 113, 9), 3, SNAPSHOT_EXCEPT },
		{ { { 0x20, 1, 0xd, 0xb8, [7] = 1 } }, 3, SNAPSHOT_EXCEPT },	/* the range is not of its code */
	};
	struct world *w = calloc(1, sizeof(*w));
	size_t n = make_sort(e, COUNT(e));
	const char *part;
	int64_t len;

	assert_non_null(w);
	len = make_base(&w->base, 10, flags, e, n);
	assert_true(len > 0);
	assert_int_equal(snapshot_open(&w->view, w->base, (size_t)len, &part), 0);
	w->s.base = &w->view;
	if (ns.n > 0)
		assert_int_equal(snapshot_zone_set(&w->view.zone, w->url, STR("bl.example"),
		    ns, STR("hostmaster@bl.example"), STR("https://bl.example/")), 0);
	return w;
}

static void
world_close(struct world *w)
{
	free(w->base);
	free(w);
}

/* What comes for a name: "A 127.0.0.2", a text, "" for NODATA, "NXDOMAIN". */
static void
ask(const struct world *w, const char *text, uint16_t type, char out[128])
{
	const struct answer_asker who = { .tcp = true, .now = now };
	uint8_t q[DNS_QUERY_MAX], a[4096];
	struct answer_info info;
	struct dns_name name;
	struct dns_reply r;
	struct dns_record rec;
	size_t n;

	out[0] = '\0';
	assert_int_equal(dns_name_parse(&name, str_of(text)), 0);
	n = dns_query_build(q, 1, &name, type);
	n = answer_make(&w->s, q, n, &who, a, sizeof(a), &info);
	assert_int_equal(dns_reply_open(&r, a, n, 1, &name, type), 0);
	if (r.rcode != DNS_NOERROR)
		snprintf(out, 128, "%s", r.rcode == DNS_NXDOMAIN ? "NXDOMAIN" : "?");
	else if (dns_reply_next(&rec, &r) != 0)
		return;
	else if (type == DNS_A)
		snprintf(out, 128, "A %u", rec.addr.o[15]);
	else
		snprintf(out, 128, "%.*s", rec.data[0], (const char *)rec.data + 1);
	/* an exception is no listing */
	assert_int_equal(info.listed, out[0] != '\0' && strcmp(out, "NXDOMAIN") != 0 &&
	    strstr(out, "Not listed") == NULL && strstr(out, "Test") == NULL);
}

struct row { const char *name, *q; uint16_t type; const char *want; };

static void
run(const struct world *w, const struct row *rows, size_t n)
{
	char got[128];

	for (size_t i = 0; i < n; i++) {
		ask(w, rows[i].q, rows[i].type, got);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: %s: got \"%s\", want \"%s\"", rows[i].name, rows[i].q, got, rows[i].want);
	}
}

static void
names_in_and_around_ranges(void **state)
{
	static const char text4[] = "Open relays in 192.0.2.0/24. https://bl.example/ip/192.0.2.0";
	static const char text6[] = "Open relays in 2001:db8:0:1::/64. https://bl.example/ip/2001:db8:0:1::";
	static const struct row rows[] = {
		{ "an address of the range", "1.2.0.192.bl.example", DNS_A, "A 2" },
		{ "its text names the range", "1.2.0.192.bl.example", DNS_TXT, text4 },
		{ "a proved one says the same", "25.2.0.192.bl.example", DNS_TXT, text4 },
		{ "in.ZONE", "1.2.0.192.in.bl.example", DNS_A, "A 2" },
		{ "not in out.ZONE", "1.2.0.192.out.bl.example", DNS_A, "NXDOMAIN" },
		{ "other types: NODATA", "1.2.0.192.bl.example", DNS_AAAA, "" },
		{ "the range itself is empty", "2.0.192.bl.example", DNS_A, "" },
		{ "and so is what is above", "0.192.bl.example", DNS_A, "" },
		{ "beside it is nothing", "3.0.192.bl.example", DNS_A, "NXDOMAIN" },
		{ "'*' itself", "*.2.0.192.bl.example", DNS_A, "A 2" },
		{ "'*' itself, text", "*.2.0.192.bl.example", DNS_TXT, text4 },
		{ "below '*' is nothing (RFC 4592 2.2.1)", "1.*.2.0.192.bl.example", DNS_A, "NXDOMAIN" },
		{ "'*' where no range is", "*.3.0.192.bl.example", DNS_A, "NXDOMAIN" },
		{ "'*' below a listed address", "*.1.100.51.198.bl.example", DNS_A, "NXDOMAIN" },
		{ "'*' right below the zone", "*.bl.example", DNS_A, "NXDOMAIN" },
		{ "any label below", "what.ever.2.0.192.bl.example", DNS_A, "A 2" },
		{ "a number that is none", "256.2.0.192.bl.example", DNS_A, "A 2" },
		{ "below an address of the range", "x.1.2.0.192.bl.example", DNS_A, "A 2" },
		{ "an exception has no address", "9.2.0.192.bl.example", DNS_A, "" },
		{ "but says so", "9.2.0.192.bl.example", DNS_TXT, "Not listed: excluded from 192.0.2.0/24." },
		{ "below an exception is nothing", "x.9.2.0.192.bl.example", DNS_A, "NXDOMAIN" },
		{ "an exception of no range is none", "7.100.51.198.bl.example", DNS_TXT, "NXDOMAIN" },
		{ "an IPv6 range", "7" HOST6 NET6 ".bl.example", DNS_A, "A 2" },
		{ "its text", "7" HOST6 NET6 ".bl.example", DNS_TXT, text6 },
		{ "a capital nibble", "A.b.C.0.0.0.0.0.0.0.0.0.0.0.0.E." NET6 ".bl.example", DNS_A, "A 2" },
		{ "'*' of IPv6", "*." NET6 ".bl.example", DNS_TXT, text6 },
		{ "17 labels", "e." NET6 ".bl.example", DNS_A, "A 2" },
		{ "its exception", EXCEPT6 NET6 ".bl.example", DNS_TXT, "Not listed: excluded from 2001:db8:0:1::/64." },
		{ "above the exception it is empty", "0.f." NET6 ".bl.example", DNS_A, "" },
		/* RFC 4592: an exception's parents exist, so the wildcard is not asked there */
		{ "beside the exception is nothing", "8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.f." NET6 ".bl.example", DNS_A, "NXDOMAIN" },
		{ "below nothing of its", "1.f." NET6 ".bl.example", DNS_A, "NXDOMAIN" },
		{ "the /64 beside", "7" HOST6 "2.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example", DNS_A, "NXDOMAIN" },
		{ "a /24 with the name of an IPv6 prefix is no range", "1.0.0.2.bl.example", DNS_A, "" },
		{ "so IPv6 is not listed by it", "7" HOST6 "3.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example", DNS_A, "NXDOMAIN" },
		{ "127.0.0.0/24 is none", "3.0.0.127.bl.example", DNS_A, "NXDOMAIN" },
		{ "a range of exits", "1.113.0.203.out.bl.example", DNS_TXT,
		    "Relay exits in 203.0.113.0/24. https://bl.example/ip/203.0.113.0" },
		{ "is not in ZONE", "1.113.0.203.bl.example", DNS_A, "NXDOMAIN" },
		{ "its exception", "9.113.0.203.out.bl.example", DNS_A, "" },
	};
	struct world *w = world_open(SNAPSHOT_OUT, STR(""));

	(void)state;
	run(w, rows, COUNT(rows));
	world_close(w);
}

/* A host's name, and those above it, exist: the wildcard does not match there. */
static void
a_host_below_a_range(void **state)
{
	static const struct row rows[] = {
		{ "the host", "ns.7.2.0.192.bl.example", DNS_A, "" },
		{ "above it", "7.2.0.192.bl.example", DNS_A, "" },
		{ "beside it", "mx.7.2.0.192.bl.example", DNS_A, "NXDOMAIN" },
		{ "the address beside", "8.2.0.192.bl.example", DNS_A, "A 2" },
		{ "the other root", "7.2.0.192.in.bl.example", DNS_A, "A 2" },
		{ "a host on an entry's parent", "2.0.192.bl.example", DNS_A, "" },
		{ "two of them, one below the other", "c.bl.example", DNS_A, "" },
	};
	struct world *w = world_open(0, STR("ns.7.2.0.192.bl.example 2.0.192.bl.example "
	    "b.c.bl.example c.bl.example"));

	(void)state;
	run(w, rows, COUNT(rows));
	world_close(w);
}

static int
note_record(void *ctx, const struct answer_record *r)
{
	char text[DNS_NAME_TEXT], *to = ctx;

	dns_name_text(text, &r->owner);
	snprintf(to + strlen(to), 600 - strlen(to), "%s %u ", text, r->type);
	return 0;
}

/* For IXFR: what went has its records still. */
static void
records_of_what_is_not_there(void **state)
{
	static const struct { const char *name; struct snapshot_entry e; enum answer_zone which; const char *want; } cases[] = {
		{ "an address", { { .o = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 } }, 2, SNAPSHOT_ADDRESS }, ANSWER_ZONE,
		    "1.0.0.10.bl.example 1 1.0.0.10.bl.example 16 1.0.0.10.in.bl.example 1 1.0.0.10.in.bl.example 16 " },
		{ "a range", { { .o = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 0 } }, 2, SNAPSHOT_RANGE }, ANSWER_ZONE,
		    "*.0.0.10.bl.example 1 *.0.0.10.bl.example 16 *.0.0.10.in.bl.example 1 *.0.0.10.in.bl.example 16 " },
		{ "an exception", { { .o = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 } }, 3, SNAPSHOT_EXCEPT }, ANSWER_OUT,
		    "1.0.0.10.out.bl.example 16 " },
		{ "of another zone", { { .o = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 1 } }, 3, SNAPSHOT_ADDRESS }, ANSWER_ZONE, "" },
	};
	struct world *w = world_open(SNAPSHOT_OUT, STR("")), *off = world_open(0, STR(""));
	char got[600];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		got[0] = '\0';
		assert_int_equal(answer_records(&w->s, cases[i].which, &cases[i].e, note_record, got), 0);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got %s", cases[i].name, got);
	}
	got[0] = '\0';
	assert_int_equal(answer_records(&off->s, ANSWER_OUT, &cases[2].e, note_record, got), 0);
	assert_string_equal(got, "");
	world_close(off);
	world_close(w);
}

static void
status_records(void **state)
{
	struct snapshot_head h = { .life = SNAPSHOT_FROZEN, .expiry_s = 1700086400, .flags = SNAPSHOT_LAB };
	struct world *w = world_open(0, STR(""));
	struct answer_record r;

	(void)state;
	assert_int_equal(answer_status_record(&r, &w->s, &h), 0);
	assert_int_equal(r.len, 1 + r.data[0]);
	assert_int_equal(r.ttl_s, MAKE_TTL);
	assert_memory_equal(r.data + 1, "frozen expires=2023-11-15T22:13:20Z LAB", r.data[0]);
	h.life = SNAPSHOT_CLOSING;
	h.empties = 20971;
	assert_int_equal(answer_status_record(&r, &w->s, &h), 0);
	assert_int_equal(r.len, 1 + r.data[0]);
	assert_memory_equal(r.data + 1, "closing expires=2023-11-15T22:13:20Z empties=2027-06-02 LAB",
	    r.data[0]);
	assert_in_range(r.data[0], 1, 70);	/* so long a TXT may be */
	h.life = SNAPSHOT_EMPTY;
	h.empties = 0;
	h.flags = 0;
	assert_int_equal(answer_status_record(&r, &w->s, &h), 0);
	assert_memory_equal(r.data + 1, "empty expires=2023-11-15T22:13:20Z", r.data[0]);
	world_close(w);
}

/* 64 octets of nibbles do not fit in front of such a zone. */
static void
names_that_do_not_fit(void **state)
{
	static const char label[] = "012345678901234567890123456789012345678901234567890123456789";
	struct world *w = world_open(0, STR("ns.example.net"));
	struct dns_name *zone = &w->view.zone.zone;
	struct answer_cursor c;
	struct answer_record r;
	int err;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(dns_name_under(zone, str_of(label), zone), 0);
	assert_int_equal(answer_cursor_start(&c, &w->s, ANSWER_ZONE), 0);
	do
		err = answer_cursor_next(&c, &r);
	while (err == 0);
	assert_int_equal(err, SEK_ELIMIT);
	assert_int_equal(dns_name_under(zone, str_of(label + 3), zone), 0);
	assert_int_equal(answer_cursor_start(&c, &w->s, ANSWER_ZONE), SEK_ELIMIT);
	world_close(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_in_and_around_ranges),
		cmocka_unit_test(a_host_below_a_range),
		cmocka_unit_test(records_of_what_is_not_there),
		cmocka_unit_test(status_records),
		cmocka_unit_test(names_that_do_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
