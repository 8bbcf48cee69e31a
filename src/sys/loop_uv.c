/* The real body of sys/loop.h, on libuv 1.44 or later.
 *
 * 1. Descriptors are in an epoll set of our own, and libuv polls that one.  It
 *    would handle all that is ready, thousands, before a timer had its turn;
 *    we take TURN of them, about in the order in which they became ready, and
 *    the others in the next round.  A change of what is wanted is one system call,
 *    not two, and a watch is freed at once.
 * 2. A handle's memory is freed in its uv_close callback, never before.
 * 3. EPOLLERR and EPOLLHUP cannot be masked, but EPOLLONESHOT ends them: so
 *    stands in the set who wants nothing.
 * 4. libuv 1.44 runs a timer of 0 ms set in a timer's callback in the same
 *    round, so a chain of them starves the descriptors: those stand in a list
 *    of our own, run by an idle handle once a round.
 * 5. No io_uring: containers deny it, and 1.45 to 1.48 had it on. */

#include "sys/loop_body.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

enum {
	TURN = 128,		/* descriptors handled in one round, ... */
	TURN_NS = 10 * 1000 * 1000,	/* ... for so long: a TLS handshake is much work */
};

struct soon {		/* ring of zero timers; a lone node points at itself */
	struct soon	*next, *prev;
};

struct uv_signal {
	uv_signal_t	 h;
	void		(*fn)(void *ctx, int signo);
	void		*ctx;
	struct uv_signal *next;
};

struct real_watch;

struct real_loop {
	struct loop	 base;
	uv_loop_t	 uv;
	int		 epoll;
	uv_poll_t	 poll;		/* of it */
	size_t		 wanting;	/* watches that want something */
	struct real_watch *ready[TURN];	/* what is left of this round; NULL: gone */
	int		 n_ready;
	uv_idle_t	 idle;		/* active while soon is not empty */
	struct soon	 soon;
	struct uv_signal *signals;
};

struct real_watch {
	struct loop_watch base;
	int		 fd;
	unsigned	 want;
};

/* Most timers bound a reply: stopped and set again at each one, and never due.
 * So libuv's own is left running while ours moves away from it, and set anew
 * when it fires too early. */
struct real_timer {
	struct loop_timer base;
	uv_timer_t	 h;
	struct soon	 soon;
	uint64_t	 due_ms;	/* of libuv's clock; 0: stopped */
	uint64_t	 fires_ms;	/* libuv's; 0: it is stopped */
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
	uv_close((uv_handle_t *)&l->poll, NULL);
	uv_run(&l->uv, UV_RUN_DEFAULT);		/* the close callbacks */
	rc = uv_loop_close(&l->uv);
	assert(rc == 0);
	(void)rc;
	close(l->epoll);
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

static unsigned
ready_mask(uint32_t events)
{
	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		return LOOP_READ | LOOP_WRITE;
	return (events & EPOLLIN ? LOOP_READ : 0u) | (events & EPOLLOUT ? LOOP_WRITE : 0u);
}

/* A callback may end any watch, also one that comes later in this round. */
static void
real_poll(uv_poll_t *h, int status, int events)
{
	struct real_loop *l = h->data;
	struct epoll_event ready[TURN];
	int n = epoll_pwait(l->epoll, ready, TURN, 0, NULL);
	uint64_t until = uv_hrtime() + TURN_NS;

	(void)status;
	(void)events;
	for (int i = 0; i < n; i++)
		l->ready[i] = ready[i].data.ptr;
	l->n_ready = n > 0 ? n : 0;
	for (int i = 0; i < n && (i == 0 || uv_hrtime() < until); i++) {
		struct real_watch *w = l->ready[i];
		unsigned is = w == NULL ? 0 : ready_mask(ready[i].events) & w->want;

		l->ready[i] = NULL;
		if (is != 0)
			w->base.fn(w->base.ctx, is);	/* may free w */
	}
	l->n_ready = 0;
}

static uint32_t
event_mask(unsigned want)
{
	return want == 0 ? EPOLLONESHOT : (want & LOOP_READ ? EPOLLIN : 0u) | (want & LOOP_WRITE ? EPOLLOUT : 0u);
}

/* The loop runs on while somebody wants something. */
static void
count_wanting(struct real_loop *l, bool more)
{
	l->wanting += more ? 1 : (size_t)-1;
	if (l->wanting == 0)
		uv_unref((uv_handle_t *)&l->poll);
	else if (l->wanting == 1 && more)
		uv_ref((uv_handle_t *)&l->poll);
}

static void
real_want(struct loop_watch *base, unsigned want)
{
	struct real_loop *l = (struct real_loop *)base->loop;
	struct real_watch *w = (struct real_watch *)base;
	struct epoll_event e = { .events = event_mask(want), .data.ptr = w };
	int rc;

	if (w->want == want)
		return;
	rc = epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &e);
	assert(rc == 0);	/* or it was closed before its watch ended */
	(void)rc;
	if (w->want == 0 || want == 0)
		count_wanting(l, want != 0);
	w->want = want;
}

static int
real_watch(struct loop_watch **out, struct loop *base, int fd, unsigned want)
{
	struct real_loop *l = (struct real_loop *)base;
	struct real_watch *w = calloc(1, sizeof(*w));
	struct epoll_event e = { .events = event_mask(want), .data.ptr = w };
	int flags = fcntl(fd, F_GETFL);

	if (w == NULL)
		return SEK_ENOMEM;
	w->fd = fd;
	w->want = want;
	if (flags < 0 || ((flags & O_NONBLOCK) == 0 &&
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
		free(w);
		return errno == ENOMEM ? SEK_ENOMEM : SEK_ESYS;
	}
	if (want != 0)
		count_wanting(l, true);
	*out = &w->base;
	return 0;
}

static void
real_unwatch(struct loop_watch *base)
{
	struct real_watch *w = (struct real_watch *)base;
	struct real_loop *l = (struct real_loop *)base->loop;

	for (int i = 0; i < l->n_ready; i++)
		if (l->ready[i] == w)
			l->ready[i] = NULL;
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	if (w->want != 0)
		count_wanting(l, false);
	free(w);
}

static void
real_closed(uv_handle_t *h)
{
	free(h->data);
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

static void real_due(uv_timer_t *h);

/* libuv's shall fire at due_ms, or before. */
static void
keep_running(struct real_timer *t, struct real_loop *l)
{
	if (t->fires_ms == 0 || t->fires_ms > t->due_ms) {
		uint64_t now = uv_now(&l->uv);

		uv_timer_start(&t->h, real_due, t->due_ms > now ? t->due_ms - now : 0, 0);
		t->fires_ms = t->due_ms;
	}
	uv_ref((uv_handle_t *)&t->h);
}

static void
real_due(uv_timer_t *h)
{
	struct real_timer *t = h->data;
	struct real_loop *l = (struct real_loop *)t->base.loop;

	t->fires_ms = 0;
	if (t->due_ms == 0)
		return;
	if (t->due_ms > uv_now(&l->uv)) {
		keep_running(t, l);
		return;
	}
	t->due_ms = 0;
	t->base.fn(t->base.ctx);	/* may free t */
}

static void
real_timer_stop(struct loop_timer *base)
{
	struct real_timer *t = (struct real_timer *)base;

	soon_remove(&t->soon);
	t->due_ms = 0;
	uv_unref((uv_handle_t *)&t->h);	/* nobody waits for it */
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
	t->due_ms = uv_now(&l->uv) + (uint64_t)in_ms;
	keep_running(t, l);
}

static bool
real_timer_active(const struct loop_timer *base)
{
	const struct real_timer *t = (const struct real_timer *)base;

	return !soon_empty(&t->soon) || t->due_ms != 0;
}

static void
real_timer_free(struct loop_timer *base)
{
	struct real_timer *t = (struct real_timer *)base;

	real_timer_stop(base);
	uv_timer_stop(&t->h);
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

static int
open_set(struct real_loop *l)
{
	int rc;

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return SEK_ESYS;
	l->poll.data = l;
	rc = uv_poll_init(&l->uv, &l->poll, l->epoll);
	if (rc == 0)
		rc = uv_poll_start(&l->poll, UV_READABLE, real_poll);
	if (rc != 0) {
		close(l->epoll);
		return SEK_ESYS;
	}
	uv_unref((uv_handle_t *)&l->poll);
	return 0;
}

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
	if (open_set(l) != 0) {
		(void)uv_loop_close(&l->uv);
		free(l);
		return NULL;
	}
	loop_init(&l->base, &real_body, &clock_real);
	soon_init(&l->soon);
	uv_idle_init(&l->uv, &l->idle);
	l->idle.data = l;
	return &l->base;
}
