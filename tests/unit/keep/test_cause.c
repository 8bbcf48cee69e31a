/* Why a server relays: found once at the verdict, kept, shown to whom it is for. */
#include "guest.h"
#include "keep/evidence.h"
#include "keep/grant.h"

#define ASKER "203.0.113.7"

static int
proved_open(void **state)
{
	int rc = guests_open(state);
	struct guests *p = *state;
	struct addr a = target(1);

	grant_make(p->grant, p->f->keep, &a, PROOF_MAIL,
	    (struct wall){ keep_now(p->f->keep).s + 30 * 86400 });
	return rc;
}

static json_t *
shown(struct guests *p)
{
	json_t *o = guest_ask(p->tool, "{'verb':'show','target':'198.18.1.1'}");

	expect_ok(o);
	return json_object_get(o, "verdict");
}

static size_t
last_event(struct guest *g, const char *name, json_t **last)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (strcmp(text_of(g->events[i], "event"), name) == 0) {
			n++;
			*last = g->events[i];
		}
	return n;
}

/* The prober of these tests stands at 198.18.0.1 (probe.from). */
static const struct {
	const char *name, *fields, *cause, *second, *mta, *client, *fix;
	int sure;
} cases[] = {
	{ "a gateway in front",
	    "Received: from probe.example (unknown [172.22.1.1])\r\n"
	    "\tby mx.example (Postfix) with ESMTP id 2; Sun, 22 Nov 2026 22:06:35 +0000\r\n",
	    "client-address-lost", "", "postfix", "172.22.1.1",
	    "client-address-lost-postfix", 1 },
	{ "it saw us",
	    "Received: from probe.example ([198.18.0.1])\r\n"
	    "\tby mx.example with esmtp (Exim 4.96) id 2; Sun, 22 Nov 2026 22:06:35 +0000\r\n",
	    "trusted-v4", "wildcard-domain", "exim", "198.18.0.1", "trusted-v4-exim", 0 },
	{ "no line", NULL, "undetermined", "unconditional", "other", "", "undetermined-other", 0 },
};

static void
causes_are_stored_and_shown(void **state)
{
	struct guests *p = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *v, *fix;

		p->f->fields = cases[i].fields;
		guests_list(p->f, target(1));
		v = shown(p);
		fix = json_array_get(json_object_get(v, "fix"), 0);
		if (strcmp(text_of(v, "cause"), cases[i].cause) != 0 ||
		    strcmp(text_of(v, "cause_second"), cases[i].second) != 0 ||
		    strcmp(text_of(v, "mta"), cases[i].mta) != 0 ||
		    strcmp(text_of(v, "seen_client"), cases[i].client) != 0 ||
		    json_is_true(json_object_get(v, "cause_sure")) != (cases[i].sure != 0) ||
		    fix == NULL || strcmp(json_string_value(fix), cases[i].fix) != 0)
			fail_msg("%s: got %s", cases[i].name, json_dumps(v, JSON_COMPACT));
		assert_string_equal(text_of(v, "cause_form"), "P01");
		pass(p->f, 86400);
	}
}

static void
a_closed_one_has_none(void **state)
{
	struct guests *p = *state;
	json_t *v;

	guests_list(p->f, target(1));
	assert_true(json_object_get(shown(p), "cause") != NULL);
	p->f->does = DOES_REFUSE;
	guest_ask(p->tool, "{'verb':'retest','target':'198.18.1.1','reason':'fixed'}");
	pass(p->f, 3600);
	v = shown(p);
	assert_string_equal(text_of(v, "verdict"), "closed");
	assert_null(json_object_get(v, "cause"));
	assert_null(json_object_get(v, "fix"));
}

/* Visitors see none of it; the operator's evidence has it. */
static void
only_those_inside_see_it(void **state)
{
	struct guests *p = *state;
	json_t *ev = NULL;
	char *text;

	p->f->fields = cases[0].fields;
	guests_list(p->f, target(1));
	guest_ask(p->tool, "{'verb':'evidence','addr':'198.18.1.1'}");
	pass(p->f, 2);
	assert_true(last_event(p->tool, "verdict", &ev) > 0);
	assert_string_equal(text_of(ev, "cause"), "client-address-lost");
	assert_string_equal(text_of(ev, "seen_helo"), "probe.example");
	guest_ask(p->web, "{'verb':'check','addr':'198.18.1.1','asker':'" ASKER "'}");
	pass(p->f, 2);
	text = json_dumps(p->web->done, JSON_COMPACT);
	assert_non_null(text);
	assert_null(strstr(text, "client-address-lost"));
	assert_null(strstr(text, "172.22.1.1"));
	free(text);
	guest_ask(p->web, "{'verb':'check','addr':'198.18.1.1','asker':'" ASKER "',"
	    "'grant':'%s'}", p->grant);
	ev = json_object_get(p->web->done, "verdict");
	assert_string_equal(text_of(ev, "cause"), "client-address-lost");
	assert_string_equal(text_of(ev, "seen_client"), "172.22.1.1");
	assert_string_equal(text_of(ev, "form"), "P01");
	assert_string_equal(json_string_value(json_array_get(json_object_get(ev, "fix"), 0)),
	    "client-address-lost-postfix");
}

/* However far the test went: each verdict says it, by the same members. */
static void
expect_coverage(const json_t *v, const char *depth)
{
	const json_t *is = json_object_get(v, "depth");

	assert_int_equal(int_of(v, "catalogue"), RELAYTEST_N);
	assert_true(json_is_integer(json_object_get(v, "total")));
	if (depth == NULL)
		assert_true(json_is_null(is));
	else
		assert_string_equal(json_string_value(is), depth);
}

static void
every_verdict_has_its_coverage(void **state)
{
	struct guests *p = *state;
	json_t *ev = NULL;

	guest_ask(p->tool, "{'verb':'nominate','target':'198.18.1.1','basis':'authority',"
	    "'reason':'r','depth':'full','follow':true,'all':true}");
	pass(p->f, 3600);
	expect_coverage(p->tool->done, "full");
	assert_true(last_event(p->tool, "verdict", &ev) > 0);
	expect_coverage(ev, "full");
	expect_coverage(shown(p), "full");
	guest_ask(p->web, "{'verb':'check','addr':'198.18.1.1','asker':'" ASKER "',"
	    "'grant':'%s'}", p->grant);
	expect_coverage(json_object_get(p->web->done, "verdict"), "full");
	guest_ask(p->web, "{'verb':'evidence','addr':'198.18.1.1','asker':'" ASKER "',"
	    "'grant':'%s'}", p->grant);
	pass(p->f, 2);
	assert_true(last_event(p->web, "verdict", &ev) > 0);
	expect_coverage(ev, "full");
	guest_ask(p->tool, "{'verb':'retest','target':'198.18.1.1','reason':'fixed','follow':true}");
	pass(p->f, 3600);
	expect_coverage(p->tool->done, NULL);
	expect_coverage(shown(p), NULL);
}

/* What was found stays when the mail that showed it is erased. */
static void
it_outlives_the_mail(void **state)
{
	struct guests *p = *state;
	struct addr a = target(1);
	struct receipt r;

	p->f->fields = cases[0].fields;
	guests_list(p->f, a);
	assert_int_equal(store_one(p->f->keep->store, Q_RECEIPT_PROOFS,
	    ARGS(ARG_A(a), ARG_I(1)), &r), 0);
	assert_int_equal(keep_write(p->f->keep), 0);
	assert_int_equal(keep_done(p->f->keep, evidence_erase(p->f->keep, &r.mail)), 0);
	store_forget(p->f->keep->store);
	assert_string_equal(text_of(shown(p), "cause"), "client-address-lost");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, proved_open, guests_close)
		T(causes_are_stored_and_shown),
		T(a_closed_one_has_none),
		T(only_those_inside_see_it),
		T(it_outlives_the_mail),
		T(every_verdict_has_its_coverage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
