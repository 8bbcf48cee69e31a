/* Gates as requests: of the operator's tools, and of owners over the web. */
#include "guest.h"
#include "keep/gate_json.h"
#include "keep/gate_run.h"
#include "keep/gate_view.h"
#include "keep/grant.h"

#define ASKER "203.0.113.7"
#define OWNER(more) "'addr':'198.18.1.1','asker':'" ASKER "','grant':'%s'" more

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
show(struct guest *g, const char *gate, const char *grant)
{
	return guest_ask(g, "{'verb':'gate-show','gate':'%s','asker':'" ASKER "','grant':'%s'}",
	    gate, grant);
}

static void
name_of(char out[GATE_ID], const json_t *o)
{
	expect_ok(o);
	assert_int_equal(strlen(text_of(o, "gate")), GATE_ID - 1);
	snprintf(out, GATE_ID, "%s", text_of(o, "gate"));
}

/* --- over the web --- */

static void
every_refusal(void **state)
{
	static const struct { const char *name, *request, *tag; int exit; } cases[] = {
		{ "a stranger", "{'verb':'gate-start','addr':'198.18.1.1','asker':'" ASKER "'}",
		    "owner-not-proved", 77 },
		{ "from the address, but not proved",
		    "{'verb':'gate-start','addr':'198.18.1.1','asker':'198.18.1.1'}",
		    "owner-not-proved", 77 },
		{ "a grant for another", "{'verb':'gate-start','addr':'198.18.1.2','asker':'" ASKER
		    "','grant':'%s'}", "owner-not-proved", 77 },
		{ "nobody to ask for", "{'verb':'gate-start','addr':'198.18.1.1'}", "bad-request", 64 },
		{ "a depth that is none", "{'verb':'gate-start'," OWNER(",'depth':'deep'}"),
		    "bad-depth", 64 },
		{ "a port that is none", "{'verb':'gate-start'," OWNER(",'port':0}"), "bad-port", 64 },
		{ "more rounds than can be", "{'verb':'gate-start'," OWNER(",'for_s':86400,'every_s':1}"),
		    "gate-rounds", 64 },
		{ "a gate that is none", "{'verb':'gate-show','gate':'aaaa','asker':'" ASKER "'}",
		    "no-such-gate", 65 },
		{ "no gate", "{'verb':'gate-cancel','asker':'" ASKER "'}", "no-such-gate", 65 },
		{ "the tools' request", "{'verb':'gate','target':'198.18.1.1','asker':'" ASKER "'}",
		    "operator-only", 77 },
	};
	struct guests *t = *state;
	const char *grant = grant_of(t->f, target(1), PROOF_TXT);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = strstr(cases[i].request, "%s");
		int head = at == NULL ? (int)strlen(cases[i].request) : (int)(at - cases[i].request);

		printf("# %s\n", cases[i].name);
		expect_error(guest_ask(t->web, "%.*s%s%s", head, cases[i].request,
		    at == NULL ? "" : grant, at == NULL ? "" : at + 2), cases[i].tag, cases[i].exit);
	}
	assert_int_equal(t->f->dials, 0);
	assert_int_equal(t->f->keep->gates->n, 0);
}

/* A key opens evidence, but a gate is the owner's. */
static void
not_a_csirts(void **state)
{
	struct guests *t = *state;

	snprintf(t->key, sizeof(t->key), "%s", text_of(guest_ask(t->tool,
	    "{'verb':'key-add','name':'CSIRT'}"), "key"));
	(void)grant_of(t->f, target(1), PROOF_TXT);
	expect_error(guest_ask(t->web, "{'verb':'gate-start','addr':'198.18.1.1','asker':'" ASKER
	    "','key':'%s'}", t->key), "owner-not-proved", 77);
}

static void
an_owners_gate(void **state)
{
	struct guests *t = *state;
	char gate[GATE_ID];
	const char *grant;
	json_t *o;

	t->f->does = DOES_REFUSE;
	grant = grant_of(t->f, target(1), PROOF_TXT);
	o = guest_ask(t->web, "{'verb':'gate-start'," OWNER(",'for_s':120,'every_s':30,"
	    "'depth':'gentle','note':'change 4711'}"), grant);
	name_of(gate, o);
	assert_string_equal(text_of(o, "state"), "running");
	assert_string_equal(text_of(o, "role"), "owner");
	assert_true(json_is_null(json_object_get(o, "result")));
	assert_int_equal(int_of(json_object_get(o, "plan"), "rounds"), 5);
	expect_error(guest_ask(t->web, "{'verb':'gate-start'," OWNER("}"), grant), "gate-busy", 75);
	pass(t->f, 45);
	o = show(t->web, gate, grant);
	expect_ok(o);
	assert_int_equal(int_of(o, "closed"), 2);
	assert_string_equal(text_of(o, "result"), "closed");
	/* it opens: listed, as by any test */
	t->f->does = DOES_RELAY;
	pass(t->f, 30);
	o = show(t->web, gate, grant);
	assert_string_equal(text_of(o, "result"), "open");
	assert_string_equal(text_of(json_object_get(o, "first"), "form"), "P01");
	assert_true(int_of(o, "closed_before") > 0);
	assert_true(listed(t->f, target(1), NULL));
	/* it closes: cleared, as by any test */
	t->f->does = DOES_REFUSE;
	pass(t->f, 300);
	o = show(t->web, gate, grant);
	assert_string_equal(text_of(o, "state"), "done");
	assert_true(int_of(o, "closed_after") > int_of(json_object_get(o, "last"), "taken"));
	assert_int_equal(json_array_size(json_object_get(o, "spans")), 3);
	assert_false(json_is_true(json_object_get(o, "cut")));
	assert_false(listed(t->f, target(1), NULL));
}

/* Who only has the name of a gate learns no form and no banner, and ends nothing. */
static void
strangers(void **state)
{
	struct guests *t = *state;
	char gate[GATE_ID];
	const char *grant = grant_of(t->f, target(1), PROOF_TXT);
	json_t *o;

	t->f->does = DOES_REFUSE;
	name_of(gate, guest_ask(t->web, "{'verb':'gate-start'," OWNER(",'depth':'gentle'}"), grant));
	pass(t->f, 45);
	o = show(t->web, gate, "");
	expect_ok(o);
	assert_string_equal(text_of(o, "role"), "public");
	assert_int_equal(json_object_size(o), 5);	/* gate, addr, state, role, exit */
	expect_error(guest_ask(t->web, "{'verb':'gate-cancel','gate':'%s','asker':'" ASKER "'}",
	    gate), "not-yours", 77);
	assert_string_equal(text_of(show(t->web, gate, grant), "state"), "running");
	o = guest_ask(t->web, "{'verb':'gate-cancel','gate':'%s','asker':'" ASKER "','grant':'%s'}",
	    gate, grant);
	expect_ok(o);
	assert_string_equal(text_of(o, "state"), "cancelled");
	assert_int_equal(int_of(o, "closed"), 2);
	/* the place is free again */
	expect_ok(guest_ask(t->web, "{'verb':'gate-start'," OWNER(",'depth':'gentle'}"), grant));
}

/* A NAT may share the source address: as deep as a test by it, no deeper. */
static void
proved_by_source(void **state)
{
	struct guests *t = *state;
	const char *grant;

	t->f->does = DOES_REFUSE;
	set(t->f, "lab.range", "10.0.0.0/8");	/* keeps the depth of an owner's server */
	grant = grant_of(t->f, addr_v4(10, 1, 1, 1), PROOF_SOURCE);
	expect_error(guest_ask(t->web, "{'verb':'gate-start','addr':'10.1.1.1','asker':'" ASKER
	    "','grant':'%s','port':2525}", grant), "too-deep", 77);
	expect_error(guest_ask(t->web, "{'verb':'gate-start','addr':'10.1.1.1','asker':'" ASKER
	    "','grant':'%s','depth':'gentle','every_s':30}", grant), "gate-every", 64);
	assert_int_equal(int_of(json_object_get(t->web->done, "plan"), "least_s"), 33);
	expect_ok(guest_ask(t->web, "{'verb':'gate-start','addr':'10.1.1.1','asker':'" ASKER
	    "','grant':'%s','depth':'gentle'}", grant));
}

/* It counts as a test of that network. */
static void
caps(void **state)
{
	struct guests *t = *state;
	const char *grant = grant_of(t->f, target(1), PROOF_TXT);
	char gate[GATE_ID];
	json_t *o;

	t->f->does = DOES_REFUSE;
	for (unsigned i = 0; i < t->f->keep->conf->tests_per_asker; i++) {
		o = guest_ask(t->web, "{'verb':'gate-start'," OWNER(",'for_s':0,'depth':'gentle'}"), grant);
		name_of(gate, o);
		pass(t->f, 60);
	}
	o = guest_ask(t->web, "{'verb':'gate-start'," OWNER(",'for_s':0}"), grant);
	expect_error(o, "asker-limit", 75);
	assert_true(int_of(o, "retry_after") > 0);
}

/* Whatever a server says, the view fits one message. */
static void
hostile_texts(void **state)
{
	struct guests *t = *state;
	const char *grant = grant_of(t->f, target(1), PROOF_TXT);
	struct gate_run *g;
	char gate[GATE_ID];
	json_t *o;

	t->f->does = DOES_REFUSE;
	name_of(gate, guest_ask(t->web, "{'verb':'gate-start'," OWNER(",'depth':'gentle'}"), grant));
	pass(t->f, 45);
	g = gate_run_find(t->f->keep, str_of(gate));
	for (size_t i = 0; i < GATE_CHANGES; i++) {
		struct gate_change *c = &g->gate->change[g->gate->changes++];

		*c = (struct gate_change){ .what = { .kind = GATE_BANNER, .port = (uint16_t)i } };
		memset(c->was, '\\', sizeof(c->was) - 1);
		memset(c->is, '"', sizeof(c->is) - 1);
	}
	for (size_t i = 0; i < GATE_SPANS - 8; i++)
		g->gate->span[g->gate->spans++] = g->gate->span[0];
	o = show(t->web, gate, grant);
	expect_ok(o);		/* not "too-large" */
	assert_true(json_is_true(json_object_get(o, "cut")));
	assert_true(json_array_size(json_object_get(o, "spans")) > 10);
	assert_true(json_array_size(json_object_get(o, "changes")) > 0);
}

/* --- the operator's tools --- */

static size_t
count(const struct guest *g, const char *event)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += strcmp(text_of(g->events[i], "event"), event) == 0;
	return n;
}

static void
a_tools_gate(void **state)
{
	struct guests *t = *state;

	t->f->does = DOES_REFUSE;
	assert_null(guest_ask(t->tool, "{'verb':'gate','target':'198.18.1.1','basis':'owner',"
	    "'reason':'4711','for_s':60,'every_s':30,'depth':'gentle'}"));
	assert_int_equal(count(t->tool, "gate-plan"), 1);
	pass(t->f, 200);
	assert_non_null(t->tool->done);
	assert_int_equal(int_of(t->tool->done, "exit"), 0);
	assert_int_equal(count(t->tool, "gate-round"), 3);
	assert_int_equal(count(t->tool, "gate-span"), 1);
	assert_int_equal(count(t->tool, "gate-end"), 1);
	assert_true(count(t->tool, "gate-fact") > 3);
	assert_int_equal(t->f->keep->gates->n, 0);	/* it went with its request */
}

static void
a_tool_that_goes(void **state)
{
	struct guests *t = *state;
	unsigned dials;

	t->f->does = DOES_REFUSE;
	assert_null(guest_ask(t->tool, "{'verb':'gate','target':'198.18.1.1','basis':'owner',"
	    "'reason':'4711','every_s':30,'depth':'gentle'}"));
	pass(t->f, 45);
	guest_drop(t->tool);
	dials = t->f->dials;
	pass(t->f, 600);
	assert_int_equal(t->f->dials, dials);
	assert_int_equal(t->f->keep->gates->n, 0);
}

static void
a_tool_that_cancels(void **state)
{
	struct guests *t = *state;
	struct guest *other = guest_tool(t->f);
	char gate[GATE_ID];

	t->f->does = DOES_RELAY;
	assert_null(guest_ask(t->tool, "{'verb':'gate','target':'198.18.1.1','basis':'owner',"
	    "'reason':'4711','every_s':30,'depth':'gentle'}"));
	snprintf(gate, sizeof(gate), "%s", text_of(t->tool->events[0], "gate"));
	pass(t->f, 45);
	expect_ok(guest_ask(other, "{'verb':'gate-cancel','gate':'%s'}", gate));
	assert_string_equal(text_of(other->done, "state"), "cancelled");
	pass(t->f, 0);
	assert_non_null(t->tool->done);
	assert_int_equal(int_of(t->tool->done, "exit"), 1);
	guest_free(other);
}

static void
refused_tools(void **state)
{
	static const struct { const char *request, *tag; int exit; } cases[] = {
		{ "{'verb':'gate','target':'198.18.1.1','basis':'authority','reason':'x'}", "gate-owner", 64 },
		{ "{'verb':'gate','target':'198.18.1.1','basis':'owner'}", "no-reason", 64 },
		{ "{'verb':'gate','target':'192.0.2.1','basis':'owner','reason':'x'}", "special-use", 77 },
		{ "{'verb':'gate','target':'11.0.0.1','basis':'owner','reason':'x'}", "public-off", 77 },
		{ "{'verb':'gate','target':'198.18.0.25','basis':'owner','reason':'x'}", "own-receiver", 77 },
		{ "{'verb':'gate','target':'a/b','basis':'owner','reason':'x'}", "bad-target", 64 },
		{ "{'verb':'gate-cancel','gate':'none'}", "no-such-gate", 65 },
	};
	struct guests *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_error(guest_ask(t->tool, "%s", cases[i].request), cases[i].tag, cases[i].exit);
	assert_int_equal(t->f->keep->gates->n, 0);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, guests_open, guests_close)
	const struct CMUnitTest tests[] = {
		CASE(every_refusal), CASE(not_a_csirts), CASE(an_owners_gate), CASE(strangers),
		CASE(proved_by_source), CASE(caps), CASE(hostile_texts), CASE(a_tools_gate),
		CASE(a_tool_that_goes), CASE(a_tool_that_cancels), CASE(refused_tools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
