/* Whole ranges: what may be widened, what ends a range, who is excepted. */
#include "keep/optouts.h"
#include "keep/range.h"
#include "rig.h"

/* 198.18.N.0/24 */
static struct net
net4(uint8_t n)
{
	return (struct net){ addr_v4(198, 18, n, 0), 120 };
}

static struct addr
in4(uint8_t n, uint8_t host)
{
	return addr_v4(198, 18, n, host);
}

static const char *why;

static int
widen(struct rig *r, struct net n)
{
	why = "";
	return range_widen(&r->k, &n, STR("the whole pool"), STR("tester"), &why);
}

static int
narrow(struct rig *r, struct net n)
{
	why = "";
	return range_narrow(&r->k, &n, STR("enough"), STR("tester"), &why);
}

static int
except(struct rig *r, struct addr a, bool ends)
{
	why = "";
	return range_except(&r->k, &a, ends, STR("not that one"), STR("tester"), &why);
}

static bool
prove(struct rig *r, struct addr a)
{
	return rig_prove(r, (struct rig_proof){ .addr = a });
}

static int
unlist(struct rig *r, struct addr a)
{
	return list_remove(&r->k, &a, JOURNAL_REMOVE, STR("fixed"), STR("tester"));
}

/* 'l' listed by the range, 'x' excepted, '-' neither. */
static char
says(struct rig *r, struct addr a)
{
	struct range_at at;

	assert_int_equal(range_at(&at, &r->k, &a, (struct wall){ INT64_MAX }), 0);
	return !at.stands ? '-' : at.excepted ? 'x' : 'l';
}

/* As keep/nominate.c does it, without the stages that it wakes. */
static int
optout_put(struct keep *k, void *ctx)
{
	struct optout row = *(const struct optout *)ctx;
	const struct net n = { row.addr, row.len };
	int err = store_put(k->store, &optout_shape, &row);

	return err == 0 ? range_opted_out(k, &n) : err;
}

static void
opt_out(struct rig *r, struct addr a, uint8_t len)
{
	struct optout row = { .addr = a, .len = len, .made = keep_now(&r->k) };
	struct net n = { a, len };

	assert_int_equal(keep_precious(&r->k, optout_put, &row), 0);
	optouts_add(&r->k, &n, row.made);
}

static int
up(void **state)
{
	struct rig *r;

	rig_memory(state);
	r = *state;
	assert_int_equal(optouts_open(&r->k), 0);
	assert_true(prove(r, in4(1, 10)));
	return 0;
}

static int
down(void **state)
{
	struct rig *r = *state;

	rig_check(r);
	optouts_close(&r->k);
	return rig_end(state);
}

static void
what_may_be_widened(void **state)
{
	static const struct {
		const char *name, *net, *why;
	} cases[] = {
		{ "a range with a listed address", "198.18.1.0/24", "" },
		{ "nobody inside is listed", "198.18.2.0/24", "range-unproved" },
		{ "longer than a /24", "198.18.1.0/25", "range-length" },
		{ "shorter than a /24", "198.18.0.0/23", "range-length" },
		{ "one address", "198.18.1.10", "range-length" },
		{ "nobody inside is listed, IPv6", "fd00:0:0:1::/64", "special-use" },
		{ "longer than a /64", "2001:db8::/65", "range-length" },
		{ "shorter than a /64", "2001:db8::/63", "range-length" },
		{ "all mapped addresses", "::/64", "special-use" },
		{ "its name is one of IPv6, too", "1.2.3.0/24", "range-name" },
		{ "the test addresses", "127.0.0.0/24", "special-use" },
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct net n;
		int err;

		assert_int_equal(net_parse(&n, str_of(cases[i].net)), 0);
		err = widen(r, n);
		if (strcmp(why, cases[i].why) != 0 ||
		    err != (cases[i].why[0] != '\0' ? RANGE_REFUSED : 0))
			fail_msg("%s: %d, %s", cases[i].name, err, why);
	}
	assert_int_equal(widen(r, net4(1)), RANGE_REFUSED);
	assert_string_equal(why, "range-listed");
}

static void
a_range_lists_what_is_inside(void **state)
{
	struct rig *r = *state;

	assert_int_equal(says(r, in4(1, 77)), '-');
	assert_int_equal(widen(r, net4(1)), 0);
	assert_int_equal(says(r, in4(1, 77)), 'l');
	assert_int_equal(says(r, in4(1, 0)), 'l');
	assert_int_equal(says(r, in4(2, 77)), '-');
	assert_int_equal(narrow(r, net4(1)), 0);
	assert_int_equal(says(r, in4(1, 77)), '-');
	assert_true(rig_listed(r, in4(1, 10), CODE_ENTRY, NULL));
	assert_int_equal(narrow(r, net4(1)), RANGE_REFUSED);
	assert_string_equal(why, "range-not-listed");
}

static void
a_range_goes_with_the_last_listing_inside(void **state)
{
	struct rig *r = *state;

	assert_true(prove(r, in4(1, 11)));
	assert_int_equal(widen(r, net4(1)), 0);
	assert_int_equal(except(r, in4(1, 99), false), 0);
	assert_int_equal(unlist(r, in4(1, 10)), 0);
	assert_int_equal(says(r, in4(1, 77)), 'l');
	assert_int_equal(unlist(r, in4(1, 11)), 0);
	assert_int_equal(says(r, in4(1, 77)), '-');
	/* and with it its exceptions */
	assert_true(prove(r, in4(1, 10)));
	assert_int_equal(widen(r, net4(1)), 0);
	assert_int_equal(says(r, in4(1, 99)), 'l');
	assert_int_equal(says(r, in4(1, 11)), 'l');
}

static void
a_range_expires_with_the_last_listing_inside(void **state)
{
	struct rig *r = *state;
	struct wall next;

	assert_int_equal(widen(r, net4(1)), 0);
	rig_pass(r, LIST_FIRST_S + 1);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, list_expire(&r->k, &next)), 0);
	assert_int_equal(keep_flush(&r->k), 0);
	assert_int_equal(says(r, in4(1, 77)), '-');
	assert_int_equal(next.s, 0);	/* no end of time is waited for */
}

static struct verdict_row
clean(struct addr a)
{
	return (struct verdict_row){ .run = 7, .addr = a, .verdict = VERDICT_CLOSED,
		.clears = 1, .done = 5, .total = 5, .form = 255 };
}

static bool
clear(struct rig *r, struct addr a)
{
	struct verdict_row v = clean(a);
	bool removed;

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, list_clear(&r->k, &v, &removed)), 0);
	assert_int_equal(keep_flush(&r->k), 0);
	return removed;
}

static void
what_is_cleared_is_clean_at_once(void **state)
{
	struct rig *r = *state;

	assert_true(prove(r, in4(1, 11)));
	assert_int_equal(widen(r, net4(1)), 0);
	assert_true(clear(r, in4(1, 11)));	/* listed by itself */
	assert_int_equal(says(r, in4(1, 11)), 'x');
	assert_true(clear(r, in4(1, 12)));	/* by the range alone */
	assert_int_equal(says(r, in4(1, 12)), 'x');
	assert_false(clear(r, in4(1, 12)));
	assert_false(clear(r, in4(2, 12)));
	assert_int_equal(unlist(r, in4(1, 13)), 0);	/* by a person */
	assert_int_equal(says(r, in4(1, 13)), 'x');
	assert_int_equal(unlist(r, in4(1, 13)), STORE_NONE);
	/* and what is proved again is listed again */
	assert_true(prove(r, in4(1, 12)));
	assert_int_equal(says(r, in4(1, 12)), 'l');
	assert_true(rig_listed(r, in4(1, 12), CODE_ENTRY, NULL));
}

static void
who_opted_out_is_not_listed_by_a_range(void **state)
{
	struct rig *r = *state;

	opt_out(r, in4(1, 50), 128);	/* before */
	assert_int_equal(widen(r, net4(1)), 0);
	assert_int_equal(says(r, in4(1, 50)), 'x');
	opt_out(r, in4(1, 60), 128);	/* after */
	assert_int_equal(says(r, in4(1, 60)), 'x');
	opt_out(r, in4(1, 128), 128 - 4);
	assert_int_equal(says(r, in4(1, 127)), 'l');
	assert_int_equal(says(r, in4(1, 128)), 'x');
	assert_int_equal(says(r, in4(1, 143)), 'x');
	assert_int_equal(says(r, in4(1, 144)), 'l');
	assert_int_equal(except(r, in4(1, 50), true), RANGE_REFUSED);
	assert_string_equal(why, "range-opted-out");
	opt_out(r, in4(0, 0), 118);	/* a /22 around it */
	assert_int_equal(says(r, in4(1, 77)), '-');
	assert_int_equal(widen(r, net4(1)), RANGE_REFUSED);
	assert_string_equal(why, "range-opted-out");
}

/* A live listing of who opted out runs to its end; then he is an exception. */
static void
an_opted_out_listing_ends_in_an_exception(void **state)
{
	struct rig *r = *state;
	struct wall next;

	rig_pass(r, HOUR);
	assert_true(prove(r, in4(1, 11)));
	assert_int_equal(widen(r, net4(1)), 0);
	opt_out(r, in4(1, 10), 128);
	assert_int_equal(says(r, in4(1, 10)), 'l');
	rig_pass(r, LIST_FIRST_S - HOUR + 1);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, list_expire(&r->k, &next)), 0);
	assert_int_equal(keep_flush(&r->k), 0);
	assert_false(rig_listed(r, in4(1, 10), CODE_ENTRY, NULL));
	assert_int_equal(says(r, in4(1, 10)), 'x');
	assert_int_equal(says(r, in4(1, 9)), 'l');
}

static void
exceptions_by_the_operator(void **state)
{
	struct rig *r = *state;

	assert_int_equal(except(r, in4(1, 5), false), RANGE_REFUSED);
	assert_string_equal(why, "range-not-listed");
	assert_int_equal(widen(r, net4(1)), 0);
	assert_int_equal(except(r, in4(1, 5), true), RANGE_REFUSED);
	assert_int_equal(except(r, in4(1, 10), false), RANGE_REFUSED);
	assert_string_equal(why, "range-listed-itself");
	assert_int_equal(except(r, in4(1, 5), false), 0);
	assert_int_equal(says(r, in4(1, 5)), 'x');
	assert_int_equal(except(r, in4(1, 5), false), RANGE_REFUSED);
	assert_int_equal(except(r, in4(1, 5), true), 0);
	assert_int_equal(says(r, in4(1, 5)), 'l');
}

/* Nothing that is proved is hidden by hand, in whatever order. */
static void
an_exception_hides_no_proof(void **state)
{
	struct rig *r = *state;

	assert_int_equal(widen(r, net4(1)), 0);
	assert_int_equal(except(r, in4(1, 5), false), 0);
	assert_true(prove(r, in4(1, 5)));
	assert_int_equal(says(r, in4(1, 5)), 'l');
	assert_int_equal(except(r, in4(1, 5), false), RANGE_REFUSED);
	assert_string_equal(why, "range-listed-itself");
	assert_int_equal(says(r, in4(1, 5)), 'l');
	assert_int_equal(unlist(r, in4(1, 5)), 0);
	assert_int_equal(says(r, in4(1, 5)), 'x');
}

static void
the_past_is_known(void **state)
{
	struct rig *r = *state;
	int64_t t[4];
	static const char want[] = "-lx-";
	struct addr a = in4(1, 5);

	t[0] = keep_now(&r->k).s;
	rig_pass(r, 10);
	assert_int_equal(widen(r, net4(1)), 0);
	t[1] = keep_now(&r->k).s;
	rig_pass(r, 10);
	assert_int_equal(except(r, a, false), 0);
	t[2] = keep_now(&r->k).s;
	rig_pass(r, 10);
	assert_int_equal(narrow(r, net4(1)), 0);
	t[3] = keep_now(&r->k).s;
	for (size_t i = 0; i < 4; i++) {
		struct range_at at;

		assert_int_equal(range_at(&at, &r->k, &a, (struct wall){ t[i] }), 0);
		if ((!at.stands ? '-' : at.excepted ? 'x' : 'l') != want[i])
			fail_msg("moment %zu", i);
	}
}

static void
too_long_a_reason_is_refused(void **state)
{
	static char text[TEXT_REASON + 1];
	struct rig *r = *state;
	struct net n = net4(1);

	assert_int_equal(range_widen(&r->k, &n, (struct str){ text, sizeof(text) },
	    STR("x"), &why), SEK_ELIMIT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_may_be_widened),
		TEST(a_range_lists_what_is_inside),
		TEST(a_range_goes_with_the_last_listing_inside),
		TEST(a_range_expires_with_the_last_listing_inside),
		TEST(what_is_cleared_is_clean_at_once),
		TEST(who_opted_out_is_not_listed_by_a_range),
		TEST(an_opted_out_listing_ends_in_an_exception),
		TEST(exceptions_by_the_operator),
		TEST(an_exception_hides_no_proof),
		TEST(the_past_is_known),
		TEST(too_long_a_reason_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
