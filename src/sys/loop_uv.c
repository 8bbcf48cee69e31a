/* The real body of sys/loop.h, on libuv 1.44 or later.
 *
 * 1. uv_poll_stop before the owner closes its descriptor, or libuv aborts.
 * 2. A handle's memory is freed in its uv_close callback, never before.
 * 3. libuv stops a poll handle that saw an error and reports UV_EBADF: we
 *    start it again, so that an error is readiness until the owner looks.
 * 4. libuv 1.44 runs a timer of 0 ms set in a timer's callback in the same
 *    round, so a chain of them starves the descriptors: those stand in a list
 *    of our own, run by an idle handle once a round.
 * 5. No io_uring: containers deny it, and 1.45 to 1.48 had it on. */

#include "sys/loop_body.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <uv.h>

struct soon {		/* ring of zero timers; a lone node points at itself */
	struct soon	*next, *prev;
};

struct uv_signal {
	uv_signal_t	 h;
	void		(*fn)(void *ctx, int signo);
	void		*ctx;
	struct uv_signal *next;
};

struct real_loop {
	struct loop	 base;
	uv_loop_t	 uv;
	uv_idle_t	 idle;		/* active while soon is not empty */
	struct soon	 soon;
	struct uv_signal *signals;
};

struct real_watch {
	struct loop_watch base;
	uv_poll_t	 h;
	unsigned	 want;
};

struct real_timer {
	struct loop_timer base;
	uv_timer_t	 h;
	struct soon	 soon;
};

static void
soon_init(struct soon *s)
{
	s->next = s->prev = s;
}

static bool
soon_empty(const struct soon *s)
{
	return s->next == s;
}

static void
soon_remove(struct soon *s)
{
	s->prev->next = s->next;
	s->next->prev = s->prev;
	soon_init(s);
}

static void
soon_append(struct soon *ring, struct soon *s)
{
	s->prev = ring->prev;
	s->next = ring;
	ring->prev->next = s;
	ring->prev = s;
}

static struct real_timer *
timer_of_soon(struct soon *s)
{
	return (struct real_timer *)(void *)
	    ((char *)s - offsetof(struct real_timer, soon));
}

/* Runs what was in the list when the round began; what is added meanwhile
 * waits for the next round. */
static void
real_idle(uv_idle_t *h)
{
	struct real_loop *l = h->data;
	struct soon now;

	soon_init(&now);
	while (!soon_empty(&l->soon)) {
		struct soon *s = l->soon.next;

		soon_remove(s);
		soon_append(&now, s);
	}
	while (!soon_empty(&now)) {
		struct real_timer *t = timer_of_soon(now.next);

		soon_remove(&t->soon);
		t->base.fn(t->base.ctx);	/* may free t, and others in now */
	}
	if (soon_empty(&l->soon))
		uv_idle_stop(h);
}

static void
real_free(struct loop *base)
{
	struct real_loop *l = (struct real_loop *)base;
	int rc;

	for (struct uv_signal *s = l->signals; s != NULL; s = s->next)
		uv_close((uv_handle_t *)&s->h, NULL);
	uv_close((uv_handle_t *)&l->idle, NULL);
	uv_run(&l->uv, UV_RUN_DEFAULT);		/* the close callbacks */
	rc = uv_loop_close(&l->uv);
	assert(rc == 0);
	(void)rc;
	while (l->signals != NULL) {
		struct uv_signal *s = l->signals;

		l->signals = s->next;
		free(s);
	}
	free(l);
}

static void
real_run(struct loop *base, struct mono until)
{
	(void)until;
	uv_run(&((struct real_loop *)base)->uv, UV_RUN_DEFAULT);
}

static void
real_stop(struct loop *base)
{
	uv_stop(&((struct real_loop *)base)->uv);
}

static void real_want(struct loop_watch *base, unsigned want);

static void
real_ready(uv_poll_t *h, int status, int events)
{
	struct real_watch *w = h->data;
	unsigned ready = (events & UV_READABLE ? LOOP_READ : 0u) |
	    (events & UV_WRITABLE ? LOOP_WRITE : 0u);

	if (status < 0) {	/* rule 3 */
		ready = w->want;
		real_want(&w->base, w->want);
	}
	ready &= w->want;
	if (ready != 0)
		w->base.fn(w->base.ctx, ready);		/* may free w */
}

static void
real_want(struct loop_watch *base, unsigned want)
{
	struct real_watch *w = (struct real_watch *)base;
	int events = (want & LOOP_READ ? UV_READABLE : 0) |
	    (want & LOOP_WRITE ? UV_WRITABLE : 0);

	if (w->want == want && uv_is_active((uv_handle_t *)&w->h) == (want != 0))
		return;		/* each start costs two system calls */
	w->want = want;
	if (events == 0)
		uv_poll_stop(&w->h);
	else
		uv_poll_start(&w->h, events, real_ready);
}

static int
real_watch(struct loop_watch **out, struct loop *base, int fd, unsigned want)
{
	struct real_loop *l = (struct real_loop *)base;
	struct real_watch *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL)
		return SEK_ENOMEM;
	rc = uv_poll_init(&l->uv, &w->h, fd);
	if (rc != 0) {
		free(w);
		errno = -rc;
		return rc == UV_ENOMEM ? SEK_ENOMEM : SEK_ESYS;
	}
	w->h.data = w;
	real_want(&w->base, want);
	*out = &w->base;
	return 0;
}

static void
real_closed(uv_handle_t *h)
{
	free(h->data);
}

static void
real_unwatch(struct loop_watch *base)
{
	struct real_watch *w = (struct real_watch *)base;

	uv_poll_stop(&w->h);
	uv_close((uv_handle_t *)&w->h, real_closed);
}

static int
real_timer(struct loop_timer **out, struct loop *base)
{
	struct real_timer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return SEK_ENOMEM;
	uv_timer_init(&((struct real_loop *)base)->uv, &t->h);
	t->h.data = t;
	soon_init(&t->soon);
	*out = &t->base;
	return 0;
}

static void
real_due(uv_timer_t *h)
{
	struct real_timer *t = h->data;

	t->base.fn(t->base.ctx);	/* may free t */
}

static void
real_timer_stop(struct loop_timer *base)
{
	struct real_timer *t = (struct real_timer *)base;

	soon_remove(&t->soon);
	uv_timer_stop(&t->h);
}

static void
real_timer_set(struct loop_timer *base, int64_t in_ms)
{
	struct real_timer *t = (struct real_timer *)base;
	struct real_loop *l = (struct real_loop *)base->loop;

	real_timer_stop(base);
	if (in_ms == 0) {
		soon_append(&l->soon, &t->soon);
		uv_idle_start(&l->idle, real_idle);
		return;
	}
	uv_update_time(&l->uv);		/* a long callback must not shorten it */
	uv_timer_start(&t->h, real_due, (uint64_t)in_ms, 0);
}

static bool
real_timer_active(const struct loop_timer *base)
{
	const struct real_timer *t = (const struct real_timer *)base;

	return !soon_empty(&t->soon) ||
	    uv_is_active((const uv_handle_t *)&t->h) != 0;
}

static void
real_timer_free(struct loop_timer *base)
{
	struct real_timer *t = (struct real_timer *)base;

	real_timer_stop(base);
	uv_close((uv_handle_t *)&t->h, real_closed);
}

static void
real_signalled(uv_signal_t *h, int signo)
{
	struct uv_signal *s = h->data;

	s->fn(s->ctx, signo);
}

static int
real_signal(struct loop *base, int signo, void (*fn)(void *ctx, int signo),
    void *ctx)
{
	struct real_loop *l = (struct real_loop *)base;
	struct uv_signal *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return SEK_ENOMEM;
	s->fn = fn;
	s->ctx = ctx;
	s->h.data = s;
	rc = uv_signal_init(&l->uv, &s->h);
	if (rc != 0) {
		free(s);
		errno = -rc;
		return SEK_ESYS;
	}
	s->next = l->signals;	/* from here on it ends with the loop */
	l->signals = s;
	rc = uv_signal_start(&s->h, real_signalled, signo);
	if (rc != 0) {
		errno = -rc;
		return SEK_ESYS;
	}
	uv_unref((uv_handle_t *)&s->h);
	return 0;
}

static const struct loop_body real_body = {
	.free = real_free, .run = real_run, .stop = real_stop,
	.watch = real_watch, .want = real_want, .unwatch = real_unwatch,
	.timer = real_timer, .timer_set = real_timer_set,
	.timer_stop = real_timer_stop, .timer_active = real_timer_active,
	.timer_free = real_timer_free, .signal = real_signal,
};

struct loop *
loop_new(void)
{
	struct real_loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	setenv("UV_USE_IO_URING", "0", 1);	/* rule 5 */
	if (uv_loop_init(&l->uv) != 0) {
		free(l);
		return NULL;
	}
	loop_init(&l->base, &real_body, &clock_real);
	soon_init(&l->soon);
	uv_idle_init(&l->uv, &l->idle);
	l->idle.data = l;
	return &l->base;
}
