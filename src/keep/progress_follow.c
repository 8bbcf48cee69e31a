/* keep/progress_follow.c -- the requests about one test: a look, a live view,
 * a cancellation. */

#include <stdlib.h>

#include "base/log.h"
#include "keep/asker.h"
#include "keep/pace.h"
#include "keep/progress_body.h"
#include "keep/ticket.h"
#include "keep/verbs.h"
#include "keep/watch.h"

enum {
	QUEUE_MS = 1000,	/* between looks at a place in the queue */
	LOOK_MS = 10 * 1000,	/* and at all else that tells nobody of itself */
	FOLLOW_S = 30 * 86400,
};

struct show {			/* one request about a run */
	struct show	*next;
	struct shown	*of;	/* NULL: it does not follow */
	struct request	*r;
	struct visitor	 v;
	bool		 mine;	/* the asker started it */
	json_t		*last;	/* owned: what was sent last */
};

struct shown {			/* a run with its followers */
	struct shown		*next;
	struct keep		*keep;
	uint64_t		 run;
	struct watch		*watch;
	struct loop_timer	*timer;
	struct mono		 told;	/* the last snapshot */
	struct show		*shows;
};

/* --- runs that are followed --- */

static void
shown_free(struct shown *s)
{
	struct shown **at = &s->keep->progress->shown;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	watch_remove(s->watch);
	loop_timer_free(s->timer);
	free(s);
}

int
progress_open(struct keep *k)
{
	k->progress = calloc(1, sizeof(*k->progress));
	return k->progress == NULL ? SEK_ENOMEM : 0;
}

void
progress_close(struct keep *k)
{
	if (k->progress == NULL)
		return;
	while (k->progress->shown != NULL)
		shown_free(k->progress->shown);
	free(k->progress);
	k->progress = NULL;
}

static void
show_free(void *state)
{
	struct show *w = state, **at;
	struct shown *of = w->of;

	if (of != NULL) {
		for (at = &of->shows; *at != w; )
			at = &(*at)->next;
		*at = w->next;
		if (of->shows == NULL)
			shown_free(of);
	}
	json_decref(w->last);
	free(w);
}

/* --- live --- */

static int
send_state(struct show *w, json_t *now)
{
	json_t *ev = json_pack("{ss}", "event", "state");
	int err;

	if (ev == NULL || json_object_update(ev, now) != 0) {
		json_decref(ev);
		return SEK_ENOMEM;
	}
	err = request_event_surely(w->r, ev);
	if (err == 0) {
		json_decref(w->last);
		w->last = json_incref(now);
	}
	return err;
}

/* Tells one follower what is new to it; it may be gone after. */
static void
tell(struct show *w, const struct progress_view *view, bool over)
{
	json_t *now = progress_for(view, &w->v, w->mine, keep_now(w->r->keep));

	if (now == NULL)
		return;		/* no memory: the next one may go */
	if (!json_equal(w->last, now) && send_state(w, now) != 0)
		log_event(LOG_LV_WARN, "control-event-lost", LOG_Z("who", w->r->who));
	if (over)
		request_done(w->r, 0, now);
	else
		json_decref(now);
}

static bool
anybody_inside(const struct shown *s)
{
	for (const struct show *w = s->shows; w != NULL; w = w->next)
		if (w->v.role != ROLE_PUBLIC)
			return true;
	return false;
}

/* s goes with its last follower. */
static void
tell_all(struct shown *s)
{
	struct progress_view view;
	int err = progress_view(&view, s->keep, s->run, anybody_inside(s));
	int64_t again = err == 0 && view.queued ? QUEUE_MS : LOOK_MS;

	s->told = s->keep->clock->mono(s->keep->clock);
	loop_timer_set(s->timer, again);
	if (err != 0) {
		log_event(LOG_LV_ERR, "store", LOG_Z("why", store_why(s->keep->store)));
		return;
	}
	for (struct show *w = s->shows, *next; w != NULL; w = next) {
		next = w->next;
		tell(w, &view, view.over);
	}
	progress_view_free(&view);
}

static void
shown_due(void *ctx)
{
	tell_all(ctx);
}

/* Something happened: look at it, but not more often than that. */
static void
shown_event(void *ctx, json_t *ev)
{
	struct shown *s = ctx;
	int64_t since = s->keep->clock->mono(s->keep->clock).ms - s->told.ms;

	(void)ev;
	loop_timer_set(s->timer, since >= PROGRESS_MS ? 0 : PROGRESS_MS - since);
}

static void
shown_long(void *ctx)
{
	(void)ctx;		/* its followers go when they like */
}

static int
shown_of(struct shown **out, struct keep *k, uint64_t run, const struct addr *a)
{
	struct shown *s = k->progress->shown;
	int err;

	while (s != NULL && s->run != run)
		s = s->next;
	*out = s;
	if (s != NULL)
		return 0;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return SEK_ENOMEM;
	s->keep = k;
	s->run = run;
	s->told = k->clock->mono(k->clock);
	s->next = k->progress->shown;
	k->progress->shown = s;
	err = loop_timer(&s->timer, k->loop, shown_due, s);
	if (err == 0)
		err = watch_add(&s->watch, k, a, shown_event, shown_long, s, FOLLOW_S);
	if (err != 0)
		shown_free(s);
	else
		*out = s;
	return err;
}

static int
follow(struct show *w, uint64_t run, const struct progress_view *view)
{
	struct keep *k = w->r->keep;
	struct shown *s;
	json_t *now;
	int err = shown_of(&s, k, run, &view->addr);

	if (err != 0)
		return err;
	w->of = s;
	w->next = s->shows;
	s->shows = w;
	loop_timer_set(s->timer, view->queued ? QUEUE_MS : LOOK_MS);
	now = progress_for(view, &w->v, w->mine, keep_now(k));
	err = now == NULL ? SEK_ENOMEM : send_state(w, now);
	json_decref(now);
	return err;
}

/* --- the requests --- */

/* Reads ticket and visitor; the address is the run's.  false: r is gone. */
static bool
show_read(struct show *w, struct request *r, uint64_t *run)
{
	struct str ticket = verb_member(r, "test");
	struct run row;
	int err = ticket_run(run, r->keep, ticket) != 0 ? STORE_NONE :
	    store_one(r->keep->store, Q_RUN_BY_ID, ARGS(ARG_I(*run)), &row);

	store_forget(r->keep->store);
	if (err == STORE_NONE)
		request_fail(r, EXIT_DATA, "no-such-test", "there is no such test: the "
		    "address of its page is cut, or from another list");
	else if (err != 0)
		verb_fail_store(r, err);
	return err == 0 && visit_read_for(&w->v, r, &row.addr);
}

static struct show *
show_new(struct request *r, uint64_t *run)
{
	struct show read = { .r = r }, *w;
	struct asker_of of = { 0 };
	struct addr net;
	int err;

	if (!show_read(&read, r, run))
		return NULL;
	net = asker_net(&read.v.asker);
	err = asker_of_run(&of, r->keep, *run, &net);
	w = err == 0 ? malloc(sizeof(*w)) : NULL;
	if (w == NULL) {
		verb_fail_store(r, err == 0 ? SEK_ENOMEM : err);
		return NULL;
	}
	*w = read;
	w->mine = of.started && !addr_is_none(&net);
	r->state = w;
	r->state_free = show_free;
	return w;
}

/* Ends the request with a snapshot. */
static void
show_now(struct show *w, uint64_t run)
{
	struct keep *k = w->r->keep;
	struct progress_view view;
	int err = progress_view(&view, k, run, w->v.role != ROLE_PUBLIC);

	if (err != 0)
		verb_fail_store(w->r, err);
	else
		request_answer(w->r, progress_for(&view, &w->v, w->mine, keep_now(k)));
	progress_view_free(&view);
}

static void
show_live(struct show *w, uint64_t run)
{
	struct progress_view view;
	int err = progress_view(&view, w->r->keep, run, w->v.role != ROLE_PUBLIC);
	bool over = err == 0 && view.over;

	if (err == 0 && !over)
		err = follow(w, run, &view);
	progress_view_free(&view);
	if (err != 0)
		verb_fail_store(w->r, err);
	else if (over)
		show_now(w, run);
}

void
progress_verb_show(struct request *r)
{
	uint64_t run;
	struct show *w = show_new(r, &run);

	if (w == NULL)
		return;
	if (json_is_true(json_object_get(r->json, "follow")))
		show_live(w, run);
	else
		show_now(w, run);
}

/* Who started it, its proved owner, CSIRT and operator; but a recheck is a duty
 * of the list, which an owner must not get out of. */
static bool
may_cancel(const struct show *w, const struct progress_view *view)
{
	return w->v.role >= ROLE_CSIRT ||
	    (!view->ours && (w->mine || w->v.role == ROLE_OWNER));
}

static int
cancel(struct keep *k, uint64_t run)
{
	bool was;
	int err = keep_write(k);

	if (err == 0)
		err = keep_done(k, pace_cancel(k, run, &was));
	return err != 0 ? err : keep_flush(k);
}

void
progress_verb_cancel(struct request *r)
{
	struct progress_view view;
	uint64_t run;
	struct show *w = show_new(r, &run);
	bool may;
	int err;

	if (w == NULL)
		return;
	err = progress_view(&view, r->keep, run, false);
	may = err == 0 && may_cancel(w, &view);
	progress_view_free(&view);
	if (may)
		err = cancel(r->keep, run);
	if (err != 0)
		verb_fail_store(r, err);
	else if (may)
		show_now(w, run);
	else
		request_fail(r, EXIT_NOPERM, "not-yours", "only who started a test, the "
		    "proved owner and the operator can cancel it; rechecks of a listing "
		    "only the operator");
}
