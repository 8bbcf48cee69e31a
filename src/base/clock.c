#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static struct mono
real_mono(const struct clock *c)
{
	struct timespec ts;

	(void)c;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct mono){ (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 };
}

static struct wall
real_wall(const struct clock *c)
{
	(void)c;
	return (struct wall){ (int64_t)time(NULL) };
}

const struct clock clock_real = { real_mono, real_wall };

static struct mono
fake_mono(const struct clock *c)
{
	return ((const struct clock_fake *)(const void *)c)->mono;
}

static struct wall
fake_wall(const struct clock *c)
{
	return ((const struct clock_fake *)(const void *)c)->wall;
}

void
clock_fake_init(struct clock_fake *c, struct wall start)
{
	*c = (struct clock_fake){
		.clock = { fake_mono, fake_wall },
		.wall = start,
	};
}

void
clock_fake_pass(struct clock_fake *c, int64_t ms)
{
	c->mono.ms += ms;
	c->part_ms += ms;
	c->wall.s += c->part_ms / 1000;
	c->part_ms %= 1000;
}

void
wall_text(char out[WALL_TEXT], struct wall t)
{
	time_t s = (time_t)t.s;
	struct tm tm;

	if (t.s < -62167219200 || t.s > 253402300799 ||
	    gmtime_r(&s, &tm) == NULL ||
	    strftime(out, WALL_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, WALL_TEXT, "-");
}
