#pragma once
/* sys/loop_body.h -- what the two bodies of sys/loop.h have in common.
 *
 * For loop.c, loop_uv.c and loop_fake.c only.  loop.c knows no library, so a
 * program with the fake body alone does not link libuv. */

#include <stddef.h>

#include "sys/loop.h"

struct loop_body {
	void	(*free)(struct loop *l);
	void	(*run)(struct loop *l, struct mono until);
	void	(*stop)(struct loop *l);
	/* out->loop, fn and ctx are filled in by loop.c */
	int	(*watch)(struct loop_watch **out, struct loop *l, int fd, unsigned want);
	void	(*want)(struct loop_watch *w, unsigned want);
	void	(*unwatch)(struct loop_watch *w);
	int	(*timer)(struct loop_timer **out, struct loop *l);
	void	(*timer_set)(struct loop_timer *t, int64_t in_ms);
	void	(*timer_stop)(struct loop_timer *t);
	bool	(*timer_active)(const struct loop_timer *t);
	void	(*timer_free)(struct loop_timer *t);
	int	(*signal)(struct loop *l, int signo,
		    void (*fn)(void *ctx, int signo), void *ctx);
};

/* Each body's struct begins with one of these. */
struct loop {
	const struct loop_body	*body;
	const struct clock	*clock;
	struct loop_end		*ends;
	size_t			 live;	/* watches and timers not freed yet */
};

struct loop_watch {
	struct loop	*loop;
	void		(*fn)(void *ctx, unsigned ready);
	void		*ctx;
};

struct loop_timer {
	struct loop	*loop;
	void		(*fn)(void *ctx);
	void		*ctx;
};

/* Fills in the common part. */
void loop_init(struct loop *l, const struct loop_body *body, const struct clock *c);
