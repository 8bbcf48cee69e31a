#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../amplify.h"
#include "../snapshot_make.h"
#include "fact/answer.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST6 "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define LISTED6 "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

static const struct wall now = { 1700000100 };
static const struct answer_asker udp = { .now = { 1700000100 } };

struct world {			/* 192.0.2.25 and 2001:db8::9 entries, 192.0.2.77 exit */
	uint8_t			*base, *overlay;
	struct snapshot_view	 b, o;
	struct snapshot		 s;
};

/* An overlay takes away 192.0.2.26 and 203.0.113.5, brings 198.51.100.1. */
static void
world_open(struct world *w, uint32_t flags)
{
	struct snapshot_entry e[] = {
		{ addr_v4(192, 0, 2, 25), 2, 0 }, { addr_v4(192, 0, 2, 26), 2, 0 },
		{ addr_v4(192, 0, 2, 77), 3, 0 }, { addr_v4(203, 0, 113, 5), 2, 0 },
		{ { { 0x20, 1, 0xd, 0xb8, [15] = 9 } }, 2, 0 },
	};
	size_t n = make_sort(e, COUNT(e));
	struct snapshot_change c[] = {
		{ { addr_v4(192, 0, 2, 26), 2, 0 }, false },
		{ { addr_v4(198, 51, 100, 1), 2, 0 }, true },
		{ { addr_v4(203, 0, 113, 5), 2, 0 }, false },
	};
	const char *part;
	int64_t len = make_base(&w->base, 10, flags, e, n);

	assert_true(len > 0);
	assert_int_equal(snapshot_open(&w->b, w->base, (size_t)len, &part), 0);
	len = make_overlay(&w->overlay, 12, flags, &w->b, c, COUNT(c));
	assert_true(len > 0);
	assert_int_equal(snapshot_open(&w->o, w->overlay, (size_t)len, &part), 0);
	w->s = (struct snapshot){ &w->b, &w->o };
}

static void
world_close(struct world *w)
{
	free(w->base);
	free(w->overlay);
}

struct got { unsigned rcode; struct dns_head h; char text[600]; bool aa; size_t len; uint8_t o[4096]; };

/* Asks and writes what came as one line: "A 127.0.0.2" ... */
static void
ask_at(struct got *g, const struct snapshot *s, const char *name, uint16_t type, struct wall t)
{
	struct wbuf w = wbuf_of(g->text, sizeof(g->text) - 1);
	uint8_t q[DNS_QUERY_MAX];
	struct dns_name n;
	struct dns_reply r;
	struct dns_record rec;
	char buf[DNS_NAME_TEXT];
	size_t len;

	assert_int_equal(dns_name_parse(&n, str_of(name)), 0);
	len = dns_query_build(q, 99, &n, type);
	g->len = answer_make(s, q, len, &(struct answer_asker){ .now = t }, g->o, sizeof(g->o), NULL);
	assert_true(g->len >= DNS_HEAD);
	amplify(len, g->len);
	if ((g->o[2] & DNS_TC >> 8) != 0)	/* as every resolver does */
		g->len = answer_make(s, q, len, &(struct answer_asker){ .tcp = true, .now = t },
		    g->o, sizeof(g->o), NULL);
	struct rbuf head = rbuf_of(g->o, g->len);

	dns_head_read(&g->h, &head);
	g->aa = (g->h.flags & DNS_AA) != 0;
	assert_int_equal(dns_reply_open(&r, g->o, g->len, 99, &n, type), 0);
	g->rcode = r.rcode;
	while (dns_reply_next(&rec, &r) == 0) {
		wbuf_printf(&w, w.len > 0 ? "; " : "%s", "");
		if (rec.type == DNS_A || rec.type == DNS_AAAA) {
			addr_text(buf, &rec.addr);
			wbuf_printf(&w, "A %s", buf);
		} else if (rec.type == DNS_TXT) {
			assert_int_equal(dns_txt_join(buf, sizeof(buf), &len, &rec), 0);
			wbuf_printf(&w, "TXT %.*s", (int)len, buf);
		} else if (rec.type == DNS_SOA) {
			dns_name_text(buf, &rec.owner);
			wbuf_printf(&w, "SOA %s %lu", buf, (unsigned long)rec.soa[0]);
		} else {
			dns_name_text(buf, &rec.name);
			wbuf_printf(&w, "NS %s", buf);
		}
		wbuf_printf(&w, " ttl %lu", (unsigned long)rec.ttl_s);
	}
	assert_int_equal(w.err, 0);
	g->text[w.len] = '\0';
}

struct row { const char *name; const char *q; uint16_t type; unsigned rcode; const char *want; };

/* A negative answer's SOA is that of the zone, with the negative TTL. */
static void
check_soa(const struct got *g, const char *name, const char *q)
{
	struct rbuf m = rbuf_of(g->o, g->len);
	const char *apex = strstr(q, "out.bl.example");
	char text[DNS_NAME_TEXT];
	struct dns_name n;
	struct dns_rr rr;

	(void)rbuf_bytes(&m, DNS_HEAD);
	dns_name_read_plain(&n, &m);
	(void)rbuf_bytes(&m, 4);
	dns_rr_read(&rr, &m);
	assert_int_equal(m.err, 0);
	dns_name_text(text, &rr.owner);
	if (apex == NULL || strstr(name, "out is off") != NULL)
		apex = "bl.example";
	if (rr.type != DNS_SOA || rr.ttl_s != MAKE_NEGATIVE || strcmp(text, apex) != 0)
		fail_msg("%s: SOA of %s, want %s", name, text, apex);
}

static void
run(const struct snapshot *s, const struct row *rows, size_t n)
{
	struct got g;

	for (size_t i = 0; i < n; i++) {
		ask_at(&g, s, rows[i].q, rows[i].type, now);
		if (g.rcode != rows[i].rcode || strcmp(g.text, rows[i].want) != 0)
			fail_msg("%s: %s %u: got rcode %u \"%s\", want %u \"%s\"",
			    rows[i].name, rows[i].q, rows[i].type, g.rcode, g.text,
			    rows[i].rcode, rows[i].want);
		/* RFC 2308: a negative answer brings the SOA */
		bool ours = g.rcode == DNS_NOERROR || g.rcode == DNS_NXDOMAIN;

		assert_int_equal(g.h.ns, ours && g.h.an == 0);
		if (g.h.ns == 1)
			check_soa(&g, rows[i].name, rows[i].q);
		assert_int_equal(g.aa, ours);
		assert_int_equal(g.h.ar, 1);
	}
}

static void
names_and_types(void **state)
{
	static const struct row rows[] = {
		{ "entry A", "25.2.0.192.bl.example", DNS_A, 0, "A 127.0.0.2 ttl 300" },
		{ "entry TXT", "25.2.0.192.bl.example", DNS_TXT, 0,
		    "TXT Relays mail for strangers. https://bl.example/ip/192.0.2.25 ttl 300" },
		{ "case does not matter", "25.2.0.192.BL.Example", DNS_A, 0, "A 127.0.0.2 ttl 300" },
		{ "in.ZONE is the same", "25.2.0.192.in.bl.example", DNS_A, 0, "A 127.0.0.2 ttl 300" },
		{ "ANY is minimal", "25.2.0.192.bl.example", DNS_ANY, 0, "A 127.0.0.2 ttl 300" },
		{ "other types: NODATA", "25.2.0.192.bl.example", DNS_AAAA, 0, "" },
		{ "MX: NODATA", "25.2.0.192.bl.example", DNS_MX, 0, "" },
		{ "overlay adds", "1.100.51.198.bl.example", DNS_A, 0, "A 127.0.0.2 ttl 300" },
		{ "overlay removes", "26.2.0.192.bl.example", DNS_A, 3, "" },
		{ "not listed", "27.2.0.192.bl.example", DNS_A, 3, "" },
		{ "an exit is not in ZONE", "77.2.0.192.bl.example", DNS_A, 3, "" },
		{ "ENT of one label", "192.bl.example", DNS_A, 0, "" },
		{ "ENT of three", "2.0.192.bl.example", DNS_TXT, 0, "" },
		{ "ENT by the overlay alone", "51.198.bl.example", DNS_A, 0, "" },
		{ "ENT went with its last entry", "113.0.203.bl.example", DNS_A, 3, "" },
		{ "and above it", "203.bl.example", DNS_A, 3, "" },
		{ "below an entry", "x.25.2.0.192.bl.example", DNS_A, 3, "" },
		{ "five octets", "1.25.2.0.192.bl.example", DNS_A, 3, "" },
		{ "leading zero is another name", "025.2.0.192.bl.example", DNS_A, 3, "" },
		{ "256 is none", "256.0.192.bl.example", DNS_A, 3, "" },
		{ "IPv6 entry", LISTED6 ".bl.example", DNS_A, 0, "A 127.0.0.2 ttl 300" },
		{ "IPv6 entry, capital", "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.bl.example", DNS_A, 0, "A 127.0.0.2 ttl 300" },
		{ "IPv6 text has the page", LISTED6 ".bl.example", DNS_TXT, 0,
		    "TXT Relays mail for strangers. https://bl.example/ip/2001:db8::9 ttl 300" },
		{ "IPv6 ENT", "8.b.d.0.1.0.0.2.bl.example", DNS_A, 0, "" },
		{ "IPv6 ENT of one nibble", "2.bl.example", DNS_A, 0, "" },
		{ "IPv6 no ENT", "9.b.d.0.1.0.0.2.bl.example", DNS_A, 3, "" },
		{ "33 nibbles", "0." LISTED6 ".bl.example", DNS_A, 3, "" },
		{ "test entry", "2.0.0.127.bl.example", DNS_A, 0, "A 127.0.0.2 ttl 300" },
		{ "test entry TXT", "2.0.0.127.bl.example", DNS_TXT, 0,
		    "TXT Test entry of RFC 5782, not a listing. ttl 300" },
		{ "127.0.0.1 never", "1.0.0.127.bl.example", DNS_A, 3, "" },
		{ "its parent is an ENT", "0.0.127.bl.example", DNS_A, 0, "" },
		{ "IPv6 test entry", TEST6 ".bl.example", DNS_A, 0, "A 127.0.0.2 ttl 300" },
		{ "its ENT", "f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.example", DNS_A, 0, "" },
		{ "mapped 127.0.0.1 never",
		    "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.example", DNS_A, 3, "" },
		{ "mapped nibbles are no second name of an IPv4 entry",
		    "9.1.2.0.0.0.0.c.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.example", DNS_A, 3, "" },
		{ "nor is there an ENT", "0.c.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.example", DNS_A, 3, "" },
		{ "apex SOA", "bl.example", DNS_SOA, 0, "SOA bl.example 12 ttl 300" },
		{ "apex NS", "bl.example", DNS_NS, 0, "NS ns.bl.example ttl 300; NS ns.example.net ttl 300" },
		{ "apex A: NODATA", "bl.example", DNS_A, 0, "" },
		{ "apex ANY", "bl.example", DNS_ANY, 0, "SOA bl.example 12 ttl 300" },
		{ "in is an ENT, no apex", "in.bl.example", DNS_SOA, 0, "" },
		{ "name server inside", "ns.bl.example", DNS_A, 0, "A 192.0.2.53 ttl 300" },
		{ "it has no IPv6", "ns.bl.example", DNS_AAAA, 0, "" },
		{ "status", "_status.bl.example", DNS_TXT, 0,
		    "TXT alive expires=2023-11-15T22:13:20Z ttl 300" },
		{ "status A: NODATA", "_status.bl.example", DNS_A, 0, "" },
		{ "below status", "x._status.bl.example", DNS_TXT, 3, "" },
		{ "out is off", "out.bl.example", DNS_SOA, 3, "" },
		{ "below out is off", "77.2.0.192.out.bl.example", DNS_A, 3, "" },
		{ "outside", "bl.example.net", DNS_A, 5, "" },
		{ "the parent is outside", "example", DNS_A, 5, "" },
		{ "the root is outside", ".", DNS_NS, 5, "" },
		{ "AXFR", "bl.example", DNS_AXFR, 5, "" },
		{ "IXFR", "bl.example", DNS_IXFR, 5, "" },
		{ "MAILA", "bl.example", 254, 4, "" },
	};
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	world_open(w, 0);
	run(&w->s, rows, COUNT(rows));
	world_close(w);
	free(w);
}

static void
exits_and_laboratory(void **state)
{
	static const struct row rows[] = {
		{ "exit", "77.2.0.192.out.bl.example", DNS_A, 0, "A 127.0.0.3 ttl 300" },
		{ "exit TXT", "77.2.0.192.out.bl.example", DNS_TXT, 0,
		    "TXT LAB Sends out mail of an open relay. https://bl.example/ip/192.0.2.77 ttl 300" },
		{ "an entry is not in out", "25.2.0.192.out.bl.example", DNS_A, 3, "" },
		{ "out has its own SOA", "out.bl.example", DNS_SOA, 0, "SOA out.bl.example 12 ttl 300" },
		{ "out has its own NS", "out.bl.example", DNS_NS, 0, "NS ns.bl.example ttl 300; NS ns.example.net ttl 300" },
		{ "out tests with its code", "2.0.0.127.out.bl.example", DNS_A, 0, "A 127.0.0.3 ttl 300" },
		{ "LAB in TXT", "25.2.0.192.bl.example", DNS_TXT, 0,
		    "TXT LAB Relays mail for strangers. https://bl.example/ip/192.0.2.25 ttl 300" },
		{ "LAB in status", "_status.bl.example", DNS_TXT, 0,
		    "TXT alive expires=2023-11-15T22:13:20Z LAB ttl 300" },
	};
	struct world *w = calloc(1, sizeof(*w));

	(void)state;
	world_open(w, SNAPSHOT_LAB | SNAPSHOT_OUT);
	run(&w->s, rows, COUNT(rows));
	world_close(w);
	free(w);
}

static void
it_answers_past_its_expiry(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct got g;

	(void)state;
	world_open(w, 0);
	ask_at(&g, &w->s, "25.2.0.192.bl.example", DNS_A, (struct wall){ 1900000000 });
	assert_string_equal(g.text, "A 127.0.0.2 ttl 300");
	ask_at(&g, &w->s, "_status.bl.example", DNS_TXT, (struct wall){ 1700086390 });
	assert_non_null(strstr(g.text, " ttl 10"));
	ask_at(&g, &w->s, "_status.bl.example", DNS_TXT, (struct wall){ 1900000000 });
	assert_non_null(strstr(g.text, " ttl 0"));
	world_close(w);
	free(w);
}

/* Raw messages --------------------------------------------------------------- */

#define Q25 "\2" "25\1" "2\1" "0\3" "192\2bl\7example\0"
#define HEAD(flags, counts) "\x12\x34" flags counts
#define ONE "\0\1\0\0\0\0\0\0"
#define ONE_OPT "\0\1\0\0\0\0\0\1"
#define OPT(size, ttl, rest) "\0\0\51" size ttl rest

struct raw { const char *name; const char *q; size_t n; int rcode; uint16_t flags, ar; size_t least; };
#define RAW(s) (s), sizeof(s) - 1

static void
no_query_is_met_with_silence(void **state)
{
	static const struct raw rows[] = {
		{ "eleven octets", RAW("\x12\x34\0\0\0\1\0\0\0\0\0"), -1, 0, 0, 0 },
		{ "a response", RAW(HEAD("\x80\0", ONE) Q25 "\0\1\0\1"), -1, 0, 0, 0 },
		{ "plain", RAW(HEAD("\0\0", ONE) Q25 "\0\1\0\1"), 0, DNS_AA, 0, 0 },
		{ "RD and CD come back, AD does not", RAW(HEAD("\1\x30", ONE) Q25 "\0\1\0\1"), 0, DNS_AA | DNS_RD | DNS_CD, 0, 0 },
		{ "no question", RAW(HEAD("\0\0", "\0\0\0\0\0\0\0\0")), 1, 0, 0, 12 },
		{ "two questions", RAW(HEAD("\0\0", "\0\2\0\0\0\0\0\0") Q25 "\0\1\0\1" Q25 "\0\1\0\1"), 1, 0, 0, 12 },
		{ "question cut", RAW(HEAD("\0\0", ONE) "\2bl\7exa"), 1, 0, 0, 12 },
		{ "an answer in a query", RAW(HEAD("\0\0", "\0\1\0\1\0\0\0\0") Q25 "\0\1\0\1"), 1, 0, 0, 0 },
		{ "octets after the end", RAW(HEAD("\0\0", ONE) Q25 "\0\1\0\1z"), 1, 0, 0, 0 },
		{ "a pointer in the question", RAW(HEAD("\0\0", ONE) "\300\14\0\1\0\1"), 1, 0, 0, 12 },
		{ "NOTIFY", RAW(HEAD("\x24\0", ONE) Q25 "\0\6\0\1"), 4, 4 << 11, 0, 12 },
		{ "UPDATE", RAW(HEAD("\x28\0", "\0\1\0\0\0\0\0\0") Q25 "\0\6\0\1"), 4, 5 << 11, 0, 12 },
		{ "opcode 15 without anything", RAW(HEAD("\x78\0", "\0\0\0\0\0\0\0\0")), 4, 15 << 11, 0, 12 },
		{ "class CH", RAW(HEAD("\0\0", ONE) Q25 "\0\1\0\3"), 5, 0, 0, 0 },
		{ "type OPT asked for", RAW(HEAD("\0\0", ONE) Q25 "\0\51\0\1"), 1, 0, 0, 0 },
		{ "EDNS", RAW(HEAD("\0\0", ONE_OPT) Q25 "\0\1\0\1" OPT("\4\xd0", "\0\0\0\0", "\0\0")), 0, DNS_AA, 1, 0 },
		{ "EDNS with an unknown option", RAW(HEAD("\0\0", ONE_OPT) Q25 "\0\1\0\1" OPT("\4\xd0", "\0\0\0\0", "\0\6\xfd\xe9\0\2hi")), 0, DNS_AA, 1, 0 },
		{ "EDNS version 1", RAW(HEAD("\0\0", ONE_OPT) Q25 "\0\1\0\1" OPT("\4\xd0", "\0\1\0\0", "\0\0")), 16, 0, 1, 0 },
		{ "EDNS version 1 with odd data", RAW(HEAD("\0\0", ONE_OPT) Q25 "\0\1\0\1" OPT("\4\xd0", "\0\7\0\0", "\0\1x")), 16, 0, 1, 0 },
		{ "option longer than its record", RAW(HEAD("\0\0", ONE_OPT) Q25 "\0\1\0\1" OPT("\4\xd0", "\0\0\0\0", "\0\5\0\3\0\7x")), 1, 0, 0, 0 },
		{ "two OPT", RAW(HEAD("\0\0", "\0\1\0\0\0\0\0\2") Q25 "\0\1\0\1" OPT("\4\xd0", "\0\0\0\0", "\0\0") OPT("\4\xd0", "\0\0\0\0", "\0\0")), 1, 0, 1, 0 },
		{ "OPT that is not of the root", RAW(HEAD("\0\0", ONE_OPT) Q25 "\0\1\0\1" "\1a\0\0\51\4\xd0\0\0\0\0\0\0"), 1, 0, 0, 0 },
		{ "OPT cut", RAW(HEAD("\0\0", ONE_OPT) Q25 "\0\1\0\1" "\0\0\51\4"), 1, 0, 0, 0 },
	};
	struct world *w = calloc(1, sizeof(*w));
	uint8_t out[DNS_EDNS];

	(void)state;
	world_open(w, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer_info info;
		size_t n = answer_make(&w->s, (const uint8_t *)rows[i].q, rows[i].n,
		    &udp, out, sizeof(out), &info);
		struct rbuf m = rbuf_of(out, n);
		struct dns_head h;

		if ((n == 0) != (rows[i].rcode < 0))
			fail_msg("%s: %zu octets", rows[i].name, n);
		if (n == 0)
			continue;
		amplify(rows[i].n, n);
		dns_head_read(&h, &m);
		if ((int)info.rcode != rows[i].rcode ||
		    (h.flags & ~DNS_RCODE_MASK) != (DNS_QR | rows[i].flags) ||
		    h.id != 0x1234 || h.ar != rows[i].ar ||
		    (rows[i].least != 0 && n != rows[i].least))
			fail_msg("%s: rcode %u flags %x ar %u octets %zu",
			    rows[i].name, info.rcode, h.flags, h.ar, n);
		assert_int_equal(h.flags & DNS_RCODE_MASK, rows[i].rcode & 15);
	}
	world_close(w);
	free(w);
}

static void
refusals_say_why_to_edns(void **state)
{
	static const struct { const char *q; uint16_t type; unsigned rcode, ede; } rows[] = {
		{ "www.example.net", DNS_A, 5, 20 }, { "bl.example", DNS_AXFR, 5, 18 },
	};
	struct world *w = calloc(1, sizeof(*w));
	struct snapshot nothing = { .base = NULL };
	struct got g;

	(void)state;
	world_open(w, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ask_at(&g, &w->s, rows[i].q, rows[i].type, now);
		assert_int_equal(g.rcode, rows[i].rcode);
		assert_memory_equal(g.o + g.len - 6, "\0\17\0\2\0", 5);
		assert_int_equal(g.o[g.len - 1], rows[i].ede);
	}
	ask_at(&g, &nothing, "25.2.0.192.bl.example", DNS_A, now);
	assert_int_equal(g.rcode, DNS_SERVFAIL);
	assert_int_equal(g.o[g.len - 1], 14);
	world_close(w);
	free(w);
}

static void
case_of_the_question_is_kept(void **state)
{
	static const char q[] = HEAD("\0\0", ONE) "\2" "25\1" "2\1" "0\3" "192\2bL\7ExAmPlE\0" "\0\1\0\1";
	struct world *w = calloc(1, sizeof(*w));
	uint8_t out[DNS_PLAIN];
	size_t n;

	(void)state;
	world_open(w, 0);
	n = answer_make(&w->s, (const uint8_t *)q, sizeof(q) - 1, &udp, out, sizeof(out), NULL);
	assert_true(n > sizeof(q) - 1);
	amplify(sizeof(q) - 1, n);
	assert_memory_equal(out + DNS_HEAD, q + DNS_HEAD, sizeof(q) - 1 - DNS_HEAD);
	world_close(w);
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_types),
		cmocka_unit_test(exits_and_laboratory),
		cmocka_unit_test(it_answers_past_its_expiry),
		cmocka_unit_test(no_query_is_met_with_silence),
		cmocka_unit_test(refusals_say_why_to_edns),
		cmocka_unit_test(case_of_the_question_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
