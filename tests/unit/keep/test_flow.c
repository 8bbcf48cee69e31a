/* A whole keeper on fake time: from a nomination to a listing and out of it. */
#include "fixture.h"
#include "keep/watch.h"

enum { HOUR = 3600, DAY = 86400 };

static void
delivered_token_lists_for_a_day_then_for_thirty(void **state)
{
	struct fixture *f = *state;
	struct listing l;

	f->does = DOES_RELAY;
	assert_int_equal(nominate(f, target(10), DEPTH_GENTLE), 0);
	pass(f, 30);
	assert_int_equal(verdict(f, target(10), NULL), VERDICT_OPEN);
	assert_true(listed(f, target(10), &l));
	assert_int_equal(l.proofs, 1);
	assert_true(l.until.s - l.proof.s == DAY);
	pass(f, HOUR + 120);	/* the second, independent proof */
	assert_true(listed(f, target(10), &l));
	assert_int_equal(l.proofs, 2);
	assert_true(l.until.s - l.proof.s == 30 * DAY);
}

static void
one_proof_is_enough_to_stop(void **state)
{
	struct fixture *f = *state;

	f->does = DOES_RELAY;
	assert_int_equal(nominate(f, target(10), DEPTH_NORMAL), 0);
	pass(f, 60);
	assert_int_equal(f->dials, 2);	/* the control letter and one session */
}

static unsigned named_events;

/* Each name in an event is the whole name and nothing more. */
static void
named_event(void *ctx, json_t *ev)
{
	const char *host = json_string_value(json_object_get(ev, "host"));
	const char *dom = json_string_value(json_object_get(ev, "dom"));

	(void)ctx;
	named_events += host != NULL || dom != NULL;
	if (strcmp(json_string_value(json_object_get(ev, "event")), "found") == 0) {
		assert_true(json_is_integer(json_object_get(ev, "variant")));
		assert_true(json_integer_value(json_object_get(ev, "port")) > 0);
		assert_true(json_string_length(json_object_get(ev, "class")) > 0);
	}
	if (host != NULL)
		assert_string_equal(host, "mx.open.example");
	if (dom != NULL)
		assert_string_equal(dom, "open.example");
}

static void
nobody_gives_up(void *ctx)
{
	(void)ctx;
}

static void
events_tell_the_names_that_stood_in_a_form(void **state)
{
	struct fixture *f = *state;
	struct addr a = target(11);
	struct watch *w;

	assert_int_equal(watch_add(&w, f->keep, &a, named_event, nobody_gives_up, f, 600), 0);
	assert_int_equal(nominate(f, a, DEPTH_NORMAL), 0);
	pass(f, 120);
	watch_remove(w);
	assert_in_range(named_events, 10, 100);
}

static void
refusals_are_closed_with_their_coverage(void **state)
{
	struct fixture *f = *state;
	struct verdict_row v;
	uint8_t plan[RELAYTEST_N];

	assert_int_equal(nominate(f, target(11), DEPTH_NORMAL), 0);
	pass(f, 120);
	assert_int_equal(verdict(f, target(11), &v), VERDICT_CLOSED);
	assert_int_equal(v.done, relaytest_plan(plan, DEPTH_NORMAL));
	assert_int_equal(v.done, v.total);
	assert_false(v.provisional);
	assert_false(listed(f, target(11), NULL));
}

static void
accepting_is_not_relaying(void **state)
{
	struct fixture *f = *state;
	struct verdict_row v;

	f->does = DOES_SINK;
	assert_int_equal(nominate(f, target(15), DEPTH_GENTLE), 0);
	pass(f, 120);
	assert_int_equal(verdict(f, target(15), &v), VERDICT_ACCEPTS);
	assert_true(v.provisional);
	pass(f, VERDICT_DEADLINE_S + HOUR);
	assert_int_equal(verdict(f, target(15), &v), VERDICT_ACCEPTS);
	assert_false(v.provisional);
	assert_false(listed(f, target(15), NULL));
}

static void
a_bounce_is_a_refusal(void **state)
{
	struct fixture *f = *state;

	f->does = DOES_BOUNCE;
	assert_int_equal(nominate(f, target(16), DEPTH_GENTLE), 0);
	pass(f, 300);
	assert_int_equal(verdict(f, target(16), NULL), VERDICT_CLOSED);
}

static void
without_positive_control_nobody_is_closed_or_bothered(void **state)
{
	struct fixture *f = *state;

	f->control_broken = true;
	assert_int_equal(nominate(f, target(11), DEPTH_GENTLE), 0);
	pass(f, 600);
	assert_int_equal(verdict(f, target(11), NULL), VERDICT_INCONCLUSIVE);
	for (size_t i = 0; i < f->n_sent; i++)
		assert_true(addr_eq(&f->sent[i].addr,
		    &(struct addr){ { [10] = 0xff, 0xff, 198, 18, 0, 25 } }));
}

static void
blocked_is_inconclusive_and_no_connection_untested(void **state)
{
	struct fixture *f = *state;

	f->does = DOES_BLOCK;
	assert_int_equal(nominate(f, target(17), DEPTH_GENTLE), 0);
	pass(f, 300);
	assert_int_equal(verdict(f, target(17), NULL), VERDICT_INCONCLUSIVE);
	f->does = DOES_NOT_CONNECT;
	assert_int_equal(nominate(f, target(18), DEPTH_GENTLE), 0);
	pass(f, 300);
	assert_int_equal(verdict(f, target(18), NULL), VERDICT_UNTESTED);
}

static void
a_clean_retest_removes_at_once(void **state)
{
	struct fixture *f = *state;
	uint32_t before;

	f->does = DOES_RELAY;
	assert_int_equal(nominate(f, target(10), DEPTH_GENTLE), 0);
	pass(f, 30);
	assert_true(listed(f, target(10), NULL));
	before = journal_serial(f->keep);
	f->does = DOES_REFUSE;
	retest(f, target(10));
	pass(f, 30);
	assert_false(listed(f, target(10), NULL));
	assert_int_equal(journal_serial(f->keep), before + 1);
}

static void
inconclusive_keeps_a_listing_until_it_expires(void **state)
{
	struct fixture *f = *state;

	f->does = DOES_RELAY;
	assert_int_equal(nominate(f, target(10), DEPTH_GENTLE), 0);
	pass(f, 30);
	f->does = DOES_BLOCK;
	retest(f, target(10));
	pass(f, HOUR);
	assert_true(listed(f, target(10), NULL));
	pass(f, DAY);
	assert_false(listed(f, target(10), NULL));
}

/* By mistake for less than an hour, then for good. */
static void
a_clock_that_jumps_ahead_ends_no_listing_at_once(void **state)
{
	struct fixture *f = *state;

	f->does = DOES_RELAY;
	assert_int_equal(nominate(f, target(10), DEPTH_GENTLE), 0);
	pass(f, 120);
	f->does = DOES_NOT_CONNECT;
	f->clock.wall.s += 366 * DAY;
	pass(f, HOUR - 120);
	assert_true(listed(f, target(10), NULL));
	f->clock.wall.s -= 366 * DAY;
	pass(f, 3 * HOUR);
	assert_true(listed(f, target(10), NULL));
	f->clock.wall.s -= 366 * DAY;
	pass(f, HOUR);
	f->clock.wall.s += 366 * DAY;		/* right again: nothing waits */
	pass(f, 20 * HOUR);
	assert_false(listed(f, target(10), NULL));
	f->does = DOES_RELAY;
	assert_int_equal(nominate(f, target(11), DEPTH_GENTLE), 0);
	pass(f, 120);
	assert_true(listed(f, target(11), NULL));
	f->clock.wall.s += 366 * DAY;
	pass(f, HOUR + 120);
	assert_false(listed(f, target(11), NULL));
}

static void
deferred_forms_go_again_with_the_same_tokens(void **state)
{
	struct fixture *f = *state;
	unsigned again = 0;

	f->does = DOES_DEFER;
	assert_int_equal(nominate(f, target(19), DEPTH_GENTLE), 0);
	pass(f, 4);
	f->does = DOES_REFUSE;
	pass(f, 60);
	assert_int_equal(verdict(f, target(19), NULL), VERDICT_CLOSED);
	for (size_t i = 0; i < f->n_sent; i++)
		for (size_t j = 0; j < i; j++)
			if (f->sent[i].attempt == f->sent[j].attempt) {
				assert_string_equal(f->sent[i].recipient, f->sent[j].recipient);
				assert_string_equal(f->sent[i].block, f->sent[j].block);
				again++;
			}
	assert_true(again > 0);
}

static void
unlinked_path_lists_only_at_the_second_proof(void **state)
{
	struct fixture *f = *state;

	f->does = DOES_RELAY;
	f->exit = addr_v4(198, 18, 9, 9);
	assert_int_equal(nominate(f, target(20), DEPTH_GENTLE), 0);
	pass(f, 60);
	assert_int_equal(verdict(f, target(20), NULL), VERDICT_OPEN);
	assert_false(listed(f, target(20), NULL));
	pass(f, HOUR + 300);
	assert_true(listed(f, target(20), NULL));
	assert_false(listed(f, f->exit, NULL));
}

static void
a_lost_prober_is_taken_up_again(void **state)
{
	struct fixture *f = *state;

	f->does = DOES_NOTHING;
	assert_int_equal(nominate(f, target(11), DEPTH_GENTLE), 0);
	pass(f, 10);
	channel_free(f->probe);
	f->probe = NULL;
	channel_free(f->receive);
	f->receive = NULL;
	pass(f, 5);
	assert_int_equal(verdict(f, target(11), NULL), VERDICT_NONE);
	f->does = DOES_REFUSE;
	attach(f);
	pass(f, 60);
	assert_int_equal(verdict(f, target(11), NULL), VERDICT_CLOSED);
}

/* --- who is never connected to --- */

static void
dial_is_forbidden(struct fixture *f, const struct addr *a)
{
	struct addr rx = addr_v4(198, 18, 0, 25);

	(void)f;
	if (!addr_eq(a, &rx))
		fail_msg("a connection was made");
}

static void
optout(struct fixture *f, const char *net)
{
	struct net n;

	assert_int_equal(net_parse(&n, str_of(net)), 0);
	assert_int_equal(nominate_optout(f->keep, &n, STR(""), STR("asked"), STR("t")), 0);
}

static void
optout_between_queueing_and_connecting_wins(void **state)
{
	struct fixture *f = *state;

	f->on_dial = dial_is_forbidden;
	assert_int_equal(nominate(f, target(11), DEPTH_GENTLE), 0);
	optout(f, "198.18.1.0/24");
	pass(f, DAY);
	assert_int_equal(verdict(f, target(11), NULL), VERDICT_UNTESTED);
}

static void
public_special_and_own_addresses_are_never_dialled(void **state)
{
	static const char *const never[] = { "192.0.2.1", "127.0.0.1", "10.0.0.1",
		"198.51.100.7", "224.0.0.1", "::1", "fe80::1", "2002:c000:201::1",
		"198.20.0.1", "2001:db9::26", "198.18.0.25", "0.0.0.0" };
	struct fixture *f = *state;

	f->on_dial = dial_is_forbidden;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		struct addr a;

		assert_int_equal(addr_parse(&a, str_of(never[i])), 0);
		assert_int_equal(nominate(f, a, DEPTH_GENTLE), 0);
		pass(f, 120);
		assert_int_equal(verdict(f, a, NULL), VERDICT_UNTESTED);
	}
}

/* A model of what is permitted, kept apart from the keeper's own. */
static struct { int64_t until[8]; bool out[8]; } model;

static void
dial_fits_the_model(struct fixture *f, const struct addr *a)
{
	int i = a->o[15] - 100;
	struct addr rx = addr_v4(198, 18, 0, 25);

	if (addr_eq(a, &rx))
		return;
	if (i < 0 || i > 7 || model.out[i] || f->clock.wall.s >= model.until[i])
		fail_msg("dialled %d: out %d, until %lld, now %lld", i,
		    model.out[i & 7], (long long)model.until[i & 7],
		    (long long)f->clock.wall.s);
}

static void
nominate_log(struct fixture *f, int i)
{
	char line[80];
	struct nomination n = {
		.addr = target((uint8_t)(100 + i)), .port = 25, .basis = BASIS_LOG,
		.reason = STR("log"), .who = STR("t"),
	};
	bool joined, reused;

	snprintf(line, sizeof(line), "connect from x[198.18.1.%d]", 100 + i);
	n.evidence = str_of(line);
	assert_null(nominate_proof(f->keep, &n));
	assert_int_equal(keep_write(f->keep), 0);
	assert_int_equal(keep_done(f->keep, nominate_add(f->keep, &n, &joined, &reused)), 0);
	if (!model.out[i])
		model.until[i] = f->clock.wall.s + 7 * DAY;
}

static void
no_dial_without_a_basis_that_is_valid_then(void **state)
{
	struct fixture *f = *state;
	struct rand r;
	char net[32];

	rand_seeded(&r, 20261122);
	memset(&model, 0, sizeof(model));
	f->on_dial = dial_fits_the_model;
	for (int step = 0; step < 200; step++) {
		int i = (int)(rand_u64(&r) % 8);

		f->does = (enum behaviour)(rand_u64(&r) % 4 == 0 ? DOES_DEFER :
		    rand_u64(&r) % 5 == 0 ? DOES_NOT_CONNECT : DOES_REFUSE);
		if (rand_u64(&r) % 3 != 0)
			nominate_log(f, i);
		if (rand_u64(&r) % 60 == 0) {
			snprintf(net, sizeof(net), "198.18.1.%d", 100 + i);
			optout(f, net);
			model.out[i] = true;
		}
		pass(f, (int64_t)(rand_u64(&r) % (2 * DAY)));
	}
	assert_true(f->dials > 30);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)
	const struct CMUnitTest tests[] = {
		T(delivered_token_lists_for_a_day_then_for_thirty),
		T(one_proof_is_enough_to_stop),
		T(events_tell_the_names_that_stood_in_a_form),
		T(refusals_are_closed_with_their_coverage),
		T(accepting_is_not_relaying),
		T(a_bounce_is_a_refusal),
		T(without_positive_control_nobody_is_closed_or_bothered),
		T(blocked_is_inconclusive_and_no_connection_untested),
		T(a_clean_retest_removes_at_once),
		T(inconclusive_keeps_a_listing_until_it_expires),
		T(a_clock_that_jumps_ahead_ends_no_listing_at_once),
		T(deferred_forms_go_again_with_the_same_tokens),
		T(unlinked_path_lists_only_at_the_second_proof),
		T(a_lost_prober_is_taken_up_again),
		T(optout_between_queueing_and_connecting_wins),
		T(public_special_and_own_addresses_are_never_dialled),
		T(no_dial_without_a_basis_that_is_valid_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
