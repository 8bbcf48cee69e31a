#include "sys/loop_delay.h"

#include <stdlib.h>

struct loop_delay {
	struct loop		*loop;
	struct loop_timer	*timer;
	int64_t			 due_ms;
	bool			 on;
	uint32_t		 count[LOOP_DELAY_MOST_MS + 1];	/* by ms late */
	uint32_t		 n;
};

static int64_t
now_ms(const struct loop_delay *d)
{
	const struct clock *c = loop_clock(d->loop);

	return c->mono(c).ms;
}

static void
set(struct loop_delay *d)
{
	d->due_ms = now_ms(d) + LOOP_DELAY_EVERY_MS;
	loop_timer_set(d->timer, LOOP_DELAY_EVERY_MS);
}

static void
due(void *ctx)
{
	struct loop_delay *d = ctx;
	int64_t late = now_ms(d) - d->due_ms;

	for (late = late < 0 ? 0 : late; ; late -= LOOP_DELAY_EVERY_MS) {
		d->count[late < LOOP_DELAY_MOST_MS ? late : LOOP_DELAY_MOST_MS]++;
		d->n++;
		if (late <= LOOP_DELAY_EVERY_MS)
			break;
	}
	set(d);
}

int
loop_delay_new(struct loop_delay **out, struct loop *l)
{
	struct loop_delay *d = calloc(1, sizeof(*d));
	int err;

	if (d == NULL)
		return SEK_ENOMEM;
	d->loop = l;
	err = loop_timer(&d->timer, l, due, d);
	if (err != 0)
		free(d);
	else
		*out = d;
	return err;
}

void
loop_delay_free(struct loop_delay *d)
{
	if (d == NULL)
		return;
	loop_timer_free(d->timer);
	free(d);
}

void
loop_delay_on(struct loop_delay *d, bool on)
{
	if (d->on == on)
		return;
	d->on = on;
	if (on)
		set(d);
	else
		loop_timer_stop(d->timer);
}

/* The least delay that so many firings did not exceed. */
static uint32_t
quantile(const struct loop_delay *d, uint64_t of_hundred)
{
	uint64_t want = (d->n * of_hundred + 99) / 100, seen = 0;
	uint32_t ms = 0;

	while (ms < LOOP_DELAY_MOST_MS && (seen += d->count[ms]) < want)
		ms++;
	return ms;
}

struct loop_delay_seen
loop_delay_take(struct loop_delay *d)
{
	struct loop_delay_seen out = { .n = d->n };

	if (d->n > 0) {
		out.p50_ms = quantile(d, 50);
		out.p99_ms = quantile(d, 99);
		out.max_ms = quantile(d, 100);
	}
	for (size_t i = 0; i <= LOOP_DELAY_MOST_MS; i++)
		d->count[i] = 0;
	d->n = 0;
	return out;
}
