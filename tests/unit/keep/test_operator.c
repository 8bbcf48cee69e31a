#include "rig.h"

#include "fact/finding.h"
#include "keep/ledger.h"
#include "keep/operator.h"

/* Hosts of one operator, with the maxima written down once more: four dialogues at
 * once, ten seconds between two beginnings. */
enum { MOST = 4, APART_MS = 10 * 1000 };

static int
up(void **state)
{
	struct rig *r;

	rig_memory(state);
	r = *state;
	rig_set(r, "probe.per_operator", "4");
	assert_int_equal(operator_open(&r->k), 0);
	return 0;
}

static int
down(void **state)
{
	struct rig *r = *state;

	operator_close(&r->k);
	return rig_end(state);
}

/* --- whose --- */

struct name { enum name_source source; bool used; unsigned depth; const char *host, *dom; };

static struct operators
of(const struct name *names, size_t n)
{
	static struct candidates c;
	struct operators o;

	c.n = n;
	for (size_t i = 0; i < n; i++)
		c.row[i] = (struct candidate){ .source = (uint8_t)names[i].source,
		    .used = names[i].used, .depth = (uint8_t)names[i].depth,
		    .host = str_of(names[i].host), .dom = str_of(names[i].dom) };
	operator_of(&o, &c);
	return o;
}

static struct operators
one(const char *dom)
{
	return of(&(struct name){ NAME_PTR, true, 0, "mx.example", dom }, 1);
}

static const struct {
	const char	*what;
	struct name	 name;
	size_t		 want;
} whose[] = {
	{ "a confirmed PTR", { NAME_PTR, true, 0, "mx.a.corp.example", "corp.example" }, 1 },
	{ "its longer domain is the same operator's", { NAME_PTR, true, 1, "mx.a.corp.example", "a.corp.example" }, 0 },
	{ "a PTR that leads elsewhere is anybody's word", { NAME_PTR, false, 0, "mx.corp.example", "" }, 0 },
	{ "a mail domain whose MX it is", { NAME_GIVEN, true, 0, "", "corp.example" }, 1 },
	{ "a mail domain that leads elsewhere", { NAME_GIVEN, false, 0, "", "corp.example" }, 0 },
	{ "what it calls itself, confirmed", { NAME_EHLO, true, 0, "mx.corp.example", "corp.example" }, 1 },
	{ "an address is no name", { NAME_ADDR, false, 0, "2001:db8::1", "" }, 0 },
};

static void
confirmed_names_say_whose_it_is(void **state)
{
	struct operators a, b;

	(void)state;
	for (size_t i = 0; i < sizeof(whose) / sizeof(whose[0]); i++) {
		a = of(&whose[i].name, 1);
		if (a.n != whose[i].want)
			fail_msg("%s: got %zu, want %zu", whose[i].what, a.n, whose[i].want);
	}
	a = of((const struct name[]){ { NAME_PTR, true, 0, "a.corp.example", "corp.example" },
	    { NAME_EHLO, true, 0, "b.corp.example", "Corp.Example" },
	    { NAME_GIVEN, true, 0, "", "firm.example" } }, 3);
	assert_int_equal(a.n, 2);	/* each once, in whatever case */
	b = one("corp.example");
	assert_true(a.key[0] == b.key[0]);
	assert_true(a.key[1] != b.key[0]);
}

/* --- limits --- */

static void
begin(struct rig *r, const struct operators *o)
{
	assert_int_equal(operator_begin(&r->k, o), 0);
}

static void
four_at_once_ten_seconds_apart(void **state)
{
	struct operators corp = one("corp.example"), firm = one("firm.example");
	struct rig *r = *state;

	for (unsigned i = 0; i < MOST; i++) {
		assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_FOREIGN), 0);
		begin(r, &corp);
		assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_FOREIGN), APART_MS);
		assert_int_equal(operator_wait_ms(&r->k, &firm, PACE_FOREIGN), 0);
		rig_pass(r, 9);
		assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_FOREIGN), 1000);
		rig_pass(r, 1);
	}
	rig_pass(r, 3600);	/* they last */
	assert_true(operator_wait_ms(&r->k, &corp, PACE_FOREIGN) > 0);
	assert_true(operator_wait_ms(&r->k, &corp, PACE_LISTED) > 0);
	assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_OWNER), 0);
	assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_LAB), 0);
	operator_end(&r->k, &corp);
	assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_FOREIGN), 0);
}

static void
configuration_is_gentler_only(void **state)
{
	struct operators corp = one("corp.example");
	struct rig *r = *state;

	rig_set(r, "probe.per_operator", "1");
	begin(r, &corp);
	rig_pass(r, 60);
	assert_true(operator_wait_ms(&r->k, &corp, PACE_FOREIGN) > 0);
	rig_set(r, "probe.per_operator", "2");
	assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_FOREIGN), 0);
}

/* A host of two operators waits for both, and an owner's test is counted. */
static void
each_of_several_counts(void **state)
{
	struct operators both = of((const struct name[]){
	    { NAME_PTR, true, 0, "a.corp.example", "corp.example" },
	    { NAME_GIVEN, true, 0, "", "firm.example" } }, 2);
	struct operators firm = one("firm.example"), corp = one("corp.example");
	struct rig *r = *state;

	begin(r, &firm);
	assert_int_equal(operator_wait_ms(&r->k, &both, PACE_FOREIGN), APART_MS);
	assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_FOREIGN), 0);
	rig_pass(r, 10);
	begin(r, &both);
	assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_FOREIGN), APART_MS);
	operator_end(&r->k, &both);
	operator_end(&r->k, &firm);
}

/* --- a crowd --- */

static void
of_a_crowd_few_are_due_at_a_time(void **state)
{
	struct operators corp = one("corp.example");
	struct rig *r = *state;
	int64_t last = 0;
	unsigned at_last = 0;

	begin(r, &corp);
	for (unsigned i = 0; i < 5000; i++) {
		int64_t wait = operator_put_off(&r->k, &corp, PACE_FOREIGN);

		assert_in_range(wait, 10, 3600 + 20);
		assert_true(wait >= last);
		at_last = wait == last ? at_last + 1 : 1;
		if (wait < 3600)
			assert_in_range(at_last, 1, 16);
		last = wait;
	}
	assert_true(last > 3000);
	assert_int_equal(operator_put_off(&r->k, &corp, PACE_OWNER), 0);
	rig_pass(r, 10);	/* whoever comes first when there is a place goes */
	assert_int_equal(operator_put_off(&r->k, &corp, PACE_FOREIGN), 0);
}

/* --- names that are found after the order --- */

static void
names_found_later_count_before_connecting(void **state)
{
	struct operators corp = one("corp.example"), a = { 0 }, b = { 0 };
	struct rig *r = *state;

	begin(r, &a);
	begin(r, &b);		/* nobody knows yet whose they are */
	assert_int_equal(operator_connect(&r->k, &a, &corp, PACE_FOREIGN), 0);
	assert_int_equal(operator_connect(&r->k, &b, &corp, PACE_FOREIGN), OPERATOR_FULL);
	assert_int_equal(a.n, 1);
	assert_int_equal(b.n, 0);
	operator_end(&r->k, &b);
	operator_end(&r->k, &a);
	assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_FOREIGN), APART_MS);
}

/* Both were ordered in time, but the first took long to look something up. */
static void
connections_are_ten_seconds_apart(void **state)
{
	struct operators corp = one("corp.example"), a = corp, b = corp;
	struct rig *r = *state;

	begin(r, &a);
	rig_pass(r, 10);
	begin(r, &b);
	assert_int_equal(operator_connect(&r->k, &a, &corp, PACE_FOREIGN), 0);
	rig_pass(r, 2);
	assert_int_equal(operator_connect(&r->k, &b, &corp, PACE_FOREIGN), OPERATOR_FULL);
	assert_int_equal(operator_connect(&r->k, &b, &corp, PACE_OWNER), 0);
	operator_end(&r->k, &b);
	operator_end(&r->k, &a);
}

/* --- a restart --- */

static void
was(struct rig *r, uint64_t run, enum pace pace, int64_t ago_s, const char *dom)
{
	struct session_row s = { .run = run, .addr = rig_addr((unsigned)run), .port = 25,
	    .pace = (uint8_t)pace, .started = { keep_now(&r->k).s - ago_s },
	    .ended = keep_now(&r->k) };
	struct candidate c = { .run = run, .source = NAME_PTR, .used = 1,
	    .host = STR("mx.example"), .dom = str_of(dom) };

	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, store_put(r->k.store, &session_shape, &s)), 0);
	assert_int_equal(keep_write(&r->k), 0);
	assert_int_equal(keep_done(&r->k, store_put(r->k.store, &candidate_shape, &c)), 0);
	assert_int_equal(keep_flush(&r->k), 0);
}

static void
a_restart_gains_nothing(void **state)
{
	struct operators corp = one("corp.example"), old = one("old.example"),
	    lab = one("lab.example");
	struct rig *r = *state;

	r->clock.mono.ms = 5000 * 1000;
	was(r, 1, PACE_FOREIGN, 60, "old.example");
	was(r, 2, PACE_LAB, 1, "lab.example");
	was(r, 3, PACE_FOREIGN, 3, "corp.example");
	operator_close(&r->k);
	assert_int_equal(operator_open(&r->k), 0);
	assert_int_equal(operator_wait_ms(&r->k, &corp, PACE_FOREIGN), 8000);
	assert_int_equal(operator_wait_ms(&r->k, &old, PACE_FOREIGN), 0);
	assert_int_equal(operator_wait_ms(&r->k, &lab, PACE_FOREIGN), 0);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = {
		TEST(confirmed_names_say_whose_it_is), TEST(four_at_once_ten_seconds_apart),
		TEST(configuration_is_gentler_only), TEST(each_of_several_counts),
		TEST(of_a_crowd_few_are_due_at_a_time),
		TEST(names_found_later_count_before_connecting),
		TEST(connections_are_ten_seconds_apart), TEST(a_restart_gains_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
