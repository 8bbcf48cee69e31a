#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_http.h"
#include "desk_rig.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* {"exit":0,"event":"state",...}: an event and an end alike */
#define STATE(test, state, role, mine) "{\"exit\":0,\"event\":\"state\",\"test\":\"" test \
	"\",\"addr\":\"192.0.2.25\",\"state\":\"" state "\",\"role\":\"" role \
	"\",\"mine\":" mine ",\"form\":\"P01\"}"
#define QUEUED STATE("t1", "queued", "public", "false")
#define TESTING STATE("t1", "testing", "public", "false")
#define DONE STATE("t1", "done", "public", "false")

static struct fake fakes[FAKE_STREAMS];

/* Viewer i watches what the keeper says of the test to one like it. */
static int
join(struct rig *r, size_t i, const char *snapshot)
{
	json_t *request = json_pack("{ss ss}", "verb", "test-show", "test", "t1");
	json_t *o = json_loads(snapshot, 0, NULL);
	int err;

	fakes[i] = (struct fake){ 0 };
	err = relays_join(r->web.relays, &fakes[i].r, request, o);
	json_decref(request);
	json_decref(o);
	rig_run(r);
	return err;
}

static size_t
asked(struct rig *r)
{
	char text[1024];
	size_t n = 0;

	while (rig_asked(r, text, sizeof(text))) {
		assert_non_null(strstr(text, "\"follow\":true"));
		n++;
	}
	return n;
}

static const char *
state_of(size_t i, size_t nth)
{
	static char word[32];
	const char *at = fake_streams[i]->text;

	for (size_t k = 0; k < nth && at != NULL; k++)
		at = strchr(at, '\n') == NULL ? NULL : strchr(at, '\n') + 1;
	at = at == NULL ? NULL : strstr(at, "\"state\":\"");
	return at != NULL && sscanf(at, "\"state\":\"%31[a-z]", word) == 1 ? word : "";
}

static void
one_follow_serves_many(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	for (size_t i = 0; i < 500; i++)
		assert_int_equal(join(&r, i, QUEUED), 0);
	assert_int_equal(asked(&r), 1);
	assert_int_equal(relays_viewers(r.web.relays), 500);
	assert_int_equal(relays_follows(r.web.relays), 1);
	rig_say(&r, TESTING, false);
	for (size_t i = 0; i < 500; i++) {
		assert_int_equal(fake_streams[i]->events, 2);
		assert_string_equal(state_of(i, 0), "queued");
		assert_string_equal(state_of(i, 1), "testing");
		assert_null(strstr(fake_streams[i]->text, "P01"));
		assert_null(strstr(fake_streams[i]->text, "id="));
	}
	rig_say(&r, DONE, true);
	for (size_t i = 0; i < 500; i++) {
		assert_int_equal(fake_streams[i]->events, 3);
		assert_non_null(strstr(fake_streams[i]->text, "state id=end {\"test\":\"t1\""));
		assert_true(fake_streams[i]->closed);
	}
	assert_int_equal(relays_viewers(r.web.relays), 0);
	assert_int_equal(relays_follows(r.web.relays), 0);
	rig_close(&r);
}

static void
what_all_know_is_not_told_again(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(join(&r, 0, QUEUED), 0);
	assert_int_equal(asked(&r), 1);
	rig_say(&r, QUEUED, false);
	assert_int_equal(fake_streams[0]->events, 1);
	rig_say(&r, TESTING, false);
	rig_say(&r, TESTING, false);
	assert_int_equal(fake_streams[0]->events, 2);
	/* one who knows something else than the others makes the next one count */
	assert_int_equal(join(&r, 1, QUEUED), 0);
	rig_say(&r, TESTING, false);
	assert_int_equal(fake_streams[0]->events, 3);
	assert_int_equal(fake_streams[1]->events, 2);
	assert_string_equal(state_of(1, 1), "testing");
	rig_close(&r);
}

static void
a_late_viewer_is_told_at_once(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(join(&r, 0, QUEUED), 0);
	assert_int_equal(asked(&r), 1);
	rig_say(&r, TESTING, false);
	assert_int_equal(join(&r, 1, TESTING), 0);
	assert_int_equal(asked(&r), 0);
	assert_string_equal(state_of(1, 0), "testing");
	/* and after its end, without a follow */
	rig_say(&r, DONE, true);
	assert_int_equal(join(&r, 2, DONE), 0);
	assert_int_equal(asked(&r), 0);
	assert_int_equal(fake_streams[2]->events, 1);
	assert_non_null(strstr(fake_streams[2]->text, "state id=end "));
	assert_true(fake_streams[2]->closed);
	rig_close(&r);
}

static void
each_kind_of_reader_has_its_own(void **state)
{
	static const char *const kinds[] = {
		QUEUED, STATE("t1", "queued", "public", "true"),
		STATE("t1", "queued", "owner", "false"), STATE("t2", "queued", "public", "false"),
	};
	struct rig r;

	(void)state;
	rig_open(&r, true);
	for (size_t i = 0; i < N(kinds); i++) {
		assert_int_equal(join(&r, i, kinds[i]), 0);
		assert_int_equal(asked(&r), 1);
	}
	assert_int_equal(relays_follows(r.web.relays), N(kinds));
	for (size_t i = 0; i < N(kinds); i++)
		assert_int_equal(strstr(fake_streams[i]->text, "P01") != NULL, i == 2);
	rig_close(&r);
}

/* A grant runs out, or a keeper errs: what is for the owner never goes on to a
 * stream of the public. */
static void
other_rights_end_the_streams(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(join(&r, 0, QUEUED), 0);
	assert_int_equal(asked(&r), 1);
	rig_say(&r, STATE("t1", "testing", "owner", "false"), false);
	assert_true(fake_streams[0]->closed);
	assert_int_equal(fake_streams[0]->events, 1);
	assert_int_equal(relays_follows(r.web.relays), 0);
	asked(&r);
	assert_int_equal(r.drops, 1);
	rig_close(&r);
}

static void
the_follow_ends_with_the_last_viewer(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(join(&r, 0, QUEUED), 0);
	assert_int_equal(join(&r, 1, QUEUED), 0);
	assert_int_equal(asked(&r), 1);
	fake_leave(fake_streams[0]);
	rig_run(&r);
	assert_int_equal(asked(&r), 0);
	assert_int_equal(r.drops, 0);
	fake_leave(fake_streams[1]);
	rig_run(&r);
	assert_int_equal(asked(&r), 0);
	assert_int_equal(r.drops, 1);
	assert_int_equal(relays_viewers(r.web.relays), 0);
	assert_int_equal(relays_follows(r.web.relays), 0);
	/* the next one begins anew */
	assert_int_equal(join(&r, 2, TESTING), 0);
	assert_int_equal(asked(&r), 1);
	rig_close(&r);
}

static void
a_slow_viewer_holds_up_nobody(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(join(&r, 0, QUEUED), 0);
	assert_int_equal(join(&r, 1, QUEUED), 0);
	assert_int_equal(asked(&r), 1);
	fake_streams[1]->full = true;
	rig_say(&r, TESTING, false);
	assert_string_equal(state_of(0, 1), "testing");
	fake_leave(fake_streams[1]);	/* as http does with it */
	rig_say(&r, DONE, true);
	assert_true(fake_streams[0]->closed);
	assert_int_equal(fake_streams[0]->events, 3);
	rig_close(&r);
}

static void
streams_outlive_the_keeper(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(join(&r, 0, QUEUED), 0);
	assert_int_equal(asked(&r), 1);
	rig_keeper_dies(&r);
	rig_pass(&r, 5 * RELAY_AGAIN_MS);
	assert_false(fake_streams[0]->closed);
	rig_keeper_comes(&r);
	rig_pass(&r, RELAY_AGAIN_MS);
	assert_int_equal(asked(&r), 1);
	rig_say(&r, TESTING, false);
	assert_string_equal(state_of(0, 1), "testing");
	rig_say(&r, DONE, true);
	assert_true(fake_streams[0]->closed);
	rig_close(&r);
}

static void
a_keeper_that_stays_away_ends_them(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, false);
	assert_int_equal(join(&r, 0, QUEUED), 0);
	rig_pass(&r, (int64_t)RELAY_AGAIN_MS * (RELAY_TRIES - 2));
	assert_false(fake_streams[0]->closed);
	rig_pass(&r, 3 * RELAY_AGAIN_MS);
	assert_true(fake_streams[0]->closed);
	assert_int_equal(relays_follows(r.web.relays), 0);
	rig_close(&r);
}

static void
a_refused_follow_ends_them(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(join(&r, 0, QUEUED), 0);
	assert_int_equal(asked(&r), 1);
	rig_say(&r, "{\"exit\":65,\"error\":\"no-such-test\"}", true);
	assert_true(fake_streams[0]->closed);
	rig_close(&r);
}

static void
bounds_are_kept(void **state)
{
	struct rig r;
	char snapshot[256];

	(void)state;
	rig_open(&r, true);
	for (size_t i = 0; i < RELAYS; i++) {
		snprintf(snapshot, sizeof(snapshot), "{\"test\":\"t%zu\",\"state\":\"queued\","
		    "\"role\":\"public\"}", i);
		assert_int_equal(join(&r, i, snapshot), 0);
	}
	assert_int_equal(join(&r, RELAYS, "{\"test\":\"more\",\"state\":\"queued\"}"), SEK_ELIMIT);
	assert_int_equal(fakes[RELAYS].code, 0);
	assert_int_equal(relays_follows(r.web.relays), RELAYS);
	/* another viewer of one that is there may still join */
	assert_int_equal(join(&r, RELAYS, snapshot), 0);
	rig_close(&r);
}

static void
what_is_no_snapshot_is_refused(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	assert_true(join(&r, 0, "{\"exit\":0}") != 0);
	assert_true(join(&r, 0, "{\"test\":\"A B\",\"state\":\"queued\"}") != 0);
	assert_int_equal(relays_follows(r.web.relays), 0);
	rig_close(&r);
}

static void
a_stream_that_cannot_be_opened_leaves_nothing(void **state)
{
	struct rig r;

	(void)state;
	rig_open(&r, true);
	fake_no_stream = true;
	assert_int_equal(join(&r, 0, QUEUED), 0);	/* it was answered */
	assert_int_equal(fakes[0].code, 503);
	assert_int_equal(join(&r, 0, DONE), 0);
	fake_no_stream = false;
	assert_int_equal(relays_viewers(r.web.relays), 0);
	assert_int_equal(relays_follows(r.web.relays), 0);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_follow_serves_many),
		cmocka_unit_test(what_all_know_is_not_told_again),
		cmocka_unit_test(a_late_viewer_is_told_at_once),
		cmocka_unit_test(each_kind_of_reader_has_its_own),
		cmocka_unit_test(other_rights_end_the_streams),
		cmocka_unit_test(the_follow_ends_with_the_last_viewer),
		cmocka_unit_test(a_slow_viewer_holds_up_nobody),
		cmocka_unit_test(streams_outlive_the_keeper),
		cmocka_unit_test(a_keeper_that_stays_away_ends_them),
		cmocka_unit_test(a_refused_follow_ends_them),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(what_is_no_snapshot_is_refused),
		cmocka_unit_test(a_stream_that_cannot_be_opened_leaves_nothing),
	};

	return cmocka_run_group_tests_name("web/relay_events", tests, NULL, NULL);
}
