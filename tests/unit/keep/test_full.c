/* A full disk: a small file system of our own, in a mount namespace of our
 * own (needs root; skipped without). */
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "rig.h"

enum { LISTED = 200 };

static bool
own_disk(const char *dir)
{
	return unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("sekimori-test", dir, "tmpfs", 0, "size=16m,mode=700") == 0;
}

/* Takes every octet that is left, down to the last page. */
static void
fill_disk(const char *dir)
{
	static const char zeros[65536];
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/filler", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_true(fd >= 0);
	for (size_t n = sizeof(zeros); n > 0; n /= 2)
		while (write(fd, zeros, n) > 0)
			;
	close(fd);
}

static void
empty_disk(const char *dir)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/filler", dir);
	assert_int_equal(unlink(path), 0);
}

static int
put_optout(struct keep *k, void *ctx)
{
	struct optout o = { .addr = *(struct addr *)ctx, .len = 128, .made = keep_now(k) };

	return store_put(k->store, &optout_shape, &o);
}

struct heard { int calls, err; };

static void
hear(void *ctx, int err)
{
	struct heard *h = ctx;

	h->calls++;
	h->err = err;
}

/* One ordinary write of half a megabyte. */
static int
ordinary(struct rig *r, char c, struct heard *h)
{
	static char big[512 * 1024];
	struct digest d;
	int err = keep_write(&r->k);

	if (err != 0)
		return err;
	memset(big, c, sizeof(big));
	err = evidence_put(&d, &r->k, EVIDENCE_MAIL, (struct str){ big, sizeof(big) });
	if (err == 0)
		err = keep_after(&r->k, hear, h);
	err = keep_done(&r->k, err);
	return err == 0 ? keep_flush(&r->k) : err;
}

static void
list_many(struct rig *r)
{
	for (unsigned i = 1; i <= LISTED; i++)
		assert_true(rig_prove(r, (struct rig_proof){ .addr = rig_addr(i) }));
}

static void
removals_and_optouts_get_through(struct rig *r)
{
	static struct heard h;	/* called when the group's loss is told */
	int err = 0;

	list_many(r);
	fill_disk(r->dir);
	for (char c = 'A'; err == 0; c++)
		err = ordinary(r, c, &h);
	assert_int_equal(err, STORE_FULL);
	for (unsigned i = 1; i <= LISTED; i++) {
		struct addr a = rig_addr(i);

		err = list_remove(&r->k, &a, JOURNAL_REMOVE, STR("fixed"), STR("owner"));
		if (err == 0)
			err = keep_precious(&r->k, put_optout, &a);
		if (err != 0)
			fail_msg("number %u: %d: %s", i, err, store_why(r->k.store));
	}
	assert_int_equal(ordinary(r, 'x', &h), STORE_FULL);
	rig_pass(r, 0);
	assert_int_equal(h.err, STORE_FULL);
	rig_check(r);
}

static void
the_store_opens_on_a_full_disk(struct rig *r)
{
	char why[STORE_WHY];
	static struct rig_all all;

	rig_down(r);
	fill_disk(r->dir);
	if (!rig_up(r, why))
		fail_msg("%s", why);
	rig_listings(r, &all);
	assert_int_equal(all.n, 0);
	rig_check(r);
}

static void
space_again_and_all_is_well(struct rig *r)
{
	struct heard h = { 0 };

	empty_disk(r->dir);
	rig_pass(r, 2);		/* TRY_RESERVE_MS */
	assert_int_equal(ordinary(r, 'y', &h), 0);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.err, 0);
	assert_int_equal(store_release_reserve(r->k.store), 0);	/* it is back */
}

static void
a_full_disk(void **state)
{
	char dir[64] = "/tmp/sekimori-full.XXXXXX", why[STORE_WHY];
	struct rig *r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	if (!own_disk(dir)) {
		rmdir(dir);
		skip();
	}
	r = rig_new(dir);
	if (!rig_up(r, why))
		fail_msg("%s", why);
	removals_and_optouts_get_through(r);
	the_store_opens_on_a_full_disk(r);
	space_again_and_all_is_well(r);
	rig_free(r);
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
	rmdir(dir);
}

/* Full while the reserve is whole: even the files beside the database find
 * no room at the next start. */
static void
a_disk_that_was_filled_while_we_were_down(void **state)
{
	char dir[64] = "/tmp/sekimori-full.XXXXXX", why[STORE_WHY];
	struct addr a = rig_addr(1);
	struct rig *r;

	(void)state;
	assert_non_null(mkdtemp(dir));
	if (!own_disk(dir)) {
		rmdir(dir);
		skip();
	}
	r = rig_new(dir);
	assert_true(rig_up(r, why));
	list_many(r);
	rig_down(r);
	fill_disk(r->dir);
	if (!rig_up(r, why))
		fail_msg("%s", why);
	assert_int_equal(list_remove(&r->k, &a, JOURNAL_REMOVE, STR("x"), STR("y")), 0);
	rig_check(r);
	rig_free(r);
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk),
		cmocka_unit_test(a_disk_that_was_filled_while_we_were_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
