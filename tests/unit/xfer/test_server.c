#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "rig.h"

enum { CAP = 1024, TRANSFERS = -1 };

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
	const struct addr client = cases[i].inside ? addr_v4(192, 0, 2, 53) : addr_v4(198, 51, 100, 1);
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
	const struct addr client = addr_v4(127, 0, 0, 1);
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
	const struct addr client = addr_v4(192, 0, 2, 53);
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
		uint8_t q[CAP], out[SERVER_ANSWER];
		struct transfer *t;
		size_t len, n = keys_question(q, rows[i].q, rows[i].type);

		assert_int_equal(server_query(&x.server, &rows[i].client, q, n, out,
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
	const struct addr client = addr_v4(192, 0, 2, 53);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions),
		cmocka_unit_test(closed_unless_opened),
		cmocka_unit_test(a_difference_or_the_whole),
		cmocka_unit_test(too_many_at_once_are_told_to_come_again),
		cmocka_unit_test(who_may_ask_is_asked_by_tcp_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
