/* Tests that visitors ask for: tickets, caps, joining, live progress, cancel. */
#include "guest.h"
#include "keep/grant.h"
#include "keep/lanes.h"
#include "keep/pace.h"
#include "keep/ticket.h"

#define ASKER "203.0.113.7"
#define OTHER "203.0.112.9"

static void
list_open(struct fixture *f, struct addr a)
{
	guests_list(f, a);
	f->does = DOES_REFUSE;
}

static const char *
grant_of(struct fixture *f, struct addr a, enum proof_method m)
{
	static char text[GRANT_TEXT];
	struct wall until;
	enum basis b = m == PROOF_SOURCE ? BASIS_VISITOR : BASIS_OWNER;

	assert_int_equal(keep_write(f->keep), 0);
	assert_int_equal(keep_done(f->keep, nominate_owner(f->keep, &a, b, STR("test"),
	    STR("test"), &until)), 0);
	assert_int_equal(keep_flush(f->keep), 0);
	grant_make(text, f->keep, &a, m, until);
	return text;
}

static json_t *
ask_test(struct guests *t, const char *addr, const char *kind, const char *asker,
    const char *more)
{
	return guest_ask(t->web, "{'verb':'test','addr':'%s','kind':'%s','asker':'%s'%s}",
	    addr, kind, asker, more);
}

static void
ticket_of(char out[TICKET_TEXT], const json_t *done)
{
	expect_ok(done);
	snprintf(out, TICKET_TEXT, "%s", text_of(done, "test"));
	assert_int_equal(strlen(out), 34);
}

static json_t *
show(struct guests *t, const char *ticket, const char *more)
{
	return guest_ask(t->web, "{'verb':'test-show','test':'%s','asker':'" ASKER "'%s}",
	    ticket, more);
}

/* --- who may ask --- */

static void
every_refusal(void **state)
{
	static const struct {
		const char *name, *addr, *kind, *asker, *more, *tag;
		int exit;
	} cases[] = {
		{ "a stranger, not listed", "198.18.2.1", "retest", ASKER, "", "not-listed", 65 },
		{ "a stranger's probe", "198.18.2.1", "probe", ASKER, "", "owner-not-proved", 77 },
		{ "from the address, but not proved", "198.18.2.1", "probe", "198.18.2.1", "",
		    "owner-not-proved", 77 },
		{ "special use", "192.88.99.1", "retest", ASKER, "", "special-use", 77 },
		{ "public", "11.0.0.1", "retest", ASKER, "", "public-off", 77 },
		{ "our mailbox", "198.18.0.25", "retest", ASKER, "", "own-receiver", 77 },
		{ "no kind", "198.18.2.1", "", ASKER, "", "bad-kind", 64 },
		{ "a kind that is none", "198.18.2.1", "recheck", ASKER, "", "bad-kind", 64 },
		{ "no address", "", "retest", ASKER, "", "bad-addr", 64 },
		{ "a port that is none", "198.18.2.1", "probe", ASKER, ",'port':65536",
		    "bad-port", 64 },
		{ "a port that is none", "198.18.2.1", "probe", ASKER, ",'port':-1",
		    "bad-port", 64 },
		{ "somebody's secure shell", "198.18.1.1", "retest", ASKER, ",'port':22",
		    "too-deep", 77 },
		{ "a csirt without a basis", "198.18.2.1", "probe", ASKER, "KEY", "no-basis", 77 },
	};
	struct guests *t = *state;
	char more[128];

	snprintf(t->key, sizeof(t->key), "%s", text_of(guest_ask(t->tool,
	    "{'verb':'key-add','name':'CSIRT'}"), "key"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(more, sizeof(more), strcmp(cases[i].more, "KEY") == 0 ?
		    ",'key':'%s'" : "%s", strcmp(cases[i].more, "KEY") == 0 ?
		    t->key : cases[i].more);
		printf("# %s\n", cases[i].name);
		expect_error(ask_test(t, cases[i].addr, cases[i].kind, cases[i].asker, more),
		    cases[i].tag, cases[i].exit);
	}
	assert_int_equal(t->f->dials, 0);
}

static void
retest_of_a_listing_is_anybodys(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];
	json_t *o;

	list_open(t->f, target(1));
	o = ask_test(t, "198.18.1.1", "retest", ASKER, ",'note':'mended'");
	ticket_of(ticket, o);
	assert_string_equal(text_of(o, "state"), "queued");
	assert_int_equal(int_of(o, "place"), 1);
	assert_false(json_is_true(json_object_get(o, "reused")));
	pass(t->f, 600);
	o = show(t, ticket, "");
	expect_ok(o);
	assert_string_equal(text_of(o, "state"), "done");
	assert_string_equal(text_of(json_object_get(o, "verdict"), "verdict"), "closed");
	assert_false(json_is_true(json_object_get(o, "listed")));
	assert_true(json_is_true(json_object_get(o, "removed")));
	assert_true(json_is_true(json_object_get(o, "mine")));
	assert_int_equal(int_of(o, "clean_by"),
	    int_of(json_object_get(o, "verdict"), "at") + 300 > keep_now(t->f->keep).s ?
	    int_of(json_object_get(o, "verdict"), "at") + 300 : 0);
	assert_string_equal(text_of(o, "role"), "public");
}

/* A NAT may share the source address: up to full, usual ports; the record or
 * the mail opens all. */
static void
source_proof_is_not_the_whole_owner(void **state)
{
	struct guests *t = *state;
	struct permit p;
	struct addr a = addr_v4(10, 1, 1, 1);
	char more[160], grant[GRANT_TEXT];

	set(t->f, "lab.range", "198.18.0.0/15");
	set(t->f, "lab.range", "10.0.0.0/8");
	grant_of(t->f, addr_v4(198, 18, 1, 9), PROOF_SOURCE);
	assert_int_equal(basis_rules[BASIS_VISITOR].deepest, DEPTH_FULL);
	assert_int_equal(basis_rules[BASIS_VISITOR].usual, DEPTH_NORMAL);
	assert_string_equal(basis_rules[BASIS_VISITOR].name, "owner");
	snprintf(grant, sizeof(grant), "%s", grant_of(t->f, a, PROOF_SOURCE));
	permit_check(&p, t->f->keep, &a, RUN_PROBE);
	assert_true(p.ok);
	assert_int_equal(p.basis, BASIS_VISITOR);
	snprintf(more, sizeof(more), ",'grant':'%s','port':2000", grant);
	expect_error(ask_test(t, "10.1.1.1", "probe", "10.1.1.1", more), "too-deep", 77);
	snprintf(more, sizeof(more), ",'grant':'%s','port':587", grant);
	expect_ok(ask_test(t, "10.1.1.1", "probe", "10.1.1.1", more));
	snprintf(more, sizeof(more), ",'grant':'%s','port':2000",
	    grant_of(t->f, addr_v4(10, 1, 1, 2), PROOF_TXT));
	expect_ok(ask_test(t, "10.1.1.2", "probe", "10.1.1.1", more));
}

static void
opted_out_owner_may_retest(void **state)
{
	struct guests *t = *state;
	struct net n = { target(2), 128 };
	char more[160];

	list_open(t->f, target(2));
	assert_int_equal(nominate_optout(t->f->keep, &n, STR(""), STR("r"), STR("w")), 0);
	pass(t->f, 5);
	expect_error(ask_test(t, "198.18.1.2", "retest", ASKER, ""), "opted-out", 77);
	snprintf(more, sizeof(more), ",'grant':'%s'",
	    grant_of(t->f, target(2), PROOF_SOURCE));
	expect_error(ask_test(t, "198.18.1.2", "probe", "198.18.1.2", more), "opted-out", 77);
	expect_ok(ask_test(t, "198.18.1.2", "retest", "198.18.1.2", more));
	pass(t->f, 600);
	assert_false(listed(t->f, target(2), NULL));
}

/* --- one test --- */

static void
two_askers_join_one_run(void **state)
{
	struct guests *t = *state;
	char one[TICKET_TEXT], two[TICKET_TEXT];
	json_t *o;

	list_open(t->f, target(3));
	t->f->does = DOES_NOTHING;
	ticket_of(one, ask_test(t, "198.18.1.3", "retest", ASKER, ""));
	pass(t->f, 2);
	o = ask_test(t, "198.18.1.3", "retest", OTHER, "");
	ticket_of(two, o);
	assert_string_equal(one, two);
	assert_false(json_is_true(json_object_get(o, "reused")));
	assert_string_equal(text_of(o, "state"), "connecting");
	/* both may find it again, a third not */
	o = guest_ask(t->web, "{'verb':'check','addr':'198.18.1.3','asker':'" OTHER "'}");
	assert_string_equal(text_of(json_object_get(o, "test"), "test"), one);
	o = guest_ask(t->web, "{'verb':'check','addr':'198.18.1.3','asker':'192.0.2.77'}");
	assert_true(json_is_null(json_object_get(o, "test")));
	/* but who joined did not start it */
	expect_error(guest_ask(t->web, "{'verb':'test-cancel','test':'%s','asker':'" OTHER
	    "'}", one), "not-yours", 77);
}

static void
ended_test_is_the_answer_for_a_while(void **state)
{
	struct guests *t = *state;
	char one[TICKET_TEXT], two[TICKET_TEXT];
	json_t *o;

	list_open(t->f, target(4));
	ticket_of(one, ask_test(t, "198.18.1.4", "retest", ASKER, ""));
	for (int i = 0; i < 600 && listed(t->f, target(4), NULL); i++)
		pass(t->f, 1);
	pass(t->f, 5);
	o = ask_test(t, "198.18.1.4", "retest", ASKER, "");
	ticket_of(two, o);
	assert_string_equal(one, two);
	assert_true(json_is_true(json_object_get(o, "reused")));
	assert_string_equal(text_of(json_object_get(o, "verdict"), "verdict"), "closed");
	assert_null(json_object_get(json_object_get(o, "verdict"), "why"));
	/* to others it is just not listed */
	expect_error(ask_test(t, "198.18.1.4", "retest", OTHER, ""), "not-listed", 65);
	pass(t->f, TICKET_REUSED_S);
	expect_error(ask_test(t, "198.18.1.4", "retest", ASKER, ""), "not-listed", 65);
}

/* Still open: who mends it then need not wait long for the next one. */
static void
unclean_test_is_the_answer_for_less(void **state)
{
	struct guests *t = *state;
	char one[TICKET_TEXT], two[TICKET_TEXT];
	json_t *o;

	list_open(t->f, target(4));
	t->f->does = DOES_RELAY;
	ticket_of(one, ask_test(t, "198.18.1.4", "retest", ASKER, ""));
	for (int i = 0; i < 600 && strcmp(text_of(show(t, one, ""), "state"), "done") != 0; i++)
		pass(t->f, 1);
	o = ask_test(t, "198.18.1.4", "retest", OTHER, "");
	ticket_of(two, o);
	assert_string_equal(one, two);
	assert_string_equal(text_of(json_object_get(o, "verdict"), "verdict"), "open");
	t->f->does = DOES_REFUSE;
	pass(t->f, TICKET_UNCLEAN_S + 1);
	ticket_of(two, ask_test(t, "198.18.1.4", "retest", OTHER, ""));
	assert_string_not_equal(one, two);
	pass(t->f, 600);
	assert_false(listed(t->f, target(4), NULL));
}

static void
recheck_of_later_is_not_joined(void **state)
{
	struct guests *t = *state;
	unsigned dials;

	list_open(t->f, target(5));	/* its second proof is queued for in an hour */
	dials = t->f->dials;
	pass(t->f, 700);
	expect_ok(ask_test(t, "198.18.1.5", "retest", ASKER, ""));
	pass(t->f, 60);
	assert_true(t->f->dials > dials);
}

/* --- caps --- */

static void
caps_of_one_asker(void **state)
{
	struct guests *t = *state;
	char addr[32];
	json_t *o;

	set(t->f, "web.tests_per_asker", "2");
	for (uint8_t i = 1; i <= 4; i++)
		list_open(t->f, target(i));
	for (unsigned i = 1; i <= 2; i++) {
		snprintf(addr, sizeof(addr), "198.18.1.%u", i);
		expect_ok(ask_test(t, addr, "retest", i == 1 ? ASKER : "203.0.113.250", ""));
	}
	o = ask_test(t, "198.18.1.3", "retest", ASKER, "");
	expect_error(o, "asker-limit", 75);
	assert_in_range(int_of(o, "retry_after"), 86300, 86400);
	o = guest_ask(t->web, "{'verb':'check','addr':'198.18.1.3','asker':'" ASKER "'}");
	assert_string_equal(text_of(json_object_get(o, "may"), "why"), "asker-limit");
	/* joining costs nothing, another network has its own */
	expect_ok(ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	expect_ok(ask_test(t, "198.18.1.3", "retest", OTHER, ""));
	pass(t->f, 86401);
	t->f->does = DOES_RELAY;
	list_open(t->f, target(4));
	expect_ok(ask_test(t, "198.18.1.4", "retest", ASKER, ""));
}

static void
caps_of_a_day_do_not_lock_owners_out(void **state)
{
	struct guests *t = *state;
	char more[160];
	json_t *o;

	set(t->f, "web.tests_per_day", "1");
	list_open(t->f, target(1));
	list_open(t->f, target(2));
	expect_ok(ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	o = ask_test(t, "198.18.1.2", "retest", OTHER, "");
	expect_error(o, "day-limit", 75);
	assert_true(int_of(o, "retry_after") > 0);
	snprintf(more, sizeof(more), ",'grant':'%s'", grant_of(t->f, target(2), PROOF_MAIL));
	expect_error(ask_test(t, "198.18.1.2", "probe", OTHER, more), "day-limit", 75);
	expect_ok(ask_test(t, "198.18.1.2", "retest", OTHER, more));
}

static void
operator_has_no_caps_and_needs_a_basis(void **state)
{
	struct guests *t = *state;

	set(t->f, "web.tests_per_day", "0");
	list_open(t->f, target(1));
	expect_error(ask_test(t, "198.18.1.1", "retest", ASKER, ""), "day-limit", 75);
	expect_ok(guest_ask(t->tool, "{'verb':'test','addr':'198.18.1.1','kind':'retest'}"));
	expect_error(guest_ask(t->tool, "{'verb':'test','addr':'198.18.3.3','kind':'probe'}"),
	    "no-basis", 77);
}

/* --- tickets --- */

static void
tickets_that_are_none(void **state)
{
	struct guests *t = *state;
	char good[TICKET_TEXT], bent[TICKET_TEXT], beyond[TICKET_TEXT];
	uint64_t run;

	list_open(t->f, target(1));
	ticket_of(good, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	assert_int_equal(ticket_run(&run, t->f->keep, str_of(good)), 0);
	for (size_t i = 0; i < strlen(good); i++) {
		memcpy(bent, good, sizeof(bent));
		bent[i] = bent[i] == 'a' ? 'b' : 'a';
		expect_error(show(t, bent, ""), "no-such-test", 65);
	}
	expect_error(show(t, "", ""), "no-such-test", 65);
	expect_error(show(t, "x y", ""), "no-such-test", 65);
	ticket_text(beyond, t->f->keep, run + 1000);	/* signed, but no such run */
	expect_error(show(t, beyond, ""), "no-such-test", 65);
	/* a grant is no ticket, although the same keys made it */
	expect_error(show(t, grant_of(t->f, target(1), PROOF_TXT), ""), "no-such-test", 65);
}

/* --- what a snapshot shows to whom --- */

static void
forms_are_for_some_only(void **state)
{
	static const char *const inside[] = { "form", "class", "forms_done", "forms_total", "steps" };
	struct guests *t = *state;
	char ticket[TICKET_TEXT], more[160];
	json_t *open, *all, *step;

	list_open(t->f, target(1));
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	pass(t->f, 600);
	open = json_deep_copy(show(t, ticket, ""));
	snprintf(more, sizeof(more), ",'grant':'%s'", grant_of(t->f, target(1), PROOF_TXT));
	all = show(t, ticket, more);
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		if (json_object_get(open, inside[i]) != NULL)
			fail_msg("%s is public", inside[i]);
		if (json_object_get(all, inside[i]) == NULL)
			fail_msg("%s is not shown to the owner", inside[i]);
	}
	assert_null(json_object_get(json_object_get(open, "verdict"), "why"));
	assert_null(json_object_get(json_object_get(open, "verdict"), "form"));
	assert_string_equal(text_of(json_object_get(all, "verdict"), "why"), "all-refused");
	assert_int_equal(int_of(json_object_get(open, "verdict"), "catalogue"), RELAYTEST_N);
	assert_true(json_is_null(json_object_get(json_object_get(open, "verdict"), "depth")));
	assert_string_equal(text_of(all, "role"), "owner");
	step = json_array_get(json_object_get(all, "steps"), 0);
	assert_string_equal(text_of(step, "form"), "P01");
	assert_string_equal(text_of(step, "class"), "plain");
	assert_string_equal(text_of(step, "finding"), "refused");
	assert_string_equal(text_of(step, "said"), "as scripted");
	assert_int_equal(int_of(step, "code"), 550);
	assert_int_equal(int_of(all, "forms_done"), int_of(all, "forms_total"));
	/* the operator sees it all, as somebody else */
	all = guest_ask(t->tool, "{'verb':'test-show','test':'%s'}", ticket);
	assert_string_equal(text_of(all, "role"), "operator");
	assert_false(json_is_true(json_object_get(all, "mine")));
	assert_non_null(json_object_get(all, "steps"));
	json_decref(open);
}

/* --- live --- */

static bool
state_was(const struct guest *g, const char *state)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(text_of(g->events[i], "state"), state) == 0)
			return true;
	return false;
}

static void
live_until_the_end(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];
	struct guest *g = t->web;

	list_open(t->f, target(1));
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	show(t, ticket, ",'follow':true");
	assert_null(g->done);
	assert_int_equal(g->n, 1);
	assert_string_equal(text_of(g->events[0], "event"), "state");
	assert_string_equal(text_of(g->events[0], "state"), "connecting");
	pass(t->f, 600);
	expect_ok(g->done);
	assert_string_equal(text_of(g->done, "state"), "done");
	assert_string_equal(text_of(g->events[g->n - 1], "state"), "done");
	assert_true(g->n < 60);
	/* nothing is left behind */
	assert_int_equal(g->done_id, g->id);
}

static void
waits_for_the_mailbox_then_for_the_deadline(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];
	struct guest *g = t->web;
	json_t *o;

	list_open(t->f, target(1));
	t->f->does = DOES_SINK;
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	pass(t->f, 1);
	o = show(t, ticket, ",'follow':true");
	o = g->events[0];
	assert_string_equal(text_of(o, "state"), "waiting");
	assert_string_equal(text_of(o, "why"), "mailbox");
	assert_in_range(int_of(o, "deadline") - keep_now(t->f->keep).s, 1, 5);
	assert_int_equal(int_of(o, "until"), int_of(o, "deadline"));
	pass(t->f, 300);
	o = g->events[g->n - 1];
	assert_string_equal(text_of(o, "why"), "deadline");
	assert_in_range(int_of(o, "deadline") - keep_now(t->f->keep).s,
	    VERDICT_DEADLINE_S - 300, VERDICT_DEADLINE_S);
	assert_true(json_is_true(json_object_get(json_object_get(o, "verdict"), "provisional")));
	assert_true(g->n < 40);
	pass(t->f, VERDICT_DEADLINE_S + 3600);
	expect_ok(g->done);
	assert_string_equal(text_of(g->done, "state"), "done");
	assert_string_equal(text_of(json_object_get(g->done, "verdict"), "verdict"), "accepts");
	assert_true(json_is_true(json_object_get(g->done, "removed")) ||
	    !json_is_true(json_object_get(g->done, "listed")));
}

static void
live_lines_are_not_too_many(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];
	struct guest *g = t->web;
	size_t n;

	list_open(t->f, target(1));
	t->f->does = DOES_NOTHING;
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	pass(t->f, 1);
	show(t, ticket, ",'follow':true");
	assert_string_equal(text_of(g->events[0], "state"), "connecting");
	n = g->n;
	for (size_t i = t->f->first; i < t->f->n_sent; i++)
		found(t->f, &t->f->sent[i], FIND_REFUSED, 550);
	loop_run(t->f->loop, (struct mono){ t->f->clock.mono.ms + 199 });
	assert_true(g->n <= n + 1);
	loop_run(t->f->loop, (struct mono){ t->f->clock.mono.ms + 2 });
	assert_true(state_was(g, "testing"));
	n = g->n;
	pass(t->f, 300);		/* nothing changes: nothing is said */
	assert_int_equal(g->n, n);
}

static void
followers_share_and_leave(void **state)
{
	struct guests *t = *state;
	struct guest *two = guest_tool(t->f);
	char ticket[TICKET_TEXT];

	list_open(t->f, target(1));
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	show(t, ticket, ",'follow':true");
	guest_ask(two, "{'verb':'test-show','test':'%s','follow':true}", ticket);
	assert_non_null(json_object_get(two->events[0], "forms_total"));
	assert_null(json_object_get(t->web->events[0], "forms_total"));
	guest_drop(t->web);
	pass(t->f, 600);
	assert_null(t->web->done);
	expect_ok(two->done);
	guest_free(two);
}

static void
place_in_the_queue_moves(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];
	json_t *o;

	t->f->control_broken = true;
	t->f->does = DOES_NOTHING;
	for (uint8_t i = 0; i < 6; i++)		/* a list is not waited for */
		assert_int_equal(nominate(t->f, target(20 + i), DEPTH_NORMAL), 0);
	for (uint8_t i = 1; i <= 3; i++) {
		struct addr a = target(i);

		assert_int_equal(nominate(t->f, a, DEPTH_NORMAL), 0);
		lanes_ask(t->f->keep, &a);
	}
	pass(t->f, 2);
	o = guest_ask(t->tool, "{'verb':'test','addr':'198.18.1.3','kind':'probe'}");
	ticket_of(ticket, o);
	assert_string_equal(text_of(o, "state"), "queued");
	assert_int_equal(int_of(o, "place"), 3);
	o = show(t, ticket, ",'follow':true");
	o = t->web->events[0];
	assert_int_equal(int_of(o, "place"), 3);
	assert_int_equal(int_of(o, "ahead"), 2);
	assert_string_equal(text_of(o, "why"), "control");
	for (uint8_t i = 1; i <= 2; i++) {	/* one leaves, then the other */
		struct addr a = target(i);
		struct run r;
		bool was = false;

		assert_int_equal(store_one(t->f->keep->store, Q_RUN_LIVE_BY_ADDR,
		    ARGS(ARG_A(a)), &r), 0);
		assert_int_equal(keep_write(t->f->keep), 0);
		assert_int_equal(keep_done(t->f->keep, pace_cancel(t->f->keep, r.id, &was)), 0);
		assert_true(was);
		pass(t->f, 3);
		o = t->web->events[t->web->n - 1];
		assert_int_equal(int_of(o, "place"), 3 - i);
	}
}

static void
grant_that_ends_while_a_page_is_open(void **state)
{
	struct guests *t = *state;
	struct addr a = target(1);
	struct wall until = { keep_now(t->f->keep).s + 120 };
	char ticket[TICKET_TEXT], grant[GRANT_TEXT], more[160];
	struct guest *g = t->web;

	list_open(t->f, a);
	grant_make(grant, t->f->keep, &a, PROOF_TXT, until);
	t->f->does = DOES_NOTHING;
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	pass(t->f, 1);
	snprintf(more, sizeof(more), ",'grant':'%s','follow':true", grant);
	show(t, ticket, more);
	assert_string_equal(text_of(g->events[0], "role"), "owner");
	pass(t->f, 121);
	assert_string_equal(text_of(g->events[g->n - 1], "role"), "public");
	assert_null(json_object_get(g->events[g->n - 1], "steps"));
}

/* --- cancel --- */

static void
cancel_before_the_connection(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];
	unsigned dials;
	json_t *o;

	list_open(t->f, target(1));
	dials = t->f->dials;
	t->f->slow_ask = true;
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	pass(t->f, 1);
	o = guest_ask(t->web, "{'verb':'test-cancel','test':'%s','asker':'" ASKER "'}", ticket);
	expect_ok(o);
	assert_string_equal(text_of(o, "state"), "cancelled");
	assert_true(json_is_null(json_object_get(o, "verdict")));
	assert_int_equal(t->f->halts, 1);
	/* a question that crossed the order to stop gets no grant */
	send_to(t->f->probe, MSG_ASK, &(struct msg_id){ t->f->order.order });
	pass(t->f, 30);
	assert_int_equal(t->f->dials, dials);
	assert_true(listed(t->f, target(1), NULL));
}

static void
cancel_in_the_session(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];
	struct guest *g = t->web, *tool = t->tool;
	size_t sent;

	list_open(t->f, target(1));
	t->f->does = DOES_NOTHING;
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	guest_ask(tool, "{'verb':'follow','target':'198.18.1.1'}");
	pass(t->f, 1);
	found(t->f, &t->f->sent[t->f->first], FIND_REFUSED, 550);
	pass(t->f, 1);
	sent = t->f->n_sent;
	expect_ok(guest_ask(g, "{'verb':'test-cancel','test':'%s','asker':'" ASKER "'}", ticket));
	assert_int_equal(t->f->halts, 1);
	assert_string_equal(text_of(tool->done, "verdict"), "inconclusive");
	pass(t->f, 300);
	assert_int_equal(t->f->n_sent, sent);	/* no further form */
	/* once more: it stays what it is */
	expect_ok(guest_ask(g, "{'verb':'test-cancel','test':'%s','asker':'" ASKER "'}", ticket));
	assert_string_equal(text_of(g->done, "state"), "cancelled");
	assert_int_equal(t->f->halts, 1);
}

/* Nobody gets out of a recheck by asking for a test and giving it up. */
static void
cancel_does_not_end_rechecks(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];
	struct listing l;

	list_open(t->f, target(1));
	t->f->does = DOES_NOTHING;
	pass(t->f, 3000);
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	pass(t->f, 900);		/* past the hour of the second proof */
	expect_ok(guest_ask(t->web, "{'verb':'test-cancel','test':'%s','asker':'" ASKER
	    "'}", ticket));
	pass(t->f, 2);			/* the recheck has taken its place */
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	assert_string_equal(text_of(show(t, ticket, ""), "kind"), "recheck");
	expect_error(guest_ask(t->web, "{'verb':'test-cancel','test':'%s','asker':'" ASKER
	    "','grant':'%s'}", ticket, grant_of(t->f, target(1), PROOF_TXT)), "not-yours", 77);
	t->f->does = DOES_RELAY;
	pass(t->f, 900);
	ended(t->f, FIND_CUT);		/* of the session that said nothing */
	pass(t->f, 60);
	assert_true(listed(t->f, target(1), &l));
	assert_int_equal(l.proofs, 2);
}

static void
who_may_cancel(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];

	list_open(t->f, target(1));
	t->f->does = DOES_NOTHING;
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	expect_error(guest_ask(t->web, "{'verb':'test-cancel','test':'%s','asker':'" OTHER
	    "'}", ticket), "not-yours", 77);
	expect_error(guest_ask(t->web, "{'verb':'test-cancel','test':'%s','asker':'198.18.1.1'}",
	    ticket), "not-yours", 77);	/* the address itself, not proved */
	expect_ok(guest_ask(t->web, "{'verb':'test-cancel','test':'%s','asker':'" OTHER
	    "','grant':'%s'}", ticket, grant_of(t->f, target(1), PROOF_SOURCE)));
	ticket_of(ticket, ask_test(t, "198.18.1.1", "retest", ASKER, ""));
	expect_ok(guest_ask(t->tool, "{'verb':'test-cancel','test':'%s'}", ticket));
}

/* A deeper test takes the place of another: that one's session is stopped. */
static void
replaced_run_is_halted(void **state)
{
	struct guests *t = *state;
	char ticket[TICKET_TEXT];

	t->f->does = DOES_NOTHING;
	assert_int_equal(nominate(t->f, target(1), DEPTH_GENTLE), 0);
	pass(t->f, 2);
	snprintf(ticket, sizeof(ticket), "%s", text_of(guest_ask(t->tool,
	    "{'verb':'test','addr':'198.18.1.1','kind':'probe'}"), "test"));
	assert_int_equal(nominate(t->f, target(1), DEPTH_FULL), 0);
	pass(t->f, 2);
	assert_int_equal(t->f->halts, 1);
	assert_string_equal(text_of(guest_ask(t->tool, "{'verb':'test-show','test':'%s'}",
	    ticket), "state"), "cancelled");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, guests_open, guests_close)
		T(every_refusal),
		T(retest_of_a_listing_is_anybodys),
		T(source_proof_is_not_the_whole_owner),
		T(opted_out_owner_may_retest),
		T(two_askers_join_one_run),
		T(ended_test_is_the_answer_for_a_while),
		T(unclean_test_is_the_answer_for_less),
		T(recheck_of_later_is_not_joined),
		T(caps_of_one_asker),
		T(caps_of_a_day_do_not_lock_owners_out),
		T(operator_has_no_caps_and_needs_a_basis),
		T(tickets_that_are_none),
		T(forms_are_for_some_only),
		T(live_until_the_end),
		T(waits_for_the_mailbox_then_for_the_deadline),
		T(live_lines_are_not_too_many),
		T(followers_share_and_leave),
		T(place_in_the_queue_moves),
		T(grant_that_ends_while_a_page_is_open),
		T(cancel_before_the_connection),
		T(cancel_in_the_session),
		T(cancel_does_not_end_rechecks),
		T(who_may_cancel),
		T(replaced_run_is_halted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
