#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "wire/dns.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OCTETS(lit) (const uint8_t *)(lit), sizeof(lit) - 1

static void
names_from_the_wire(void **state)
{
	static const struct { const char *name; const uint8_t *in; size_t n, at; const char *want; size_t after; } cases[] = {
		{ "root", OCTETS("\0"), 0, ".", 1 },
		{ "two labels", OCTETS("\2bl\7EXAMPLE\0x"), 0, "bl.example", 12 },
		{ "a pointer back", OCTETS("\2bl\0\2in\300\0z"), 4, "in.bl", 9 },
		{ "pointer to pointer", OCTETS("\1a\0\300\0\1b\300\3"), 5, "b.a", 9 },
		{ "dots and controls in a label are escaped", OCTETS("\3a.\n\0"), 0, "a\\046\\010", 5 },
		{ "pointer to itself", OCTETS("\300\0"), 0, NULL, 0 },
		{ "pointer forwards", OCTETS("\300\2\1a\0"), 0, NULL, 0 },
		{ "a loop over a label", OCTETS("\1a\300\0"), 0, NULL, 0 },
		{ "label type 01", OCTETS("\100a\0"), 0, NULL, 0 },
		{ "cut in a label", OCTETS("\5ab"), 0, NULL, 0 },
		{ "no end", OCTETS("\1a"), 0, NULL, 0 },
		{ "half a pointer", OCTETS("\1a\300"), 0, NULL, 0 },
		{ "nothing", OCTETS(""), 0, NULL, 0 },
	};
	char text[DNS_NAME_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rbuf m = rbuf_of(cases[i].in, cases[i].n);
		struct dns_name n;

		m.at = cases[i].at;
		dns_name_read(&n, &m);
		if ((m.err == 0) != (cases[i].want != NULL))
			fail_msg("%s: err %d", cases[i].name, m.err);
		if (m.err != 0)
			continue;
		dns_name_text(text, &n);
		if (strcmp(text, cases[i].want) != 0 || m.at != cases[i].after)
			fail_msg("%s: got %s at %zu", cases[i].name, text, m.at);
	}
}

static void
a_name_has_255_octets_at_most(void **state)
{
	char text[300];
	struct dns_name n, back;

	(void)state;
	for (size_t len = 240; len < 262; len++) {
		for (size_t i = 0; i < len; i++)
			text[i] = i % 2 == 0 ? 'a' : '.';
		if (text[len - 1] == '.')
			text[len - 1] = 'a', text[len - 2] = 'b';
		/* text of len octets is len + 2 on the wire */
		int err = dns_name_parse(&n, (struct str){ text, len });

		assert_int_equal(err, len + 2 <= 255 ? 0 : SEK_EPARSE);
		if (err != 0)
			continue;
		struct rbuf m = rbuf_of(n.o, n.len);

		dns_name_read(&back, &m);
		assert_int_equal(m.err, 0);
		assert_true(dns_name_eq(&n, &back));
	}
	assert_int_equal(dns_name_parse(&n, STR("a..b")), SEK_EPARSE);
	assert_int_equal(dns_name_parse(&n, STR(".a")), SEK_EPARSE);
	assert_int_equal(dns_name_parse(&n, STR("")), SEK_EPARSE);
	assert_int_equal(dns_name_parse(&n, STR("a..")), SEK_EPARSE);
	memset(text, 'a', 64);
	assert_int_equal(dns_name_parse(&n, (struct str){ text, 64 }), SEK_EPARSE);
	assert_int_equal(dns_name_parse(&n, (struct str){ text, 63 }), 0);
}

static void
below_counts_labels_not_octets(void **state)
{
	static const struct { const char *n, *apex; int above; } cases[] = {
		{ "in.BL.example", "bl.example", 3 }, { "bl.example", "bl.EXAMPLE", 0 },
		{ "xbl.example", "bl.example", -1 }, { "example", "bl.example", -1 },
		{ "a.b", ".", 4 }, { "bl.example.net", "bl.example", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dns_name n, apex;
		size_t above = 99;

		assert_int_equal(dns_name_parse(&n, str_of(cases[i].n)), 0);
		assert_int_equal(dns_name_parse(&apex, str_of(cases[i].apex)), 0);
		assert_int_equal(dns_name_below(&n, &apex, &above), cases[i].above >= 0);
		if (cases[i].above >= 0)
			assert_int_equal(above, cases[i].above);
	}
}

/* A message in the making. */
struct maker { struct wbuf w; uint8_t o[4096]; struct dns_head h; };

static void
name_text(struct maker *m, const char *name)
{
	struct dns_name n;

	assert_int_equal(dns_name_parse(&n, str_of(name)), 0);
	dns_name_write(&m->w, &n);
}

static void
begin(struct maker *m, const char *qname, uint16_t type)
{
	m->w = wbuf_of(m->o, sizeof(m->o));
	m->h = (struct dns_head){ .id = 7, .flags = DNS_QR | DNS_RD | DNS_AD, .qd = 1 };
	m->w.len = DNS_HEAD;
	name_text(m, qname);
	wbuf_u16(&m->w, type);
	wbuf_u16(&m->w, DNS_IN);
}

static void
rr(struct maker *m, const char *owner, uint16_t type, uint32_t ttl, const void *data, size_t n)
{
	name_text(m, owner);
	wbuf_u16(&m->w, type);
	wbuf_u16(&m->w, DNS_IN);
	wbuf_u32(&m->w, ttl);
	wbuf_u16(&m->w, (uint16_t)n);
	wbuf_bytes(&m->w, data, n);
	m->h.an++;
}

static void
rr_name(struct maker *m, const char *owner, uint16_t type, uint32_t ttl, const char *to)
{
	struct dns_name n;

	assert_int_equal(dns_name_parse(&n, str_of(to)), 0);
	rr(m, owner, type, ttl, n.o, n.len);
}

static int
open_reply(struct dns_reply *r, struct maker *m, const char *name, uint16_t type)
{
	struct wbuf h = wbuf_of(m->o, DNS_HEAD);
	struct dns_name n;

	dns_head_write(&h, &m->h);
	assert_int_equal(dns_name_parse(&n, str_of(name)), 0);
	return dns_reply_open(r, m->o, m->w.len, 7, &n, type);
}

static void
a_chain_is_followed_in_any_order(void **state)
{
	struct maker m;
	struct dns_reply r;
	struct dns_record rec;
	char text[DNS_NAME_TEXT];

	(void)state;
	begin(&m, "www.example", DNS_A);
	rr(&m, "c.example", DNS_A, 900, "\300\0\2\31", 4);
	rr_name(&m, "b.example", DNS_CNAME, 60, "C.example");
	rr(&m, "evil.example", DNS_A, 900, "\300\0\2\1", 4);
	rr_name(&m, "WWW.example", DNS_CNAME, 300, "b.example");
	rr(&m, "c.example", DNS_A, 0x80000000, "\300\0\2\32", 4);
	assert_int_equal(open_reply(&r, &m, "www.example", DNS_A), 0);
	assert_int_equal(r.chain, 2);
	assert_true(r.ad);
	dns_name_text(text, &r.owner);
	assert_string_equal(text, "c.example");
	assert_int_equal(dns_reply_next(&rec, &r), 0);
	assert_int_equal(rec.ttl_s, 60);
	assert_int_equal(rec.addr.o[15], 25);
	assert_int_equal(dns_reply_next(&rec, &r), 0);
	assert_int_equal(rec.ttl_s, 0);
	assert_int_equal(rec.addr.o[15], 26);
	assert_int_equal(dns_reply_next(&rec, &r), DNS_END);
}

static void
a_chain_ends_at_eight(void **state)
{
	struct dns_reply r;
	char from[32], to[32];

	(void)state;
	for (int links = 7; links < 11; links++) {
		struct maker m;

		begin(&m, "n0.example", DNS_A);
		for (int i = 0; i < links; i++) {
			snprintf(from, sizeof(from), "n%d.example", i);
			snprintf(to, sizeof(to), "n%d.example", i + 1);
			rr_name(&m, from, DNS_CNAME, 60, to);
		}
		assert_int_equal(open_reply(&r, &m, "n0.example", DNS_A),
		    links <= DNS_CHAIN_MAX ? 0 : SEK_ELIMIT);
	}
	struct maker loop;

	begin(&loop, "a.example", DNS_A);
	rr_name(&loop, "a.example", DNS_CNAME, 60, "b.example");
	rr_name(&loop, "b.example", DNS_CNAME, 60, "a.example");
	assert_int_equal(open_reply(&r, &loop, "a.example", DNS_A), SEK_ELIMIT);
	assert_int_equal(open_reply(&r, &loop, "a.example", DNS_AAAA), SEK_EPARSE);
}

static void
every_type_is_read(void **state)
{
	static const uint8_t six[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	struct maker m;
	struct dns_reply r;
	struct dns_record rec;
	char text[DNS_NAME_TEXT];
	size_t n;

	(void)state;
	begin(&m, "x.example", DNS_MX);
	rr(&m, "x.example", DNS_MX, 5, "\0\12\2mx\7example", 14);
	assert_int_equal(open_reply(&r, &m, "x.example", DNS_MX), 0);
	assert_int_equal(dns_reply_next(&rec, &r), 0);
	assert_int_equal(rec.pref, 10);
	dns_name_text(text, &rec.name);
	assert_string_equal(text, "mx.example");
	begin(&m, "x.example", DNS_MX);		/* RFC 7505 */
	rr(&m, "x.example", DNS_MX, 5, "\0\0\0", 3);
	assert_int_equal(open_reply(&r, &m, "x.example", DNS_MX), 0);
	assert_int_equal(dns_reply_next(&rec, &r), 0);
	assert_int_equal(rec.name.len, 1);
	begin(&m, "x.example", DNS_AAAA);
	rr(&m, "x.example", DNS_AAAA, 5, six, 16);
	assert_int_equal(open_reply(&r, &m, "x.example", DNS_AAAA), 0);
	assert_int_equal(dns_reply_next(&rec, &r), 0);
	assert_memory_equal(rec.addr.o, six, 16);
	begin(&m, "x.example", DNS_TXT);
	rr(&m, "x.example", DNS_TXT, 5, "\3v=s\0\3pf1", 9);
	assert_int_equal(open_reply(&r, &m, "x.example", DNS_TXT), 0);
	assert_int_equal(dns_reply_next(&rec, &r), 0);
	assert_int_equal(dns_txt_join(text, sizeof(text), &n, &rec), 0);
	assert_int_equal(n, 6);
	assert_memory_equal(text, "v=spf1", 6);
	assert_int_equal(dns_txt_join(text, 5, &n, &rec), SEK_ELIMIT);
	begin(&m, "x.example", DNS_TLSA);
	rr(&m, "x.example", DNS_TLSA, 5, "\3\1\1hash", 7);
	assert_int_equal(open_reply(&r, &m, "x.example", DNS_TLSA), 0);
	assert_int_equal(dns_reply_next(&rec, &r), 0);
	assert_int_equal(rec.tlsa[0], 3);
	assert_int_equal(rec.len, 4);
	begin(&m, "x.example", DNS_SOA);
	rr(&m, "x.example", DNS_SOA, 5, "\1m\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", 26);
	assert_int_equal(open_reply(&r, &m, "x.example", DNS_SOA), 0);
	assert_int_equal(dns_reply_next(&rec, &r), 0);
	assert_int_equal(rec.soa[0], 1);
	assert_int_equal(rec.soa[4], 5);
	begin(&m, "x.example", DNS_CNAME);
	rr_name(&m, "x.example", DNS_CNAME, 5, "y.example");
	assert_int_equal(open_reply(&r, &m, "x.example", DNS_CNAME), 0);
	assert_int_equal(dns_reply_next(&rec, &r), 0);
	assert_int_equal(r.chain, 0);
}

static void
broken_rdata_is_refused(void **state)
{
	static const struct { const char *name; uint16_t type; const uint8_t *d; size_t n; } cases[] = {
		{ "A of 3", DNS_A, OCTETS("abc") }, { "A of 5", DNS_A, OCTETS("abcde") },
		{ "AAAA of 4", DNS_AAAA, OCTETS("abcd") },
		{ "MX without name", DNS_MX, OCTETS("\0\1") },
		{ "MX with more after", DNS_MX, OCTETS("\0\1\0x") },
		{ "PTR past its rdata", DNS_PTR, OCTETS("\5abc") },
		{ "TXT without string", DNS_TXT, OCTETS("") },
		{ "TXT string too long", DNS_TXT, OCTETS("\5abc") },
		{ "SOA cut", DNS_SOA, OCTETS("\0\0abcdefgh") },
		{ "TLSA of 2", DNS_TLSA, OCTETS("\3\1") },
	};
	struct dns_reply r;
	struct dns_record rec;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct maker m;

		begin(&m, "x.example", cases[i].type);
		rr(&m, "x.example", cases[i].type, 5, cases[i].d, cases[i].n);
		/* octets that follow must not be taken for rdata */
		rr(&m, "x.example", DNS_A, 5, "\1\1\1\1", 4);
		assert_int_equal(open_reply(&r, &m, "x.example", cases[i].type), 0);
		if (dns_reply_next(&rec, &r) != SEK_EPARSE)
			fail_msg("%s was read", cases[i].name);
	}
}

static void
only_the_answer_to_our_question_counts(void **state)
{
	struct maker m;
	struct dns_reply r;
	struct dns_name n;
	struct wbuf h = wbuf_of(m.o, DNS_HEAD);

	(void)state;
	begin(&m, "x.example", DNS_A);
	assert_int_equal(dns_name_parse(&n, STR("x.example")), 0);
	dns_head_write(&h, &m.h);
	assert_int_equal(dns_reply_open(&r, m.o, m.w.len, 7, &n, DNS_A), 0);
	assert_int_equal(dns_reply_open(&r, m.o, m.w.len, -1, &n, DNS_A), 0);
	assert_int_equal(dns_reply_open(&r, m.o, m.w.len, 8, &n, DNS_A), SEK_EPARSE);
	assert_int_equal(dns_reply_open(&r, m.o, m.w.len, 7, &n, DNS_MX), SEK_EPARSE);
	assert_int_equal(dns_reply_open(&r, m.o, m.w.len - 1, 7, &n, DNS_A), SEK_EPARSE);
	m.o[2] = 0;		/* a query */
	assert_int_equal(dns_reply_open(&r, m.o, m.w.len, 7, &n, DNS_A), SEK_EPARSE);
	m.o[2] = 0x80;
	m.o[6] = 0xff;		/* 65,280 records */
	assert_int_equal(dns_reply_open(&r, m.o, m.w.len, 7, &n, DNS_A), SEK_ELIMIT);
}

static void
our_own_query_is_understood(void **state)
{
	uint8_t o[DNS_QUERY_MAX];
	struct dns_query q;
	struct dns_name n;
	size_t len;

	(void)state;
	assert_int_equal(dns_name_parse(&n, STR("25.2.0.192.bl.example")), 0);
	len = dns_query_build(o, 0x1234, &n, DNS_TXT);
	assert_int_equal(dns_query_read(&q, o, len), 0);
	assert_int_equal(q.head.id, 0x1234);
	assert_true(dns_name_eq(&q.name, &n));
	assert_int_equal(q.type, DNS_TXT);
	assert_true(q.edns);
	assert_int_equal(q.size, DNS_EDNS);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(dns_query_read(&q, o, cut),
		    cut < DNS_HEAD ? DNS_QUERY_DROP : DNS_QUERY_FORMERR);
	o[len] = 0;
	assert_int_equal(dns_query_read(&q, o, len + 1), DNS_QUERY_FORMERR);
}

/* A query with records behind it: t TSIG, p OPT, s SOA (authority), T TSIG there. */
static size_t
with_records(uint8_t *q, size_t cap, const char *rest)
{
	struct wbuf w = wbuf_of(q, cap);
	struct dns_head h = { .id = 1, .qd = 1 };
	struct dns_name name;

	assert_int_equal(dns_name_parse(&name, STR("bl.example")), 0);
	for (const char *c = rest; *c != '\0'; c++)
		*c == 's' || *c == 'T' ? h.ns++ : h.ar++;
	dns_head_write(&w, &h);
	dns_name_write(&w, &name);
	wbuf_u32(&w, DNS_SOA << 16 | DNS_IN);
	for (const char *c = rest; *c != '\0'; c++) {
		wbuf_u8(&w, 0);
		wbuf_u16(&w, *c == 'p' ? DNS_OPT : *c == 's' ? DNS_SOA : DNS_TSIG);
		wbuf_u16(&w, DNS_IN);
		wbuf_u32(&w, 0);
		wbuf_u16(&w, *c == 'p' ? 0 : 4);
		if (*c != 'p')
			wbuf_u32(&w, 0);
	}
	assert_int_equal(w.err, 0);
	return w.len;
}

static void
signed_queries_are_seen(void **state)
{
	static const struct { const char *name, *rest; bool want; } rows[] = {
		{ "signed", "t", true },
		{ "behind EDNS", "pt", true },
		{ "IXFR", "spt", true },
		{ "not signed", "", false },
		{ "EDNS alone", "p", false },
		{ "TSIG is not the last", "tp", false },
		{ "TSIG in authority", "T", false },
	};
	uint8_t o[256];
	struct dns_query q;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = with_records(o, sizeof(o), rows[i].rest);

		assert_int_equal(dns_query_read(&q, o, n), 0);
		if (q.tsig != rows[i].want)
			fail_msg("%s: %d", rows[i].name, q.tsig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_from_the_wire),
		cmocka_unit_test(a_name_has_255_octets_at_most),
		cmocka_unit_test(below_counts_labels_not_octets),
		cmocka_unit_test(a_chain_is_followed_in_any_order),
		cmocka_unit_test(a_chain_ends_at_eight),
		cmocka_unit_test(every_type_is_read),
		cmocka_unit_test(broken_rdata_is_refused),
		cmocka_unit_test(only_the_answer_to_our_question_counts),
		cmocka_unit_test(our_own_query_is_understood),
		cmocka_unit_test(signed_queries_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
