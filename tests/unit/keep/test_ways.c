#include "guest.h"

#include "keep/permit.h"

/* Ways round the permit, as far as they go over the keeper's own doors; those
 * over files and programs are in tests/system/test_ways_round.py. */

#define ASKER "203.0.113.7"

static struct addr dialled[32];
static size_t n_dialled;

static void
note_dial(struct fixture *f, const struct addr *a)
{
	struct addr rx = addr_v4(198, 18, 0, 25);

	(void)f;
	if (!addr_eq(a, &rx) && n_dialled < 32)
		dialled[n_dialled++] = *a;
}

static struct guests *
watched(void **state)
{
	struct guests *p = *state;

	n_dialled = 0;
	p->f->on_dial = note_dial;
	return p;
}

static json_t *
nominate_text(struct guests *p, const char *target)
{
	return guest_ask(p->tool, "{'verb':'nominate','target':'%s','basis':'authority',"
	    "'reason':'x'}", target);
}

/* One spelling for each address, and no other leads anywhere. */
static void
special_use_in_any_notation(void **state)
{
	static const struct { const char *text, *tag; } cases[] = {
		{ "127.0.0.1", "special-use" }, { "::1", "special-use" },
		{ "::ffff:127.0.0.1", "special-use" }, { "::ffff:7f00:1", "special-use" },
		{ "0:0:0:0:0:ffff:10.0.0.1", "special-use" }, { "::", "special-use" },
		{ "0.0.0.0", "special-use" }, { "192.0.2.1", "special-use" },
		{ "169.254.1.1", "special-use" }, { "224.0.0.1", "special-use" },
		{ "255.255.255.255", "special-use" }, { "fe80::1", "special-use" },
		{ "fc00::1", "special-use" }, { "2002:7f00:1::1", "special-use" },
		{ "2002:c612:105::1", "special-use" },	/* 6to4 of one in the lab range */
		{ "2001:0:c612:105::1", "special-use" }, { "64:ff9b::198.18.1.5", "special-use" },
		{ "64:ff9b:1::1", "special-use" }, { "::198.18.1.5", "special-use" },
		{ "127.1", "no-such-name" }, { "2130706433", "no-such-name" },
		{ "0x7f.0.0.1", "no-such-name" }, { "0177.0.0.1", "no-such-name" },
		{ "127.0.0.01", "no-such-name" }, { "198.018.1.5", "no-such-name" },
		{ "[198.18.1.5]", "no-such-name" }, { "198.18.1.5%eth0", "no-such-name" },
		{ "198.18.1.5.", "no-such-name" }, { "198.18.1.5/32", "bad-target" },
	};
	struct guests *p = watched(state);

	fixture_dns(p->f, "other.example a 198.18.1.1\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *o = nominate_text(p, cases[i].text);

		if (strcmp(text_of(o, "error"), cases[i].tag) != 0)
			fail_msg("%s: want %s, got %s", cases[i].text, cases[i].tag,
			    text_of(o, "error"));
	}
	pass(p->f, 3600);
	assert_int_equal(n_dialled, 0);
}

/* A name is no way round: every address that it leads to is looked at. */
static void
a_name_that_leads_inside(void **state)
{
	static const char *const inside[] = { "a 127.0.0.1", "aaaa ::1", "a 10.0.0.1",
		"aaaa 64:ff9b::7f00:1", "a 169.254.169.254", "a 198.18.0.25" };
	struct guests *p = watched(state);
	char dns[200];

	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		const char *tag;

		snprintf(dns, sizeof(dns), "mx.trap.example a 198.18.1.5\nmx.trap.example %s\n",
		    inside[i]);
		fixture_dns(p->f, dns);
		tag = text_of(nominate_text(p, "mx.trap.example"), "error");
		if (strcmp(tag, "special-use") != 0 && strcmp(tag, "own-receiver") != 0)
			fail_msg("%s: got %s", inside[i], tag);
	}
	pass(p->f, 3600);
	assert_int_equal(n_dialled, 0);	/* not the harmless one of them, either */
}

/* DNS rebinding: what was nominated is the address that the name led to then. */
static void
a_name_that_moves(void **state)
{
	struct guests *p = watched(state);
	struct addr first = target(5);

	p->f->slow_ask = true;
	fixture_dns(p->f, "mx.moves.example a 198.18.1.5\n");
	expect_ok(nominate_text(p, "mx.moves.example"));
	fixture_dns(p->f, "mx.moves.example a 198.18.1.6\n198.18.1.5 ptr mx.moves.example\n");
	p->f->slow_ask = false;
	for (unsigned i = 0; i < 60; i++)
		pass(p->f, 1);
	for (size_t i = 0; i < n_dialled; i++)
		assert_true(addr_eq(&dialled[i], &first));
}

/* An IPv4 address and its mapped form are one. */
static void
mapped_is_the_same(void **state)
{
	struct guests *p = watched(state);

	expect_ok(guest_ask(p->tool, "{'verb':'optout','target':'198.18.7.0/24','reason':'x'}"));
	expect_error(nominate_text(p, "::ffff:198.18.7.1"), "opted-out", 77);
	expect_error(nominate_text(p, "::ffff:c612:701"), "opted-out", 77);
	expect_ok(guest_ask(p->tool, "{'verb':'optout','target':'::ffff:198.18.8.0/120','reason':'x'}"));
	expect_error(nominate_text(p, "198.18.8.1"), "opted-out", 77);
}

/* A basis of ours cannot be typed, nor a depth that the basis has not. */
static void
bases_that_are_ours(void **state)
{
	static const char *const words[] = { "listed", "control", "visitor", "none", "", "OWNER", "lab" };
	struct guests *p = watched(state);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		expect_error(guest_ask(p->tool, "{'verb':'nominate','target':'198.18.1.5','basis':"
		    "'%s','reason':'x'}", words[i]), "bad-basis", 64);
	expect_error(guest_ask(p->tool, "{'verb':'nominate','target':'198.18.1.5','basis':'log',"
	    "'reason':'x'}"), "no-evidence", 64);
	expect_error(guest_ask(p->tool, "{'verb':'retest','target':'198.18.1.5'}"), "no-basis", 77);
	pass(p->f, 3600);
	assert_int_equal(n_dialled, 0);
}

/* Numbers that nobody was given open nothing: of tests, of runs, of orders. */
static void
ids_that_are_made_up(void **state)
{
	static const char *const tickets[] = { "", "1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"7777777777777777777777777777777777", "../../1", "0" };
	struct guests *p = watched(state);
	const struct msg_id ask = { 12345 };
	const struct msg_found bogus = { .order = 12345, .attempt = 1, .finding = FIND_REFUSED };
	const struct msg_ended end = { .order = 12345, .finding = FIND_DONE };

	expect_ok(nominate_text(p, "198.18.1.5"));
	for (size_t i = 0; i < sizeof(tickets) / sizeof(tickets[0]); i++) {
		json_t *o = guest_ask(p->web, "{'verb':'test-cancel','asker':'" ASKER "','test':'%s'}",
		    tickets[i]);

		assert_int_not_equal(int_of(o, "exit"), 0);
		o = guest_ask(p->web, "{'verb':'test-show','asker':'" ASKER "','test':'%s'}", tickets[i]);
		assert_int_not_equal(int_of(o, "exit"), 0);
	}
	/* the prober may ask for, and tell of, its own orders only */
	p->f->denied = 0;
	send_to(p->f->probe, MSG_ASK, &ask);
	send_to(p->f->probe, MSG_FOUND, &bogus);
	send_to(p->f->probe, MSG_ENDED, &end);
	pass(p->f, 0);
	assert_true(p->f->denied > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, guests_open, guests_close)
		T(special_use_in_any_notation),
		T(a_name_that_leads_inside),
		T(a_name_that_moves),
		T(mapped_is_the_same),
		T(bases_that_are_ours),
		T(ids_that_are_made_up),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
