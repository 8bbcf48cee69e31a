/* What is published, and when. */
#include "publish_rig.h"

static void
without_a_parent_nothing_happens(void **state)
{
	struct parent *p = *state;
	struct channel *parent = p->r->k.parent;

	p->r->k.parent = NULL;
	assert_int_equal(publish_open(&p->r->k), 0);
	prove(p, 1);
	p->r->k.parent = parent;
	let(p, 1000);
	assert_int_equal(p->got[PUBLISH_BASE], 0);
}

static void
the_first_base_says_what_the_zone_is(void **state)
{
	struct parent *p = *state;
	const struct snapshot_view *v = &p->last[PUBLISH_BASE].view;
	char path[128], text[DNS_NAME_TEXT];
	struct stat st;

	prove(p, 5);
	open_now(p);
	assert_int_equal(p->got[PUBLISH_BASE], 1);
	assert_int_equal(p->got[PUBLISH_TAIL], 1);
	agrees(p, "first");
	dns_name_text(text, &v->zone.zone);
	assert_string_equal(text, "bl.example");
	assert_int_equal(v->zone.n_ns, 2);
	/* only the one inside the zone, and no address of a loopback or of all */
	assert_int_equal(v->zone.n_hosts, 1);
	assert_int_equal(v->zone.ttl_s, p->r->conf->ttl_s);
	assert_true((v->head.flags & SNAPSHOT_LAB) != 0);
	assert_true((v->head.flags & SNAPSHOT_OUT) == 0);
	assert_int_equal(v->head.life, SNAPSHOT_ALIVE);
	assert_true(v->head.expiry_s == keep_now(&p->r->k).s + p->r->conf->status_s);
	snprintf(path, sizeof(path), "%s/base.snap", p->r->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_true((size_t)st.st_size == p->last[PUBLISH_BASE].n);
}

static void
a_change_is_published_within_a_moment(void **state)
{
	struct parent *p = *state;

	open_now(p);
	prove(p, 1);
	assert_int_equal(p->got[PUBLISH_OVERLAY], 0);
	let(p, 2 * PUBLISH_EVERY_MS);
	assert_int_equal(p->got[PUBLISH_OVERLAY], 1);
	agrees(p, "added");
	unlist(p, 1);
	let(p, 2 * PUBLISH_EVERY_MS);
	agrees(p, "removed");
	assert_int_equal(p->got[PUBLISH_BASE], 1);
}

static void
many_changes_are_one_overlay(void **state)
{
	struct parent *p = *state;

	open_now(p);
	for (unsigned i = 1; i <= 50; i++)
		prove(p, i);
	let(p, 2 * PUBLISH_EVERY_MS);
	assert_int_equal(p->got[PUBLISH_OVERLAY], 1);
	agrees(p, "fifty");
}

static void
rows_of_an_open_group_are_not_published(void **state)
{
	struct parent *p = *state;
	struct rig_proof late = { .addr = rig_addr(9) };
	bool listed;

	open_now(p);
	prove(p, 1);
	let(p, PUBLISH_EVERY_MS / 2);
	assert_int_equal(keep_write(&p->r->k), 0);
	assert_int_equal(keep_done(&p->r->k, rig_prove_in(p->r, &late, &listed)), 0);
	let(p, PUBLISH_EVERY_MS / 2 + 1);	/* before the group's own commit */
	assert_int_equal(p->last[PUBLISH_OVERLAY].view.head.serial, 2);
	assert_false(snapshot_has(&(struct snapshot){ &p->last[PUBLISH_BASE].view,
	    &p->last[PUBLISH_OVERLAY].view }, &late.addr, 2));
	let(p, 100);
	agrees(p, "committed");
}

static void
when_it_is_quiet_a_child_writes_a_new_base(void **state)
{
	struct parent *p = *state;

	open_now(p);
	prove(p, 1);
	prove(p, 2);
	let(p, PUBLISH_QUIET_MS);
	wait_for_base(p, 2);
	let(p, 50);
	agrees(p, "second base");
	assert_int_equal(p->last[PUBLISH_BASE].view.head.serial, 3);
	assert_int_equal(snapshot_count(&(struct snapshot){
	    &p->last[PUBLISH_BASE].view, NULL }), 2);
}

struct waiting { struct publish_wait w; int n, err; };

static void
waited(struct publish_wait *w, int err)
{
	((struct waiting *)w)->n++;
	((struct waiting *)w)->err = err;
}

/* Whoever asks for a file is told when a child has written one of that moment,
 * also if one was at work that began before. */
static void
who_asks_for_the_file_waits_for_a_child(void **state)
{
	struct parent *p = *state;
	struct keep *k = &p->r->k;
	struct waiting early = { .w.done = waited }, late = early, gone = early, now_ = early;

	open_now(p);
	assert_int_equal(publish_wait(k, &now_.w), 0);
	assert_true(now_.n == 1 && now_.err == 0);	/* it is there already */
	prove(p, 1);
	assert_int_equal(publish_wait(k, &early.w), 0);
	prove(p, 2);
	assert_int_equal(publish_wait(k, &late.w), 0);
	assert_int_equal(publish_wait(k, &gone.w), 0);
	assert_true(early.n == 0 && late.n == 0);
	publish_wait_drop(k, &gone.w);
	wait_for_base(p, 2);
	assert_true(early.n == 1 && early.err == 0 && late.n == 0);
	wait_for_base(p, 3);
	let(p, 50);
	assert_true(early.n == 1 && late.n == 1 && late.err == 0 && gone.n == 0);
	assert_int_equal(p->last[PUBLISH_BASE].view.head.serial, journal_serial(k));
	publish_wait_drop(k, &late.w);		/* it is over */
	agrees(p, "asked for");
}

/* 10.0.0.0 and on, straight into the table. */
static void
list_many(struct parent *p, uint32_t n)
{
	struct keep *k = &p->r->k;

	assert_int_equal(keep_write(k), 0);
	for (uint32_t i = 0; i < n; i++) {
		struct listing l = { .len = 128, .code = CODE_ENTRY, .until = { INT64_MAX } };

		l.addr = addr_v4(10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i);
		assert_int_equal(store_put(k->store, &listing_shape, &l), 0);
	}
	assert_int_equal(keep_done(k, 0), 0);
	assert_int_equal(keep_flush(k), 0);
}

static void
a_large_store_is_read_in_pages_while_it_changes(void **state)
{
	const uint32_t n = BUILD_PAGE * BUILD_AT_ONCE + 1000;
	struct parent *p = *state;
	struct addr gone = addr_v4(10, 0, 0, 7), late = addr_v4(10, 1, 2, 3);
	struct snapshot s;

	list_many(p, n);
	open_now(p);		/* let() reads the rest: nothing is ready but that */
	wait_for_base(p, 1);
	publish_close(&p->r->k);
	p->got[PUBLISH_BASE] = 0;
	publish_unmap(&p->last[PUBLISH_BASE]);
	assert_int_equal(publish_open(&p->r->k), 0);
	assert_int_equal(list_remove(&p->r->k, &gone, JOURNAL_REMOVE, STR("x"), STR("y")), 0);
	assert_int_equal(list_remove(&p->r->k, &late, JOURNAL_REMOVE, STR("x"), STR("y")), 0);
	prove(p, 1);
	wait_for_base(p, 1);
	let(p, 50);
	s = now(p);
	assert_int_equal(snapshot_count(&s), n - 1);
	assert_false(snapshot_has(&s, &gone, CODE_ENTRY));
	assert_false(snapshot_has(&s, &late, CODE_ENTRY));
	assert_int_equal(snapshot_now(&s)->serial, journal_serial(&p->r->k));
}

/* What is committed while the child writes the first base is in no base yet,
 * and no commit follows that would bring it. */
static void
a_change_during_the_first_base_is_not_forgotten(void **state)
{
	struct parent *p = *state;
	struct addr a = rig_addr(1);
	struct snapshot s;

	list_many(p, BUILD_PAGE * BUILD_AT_ONCE + 1);
	assert_int_equal(publish_open(&p->r->k), 0);
	let(p, 0);		/* the last page: the child is at work */
	prove(p, 1);
	wait_for_base(p, 1);
	let(p, 50);
	s = now(p);
	assert_true(snapshot_has(&s, &a, CODE_ENTRY));
}

static void
past_its_bound_the_overlay_becomes_a_base(void **state)
{
	struct parent *p = *state;

	open_now(p);
	publish_overlay_max(&p->r->k, 10);
	for (unsigned i = 1; i <= 12; i++)
		prove(p, i);
	let(p, 2 * PUBLISH_EVERY_MS);
	prove(p, 100);		/* while the child is at work */
	unlist(p, 3);
	wait_for_base(p, 2);
	let(p, 50);
	agrees(p, "rebuilt");
	assert_true(p->last[PUBLISH_BASE].view.head.serial >= 12);
}

static void
the_status_is_renewed_before_it_expires(void **state)
{
	struct parent *p = *state;
	struct snapshot s;

	open_now(p);
	for (int i = 0; i < 10; i++) {
		rig_pass(p->r, p->r->conf->status_s / 2 + 1);
		s = now(p);
		assert_true(snapshot_now(&s)->expiry_s > keep_now(&p->r->k).s +
		    p->r->conf->status_s / 3);
	}
	agrees(p, "only time passed");
}

static int
put_status(struct keep *k, void *ctx)
{
	struct journal_row j = {
		.kind = JOURNAL_STATUS, .code = *(uint8_t *)ctx, .made = keep_now(k),
	};

	return journal_append(k, &j);
}

static void
a_closing_list_says_so(void **state)
{
	struct parent *p = *state;
	uint8_t life = SNAPSHOT_CLOSING;
	struct snapshot s;

	open_now(p);
	assert_int_equal(keep_precious(&p->r->k, put_status, &life), 0);
	let(p, 50);
	s = now(p);
	assert_int_equal(snapshot_now(&s)->life, SNAPSHOT_CLOSING);
	publish_close(&p->r->k);
	open_now(p);		/* and after a restart */
	s = now(p);
	assert_int_equal(snapshot_now(&s)->life, SNAPSHOT_CLOSING);
}

static void
step_is(const struct snapshot_view *v, size_t i, uint32_t serial, unsigned kind, unsigned n)
{
	struct snapshot_step s = snapshot_step(v, i);
	struct addr a = rig_addr(n);

	assert_int_equal(s.serial, serial);
	assert_int_equal(s.kind, kind);
	assert_true(addr_eq(&s.addr, &a));
}

static void
the_tail_has_what_changes_names_and_no_more(void **state)
{
	struct parent *p = *state;
	const struct snapshot_view *v = &p->last[PUBLISH_TAIL].view;

	for (int round = 0; round < 2; round++) {	/* read live, and at a start */
		open_now(p);
		if (round == 0) {
			prove(p, 1);		/* 2, after the status */
			rig_pass(p->r, HOUR);
			prove(p, 1);		/* 3: extends only */
			unlist(p, 1);		/* 4 */
			prove(p, 2);		/* 5 */
			let(p, 50);
		}
		assert_int_equal(v->head.base_serial, 0);
		assert_int_equal(v->head.serial, 5);
		assert_int_equal(v->n_steps, 4);
		assert_int_equal(snapshot_step(v, 0).kind, JOURNAL_STATUS);
		step_is(v, 1, 2, JOURNAL_ADD, 1);
		step_is(v, 2, 4, JOURNAL_REMOVE, 1);
		step_is(v, 3, 5, JOURNAL_ADD, 2);
		publish_close(&p->r->k);
	}
}

/* One write that lists two: both steps bear one serial. */
static void
two_at_once(struct parent *p, unsigned a, unsigned b)
{
	struct rig_proof pa = { .addr = rig_addr(a) }, pb = { .addr = rig_addr(b) };
	bool listed;

	assert_int_equal(keep_write(&p->r->k), 0);
	assert_int_equal(rig_prove_in(p->r, &pa, &listed), 0);
	assert_int_equal(keep_done(&p->r->k, rig_prove_in(p->r, &pb, &listed)), 0);
	assert_int_equal(keep_flush(&p->r->k), 0);
}

static void
the_tail_is_cut_between_serials(void **state)
{
	struct parent *p = *state;
	struct publish_steps s;

	prove(p, 1);			/* serial 1, row 1 */
	two_at_once(p, 2, 3);		/* serial 2, rows 2 and 3 */
	prove(p, 4);			/* serial 3, row 4 */
	prove(p, 5);			/* serial 4, row 5 */
	for (size_t max = 1; max <= 6; max++) {
		static const struct { uint32_t before; size_t n; } want[] = {
			{ 3, 1 }, { 2, 2 }, { 2, 2 }, { 1, 4 }, { 0, 5 }, { 0, 5 },
		};

		assert_int_equal(steps_open(&s, &p->r->k, max), 0);
		if (s.before != want[max - 1].before || s.n_steps != want[max - 1].n)
			fail_msg("max %zu: before %u, %zu steps", max, s.before, s.n_steps);
		steps_free(&s);
	}
	assert_int_equal(steps_open(&s, &p->r->k, 3), 0);
	two_at_once(p, 6, 7);		/* serial 5 */
	two_at_once(p, 8, 9);		/* serial 6 */
	assert_int_equal(steps_read(&s, &p->r->k, 3, NULL), 0);
	assert_int_equal(s.before, 5);
	assert_int_equal(s.n_steps, 2);
	assert_int_equal(s.serial, 6);
	steps_free(&s);
}

/* One step in the life of a list; refusals are part of it. */
static void
live_on(struct parent *p, uint64_t x)
{
	struct keep *k = &p->r->k;
	struct addr a = rig_addr((unsigned)(x % 40) + 1);
	struct net range = range_net(&a);
	struct rig_proof proof = { .addr = a, .exit = rig_addr((unsigned)(x / 64 % 5) + 38) };
	const char *why;
	int err = 0;

	switch (x / 1024 % 9) {
	case 0: case 1:
		err = list_remove(k, &a, JOURNAL_REMOVE, STR("x"), STR("y"));
		break;
	case 2: case 3:
		err = range_widen(k, &range, STR("x"), STR("y"), &why);
		break;
	case 4:
		err = range_narrow(k, &range, STR("x"), STR("y"), &why);
		break;
	case 5: case 6:
		err = range_except(k, &a, x / 65536 % 2 == 0, STR("x"), STR("y"), &why);
		break;
	default:
		rig_prove(p->r, proof);
	}
	assert_true(err == 0 || err == STORE_NONE || err == RANGE_REFUSED);
}

static void
random_life_agrees_all_the_way(void **state)
{
	struct parent *p = *state;

	rig_set(p->r, "dns.out", "yes");
	open_now(p);
	publish_overlay_max(&p->r->k, 8);
	for (int i = 0; i < 600; i++) {
		live_on(p, rand_u64(&p->r->rand));
		if (i % 10 == 9) {
			let(p, 60);
			agrees(p, "on the way");
		}
		if (i % 200 == 99) {
			reopen(p);
			agrees(p, "after a restart");
		}
	}
	wait_for_base(p, 2);
	let(p, 60);
	agrees(p, "at the end");
	rig_check(p->r);
}

static void
a_range_and_its_exception_are_steps(void **state)
{
	struct parent *p = *state;
	const struct snapshot_view *v = &p->last[PUBLISH_TAIL].view;
	struct addr a = rig_addr(9);
	struct net range = range_net(&a);
	const char *why;

	open_now(p);
	prove(p, 1);
	assert_int_equal(range_widen(&p->r->k, &range, STR("x"), STR("y"), &why), 0);
	assert_int_equal(range_except(&p->r->k, &a, false, STR("x"), STR("y"), &why), 0);
	unlist(p, 1);		/* ends all three */
	let(p, 50);
	assert_int_equal(v->n_steps, 7);	/* the status of the start is 1 */
	step_is(v, 2, 3, JOURNAL_ADD, 0);
	assert_int_equal(snapshot_step(v, 2).len, 120);
	step_is(v, 3, 4, JOURNAL_EXCEPT, 9);
	step_is(v, 4, 5, JOURNAL_REMOVE, 1);
	step_is(v, 5, 5, JOURNAL_REMOVE, 0);
	step_is(v, 6, 5, JOURNAL_UNEXCEPT, 9);
	agrees(p, "all gone");
}

/* A difference over a change of status deletes the record that was there. */
static void
the_tail_says_what_status_held_before_it(void **state)
{
	struct parent *p = *state;
	struct publish_steps s;
	struct snapshot_step out[8];
	struct journal_row j = { .kind = JOURNAL_STATUS, .len = 128, .code = SNAPSHOT_CLOSING,
		.addr.o = { [12] = 0x6b, 1, 2, 3 } };

	assert_int_equal(keep_write(&p->r->k), 0);
	assert_int_equal(keep_done(&p->r->k, journal_append(&p->r->k, &j)), 0);
	assert_int_equal(keep_flush(&p->r->k), 0);	/* 1 */
	prove(p, 1);					/* 2 */
	prove(p, 2);					/* 3 */
	for (size_t max = 1; max <= 3; max++) {
		assert_int_equal(steps_open(&s, &p->r->k, max), 0);
		assert_int_equal(s.status.expiry_s, 0x6b010203);
		assert_int_equal(steps_copy(&s, out), max == 3 ? 3 : max + 1);
		assert_int_equal(out[0].kind, JOURNAL_STATUS);
		assert_int_equal(out[0].serial, max == 3 ? 1 : s.before);
		assert_int_equal(out[0].code, SNAPSHOT_CLOSING);
		assert_true(addr_eq(&out[0].addr, &j.addr));
		steps_free(&s);
	}
	assert_int_equal(steps_open(&s, &p->r->k, 3), 0);
	prove(p, 3);
	assert_int_equal(steps_read(&s, &p->r->k, 1, NULL), 0);	/* drops the status row */
	assert_int_equal(steps_copy(&s, out), 2);
	assert_int_equal(out[0].serial, 3);
	assert_int_equal(out[0].kind, JOURNAL_STATUS);
	assert_true(addr_eq(&out[0].addr, &j.addr));
	steps_free(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_parent_nothing_happens),
		TEST(the_first_base_says_what_the_zone_is),
		TEST(a_change_is_published_within_a_moment),
		TEST(many_changes_are_one_overlay),
		TEST(rows_of_an_open_group_are_not_published),
		TEST(when_it_is_quiet_a_child_writes_a_new_base),
		TEST(who_asks_for_the_file_waits_for_a_child),
		TEST(a_large_store_is_read_in_pages_while_it_changes),
		TEST(a_change_during_the_first_base_is_not_forgotten),
		TEST(past_its_bound_the_overlay_becomes_a_base),
		TEST(the_status_is_renewed_before_it_expires),
		TEST(a_closing_list_says_so),
		TEST(the_tail_has_what_changes_names_and_no_more),
		TEST(the_tail_is_cut_between_serials),
		TEST(a_range_and_its_exception_are_steps),
		TEST(the_tail_says_what_status_held_before_it),
		TEST(random_life_agrees_all_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
