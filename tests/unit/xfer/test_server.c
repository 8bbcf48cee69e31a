#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "rig.h"

#define K60 "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define KEY_LONG "hmac-sha512:" K60 "." K60 "." K60 ":ZmVkY2JhOTg3NjU0MzIxMA==\n"

enum { CAP = 1024, TRANSFERS = -1 };

static void
open_for_the_net(struct rig *x, const char *keys)
{
	rig_open(x, keys);
	x->server.access = (struct access_rules){ .n_from = 1 };
	assert_int_equal(net_parse(&x->server.access.from[0], STR("192.0.2.0/24")), 0);
}

/* What becomes of a question: an rcode, or a transfer. */
static const struct {
	const char	*name, *q;
	uint16_t	 type;
	const char	*key;		/* NULL: not signed */
	bool		 inside;	/* an address of dns.transfer_from */
	int		 want;
	bool		 answer_signed;
} cases[] = {
	{ "who may: the zone", "bl.example", DNS_AXFR, KEY_A, true, TRANSFERS, false },
	{ "who may: out.ZONE", "OUT.bl.example", DNS_AXFR, KEY_A, true, TRANSFERS, false },
	{ "who may: the catalog", "cat.example", DNS_AXFR, KEY_A, true, TRANSFERS, false },
	{ "a name inside is no zone", "in.bl.example", DNS_AXFR, KEY_A, true, DNS_NOTAUTH, true },
	{ "a zone that is not ours", "example.net", DNS_AXFR, KEY_A, true, DNS_REFUSED, true },
	{ "without a key", "bl.example", DNS_AXFR, NULL, true, DNS_REFUSED, false },
	{ "from elsewhere", "bl.example", DNS_AXFR, KEY_A, false, DNS_REFUSED, true },
	{ "with another's key", "bl.example", DNS_AXFR, KEY_C, true, DNS_NOTAUTH, true },
	{ "with a wrong secret", "bl.example", DNS_AXFR, KEY_A_OTHER, true, DNS_NOTAUTH, true },
	{ "anybody asks", "25.2.0.192.bl.example", DNS_A, NULL, false, DNS_NOERROR, false },
	{ "a signed question gets a signed answer", "25.2.0.192.bl.example", DNS_A, KEY_A, false,
	    DNS_NOERROR, true },
	{ "an ordinary question with a wrong key", "25.2.0.192.bl.example", DNS_A, KEY_C, true,
	    DNS_NOTAUTH, true },
	{ "the catalog is not for everybody", "version.cat.example", DNS_TXT, NULL, true, DNS_REFUSED, false },
	{ "the catalog for who may", "version.cat.example", DNS_TXT, KEY_A, true, DNS_NOERROR, true },
	{ "a name of no zone", "example.net", DNS_SOA, NULL, true, DNS_REFUSED, false },
};

static int
asked(struct rig *x, size_t i, bool *answer_signed)
{
	const struct server_client client = { .addr = cases[i].inside ?
	    addr_v4(192, 0, 2, 53) : addr_v4(198, 51, 100, 1) };
	struct tsig_ring *theirs = keys_ring(cases[i].key != NULL ? cases[i].key : "");
	uint8_t q[CAP], out[SERVER_ANSWER];
	struct tsig *t = NULL;
	struct transfer *transfer;
	size_t len, n = cases[i].key != NULL ?
	    keys_signed(&t, theirs, q, CAP, cases[i].q, cases[i].type) :
	    keys_question(q, cases[i].q, cases[i].type);
	int got = server_query(&x->server, &client, q, n, out, sizeof(out), &len, &transfer);

	assert_int_equal(got, 0);
	got = transfer != NULL ? TRANSFERS : out[3] & 15;
	transfer_free(transfer, NULL);
	/* TSIG is the second additional record, behind OPT */
	*answer_signed = len > 0 && out[11] == 2 && got != DNS_FORMERR;
	if (t != NULL && *answer_signed && got != DNS_NOTAUTH)
		assert_true(tsig_answered(t, out, len));
	tsig_free(t);
	tsig_ring_free(theirs);
	return got;
}

static void
questions(void **state)
{
	struct rig x = { .base = NULL };

	(void)state;
	rig_open(&x, KEY_A KEY_B);
	x.server.access.n_from = 1;
	assert_int_equal(net_parse(&x.server.access.from[0], STR("192.0.2.0/24")), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool answer_signed;
		int got = asked(&x, i, &answer_signed);

		if (got != cases[i].want || answer_signed != cases[i].answer_signed)
			fail_msg("%s: %d%s", cases[i].name, got, answer_signed ? ", signed" : "");
	}
	assert_int_equal(x.server.running, 0);
	rig_close(&x);
}

static void
closed_unless_opened(void **state)
{
	static const char *const names[] = { "bl.example", "out.bl.example", "cat.example", "example.net" };
	const struct server_client client = { .addr = addr_v4(127, 0, 0, 1) };
	struct rig x = { .base = NULL };

	(void)state;
	rig_open(&x, KEY_B);
	for (size_t i = 0; i < 2 * sizeof(names) / sizeof(names[0]); i++) {
		uint8_t q[CAP], out[SERVER_ANSWER];
		struct transfer *t;
		size_t len, n = keys_question(q, names[i / 2], i % 2 == 0 ? DNS_AXFR : DNS_ANY);

		assert_int_equal(server_query(&x.server, &client, q, n, out, sizeof(out), &len, &t), 0);
		assert_null(t);
		if (i % 2 == 0 || i >= 4)
			assert_int_equal(out[3] & 15, DNS_REFUSED);
	}
	rig_close(&x);
}

static void
too_many_at_once_are_told_to_come_again(void **state)
{
	const struct server_client client = { .addr = addr_v4(192, 0, 2, 53) };
	struct rig x = { .base = NULL };
	uint8_t q[CAP], out[SERVER_ANSWER];
	struct transfer *t[3];
	size_t len, n = keys_question(q, "bl.example", DNS_AXFR);

	(void)state;
	rig_open(&x, "");
	x.server.access = (struct access_rules){ .n_from = 1, .nokey = true };
	assert_int_equal(net_parse(&x.server.access.from[0], STR("0.0.0.0/0")), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(server_query(&x.server, &client, q, n, out, sizeof(out), &len, &t[i]), 0);
	assert_true(t[0] != NULL && t[1] != NULL && t[2] == NULL);
	assert_int_equal(out[3] & 15, DNS_SERVFAIL);
	transfer_free(t[0], NULL);
	assert_int_equal(server_query(&x.server, &client, q, n, out, sizeof(out), &len, &t[0]), 0);
	assert_non_null(t[0]);
	transfer_free(t[0], NULL);
	transfer_free(t[1], NULL);
	rig_close(&x);
}

/* dns.allow is for TCP as it is for UDP, and has no say in transfers. */
static void
who_may_ask_is_asked_by_tcp_too(void **state)
{
	static const struct { struct addr client; const char *q; uint16_t type; int want; } rows[] = {
		{ { { [10] = 0xff, 0xff, 192, 0, 2, 1 } }, "25.2.0.192.bl.example", DNS_A, DNS_NOERROR },
		{ { { [10] = 0xff, 0xff, 192, 0, 2, 1 } }, "26.2.0.192.out.bl.example", DNS_A, DNS_REFUSED },
		{ { { [10] = 0xff, 0xff, 198, 51, 100, 1 } }, "25.2.0.192.bl.example", DNS_A, DNS_REFUSED },
		{ { { [10] = 0xff, 0xff, 198, 51, 100, 1 } }, "26.2.0.192.out.bl.example", DNS_A, DNS_NOERROR },
		{ { { [10] = 0xff, 0xff, 203, 0, 113, 1 } }, "bl.example", DNS_AXFR, TRANSFERS },
	};
	struct rig x = { .base = NULL };
	struct answer_policy *p = &x.server.policy;

	(void)state;
	rig_open(&x, "");
	x.server.access = (struct access_rules){ .n_from = 1, .nokey = true };
	p->n_allow = p->n_out_allow = 1;
	assert_int_equal(net_parse(&x.server.access.from[0], STR("203.0.113.0/24")), 0);
	assert_int_equal(net_parse(&p->allow[0], STR("192.0.2.0/24")), 0);
	assert_int_equal(net_parse(&p->out_allow[0], STR("198.51.100.0/24")), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct server_client client = { .addr = rows[i].client };
		uint8_t q[CAP], out[SERVER_ANSWER];
		struct transfer *t;
		size_t len, n = keys_question(q, rows[i].q, rows[i].type);

		assert_int_equal(server_query(&x.server, &client, q, n, out,
		    sizeof(out), &len, &t), 0);
		if ((t != NULL ? TRANSFERS : out[3] & 15) != rows[i].want)
			fail_msg("row %zu: %d", i, t != NULL ? TRANSFERS : out[3] & 15);
		transfer_free(t, NULL);
	}
	rig_close(&x);
}

/* IXFR by serial: how many records, the second of which is the old SOA of a
 * difference. */
static void
a_difference_or_the_whole(void **state)
{
	static const struct { const char *name, *zone; uint32_t serial; unsigned an; bool difference; } rows[] = {
		{ "what came and what went", "bl.example", 2, 4 + 4 + 4 + 2, true },
		{ "what went alone, and the status", "bl.example", 3, 4 + 4 + 2, true },
		{ "nothing in that zone", "out.bl.example", 2, 4, true },
		{ "what we have", "bl.example", 4, 1, false },
		{ "newer than what we have", "bl.example", 5, 1, false },
		{ "before the tail", "bl.example", 1, 0, false },
		{ "the catalog is so small", "cat.example", 1, 6, false },
	};
	const struct server_client client = { .addr = addr_v4(192, 0, 2, 53) };
	struct rig x = { .base = NULL };

	(void)state;
	rig_open(&x, "");
	x.server.access = (struct access_rules){ .n_from = 1, .nokey = true };
	assert_int_equal(net_parse(&x.server.access.from[0], STR("192.0.2.0/24")), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static uint8_t out[TRANSFER_ROOM];
		uint8_t q[CAP];
		struct transfer *t;
		struct dns_head h;
		struct dns_rr rr[2];
		struct dns_name name;
		struct rbuf m;
		size_t len, n = keys_question(q, rows[i].zone, DNS_IXFR) - 11;	/* no OPT */
		struct wbuf w = wbuf_of(q, CAP);

		w.len = n;
		q[9] = 1;
		q[11] = 0;
		wbuf_u16(&w, 0xc00c);
		wbuf_u32(&w, DNS_SOA << 16 | DNS_IN);
		wbuf_u32(&w, 0);
		wbuf_u16(&w, 22);
		wbuf_u16(&w, 0);
		wbuf_u32(&w, rows[i].serial);
		for (unsigned k = 0; k < 4; k++)
			wbuf_u32(&w, 1);
		assert_int_equal(server_query(&x.server, &client, q, w.len, out, SERVER_ANSWER, &len, &t), 0);
		assert_non_null(t);
		assert_int_equal(transfer_next(t, out, sizeof(out), &len), 0);
		m = rbuf_of(out, len);
		dns_head_read(&h, &m);
		dns_name_read(&name, &m);
		rbuf_u32(&m);
		dns_rr_read(&rr[0], &m);
		assert_int_equal(rr[0].type, DNS_SOA);
		if (h.an > 1)
			dns_rr_read(&rr[1], &m);
		if ((rows[i].an != 0 && h.an != rows[i].an) ||
		    (h.an > 1 && (rr[1].type == DNS_SOA) != rows[i].difference))
			fail_msg("%s: %u records", rows[i].name, h.an);
		transfer_free(t, NULL);
	}
	rig_close(&x);
}

/* One datagram each: transfers get the SOA, what is too long TC. */
static void
signed_by_udp(void **state)
{
	static const struct { const char *name, *q; uint16_t type; unsigned rcode, an; } rows[] = {
		{ "BIND's refresh", "bl.example", DNS_SOA, 0, 1 },
		{ "of out.ZONE", "out.bl.example", DNS_SOA, 0, 1 },
		{ "of the catalog", "cat.example", DNS_SOA, 0, 1 },
		{ "a whole zone", "bl.example", DNS_AXFR, DNS_REFUSED, 0 },
		{ "an address", "25.2.0.192.bl.example", DNS_A, 0, 1 },
	};
	const struct server_client client = { .addr = addr_v4(192, 0, 2, 53), .udp = true };
	struct rig x = { .base = NULL };

	(void)state;
	open_for_the_net(&x, KEY_A);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t q[CAP], out[SERVER_ANSWER];
		struct tsig *asked;
		struct transfer *t;
		struct dns_head h;
		struct rbuf m;
		size_t len, n = keys_question(q, rows[i].q, rows[i].type);

		assert_int_equal(tsig_ask(&asked, x.server.ring, keys_first(x.server.ring), q, &n, CAP), 0);
		assert_int_equal(server_query(&x.server, &client, q, n, out, sizeof(out), &len, &t), 0);
		assert_null(t);
		m = rbuf_of(out, len);
		dns_head_read(&h, &m);
		if ((h.flags & DNS_RCODE_MASK) != rows[i].rcode || h.an != rows[i].an ||
		    len > DNS_EDNS)
			fail_msg("%s: flags %04x, %u records, %zu octets", rows[i].name, h.flags, h.an, len);
		assert_true(tsig_answered(asked, out, len));
		tsig_free(asked);
	}
	rig_close(&x);
}

/* No amplifier, whatever a stranger makes up: not even as long as the query. */
static void
refused_by_udp_is_short(void **state)
{
	static const struct { const char *name, *key; bool edns; } rows[] = {
		{ "another secret", KEY_A_OTHER, true },
		{ "another secret, 512 octets", KEY_A_OTHER, false },
		{ "another name", KEY_B, true },
		{ "another name, 512 octets", KEY_B, false },
		{ "a long name, 512 octets", KEY_LONG, false },
	};
	const struct server_client client = { .addr = addr_v4(192, 0, 2, 53), .udp = true };
	struct rig x = { .base = NULL };

	(void)state;
	open_for_the_net(&x, KEY_A);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tsig_ring *theirs = keys_ring(rows[i].key);
		uint8_t q[CAP], out[SERVER_ANSWER];
		struct transfer *t;
		struct tsig *asked;
		size_t len, n = keys_question(q, "bl.example", DNS_AXFR);

		if (!rows[i].edns) {
			n -= 11;
			q[11] = 0;
		}
		assert_int_equal(tsig_ask(&asked, theirs, keys_first(theirs), q, &n, CAP), 0);
		assert_int_equal(server_query(&x.server, &client, q, n, out, sizeof(out), &len, &t), 0);
		if (len > n || (out[3] & DNS_RCODE_MASK) != DNS_NOTAUTH || (out[2] & DNS_TC >> 8) != 0)
			fail_msg("%s: %zu octets for %zu, flags %02x%02x", rows[i].name, len, n, out[2], out[3]);
		assert_false(tsig_answered(asked, out, len));
		tsig_free(asked);
		tsig_ring_free(theirs);
	}
	rig_close(&x);
}

/* What serve would never hand over gets nothing. */
static void
unsigned_by_udp_is_not_answered(void **state)
{
	const struct server_client client = { .addr = addr_v4(192, 0, 2, 53), .udp = true };
	struct rig x = { .base = NULL };
	uint8_t q[CAP], out[SERVER_ANSWER];
	struct transfer *t;
	size_t len, n = keys_question(q, "bl.example", DNS_SOA);

	(void)state;
	rig_open(&x, KEY_A);
	assert_int_equal(server_query(&x.server, &client, q, n, out, sizeof(out), &len, &t), SEK_EPARSE);
	assert_int_equal(len, 0);
	rig_close(&x);
}

/* RFC 8945 5.3.2: what does not fit is cut to the head and the question. */
static void
by_udp_what_is_too_long_is_truncated(void **state)
{
	const struct server_client client = { .addr = addr_v4(192, 0, 2, 53), .udp = true };
	struct rig x = { .base = NULL };
	uint8_t q[CAP], out[SERVER_ANSWER];
	struct tsig *asked;
	struct transfer *t;
	struct dns_name name;
	size_t len, n;

	(void)state;
	open_for_the_net(&x, KEY_LONG);
	memset(&name, 0, sizeof(name));
	for (size_t i = 0; i < 3; i++) {	/* a catalog with a very long name: 3 x 60 */
		name.o[i * 60] = 59;
		memset(name.o + i * 60 + 1, 'c', 59);
	}
	name.len = 181;
	x.server.catalog.name = name;
	n = dns_query_build(q, 1, &name, DNS_ANY) - 11;
	q[11] = 0;	/* without EDNS: 512 octets */
	assert_int_equal(tsig_ask(&asked, x.server.ring, keys_first(x.server.ring), q, &n, CAP), 0);
	assert_int_equal(server_query(&x.server, &client, q, n, out, sizeof(out), &len, &t), 0);
	assert_true(len <= DNS_PLAIN);
	assert_true((out[2] & DNS_TC >> 8) != 0 && out[7] == 0);
	assert_true(tsig_answered(asked, out, len));
	tsig_free(asked);
	rig_close(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions),
		cmocka_unit_test(closed_unless_opened),
		cmocka_unit_test(a_difference_or_the_whole),
		cmocka_unit_test(signed_by_udp),
		cmocka_unit_test(refused_by_udp_is_short),
		cmocka_unit_test(unsigned_by_udp_is_not_answered),
		cmocka_unit_test(by_udp_what_is_too_long_is_truncated),
		cmocka_unit_test(too_many_at_once_are_told_to_come_again),
		cmocka_unit_test(who_may_ask_is_asked_by_tcp_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
