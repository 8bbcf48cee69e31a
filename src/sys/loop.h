#pragma once
/* sys/loop.h -- one event loop per process: descriptors, timers, signals.
 *
 * loop_new() stands on libuv, loop_new_fake() on poll(2) and a clock that
 * jumps to the next timer when no descriptor is ready, so a scenario of thirty
 * days over socket pairs runs in milliseconds.  No library type crosses this
 * header.  Callbacks run on the loop's thread; a callback may free the very
 * watch or timer that called it, and any other. */

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct loop;
struct loop_watch;
struct loop_timer;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

/* Both make the process ignore SIGPIPE: a peer that went away is an error of
 * write(2), not an end.  The real one opens its descriptors now, so that it is
 * made after privileges are dropped and before the system call filter.
 * NULL: out of memory or descriptors. */
struct loop *loop_new(void);
struct loop *loop_new_fake(struct clock_fake *c);	/* c outlives the loop */

/* Calls the loop_end functions, then frees.  Every other watch and timer must
 * be gone (asserted).  Not from a callback.  l may be NULL. */
void loop_free(struct loop *l);
const struct clock *loop_clock(const struct loop *l);

/* Runs until loop_stop() or until nothing is left to wait for: no timer set
 * and no watch that wants anything (signals do not count).
 *
 * The real loop ignores until.  The fake one, with until.ms >= 0, handles all
 * that is ready and every timer due at or before until, then sets its clock to
 * until (never back) and returns, also while watches are left.  With
 * until.ms < 0 it has no bound, and waits in real time when watches but no
 * timers are left.  Its order is fixed: descriptors in the order they were
 * watched, timers in the order they fall due, equal ones in the order they
 * were set.  Before it jumps it gives internet sockets 2 ms of real time,
 * since the kernel may deliver on 127.0.0.1 a little late; socket pairs and
 * pipes need none. */
void loop_run(struct loop *l, struct mono until);

/* Makes loop_run() return, or the next one if none runs.  Callbacks that are
 * ready in the same round may still come. */
void loop_stop(struct loop *l);

/* Calls fn(ctx, ready) whenever fd is ready for what is wanted (a mask; 0
 * pauses).  ready is never more than what is wanted; hang-up and error count
 * as all of it, so read or write and see.  fd is borrowed: end the watch before
 * closing it.  One watch per descriptor; none on regular files.  fd is made
 * non-blocking.  Returns 0, SEK_ENOMEM or SEK_ESYS. */
int loop_watch(struct loop_watch **out, struct loop *l, int fd, unsigned want,
    void (*fn)(void *ctx, unsigned ready), void *ctx) MUST_CHECK;
void loop_want(struct loop_watch *w, unsigned want);
void loop_unwatch(struct loop_watch *w);	/* w may be NULL */

/* One-shot timer, stopped when made.  loop_timer_set re-arms it, in_ms >= 0
 * (less counts as 0).  0 means: in the next round, after the descriptors had
 * their turn, in the order set; so a chain of such timers starves nobody. */
int loop_timer(struct loop_timer **out, struct loop *l,
    void (*fn)(void *ctx), void *ctx) MUST_CHECK;
void loop_timer_set(struct loop_timer *t, int64_t in_ms);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_active(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);	/* t may be NULL */

/* Calls fn(ctx, signo) on the loop's thread.  Real loop only; the fake one
 * accepts and ignores it.  Ends with the loop.  Returns 0, SEK_ENOMEM or
 * SEK_ESYS. */
int loop_signal(struct loop *l, int signo, void (*fn)(void *ctx, int signo),
    void *ctx) MUST_CHECK;

/* For what may outlive its owner (a stream that is still flushing): fn(ctx) is
 * called by loop_free() and must free its watches and timers.  The struct is
 * the caller's and must stay until the call or the cancel. */
struct loop_end {
	void		(*fn)(void *ctx);
	void		*ctx;
	struct loop_end	*next, **link;	/* the loop's; zero when not added */
};
void loop_end_add(struct loop *l, struct loop_end *e);
void loop_end_cancel(struct loop_end *e);	/* nothing if not added */
