/* The end of a list, step by step: what may follow what, what each step
 * publishes, and what it forbids. */
#include "keep/optouts.h"
#include "keep/status.h"
#include "keep/sunset.h"
#include "publish_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct status was, is;
static const char *why;

static int
take(struct parent *p, enum sunset_step step, int64_t day, bool dry)
{
	struct sunset_work w = { .step = step, .day = { day }, .dry = dry,
		.reason = STR("no hands left"), .who = STR("tester") };

	return sunset_take(&p->r->k, &w, &was, &is, &why);
}

static int64_t
wall_now(const struct parent *p)
{
	return keep_now(&p->r->k).s;
}

static void
takes(struct parent *p, enum sunset_step step, int64_t day)
{
	assert_int_equal(take(p, step, day, false), 0);
	let(p, 50);
}

static void
refuses(struct parent *p, enum sunset_step step, int64_t day, const char *tag)
{
	assert_int_equal(take(p, step, day, false), SUNSET_REFUSED);
	assert_string_equal(why, tag);
}

static enum sunset
state(struct parent *p)
{
	struct status s;

	assert_int_equal(status_last(&s, &p->r->k), 0);
	return s.at;
}

/* To a state by the shortest way; a rehearsal waits for nothing. */
static void
go_to(struct parent *p, enum sunset at)
{
	if (state(p) == at)
		return;
	if (state(p) != SUNSET_ALIVE)
		takes(p, SUNSET_STEP_CANCEL, 0);
	if (at == SUNSET_FROZEN)
		takes(p, SUNSET_STEP_FREEZE, 0);
	if (at >= SUNSET_ANNOUNCED)
		takes(p, SUNSET_STEP_ANNOUNCE, wall_now(p) + DAY);
	if (at >= SUNSET_CLOSING)
		takes(p, SUNSET_STEP_FREEZE, 0);
	if (at >= SUNSET_EMPTY)
		takes(p, SUNSET_STEP_EMPTY, 0);
	if (at >= SUNSET_ENDED)
		takes(p, SUNSET_STEP_END, 0);
	assert_int_equal(state(p), at);
}

/* --- order --- */

static void
every_step_from_every_state(void **ctx)
{
	static const struct { const char *name; uint8_t to[SUNSET_STEPS]; } want[SUNSETS] = {
		/*	announce, freeze, empty, end, cancel; SUNSETS: refused */
		{ "alive", { SUNSET_ANNOUNCED, SUNSET_FROZEN, SUNSETS, SUNSETS, SUNSETS } },
		{ "frozen", { SUNSET_CLOSING, SUNSETS, SUNSETS, SUNSETS, SUNSET_ALIVE } },
		{ "announced", { SUNSET_ANNOUNCED, SUNSET_CLOSING, SUNSETS, SUNSETS, SUNSET_ALIVE } },
		{ "closing", { SUNSET_CLOSING, SUNSETS, SUNSET_EMPTY, SUNSETS, SUNSET_ALIVE } },
		{ "empty", { SUNSETS, SUNSETS, SUNSETS, SUNSET_ENDED, SUNSET_ALIVE } },
		{ "ended", { SUNSETS, SUNSETS, SUNSETS, SUNSETS, SUNSETS } },
	};
	static const enum sunset_step order[SUNSET_STEPS] = { SUNSET_STEP_ANNOUNCE,
		SUNSET_STEP_FREEZE, SUNSET_STEP_EMPTY, SUNSET_STEP_CANCEL, SUNSET_STEP_END };
	struct parent *p = *ctx;

	open_now(p);
	for (unsigned at = 0; at < SUNSETS; at++)
		for (unsigned i = 0; i < SUNSET_STEPS; i++) {	/* none leads back from the end */
			enum sunset_step step = order[i];
			int64_t day = step == SUNSET_STEP_ANNOUNCE ? wall_now(p) + 2 * DAY : 0;
			uint32_t serial;

			go_to(p, (enum sunset)at);
			assert_string_equal(status_word((enum sunset)at), want[at].name);
			serial = journal_serial(&p->r->k);
			if (want[at].to[step] == SUNSETS) {
				refuses(p, step, day, "sunset-order");
				assert_int_equal(journal_serial(&p->r->k), serial);
				continue;
			}
			assert_int_equal(take(p, step, day, true), 0);	/* dry */
			assert_int_equal(is.at, want[at].to[step]);
			assert_int_equal(journal_serial(&p->r->k), serial);
			takes(p, step, day);
			if (was.at != at || is.at != want[at].to[step])
				fail_msg("%s, step %u: from %u to %u", want[at].name, step, was.at, is.at);
			assert_int_equal(state(p), is.at);
			assert_true(journal_serial(&p->r->k) > serial);
		}
	rig_check(p->r);
}

/* A list of public addresses waits, to the second. */
static void
waits_are_kept(void **ctx)
{
	struct parent *p = *ctx;
	int64_t now0 = wall_now(p), day = now0 + SUNSET_NOTICE_S;

	rig_set(p->r, "probe.public", "yes");
	open_now(p);
	refuses(p, SUNSET_STEP_ANNOUNCE, 0, "sunset-day");
	refuses(p, SUNSET_STEP_ANNOUNCE, day - 1, "sunset-day");
	refuses(p, SUNSET_STEP_ANNOUNCE, wall_now(p) + SUNSET_FAR_S + 1, "sunset-day");
	refuses(p, SUNSET_STEP_FREEZE, day, "sunset-day");	/* takes none */
	day += 10;
	takes(p, SUNSET_STEP_ANNOUNCE, day);
	refuses(p, SUNSET_STEP_ANNOUNCE, day - 1, "sunset-day");	/* nor forward */
	day += DAY;
	takes(p, SUNSET_STEP_ANNOUNCE, day);
	assert_true(was.day.s == day - DAY && is.day.s == day);
	takes(p, SUNSET_STEP_FREEZE, 0);
	p->r->clock.wall.s = day - 1;
	refuses(p, SUNSET_STEP_EMPTY, 0, "sunset-early");
	assert_true(was.day.s == day);
	p->r->clock.wall.s = day;
	takes(p, SUNSET_STEP_EMPTY, 0);
	day = is.day.s;
	assert_true(day >= p->r->clock.wall.s - 1 + SUNSET_EMPTY_S);
	p->r->clock.wall.s = day - 1;
	refuses(p, SUNSET_STEP_END, 0, "sunset-early");
	p->r->clock.wall.s = day;
	takes(p, SUNSET_STEP_END, 0);
	rig_check(p->r);
}

/* --- what is published --- */

/* The head of what is published says it, and so does the last step of the tail. */
static void
published(struct parent *p, uint8_t life)
{
	const struct snapshot_view *tail = &p->last[PUBLISH_TAIL].view;
	struct snapshot_step last = snapshot_step(tail, tail->n_steps - 1);
	struct snapshot s = now(p);

	assert_int_equal(snapshot_now(&s)->life, life);
	assert_true(snapshot_now(&s)->expiry_s == is.expiry_s);
	assert_int_equal(tail->head.serial, journal_serial(&p->r->k));
	assert_int_equal(last.serial, tail->head.serial);
	assert_int_equal(last.kind, JOURNAL_STATUS);
	assert_int_equal(last.code, life);
	assert_int_equal(snapshot_now(&s)->empties, life == SNAPSHOT_CLOSING ?
	    is.day.s / SNAPSHOT_DAY_S : 0);
	assert_int_equal(snapshot_status_of(&last).empties, snapshot_now(&s)->empties);
	assert_true(snapshot_status_of(&last).expiry_s == is.expiry_s);
	agrees(p, status_word(is.at));	/* nothing is taken away */
}

static void
each_step_says_so(void **ctx)
{
	static const struct { enum sunset_step step; uint8_t life; } steps[] = {
		{ SUNSET_STEP_ANNOUNCE, SNAPSHOT_CLOSING },
		{ SUNSET_STEP_FREEZE, SNAPSHOT_CLOSING },	/* nobody takes "frozen" for less */
		{ SUNSET_STEP_EMPTY, SNAPSHOT_EMPTY }, { SUNSET_STEP_CANCEL, SNAPSHOT_ALIVE },
		{ SUNSET_STEP_FREEZE, SNAPSHOT_FROZEN }, { SUNSET_STEP_ANNOUNCE, SNAPSHOT_CLOSING },
		{ SUNSET_STEP_CANCEL, SNAPSHOT_ALIVE }, { SUNSET_STEP_FREEZE, SNAPSHOT_FROZEN },
		{ SUNSET_STEP_ANNOUNCE, SNAPSHOT_CLOSING }, { SUNSET_STEP_EMPTY, SNAPSHOT_EMPTY },
		{ SUNSET_STEP_END, SNAPSHOT_EMPTY },
	};
	struct parent *p = *ctx;
	int64_t day = wall_now(p) + 40 * DAY;

	open_now(p);
	prove(p, 1);
	for (size_t i = 0; i < COUNT(steps); i++) {
		int64_t before = wall_now(p);

		takes(p, steps[i].step, steps[i].step == SUNSET_STEP_ANNOUNCE ? day : 0);
		published(p, steps[i].life);
		assert_in_range(is.expiry_s, before + p->r->conf->status_s,
		    wall_now(p) + p->r->conf->status_s);
	}
	rig_check(p->r);
}

static int
last_reason(void *ctx, const void *row)
{
	const struct journal_row *j = row;

	if (j->kind == JOURNAL_STATUS)
		*(struct digest *)ctx = j->reason;
	return 0;
}

static void
the_reason_is_kept_and_a_refresh_has_none(void **ctx)
{
	struct parent *p = *ctx;
	struct digest d = { { 0 } }, none = { { 0 } };
	struct evidence e;

	open_now(p);
	takes(p, SUNSET_STEP_FREEZE, 0);
	assert_int_equal(store_each(p->r->k.store, Q_JOURNAL_FROM, ARGS(ARG_I(1)), last_reason, &d), 0);
	assert_int_equal(store_one(p->r->k.store, Q_EVIDENCE_BY_DIGEST, ARGS(ARG_D(d)), &e), 0);
	assert_memory_equal(e.octets.p, "no hands left\nby tester", e.octets.n);
	store_forget(p->r->k.store);
	let(p, (int64_t)p->r->conf->status_s * 1000);
	assert_int_equal(store_each(p->r->k.store, Q_JOURNAL_FROM, ARGS(ARG_I(1)), last_reason, &d), 0);
	assert_memory_equal(&d, &none, sizeof(d));
	assert_int_equal(state(p), SUNSET_FROZEN);
}

/* A refresh, a restart and other settings carry the state and its day. */
static void
a_state_lasts(void **ctx)
{
	struct parent *p = *ctx;

	open_now(p);
	for (unsigned at = SUNSET_FROZEN; at < SUNSETS; at++) {
		struct status before, after;
		struct snapshot s;

		go_to(p, (enum sunset)at);
		assert_int_equal(status_last(&before, &p->r->k), 0);
		let(p, (int64_t)p->r->conf->status_s * 1000 * 3 / 4);
		publish_close(&p->r->k);
		rig_set(p->r, "dns.ttl", at % 2 == 0 ? "600" : "900");
		reopen(p);
		assert_int_equal(status_last(&after, &p->r->k), 0);
		assert_int_equal(after.at, at);
		assert_true(after.day.s == before.day.s);
		s = now(p);
		assert_int_equal(snapshot_now(&s)->empties, status_life(after.at) ==
		    SNAPSHOT_CLOSING ? after.day.s / SNAPSHOT_DAY_S : 0);
		if (status_life(after.at) == SNAPSHOT_CLOSING)
			assert_true(after.expiry_s == after.day.s);
		else
			assert_true(after.expiry_s > before.expiry_s);
	}
	rig_check(p->r);
}

/* Until an announced day the expiry rolls; past it nothing is promised. */
static void
an_announced_day_is_kept(void **ctx)
{
	struct parent *p = *ctx;
	int64_t day = wall_now(p) + 5 * (int64_t)p->r->conf->status_s, last = 0;
	struct snapshot s;
	uint32_t serial;

	open_now(p);
	takes(p, SUNSET_STEP_ANNOUNCE, day);
	while (wall_now(p) < day) {
		s = now(p);
		assert_in_range(snapshot_now(&s)->expiry_s, wall_now(p) + 1, day);
		assert_true(snapshot_now(&s)->expiry_s >= last);
		last = snapshot_now(&s)->expiry_s;
		let(p, (int64_t)p->r->conf->status_s * 1000 / 4);
	}
	assert_true(last == day);
	serial = journal_serial(&p->r->k);
	let(p, (int64_t)5 * DAY * 1000);
	assert_int_equal(journal_serial(&p->r->k), serial);
	s = now(p);
	assert_true(snapshot_now(&s)->expiry_s == day);
	assert_int_equal(state(p), SUNSET_ANNOUNCED);	/* a person takes the steps */
	takes(p, SUNSET_STEP_FREEZE, 0);
	s = now(p);
	assert_true(snapshot_now(&s)->expiry_s == day);
}

/* --- what is forbidden --- */

static int
opt_out_put(struct keep *k, void *ctx)
{
	struct optout row = { .addr = *(const struct addr *)ctx, .len = 128, .made = keep_now(k) };
	const struct net n = { row.addr, 128 };
	int err = store_put(k->store, &optout_shape, &row);

	return err == 0 ? range_opted_out(k, &n) : err;
}

static void
what_each_state_forbids(void **ctx)
{
	static const struct {
		const char *probe, *retest;	/* tags; NULL: allowed */
		bool	lists, extends;
	} want[SUNSETS] = {
		[SUNSET_ALIVE] = { NULL, NULL, true, true },
		[SUNSET_FROZEN] = { "list-frozen", NULL, false, true },
		[SUNSET_ANNOUNCED] = { NULL, NULL, true, true },
		[SUNSET_CLOSING] = { "list-frozen", NULL, false, true },
		[SUNSET_EMPTY] = { "list-empty", "list-empty", false, false },
		[SUNSET_ENDED] = { "list-empty", "list-empty", false, false },
	};
	struct parent *p = *ctx;
	struct keep *k = &p->r->k;

	open_now(p);
	for (unsigned at = 0; at < SUNSETS; at++) {
		struct addr old = rig_addr(at * 3 + 1), other = rig_addr(at * 3 + 2);
		struct addr third = addr_v4(198, 18, (uint8_t)(100 + at), 7);
		struct net range = range_net(&third);
		struct listing first, l;
		const char *refused = "";
		int err;

		go_to(p, SUNSET_ALIVE);
		assert_true(rig_prove(p->r, (struct rig_proof){ .addr = old }));
		assert_true(rig_prove(p->r, (struct rig_proof){ .addr = third }));
		assert_true(rig_listed(p->r, old, CODE_ENTRY, &first));
		rig_pass(p->r, 2 * HOUR);
		go_to(p, (enum sunset)at);
		err = range_widen(k, &range, STR("x"), STR("y"), &refused);
		if (want[at].lists ? err != 0 : err != RANGE_REFUSED || strcmp(refused, want[at].probe) != 0)
			fail_msg("%s: widen %d %s", status_word((enum sunset)at), err, refused);
		assert_int_equal(rig_prove(p->r, (struct rig_proof){ .addr = other }), want[at].lists);
		rig_prove(p->r, (struct rig_proof){ .addr = old });
		assert_true(rig_listed(p->r, old, CODE_ENTRY, &l));
		assert_int_equal(l.until.s > first.until.s, want[at].extends);
		refused = status_forbids(k, RUN_PROBE);
		if (refused != want[at].probe && (refused == NULL || want[at].probe == NULL ||
		    strcmp(refused, want[at].probe) != 0))
			fail_msg("%s: probe %s", status_word((enum sunset)at), refused);
		refused = status_forbids(k, RUN_RETEST);
		assert_int_equal(refused == NULL, want[at].retest == NULL);
		assert_null(status_forbids(k, RUN_CONTROL));
		/* and in every state: */
		assert_int_equal(list_remove(k, &old, JOURNAL_REMOVE, STR("x"), STR("y")), 0);
		assert_int_equal(keep_precious(k, opt_out_put, &other), 0);
		let(p, 100);
		agrees(p, status_word((enum sunset)at));
	}
	rig_check(p->r);
}

/* An exit is a listing, too. */
static void
a_frozen_list_takes_no_exit(void **ctx)
{
	struct parent *p = *ctx;

	rig_set(p->r, "dns.out", "yes");
	open_now(p);
	prove(p, 1);
	rig_pass(p->r, 2 * HOUR);
	go_to(p, SUNSET_FROZEN);
	assert_true(rig_prove(p->r, (struct rig_proof){ .addr = rig_addr(1), .exit = rig_addr(9) }));
	assert_false(rig_listed(p->r, rig_addr(9), CODE_EXIT, NULL));
	go_to(p, SUNSET_ALIVE);
	rig_pass(p->r, 2 * HOUR);
	assert_true(rig_prove(p->r, (struct rig_proof){ .addr = rig_addr(1), .exit = rig_addr(9) }));
	assert_true(rig_listed(p->r, rig_addr(9), CODE_EXIT, NULL));
}

/* Rows of before there were states. */
static void
a_life_without_a_state(void **ctx)
{
	static const struct { uint8_t life; uint16_t proofs; enum sunset at; } cases[] = {
		{ SNAPSHOT_ALIVE, 0, SUNSET_ALIVE }, { SNAPSHOT_FROZEN, 0, SUNSET_FROZEN },
		{ SNAPSHOT_CLOSING, 0, SUNSET_ANNOUNCED }, { SNAPSHOT_EMPTY, 0, SUNSET_EMPTY },
		{ SNAPSHOT_CLOSING, SUNSET_CLOSING, SUNSET_CLOSING },
		{ SNAPSHOT_EMPTY, SUNSET_ENDED, SUNSET_ENDED },
		{ SNAPSHOT_ALIVE, SUNSET_ENDED, SUNSET_ALIVE },	/* what is published counts */
		{ SNAPSHOT_FROZEN, 999, SUNSET_FROZEN },
	};
	struct parent *p = *ctx;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct journal_row j = { .kind = JOURNAL_STATUS, .len = 128,
			.code = cases[i].life, .proofs = cases[i].proofs };

		assert_int_equal(keep_write(&p->r->k), 0);
		assert_int_equal(keep_done(&p->r->k, journal_append(&p->r->k, &j)), 0);
		assert_int_equal(state(p), cases[i].at);
	}
	assert_int_equal(keep_flush(&p->r->k), 0);
}

static int
up_all(void **ctx)
{
	int err = up(ctx);
	struct parent *p = *ctx;

	return err != 0 ? err : optouts_open(&p->r->k);
}

static int
down_all(void **ctx)
{
	struct parent *p = *ctx;

	optouts_close(&p->r->k);
	return down(ctx);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up_all, down_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_step_from_every_state),
		TEST(waits_are_kept),
		TEST(each_step_says_so),
		TEST(the_reason_is_kept_and_a_refresh_has_none),
		TEST(a_state_lasts),
		TEST(an_announced_day_is_kept),
		TEST(what_each_state_forbids),
		TEST(a_frozen_list_takes_no_exit),
		TEST(a_life_without_a_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
