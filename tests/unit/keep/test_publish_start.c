/* What a start makes of the file of the last run. */
#include "keep/publish_mark.h"
#include "keep/publish_resume.h"
#include "publish_rig.h"

/* Does the tail begin at serial, with what status holds there, and does it lead
 * on by as many steps? */
static bool
begins(const struct snapshot_view *v, uint32_t serial, unsigned steps)
{
	struct snapshot_step first = snapshot_step(v, 0);

	return v->head.base_serial == serial && v->n_steps == steps + 1 &&
	    first.kind == JOURNAL_STATUS && first.serial == serial;
}

static void
spoil_file(struct parent *p, off_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/base.snap", p->r->dir);
	if (len < 0)
		assert_int_equal(unlink(path), 0);
	else
		assert_int_equal(truncate(path, len), 0);
}

/* What leads from the serials before a start to those after it? */
static void
a_start_breaks_the_differences_only_where_it_must(void **state)
{
	static const struct {
		const char *name, *key, *value;
		off_t	spoil;		/* 0: nothing; -1: no file; else its length */
		bool	breaks;
	} cases[] = {
		{ "the same again", NULL, NULL, 0, false },
		{ "another URL", "web.url", "https://pages.example/", 0, true },
		{ "the same URL again", "web.url", "https://pages.example/", 0, false },
		{ "another TTL", "dns.ttl", "600", 0, true },
		{ "out.ZONE", "dns.out", "yes", 0, true },
		{ "a new name server address", "dns.listen", "198.18.0.54:53", 0, true },
		{ "no file", NULL, NULL, -1, true },
		{ "a file cut short", NULL, NULL, 100, true },
		{ "an empty file", NULL, NULL, 1, true },
		{ "and the same again", NULL, NULL, 0, false },
	};
	struct parent *p = *state;
	const struct snapshot_view *v = &p->last[PUBLISH_TAIL].view;

	open_now(p);
	prove(p, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t before = journal_serial(&p->r->k);

		publish_close(&p->r->k);	/* the file, as this run leaves it */
		if (cases[i].spoil != 0)
			spoil_file(p, cases[i].spoil);
		if (cases[i].key != NULL)
			rig_set(p->r, cases[i].key, cases[i].value);
		for (int k = 1; k < 4; k++) {
			publish_unmap(&p->last[k]);
			p->got[k] = 0;
		}
		open_now(p);
		agrees(p, cases[i].name);
		if (journal_serial(&p->r->k) != before + (cases[i].breaks ? 2 : 0))
			fail_msg("%s: serial %u after %u", cases[i].name,
			    journal_serial(&p->r->k), before);
		if (cases[i].breaks && !begins(v, before + 2, 0))
			fail_msg("%s: the tail begins at %u", cases[i].name, v->head.base_serial);
		if (!cases[i].breaks && v->head.serial != before)
			fail_msg("%s: the tail ends at %u", cases[i].name, v->head.serial);
	}
	/* and behind a break it goes on, also for who starts later */
	prove(p, 2);
	reopen(p);
	assert_true(begins(v, v->head.serial - 1, 1));
	rig_check(p->r);
}

static void
copy_file(const char *from, const char *to)
{
	char cmd[400];

	snprintf(cmd, sizeof(cmd), "cp %s %s", from, to);
	assert_int_equal(system(cmd), 0);
}

/* The database of yesterday beside the file of today. */
static void
a_restored_backup_jumps_ahead(void **state)
{
	struct parent *p = *state;
	const struct snapshot_view *v = &p->last[PUBLISH_TAIL].view;
	char old[160], db[160], why[STORE_WHY];
	uint32_t served;

	open_now(p);
	prove(p, 1);
	let(p, 50);
	snprintf(old, sizeof(old), "%s/yesterday", p->r->dir);
	snprintf(db, sizeof(db), "%s/db", p->r->dir);
	assert_int_equal(store_backup(p->r->k.store, old), 0);
	for (unsigned i = 2; i < 6; i++)
		prove(p, i);
	let(p, 50);
	served = journal_serial(&p->r->k);
	publish_close(&p->r->k);
	rig_down(p->r);
	copy_file(old, db);
	if (!rig_up(p->r, why))
		fail_msg("%s", why);
	assert_int_equal(journal_serial(&p->r->k), 2);	/* status, proof */
	reopen(p);
	assert_int_equal(journal_serial(&p->r->k), served + 100001);
	assert_true(begins(v, served + 100001, 0));
	agrees(p, "restored");
	prove(p, 9);
	let(p, 50);
	assert_int_equal(journal_serial(&p->r->k), served + 100002);
	agrees(p, "goes on");
	served = journal_serial(&p->r->k);
	reopen(p);			/* once is enough */
	assert_int_equal(journal_serial(&p->r->k), served);
	assert_true(begins(v, served - 1, 1));
	rig_check(p->r);
}

static struct served
served(struct parent *p)
{
	struct served s = { 0 };

	assert_int_equal(served_read(&s, p->r->dir), 0);
	return s;
}

/* A copy of everything, put back after a while: nothing of it says so. */
static void
a_whole_state_that_is_old_jumps_ahead(void **state)
{
	static const struct { const char *name; int64_t gone_s; uint32_t jump; } cases[] = {
		{ "a restart", 0, 0 }, { "a slow one", RESUME_OLD_S, 0 },
		{ "eleven minutes", 660, 100001 }, { "a day", 86400, 8640000 },
		{ "a year", 31536000, 10000000 }, { "a clock gone back", -86400, 0 },
	};
	struct parent *p = *state;

	open_now(p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t before;

		prove(p, (unsigned)i);
		let(p, 50);
		before = journal_serial(&p->r->k);
		publish_close(&p->r->k);
		p->r->clock.wall.s += cases[i].gone_s;
		reopen(p);
		if (journal_serial(&p->r->k) - before != cases[i].jump)
			fail_msg("%s: jumped by %u", cases[i].name, journal_serial(&p->r->k) - before);
		agrees(p, cases[i].name);
	}
	rig_check(p->r);
}

/* The rows of the last minute are gone with the database, and no base had them. */
static void
what_was_served_counts_without_a_base(void **state)
{
	struct parent *p = *state;
	struct served s;
	int fd;

	open_now(p);
	prove(p, 1);
	let(p, 50);
	publish_close(&p->r->k);
	s = served(p);
	s.serial += 500;
	fd = served_open(p->r->dir);
	assert_true(fd >= 0);
	assert_int_equal(served_write(fd, &s, false), 0);
	close(fd);
	reopen(p);
	assert_int_equal(journal_serial(&p->r->k), s.serial + 100001);
	agrees(p, "restored");
	rig_check(p->r);
}

/* base.snap lacks something from a change to the next base. */
static void
the_mark_says_when_the_file_is_behind(void **state)
{
	struct parent *p = *state;

	open_now(p);
	assert_int_equal(served(p).serial, 1);
	assert_false(served(p).behind);
	prove(p, 1);
	let(p, 50);
	assert_int_equal(served(p).serial, 2);
	assert_true(served(p).behind);
	wait_for_base(p, 2);
	let(p, 50);
	assert_int_equal(served(p).serial, 2);
	assert_false(served(p).behind);
	prove(p, 2);
	let(p, 50);
	assert_true(served(p).behind);
	publish_close(&p->r->k);
	assert_false(served(p).behind);		/* as it leaves it */
	open_now(p);
	let(p, 2 * MARK_BEAT_MS);		/* it says that it is alive */
	assert_true(keep_now(&p->r->k).s - served(p).at_s <= MARK_BEAT_MS / 1000);
}

/* A file that cannot be written is written when it can, without a change. */
static void
a_missing_file_is_tried_again(void **state)
{
	struct parent *p = *state;
	char path[128];
	struct stat st;

	open_now(p);
	snprintf(path, sizeof(path), "%s/base.snap.new", p->r->dir);
	assert_int_equal(mkdir(path, 0700), 0);		/* as good as a full disk */
	prove(p, 1);
	wait_for_base(p, 2);
	wait_for_base(p, 3);		/* nothing changed: tried again */
	assert_true(served(p).behind);
	assert_int_equal(rmdir(path), 0);
	wait_for_base(p, p->got[PUBLISH_BASE] + 1);
	for (int i = 0; i < 200 && served(p).behind; i++)
		let(p, 50);
	assert_false(served(p).behind);
	snprintf(path, sizeof(path), "%s/base.snap", p->r->dir);
	assert_int_equal(stat(path, &st), 0);
	agrees(p, "written");
}

/* Backwards for a day, forwards for a year: what is published is not undone. */
static void
a_clock_that_jumps_loses_nothing(void **state)
{
	static const int64_t jumps[] = { -DAY, 365 * DAY, -400 * DAY, HOUR };
	struct parent *p = *state;
	uint32_t serial = 0;

	open_now(p);
	for (unsigned i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		prove(p, i * 2 + 1);
		let(p, 50);
		p->r->clock.wall.s += jumps[i];
		prove(p, i * 2 + 2);
		let(p, 50);
		agrees(p, "after a jump");
		assert_true(journal_serial(&p->r->k) > serial);
		serial = journal_serial(&p->r->k);
	}
	reopen(p);
	agrees(p, "and after a restart");
	assert_int_equal(journal_serial(&p->r->k), serial);
	rig_check(p->r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_start_breaks_the_differences_only_where_it_must),
		TEST(a_restored_backup_jumps_ahead),
		TEST(a_whole_state_that_is_old_jumps_ahead),
		TEST(what_was_served_counts_without_a_base),
		TEST(the_mark_says_when_the_file_is_behind),
		TEST(a_missing_file_is_tried_again),
		TEST(a_clock_that_jumps_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
