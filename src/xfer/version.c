#include "xfer/version.h"

#include <stdlib.h>

#include "base/log.h"

struct versions {
	const struct published	*p;
	struct loop_timer	*late;
	struct version		*now;
	void			(*changed)(void *ctx);
	void			*ctx;
};

struct version *
version_keep(struct version *v)
{
	v->users++;
	return v;
}

void
version_drop(struct version *v)
{
	if (v == NULL || --v->users > 0)
		return;
	published_release(&v->hold);
	free(v);
}

static void
take(struct versions *v)
{
	struct version *new = calloc(1, sizeof(*new));

	loop_timer_stop(v->late);
	if (new == NULL) {	/* the next publication tries again */
		log_event(LOG_LV_ERR, "version-failed",
		    LOG_Z("why", sek_strerror(SEK_ENOMEM)));
		return;
	}
	new->users = 1;
	published_hold(&new->hold, v->p);
	version_drop(v->now);
	v->now = new;
	v->changed(v->ctx);
}

static void
on_late(void *ctx)
{
	take(ctx);
}

void
versions_look(struct versions *v)
{
	if (v->p->s.base == NULL ||
	    (v->now != NULL && published_held(&v->now->hold, v->p)))
		return;
	if (v->p->tail.map == NULL || published_tail(v->p) != NULL)
		take(v);
	else if (!loop_timer_active(v->late))
		loop_timer_set(v->late, VERSION_LATE_MS);
}

struct version *
versions_now(const struct versions *v)
{
	return v->now;
}

int
versions_new(struct versions **out, struct loop *l, const struct published *p,
    void (*changed)(void *ctx), void *ctx)
{
	struct versions *v = calloc(1, sizeof(*v));

	if (v == NULL || loop_timer(&v->late, l, on_late, v) != 0) {
		free(v);
		return SEK_ENOMEM;
	}
	v->p = p;
	v->changed = changed;
	v->ctx = ctx;
	*out = v;
	return 0;
}

void
versions_free(struct versions *v)
{
	if (v == NULL)
		return;
	loop_timer_free(v->late);
	version_drop(v->now);
	free(v);
}
