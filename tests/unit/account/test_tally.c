#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "account/fill.h"
#include "account/row.h"
#include "account/tally.h"

enum { BEGIN_S = 1772532000 };	/* 2026-03-03T10:00:00Z */

struct rig {
	struct account_own	*own;
	struct account_tally	 tally;
	struct arena		*arena;
	struct account_result	 r;
};

static void
set_up(struct rig *g, const char *domains, const char *nets, size_t names, size_t pending)
{
	const struct tally_limits limits = { .names = names, .pending = pending, .hours = 1000 };
	struct str all;
	struct net net;

	memset(g, 0, sizeof(*g));
	g->own = account_own_new();
	assert_non_null(g->own);
	for (all = str_of(domains); all.n > 0;)
		assert_int_equal(account_own_add_domain(g->own, str_cut(&all, ' '), ACCOUNT_OWN_BY_OPTION), 0);
	for (all = str_of(nets); all.n > 0;) {
		assert_int_equal(net_parse(&net, str_cut(&all, ' ')), 0);
		assert_int_equal(account_own_add_net(g->own, &net, ACCOUNT_OWN_BY_OPTION), 0);
	}
	assert_int_equal(tally_init(&g->tally, g->own, NULL, &limits), 0);
}

static void
settle(struct rig *g)
{
	assert_int_equal(tally_settle(&g->tally, true), 0);
	arena_free(g->arena);
	g->arena = arena_new(FILL_OCTETS);
	assert_non_null(g->arena);
	assert_int_equal(fill_result(&g->r, &g->tally, g->arena), 0);
}

static void
tear_down(struct rig *g)
{
	tally_free(&g->tally);
	account_own_free(g->own);
	arena_free(g->arena);
}

/* A message to one, at so many seconds. */
static void
mail(struct rig *g, int at, enum account_origin origin, const char *client, const char *from, const char *to,
    const char *given, unsigned flags, const char *relay)
{
	struct account_recipient r = { .address = str_of(to), .given = str_of(given), .end = ACCOUNT_DELIVERED,
		.attempts = 1, .flags = flags };
	struct account_message m = { .mta = MAIL_POSTFIX, .origin = origin, .has_sender = true, .sender = str_of(from),
		.account = STR("taro"), .user = STR("www-data"), .size = 100, .rcpt = &r, .n = 1, .n_rcpt = 1,
		.accepted = { BEGIN_S + at, { 0, (uint64_t)at + 1 } }, .ended = { BEGIN_S + at, { 0, (uint64_t)at + 1 } } };

	if (client != NULL) {
		m.has_client = true;
		assert_int_equal(addr_parse(&m.client, str_of(client)), 0);
	}
	if (relay != NULL) {
		r.has_relay = true;
		assert_int_equal(addr_parse(&r.relay, str_of(relay)), 0);
	}
	assert_int_equal(tally_message(&g->tally, &m, NULL, STR("the line")), 0);
}

enum { FOR_MANY = 70 };

/* So many recipients, each at a domain of its own, whose name begins with a
 * number and is filled up to len octets. */
static void
mail_many(struct rig *g, size_t n, size_t len)
{
	static char name[FOR_MANY][320];
	struct account_recipient r[FOR_MANY];
	struct account_message m = { .mta = MAIL_POSTFIX, .origin = ACCOUNT_FROM_CLIENT, .has_client = true, .size = 100,
		.rcpt = r, .n = n, .n_rcpt = (uint32_t)n, .accepted = { BEGIN_S, { 0, 1 } }, .ended = { BEGIN_S, { 0, 1 } } };

	assert_int_equal(addr_parse(&m.client, STR("198.51.100.7")), 0);
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)snprintf(name[i], sizeof(name[i]), "u@%02zu", i);

		memset(name[i] + at, 'X', len + 2 - at);
		r[i] = (struct account_recipient){ .address = { name[i], len + 2 }, .end = ACCOUNT_DELIVERED, .attempts = 1 };
	}
	assert_int_equal(tally_message(&g->tally, &m, NULL, STR("the line")), 0);
}

/* Their domains are fetched before they are counted, some places further up. */
static void
a_message_for_many_counts_each_domain_once(void **state)
{
	static const size_t lens[] = { 2, 20, 31, 200, 255, 300 };

	(void)state;
	for (size_t k = 0; k < sizeof(lens) / sizeof(lens[0]); k++)
		for (size_t n = 1; n <= FOR_MANY; n += n < 34 ? 1 : 9) {
			const struct account_table *t;
			struct rig g;

			set_up(&g, "example.org", "192.0.2.0/24", 1000, 1000);
			mail_many(&g, n, lens[k]);
			settle(&g);
			t = &g.r.table[ACCOUNT_BY_DOMAIN];
			assert_int_equal(g.r.n[ACCOUNT_RELAYED].recipients, n);
			assert_int_equal(g.r.n[ACCOUNT_RELAYED].messages, 1);
			assert_int_equal(t->n, n);
			for (size_t i = 0; i < n; i++)
				if (account_row_n(&t->row[i], ACCOUNT_RELAYED)->recipients != 1 ||
				    account_row_n(&t->row[i], ACCOUNT_RELAYED)->messages != 1 ||
				    t->row[i].name.n != (lens[k] < 255 ? lens[k] : 255) ||
				    (size_t)(t->row[i].name.p[0] - '0') * 10 + (size_t)(t->row[i].name.p[1] - '0') != i)
					fail_msg("%zu recipients of %zu octets: row %zu is %.*s", n, lens[k], i,
					    (int)t->row[i].name.n, t->row[i].name.p);
			tear_down(&g);
		}
}

/* What is known, and what a recipient is then. */
static const struct {
	const char		*name;
	enum account_origin	origin;
	const char		*client, *to, *given;
	enum account_class	class;
} classes[] = {
	{ "a stranger to a stranger", ACCOUNT_FROM_CLIENT, "198.51.100.7", "v@victim.example", "", ACCOUNT_RELAYED },
	{ "a stranger to ours: gateway, pitfall 9", ACCOUNT_FROM_CLIENT, "198.51.100.7", "u@example.org", "", ACCOUNT_RECEIVED },
	{ "below a domain is not the domain", ACCOUNT_FROM_CLIENT, "198.51.100.7", "u@sub.example.org", "", ACCOUNT_RELAYED },
	{ "a stranger to an alias: pitfall 10", ACCOUNT_FROM_CLIENT, "198.51.100.7", "u@home.example", "u@example.org", ACCOUNT_FORWARDED },
	{ "an alias within", ACCOUNT_FROM_CLIENT, "198.51.100.7", "u@example.org", "v@example.org", ACCOUNT_RECEIVED },
	{ "own network", ACCOUNT_FROM_CLIENT, "192.0.2.5", "v@victim.example", "", ACCOUNT_INSIDE_OUT },
	{ "loopback is ours always", ACCOUNT_FROM_CLIENT, "127.0.0.1", "v@victim.example", "", ACCOUNT_INSIDE_OUT },
	{ "a private address that nobody named", ACCOUNT_FROM_CLIENT, "10.0.0.9", "v@victim.example", "", ACCOUNT_RELAYED },
	{ "logged in", ACCOUNT_FROM_ACCOUNT, "198.51.100.7", "v@victim.example", "", ACCOUNT_SUBMITTED },
	{ "logged in, from inside", ACCOUNT_FROM_ACCOUNT, "192.0.2.5", "v@victim.example", "", ACCOUNT_SUBMITTED },
	{ "a script", ACCOUNT_FROM_LOCAL, NULL, "v@victim.example", "", ACCOUNT_SCRIPTED },
	{ "root's mail to a user of this host", ACCOUNT_FROM_LOCAL, NULL, "root", "", ACCOUNT_RECEIVED },
	{ "a notice: pitfall 11", ACCOUNT_FROM_SERVER, NULL, "v@victim.example", "", ACCOUNT_NOTICED },
	{ "a notice to ours", ACCOUNT_FROM_SERVER, NULL, "u@example.org", "", ACCOUNT_RECEIVED },
	{ "nobody knows from whom: pitfall 3", ACCOUNT_FROM_UNKNOWN, NULL, "v@victim.example", "", ACCOUNT_UNTOLD },
	{ "nobody knows from whom, to ours", ACCOUNT_FROM_UNKNOWN, NULL, "u@example.org", "", ACCOUNT_RECEIVED },
};

static void
recipients_have_one_class_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct rig g;

		set_up(&g, "example.org", "192.0.2.0/24", 1000, 1000);
		mail(&g, 1, classes[i].origin, classes[i].client, "a@spam.example", classes[i].to, classes[i].given, 0, NULL);
		settle(&g);
		for (int c = 0; c < ACCOUNT_CLASS_N; c++)
			if (g.r.n[c].recipients != (c == (int)classes[i].class) || g.r.n[c].messages != g.r.n[c].recipients)
				fail_msg("%s: class %d has %d", classes[i].name, c, (int)g.r.n[c].recipients);
		assert_int_equal(g.r.total.messages, 1);
		assert_int_equal(g.r.total.delivered, 1);
		tear_down(&g);
	}
}

/* Nothing was given: what is ours is learned, also for mail of before. */
static void
sides_are_settled_with_what_was_learned(void **state)
{
	struct rig g;

	(void)state;
	set_up(&g, NULL, NULL, 1000, 1000);
	mail(&g, 1, ACCOUNT_FROM_CLIENT, "198.51.100.7", "a@far.example", "u@example.org", "", 0, "203.0.113.9");
	mail(&g, 2, ACCOUNT_FROM_CLIENT, "198.51.100.7", "a@spam.example", "v@victim.example", "", 0, "203.0.113.9");
	mail(&g, 3, ACCOUNT_FROM_CLIENT, "198.51.100.8", "a@far.example", "u@example.org", "", MAIL_LOCAL_DELIVERY, NULL);
	settle(&g);
	assert_int_equal(g.r.n[ACCOUNT_RECEIVED].messages, 2);
	assert_int_equal(g.r.n[ACCOUNT_RELAYED].messages, 1);
	assert_int_equal(g.r.class_first[ACCOUNT_RELAYED].where.line, 3);
	assert_true(str_eq(g.r.line_first[ACCOUNT_RELAYED], STR("the line")));
	assert_false(g.r.at_least);
	tear_down(&g);
}

static void
a_host_inside_writes_for_our_domains_and_a_bridge_for_all(void **state)
{
	static const char *const from[] = { "a@example.org", "b@example.org", "c@example.org", "d@example.org" };
	static const char *const spam[] = { "a@one.example", "b@two.example", "c@example.org", "d@four.example" };
	struct rig g;

	(void)state;
	set_up(&g, "example.org", NULL, 1000, 1000);
	for (int i = 0; i < 4; i++) {
		mail(&g, 2 * i, ACCOUNT_FROM_CLIENT, "10.0.0.9", from[i], "v@victim.example", "", 0, NULL);
		mail(&g, 2 * i + 1, ACCOUNT_FROM_CLIENT, "172.17.0.1", spam[i], "v@victim.example", "", 0, NULL);
	}
	settle(&g);
	assert_int_equal(g.r.n[ACCOUNT_INSIDE_OUT].messages, 4);
	assert_int_equal(g.r.n[ACCOUNT_RELAYED].messages, 3);
	assert_int_equal(g.r.n[ACCOUNT_UNNAMED].messages, 1);
	tear_down(&g);
}

/* Nobody said which networks are ours: who writes in our name may be an office. */
static void
a_network_that_nobody_named_writes_in_our_name(void **state)
{
	static const struct {
		const char *nets, *from, *client;
		enum account_class class;
	} rows[] = {
		{ NULL, "a@example.org", "198.51.100.7", ACCOUNT_UNNAMED },
		{ NULL, "A@EXAMPLE.ORG", "198.51.100.7", ACCOUNT_UNNAMED },
		{ NULL, "a@spam.example", "198.51.100.7", ACCOUNT_RELAYED },
		{ NULL, "", "198.51.100.7", ACCOUNT_RELAYED },
		{ NULL, "a@example.org", "127.0.0.1", ACCOUNT_INSIDE_OUT },
		{ "192.0.2.0/24", "a@example.org", "198.51.100.7", ACCOUNT_RELAYED },
		{ "192.0.2.0/24", "a@example.org", "192.0.2.7", ACCOUNT_INSIDE_OUT },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const bool learned = i % 2 == 1;	/* the domain is ours by a delivery that comes later */
		struct rig g;

		set_up(&g, learned ? NULL : "example.org", rows[i / 2].nets, 1000, 1000);
		mail(&g, 1, ACCOUNT_FROM_CLIENT, rows[i / 2].client, rows[i / 2].from, "v@victim.example", "", 0, NULL);
		mail(&g, 2, ACCOUNT_FROM_CLIENT, "203.0.113.5", "b@far.example", "u@example.org", "",
		    learned ? MAIL_LOCAL_DELIVERY : 0, NULL);
		settle(&g);
		if (g.r.n[rows[i / 2].class].messages != 1)
			fail_msg("row %zu%s: not in class %d", i / 2, learned ? ", learned" : "", rows[i / 2].class);
		tear_down(&g);
	}
}

static void
a_smarthost_teaches_nothing(void **state)
{
	struct rig g;
	char to[64];

	(void)state;
	set_up(&g, NULL, NULL, 1000, 1000);
	for (int i = 0; i < 40; i++) {
		snprintf(to, sizeof(to), "v@victim%d.example", i);
		mail(&g, i, ACCOUNT_FROM_CLIENT, "198.51.100.7", "a@spam.example", to, "", 0, "10.0.0.5");
	}
	mail(&g, 50, ACCOUNT_FROM_CLIENT, "198.51.100.7", "a@far.example", "u@example.org", "", 0, "10.0.0.6");
	settle(&g);
	assert_int_equal(g.r.n[ACCOUNT_RELAYED].messages, 40);
	assert_int_equal(g.r.n[ACCOUNT_RECEIVED].messages, 1);
	tear_down(&g);
}

/* More waits than there is room for: the older half is settled early. */
static void
what_waits_is_bounded(void **state)
{
	struct rig g;

	(void)state;
	set_up(&g, NULL, NULL, 1000, 100);
	for (int i = 0; i < 1000; i++)
		mail(&g, i, ACCOUNT_FROM_CLIENT, "198.51.100.7", "a@spam.example", "v@victim.example", "", 0, NULL);
	assert_true(g.tally.pending_rcpts <= 100);
	assert_false(g.tally.gap_n[ACCOUNT_GAP_TABLE] > 0);
	/* it was theirs, and now it shows to be ours */
	mail(&g, 1001, ACCOUNT_FROM_CLIENT, "198.51.100.7", "a@far.example", "v@victim.example", "", MAIL_LOCAL_DELIVERY, NULL);
	settle(&g);
	assert_int_equal(g.r.total.messages, 1001);
	assert_int_equal(g.r.n[ACCOUNT_RELAYED].messages + g.r.n[ACCOUNT_RECEIVED].messages, 1001);
	assert_true(g.r.n[ACCOUNT_RECEIVED].messages > 1);
	assert_true(g.r.at_least);
	tear_down(&g);
}

/* Names beyond the cap are counted together; sums stay whole. */
static void
tables_are_bounded(void **state)
{
	struct rig g;
	char to[64], client[32];
	uint64_t all = 0;

	(void)state;
	set_up(&g, "example.org", "192.0.2.0/24", 64, 100);
	for (int i = 0; i < 3000; i++) {
		snprintf(to, sizeof(to), "v@victim%d.example", i);
		snprintf(client, sizeof(client), "198.51.%d.%d", i % 256, i / 256);
		mail(&g, i, ACCOUNT_FROM_CLIENT, i % 3 == 0 ? "203.0.113.77" : client, "a@spam.example", to, "", 0, NULL);
	}
	settle(&g);
	assert_true(g.r.table[ACCOUNT_BY_CLIENT].n <= 64);
	assert_true(g.r.table[ACCOUNT_BY_CLIENT].beyond > 1000);
	assert_true(str_eq(g.r.table[ACCOUNT_BY_CLIENT].row[0].name, STR("203.0.113.77")));
	assert_int_equal(account_row_n(&g.r.table[ACCOUNT_BY_CLIENT].row[0], ACCOUNT_RELAYED)->messages, 1000);
	for (int a = 0; a < ACCOUNT_AXIS_N; a++) {
		const struct account_table *t = &g.r.table[a];

		if (a != ACCOUNT_BY_CLIENT && a != ACCOUNT_BY_NETWORK && a != ACCOUNT_BY_DOMAIN && a != ACCOUNT_BY_TLD)
			continue;
		all = t->rest[ACCOUNT_RELAYED].recipients;
		for (size_t i = 0; i < t->n; i++)
			all += account_row_n(&t->row[i], ACCOUNT_RELAYED)->recipients;
		assert_int_equal(all, 3000);
	}
	assert_int_equal(g.r.n[ACCOUNT_RELAYED].messages, 3000);
	assert_false(g.r.at_least);	/* only the tables are not whole, and say so */
	tear_down(&g);
}

/* What a row does not have takes no room: ninety thousand may be shown. */
static void
rows_take_what_they_have(void **state)
{
	enum { ROWS = 1000, ROW_OCTETS = 400 };
	struct arena *small = arena_new((size_t)2 * ROWS * ROW_OCTETS);	/* domains, and TLDs */
	struct rig g;
	char to[64];

	(void)state;
	assert_non_null(small);
	set_up(&g, "example.org", "192.0.2.0/24", 2 * ROWS, ROWS);
	for (int i = 0; i < ROWS; i++) {
		snprintf(to, sizeof(to), "v@victim.tld%d", i);
		mail(&g, i, ACCOUNT_FROM_CLIENT, "203.0.113.77", "a@spam.example", to, "", 0, NULL);
	}
	settle(&g);
	assert_int_equal(fill_result(&g.r, &g.tally, small), 0);
	assert_int_equal(g.r.table[ACCOUNT_BY_TLD].n, ROWS);
	for (size_t i = 0; i < ROWS; i++) {
		const struct account_row *row = &g.r.table[ACCOUNT_BY_TLD].row[i];

		assert_int_equal(account_row_n(row, ACCOUNT_RELAYED)->recipients, 1);
		assert_int_equal(account_row_n(row, ACCOUNT_RECEIVED)->recipients, 0);
		assert_int_equal(account_row_sum(row).messages, 1);
		assert_int_equal(row->past->day, 0);
	}
	arena_free(small);
	tear_down(&g);
}

/* Of equal rank by name: one that begins another stands before it, and octets
 * behind the eighth tell too. */
static void
equal_rows_stand_by_name(void **state)
{
	enum { NAMES = 7 };
	static const char *const names[NAMES] = { "a.example", "a.example.net", "a.examplf", "b.example",
		"longlong.a.example", "longlong.b.example", "\xe3.example" };
	struct rig g;
	char to[64];

	(void)state;
	set_up(&g, "example.org", "192.0.2.0/24", 100, 100);
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(to, sizeof(to), "v@%s", names[(i * 3 + 1) % NAMES]);
		mail(&g, (int)i, ACCOUNT_FROM_CLIENT, "203.0.113.77", "a@spam.example", to, "", 0, NULL);
	}
	settle(&g);
	assert_int_equal(g.r.table[ACCOUNT_BY_DOMAIN].n, NAMES);
	for (size_t i = 0; i < NAMES; i++)
		assert_true(str_eq(g.r.table[ACCOUNT_BY_DOMAIN].row[i].name, str_of(names[i])));
	tear_down(&g);
}

static void
the_door_was_closed_at_the_first_refusal_after_the_last_relayed(void **state)
{
	struct mail_event ev = { .kind = MAIL_REFUSES, .flags = MAIL_RELAY_DENIED, .recipient = STR("v@victim.example") };
	struct rig g;

	(void)state;
	set_up(&g, "example.org", "192.0.2.0/24", 1000, 1000);
	for (int i = 0; i < 10; i++) {
		if (i == 3 || i == 5)
			mail(&g, i, ACCOUNT_FROM_CLIENT, "198.51.100.7", "a@spam.example", "v@victim.example", "", 0, NULL);
		else
			assert_int_equal(tally_refused(&g.tally, &ev, at_of(BEGIN_S + i, 0, (uint64_t)i + 1),
			    i == 6 ? STR("closed") : STR("no"), 1), 0);
	}
	settle(&g);
	assert_int_equal(g.r.relay_refused, 8);
	assert_int_equal(g.r.relay_refused_first.where.line, 1);
	assert_int_equal(g.r.relay_refused_last.where.line, 10);
	assert_int_equal(g.r.relay_refused_after.where.line, 7);
	assert_true(str_eq(g.r.line_refused_after, STR("closed")));
	tear_down(&g);
}

static void
hours_without_a_line_among_busy_ones(void **state)
{
	struct rig g;

	(void)state;
	set_up(&g, NULL, NULL, 10, 10);
	for (int64_t s = 0; s < 5 * 3600; s += 20)	/* the third hour is silent */
		if (s / 3600 != 2)
			assert_int_equal(tally_line(&g.tally, MAIL_POSTFIX, at_of(BEGIN_S + s, 0, (uint64_t)s + 1)), 0);
	settle(&g);
	assert_int_equal(g.r.gap_n[ACCOUNT_GAP_HOLE], 1);
	assert_int_equal(g.r.gap[ACCOUNT_GAP_HOLE].s, BEGIN_S + 2 * 3600);
	assert_true(g.r.at_least);
	tear_down(&g);
	/* a quiet server is quiet at night */
	set_up(&g, NULL, NULL, 10, 10);
	for (int64_t s = 0; s < 5 * 3600; s += 900)
		if (s / 3600 != 2)
			assert_int_equal(tally_line(&g.tally, MAIL_POSTFIX, at_of(BEGIN_S + s, 0, (uint64_t)s + 1)), 0);
	settle(&g);
	assert_false(g.r.at_least);
	tear_down(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recipients_have_one_class_each),
		cmocka_unit_test(a_message_for_many_counts_each_domain_once),
		cmocka_unit_test(sides_are_settled_with_what_was_learned),
		cmocka_unit_test(a_host_inside_writes_for_our_domains_and_a_bridge_for_all),
		cmocka_unit_test(a_network_that_nobody_named_writes_in_our_name),
		cmocka_unit_test(a_smarthost_teaches_nothing),
		cmocka_unit_test(what_waits_is_bounded),
		cmocka_unit_test(tables_are_bounded),
		cmocka_unit_test(rows_take_what_they_have),
		cmocka_unit_test(equal_rows_stand_by_name),
		cmocka_unit_test(the_door_was_closed_at_the_first_refusal_after_the_last_relayed),
		cmocka_unit_test(hours_without_a_line_among_busy_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
