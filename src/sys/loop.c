#include "sys/loop_body.h"

#include <assert.h>
#include <signal.h>

void
loop_init(struct loop *l, const struct loop_body *body, const struct clock *c)
{
	*l = (struct loop){ .body = body, .clock = c };
	signal(SIGPIPE, SIG_IGN);
}

void
loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	while (l->ends != NULL) {
		struct loop_end *e = l->ends;

		loop_end_cancel(e);
		e->fn(e->ctx);
	}
	assert(l->live == 0);
	l->body->free(l);
}

const struct clock *
loop_clock(const struct loop *l)
{
	return l->clock;
}

void
loop_run(struct loop *l, struct mono until)
{
	l->body->run(l, until);
}

void
loop_stop(struct loop *l)
{
	l->body->stop(l);
}

int
loop_watch(struct loop_watch **out, struct loop *l, int fd, unsigned want,
    void (*fn)(void *ctx, unsigned ready), void *ctx)
{
	int rc = l->body->watch(out, l, fd, want);

	if (rc != 0)
		return rc;
	(*out)->loop = l;
	(*out)->fn = fn;
	(*out)->ctx = ctx;
	l->live++;
	return 0;
}

void
loop_want(struct loop_watch *w, unsigned want)
{
	w->loop->body->want(w, want);
}

void
loop_unwatch(struct loop_watch *w)
{
	if (w == NULL)
		return;
	w->loop->live--;
	w->loop->body->unwatch(w);
}

int
loop_timer(struct loop_timer **out, struct loop *l,
    void (*fn)(void *ctx), void *ctx)
{
	int rc = l->body->timer(out, l);

	if (rc != 0)
		return rc;
	(*out)->loop = l;
	(*out)->fn = fn;
	(*out)->ctx = ctx;
	l->live++;
	return 0;
}

void
loop_timer_set(struct loop_timer *t, int64_t in_ms)
{
	t->loop->body->timer_set(t, in_ms < 0 ? 0 : in_ms);
}

void
loop_timer_stop(struct loop_timer *t)
{
	t->loop->body->timer_stop(t);
}

bool
loop_timer_active(const struct loop_timer *t)
{
	return t->loop->body->timer_active(t);
}

void
loop_timer_free(struct loop_timer *t)
{
	if (t == NULL)
		return;
	t->loop->live--;
	t->loop->body->timer_free(t);
}

int
loop_signal(struct loop *l, int signo, void (*fn)(void *ctx, int signo),
    void *ctx)
{
	return l->body->signal(l, signo, fn, ctx);
}

void
loop_end_add(struct loop *l, struct loop_end *e)
{
	e->next = l->ends;
	e->link = &l->ends;
	if (e->next != NULL)
		e->next->link = &e->next;
	l->ends = e;
}

void
loop_end_cancel(struct loop_end *e)
{
	if (e->link == NULL)
		return;
	*e->link = e->next;
	if (e->next != NULL)
		e->next->link = e->link;
	e->next = NULL;
	e->link = NULL;
}
