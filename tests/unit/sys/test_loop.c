#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/loop.h"

static const struct mono no_bound = { -1 };

/* Every case that makes sense for both runs on both bodies. */
struct rig {
	struct loop	*loop;
	struct clock_fake clock;
	bool		 fake;
	char		 log[256];
	size_t		 n;
};

static void
rig_open(struct rig *r, bool fake)
{
	memset(r, 0, sizeof(*r));
	r->fake = fake;
	clock_fake_init(&r->clock, (struct wall){ 1800000000 });
	r->loop = fake ? loop_new_fake(&r->clock) : loop_new();
	assert_non_null(r->loop);
}

static void
rig_say(struct rig *r, char c)
{
	if (r->n < sizeof(r->log) - 1)
		r->log[r->n++] = c;
}

static void
rig_expect(const struct rig *r, const char *want)
{
	if (strcmp(r->log, want) != 0)
		fail_msg("%s loop: want \"%s\", got \"%s\"",
		    r->fake ? "fake" : "real", want, r->log);
}

struct tick {
	struct rig	*rig;
	struct loop_timer *timer;
	char		 name;
	struct tick	*kills;		/* freed by this one's call */
	struct tick	*sets;		/* set to 0 ms by this one's call */
	int		 times;		/* sets itself to 0 ms so often */
	int		 pokes;		/* a descriptor that gets one octet, then closed */
};

static void
tick(void *ctx)
{
	struct tick *t = ctx;

	rig_say(t->rig, t->name);
	if (t->pokes > 0) {
		assert_int_equal(write(t->pokes, "x", 1), 1);
		close(t->pokes);
		t->pokes = 0;
	}
	if (t->times-- > 0)
		loop_timer_set(t->timer, 0);
	if (t->sets != NULL)
		loop_timer_set(t->sets->timer, 0);
	if (t->kills != NULL) {
		loop_timer_free(t->kills->timer);
		t->kills->timer = NULL;
	}
}

static void
tick_new(struct tick *t, struct rig *r, char name)
{
	*t = (struct tick){ .rig = r, .name = name };
	assert_int_equal(loop_timer(&t->timer, r->loop, tick, t), 0);
}

static void
timers_come_in_order(struct rig *r)
{
	struct tick a, b, c, d;

	tick_new(&a, r, 'a');
	tick_new(&b, r, 'b');
	tick_new(&c, r, 'c');
	tick_new(&d, r, 'd');
	loop_timer_set(c.timer, 30);
	loop_timer_set(b.timer, 20);
	loop_timer_set(a.timer, -5);
	loop_timer_set(d.timer, 10);
	assert_true(loop_timer_active(d.timer));
	loop_timer_stop(d.timer);
	assert_false(loop_timer_active(d.timer));
	loop_run(r->loop, no_bound);
	rig_expect(r, "abc");
	assert_false(loop_timer_active(a.timer));
	loop_timer_set(b.timer, 1000000);
	loop_timer_set(b.timer, 1);	/* the last word counts */
	loop_run(r->loop, no_bound);
	rig_expect(r, "abcb");
	loop_timer_free(a.timer);
	loop_timer_free(b.timer);
	loop_timer_free(c.timer);
	loop_timer_free(d.timer);
}

static void
timer_frees_itself_and_others(struct rig *r)
{
	struct tick a, b, c;

	tick_new(&a, r, 'a');
	tick_new(&b, r, 'b');
	tick_new(&c, r, 'c');
	a.kills = &b;			/* due in the same round */
	c.kills = &c;
	loop_timer_set(a.timer, 0);
	loop_timer_set(b.timer, 0);
	loop_timer_set(c.timer, 0);
	loop_run(r->loop, no_bound);
	rig_expect(r, "ac");
	loop_timer_free(a.timer);
	loop_timer_free(b.timer);
	loop_timer_free(c.timer);
}

struct end {
	struct rig	*rig;
	struct loop_watch *watch;
	int		 fd, peer;
	char		 name;
	unsigned	 seen;
	struct end	*kills;
};

static void
end_new(struct end *e, struct rig *r, char name, unsigned want,
    void (*fn)(void *ctx, unsigned ready))
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	*e = (struct end){ .rig = r, .fd = pair[0], .peer = pair[1], .name = name };
	assert_int_equal(loop_watch(&e->watch, r->loop, e->fd, want, fn, e), 0);
}

static void
end_free(struct end *e)
{
	loop_unwatch(e->watch);
	e->watch = NULL;
	close(e->fd);
	if (e->peer >= 0)
		close(e->peer);
}

static void
end_reads(void *ctx, unsigned ready)
{
	struct end *e = ctx;
	char c;

	e->seen |= ready;
	if (read(e->fd, &c, 1) == 1) {
		rig_say(e->rig, c);
		return;
	}
	rig_say(e->rig, e->name);	/* end of file, or an error */
	loop_unwatch(e->watch);
	e->watch = NULL;
}

static void
descriptors_are_ready_for_what_is_wanted(struct rig *r)
{
	struct end e;

	end_new(&e, r, 'E', LOOP_READ, end_reads);
	assert_int_equal(fcntl(e.fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(write(e.peer, "xy", 2), 2);
	close(e.peer);
	e.peer = -1;
	loop_run(r->loop, no_bound);	/* level triggered: x, y, then the end */
	rig_expect(r, "xyE");
	assert_int_equal(e.seen, LOOP_READ);
	end_free(&e);
}

static void
end_stops(void *ctx, unsigned ready)
{
	struct end *e = ctx;

	e->seen |= ready;
	rig_say(e->rig, e->name);
	loop_want(e->watch, 0);
}

static void
writing_and_pausing(struct rig *r)
{
	struct end e;

	end_new(&e, r, 'w', 0, end_stops);
	assert_int_equal(write(e.peer, "x", 1), 1);
	loop_run(r->loop, no_bound);	/* nothing wanted: nothing to wait for */
	rig_expect(r, "");
	loop_want(e.watch, LOOP_WRITE);
	loop_run(r->loop, no_bound);
	rig_expect(r, "w");
	assert_int_equal(e.seen, LOOP_WRITE);
	loop_want(e.watch, LOOP_READ | LOOP_WRITE);
	loop_run(r->loop, no_bound);
	assert_int_equal(e.seen, LOOP_READ | LOOP_WRITE);
	end_free(&e);
}

/* An error condition (reset: unread octets at the peer's close) must be seen
 * by whoever wants anything, again and again until the watch ends. */
static void
end_counts(void *ctx, unsigned ready)
{
	struct end *e = ctx;

	e->seen = ready;
	rig_say(e->rig, e->name);
	if (e->rig->n == 3)
		loop_want(e->watch, 0);
}

static void
errors_are_readiness(struct rig *r)
{
	struct end e;

	end_new(&e, r, 'r', LOOP_READ, end_counts);
	assert_int_equal(write(e.fd, "x", 1), 1);
	close(e.peer);
	e.peer = -1;
	loop_run(r->loop, no_bound);
	rig_expect(r, "rrr");
	assert_int_equal(e.seen, LOOP_READ);
	end_free(&e);
}

static void
end_kills(void *ctx, unsigned ready)
{
	struct end *e = ctx;

	(void)ready;
	rig_say(e->rig, e->name);
	if (e->kills != NULL)
		end_free(e->kills);
	end_free(e);
}

static void
watch_frees_itself_and_others(struct rig *r)
{
	struct end a, b;

	end_new(&a, r, '1', LOOP_WRITE, end_kills);
	end_new(&b, r, '1', LOOP_WRITE, end_kills);
	a.kills = &b;
	b.kills = &a;
	loop_run(r->loop, no_bound);
	rig_expect(r, "1");		/* whichever was first */
}

static void
zero_timers_starve_nobody(struct rig *r)
{
	struct end e;
	struct tick t;

	tick_new(&t, r, 't');
	t.times = 5;
	end_new(&e, r, 'd', LOOP_READ, end_kills);
	t.pokes = dup(e.peer);
	loop_timer_set(t.timer, 0);
	loop_run(r->loop, no_bound);
	assert_int_equal(r->n, 7);
	assert_true(memchr(r->log, 'd', 3) != NULL);	/* between the first and the third */
	loop_timer_free(t.timer);
}

static void
stop_tick(void *ctx)
{
	struct rig *r = ctx;

	rig_say(r, 's');
	loop_stop(r->loop);
}

static void
stop_from_a_callback(struct rig *r)
{
	struct loop_timer *s;
	struct tick late;

	assert_int_equal(loop_timer(&s, r->loop, stop_tick, r), 0);
	tick_new(&late, r, 'l');
	loop_timer_set(s, 1);
	loop_timer_set(late.timer, 40);
	loop_run(r->loop, no_bound);
	rig_expect(r, "s");
	loop_run(r->loop, no_bound);	/* and on from there */
	rig_expect(r, "sl");
	loop_timer_free(s);
	loop_timer_free(late.timer);
}

static void
end_fn(void *ctx)
{
	struct tick *t = ctx;

	rig_say(t->rig, 'e');
	loop_timer_free(t->timer);
}

static void
ends_are_called_by_free(struct rig *r)
{
	struct tick a, b, c;
	struct loop_end ea = { .fn = end_fn, .ctx = &a };
	struct loop_end eb = { .fn = end_fn, .ctx = &b };
	struct loop_end ec = { .fn = end_fn, .ctx = &c };

	tick_new(&a, r, 'a');
	tick_new(&b, r, 'b');
	tick_new(&c, r, 'c');
	loop_end_add(r->loop, &ea);
	loop_end_add(r->loop, &eb);
	loop_end_add(r->loop, &ec);
	loop_end_cancel(&eb);
	loop_end_cancel(&eb);
	loop_timer_free(b.timer);
	loop_free(r->loop);
	r->loop = NULL;
	rig_expect(r, "ee");
}

static void (*const both[])(struct rig *r) = {
	timers_come_in_order, timer_frees_itself_and_others,
	descriptors_are_ready_for_what_is_wanted, writing_and_pausing,
	errors_are_readiness, watch_frees_itself_and_others,
	zero_timers_starve_nobody, stop_from_a_callback, ends_are_called_by_free,
};

static void
run_all(bool fake)
{
	struct rig r;

	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		rig_open(&r, fake);
		both[i](&r);
		loop_free(r.loop);
	}
}

static void
real_body(void **state)
{
	(void)state;
	run_all(false);
}

static void
fake_body(void **state)
{
	(void)state;
	run_all(true);
}

struct daily {
	struct loop_timer *timer;
	struct rig	*rig;
	int		 days;
	int64_t		 at_s[31];
};

static void
daily_tick(void *ctx)
{
	struct daily *d = ctx;

	assert_in_range(d->days, 0, 30);
	d->at_s[d->days++] = d->rig->clock.wall.s;
	loop_timer_set(d->timer, 86400 * 1000);
}

static void
thirty_days_pass_at_once(void **state)
{
	struct rig r;
	struct daily d = { .rig = &r };
	struct end e;
	int64_t began = clock_real.mono(&clock_real).ms;

	(void)state;
	rig_open(&r, true);
	assert_int_equal(loop_timer(&d.timer, r.loop, daily_tick, &d), 0);
	end_new(&e, &r, 'x', LOOP_READ, end_reads);	/* a silent peer */
	loop_timer_set(d.timer, 86400 * 1000);
	loop_run(r.loop, (struct mono){ INT64_C(30) * 86400 * 1000 + 5 });
	assert_int_equal(d.days, 30);
	assert_int_equal(d.at_s[0], 1800000000 + 86400);
	assert_int_equal(d.at_s[29], 1800000000 + 30 * 86400);
	assert_int_equal(r.clock.mono.ms, INT64_C(30) * 86400 * 1000 + 5);
	assert_true(clock_real.mono(&clock_real).ms - began < 2000);
	rig_expect(&r, "");
	end_free(&e);
	loop_timer_free(d.timer);
	loop_free(r.loop);
}

static void
until_is_kept_without_timers(void **state)
{
	struct rig r;
	struct end e;
	struct tick t;

	(void)state;
	rig_open(&r, true);
	end_new(&e, &r, 'E', LOOP_READ, end_reads);
	assert_int_equal(write(e.peer, "x", 1), 1);
	tick_new(&t, &r, 't');
	loop_timer_set(t.timer, 100);
	loop_run(r.loop, (struct mono){ 99 });
	rig_expect(&r, "x");
	assert_int_equal(r.clock.mono.ms, 99);
	loop_run(r.loop, (struct mono){ 100 });	/* due at until: counts */
	rig_expect(&r, "xt");
	loop_run(r.loop, (struct mono){ 50 });		/* never back */
	assert_int_equal(r.clock.mono.ms, 100);
	end_free(&e);
	loop_timer_free(t.timer);
	loop_free(r.loop);
}

static void
on_signal(void *ctx, int signo)
{
	struct rig *r = ctx;

	assert_int_equal(signo, SIGUSR1);
	rig_say(r, 'u');
	loop_stop(r->loop);
}

static void
raise_tick(void *ctx)
{
	(void)ctx;
	raise(SIGUSR1);
}

static void
signals_reach_the_loop(void **state)
{
	struct rig r;
	struct loop_timer *t;
	struct tick long_wait;

	(void)state;
	rig_open(&r, false);
	assert_int_equal(loop_signal(r.loop, SIGUSR1, on_signal, &r), 0);
	assert_int_equal(loop_timer(&t, r.loop, raise_tick, &r), 0);
	tick_new(&long_wait, &r, 'l');
	loop_run(r.loop, no_bound);	/* a signal alone is no reason to wait */
	loop_timer_set(t, 1);
	loop_timer_set(long_wait.timer, 20000);
	loop_run(r.loop, no_bound);
	rig_expect(&r, "u");
	assert_true(loop_signal(r.loop, 9999, on_signal, &r) < 0);
	loop_timer_free(t);
	loop_timer_free(long_wait.timer);
	loop_free(r.loop);
}

static void
what_cannot_be_watched(void **state)
{
	struct loop_watch *w;
	struct loop *l = loop_new();
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_non_null(l);
	assert_true(fd >= 0);
	assert_int_equal(loop_watch(&w, l, fd, LOOP_READ, end_reads, NULL), SEK_ESYS);
	close(fd);
	loop_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_body),
		cmocka_unit_test(fake_body),
		cmocka_unit_test(thirty_days_pass_at_once),
		cmocka_unit_test(until_is_kept_without_timers),
		cmocka_unit_test(signals_reach_the_loop),
		cmocka_unit_test(what_cannot_be_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
