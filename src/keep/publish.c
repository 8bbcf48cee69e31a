#include "keep/publish.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "keep/journal.h"
#include "keep/list.h"
#include "keep/publish_body.h"
#include "keep/publish_resume.h"
#include "keep/publish_zone.h"
#include "keep/status.h"
#include "sys/loop.h"

/* Rules:
 * 1. Only what is committed is published: rows of a group that is still open
 *    are on our own connection too.
 * 2. A base, then an overlay over it, then the tail that ends at the overlay's
 *    serial; an overlay fits one base.
 * 3. Nothing waits for a base but the next base.
 * 4. What a publication costs decides when the next may be: at most one part
 *    in COST_SHARE + 1 of the time goes there.
 * 5. Failing to publish is logged and tried again; the last publication stays
 *    with those who answer, and its status expires if we never succeed. */

enum {
	AGAIN_MS = 1000,
	SLOWEST_MS = 1000,	/* between two publications, whatever they cost */
	COST_SHARE = 8,
	BUILD_SHARE = 20,	/* of bases, likewise */
	COST_UNIT = 16,		/* the clock has milliseconds: a running mean has more */
};

static void
complain(const char *what, int err)
{
	log_event(LOG_LV_ERR, "publish-failed", LOG_Z("what", what),
	    LOG_Z("why", sek_strerror(err)));
}

/* --- a base --- */

/* Reads what is committed.  Returns as steps_read(). */
static int
catch_up(struct keep *k)
{
	struct keep_publish *p = k->publish;

	return steps_read(&p->steps, k, PUBLISH_TAIL_MAX,
	    p->base.fd >= 0 ? &p->base.view : NULL);
}

static struct build_plan
plan_now(struct keep *k)
{
	struct keep_publish *p = k->publish;

	return (struct build_plan){
		.head = publish_head(k, p->steps.serial, p->steps.serial),
		.zone = &p->zone, .base = p->base.fd >= 0 ? &p->base.view : NULL,
		.entries = &p->entries, .changes = &p->steps.changes,
		.room = p->writer, .dir = k->conf->state,
	};
}

/* How it went with the file: one that is missing is tried again, whether
 * anything changes or not.  Said once, and once that it is there. */
static void
file_done(struct keep *k, int err, uint32_t serial)
{
	struct keep_publish *p = k->publish;

	if (err == BUILD_NO_FILE && p->no_file == 0)
		complain("file", SEK_ESYS);
	if (err == 0 && p->no_file != 0)
		log_event(LOG_LV_NOTICE, "base-file", LOG_N("serial", serial));
	p->no_file = err == BUILD_NO_FILE ? errno : 0;
	if (p->no_file != 0)
		loop_timer_set(p->quiet, p->quiet_ms);
	else
		mark_file(&p->mark, k, serial);
}

/* A finished memory file becomes our base and goes out, with an overlay of
 * what came since.  Takes over fd. */
static int
base_take(struct keep *k, int fd)
{
	struct keep_publish *p = k->publish;
	bool first = p->base.fd < 0;
	struct publish_map map;
	int err = publish_map(&map, fd);

	if (err != 0) {
		close(fd);
		return err;
	}
	publish_unmap(&p->base);
	p->base = map;
	entries_free(&p->entries);
	changes_rebase(&p->steps.changes, &map.view);
	err = publish_hand_over(k, PUBLISH_BASE, map.view.head.serial, map.fd);
	if (err == 0 && map.view.head.serial != p->steps.serial)
		err = publish_overlay(k);
	if (err == 0 && journal_serial(k) != p->steps.serial)
		loop_timer_set(p->overlay, 0);	/* came while it was written */
	return err == 0 && first ? publish_tail(k) : err;
}

/* In this process: a full disk is no reason not to answer. */
static int
base_make(struct keep *k)
{
	struct build_plan plan = plan_now(k);
	int fd = publish_memfd("sekimori-base"), err;

	if (fd < 0)
		return fd;
	err = build_write(fd, &plan);
	entries_free(&k->publish->entries);
	if (err < 0) {
		close(fd);
		return err;
	}
	file_done(k, err, plan.head.serial);
	return base_take(k, fd);
}

static int base_again(struct keep *k);

static void
base_failed(struct keep *k, int err)
{
	complain("base", err);
	loop_timer_set(k->publish->quiet, AGAIN_MS);
}

/* --- who waits for the file --- */

static bool
is_filed(const struct keep_publish *p, uint32_t serial)
{
	return p->no_file == 0 && (int32_t)(p->base.view.head.serial - serial) >= 0;
}

/* Takes those off that the base satisfies, or all when it failed. */
static void
tell_waits(struct keep *k, int err)
{
	struct keep_publish *p = k->publish;
	struct publish_wait *w = p->waits, *next;

	p->waits = NULL;
	for (; w != NULL; w = next) {
		next = w->next;
		if (err == 0 && !is_filed(p, w->serial)) {
			w->next = p->waits;
			p->waits = w;
		} else {
			w->done(w, err);
		}
	}
}

void
publish_wait_drop(struct keep *k, struct publish_wait *w)
{
	struct publish_wait **at = k->publish == NULL ? NULL : &k->publish->waits;

	while (at != NULL && *at != NULL && *at != w)
		at = &(*at)->next;
	if (at != NULL && *at == w)
		*at = w->next;
}

static void
build_done(struct keep *k, int err, int fd)
{
	struct keep_publish *p = k->publish;
	int64_t rest = build_took_ms(p->build) * BUILD_SHARE;

	p->quiet_ms = rest > PUBLISH_QUIET_MS ? rest : PUBLISH_QUIET_MS;
	if (err >= 0) {
		file_done(k, err, p->building);
		err = base_take(k, fd);
	}
	if (err != 0)
		base_failed(k, err);
	if (err == 0 && p->no_file != 0) {
		errno = p->no_file;
		err = SEK_ESYS;
	}
	tell_waits(k, err);
	/* the child may have begun before they asked */
	if (p->waits != NULL && (err = base_again(k)) != 0)
		tell_waits(k, err);
}

/* Starts a child unless one is at work; its end comes through build_done(). */
static int
base_start(struct keep *k)
{
	struct build_plan plan = plan_now(k);

	if (build_busy(k->publish->build))
		return 0;
	k->publish->building = plan.head.serial;
	return build_start(k->publish->build, &plan);
}

static int
base_again(struct keep *k)
{
	int err = catch_up(k);

	return err == 0 ? base_start(k) : err;
}

int
publish_wait(struct keep *k, struct publish_wait *w)
{
	struct keep_publish *p = k->publish;
	int err = p == NULL || p->base.fd < 0 ? SEK_ELIMIT : keep_flush(k);

	if (err == 0)
		err = catch_up(k);
	if (err != 0)
		return err;
	w->serial = p->steps.serial;
	if (is_filed(p, w->serial)) {
		w->done(w, 0);
		return 0;
	}
	err = base_start(k);
	if (err == 0) {
		w->next = p->waits;
		p->waits = w;
	}
	return err;
}

/* --- the first base --- */

/* Everything was read: what changed meanwhile is among the changes now. */
static int
first_done(struct keep *k, int (*make)(struct keep *k))
{
	struct keep_publish *p = k->publish;
	int err = build_excepts(p->build, &p->steps.changes);

	if (err == 0)
		err = catch_up(k);
	return err == 0 ? make(k) : err;
}

static void
on_page(void *ctx)
{
	struct keep *k = ctx;
	struct keep_publish *p = k->publish;
	bool end;
	int err = build_page(p->build, &p->entries, &end);

	if (err == 0 && end)
		err = first_done(k, base_start);
	else if (err == 0 || err == SEK_ELIMIT) {
		loop_timer_set(p->page, 0);
		return;
	}
	if (err != 0)
		base_failed(k, err);
}

static void
first_again(struct keep *k)
{
	struct keep_publish *p = k->publish;

	entries_free(&p->entries);
	build_page_first(p->build);
	loop_timer_set(p->page, 0);
}

/* A small store at once, since others wait for it; a large one in pages. */
static int
first_base(struct keep *k)
{
	struct keep_publish *p = k->publish;
	bool end = false;
	int err = 0;

	for (int i = 0; i < BUILD_AT_ONCE && err == 0 && !end; i++)
		err = build_page(p->build, &p->entries, &end);
	if (err == 0 && end)
		return first_done(k, base_make);
	if (err == 0)
		loop_timer_set(p->page, 0);
	return err;
}

/* --- when --- */

static void
on_quiet(void *ctx)
{
	struct keep *k = ctx;
	struct keep_publish *p = k->publish;
	int err = 0;

	if (p->base.fd < 0)
		first_again(k);
	else if (p->no_file != 0 || p->steps.serial != p->base.view.head.serial)
		err = base_start(k);
	if (err != 0)
		base_failed(k, err);
}

static int
publish_changes(struct keep *k)
{
	int err = catch_up(k);

	if (err == 0)
		err = publish_overlay(k);
	return err == 0 ? publish_tail(k) : err;
}

static void
count_cost(struct keep *k, struct mono began)
{
	struct keep_publish *p = k->publish;

	p->last = k->clock->mono(k->clock);
	p->cost += ((p->last.ms - began.ms) * COST_UNIT - p->cost) / 8;
}

static void
on_overlay(void *ctx)
{
	struct keep *k = ctx;
	struct keep_publish *p = k->publish;
	struct mono began = k->clock->mono(k->clock);
	int err;

	if (channel_full(k->parent)) {
		loop_timer_set(p->overlay, PUBLISH_EVERY_MS);
		return;
	}
	err = publish_changes(k);
	count_cost(k, began);
	if (err != 0) {
		complain("overlay", err);
		loop_timer_set(p->overlay, AGAIN_MS);
		return;
	}
	if (p->steps.changes.n > p->overlay_max)
		on_quiet(k);
	else if (!loop_timer_active(p->quiet))
		loop_timer_set(p->quiet, p->quiet_ms);
}

/* How long after the last publication the next one may be. */
static int64_t
every_ms(const struct keep_publish *p)
{
	int64_t ms = p->cost * COST_SHARE / COST_UNIT;

	return ms < PUBLISH_EVERY_MS ? PUBLISH_EVERY_MS :
	    ms > SLOWEST_MS ? SLOWEST_MS : ms;
}

/* A status row is published as any other; one that a full disk refuses is
 * tried again. */
static int
status_look(struct keep *k)
{
	int64_t next_ms;
	int err = status_refresh(k, &next_ms);

	loop_timer_set(k->publish->status, next_ms);
	if (err != STORE_FULL)
		return err;
	complain("status", SEK_ESTORE);
	return 0;
}

static void
on_status(void *ctx)
{
	int err = status_look(ctx);

	if (err != 0)
		complain("status", err);
}

static void
on_beat(void *ctx)
{
	struct keep *k = ctx;

	mark_beat(&k->publish->mark, k);
	loop_timer_set(k->publish->beat, MARK_BEAT_MS);
}

void
publish_commit(struct keep *k, uint32_t serial)
{
	struct keep_publish *p = k->publish;
	int64_t since;

	(void)serial;
	if (p == NULL || p->base.fd < 0 || loop_timer_active(p->overlay))
		return;		/* the first base will hold it */
	since = k->clock->mono(k->clock).ms - p->last.ms;
	loop_timer_set(p->overlay, every_ms(p) - since);
}

void
publish_overlay_max(struct keep *k, size_t changes)
{
	k->publish->overlay_max = changes;
}

/* --- opening --- */

static int
timers_open(struct keep *k)
{
	struct keep_publish *p = k->publish;
	const struct {
		struct loop_timer **at;
		void (*fn)(void *ctx);
	} timers[] = {
		{ &p->overlay, on_overlay }, { &p->status, on_status },
		{ &p->quiet, on_quiet }, { &p->page, on_page },
		{ &p->beat, on_beat },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]) && err == 0; i++)
		err = loop_timer(timers[i].at, k->loop, timers[i].fn, k);
	return err;
}

static int
publish_first(struct keep *k)
{
	struct keep_publish *p = k->publish;
	int err = publish_zone(&p->zone, p->url, k->conf);

	if (err == 0)
		err = publish_resume(k, &p->zone, publish_flags(k->conf));
	if (err == STORE_FULL) {	/* the next commit that fits will jump */
		complain("resume", SEK_ESTORE);
		err = 0;
	}
	if (err == 0)
		err = timers_open(k);
	if (err == 0) {
		mark_open(&p->mark, k);
		loop_timer_set(p->beat, MARK_BEAT_MS);
		err = status_look(k);
	}
	if (err == 0)
		err = build_open(&p->build, k, build_done);
	if (err == 0)
		err = steps_open(&p->steps, k, PUBLISH_TAIL_MAX);
	if (err == 0)
		err = first_base(k);
	return err;
}

int
publish_open(struct keep *k)
{
	struct keep_publish *p;
	int err;

	if (k->parent == NULL)
		return 0;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return SEK_ENOMEM;
	k->publish = p;
	p->base.fd = -1;
	p->quiet_ms = PUBLISH_QUIET_MS;
	p->overlay_max = PUBLISH_OVERLAY_MAX;
	p->last.ms = k->clock->mono(k->clock).ms - PUBLISH_EVERY_MS;
	p->writer = malloc(snapshot_builder_size());
	err = p->writer == NULL ? SEK_ENOMEM : publish_first(k);
	if (err != 0)
		publish_close(k);
	return err;
}

/* Leaves a file of the last state for those who start before us. */
static void
leave_file(struct keep *k)
{
	struct keep_publish *p = k->publish;
	struct build_plan plan;
	int fd, err = catch_up(k);

	if (err == 0 && p->no_file == 0 && p->steps.serial == p->base.view.head.serial)
		return;
	fd = err == 0 ? publish_memfd("sekimori-base") : err;
	if (fd < 0) {
		complain("file", fd);
		return;
	}
	plan = plan_now(k);
	err = build_write(fd, &plan);
	if (err != 0)
		complain("file", err < 0 ? err : SEK_ESYS);
	else
		mark_file(&p->mark, k, plan.head.serial);
	close(fd);
}

void
publish_close(struct keep *k)
{
	struct keep_publish *p = k->publish;

	if (p == NULL)
		return;
	build_close(p->build);
	if (p->base.fd >= 0)
		leave_file(k);
	loop_timer_free(p->overlay);
	loop_timer_free(p->status);
	loop_timer_free(p->quiet);
	loop_timer_free(p->page);
	loop_timer_free(p->beat);
	mark_close(&p->mark, k);
	publish_unmap(&p->base);
	steps_free(&p->steps);
	entries_free(&p->entries);
	publish_room_free(&p->room);
	free(p->writer);
	free(p);
	k->publish = NULL;
}

const char *
publish_life(const struct keep *k)
{
	return status_life_word(k->publish == NULL ? SNAPSHOT_ALIVE :
	    k->publish->steps.status.life);
}

int64_t
publish_empties(const struct keep *k)
{
	return k->publish == NULL ? 0 :
	    (int64_t)k->publish->steps.status.empties * SNAPSHOT_DAY_S;
}
