/* answer_quick_make() gives the very octets of answer_make(), whatever comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "answer_rig.h"
#include "base/rand.h"
#include "fact/answer_quick.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { ROUNDS = 60000 };

static const char *const names[] = {
	"25.2.0.192.bl.example", "26.2.0.192.bl.example", "255.255.255.255.bl.example",
	"1.2.3.4.bl.example", "025.2.0.192.bl.example", "256.2.0.192.bl.example",
	"2.0.0.127.bl.example", "1.0.0.127.bl.example", "2.0.192.bl.example",
	RIG_LISTED6 ".bl.example", RIG_TEST6 ".bl.example",
	"8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example",
	"9.1.2.0.0.0.0.c.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.example",
	"0." RIG_LISTED6 ".bl.example", "25.2.0.192.in.bl.example", "77.2.0.192.out.bl.example",
	"8.113.0.203.bl.example", "9.113.0.203.bl.example", "113.0.203.bl.example",
	"7.8.113.0.203.bl.example", "*.113.0.203.bl.example",
	"9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0." RIG_RANGE6 ".bl.example",
	"7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0." RIG_RANGE6 ".bl.example", "a." RIG_RANGE6 ".bl.example",
	"77.2.0.192.bl.example", "25.2.0.192.cl.example", "25.2.0.192.bl.exampl",
	"25.2.0.192.bl.example.net", "_status.bl.example", "bl.example", "7.25.2.0.192.bl.example",
};
static const uint16_t types[] = {
	DNS_A, DNS_TXT, DNS_AAAA, DNS_SOA, DNS_ANY, DNS_OPT, DNS_AXFR, DNS_MX, 0, 127, 128, 254,
};

/* A verdict that depends on nothing but how often it was asked for. */
static enum answer_verdict
limit(void *ctx, const struct addr *peer)
{
	unsigned *n = ctx;

	(void)peer;
	return (enum answer_verdict)(++*n % 3);
}

static size_t
draw(struct rand *chance, size_t n)
{
	return (size_t)(rand_u64(chance) % n);
}

/* A query of any make: whole, twisted or cut. */
static void
draw_query(struct rig *r, struct rand *chance)
{
	const char *name = names[draw(chance, COUNT(names))];
	uint16_t type = types[draw(chance, 3) == 0 ? draw(chance, COUNT(types)) : draw(chance, 2)];

	if (draw(chance, 3) == 0)
		rig_plain(r, name, type);
	else
		rig_question(r, name, type);
	r->q[2] = (uint8_t)(draw(chance, 2));
	r->q[3] = (uint8_t)rand_u64(chance);
	for (size_t i = 0; r->q[11] == 1 && i < draw(chance, 4); i++) {
		if (draw(chance, 2) == 0)
			rig_option(r, DNS_OPTION_COOKIE, "clientcookies and more of them, up to 40",
			    draw(chance, 41));
		else if (draw(chance, 2) == 0)
			rig_valid_cookie(r, (int64_t)draw(chance, 4000));
		else
			rig_option(r, (uint16_t)draw(chance, 20), "octets", draw(chance, 7));
	}
	for (size_t i = 0; i < draw(chance, 20); i++)	/* case */
		if (r->q[DNS_HEAD + i] >= 'a')
			r->q[DNS_HEAD + i] ^= 0x20;
	if (draw(chance, 4) == 0)
		r->q[draw(chance, r->n)] ^= (uint8_t)(1 << draw(chance, 8));
	if (draw(chance, 8) == 0)
		r->n = draw(chance, r->n + 1);
	else if (draw(chance, 8) == 0)
		r->q[r->n++] = 0;
}

/* What is not set on the stack is not 0 by chance: ones that lie where the next
 * call has its variables. */
static __attribute__((noinline)) void
leave_ones(void)
{
	volatile uint8_t at[2048];

	for (size_t i = 0; i < sizeof(at); i++)
		at[i] = 1;
}

static void
compare(struct rig *r, const struct answer_quick *k, unsigned round)
{
	/* exact, so that ASan sees one octet too far */
	uint8_t *q = malloc(r->n > 0 ? r->n : 1), other[RIG_CAP];
	size_t cap = r->who.tcp ? RIG_CAP : DNS_EDNS, n;
	unsigned asked = round, again = round;
	struct answer_info info;

	assert_non_null(q);
	memcpy(q, r->q, r->n);
	r->policy.limit_ctx = &asked;
	r->len = answer_make(&r->s, q, r->n, &r->who, r->a, cap, &r->info);
	r->policy.limit_ctx = &again;
	leave_ones();
	n = answer_quick_make(k, q, r->n, &r->who, other, cap, &info);
	free(q);
	if (!r->who.tcp && info.cookie != COOKIE_VALID)
		amplify(r->n, n);
	if (n != r->len || memcmp(other, r->a, n) != 0 || asked != again ||
	    info.rcode != r->info.rcode || info.listed != r->info.listed ||
	    info.truncated != r->info.truncated || info.denied != r->info.denied ||
	    info.cookie != r->info.cookie || info.verdict != r->info.verdict ||
	    info.tsig != r->info.tsig)
		fail_msg("round %u: %zu octets, want %zu; rcode %u, want %u",
		    round, n, r->len, info.rcode, r->info.rcode);
}

static void
both_ways_give_the_same_octets(void **state)
{
	static const char *const servers[] = {
		"ns.bl.example ns.example.net", "ns.example.net", "a.4.bl.example",
		"ns.a-rather-long-name-of-a-server.example.net",
	};
	static const char *const urls[] = {
		"https://bl.example/", "", "https://a-name-as-long-as-it-still-fits.example/ab/",
	};
	struct rand chance;

	(void)state;
	rand_seeded(&chance, 4);
	for (size_t way = 0; way < COUNT(servers) * COUNT(urls); way++) {
		struct rig *r = rig_open(way % 2 ? SNAPSHOT_OUT | SNAPSHOT_LAB : 0);
		struct answer_quick *k = calloc(1, sizeof(*k));
		char url[SNAPSHOT_URL + 1];

		assert_non_null(k);
		assert_int_equal(snapshot_zone_set(&r->view.zone, url, STR("bl.example"),
		    str_of(servers[way % COUNT(servers)]), STR("hostmaster@bl.example"),
		    str_of(urls[way / COUNT(servers)])), 0);
		answer_quick_set(k, &r->s);
		assert_int_equal(k->usable, way % COUNT(servers) != 2);
		r->policy.limit = way % 3 == 0 ? limit : NULL;
		if (way % 2 == 0)
			rig_cookies(r);
		if (way == 5) {
			r->policy.n_allow = 1;
			r->policy.allow[0] = (struct net){ addr_v4(203, 0, 113, 0), 120 };
		}
		for (unsigned i = 0; i < ROUNDS / (COUNT(servers) * COUNT(urls)); i++) {
			r->who.tcp = i % 7 == 0;
			draw_query(r, &chance);
			compare(r, k, i);
		}
		free(k);
		rig_close(r);
	}
}

/* Else the comparison would compare a thing with itself. */
static void
common_questions_are_answered_from_templates(void **state)
{
	static const struct { const char *name; uint16_t type; } cases[] = {
		{ "25.2.0.192.bl.example", DNS_A }, { "25.2.0.192.bl.example", DNS_TXT },
		{ "26.2.0.192.bl.example", DNS_A }, { "25.2.0.192.bl.example", DNS_AAAA },
		{ RIG_LISTED6 ".bl.example", DNS_A },
	};
	struct rig *r = rig_open(0);
	struct answer_quick *k = calloc(1, sizeof(*k));
	uint8_t other[RIG_CAP];

	(void)state;
	assert_non_null(k);
	rig_cookies(r);
	answer_quick_set(k, &r->s);
	memset(k->a + 12, 7, 4);
	k->txt[20] ^= 1;
	memset(k->soa + k->soa_len - 4, 7, 4);
	for (size_t i = 0; i < COUNT(cases); i++) {
		rig_question(r, cases[i].name, cases[i].type);
		rig_option(r, DNS_OPTION_COOKIE, "clientco", 8);
		rig_send(r);
		assert_int_equal(answer_quick_make(k, r->q, r->n, &r->who, other, sizeof(other), NULL), r->len);
		if (memcmp(other, r->a, r->len) == 0)
			fail_msg("%s %u went the long way", cases[i].name, cases[i].type);
	}
	free(k);
	rig_close(r);
}

static void
nothing_published_is_servfail(void **state)
{
	struct answer_quick *k = calloc(1, sizeof(*k));
	struct rig *r = rig_open(0);
	struct snapshot none = { .base = NULL };

	(void)state;
	assert_non_null(k);
	answer_quick_set(k, &none);
	rig_question(r, "25.2.0.192.bl.example", DNS_A);
	assert_true(answer_quick_make(k, r->q, r->n, &r->who, r->a, sizeof(r->a), &r->info) > 0);
	assert_int_equal(r->info.rcode, DNS_SERVFAIL);
	free(k);
	rig_close(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_give_the_same_octets),
		cmocka_unit_test(common_questions_are_answered_from_templates),
		cmocka_unit_test(nothing_published_is_servfail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
