#pragma once
/* sys/loop.h -- one event loop per process: descriptors, timers, signals.
 *
 * loop_new() stands on libuv, loop_new_fake() on poll(2) and a clock that
 * jumps to the next timer when no descriptor is ready, so a scenario of thirty
 * days over socket pairs runs in milliseconds.  No library type crosses this
 * header.  Callbacks run on the loop's thread; a callback may free the very
 * watch or timer that called it. */

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct loop;
struct loop_watch;
struct loop_timer;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop *loop_new(void);			/* NULL: out of memory */
struct loop *loop_new_fake(struct clock_fake *c);	/* c outlives the loop */
void loop_free(struct loop *l);			/* every watch and timer must be gone */
const struct clock *loop_clock(const struct loop *l);

/* Runs until loop_stop() or until nothing is left to wait for.
 * The fake loop also returns when its clock reached until (pass until.ms < 0
 * for no bound; the real loop ignores it). */
void loop_run(struct loop *l, struct mono until);
void loop_stop(struct loop *l);

/* Calls fn(ctx, ready) whenever fd is ready for what is wanted (a mask; 0
 * pauses).  Hang-up and error count as both.  fd is borrowed: end the watch
 * before closing it.  One watch per descriptor.  Returns 0, SEK_ENOMEM or
 * SEK_ESYS. */
int loop_watch(struct loop_watch **out, struct loop *l, int fd, unsigned want,
    void (*fn)(void *ctx, unsigned ready), void *ctx) MUST_CHECK;
void loop_want(struct loop_watch *w, unsigned want);
void loop_unwatch(struct loop_watch *w);	/* w may be NULL */

/* One-shot timer, stopped when made.  timer_set re-arms it. */
int loop_timer(struct loop_timer **out, struct loop *l,
    void (*fn)(void *ctx), void *ctx) MUST_CHECK;
void loop_timer_set(struct loop_timer *t, int64_t in_ms);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_active(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);	/* t may be NULL */

/* Calls fn(ctx, signo) on the loop's thread.  Real loop only; the fake one
 * accepts and ignores it.  Ends with the loop. */
int loop_signal(struct loop *l, int signo, void (*fn)(void *ctx, int signo),
    void *ctx) MUST_CHECK;
