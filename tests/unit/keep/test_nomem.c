/* No memory at any moment: an error, never a crash, a leak or half a write.
 * Linked with --wrap: the allocation number fail_at (from 0) is refused. */
#include "../nomem.h"
#include "keep/publish.h"
#include "rig.h"

static void
heard(void *ctx, int err)
{
	(void)err;
	++*(unsigned *)ctx;
}

static int
list_two(struct rig *r)
{
	int err = 0;

	for (unsigned i = 1; i <= 2 && err == 0; i++) {
		struct rig_proof p = { .addr = rig_addr(i), .exit = rig_addr(9) };
		static unsigned calls;
		bool listed;

		err = keep_write(&r->k);
		if (err != 0)
			break;
		err = rig_prove_in(r, &p, &listed);
		if (err == 0)
			err = keep_after(&r->k, heard, &calls);
		err = keep_done(&r->k, err);
	}
	return err == 0 ? keep_flush(&r->k) : err;
}

static int
drop_and_expire(struct keep *k, void *ctx)
{
	struct wall next;

	(void)ctx;
	return list_expire(k, &next);
}

/* The life of a keeper in one line; all that owns memory is in it. */
static int
live(struct rig *r)
{
	struct addr a = rig_addr(1);
	unsigned differed;
	char why[STORE_WHY];
	int err;

	if (!rig_up(r, why))
		return SEK_ENOMEM;
	err = list_two(r);
	if (err == 0)
		err = publish_open(&r->k);
	if (err == 0)
		err = list_remove(&r->k, &a, JOURNAL_REMOVE, STR("x"), STR("y"));
	if (err == 0)
		err = keep_precious(&r->k, drop_and_expire, NULL);
	return err == 0 ? list_reconcile(&r->k, &differed) : err;
}

static void
ignore(void *ctx, struct channel *c, struct frame *f)
{
	(void)ctx, (void)c, (void)f;
}

static void
gone(void *ctx, struct channel *c)
{
	(void)ctx, (void)c;
}

/* One life with allocation number n refused.  Returns what it said. */
static int
life(long n)
{
	static const struct channel_events ev = { .message = ignore, .gone = gone };
	struct rig *r = rig_new("");
	int pair[2], err;

	rig_set(r, "dns.out", "yes");
	rig_set(r, "dns.zone", "bl.example");
	rig_set(r, "dns.ns", "ns.example");
	rig_set(r, "dns.hostmaster", "hostmaster@bl.example");
	rig_set(r, "state.dir", "/nowhere/at/all");
	assert_int_equal(frame_pair(pair), 0);
	assert_int_equal(channel_new(&r->k.parent, r->k.loop, pair[0], &ev, NULL), 0);
	free(r->conf->state);
	r->conf->state = strdup("");	/* no file of the base */
	fail_at = n;
	err = live(r);
	publish_close(&r->k);
	if (r->k.store != NULL)
		rig_down(r);
	fail_at = -1;
	channel_free(r->k.parent);
	close(pair[1]);
	rig_free(r);
	return err;
}

static void
every_allocation_may_be_refused(void **state)
{
	long n = 0, kept = 0;
	int err;

	(void)state;
	do {
		err = life(n++);
		if (err > 0)
			fail_msg("allocation %ld: condition %d", n - 1, err);
		kept += err == 0;
	} while (kept < 20 && n < 2000);	/* the last ones are past the end */
	print_message("# %ld lives\n", n);
	assert_true(n > 20 && n < 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_may_be_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
