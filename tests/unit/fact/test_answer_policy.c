/* Cookies, who may ask, limits, and how much a stranger gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "answer_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ENTRY "25.2.0.192.bl.example"

struct limit { enum answer_verdict says; unsigned asked; };

static enum answer_verdict
limit(void *ctx, const struct addr *peer)
{
	struct limit *l = ctx;

	(void)peer;
	l->asked++;
	return l->says;
}

static void
set_limit(struct rig *r, struct limit *l, enum answer_verdict says)
{
	*l = (struct limit){ says, 0 };
	r->policy.limit = limit;
	r->policy.limit_ctx = l;
}

/* Cookies ---------------------------------------------------------------- */

static void
a_new_asker_learns_its_cookie(void **state)
{
	struct rig *r = rig_open(0);
	const uint8_t *p;
	size_t n;

	(void)state;
	rig_cookies(r);
	rig_question(r, ENTRY, DNS_A);
	rig_option(r, DNS_OPTION_COOKIE, "clientco", 8);
	rig_send(r);
	assert_int_equal(r->info.cookie, COOKIE_NEW);
	assert_int_equal(r->info.rcode, DNS_NOERROR);
	assert_true(r->info.listed);
	p = rig_answer_option(r, DNS_OPTION_COOKIE, &n);
	assert_non_null(p);
	assert_int_equal(n, COOKIE_LEN);
	assert_memory_equal(p, "clientco", 8);
	assert_int_equal(cookie_judge(p, n, r->policy.secret, &r->who.peer, r->who.now), COOKIE_VALID);
	rig_close(r);
}

static void
a_young_cookie_comes_back_an_old_one_is_renewed(void **state)
{
	static const struct { int64_t age_s; bool same; } cases[] = {
		{ 0, true }, { COOKIE_RENEW_S, true }, { COOKIE_RENEW_S + 1, false },
	};
	struct rig *r = rig_open(0);

	(void)state;
	rig_cookies(r);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const uint8_t *p;
		size_t n;

		rig_question(r, ENTRY, DNS_A);
		rig_valid_cookie(r, cases[i].age_s);
		rig_send(r);
		assert_int_equal(r->info.cookie, COOKIE_VALID);
		p = rig_answer_option(r, DNS_OPTION_COOKIE, &n);
		assert_non_null(p);
		assert_int_equal(memcmp(p, r->q + r->n - n, n) == 0, cases[i].same);
		assert_int_equal(cookie_age_s(p, r->who.now), cases[i].same ? cases[i].age_s : 0);
	}
	rig_close(r);
}

/* RFC 7873 5.2.4: as if it had not been there; the answer brings a good one. */
static void
a_bad_server_cookie_is_answered_with_a_good_one(void **state)
{
	struct rig *r = rig_open(0);
	size_t n;

	(void)state;
	rig_cookies(r);
	rig_question(r, ENTRY, DNS_A);
	rig_valid_cookie(r, COOKIE_PAST_S + 1);
	rig_send(r);
	assert_int_equal(r->info.cookie, COOKIE_BAD);
	assert_int_equal(r->info.rcode, DNS_NOERROR);
	assert_non_null(rig_answer_option(r, DNS_OPTION_COOKIE, &n));
	rig_close(r);
}

static void
lengths_that_no_cookie_has_are_formerr(void **state)
{
	static const struct { size_t n; unsigned rcode; } cases[] = {
		{ 0, 1 }, { 7, 1 }, { 8, 0 }, { 9, 1 }, { 15, 1 }, { 16, 0 },
		{ 40, 0 }, { 41, 1 }, { 255, 1 },
	};
	static const uint8_t octets[255];
	struct rig *r = rig_open(0);

	(void)state;
	for (int on = 0; on < 2; on++) {
		for (size_t i = 0; i < COUNT(cases); i++) {
			rig_question(r, ENTRY, DNS_A);
			rig_option(r, DNS_OPTION_COOKIE, octets, cases[i].n);
			rig_send(r);
			if (r->info.rcode != (on ? cases[i].rcode : 0))
				fail_msg("%zu octets, cookies %s: rcode %u",
				    cases[i].n, on ? "on" : "off", r->info.rcode);
		}
		rig_cookies(r);
	}
	rig_close(r);
}

static void
the_first_of_several_cookies_counts(void **state)
{
	struct rig *r = rig_open(0);

	(void)state;
	rig_cookies(r);
	rig_question(r, ENTRY, DNS_A);
	rig_valid_cookie(r, 0);
	rig_option(r, DNS_OPTION_COOKIE, "x", 1);
	rig_send(r);
	assert_int_equal(r->info.cookie, COOKIE_VALID);
	assert_int_equal(r->info.rcode, DNS_NOERROR);
	rig_close(r);
}

/* RFC 7873 5.4. */
static void
no_question_but_a_cookie(void **state)
{
	static const struct { const char *name; bool on; int age_s; unsigned rcode; } cases[] = {
		{ "the client's alone", true, -1, DNS_NOERROR },
		{ "a valid one", true, 0, DNS_NOERROR },
		{ "one that ran out", true, COOKIE_PAST_S + 1, DNS_BADCOOKIE },
		{ "where cookies are off", false, -1, DNS_FORMERR },
	};
	static const uint8_t opt[] = { 0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig *r = rig_open(0);
		size_t n;

		if (cases[i].on)
			rig_cookies(r);
		memcpy(r->q, "\x12\x34\0\0\0\0\0\0\0\0\0\1", DNS_HEAD);
		memcpy(r->q + DNS_HEAD, opt, sizeof(opt));
		r->n = DNS_HEAD + sizeof(opt);
		if (cases[i].age_s < 0)
			rig_option(r, DNS_OPTION_COOKIE, "clientco", 8);
		else
			rig_valid_cookie(r, cases[i].age_s);
		rig_send(r);
		if (r->info.rcode != cases[i].rcode || r->head.qd != 0 ||
		    r->head.an != 0 || r->head.ns != 0)
			fail_msg("%s: rcode %u", cases[i].name, r->info.rcode);
		assert_int_equal(rig_answer_option(r, DNS_OPTION_COOKIE, &n) != NULL, cases[i].on);
		rig_close(r);
	}
}

/* Limits ----------------------------------------------------------------- */

static void
over_the_limit_there_is_tcp_or_a_cookie(void **state)
{
	enum brings { NOTHING, CLIENT, VALID };
	static const struct {
		const char *name; enum answer_verdict says; enum brings brings;
		bool tcp; unsigned rcode, asked; bool tc; size_t octets;
	} cases[] = {
		{ "below it", ANSWER_PASS, NOTHING, false, 0, 1, false, 1 },
		{ "slips: TC", ANSWER_SLIP, NOTHING, false, 0, 1, true, 1 },
		{ "slips with a client cookie: BADCOOKIE", ANSWER_SLIP, CLIENT, false, DNS_BADCOOKIE, 1, false, 1 },
		{ "dropped", ANSWER_DROP, NOTHING, false, 0, 1, false, 0 },
		{ "dropped with a client cookie too", ANSWER_DROP, CLIENT, false, 0, 1, false, 0 },
		{ "holders of a cookie are exempt", ANSWER_DROP, VALID, false, 0, 0, false, 1 },
		{ "TCP is exempt", ANSWER_DROP, NOTHING, true, 0, 0, false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig *r = rig_open(0);
		struct limit l;
		size_t n;

		rig_cookies(r);
		set_limit(r, &l, cases[i].says);
		r->who.tcp = cases[i].tcp;
		rig_question(r, ENTRY, DNS_A);
		if (cases[i].brings == CLIENT)
			rig_option(r, DNS_OPTION_COOKIE, "clientco", 8);
		else if (cases[i].brings == VALID)
			rig_valid_cookie(r, 0);
		rig_send(r);
		if (r->info.rcode != cases[i].rcode || l.asked != cases[i].asked ||
		    r->info.truncated != cases[i].tc || (r->len > 0) != cases[i].octets)
			fail_msg("%s: rcode %u, asked %u, tc %d, %zu octets", cases[i].name,
			    r->info.rcode, l.asked, r->info.truncated, r->len);
		assert_int_equal(r->info.verdict, l.asked ? cases[i].says : ANSWER_PASS);
		if (cases[i].rcode == DNS_BADCOOKIE) {
			assert_int_equal(r->head.an, 0);
			assert_non_null(rig_answer_option(r, DNS_OPTION_COOKIE, &n));
		}
		rig_close(r);
	}
}

/* What is no query is not counted against anybody. */
static void
silence_asks_no_limit(void **state)
{
	struct rig *r = rig_open(0);
	struct limit l;

	(void)state;
	set_limit(r, &l, ANSWER_DROP);
	memcpy(r->q, "\x12\x34\x80\0\0\0\0\0\0\0\0\0", DNS_HEAD);
	r->n = DNS_HEAD;
	rig_send(r);
	assert_int_equal(r->len, 0);
	assert_int_equal(l.asked, 0);
	assert_int_equal(r->info.verdict, ANSWER_PASS);
	rig_close(r);
}

/* Who may ask ------------------------------------------------------------ */

static void
each_zone_has_its_list_of_askers(void **state)
{
	static const struct { const char *name, *q; uint16_t type; bool denied; } cases[] = {
		{ "an entry", ENTRY, DNS_A, true },
		{ "a name that is not", "1.2.3.4.bl.example", DNS_A, true },
		{ "the SOA", "bl.example", DNS_SOA, true },
		{ "in.ZONE is ZONE", "25.2.0.192.in.bl.example", DNS_A, true },
		{ "out.ZONE is another", "77.2.0.192.out.bl.example", DNS_A, false },
		{ "and its SOA", "out.bl.example", DNS_SOA, false },
	};
	const struct net here = { addr_v4(198, 51, 100, 0), 120 };
	const struct net there = { addr_v4(203, 0, 113, 0), 120 };

	(void)state;
	for (int way = 0; way < 3; way++) {
		struct rig *r = rig_open(SNAPSHOT_OUT);

		r->policy.n_allow = r->policy.n_out_allow = 1;
		r->policy.allow[0] = way == 1 ? here : there;
		r->policy.out_allow[0] = way == 0 ? here : there;
		for (size_t i = 0; i < COUNT(cases); i++) {
			bool denied = way == 2 || cases[i].denied == (way == 0);

			rig_ask(r, cases[i].q, cases[i].type);
			if (r->info.denied != denied ||
			    (r->info.rcode == DNS_REFUSED) != denied ||
			    (rig_ede(r) == 18) != denied)
				fail_msg("%s, way %d: rcode %u ede %d",
				    cases[i].name, way, r->info.rcode, rig_ede(r));
			if (denied)
				assert_int_equal(r->head.an + r->head.ns, 0);
		}
		rig_close(r);
	}
}

/* How much --------------------------------------------------------------- */

/* Eight long NS names do not fit into 512 octets. */
static void
too_long_is_cut_by_udp_not_by_tcp(void **state)
{
	struct rig *r = rig_open(0);
	struct snapshot_zone *z = &r->view.zone;	/* in our own copy */

	(void)state;
	rig_cookies(r);
	z->n_ns = SNAPSHOT_NS;
	for (size_t i = 0; i < SNAPSHOT_NS; i++) {
		char name[128];

		snprintf(name, sizeof(name), "ns%zu.%060d.%040d.example.net", i, 1, 2);
		assert_int_equal(dns_name_parse(&z->ns[i], str_of(name)), 0);
	}
	rig_question(r, "bl.example", DNS_NS);
	rig_valid_cookie(r, 0);
	rig_send(r);
	assert_false(r->info.truncated);		/* EDNS 1232 */
	assert_in_range(r->len, 513, 1232);
	rig_question(r, "bl.example", DNS_NS);
	r->q[r->n - 8] = 2;				/* 512 */
	r->q[r->n - 7] = 0;
	assert_int_equal(r->q[r->n - 9], DNS_OPT);
	rig_valid_cookie(r, 0);
	rig_send(r);
	assert_true(r->info.truncated);
	assert_in_range(r->len, DNS_HEAD, 512);
	assert_true((r->head.flags & DNS_TC) != 0);
	assert_int_equal(r->head.an, 0);
	assert_int_equal(r->head.ar, 1);
	r->who.tcp = true;
	rig_send(r);
	assert_false(r->info.truncated);
	assert_true(r->len > 512);
	rig_close(r);
}

/* Every place and type, with and without EDNS, cookie and DO: rig_send() holds
 * each answer against the bound; the largest is printed at the end. */
static void
a_stranger_gets_at_most_three_times_what_it_sent(void **state)
{
	static const char *const names[] = {
		"bl.example", ENTRY, RIG_LISTED6 ".bl.example", "_status.bl.example",
		"2.0.0.127.bl.example", RIG_TEST6 ".bl.example", "in.bl.example",
		"out.bl.example", "77.2.0.192.out.bl.example", "ns.bl.example",
		"192.bl.example", "1.bl.example", "x.example", ".", "2.0.0.127.out.bl.example",
	};
	static const uint16_t types[] = {
		DNS_A, DNS_NS, DNS_SOA, DNS_TXT, DNS_AAAA, DNS_ANY, DNS_AXFR, DNS_OPT, 254,
	};
	struct rig *r = rig_open(SNAPSHOT_LAB | SNAPSHOT_OUT);
	size_t cut = 0, n = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(names) * COUNT(types) * 4; i++) {
		const char *name = names[i / 4 / COUNT(types)];
		uint16_t type = types[i / 4 % COUNT(types)];

		if (i % 4 == 0)
			rig_plain(r, name, type);
		else
			rig_question(r, name, type);
		if (i % 4 >= 2)
			rig_cookies(r);
		if (i % 4 == 2)
			rig_option(r, DNS_OPTION_COOKIE, "clientco", 8);
		rig_send(r);
		assert_true(r->len > 0);
		cut += r->info.truncated;
		n++;
	}
	print_message("# %zu of %zu were cut\n", cut, n);
	rig_close(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_asker_learns_its_cookie),
		cmocka_unit_test(a_young_cookie_comes_back_an_old_one_is_renewed),
		cmocka_unit_test(a_bad_server_cookie_is_answered_with_a_good_one),
		cmocka_unit_test(lengths_that_no_cookie_has_are_formerr),
		cmocka_unit_test(the_first_of_several_cookies_counts),
		cmocka_unit_test(no_question_but_a_cookie),
		cmocka_unit_test(over_the_limit_there_is_tcp_or_a_cookie),
		cmocka_unit_test(silence_asks_no_limit),
		cmocka_unit_test(each_zone_has_its_list_of_askers),
		cmocka_unit_test(too_long_is_cut_by_udp_not_by_tcp),
		cmocka_unit_test(a_stranger_gets_at_most_three_times_what_it_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
