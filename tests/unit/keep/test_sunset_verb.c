/* The request sunset, and what others are told when the list closes. */
#include "guest.h"
#include "keep/pace.h"

static json_t *
step(struct guests *t, const char *name, const char *more)
{
	return guest_ask(t->tool, "{'verb':'sunset','step':'%s','reason':'x','who':'y'%s}",
	    name, more);
}

static json_t *
announce(struct guests *t)
{
	char day[64];

	snprintf(day, sizeof(day), ",'day':%lld", (long long)keep_now(t->f->keep).s + 86400);
	return step(t, "announce", day);
}

static void
expect_state(const json_t *o, const char *was, const char *is, const char *life, size_t next)
{
	expect_ok(o);
	assert_string_equal(text_of(o, "was"), was);
	assert_string_equal(text_of(o, "state"), is);
	assert_string_equal(text_of(o, "life"), life);
	assert_int_equal(json_array_size(json_object_get(o, "next")), next);
	assert_true(json_is_true(json_object_get(o, "rehearsal")));
}

static void
a_whole_life(void **state)
{
	struct guests *t = *state;
	json_t *o = step(t, "status", "");

	expect_state(o, "", "alive", "alive", 2);
	expect_error(step(t, "empty", ""), "sunset-order", 65);
	assert_non_null(strstr(text_of(t->tool->done, "text"), "announce, freeze"));
	o = step(t, "freeze", ",'dry_run':true");
	expect_state(o, "alive", "frozen", "frozen", 2);
	assert_true(json_is_true(json_object_get(o, "dry_run")));
	expect_state(step(t, "status", ""), "", "alive", "alive", 2);
	o = announce(t);
	expect_state(o, "alive", "announced", "closing", 3);
	assert_true(int_of(o, "day") == int_of(o, "expires"));
	assert_true(int_of(o, "serial") > 0);
	expect_state(step(t, "freeze", ""), "announced", "closing", "closing", 3);
	expect_state(step(t, "empty", ""), "closing", "empty", "empty", 2);
	expect_state(step(t, "cancel", ""), "empty", "alive", "alive", 2);
	expect_ok(announce(t));
	expect_ok(step(t, "freeze", ""));
	expect_ok(step(t, "empty", ""));
	o = step(t, "end", "");
	expect_state(o, "empty", "ended", "empty", 0);
	assert_int_equal(json_array_size(json_object_get(o, "parent")), 3);
	expect_error(step(t, "cancel", ""), "sunset-order", 65);
	assert_non_null(strstr(text_of(t->tool->done, "text"), "nothing may follow"));
}

/* What goes into the zone above: nothing that could list anybody. */
static void
what_the_end_prints(void **state)
{
	static const char *const lines[] = {
		"bl.example. 172800 IN NS gone.bl.example.",
		"gone.bl.example. 172800 IN A 192.0.2.1",
		"gone.bl.example. 172800 IN AAAA 2001:db8::1",
	};
	struct guests *t = *state;
	const json_t *parent, *line;
	size_t i;

	expect_ok(announce(t));
	expect_ok(step(t, "freeze", ""));
	assert_int_equal(json_array_size(json_object_get(step(t, "empty", ""), "parent")), 0);
	parent = json_object_get(step(t, "end", ",'dry_run':true"), "parent");
	assert_int_equal(json_array_size(parent), sizeof(lines) / sizeof(lines[0]));
	json_array_foreach(parent, i, line) {
		assert_string_equal(json_string_value(line), lines[i]);
		assert_null(strchr(json_string_value(line), '*'));
	}
}

static void
every_refusal(void **state)
{
	static const struct { const char *request, *tag; int exit; } cases[] = {
		{ "{'verb':'sunset'}", "bad-sunset", 64 },
		{ "{'verb':'sunset','step':'close','reason':'x'}", "bad-sunset", 64 },
		{ "{'verb':'sunset','step':'freeze'}", "no-reason", 64 },
		{ "{'verb':'sunset','step':'announce','reason':'x'}", "sunset-day", 64 },
		{ "{'verb':'sunset','step':'announce','reason':'x','day':1}", "sunset-day", 64 },
		{ "{'verb':'sunset','step':'announce','reason':'x','day':-1}", "sunset-day", 64 },
		{ "{'verb':'sunset','step':'end','reason':'x'}", "sunset-order", 65 },
		{ "{'verb':'sunset','step':'cancel','reason':'x'}", "sunset-order", 65 },
	};
	struct guests *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_error(guest_ask(t->tool, "%s", cases[i].request), cases[i].tag, cases[i].exit);
	expect_error(guest_ask(t->web, "{'verb':'sunset','step':'status'}"), "operator-only", 77);
	set(t->f, "probe.public", "yes");
	expect_ok(guest_ask(t->tool, "{'verb':'sunset','step':'announce','reason':'x','day':%lld}",
	    (long long)keep_now(t->f->keep).s + 184 * 86400));
	expect_ok(step(t, "freeze", ""));
	expect_error(step(t, "empty", ""), "sunset-early", 75);
}

/* Who wants a test is told why there is none; what clears works. */
static void
a_closing_list_tests_nothing_new(void **state)
{
	static const char new[] = "{'verb':'nominate','target':'198.18.1.7','basis':'authority','reason':'x'}";
	struct guests *t = *state;
	struct addr a = target(1), b = target(2);
	int dials;
	json_t *o;

	guests_list(t->f, a);
	guests_list(t->f, b);
	guests_list(t->f, target(3));
	expect_ok(announce(t));
	expect_ok(guest_ask(t->tool, "%s", new));	/* not frozen yet */
	expect_ok(step(t, "freeze", ""));
	expect_error(guest_ask(t->tool, "%s", new), "list-frozen", 77);
	expect_error(guest_ask(t->tool, "{'verb':'widen','target':'198.18.1.0/24','reason':'x'}"),
	    "list-frozen", 77);
	t->f->does = DOES_REFUSE;
	expect_ok(guest_ask(t->tool, "{'verb':'retest','target':'198.18.1.1'}"));
	pass(t->f, 600);
	assert_false(listed(t->f, a, NULL));
	expect_ok(step(t, "empty", ""));
	expect_error(guest_ask(t->tool, "{'verb':'retest','target':'198.18.1.2'}"), "list-empty", 77);
	expect_error(guest_ask(t->web, "{'verb':'test','addr':'198.18.1.2','kind':'retest',"
	    "'asker':'203.0.113.7'}"), "list-empty", 77);
	expect_ok(guest_ask(t->tool, "{'verb':'optout','target':'198.18.1.9','reason':'x'}"));
	expect_ok(guest_ask(t->tool, "{'verb':'remove','target':'198.18.1.3','reason':'x'}"));
	o = guest_ask(t->web, "{'verb':'check','addr':'198.18.1.2','asker':'203.0.113.7'}");
	expect_ok(o);
	assert_false(json_is_true(json_object_get(o, "listed")));
	dials = (int)t->f->dials;
	pass(t->f, 3 * 86400);		/* nor by itself */
	assert_int_equal(t->f->dials, dials);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, guests_open, guests_close)
		T(a_whole_life),
		T(what_the_end_prints),
		T(every_refusal),
		T(a_closing_list_tests_nothing_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
