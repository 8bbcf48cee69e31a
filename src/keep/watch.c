#include "keep/watch.h"

#include <stdlib.h>

#include "keep/journal.h"
#include "keep/lanes.h"

struct watch {
	struct watch		*next;
	struct keep		*keep;
	struct addr		 addr;
	struct loop_timer	*timer;
	void			(*event)(void *ctx, json_t *ev);
	void			(*give_up)(void *ctx);
	void			*ctx;
	bool			 gone;	/* removed while the list is being walked */
};

enum { BUCKETS = 1024 };	/* of addresses: a batch follows thousands */

struct keep_watch {
	struct watch	*all[BUCKETS];
	unsigned	 walking;
	bool		 left;	/* some were removed meanwhile */
};

static struct watch **
bucket(struct keep_watch *all, const struct addr *a)
{
	unsigned h = 0;

	for (size_t i = 0; i < sizeof(a->o); i++)
		h = h * 31 + a->o[i];
	return &all->all[h % BUCKETS];
}

int
watch_open(struct keep *k)
{
	k->watch = calloc(1, sizeof(*k->watch));
	return k->watch == NULL ? SEK_ENOMEM : 0;
}

static void
watch_free(struct watch *w)
{
	loop_timer_free(w->timer);
	free(w);
}

/* Frees what was removed while somebody walked the list. */
static void
watch_sweep(struct watch **at)
{
	struct watch *w;

	while ((w = *at) != NULL) {
		if (!w->gone) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		watch_free(w);
	}
}

void
watch_close(struct keep *k)
{
	if (k->watch == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct watch *w = k->watch->all[i]; w != NULL; w = w->next)
			w->gone = true;
		watch_sweep(&k->watch->all[i]);
	}
	free(k->watch);
	k->watch = NULL;
}

static void
watch_timeout(void *ctx)
{
	struct watch *w = ctx;

	w->give_up(w->ctx);
}

int
watch_add(struct watch **out, struct keep *k, const struct addr *a,
    void (*event)(void *ctx, json_t *ev), void (*give_up)(void *ctx),
    void *ctx, int64_t wait_s)
{
	struct watch *w = calloc(1, sizeof(*w)), **at = bucket(k->watch, a);

	if (w == NULL || loop_timer(&w->timer, k->loop, watch_timeout, w) != 0) {
		free(w);
		return SEK_ENOMEM;
	}
	loop_timer_set(w->timer, wait_s * 1000);
	w->keep = k;
	w->addr = *a;
	w->event = event;
	w->give_up = give_up;
	w->ctx = ctx;
	w->next = *at;
	*at = w;
	*out = w;
	return 0;
}

void
watch_remove(struct watch *w)
{
	if (w == NULL)
		return;
	w->gone = true;
	loop_timer_stop(w->timer);
	if (w->keep->watch->walking == 0)
		watch_sweep(bucket(w->keep->watch, &w->addr));
	else
		w->keep->watch->left = true;
}

static void
watch_walk(struct watch *w, const struct addr *a, json_t *ev)
{
	for (; w != NULL; w = w->next)
		if (!w->gone && (a == NULL || addr_eq(&w->addr, a)))
			w->event(w->ctx, ev);
}

void
watch_event(struct keep *k, const struct addr *a, json_t *ev)
{
	struct keep_watch *all = k->watch;

	if (ev == NULL)
		return;
	if (a != NULL)
		lanes_touch(k, a);
	all->walking++;
	if (a != NULL)
		watch_walk(*bucket(all, a), a, ev);
	for (size_t i = 0; a == NULL && i < BUCKETS; i++)
		watch_walk(all->all[i], NULL, ev);
	if (--all->walking == 0 && all->left) {
		all->left = false;
		for (size_t i = 0; i < BUCKETS; i++)
			watch_sweep(&all->all[i]);
	}
	json_decref(ev);
}

struct later {
	struct keep	*keep;
	struct addr	 addr;
	json_t		*ev;
};

static void
tell_later(void *ctx, int err)
{
	struct later *l = ctx;

	if (err != 0)
		json_decref(l->ev);
	else {		/* only now the commit has its serial */
		if (json_object_get(l->ev, "serial") != NULL)
			json_object_set_new(l->ev, "serial",
			    json_integer(journal_serial(l->keep)));
		watch_event(l->keep, &l->addr, l->ev);
	}
	free(l);
}

void
watch_event_after(struct keep *k, const struct addr *a, json_t *ev)
{
	struct later *l = malloc(sizeof(*l));

	if (ev == NULL || l == NULL) {
		json_decref(ev);
		free(l);
		return;
	}
	*l = (struct later){ k, *a, ev };
	if (keep_after(k, tell_later, l) != 0)
		tell_later(l, SEK_ENOMEM);
}

json_t *
watch_text(struct str s)
{
	char text[1024];

	str_clean(text, sizeof(text), s);
	return json_string(text);
}
