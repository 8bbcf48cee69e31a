/* What a visitor may see and do: roles, the line of architecture 5, check. */
#include "guest.h"
#include "keep/grant.h"
#include "keep/optouts.h"
#include "keep/token.h"
#include "keep/visit.h"

#define STRANGER "203.0.113.7"

static void
grants(struct guests *s, struct addr a)
{
	struct wall until = { keep_now(s->f->keep).s + GRANT_S };

	grant_make(s->grant, s->f->keep, &a, PROOF_TXT, until);
	grant_make(s->nat, s->f->keep, &a, PROOF_SOURCE, until);
}

static void
make_key(struct guests *s)
{
	snprintf(s->key, sizeof(s->key), "%s", text_of(guest_ask(s->tool,
	    "{'verb':'key-add','name':'CSIRT one'}"), "key"));
	assert_true(s->key[0] != '\0');
}

/* --- the table: role x member --- */

enum sees { NO = 0, YES = 1 };

/* A member is seen when it is there and not null. */
static const struct {
	const char	*member;
	enum sees	 by[5];		/* public, the address itself, owner, csirt, operator */
} lines[] = {
	{ "addr",	{ YES, YES, YES, YES, YES } },
	{ "serial",	{ YES, YES, YES, YES, YES } },
	{ "as_of",	{ YES, YES, YES, YES, YES } },
	{ "lab",	{ YES, YES, YES, YES, YES } },
	{ "life",	{ YES, YES, YES, YES, YES } },
	{ "zone",	{ YES, YES, YES, YES, YES } },
	{ "ttl",	{ YES, YES, YES, YES, YES } },
	{ "listed",	{ YES, YES, YES, YES, YES } },
	{ "listings",	{ YES, YES, YES, YES, YES } },
	{ "history",	{ YES, YES, YES, YES, YES } },
	{ "more",	{ YES, YES, YES, YES, YES } },
	{ "first_seen",	{ YES, YES, YES, YES, YES } },
	{ "last_seen",	{ YES, YES, YES, YES, YES } },
	{ "may",	{ YES, YES, YES, YES, YES } },
	{ "own",	{ YES, YES, YES, YES, YES } },
	{ "role",	{ YES, YES, YES, YES, YES } },
	{ "last_test",	{ NO, NO, YES, YES, YES } },	/* not listed now */
	{ "verdict",	{ NO, NO, YES, YES, YES } },
	{ "test",	{ NO, NO, YES, YES, YES } },
	{ "optout",	{ NO, YES, YES, YES, YES } },
	{ "proved_until", { NO, NO, YES, NO, NO } },
};

static json_t *
check_as(struct guests *s, unsigned who, const char *addr)
{
	switch (who) {
	case 0:
		return guest_ask(s->web, "{'verb':'check','addr':'%s','asker':'"
		    STRANGER "'}", addr);
	case 1:
		return guest_ask(s->web, "{'verb':'check','addr':'%s','asker':'%s'}",
		    addr, addr);
	case 2:
		return guest_ask(s->web, "{'verb':'check','addr':'%s','asker':'"
		    STRANGER "','grant':'%s'}", addr, s->grant);
	case 3:
		return guest_ask(s->web, "{'verb':'check','addr':'%s','asker':'"
		    STRANGER "','key':'%s'}", addr, s->key);
	default:
		return guest_ask(s->tool, "{'verb':'check','addr':'%s'}", addr);
	}
}

static void
both_sides_of_the_line(void **state)
{
	static const char *const names[] = { "public", "the address", "owner", "csirt", "operator" };
	static const char *const roles[] = { "public", "public", "owner", "csirt", "operator" };
	struct guests *s = *state;
	struct fixture *f = s->f;

	guests_list(f, target(1));
	grants(s, target(1));
	make_key(s);
	f->does = DOES_REFUSE;		/* and then not listed any more */
	retest(f, target(1));
	pass(f, 3600);
	assert_false(listed(f, target(1), NULL));
	f->does = DOES_NOTHING;		/* a test of the operator's that runs */
	assert_int_equal(nominate(f, target(1), DEPTH_NORMAL), 0);
	pass(f, 1);
	for (unsigned who = 0; who < 5; who++)
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			json_t *o = check_as(s, who, "198.18.1.1"), *m;

			expect_ok(o);
			assert_string_equal(text_of(o, "role"), roles[who]);
			m = json_object_get(o, lines[i].member);
			if (m == NULL && strcmp(lines[i].member, "test") != 0)
				fail_msg("%s: no member %s", names[who], lines[i].member);
			if ((m != NULL && !json_is_null(m)) != lines[i].by[who])
				fail_msg("%s: member %s is%s there", names[who],
				    lines[i].member, lines[i].by[who] ? " not" : "");
		}
}

static void
last_test_is_public_while_listed(void **state)
{
	struct guests *s = *state;
	json_t *o;

	guests_list(s->f, target(2));
	o = check_as(s, 0, "198.18.1.2");
	assert_true(json_is_true(json_object_get(o, "listed")));
	assert_true(int_of(o, "last_test") > 0);
	assert_true(json_is_null(json_object_get(o, "verdict")));
	assert_true(json_is_null(json_object_get(o, "clean_by")));
}

/* --- check --- */

static void
history_and_clean_by(void **state)
{
	static const char *const events[] = { "remove", "extend", "add" };
	struct guests *s = *state;
	struct fixture *f = s->f;
	json_t *o, *h;

	guests_list(f, target(3));
	pass(f, 2 * 3600);		/* the second proof */
	f->does = DOES_REFUSE;
	retest(f, target(3));
	for (int i = 0; i < 600 && listed(f, target(3), NULL); i++)
		pass(f, 1);
	o = check_as(s, 0, "198.18.1.3");
	assert_false(json_is_true(json_object_get(o, "listed")));
	h = json_object_get(o, "history");
	assert_int_equal(int_of(o, "clean_by"), int_of(json_array_get(h, 0), "at") + 300);
	assert_int_equal(json_array_size(h), 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(text_of(json_array_get(h, i), "event"), events[i]);
	assert_false(json_is_true(json_object_get(o, "more")));
	assert_int_equal(int_of(o, "first_seen"), int_of(json_array_get(h, 2), "at"));
	assert_int_equal(int_of(o, "last_seen"), int_of(json_array_get(h, 1), "at"));
	pass(f, 301);
	assert_true(json_is_null(json_object_get(check_as(s, 0, "198.18.1.3"), "clean_by")));
}

static void
as_of_another_day(void **state)
{
	struct guests *s = *state;
	struct fixture *f = s->f;
	int64_t before = keep_now(f->keep).s, during;
	uint32_t serial;
	json_t *o;

	pass(f, 100);
	guests_list(f, target(4));
	pass(f, 100);
	during = keep_now(f->keep).s;
	serial = journal_serial(f->keep);
	pass(f, 100);
	f->does = DOES_REFUSE;
	retest(f, target(4));
	pass(f, 3600);
	o = guest_ask(s->web, "{'verb':'check','addr':'198.18.1.4','asker':'"
	    STRANGER "','at':%lld}", (long long)during);
	expect_ok(o);
	assert_true(json_is_true(json_object_get(o, "listed")));
	assert_int_equal(int_of(o, "as_of"), during);
	assert_int_equal(int_of(o, "serial"), serial);
	assert_int_equal(json_array_size(json_object_get(o, "history")), 1);
	assert_true(json_is_null(json_object_get(o, "last_test")));
	o = guest_ask(s->web, "{'verb':'check','addr':'198.18.1.4','asker':'"
	    STRANGER "','at':%lld}", (long long)before);
	assert_false(json_is_true(json_object_get(o, "listed")));
	assert_int_equal(int_of(o, "serial"), 0);
	assert_true(json_is_null(json_object_get(o, "first_seen")));
	expect_error(guest_ask(s->web, "{'verb':'check','addr':'198.18.1.4','asker':'"
	    STRANGER "','at':%lld}", (long long)keep_now(f->keep).s + 1), "bad-time", 64);
}

static void
long_history_is_cut_and_fits(void **state)
{
	struct guests *s = *state;
	struct keep *k = s->f->keep;
	struct addr a = target(5);
	json_t *o, *h;

	for (unsigned i = 0; i < 70; i++) {	/* listed once, extended ever since */
		struct journal_row j = { .kind = JOURNAL_ADD, .addr = a, .len = 128,
			.code = CODE_ENTRY, .made = keep_now(k), .proofs = (uint16_t)(i + 1) };

		assert_int_equal(keep_write(k), 0);
		assert_int_equal(keep_done(k, journal_append(k, &j)), 0);
		assert_int_equal(keep_flush(k), 0);
	}
	o = check_as(s, 0, "198.18.1.5");
	expect_ok(o);
	h = json_object_get(o, "history");
	assert_int_equal(json_array_size(h), 50);
	assert_true(json_is_true(json_object_get(o, "more")));
	assert_string_equal(text_of(json_array_get(h, 49), "event"), "extend");
	assert_string_equal(text_of(json_array_get(h, 0), "event"), "extend");
}

static void
may_says_why_not(void **state)
{
	static const struct {
		const char *name, *addr, *who, *retest, *probe;
	} cases[] = {
		{ "not listed, a stranger", "198.18.2.1", "", "not-listed", "owner-not-proved" },
		{ "public space", "192.88.99.1", "", "special-use", "special-use" },
		{ "not in the laboratory", "11.0.0.1", "", "public-off", "public-off" },
		{ "our own mailbox", "198.18.0.25", "", "own-receiver", "own-receiver" },
		{ "its owner, no basis yet", "198.18.2.1", "grant", "not-listed", "no-basis" },
		{ "listed, a stranger", "198.18.1.6", "", "", "owner-not-proved" },
	};
	struct guests *s = *state;

	guests_list(s->f, target(6));
	grants(s, addr_v4(198, 18, 2, 1));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *may = json_object_get(guest_ask(s->web, "{'verb':'check','addr':"
		    "'%s','asker':'" STRANGER "','grant':'%s'}", cases[i].addr,
		    cases[i].who[0] != '\0' ? s->grant : ""), "may");

		if (strcmp(text_of(may, "why"), cases[i].retest) != 0 ||
		    strcmp(text_of(may, "why_probe"), cases[i].probe) != 0)
			fail_msg("%s: retest \"%s\", probe \"%s\"", cases[i].name,
			    text_of(may, "why"), text_of(may, "why_probe"));
		assert_int_equal(json_is_true(json_object_get(may, "retest")),
		    cases[i].retest[0] == '\0');
	}
}

/* --- who is who --- */

static void
grants_that_do_not_hold(void **state)
{
	struct guests *s = *state;
	struct keep *k = s->f->keep;
	struct addr a = target(1), b = target(2);
	struct wall until = { keep_now(k).s + 100 }, was;
	enum proof_method m;
	char good[GRANT_TEXT], other[GRANT_TEXT], old[GRANT_TEXT], bent[GRANT_TEXT];

	grant_make(good, k, &a, PROOF_MAIL, until);
	grant_make(other, k, &b, PROOF_MAIL, until);
	grant_make(old, k, &a, PROOF_MAIL, keep_now(k));
	assert_true(grant_holds(k, str_of(good), &a, &m, &was));
	assert_int_equal(m, PROOF_MAIL);
	assert_int_equal(was.s, until.s);
	assert_false(grant_holds(k, str_of(other), &a, &m, &was));
	assert_false(grant_holds(k, str_of(old), &a, &m, &was));
	assert_false(grant_holds(k, STR(""), &a, &m, &was));
	assert_false(grant_holds(k, STR("not base32 at all, and too short!!!!"), &a, &m, &was));
	for (size_t i = 0; i < strlen(good); i++) {
		memcpy(bent, good, sizeof(bent));
		bent[i] = bent[i] == 'a' ? 'b' : 'a';
		if (grant_holds(k, str_of(bent), &a, &m, &was))
			fail_msg("letter %zu may be changed", i);
	}
	assert_int_equal(token_new_key(k), 0);	/* old grants go on */
	assert_true(grant_holds(k, str_of(good), &a, &m, &was));
	pass(s->f, 101);
	assert_false(grant_holds(k, str_of(good), &a, &m, &was));
}

static void
bad_requests_of_web(void **state)
{
	static const struct { const char *name, *request, *tag; int exit; } cases[] = {
		{ "no asker", "{'verb':'check','addr':'198.18.1.1'}", "bad-request", 64 },
		{ "an asker that is none", "{'verb':'check','addr':'198.18.1.1','asker':'x'}",
		    "bad-request", 64 },
		{ "no address", "{'verb':'check','asker':'203.0.113.7'}", "bad-addr", 64 },
		{ "a name", "{'verb':'check','addr':'mx.example','asker':'203.0.113.7'}",
		    "bad-addr", 64 },
		{ "a key that is none", "{'verb':'check','addr':'198.18.1.1','asker':"
		    "'203.0.113.7','key':'sekimori-x'}", "bad-key", 77 },
		{ "the operator's work", "{'verb':'remove','target':'198.18.1.1','reason':'x',"
		    "'asker':'203.0.113.7'}", "operator-only", 77 },
		{ "a key for itself", "{'verb':'key-add','name':'x','asker':'203.0.113.7'}",
		    "operator-only", 77 },
		{ "to stop all probes", "{'verb':'optout','target':'198.18.0.0/16','reason':'x',"
		    "'asker':'203.0.113.7'}", "operator-only", 77 },
		{ "no such request", "{'verb':'nothing','asker':'203.0.113.7'}", "bad-request", 64 },
		{ "no object", "[]", "bad-request", 64 },
		{ "no JSON", "{", "bad-request", 64 },
	};
	struct guests *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_error(guest_ask(s->web, "%s", cases[i].request), cases[i].tag,
		    cases[i].exit);
}

static void
operator_with_a_visitors_eyes(void **state)
{
	struct guests *s = *state;

	assert_string_equal(text_of(guest_ask(s->tool, "{'verb':'check','addr':"
	    "'198.18.1.1','as':'web','asker':'203.0.113.7'}"), "role"), "public");
	expect_error(guest_ask(s->tool, "{'verb':'note','target':'198.18.1.1','reason':"
	    "'x','as':'web'}"), "operator-only", 77);
	assert_string_equal(text_of(guest_ask(s->tool, "{'verb':'check','addr':"
	    "'198.18.1.1','asker':'203.0.113.7'}"), "role"), "operator");
}

/* --- the channel --- */

static void
web_hands_in_nothing(void **state)
{
	struct guests *s = *state;
	struct msg_part m = { .id = 7, .octets = STR("{\"verb\":\"status\"}") };

	send_to(s->web->c, MSG_CTL, &m);
	m.octets = STR("a mail");
	send_to(s->web->c, MSG_CTL_PART, &m);
	pass(s->f, 0);
	expect_error(s->web->done, "evidence-too-large", 65);
}

static void
many_requests_and_dropped_ones(void **state)
{
	struct guests *s = *state;
	struct msg_part m = { .octets = STR("{}") };
	struct msg_id drop;

	for (m.id = 1; m.id <= 2048; m.id++)
		send_to(s->web->c, MSG_CTL, &m);
	pass(s->f, 0);
	assert_null(s->web->done);
	send_to(s->web->c, MSG_CTL, &m);	/* one too many */
	pass(s->f, 0);
	expect_error(s->web->done, "too-many", 75);
	for (drop.id = 1; drop.id <= 2048; drop.id++)
		send_to(s->web->c, MSG_CTL_DROP, &drop);
	drop.id = 99999;			/* one that is not there */
	send_to(s->web->c, MSG_CTL_DROP, &drop);
	s->web->id = 5000;
	expect_ok(guest_ask(s->web, "{'verb':'check','addr':'198.18.1.1','asker':'"
	    STRANGER "'}"));
}

static void
a_new_web_takes_the_place(void **state)
{
	struct guests *s = *state;
	struct guest *next = guest_web(s->f);

	expect_ok(guest_ask(next, "{'verb':'check','addr':'198.18.1.1','asker':'"
	    STRANGER "'}"));
	assert_null(s->web->c);
	guest_free(s->web);
	s->web = next;
}

static void
wrong_message_closes_web(void **state)
{
	struct guests *s = *state;
	struct msg_empty none = { 0 };

	send_to(s->web->c, MSG_STOP, &none);
	pass(s->f, 0);
	assert_null(s->web->c);
	expect_ok(guest_ask(s->tool, "{'verb':'status'}"));
}

/* --- opt-outs in memory --- */

static void
optouts_agree_with_the_store(void **state)
{
	static const struct { uint8_t a, b, c, d, len; } nets[] = {
		{ 198, 18, 7, 7, 128 }, { 198, 18, 8, 0, 120 }, { 198, 18, 0, 0, 112 },
		{ 203, 0, 113, 0, 120 }, { 198, 18, 8, 9, 128 },
	};
	static const struct { const char *addr; int found; size_t newest; } cases[] = {
		{ "198.18.7.7", 1, 2 }, { "198.18.8.9", 1, 4 }, { "198.18.8.10", 1, 2 },
		{ "203.0.113.255", 1, 3 }, { "203.0.114.0", 0, 0 }, { "2001:db8::1", 0, 0 },
	};
	struct guests *s = *state;
	struct keep *k = s->f->keep;
	struct wall made[5], when;

	for (size_t i = 0; i < 5; i++) {
		struct net n = { addr_v4(nets[i].a, nets[i].b, nets[i].c, nets[i].d), nets[i].len };

		pass(s->f, 10);
		made[i] = keep_now(k);
		assert_int_equal(nominate_optout(k, &n, STR(""), STR("r"), STR("w")), 0);
		assert_true(optouts_find(k, &n.addr, &when) == 1);	/* reads once, then adds */
	}
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct addr a;

			assert_int_equal(addr_parse(&a, str_of(cases[i].addr)), 0);
			if (optouts_find(k, &a, &when) != cases[i].found ||
			    when.s != (cases[i].found ? made[cases[i].newest].s : 0))
				fail_msg("round %u: %s", round, cases[i].addr);
		}
		optouts_close(k);	/* the second round reads the store */
	}
	assert_int_equal(optouts_open(k), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, guests_open, guests_close)
		T(both_sides_of_the_line),
		T(last_test_is_public_while_listed),
		T(history_and_clean_by),
		T(as_of_another_day),
		T(long_history_is_cut_and_fits),
		T(may_says_why_not),
		T(grants_that_do_not_hold),
		T(bad_requests_of_web),
		T(operator_with_a_visitors_eyes),
		T(web_hands_in_nothing),
		T(many_requests_and_dropped_ones),
		T(a_new_web_takes_the_place),
		T(wrong_message_closes_web),
		T(optouts_agree_with_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
