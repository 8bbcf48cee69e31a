/* The start-up checklist: who opens public probing, and what closes it. */
#include "doctor_bench.h"

static void
a_pass_opens_and_nothing_else_does(void **state)
{
	struct bench *b = *state;

	expect_public(b, "public-unchecked");
	expect_status(b, false, "public-unchecked", "never");
	pass_checklist(b);
	expect_public(b, "");
	expect_status(b, true, "", "passed");
	reopen(b, "probe.sessions", "7");	/* nothing that the checklist looks at */
	expect_public(b, "");
	reopen(b, "probe.public", "false");
	expect_public(b, "public-off");
	expect_status(b, false, "public-off", "passed");
	reopen(b, "probe.public", "true");
	expect_public(b, "");
}

static struct conf *
conf_copy(const struct conf *c)
{
	static char text[CONF_TEXT_MAX];
	struct wbuf w = wbuf_of(text, sizeof(text));
	struct conf_why why;
	struct conf *out;

	assert_int_equal(conf_to_text(&w, c), 0);
	assert_int_equal(conf_from_text(&out, (struct str){ text, w.len }, &why), 0);
	return out;
}

static void
what_the_checklist_looks_at_closes_when_it_changes(void **state)
{
	static const struct { const char *key, *value; } cases[] = {
		{ "dns.zone", "list.example" }, { "dns.ns", "ns2.bl.example" },
		{ "dns.listen", "127.0.0.1:5301" }, { "web.listen", "127.0.0.1:81" }, { "web.url", "https://other.example/" },
		{ "probe.domain", "other.example" }, { "probe.domain2", "third.example" },
		{ "probe.helo", "relaytest.example" }, { "probe.from", "198.18.0.3" },
		{ "probe.from6", "fd00:18::3" }, { "probe.resolver", "127.0.0.53" },
		{ "probe.canary", "198.18.1.99" }, { "operator.name", "Another" },
		{ "operator.contact", "abuse@probe.example" },
		{ "receive.listen", "198.18.0.26:25" }, { "lab.range", "10.0.0.0/8" },
	};
	struct bench *b = *state;

	struct conf *was = b->f->conf;
	struct addr a = public_addr();

	pass_checklist(b);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		close_keeper(b);
		b->f->conf = conf_copy(was);
		set(b->f, cases[i].key, cases[i].value);
		open_keeper(b);
		if (permit_never(b->f->keep, &a) == NULL)
			fail_msg("%s: still open", cases[i].key);
		expect_status(b, false, "public-unchecked", "changed");
		close_keeper(b);
		conf_free(b->f->conf);
		b->f->conf = was;
		open_keeper(b);
		expect_public(b, "");
	}
}

static void
a_pass_ends(void **state)
{
	struct bench *b = *state;

	pass_checklist(b);
	pass(b->f, DOCTOR_PASS_S - HOUR);
	expect_public(b, "");
	pass(b->f, HOUR + 1);
	expect_public(b, "public-unchecked");
	expect_status(b, false, "public-unchecked", "over");
	b->f->clock.wall.s -= 40 * DAY;		/* a clock that was set back helps nobody */
	expect_public(b, "public-unchecked");
	b->f->clock.wall.s += 40 * DAY;
	pass_checklist(b);
	expect_public(b, "");
}

static void
a_run_that_fails_closes(void **state)
{
	static const char *const states[] = { "failed", "not-shown", "skipped", "perhaps", NULL };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const json_t *done;

		pass_checklist(b);
		expect_public(b, "");
		done = ask(b, report_but(b, "fcrdns", states[i]), 1);
		assert_false(is_pass(done));
		assert_int_equal(json_array_size(json_object_get(done, "missing")), 1);
		assert_string_equal(json_string_value(json_array_get(
		    json_object_get(done, "missing"), 0)), "fcrdns");
		expect_public(b, "public-unchecked");
		expect_status(b, false, "public-unchecked", "failed");
	}
	reopen(b, "probe.sessions", "7");	/* and it is remembered */
	expect_public(b, "public-unchecked");
}

/* Every required check alone keeps it closed, no advice does. */
static void
every_required_check_is_needed(void **state)
{
	struct bench *b = *state;

	for (enum check c = 0; c < CHECK_N; c++) {
		const json_t *done;

		pass_checklist(b);
		done = ask(b, report_but(b, checklist[c].tag, NULL), 1);
		if (is_pass(done) == checklist[c].required)
			fail_msg("%s: pass %d", checklist[c].tag, is_pass(done));
		done = ask(b, report_but(b, checklist[c].tag, "failed"), 1);
		if (is_pass(done) == checklist[c].required)
			fail_msg("%s failed: pass %d", checklist[c].tag, is_pass(done));
		expect_public(b, checklist[c].required ? "public-unchecked" : "");
	}
}

static void
reports_that_are_none(void **state)
{
	struct bench *b = *state;
	json_t *twice = report_but(b, NULL, NULL), *strange = report_but(b, NULL, NULL);
	json_t *results = json_object_get(twice, "results");

	assert_true(is_true(ask_verb(b, "doctor-control"), "ok"));
	json_array_append_new(results, json_pack("{ss ss}", "check", "mx", "state", "failed"));
	assert_false(is_pass(ask(b, twice, 1)));	/* ok and failed is failed */
	results = json_object_get(strange, "results");
	json_array_append_new(results, json_string("mx"));
	json_array_append_new(results, json_pack("{si}", "check", 7));
	json_array_append_new(results, json_pack("{ss ss s[is{}s]}", "check", "web",
	    "state", "ok", "why", 1, "x y=z\n", "an-overlong-tag-that-is-left-out-of-it"));
	json_array_append_new(results, json_pack("{ss ss}", "check", "of-tomorrow", "state", "failed"));
	assert_true(is_pass(ask(b, strange, 1)));
	assert_string_equal(text_at(ask(b, json_pack("{ss ss ss}", "verb", "doctor-result",
	    "conf", doctor_conf(b->f->keep), "results", "ok"), 1), "error"), "bad-request");
	assert_string_equal(text_at(ask(b, json_pack("{ss s[]}", "verb", "doctor-result",
	    "results"), 1), "error"), "conf-changed");
	expect_public(b, "");	/* those were no runs */
	assert_false(is_pass(ask(b, json_pack("{ss ss s[]}", "verb", "doctor-result",
	    "conf", doctor_conf(b->f->keep), "results"), 1)));
	expect_public(b, "public-unchecked");
}

/* The tool may say what it likes of the letter: keeper knows. */
static void
only_a_letter_that_came_back_speaks_for_itself(void **state)
{
	struct bench *b = *state;
	const json_t *done = ask(b, report_but(b, NULL, NULL), 1);

	assert_false(is_pass(done));	/* nobody asked for one */
	assert_int_equal(json_array_size(json_object_get(done, "missing")), 2);
	b->f->control_broken = true;
	done = ask(b, json_pack("{ss}", "verb", "doctor-control"), 330);
	assert_true(is_false(done, "ok"));
	assert_string_equal(text_at(done, "why"), "letter-lost");
	assert_false(is_pass(ask(b, report_but(b, NULL, NULL), 1)));
	b->f->control_broken = false;
	done = ask_verb(b, "doctor-control");
	assert_true(is_true(done, "ok"));
	pass(b->f, DOCTOR_FRESH_S + 1);		/* too long ago */
	assert_false(is_pass(ask(b, report_but(b, NULL, NULL), 1)));
	expect_public(b, "public-unchecked");
}

static void
a_letter_to_ourselves_shows_no_way_out(void **state)
{
	struct bench *b = *state;
	const json_t *done;

	reopen(b, "probe.canary", "");
	done = ask_verb(b, "doctor-control");
	assert_true(is_true(done, "ok"));
	assert_true(is_false(done, "canary"));
	assert_true(is_false(done, "outside"));
	assert_string_equal(text_at(done, "mx"), "198.18.0.25");
	done = ask(b, report_but(b, NULL, NULL), 1);
	assert_false(is_pass(done));
	assert_string_equal(json_string_value(json_array_get(
	    json_object_get(done, "missing"), 0)), "port25");
}

static void
a_canary_brings_its_clock_along(void **state)
{
	static const struct { const char *line; bool dated; int64_t ahead; } cases[] = {
		{ "Received: from x by y; Wed, 18 Nov 2026 11:06:40 +0000", true, 0 },
		{ "Received: from x by y; Thu, 18 Nov 2026 21:06:40 +0900", true, 3600 },
		{ "Received: from x by y; some day", false, 0 },
		{ "X-Received: by y; Wed, 18 Nov 2026 11:06:40 +0000", false, 0 },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const json_t *done;
		int64_t ahead;

		b->f->clock.wall.s = START_S;	/* 2026-11-18T11:06:40Z */
		b->f->received = cases[i].line;
		done = ask_verb(b, "doctor-control");
		assert_true(is_true(done, "canary"));
		ahead = (int64_t)json_integer_value(json_object_get(done, "ahead_s"));
		if ((json_object_get(done, "ahead_s") != NULL) != cases[i].dated ||
		    ahead > cases[i].ahead || ahead < cases[i].ahead - 20)
			fail_msg("%s: %lld", cases[i].line, (long long)ahead);
	}
}

static void
a_client_that_goes_waits_no_more(void **state)
{
	struct bench *b = *state;

	send_request(b, json_pack("{ss}", "verb", "doctor-control"));
	pass(b->f, 0);
	channel_free(b->client);
	b->client = NULL;
	pass(b->f, 400);
}

static void
without_a_prober_the_letter_is_given_up(void **state)
{
	struct bench *b = *state;

	channel_free(b->f->probe);
	b->f->probe = NULL;
	pass(b->f, 1);
	ask(b, json_pack("{ss}", "verb", "doctor-control"), 400);
	assert_string_equal(text_at(b->done, "why"), "no-prober");
	assert_true(is_false(b->done, "ok"));
}

/* A fresh letter is sent although an older one still holds, and its failure
 * counts. */
static void
a_control_for_the_checklist_is_a_new_one(void **state)
{
	struct bench *b = *state;
	unsigned before;

	assert_true(is_true(ask_verb(b, "doctor-control"), "ok"));
	before = b->f->dials;
	assert_true(is_true(ask_verb(b, "doctor-control"), "ok"));
	assert_int_equal(b->f->dials, before + 2);	/* and the canary's */
	b->f->control_broken = true;
	ask(b, json_pack("{ss}", "verb", "doctor-control"), 330);
	assert_true(is_false(ask_verb(b, "status"), "control"));
}

static void
facts_are_the_configuration_in_force(void **state)
{
	struct bench *b = *state;
	const json_t *facts = ask_verb(b, "doctor-facts");

	assert_string_equal(text_at(facts, "domain"), "probe.example");
	assert_string_equal(text_at(facts, "from"), "198.18.0.1");
	assert_string_equal(text_at(facts, "from6"), "");
	assert_string_equal(text_at(facts, "canary"), "198.18.1.10");
	assert_string_equal(text_at(facts, "conf"), doctor_conf(b->f->keep));
	assert_string_equal(json_string_value(json_array_get(
	    json_object_get(facts, "smtp"), 0)), "198.18.0.25:25");
	assert_string_equal(json_string_value(json_array_get(
	    json_object_get(facts, "lab"), 0)), "198.18.0.0/15");
	assert_true(json_integer_value(json_object_get(facts, "free")) > 0);
	assert_true(json_integer_value(json_object_get(facts, "files")) > 0);
	assert_int_equal(json_integer_value(json_object_get(facts, "exit")), 0);
}

/* Property: whatever the address, its bases and the purpose, nothing outside
 * the laboratory is permitted without a pass; with one it needs its basis. */
static void
no_public_address_without_a_pass(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 3000; i++) {
		enum run_kind kind = RUN_PROBE + (enum run_kind)(i % 3);
		struct permit p;
		struct addr a;

		rand_fill(&b->f->rand, &a, sizeof(a));
		if (i % 2 == 0)
			memcpy(a.o, addr_v4(0, 0, 0, 0).o, 12);
		if (i < 300) {		/* a basis in the store does not help */
			struct nominee row = { .addr = a, .basis = BASIS_OWNER,
				.made = keep_now(b->f->keep),
				.until = { keep_now(b->f->keep).s + DAY } };

			assert_int_equal(keep_write(b->f->keep), 0);
			assert_int_equal(keep_done(b->f->keep, store_put(
			    b->f->keep->store, &nominee_shape, &row)), 0);
		}
		permit_check(&p, b->f->keep, &a, kind);
		if (p.ok && !permit_lab(b->f->conf, &a))
			fail_msg("permitted without a pass");
	}
}

static unsigned public_dials;

static void
count_public(struct fixture *f, const struct addr *a)
{
	public_dials += !permit_lab(f->conf, a);
}

/* The whole keeper on a public address: nobody is connected to before the
 * pass, and no more after it was revoked. */
static void
nothing_is_dialled_before_and_after(void **state)
{
	struct bench *b = *state;
	struct addr a = public_addr();
	struct verdict_row v;
	json_t *request = json_pack("{ss ss ss ss}", "verb", "nominate", "target",
	    "198.20.0.50", "basis", "authority", "reason", "test");

	public_dials = 0;
	b->f->on_dial = count_public;
	b->f->does = DOES_DEFER;
	assert_string_equal(text_at(ask(b, json_incref(request), 5), "error"), "public-unchecked");
	assert_int_equal(public_dials, 0);
	pass_checklist(b);
	assert_int_equal(json_integer_value(json_object_get(ask(b, request, 30), "exit")), 0);
	assert_int_equal(public_dials, 1);
	assert_false(is_pass(ask(b, report_but(b, "mx", "failed"), 1)));
	pass(b->f, 2 * DAY);
	assert_int_equal(public_dials, 1);
	assert_int_equal(verdict(b->f, a, &v), VERDICT_UNTESTED);
	assert_string_equal(v.why.p, "public-unchecked");
}

/* A listing is looked at again once the checklist passes again. */
static void
rechecks_wait_for_the_next_pass(void **state)
{
	struct bench *b = *state;
	struct addr a = public_addr();

	public_dials = 0;
	b->f->on_dial = count_public;
	pass_checklist(b);
	b->f->does = DOES_RELAY;
	ask(b, json_pack("{ss ss ss ss}", "verb", "nominate", "target", "198.20.0.50",
	    "basis", "authority", "reason", "test"), 2 * HOUR);
	assert_true(listed(b->f, a, NULL));
	assert_false(is_pass(ask(b, report_but(b, "mx", "failed"), 1)));
	public_dials = 0;
	pass(b->f, 3 * DAY);
	assert_int_equal(public_dials, 0);
	b->f->does = DOES_REFUSE;
	pass_checklist(b);
	pass(b->f, 2 * DAY);
	assert_true(public_dials > 0);
	assert_false(listed(b->f, a, NULL));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pass_opens_and_nothing_else_does),
		TEST(what_the_checklist_looks_at_closes_when_it_changes),
		TEST(a_pass_ends),
		TEST(a_run_that_fails_closes),
		TEST(every_required_check_is_needed),
		TEST(reports_that_are_none),
		TEST(only_a_letter_that_came_back_speaks_for_itself),
		TEST(a_letter_to_ourselves_shows_no_way_out),
		TEST(a_canary_brings_its_clock_along),
		TEST(a_client_that_goes_waits_no_more),
		TEST(without_a_prober_the_letter_is_given_up),
		TEST(a_control_for_the_checklist_is_a_new_one),
		TEST(facts_are_the_configuration_in_force),
		TEST(no_public_address_without_a_pass),
		TEST(nothing_is_dialled_before_and_after),
		TEST(rechecks_wait_for_the_next_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
