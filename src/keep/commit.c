#include "keep/keep.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "keep/journal.h"
#include "keep/publish.h"
#include "sys/loop.h"

/* Rules:
 * 1. Many writes make a group; a group is one transaction and one serial.
 * 2. A write that fails is undone alone (its mark); the functions it gave to
 *    keep_after() hear why, from the loop; its caller learns it from keep_done().
 * 3. A group that fails is gone whole; every function of it hears why, from
 *    the loop and not from inside somebody's keep_done().
 * 4. Once a disk was full and the reserve given up, only precious rows are
 *    written until the reserve can be put aside again. */

struct keep_hook {
	struct keep_hook *next;
	void		(*fn)(void *ctx, int err);
	void		*ctx;
};

struct hooks {
	struct keep_hook  *first;
	struct keep_hook **end;		/* where the next one goes */
};

enum { TRY_RESERVE_MS = 1000, IDLE_MS = 5000 };

struct keep_commit {
	struct hooks		 group;		/* wait for the commit */
	struct keep_hook	**mark;		/* end of group when the write began */
	struct hooks		 failed;	/* of a group that is gone */
	int			 why;		/* of those */
	bool			 writing;	/* between keep_write and keep_done */
	bool			 spent;		/* the reserve is given up */
	struct mono		 tried;		/* to put it aside again */
	struct loop_timer	*commit, *fail, *idle;
};

static void
hooks_init(struct hooks *h)
{
	h->first = NULL;
	h->end = &h->first;
}

/* Takes the list off h; its end is meaningless when it is empty. */
static struct hooks
hooks_take(struct hooks *h)
{
	struct hooks taken = *h;

	hooks_init(h);
	return taken;
}

static void
hooks_run(struct hooks h, int err)
{
	while (h.first != NULL) {
		struct keep_hook *now = h.first;

		h.first = now->next;
		now->fn(now->ctx, err);
		free(now);
	}
}

/* What was added after mark hears, from the loop, that it came to nothing: its
 * ctx is its own to free. */
static void
hooks_cut(struct keep_commit *c, struct keep_hook **mark, int err)
{
	if (*mark == NULL)
		return;
	*c->failed.end = *mark;
	c->failed.end = c->group.end;
	*mark = NULL;
	c->group.end = mark;
	c->why = err;
	loop_timer_set(c->fail, 0);
}

/* --- the end of a group --- */

static void
group_failed(struct keep *k, int err)
{
	struct keep_commit *c = k->commit;
	struct hooks h;

	h = hooks_take(&c->group);
	log_event(LOG_LV_ERR, "commit-failed", LOG_Z("why", store_why(k->store)));
	store_rollback(k->store);
	k->evidence_known = false;
	loop_timer_stop(c->commit);
	if (h.first == NULL)
		return;
	*c->failed.end = h.first;
	c->failed.end = h.end;
	c->why = err;
	loop_timer_set(c->fail, 0);
}

static void
group_done(struct keep *k)
{
	struct keep_commit *c = k->commit;
	struct hooks h = hooks_take(&c->group);

	loop_timer_stop(c->commit);
	loop_timer_set(c->idle, IDLE_MS);
	if (k->journal != NULL && journal_committed(k))
		publish_commit(k, journal_serial(k));
	hooks_run(h, 0);
}

/* The store gave up the group behind our back (no space met by a read): what
 * waited for it must not take the next group's commit for its own. */
static bool
group_vanished(struct keep *k)
{
	if (store_open_tx(k->store) || k->commit->group.first == NULL)
		return false;
	group_failed(k, SEK_ESTORE);
	return true;
}

void
keep_commit_settle(struct keep *k)
{
	if (k->commit != NULL)
		hooks_run(hooks_take(&k->commit->failed), k->commit->why);
}

int
keep_flush(struct keep *k)
{
	int err;

	assert(!k->commit->writing);
	if (group_vanished(k))
		return SEK_ESTORE;
	if (!store_open_tx(k->store))
		return 0;
	err = store_commit(k->store);
	if (err == 0)
		group_done(k);
	else
		group_failed(k, err);
	return err;
}

static void
on_commit(void *ctx)
{
	if (keep_flush(ctx) != 0)
		return;		/* logged; the hooks hear of it */
}

static void
on_fail(void *ctx)
{
	struct keep *k = ctx;

	hooks_run(hooks_take(&k->commit->failed), k->commit->why);
}

static void
on_idle(void *ctx)
{
	struct keep *k = ctx;

	if (!store_open_tx(k->store))
		store_idle(k->store);
}

/* --- one write --- */

/* Is there room for rows that are not precious? */
static bool
has_room(struct keep *k)
{
	struct keep_commit *c = k->commit;
	struct mono now = k->clock->mono(k->clock);

	if (!c->spent)
		return true;
	if (now.ms - c->tried.ms < TRY_RESERVE_MS || store_open_tx(k->store))
		return false;
	c->tried = now;
	c->spent = store_take_reserve(k->store) != 0;
	if (!c->spent)
		log_event(LOG_LV_NOTICE, "disk-again", LOG_NONE);
	return !c->spent;
}

static int
write_begin(struct keep *k)
{
	struct keep_commit *c = k->commit;
	bool first = !store_open_tx(k->store);
	int err;

	if (group_vanished(k))
		log_event(LOG_LV_ERR, "group-lost", LOG_NONE);
	err = first ? store_begin(k->store) : 0;

	if (err == 0)
		err = store_mark(k->store);
	if (err != 0) {
		if (!first || store_open_tx(k->store))
			group_failed(k, err);
		return err;
	}
	c->writing = true;
	c->mark = c->group.end;
	return 0;
}

int
keep_write(struct keep *k)
{
	assert(!k->commit->writing);
	if (!has_room(k))
		return STORE_FULL;
	return write_begin(k);
}

int
keep_done(struct keep *k, int err)
{
	struct keep_commit *c = k->commit;

	assert(c->writing);
	c->writing = false;
	if (err == 0)
		err = store_keep(k->store);
	if (err != 0) {
		hooks_cut(c, c->mark, err);
		store_undo(k->store);
		k->evidence_known = false;
	}
	if (!store_open_tx(k->store))
		group_failed(k, err);
	else if (!loop_timer_active(c->commit))
		loop_timer_set(c->commit, KEEP_GROUP_MS);
	return err;
}

int
keep_after(struct keep *k, void (*fn)(void *ctx, int err), void *ctx)
{
	struct hooks *h = &k->commit->group;
	struct keep_hook *hook;

	if (!k->commit->writing && !store_open_tx(k->store)) {
		fn(ctx, 0);
		return 0;
	}
	hook = malloc(sizeof(*hook));
	if (hook == NULL)
		return SEK_ENOMEM;
	*hook = (struct keep_hook){ NULL, fn, ctx };
	*h->end = hook;
	h->end = &hook->next;
	return 0;
}

static int
precious_once(struct keep *k, int (*fn)(struct keep *k, void *ctx), void *ctx)
{
	int err = write_begin(k);

	if (err != 0)
		return err;
	err = keep_done(k, fn(k, ctx));
	return err == 0 ? keep_flush(k) : err;
}

int
keep_precious(struct keep *k, int (*fn)(struct keep *k, void *ctx), void *ctx)
{
	struct keep_commit *c = k->commit;
	int err;

	assert(!c->writing);
	if (keep_flush(k) != 0)		/* the group's own functions hear of it */
		log_event(LOG_LV_WARN, "group-lost", LOG_NONE);
	err = precious_once(k, fn, ctx);
	if (err == STORE_FULL && store_release_reserve(k->store) == 0) {
		c->spent = true;
		c->tried = k->clock->mono(k->clock);
		log_event(LOG_LV_ERR, "disk-full", LOG_Z("reserve", "given-up"));
		err = precious_once(k, fn, ctx);
	}
	return err;
}

/* --- opening --- */

int
keep_commit_open(struct keep *k)
{
	struct keep_commit *c = calloc(1, sizeof(*c));
	int err;

	if (c == NULL)
		return SEK_ENOMEM;
	k->commit = c;
	hooks_init(&c->group);
	hooks_init(&c->failed);
	c->spent = store_take_reserve(k->store) != 0;
	c->tried = k->clock->mono(k->clock);
	err = loop_timer(&c->commit, k->loop, on_commit, k);
	if (err == 0)
		err = loop_timer(&c->fail, k->loop, on_fail, k);
	if (err == 0)
		err = loop_timer(&c->idle, k->loop, on_idle, k);
	if (err != 0)
		keep_commit_close(k);
	return err;
}

void
keep_commit_close(struct keep *k)
{
	struct keep_commit *c = k->commit;

	if (c == NULL)
		return;
	if (c->idle != NULL && keep_flush(k) != 0)
		log_event(LOG_LV_ERR, "group-lost", LOG_NONE);
	hooks_run(hooks_take(&c->failed), c->why);
	loop_timer_free(c->commit);
	loop_timer_free(c->fail);
	loop_timer_free(c->idle);
	free(c);
	k->commit = NULL;
}
