/* The fake body of sys/loop.h: poll(2), and a clock that jumps.
 *
 * A round: (1) poll, (2) call the watches that are ready, (3) call the timers
 * that are due and were set before the round's third step began.  A round in
 * which nothing happened moves the clock to the next timer. */

#include "sys/loop_body.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { GRACE_MS = 2 };		/* real time, see loop_run() */

struct fake_watch {
	struct loop_watch base;
	struct fake_watch *next;
	int		 fd;
	unsigned	 want;
	bool		 inet;		/* the kernel may deliver late */
	bool		 gone;		/* freed at the round's end */
};

struct fake_timer {
	struct loop_timer base;
	struct fake_timer *next;	/* sorted by due_ms, then seq */
	int64_t		 due_ms;
	uint64_t	 seq;
	bool		 set;
};

struct fake_loop {
	struct loop	 base;
	struct clock_fake *clock;
	struct fake_watch *watches;	/* in the order they were made */
	struct fake_timer *timers;	/* those that are set */
	uint64_t	 seq;
	bool		 stopped;
	struct pollfd	*fds;
	struct fake_watch **polled;	/* parallel to fds */
	size_t		 n, cap;	/* polled; watches that have room */
};

static int64_t
fake_now(const struct fake_loop *l)
{
	return l->clock->mono.ms;
}

static void
fake_sweep(struct fake_loop *l)
{
	struct fake_watch **at = &l->watches;

	while (*at != NULL) {
		struct fake_watch *w = *at;

		if (w->gone) {
			*at = w->next;
			free(w);
		} else {
			at = &w->next;
		}
	}
}

static void
fake_free(struct loop *base)
{
	struct fake_loop *l = (struct fake_loop *)base;

	fake_sweep(l);
	free(l->fds);
	free(l->polled);
	free(l);
}

static short
poll_events(unsigned want)
{
	return (short)((want & LOOP_READ ? POLLIN : 0) |
	    (want & LOOP_WRITE ? POLLOUT : 0));
}

/* Fills in what is to be polled.  Returns whether any of it is an internet
 * socket. */
static bool
fake_collect(struct fake_loop *l)
{
	bool inet = false;

	l->n = 0;
	for (struct fake_watch *w = l->watches; w != NULL; w = w->next) {
		if (w->gone || w->want == 0)
			continue;
		assert(l->n < l->cap);
		l->polled[l->n] = w;
		l->fds[l->n++] = (struct pollfd){ w->fd, poll_events(w->want), 0 };
		inet = inet || w->inet;
	}
	return inet;
}

static unsigned
ready_of(const struct pollfd *p, unsigned want)
{
	unsigned ready = (p->revents & POLLIN ? LOOP_READ : 0u) |
	    (p->revents & POLLOUT ? LOOP_WRITE : 0u);

	if (p->revents & (POLLERR | POLLHUP | POLLNVAL))
		ready = want;
	return ready & want;
}

/* Polls for at most wait_ms and calls what is ready.  Returns how many. */
static size_t
fake_descriptors(struct fake_loop *l, int wait_ms)
{
	size_t called = 0;

	fake_collect(l);
	if (poll(l->fds, l->n, wait_ms) <= 0)
		return 0;
	for (size_t i = 0; i < l->n && !l->stopped; i++) {
		struct fake_watch *w = l->polled[i];
		unsigned ready = ready_of(&l->fds[i], w->want);

		if (ready == 0 || w->gone)
			continue;
		called++;
		w->base.fn(w->base.ctx, ready);
	}
	fake_sweep(l);
	return called;
}

/* The first timer that is due and older than the sequence number before. */
static struct fake_timer *
fake_due(const struct fake_loop *l, uint64_t before)
{
	for (struct fake_timer *t = l->timers; t != NULL; t = t->next) {
		if (t->due_ms > fake_now(l))
			return NULL;
		if (t->seq < before)
			return t;
	}
	return NULL;
}

static size_t
fake_timers(struct fake_loop *l)
{
	uint64_t before = l->seq;
	struct fake_timer *t;
	size_t called = 0;

	while (!l->stopped && (t = fake_due(l, before)) != NULL) {
		loop_timer_stop(&t->base);
		called++;
		t->base.fn(t->base.ctx);	/* may free t */
	}
	fake_sweep(l);
	return called;
}

static void
fake_pass_to(struct fake_loop *l, int64_t ms)
{
	if (ms > fake_now(l))
		clock_fake_pass(l->clock, ms - fake_now(l));
}

/* Nothing was ready: waits or jumps.  Returns false when there is nothing to
 * wait for, or until is reached. */
static bool
fake_idle(struct fake_loop *l, int64_t until)
{
	bool inet = fake_collect(l);

	if (inet && (l->timers != NULL || until >= 0) &&
	    fake_descriptors(l, GRACE_MS) > 0)
		return true;
	if (l->timers != NULL && (until < 0 || l->timers->due_ms <= until)) {
		fake_pass_to(l, l->timers->due_ms);
		return true;
	}
	if (until >= 0) {
		fake_pass_to(l, until);
		return false;
	}
	if (l->n == 0)
		return false;
	fake_descriptors(l, -1);
	return true;
}

static void
fake_run(struct loop *base, struct mono until)
{
	struct fake_loop *l = (struct fake_loop *)base;

	while (!l->stopped) {
		size_t called = fake_descriptors(l, 0);

		called += fake_timers(l);
		if (called == 0 && !l->stopped && !fake_idle(l, until.ms))
			break;
	}
	l->stopped = false;
}

static void
fake_stop(struct loop *base)
{
	((struct fake_loop *)base)->stopped = true;
}

/* Room to poll all watches, kept so that running never needs memory.  The
 * arrays may be replaced while a round walks them by index. */
static int
fake_room(struct fake_loop *l)
{
	size_t n = 1;
	struct pollfd *fds;
	struct fake_watch **polled;

	for (struct fake_watch *w = l->watches; w != NULL; w = w->next)
		n++;
	if (n <= l->cap)
		return 0;
	n *= 2;
	fds = realloc(l->fds, n * sizeof(fds[0]));
	if (fds == NULL)
		return SEK_ENOMEM;
	l->fds = fds;
	polled = realloc(l->polled, n * sizeof(struct fake_watch *));
	if (polled == NULL)
		return SEK_ENOMEM;
	l->polled = polled;
	l->cap = n;
	return 0;
}

static bool
is_inet(int fd)
{
	int domain = 0;
	socklen_t n = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
	    (domain == AF_INET || domain == AF_INET6);
}

static int
fake_watch(struct loop_watch **out, struct loop *base, int fd, unsigned want)
{
	struct fake_loop *l = (struct fake_loop *)base;
	struct fake_watch **at = &l->watches;
	struct fake_watch *w;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return SEK_ESYS;
	if (fake_room(l) != 0 || (w = calloc(1, sizeof(*w))) == NULL)
		return SEK_ENOMEM;
	w->fd = fd;
	w->want = want;
	w->inet = is_inet(fd);
	while (*at != NULL) {
		assert((*at)->gone || (*at)->fd != fd);
		at = &(*at)->next;
	}
	*at = w;
	*out = &w->base;
	return 0;
}

static void
fake_want(struct loop_watch *base, unsigned want)
{
	((struct fake_watch *)base)->want = want;
}

static void
fake_unwatch(struct loop_watch *base)
{
	struct fake_watch *w = (struct fake_watch *)base;

	w->gone = true;		/* the round may still hold it */
	w->want = 0;
}

static int
fake_timer(struct loop_timer **out, struct loop *base)
{
	struct fake_timer *t = calloc(1, sizeof(*t));

	(void)base;
	if (t == NULL)
		return SEK_ENOMEM;
	*out = &t->base;
	return 0;
}

static void
fake_timer_stop(struct loop_timer *base)
{
	struct fake_timer *t = (struct fake_timer *)base;
	struct fake_timer **at = &((struct fake_loop *)base->loop)->timers;

	if (!t->set)
		return;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	t->set = false;
}

static void
fake_timer_set(struct loop_timer *base, int64_t in_ms)
{
	struct fake_timer *t = (struct fake_timer *)base;
	struct fake_loop *l = (struct fake_loop *)base->loop;
	struct fake_timer **at = &l->timers;

	fake_timer_stop(base);
	t->due_ms = fake_now(l) + in_ms;
	t->seq = l->seq++;
	t->set = true;
	while (*at != NULL && (*at)->due_ms <= t->due_ms)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
}

static bool
fake_timer_active(const struct loop_timer *base)
{
	return ((const struct fake_timer *)base)->set;
}

static void
fake_timer_free(struct loop_timer *base)
{
	fake_timer_stop(base);
	free(base);
}

static int
fake_signal(struct loop *base, int signo, void (*fn)(void *ctx, int signo),
    void *ctx)
{
	(void)base;
	(void)signo;
	(void)fn;
	(void)ctx;
	return 0;
}

static const struct loop_body fake_body = {
	.free = fake_free, .run = fake_run, .stop = fake_stop,
	.watch = fake_watch, .want = fake_want, .unwatch = fake_unwatch,
	.timer = fake_timer, .timer_set = fake_timer_set,
	.timer_stop = fake_timer_stop, .timer_active = fake_timer_active,
	.timer_free = fake_timer_free, .signal = fake_signal,
};

struct loop *
loop_new_fake(struct clock_fake *c)
{
	struct fake_loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	loop_init(&l->base, &fake_body, &c->clock);
	l->clock = c;
	return &l->base;
}
