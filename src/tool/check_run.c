#include "tool/check_run.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/i18n.h"
#include "tool/check_progress.h"

/* Rules:
 * 1. What has been begun goes before what is new: a name is read only when
 *    nothing begun has a question to ask and the window is open.
 * 2. Items leave in the order they came; one whose answers are late holds the
 *    others back, CHECK_ACTIVE of them at most.
 * 3. Everything is moved on from one timer, never from inside an answer, and
 *    for so many steps only: signals and other answers have their turn. */

enum { STEPS = 256, LATER_MS = 50, PROGRESS_MS = 250 };

struct check_run {
	const struct check_run_with *w;
	struct check_work	 work;
	struct check_progress	 progress;
	struct loop_timer	*pump, *tick;
	struct check_item	*first, **last;	/* begun, by next */
	struct check_item	*hungry, **hungry_last;	/* with a question to ask, by next_hungry */
	size_t			 active, under_way;
	uint64_t		 names;
	bool			 begun, ended;	/* reporting; the input */
	bool			 over;
	int			 rc;		/* what went wrong, or 0 */
	struct mono		 start;
};

static struct wall
wall_of(const struct check_run *r)
{
	const struct clock *c = loop_clock(r->w->loop);

	return c->wall(c);
}

static struct mono
now_of(const struct check_run *r)
{
	const struct clock *c = loop_clock(r->w->loop);

	return c->mono(c);
}

static void
end_with(struct check_run *r, int rc)
{
	if (r->rc == 0)
		r->rc = rc;
	r->over = true;
	loop_stop(r->w->loop);
}

static void
no_memory(struct check_run *r)
{
	check_progress_clear(&r->progress);
	fprintf(r->w->err, "sekimori check: %s\n", sek_strerror(SEK_ENOMEM));
	end_with(r, EXIT_OSERR);
}

/* --- reporting --- */

static void
report_one(struct check_run *r)
{
	struct check_item *it = r->first;

	r->first = it->next;
	if (r->first == NULL)
		r->last = &r->first;
	r->active--;
	check_report_item(r->w->report, it);
	check_item_free(it);
}

/* Returns whether any left, so that there is room for others. */
static bool
report_done(struct check_run *r)
{
	FILE *out = r->w->report->out;

	if (r->first == NULL || !check_item_done(r->first))
		return false;
	check_progress_clear(&r->progress);
	while (r->first != NULL && check_item_done(r->first))
		report_one(r);
	if (fflush(out) == 0 && !ferror(out))
		return true;
	fprintf(r->w->err, _("sekimori check: cannot write: %s\n"), strerror(errno));
	end_with(r, EXIT_IOERR);
	return false;
}

/* --- moving on --- */

static void
feed(struct check_run *r, struct check_item *it)
{
	if (it->queued || !check_item_hungry(it))
		return;
	it->queued = true;
	it->next_hungry = NULL;
	*r->hungry_last = it;
	r->hungry_last = &it->next_hungry;
}

static void
moved(void *ctx, struct check_item *it)
{
	struct check_run *r = ctx;

	r->under_way--;
	feed(r, it);
	loop_timer_set(r->pump, 0);
}

static void
ask_next(struct check_run *r)
{
	struct check_item *it = r->hungry;
	size_t open = it->open;

	if (check_item_ask(it) != 0) {
		no_memory(r);
		return;
	}
	r->under_way = r->under_way + it->open - open;
	if (check_item_hungry(it))
		return;
	r->hungry = it->next_hungry;
	if (r->hungry == NULL)
		r->hungry_last = &r->hungry;
	it->queued = false;
}

static void
begin(struct check_run *r, const struct check_name *name)
{
	struct check_item *it = check_item_new(name, &r->work);

	if (it == NULL) {
		no_memory(r);
		return;
	}
	r->names++;
	r->active++;
	*r->last = it;
	r->last = &it->next;
	feed(r, it);
}

/* Returns whether there is more to do at once. */
static bool
read_next(struct check_run *r)
{
	struct check_name name;
	int rc = check_input_next(r->w->input, &name);

	switch (rc) {
	case 0:
		begin(r, &name);
		return true;
	case CHECK_LATER:
		loop_timer_set(r->pump, LATER_MS);
		return false;
	case CHECK_END:
		r->ended = true;
		return false;
	case CHECK_BAD_LINE:
		r->w->report->totals.bad_lines++;
		if (!r->w->strict)
			return true;
		rc = EXIT_DATA;
		break;
	default:
		break;
	}
	r->ended = true;	/* what was begun is still worth its answer */
	r->rc = rc;
	return false;
}

static bool
step(struct check_run *r)
{
	if (r->under_way >= CHECK_WINDOW)
		return false;
	if (r->hungry != NULL) {
		ask_next(r);
		return true;
	}
	if (r->ended || r->active >= CHECK_ACTIVE)
		return false;
	return read_next(r);
}

static void
last_looked(void *ctx)
{
	struct check_run *r = ctx;

	r->over = true;
	loop_stop(r->w->loop);
}

/* A list may have died meanwhile: then what it said last is worth nothing. */
static void
finish(struct check_run *r)
{
	r->over = true;
	if (r->work.lists->n == 0 || r->work.at.s != 0 ||
	    now_of(r).ms - r->start.ms < CHECK_LONG_MS)
		loop_stop(r->w->loop);
	else if (check_lists_ask(r->work.lists, r->w->direct, r->w->rand,
	    wall_of(r), last_looked, r) != 0)
		no_memory(r);
}

static void
pump(void *ctx)
{
	struct check_run *r = ctx;
	bool room;
	int steps = 0;

	while (steps < STEPS && !r->over && step(r))
		steps++;
	room = !r->over && report_done(r);
	if (r->over)
		return;
	if (r->ended && r->first == NULL)
		finish(r);
	else if (steps == STEPS || room)
		loop_timer_set(r->pump, 0);
}

/* --- the lists --- */

static void
warn(const struct check_run *r)
{
	const struct check_lists *ls = r->work.lists;

	for (size_t i = 0; i < ls->n; i++) {
		if (ls->at[i].v4.health == CHECK_OK || ls->at[i].v6.health == CHECK_OK)
			continue;
		fprintf(r->w->err, _("sekimori check: the list %s is not believed: "),
		    ls->at[i].zone);
		check_report_health(r->w->err, &ls->at[i].v4);
		fputc('\n', r->w->err);
	}
	if (ls->dumb)
		fputs(_("sekimori check: the resolver gave no answer to anything; name "
		    "another with --resolver ADDR[:PORT]\n"), r->w->err);
}

static void
lists_known(void *ctx)
{
	struct check_run *r = ctx;

	check_progress_clear(&r->progress);
	if (r->work.at.s == 0)
		warn(r);
	r->begun = true;
	check_report_begin(r->w->report);
	loop_timer_set(r->pump, 0);
}

/* --- the whole --- */

static void
tick(void *ctx)
{
	struct check_run *r = ctx;

	if (r->begun && !r->over)
		check_progress_show(&r->progress, &r->w->report->totals, r->w->input,
		    r->names, r->ended, now_of(r));
	loop_timer_set(r->tick, PROGRESS_MS);
}

static void
on_signal(void *ctx, int signo)
{
	struct check_run *r = ctx;

	(void)signo;
	r->w->report->totals.stopped = true;
	end_with(r, 0);
}

static int
setup(struct check_run *r)
{
	struct loop *l = r->w->loop;
	int err = loop_timer(&r->pump, l, pump, r);

	if (err == 0)
		err = loop_timer(&r->tick, l, tick, r);
	if (err == 0)
		err = loop_signal(l, SIGINT, on_signal, r);
	if (err == 0)
		err = loop_signal(l, SIGTERM, on_signal, r);
	return err;
}

/* The resolver goes first: it calls nobody afterwards. */
static void
tear_down(struct check_run *r)
{
	r->w->resolver->free(r->w->resolver);
	loop_timer_free(r->pump);
	loop_timer_free(r->tick);
	check_progress_clear(&r->progress);
	if (!r->begun)
		check_report_begin(r->w->report);
	while (r->first != NULL) {
		check_item_stop(r->first);
		report_one(r);
	}
	check_lists_free(r->work.lists);
	r->w->report->totals.took_ms = now_of(r).ms - r->start.ms;
	check_report_end(r->w->report);
	if (fflush(r->w->report->out) != 0 && r->rc == 0)
		r->rc = EXIT_IOERR;
}

int
check_run(const struct check_run_with *w)
{
	struct check_run r = {
		.w = w, .last = &r.first, .hungry_last = &r.hungry,
		.work = { w->resolver, w->lists, w->facts, w->report->at, w->lab, moved, &r },
		.progress = { .out = w->err, .on = w->progress },
	};
	bool known = w->lists->n == 0 || w->report->at.s != 0;

	r.start = r.progress.start = now_of(&r);
	if (setup(&r) != 0)
		no_memory(&r);
	if (!r.over && w->progress)
		loop_timer_set(r.tick, PROGRESS_MS);
	if (!r.over && known)
		lists_known(&r);
	else if (!r.over && check_lists_ask(w->lists, w->direct, w->rand,
	    wall_of(&r), lists_known, &r) != 0)
		no_memory(&r);
	if (!r.over && !known)
		check_progress_lists(&r.progress);
	if (!r.over)
		loop_run(w->loop, (struct mono){ -1 });
	assert(r.over);		/* nothing is left to wait for, yet something is not done */
	tear_down(&r);
	return r.rc != 0 ? r.rc : check_report_exit(w->report);
}
